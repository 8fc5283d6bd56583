/* ops.c - operations on a file system as lines of text.
 *
 * Layer: tests/host/fs   Called by: nestfs.c, torture.c, damage.c
 *
 * SPDX-License-Identifier: MIT */
#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define LINE_MAX_BYTES 8192
#define IO_MAX         (1 << 20)
#define PUT_MAX        30000 /* bytes of a piece */

/* What stands behind the name of an operation: n: slot, p: path, q: second
 * path, a: at, b: bytes, s: seed, m: octal into at, f: letters of open. */
static const struct {
	const char *name;
	const char *form;
	unsigned optional; /* of them, at the end */
} kinds[OP_KINDS] = {
    [OP_OPEN] = {"open", "npfm", 1},
    [OP_CLOSE] = {"close", "n", 0},
    [OP_WRITE] = {"write", "nabs", 0},
    [OP_APPEND] = {"append", "nbs", 0},
    [OP_MAPWRITE] = {"mapwrite", "nabs", 0},
    [OP_READ] = {"read", "nab", 0},
    [OP_FTRUNCATE] = {"ftruncate", "na", 0},
    [OP_FSYNC] = {"fsync", "n", 0},
    [OP_FDATASYNC] = {"fdatasync", "n", 0},
    [OP_TRUNCATE] = {"truncate", "pa", 0},
    [OP_MKDIR] = {"mkdir", "pm", 1},
    [OP_RMDIR] = {"rmdir", "p", 0},
    [OP_UNLINK] = {"unlink", "p", 0},
    [OP_LINK] = {"link", "pq", 0},
    [OP_SYMLINK] = {"symlink", "pq", 0},
    [OP_RENAME] = {"rename", "pq", 0},
    [OP_EXCHANGE] = {"exchange", "pq", 0},
    [OP_CHMOD] = {"chmod", "pm", 0},
    [OP_MKNOD] = {"mknod", "pmb", 0},
    [OP_FSYNCDIR] = {"fsyncdir", "p", 0},
    [OP_SYNC] = {"sync", "", 0},
    [OP_STAT] = {"stat", "p", 0},
    [OP_READDIR] = {"readdir", "p", 0},
    [OP_WRITEBACK] = {"writeback", "", 0},
    [OP_SLEEP] = {"sleep", "a", 0},
    [OP_REMOUNT] = {"remount", "p", 0},
    [OP_REBOOT] = {"reboot", "", 0},
    [OP_PUT] = {"put", "pq", 0},
};

static int slots[OP_SLOTS]; /* descriptor + 1; 0: closed */
static const char *mount_type;
static const char *mount_options;

/* ---- Text ------------------------------------------------------------- */

static const struct {
	char letter;
	int flag;
} open_letters[] = {
    {'c', O_CREAT}, {'x', O_EXCL}, {'t', O_TRUNC}, {'a', O_APPEND},
    {'s', O_SYNC}, {'d', O_DSYNC},
};

static bool
parse_flags(const char *word, int *flags)
{
	bool reads = strchr(word, 'r') != NULL;
	bool writes = strchr(word, 'w') != NULL;

	*flags = !writes ? O_RDONLY : reads ? O_RDWR : O_WRONLY;
	for (size_t i = 0; i < sizeof(open_letters) / sizeof(*open_letters);
	    i++) {
		if (strchr(word, open_letters[i].letter) != NULL)
			*flags |= open_letters[i].flag;
	}
	return reads || writes;
}

/* One word of an operation. */
static bool
parse_word(struct op *op, char form, const char *word)
{
	char *end = NULL;
	uint64_t n = strtoull(word, &end, form == 'm' ? 8 : 0);

	switch (form) {
	case 'p':
		op->path = strdup(word);
		return true;
	case 'q':
		op->path2 = strdup(word);
		return true;
	case 'f':
		return parse_flags(word, &op->flags);
	case 'n':
		op->slot = (unsigned)n;
		break;
	case 'a':
	case 'm':
		op->at = n;
		break;
	case 'b':
		op->bytes = n;
		break;
	case 's':
		op->seed = n;
		break;
	}
	return end != word && *end == '\0' && op->slot < OP_SLOTS;
}

static bool
parse_op(struct op *op, char *text)
{
	char *save = NULL;
	char *word = strtok_r(text, " \t\n", &save);
	const char *form;
	size_t wanted;
	size_t given = 0;

	while (op->kind < OP_KINDS && strcmp(word, kinds[op->kind].name) != 0)
		op->kind++;
	if (op->kind == OP_KINDS)
		return false;
	form = kinds[op->kind].form;
	wanted = strlen(form);
	if (op->kind == OP_OPEN)
		op->at = 0644;
	else if (op->kind == OP_MKDIR)
		op->at = 0755;
	while ((word = strtok_r(NULL, " \t\n", &save)) != NULL) {
		if (given == wanted || !parse_word(op, form[given], word))
			return false;
		given++;
	}
	return given + kinds[op->kind].optional >= wanted;
}

bool
script_add(struct script *s, const char *line)
{
	char text[LINE_MAX_BYTES];
	struct op op = {0};
	char *at = text;

	snprintf(text, sizeof(text), "%s", line);
	at[strcspn(at, "#\n")] = '\0';
	at += strspn(at, " \t");
	if (*at == '?') {
		op.may_fail = true;
		at++;
		at += strspn(at, " \t");
	}
	if (*at == '\0')
		return true;
	if (!parse_op(&op, at))
		return false;
	if (s->count == s->room) {
		s->room = s->room * 2 + 64;
		s->ops = realloc(s->ops, s->room * sizeof(*s->ops));
	}
	s->ops[s->count++] = op;
	return true;
}

bool
script_addf(struct script *s, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return script_add(s, line);
}

bool
script_read(struct script *s, FILE *from, const char *name)
{
	char line[LINE_MAX_BYTES];

	for (unsigned n = 1; fgets(line, sizeof(line), from) != NULL; n++) {
		if (!script_add(s, line)) {
			fprintf(stderr, "%s:%u: %s", name, n, line);
			return false;
		}
	}
	return true;
}

void
script_free(struct script *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->ops[i].path);
		free(s->ops[i].path2);
	}
	free(s->ops);
	*s = (struct script){0};
}

/* Append the letters of open's flags. */
static int
print_flags(char *at, size_t room, int flags)
{
	static const char *const modes[] = {"r", "w", "rw", "?"};
	int n = snprintf(at, room, " %s", modes[flags & O_ACCMODE]);

	for (size_t i = 0; i < sizeof(open_letters) / sizeof(*open_letters);
	    i++) {
		if ((flags & open_letters[i].flag) == open_letters[i].flag)
			n += snprintf(at + n, room - (size_t)n, "%c",
			    open_letters[i].letter);
	}
	return n;
}

const char *
op_text(const struct op *op)
{
	static char text[LINE_MAX_BYTES];
	size_t room = sizeof(text);
	int n = snprintf(text, room, "%s%s", op->may_fail ? "? " : "",
	    kinds[op->kind].name);

	for (const char *form = kinds[op->kind].form; *form != '\0'; form++) {
		char *at = text + n;
		size_t left = room - (size_t)n;

		if (*form == 'p' || *form == 'q')
			n += snprintf(at, left, " %s",
			    *form == 'p' ? op->path : op->path2);
		else if (*form == 'f')
			n += print_flags(at, left, op->flags);
		else if (*form == 'm')
			n += snprintf(at, left, " %lo", (unsigned long)op->at);
		else
			n += snprintf(at, left, " %lu", (unsigned long)
			    (*form == 'n' ? op->slot : *form == 'a' ? op->at :
			    *form == 'b' ? op->bytes : op->seed));
	}
	return text;
}

/* ---- Bytes ------------------------------------------------------------ */

/* A word that names its seed and its place in the file. */
static uint64_t
pattern_word(uint64_t seed, uint64_t index)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15ull + index;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

void
pattern(uint64_t seed, uint64_t at, void *bytes, size_t n)
{
	uint8_t *to = bytes;

	if (seed == 0) {
		memset(bytes, 0, n);
		return;
	}
	while (n > 0) {
		uint64_t word = pattern_word(seed, at / sizeof(word));
		size_t skip = at % sizeof(word);
		size_t piece = sizeof(word) - skip;

		if (piece > n)
			piece = n;
		memcpy(to, (uint8_t *)&word + skip, piece);
		to += piece;
		at += piece;
		n -= piece;
	}
}

/* ---- Doing it --------------------------------------------------------- */

/* The path below the mount point. */
static const char *
full(const char *path, char *buf, size_t size)
{
	snprintf(buf, size, "/mnt%s%s", *path == '/' ? "" : "/", path);
	return buf;
}

static long
run_write(const struct op *op, int fd)
{
	uint64_t at = op->at;
	struct world_stat st;
	void *bytes;
	long n;

	if (op->bytes > IO_MAX)
		return -EINVAL;
	if (op->kind == OP_APPEND) {
		n = world_fstat(fd, &st);
		if (n != 0)
			return n;
		at = st.size;
	}
	bytes = malloc(op->bytes + 1);
	pattern(op->seed, at, bytes, op->bytes);
	n = op->kind == OP_MAPWRITE ? world_map_write(fd, bytes, op->bytes, at)
	    : world_pwrite(fd, bytes, op->bytes, at);
	free(bytes);
	return n;
}

static long
run_read(const struct op *op, int fd)
{
	uint8_t *bytes = malloc(op->bytes + 1);
	long n = world_pread(fd, bytes, op->bytes, op->at);

	free(bytes);
	return n;
}

/* Operations on open files. */
static long
run_slot(const struct op *op)
{
	int fd = slots[op->slot] - 1;

	switch (op->kind) {
	case OP_CLOSE:
		slots[op->slot] = 0;
		return world_close(fd);
	case OP_READ:
		return run_read(op, fd);
	case OP_FTRUNCATE:
		return world_ftruncate(fd, op->at);
	case OP_FSYNC:
		return world_fsync(fd, false);
	case OP_FDATASYNC:
		return world_fsync(fd, true);
	default:
		return run_write(op, fd);
	}
}

static long
run_open(const struct op *op, const char *path)
{
	int fd = world_open(path, op->flags, (unsigned)op->at);

	if (fd < 0)
		return fd;
	if (slots[op->slot] != 0)
		world_close(slots[op->slot] - 1);
	slots[op->slot] = fd + 1;
	return 0;
}

static long
run_fsyncdir(const char *path)
{
	int fd = world_open(path, O_RDONLY | O_DIRECTORY, 0);
	int err;

	if (fd < 0)
		return fd;
	err = world_fsync(fd, false);
	world_close(fd);
	return err;
}

static void
count_name(const char *name, uint64_t ino, unsigned type, void *arg)
{
	long *count = arg;

	(void)name;
	(void)ino;
	(void)type;
	++*count;
}

static long
run_readdir(const char *path)
{
	long count = 0;
	int err = world_readdir(path, count_name, &count);

	return err != 0 ? err : count;
}

static long
run_remount(const char *options)
{
	bool read_only = strcmp(options, "ro") == 0 ||
	    strncmp(options, "ro,", 3) == 0;

	if (strcmp(options, "-") == 0)
		options = "";
	return world_remount(options, read_only);
}

/* Write a piece of a file, unless it is zero. */
static long
put_piece(int fd, const uint8_t *bytes, size_t n, uint64_t at)
{
	size_t zero = 0;

	while (zero < n && bytes[zero] == 0)
		zero++;
	return zero == n ? (long)n : world_pwrite(fd, bytes, n, at);
}

/* Copy a file in pieces of many sizes. */
static long
run_put(const char *from, const char *to)
{
	static uint8_t bytes[PUT_MAX];
	FILE *file = fopen(from, "r");
	int fd = world_open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	uint64_t at = 0;
	long result = fd < 0 ? fd : 0;
	size_t n;

	if (file == NULL)
		result = -ENOENT;
	while (result >= 0 &&
	    (n = fread(bytes, 1, at * 7919 % PUT_MAX + 1, file)) > 0) {
		result = put_piece(fd, bytes, n, at);
		at += n;
		if (result >= 0 && (size_t)result < n)
			result = -ENOSPC;
	}
	if (result >= 0)
		result = world_ftruncate(fd, at);
	if (file != NULL)
		fclose(file);
	if (fd >= 0)
		world_close(fd);
	return result;
}

/* Operations on names. */
static long
run_path(const struct op *op)
{
	char buf[LINE_MAX_BYTES];
	char buf2[LINE_MAX_BYTES];
	const char *path = full(op->path, buf, sizeof(buf));
	const char *path2 = NULL;
	struct world_stat st;

	if (op->path2 != NULL)
		path2 = full(op->path2, buf2, sizeof(buf2));
	switch (op->kind) {
	case OP_OPEN:
		return run_open(op, path);
	case OP_TRUNCATE:
		return world_truncate(path, op->at);
	case OP_MKDIR:
		return world_mkdir(path, (unsigned)op->at);
	case OP_RMDIR:
		return world_rmdir(path);
	case OP_UNLINK:
		return world_unlink(path);
	case OP_LINK:
		return world_link(path, path2);
	case OP_SYMLINK:
		return world_symlink(op->path, path2);
	case OP_RENAME:
		return world_rename(path, path2, 0);
	case OP_EXCHANGE:
		return world_rename(path, path2, 2);
	case OP_CHMOD:
		return world_chmod(path, (unsigned)op->at);
	case OP_MKNOD:
		return world_mknod(path, (unsigned)op->at,
		    (unsigned)op->bytes);
	case OP_FSYNCDIR:
		return run_fsyncdir(path);
	case OP_STAT:
		return world_stat(path, &st);
	case OP_READDIR:
		return run_readdir(path);
	case OP_PUT:
		return run_put(op->path, path2);
	case OP_REMOUNT:
		return run_remount(op->path);
	default:
		return -EINVAL;
	}
}

void
op_close_all(void)
{
	for (unsigned i = 0; i < OP_SLOTS; i++) {
		if (slots[i] != 0)
			world_close(slots[i] - 1);
		slots[i] = 0;
	}
}

void
op_set_mount(const char *type, const char *options)
{
	mount_type = type;
	mount_options = options;
}

static long
run_reboot(void)
{
	int err;

	op_close_all();
	if (strcmp(mount_type, "ramfs") == 0)
		return 0; /* it would be empty */
	err = world_unmount();
	return err != 0 ? err : world_mount(mount_type, mount_options, false);
}

long
op_run(const struct op *op)
{
	switch (op->kind) {
	case OP_SYNC:
		return world_sync();
	case OP_WRITEBACK:
		world_writeback();
		return 0;
	case OP_SLEEP:
		world_sleep(op->at * 1000000);
		return 0;
	case OP_REBOOT:
		return run_reboot();
	default:
		break;
	}
	return op->path != NULL ? run_path(op) : run_slot(op);
}
