/* options.c - the options of mount(8), read and shown.
 *
 * Layer: fs/ext2   Called by: super.c
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "debug/printk.h"
#include "lib/format.h"
#include "lib/string.h"

#define COMMIT         "commit="
#define SECONDS_DIGITS 6

/* What mount(8) may say that makes no difference to us; ro and rw come as flags
 * of mount(2), too. */
static const char *const ignored[] = {"", "ro", "rw", "defaults", "sync",
    "async", "atime", "noatime", "relatime", "strictatime", "nodiratime",
    "lazytime", "barrier", "nobarrier", "barrier=1", "barrier=0", "user_xattr",
    "nouser_xattr", "acl", "noacl", "exec", "noexec", "suid", "nosuid", "dev",
    "nodev", "auto", "noauto", "nocheck"};

static bool
is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* commit=SECONDS, of which the digits are [text, text + len). */
static int
parse_commit(struct ext2_fs *fs, const char *text, size_t len)
{
	unsigned seconds = 0;

	if (len == 0 || len > SECONDS_DIGITS)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		seconds = seconds * 10 + (unsigned)(text[i] - '0');
	}
	fs->commit_seconds = seconds;
	return 0;
}

/* One option, [text, text + len).  Returns 0 or -EINVAL. */
static int
parse_option(struct ext2_fs *fs, const char *text, size_t len)
{
	size_t commit = sizeof(COMMIT) - 1;

	if (is(text, len, "data=ordered") || is(text, len, "data=journal")) {
		enum ext2_data_mode mode = is(text, len, "data=journal")
		    ? EXT2_JOURNAL : EXT2_ORDERED;

		/* Of a mounted one it cannot be changed. */
		if (fs->loaded && fs->data_mode != mode)
			return -EINVAL;
		fs->data_mode = mode;
		return 0;
	}
	if (is(text, len, "errors=continue")) {
		fs->on_error = EXT2_CONTINUE;
		return 0;
	}
	if (is(text, len, "errors=remount-ro")) {
		fs->on_error = EXT2_READONLY;
		return 0;
	}
	if (len > commit && memcmp(text, COMMIT, commit) == 0)
		return parse_commit(fs, text + commit, len - commit);
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++) {
		if (is(text, len, ignored[i]))
			return 0;
	}
	return -EINVAL;
}

int
ext2_parse_options(struct ext2_fs *fs, const char *data)
{
	while (*data != '\0') {
		size_t len = 0;
		int err;

		while (data[len] != '\0' && data[len] != ',')
			len++;
		err = parse_option(fs, data, len);
		if (err != 0) {
			pr_err("ext2: %s: bad option in \"%s\"",
			    fs->mount->source, data);
			return err;
		}
		data += len + (data[len] == ',');
	}
	return 0;
}

void
ext2_show_options(struct mount *m, char *buf, size_t size)
{
	const struct ext2_fs *fs = m->priv;
	size_t at = strlen(buf);

	if (fs->journal != NULL)
		at += (size_t)snprintf(buf + at, size - at, ",data=%s",
		    fs->data_mode == EXT2_JOURNAL ? "journal" : "ordered");
	at += (size_t)snprintf(buf + at, size - MIN(at, size), ",errors=%s",
	    fs->on_error == EXT2_READONLY ? "remount-ro" : "continue");
	if (fs->commit_seconds != 0)
		snprintf(buf + at, size - MIN(at, size), ",commit=%u",
		    fs->commit_seconds);
}
