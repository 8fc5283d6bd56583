/* cpio.c - read archives of the format "newc", trusting nothing in them.
 *
 * Layer: fs (pure: also a host program, tests/host/test_cpio.c)
 * Source: cpio(5) "New ASCII Format"; Linux Documentation
 *	"initramfs buffer format"
 *
 *	+--------+------+-----+------+-----+--------+----
 *	| header | name | pad | data | pad | header | ...	pad: to 4 bytes
 *	+--------+------+-----+------+-----+--------+----
 *
 * The header is text: a magic number, then 13 numbers of 8 hexadecimal digits.
 * The member "TRAILER!!!" ends an archive; another may follow.
 *
 * (1) at <= bytes always; every length is compared with bytes - at before at
 *     moves, so no sum can overflow.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/cpio.h"

#if __STDC_HOSTED__
#include <errno.h>
#else
#include "abi/errno.h"
#endif
#include "lib/bits.h"
#include "lib/string.h"

#define MAGIC_BYTES  6
#define DIGITS	     8
#define FIELDS	     13
#define HEADER_BYTES (MAGIC_BYTES + FIELDS * DIGITS)
#define ALIGNMENT    ((size_t)4)

/* The numbers of the header, in their order. */
enum field {
	FIELD_INO,
	FIELD_MODE,
	FIELD_UID,
	FIELD_GID,
	FIELD_NLINK,
	FIELD_MTIME,
	FIELD_BYTES,
	FIELD_DEV_MAJOR,
	FIELD_DEV_MINOR,
	FIELD_RDEV_MAJOR,
	FIELD_RDEV_MINOR,
	FIELD_NAME_BYTES,
	FIELD_CHECK,
};

static const char trailer[] = "TRAILER!!!";

/* The value of a hexadecimal digit, or -1. */
static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Read the header at p, of HEADER_BYTES, into field[].  False: it is none. */
static bool
parse_header(const char *p, uint32_t field[FIELDS])
{
	/* 070702 is the same with checksums, which Linux ignores too. */
	if (memcmp(p, "070701", MAGIC_BYTES) != 0 &&
	    memcmp(p, "070702", MAGIC_BYTES) != 0)
		return false;
	p += MAGIC_BYTES;
	for (int f = 0; f < FIELDS; f++) {
		field[f] = 0;
		for (int i = 0; i < DIGITS; i++) {
			int value = digit_value(*p++);

			if (value < 0)
				return false;
			field[f] = field[f] << 4 | (uint32_t)value;
		}
	}
	return true;
}

/* Move *at forward by n bytes and to the next multiple of 4.  The padding of
 * the very last member may be missing.  False: n bytes are not there. */
static bool
advance(size_t *at, size_t bytes, size_t n)
{
	if (n > bytes - *at)
		return false;
	*at = MIN(ALIGN_UP(*at + n, ALIGNMENT), bytes);
	return true;
}

/* Read the member at *at of the image and move behind it.
 * Returns 0 or -EINVAL. */
static int
parse_member(const char *image, size_t bytes, size_t *at,
    struct cpio_entry *entry)
{
	uint32_t field[FIELDS];
	size_t name_at = *at + HEADER_BYTES;
	size_t name_bytes;

	if (bytes - *at < HEADER_BYTES || !parse_header(image + *at, field))
		return -EINVAL;
	name_bytes = field[FIELD_NAME_BYTES];
	/* Header and name are padded together. */
	if (name_bytes == 0 ||
	    !advance(at, bytes, HEADER_BYTES + name_bytes) ||
	    image[name_at + name_bytes - 1] != '\0')
		return -EINVAL;
	*entry = (struct cpio_entry){
	    .name = image + name_at,
	    .name_len = strlen(image + name_at),
	    .data = image + *at,
	    .bytes = field[FIELD_BYTES],
	    .ino = field[FIELD_INO],
	    .mode = field[FIELD_MODE],
	    .uid = field[FIELD_UID],
	    .gid = field[FIELD_GID],
	    .nlink = field[FIELD_NLINK],
	    .mtime = field[FIELD_MTIME],
	    .dev_major = field[FIELD_DEV_MAJOR],
	    .dev_minor = field[FIELD_DEV_MINOR],
	    .rdev_major = field[FIELD_RDEV_MAJOR],
	    .rdev_minor = field[FIELD_RDEV_MINOR],
	};
	return advance(at, bytes, entry->bytes) ? 0 : -EINVAL;
}

int
cpio_for_each(const void *image, size_t bytes,
    int (*fn)(const struct cpio_entry *entry, void *arg),
    void (*archive_end)(void *arg), void *arg)
{
	const char *text = image;
	bool inside = false;	/* a trailer is still to come */
	size_t at = 0;
	int err = 0;

	while (err == 0) {
		struct cpio_entry entry;

		while (!inside && at < bytes && text[at] == '\0')
			at++;
		if (at == bytes)
			return inside ? -EINVAL : 0;
		err = parse_member(text, bytes, &at, &entry);
		if (err != 0)
			break;
		inside = strcmp(entry.name, trailer) != 0;
		if (inside)
			err = fn(&entry, arg);
		else if (archive_end != NULL)
			archive_end(arg);
	}
	return err;
}
