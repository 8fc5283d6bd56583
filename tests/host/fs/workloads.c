/* workloads.c - what the power is cut in the middle of.
 *
 * Layer: tests/host/fs   Called by: torture.c
 *
 * Each workload is a function that adds operations (ops.h).  Every write has
 * bytes of its own, so that it is seen whose they are: next_bytes().
 *
 * SPDX-License-Identifier: MIT */
#include "workloads.h"

#include <stdlib.h>
#include <string.h>

#define KIB 1024u

static unsigned next_seed;

static unsigned
next_bytes(void)
{
	return ++next_seed;
}

/* A number below limit, from a sequence that the seed decides. */
static unsigned
pick(unsigned *seed, unsigned limit)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 8) % limit;
}

/* A new file of so many bytes, not made safe. */
static void
put_file(struct script *s, const char *path, unsigned bytes)
{
	script_addf(s, "open 15 %s rwct", path);
	if (bytes > 0)
		script_addf(s, "write 15 0 %u %u", bytes, next_bytes());
	script_add(s, "close 15");
}

static void
safe_file(struct script *s, const char *path, unsigned bytes)
{
	script_addf(s, "open 15 %s rwct", path);
	script_addf(s, "write 15 0 %u %u", bytes, next_bytes());
	script_add(s, "fsync 15");
	script_add(s, "close 15");
}

/* ---- Bytes of files --------------------------------------------------- */

static void
make_create(struct script *s, unsigned *seed)
{
	for (unsigned i = 0; i < 12; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/f%u", i);
		put_file(s, path, pick(seed, 5000));
		if (i % 4 == 3)
			script_add(s, "sync");
	}
}

static void
make_append(struct script *s, unsigned *seed)
{
	script_add(s, "open 0 /log rwca");
	for (unsigned i = 0; i < 16; i++) {
		script_addf(s, "append 0 %u %u", 1 + pick(seed, 1500),
		    next_bytes());
		if (i % 3 == 2)
			script_add(s, i % 2 ? "fsync 0" : "fdatasync 0");
	}
}

static void
make_overwrite(struct script *s, unsigned *seed)
{
	put_file(s, "/f", 16 * KIB);
	script_add(s, "reboot");
	script_add(s, "open 0 /f rw");
	for (unsigned i = 0; i < 16; i++) {
		script_addf(s, "write 0 %u %u %u", pick(seed, 15 * KIB),
		    1 + pick(seed, 3000), next_bytes());
		if (i % 4 == 3)
			script_add(s, "fdatasync 0");
		if (i % 5 == 4)
			script_add(s, "writeback");
	}
}

/* With data=journal, what was written first is there first. */
static void
make_in_order(struct script *s, unsigned *seed)
{
	put_file(s, "/f", 16 * KIB);
	script_add(s, "reboot");
	script_add(s, "open 0 /f rw");
	for (unsigned i = 0; i < 12; i++) {
		script_addf(s, "write 0 %u %u %u", pick(seed, 15 * KIB),
		    1 + pick(seed, 3000), next_bytes());
		script_addf(s, "mkdir /d%u", i);
		if (i % 3 == 2)
			script_add(s, "fsyncdir /");
	}
}

static void
make_truncate(struct script *s, unsigned *seed)
{
	put_file(s, "/f", 40 * KIB);
	put_file(s, "/g", 300);
	script_add(s, "reboot");
	script_add(s, "open 0 /f rw");
	for (unsigned i = 0; i < 8; i++) {
		script_addf(s, "ftruncate 0 %u", pick(seed, 50 * KIB));
		if (i % 3 == 0)
			script_add(s, "fsync 0");
		script_addf(s, "write 0 %u %u %u", pick(seed, 30 * KIB),
		    1 + pick(seed, 4000), next_bytes());
	}
	script_add(s, "truncate /f 0");
	script_add(s, "truncate /g 100000");
	script_add(s, "sync");
	script_add(s, "truncate /g 0");
}

static void
make_extend(struct script *s, unsigned *seed)
{
	(void)seed;
	script_add(s, "open 0 /f rwc");
	for (unsigned i = 1; i < 7; i++) {
		script_addf(s, "ftruncate 0 %u", i * 7001);
		script_addf(s, "write 0 %u 100 %u", i * 6000, next_bytes());
		script_add(s, i % 2 ? "sync" : "writeback");
	}
}

static void
make_sparse(struct script *s, unsigned *seed)
{
	script_add(s, "open 0 /f rwc");
	for (unsigned i = 0; i < 10; i++) {
		script_addf(s, "write 0 %u %u %u", pick(seed, 900) * KIB,
		    1 + pick(seed, 2500), next_bytes());
		if (i % 4 == 3)
			script_add(s, "fsync 0");
	}
	script_add(s, "ftruncate 0 200000");
	script_add(s, "sync");
}

/* Neighbours on the disk with holes between them in the file. */
static void
make_holes(struct script *s, unsigned *seed)
{
	(void)seed;
	script_add(s, "open 0 /f rwc");
	for (unsigned i = 0; i < 12; i++) {
		script_addf(s, "write 0 %u %u %u", i * 2 * KIB, KIB,
		    next_bytes());
		if (i % 5 == 4)
			script_add(s, "fsync 0");
	}
	script_addf(s, "write 0 %u %u %u", 5 * KIB, 4 * KIB, next_bytes());
	script_add(s, "sync");
}

/* Over the borders of the direct, indirect and double-indirect blocks. */
static void
make_indirect(struct script *s, unsigned *seed)
{
	(void)seed;
	script_add(s, "open 0 /f rwc");
	script_addf(s, "write 0 %u %u %u", 10 * KIB, 4 * KIB, next_bytes());
	script_add(s, "fsync 0");
	script_addf(s, "write 0 %u %u %u", 266 * KIB, 4 * KIB, next_bytes());
	script_add(s, "fsync 0");
	script_addf(s, "write 0 %u %u %u", 522 * KIB, 4 * KIB, next_bytes());
	script_add(s, "sync");
	script_addf(s, "write 0 %u %u %u", 65800 * KIB, 3 * KIB, next_bytes());
	script_add(s, "fsync 0");
	script_addf(s, "ftruncate 0 %u", 523 * KIB);
	script_add(s, "fsync 0");
	script_addf(s, "ftruncate 0 %u", 267 * KIB);
	script_addf(s, "ftruncate 0 %u", 11 * KIB);
	script_add(s, "fsync 0");
	script_add(s, "close 0");
	script_add(s, "unlink /f");
	script_add(s, "sync");
}

static void
make_big_file(struct script *s, unsigned *seed)
{
	(void)seed;
	script_add(s, "open 0 /f rwc");
	for (unsigned i = 0; i < 6; i++)
		script_addf(s, "write 0 %u %u %u", i * 64 * KIB, 64 * KIB,
		    next_bytes());
	script_add(s, "fsync 0");
	script_add(s, "close 0");
	script_add(s, "truncate /f 70000");
	script_add(s, "unlink /f");
	put_file(s, "/g", 100 * KIB);
	script_add(s, "sync");
}

/* Blocks of a file go to another at once: nothing old may be seen in it. */
static void
make_reuse(struct script *s, unsigned *seed)
{
	for (unsigned i = 0; i < 6; i++) {
		put_file(s, "/a", 20 * KIB + pick(seed, 8 * KIB));
		if (i % 2)
			script_add(s, "sync");
		script_add(s, "unlink /a");
		put_file(s, "/b", 20 * KIB + pick(seed, 8 * KIB));
		script_add(s, "mkdir /d");
		script_add(s, i % 3 ? "writeback" : "sync");
		script_add(s, "rmdir /d");
		script_add(s, "truncate /b 0");
	}
}

static void
make_mapped(struct script *s, unsigned *seed)
{
	put_file(s, "/f", 20 * KIB);
	script_add(s, "reboot");
	script_add(s, "open 0 /f rw");
	script_add(s, "open 1 /g rwc");
	script_add(s, "ftruncate 1 30000");
	for (unsigned i = 0; i < 10; i++) {
		script_addf(s, "mapwrite %u %u %u %u", i % 2,
		    pick(seed, 17 * KIB), 1 + pick(seed, 3000), next_bytes());
		if (i % 4 == 3)
			script_addf(s, "fsync %u", i % 8 / 4);
		if (i % 5 == 4)
			script_add(s, "writeback");
	}
	script_add(s, "sync");
}

/* A page that write(2) has made dirty, but given a place only in part. */
static void
make_mapped_hole(struct script *s, unsigned *seed)
{
	script_add(s, "open 0 /f rwc");
	for (unsigned i = 0; i < 5; i++) {
		script_addf(s, "ftruncate 0 %u", 20 * KIB * (i + 1));
		script_addf(s, "write 0 %u %u %u", (20 * i + 15) * KIB,
		    1 + pick(seed, 700), next_bytes());
		script_addf(s, "mapwrite 0 %u %u %u", (20 * i + 10) * KIB,
		    2100 + pick(seed, 2000), next_bytes());
		if (i % 2)
			script_add(s, "fsync 0");
	}
	script_add(s, "sync");
}

static void
make_synchronous(struct script *s, unsigned *seed)
{
	script_add(s, "open 0 /f rwcs");
	script_add(s, "open 1 /g rwcda");
	for (unsigned i = 0; i < 6; i++) {
		script_addf(s, "write 0 %u %u %u", pick(seed, 9000),
		    1 + pick(seed, 2000), next_bytes());
		script_addf(s, "append 1 %u %u", 1 + pick(seed, 900),
		    next_bytes());
	}
}

/* ---- Names ------------------------------------------------------------ */

/* As editors and databases do it. */
static void
make_replace(struct script *s, unsigned *seed)
{
	safe_file(s, "/config", 3000);
	for (unsigned i = 0; i < 8; i++) {
		safe_file(s, "/config.tmp", 1 + pick(seed, 9000));
		script_add(s, "rename /config.tmp /config");
		if (i % 2)
			script_add(s, "fsyncdir /");
	}
}

/* The same without a single fsync: a journal keeps even that whole. */
static void
make_replace_lazily(struct script *s, unsigned *seed)
{
	safe_file(s, "/config", 3000);
	for (unsigned i = 0; i < 8; i++) {
		put_file(s, "/config.tmp", 1 + pick(seed, 9000));
		script_add(s, "rename /config.tmp /config");
		script_add(s, "sleep 2500");
	}
}

static void
make_rename_over(struct script *s, unsigned *seed)
{
	for (unsigned i = 0; i < 6; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/f%u", i);
		put_file(s, path, 500 * i);
	}
	script_add(s, "mkdir /d");
	script_add(s, "mkdir /e");
	script_add(s, "reboot");
	for (unsigned i = 0; i < 5; i++) {
		script_addf(s, "rename /f%u /f%u", i, i + 1);
		if (pick(seed, 2) == 0)
			script_add(s, "fsyncdir /");
	}
	put_file(s, "/g", 4000);
	script_add(s, "rename /g /d/f5");
	script_add(s, "rename /f5 /d/f5");
	script_add(s, "? exchange /d /e");
}

static void
make_rename_dir(struct script *s, unsigned *seed)
{
	(void)seed;
	script_add(s, "mkdir /a");
	script_add(s, "mkdir /b");
	script_add(s, "mkdir /a/x");
	script_add(s, "mkdir /a/x/y");
	put_file(s, "/a/x/y/f", 2000);
	script_add(s, "reboot");
	script_add(s, "rename /a/x /b/x");
	script_add(s, "fsyncdir /b");
	script_add(s, "mkdir /a/x");
	script_add(s, "rename /b/x/y /a/x/a-rather-long-name-for-a-directory");
	script_add(s, "sync");
	script_add(s, "mkdir /b/empty");
	script_add(s, "rename /a/x /b/empty");
	script_add(s, "? exchange /a /b/empty");
	script_add(s, "fsyncdir /");
	script_add(s, "rename /b /c");
	script_add(s, "sync");
}

static void
make_mkdir(struct script *s, unsigned *seed)
{
	(void)seed;
	for (unsigned i = 0; i < 10; i++) {
		script_addf(s, "mkdir /d%u", i);
		script_addf(s, "mkdir /d%u/sub", i);
		if (i % 3 == 0)
			script_addf(s, "fsyncdir /d%u", i);
		if (i % 2) {
			script_addf(s, "rmdir /d%u/sub", i);
			script_addf(s, "rmdir /d%u", i);
		}
		if (i % 4 == 3)
			script_add(s, "sync");
	}
}

static void
make_link(struct script *s, unsigned *seed)
{
	safe_file(s, "/f", 1500);
	script_add(s, "mkdir /d");
	for (unsigned i = 0; i < 6; i++) {
		script_addf(s, "link /f /d/l%u", i);
		if (pick(seed, 2) == 0)
			script_add(s, "fsyncdir /d");
	}
	script_add(s, "unlink /f");
	for (unsigned i = 0; i < 6; i++) {
		script_addf(s, "unlink /d/l%u", i);
		if (i == 3)
			script_add(s, "sync");
	}
}

static void
make_symlink(struct script *s, unsigned *seed)
{
	char slow[1000];

	memset(slow, 'x', sizeof(slow) - 1);
	slow[sizeof(slow) - 1] = '\0';
	for (unsigned i = 0; i < 6; i++) {
		script_addf(s, "symlink ../some/where/%u /fast%u", i, i);
		script_addf(s, "symlink %s /slow%u",
		    slow + pick(seed, 900), i);
		if (i % 2)
			script_add(s, "fsyncdir /");
		if (i > 2) {
			script_addf(s, "unlink /slow%u", i - 2);
			script_addf(s, "rename /fast%u /slow%u", i, i);
		}
	}
	script_add(s, "sync");
}

static void
make_special(struct script *s, unsigned *seed)
{
	(void)seed;
	script_add(s, "mknod /null 20666 0x103");
	script_add(s, "mknod /block 60600 0xfe01");
	script_add(s, "mknod /fifo 10644 0");
	script_add(s, "fsyncdir /");
	script_add(s, "chmod /null 20600");
	script_add(s, "rename /fifo /null");
	script_add(s, "unlink /block");
	script_add(s, "sync");
}

/* Unlinked while they are open, and still written. */
static void
make_orphan(struct script *s, unsigned *seed)
{
	for (unsigned i = 0; i < 5; i++) {
		script_addf(s, "open %u /f%u rwc", i, i);
		script_addf(s, "write %u 0 %u %u", i, 3000 * (i + 1),
		    next_bytes());
		if (i % 2)
			script_addf(s, "fsync %u", i);
		script_addf(s, "unlink /f%u", i);
		script_addf(s, "write %u %u 500 %u", i, pick(seed, 30000),
		    next_bytes());
	}
	script_add(s, "sync");
	script_add(s, "close 3");
	script_add(s, "sync");
	script_add(s, "ftruncate 1 100");
	script_add(s, "close 1");
	put_file(s, "/g", 30000);
	script_add(s, "sync");
	script_add(s, "close 0");
	script_add(s, "close 4");
	script_add(s, "close 2");
}

static void
make_small_files(struct script *s, unsigned *seed)
{
	for (unsigned i = 0; i < 60; i++) {
		char path[40];

		if (i % 20 == 0)
			script_addf(s, "mkdir /d%u", i / 20);
		snprintf(path, sizeof(path), "/d%u/file-%u", i / 20, i);
		put_file(s, path, pick(seed, 1200));
		if (i % 16 == 15)
			script_add(s, "sync");
		if (i % 3 == 0)
			script_addf(s, "unlink /d%u/file-%u", i / 20, i);
	}
}

/* A directory of several blocks: splits and an index. */
static void
make_big_dir(struct script *s, unsigned *seed)
{
	script_add(s, "mkdir /d");
	for (unsigned i = 0; i < 110; i++) {
		script_addf(s, "mknod /d/a-name-of-some-length-%u-%u 100644 0",
		    i, pick(seed, 1000));
		if (i == 60)
			script_add(s, "reboot");
		if (i % 30 == 29)
			script_add(s, "fsyncdir /d");
	}
}

static void
make_big_dir_empty(struct script *s, unsigned *seed)
{
	(void)seed;
	script_add(s, "mkdir /d");
	for (unsigned i = 0; i < 120; i++)
		script_addf(s, "mknod /d/a-name-of-some-length-%u 100644 0",
		    i);
	script_add(s, "reboot");
	for (unsigned i = 0; i < 120; i++) {
		script_addf(s, "unlink /d/a-name-of-some-length-%u",
		    i * 7 % 120);
		if (i % 40 == 39)
			script_add(s, "sync");
	}
	script_add(s, "rmdir /d");
	script_add(s, "sync");
}

/* ---- Bounds ----------------------------------------------------------- */

static void
make_full_disk(struct script *s, unsigned *seed)
{
	(void)seed;
	for (unsigned i = 0; i < 5; i++) {
		script_addf(s, "? open %u /f%u rwc", i, i);
		for (unsigned j = 0; j < 4; j++)
			script_addf(s, "? write %u %u %u %u", i,
			    j * 128 * KIB, 128 * KIB, next_bytes());
		script_add(s, "? mkdir /d");
	}
	script_add(s, "sync");
	script_add(s, "unlink /f0");
	script_add(s, "? write 4 600000 5000 99");
	script_add(s, "sync");
	script_add(s, "? write 1 700000 20000 98");
	script_add(s, "fsync 1");
}

static void
make_no_inodes(struct script *s, unsigned *seed)
{
	(void)seed;
	for (unsigned i = 0; i < 24; i++)
		script_addf(s, "? mknod /n%u 100644 0", i);
	script_add(s, "? mkdir /d");
	script_add(s, "? symlink x /l");
	script_add(s, "sync");
	script_add(s, "unlink /n0");
	script_add(s, "? mkdir /d");
	script_add(s, "? mkdir /d/e");
	script_add(s, "sync");
}

/* So much that the log comes round. */
static void
make_wrap(struct script *s, unsigned *seed)
{
	for (unsigned i = 0; i < 60; i++) {
		script_addf(s, "mkdir /d%u", i);
		script_addf(s, "mknod /d%u/f 100644 0", i);
		if (i > 2 && pick(seed, 2) == 0)
			script_addf(s, "? rename /d%u /d%u/g", i - 1, i);
		script_addf(s, "fsyncdir /d%u", i);
		if (i == 40)
			script_add(s, "reboot");
		if (i % 8 == 7)
			script_add(s, "sleep 6000");
	}
}

static void
make_checkpoint(struct script *s, unsigned *seed)
{
	script_add(s, "open 0 /f rwc");
	for (unsigned i = 0; i < 10; i++) {
		script_addf(s, "mkdir /d%u", i);
		script_addf(s, "write 0 %u 2000 %u", pick(seed, 100) * KIB,
		    next_bytes());
		script_add(s, i % 2 ? "sleep 7000" : "fsync 0");
		if (i > 1)
			script_addf(s, "rmdir /d%u", i - 2);
	}
	script_add(s, "close 0");
	script_add(s, "remount ro");
	script_add(s, "remount -");
	script_add(s, "mkdir /again");
}

/* ---- Several, and any ------------------------------------------------- */

/* Two programs: a log that is synced, and a mess that is not. */
static void
make_two(struct script *s, unsigned *seed)
{
	script_add(s, "open 0 /log rwca");
	for (unsigned i = 0; i < 12; i++) {
		char path[32];

		script_addf(s, "append 0 %u %u", 1 + pick(seed, 600),
		    next_bytes());
		snprintf(path, sizeof(path), "/mess%u", i % 4);
		put_file(s, path, pick(seed, 20000));
		script_add(s, "fsync 0");
		if (i % 3 == 2)
			script_addf(s, "unlink %s", path);
		if (i % 4 == 1)
			script_addf(s, "? truncate %s 1000", path);
	}
}

/* A database: a journal of its own, a header that is written last. */
static void
make_database(struct script *s, unsigned *seed)
{
	put_file(s, "/db", 24 * KIB);
	script_add(s, "reboot");
	script_add(s, "open 0 /db rw");
	for (unsigned i = 0; i < 5; i++) {
		unsigned at = pick(seed, 20) * KIB;

		script_add(s, "open 1 /db-journal rwc");
		script_addf(s, "write 1 512 2048 %u", next_bytes());
		script_add(s, "fdatasync 1");
		script_addf(s, "write 1 0 28 %u", next_bytes());
		script_add(s, "fdatasync 1");
		script_addf(s, "write 0 %u 2048 %u", at, next_bytes());
		script_add(s, "fdatasync 0");
		script_add(s, "close 1");
		script_add(s, "unlink /db-journal");
		script_add(s, "fsyncdir /");
	}
}

/* An archive that is unpacked. */
static void
make_unpack(struct script *s, unsigned *seed)
{
	for (unsigned i = 0; i < 6; i++) {
		script_addf(s, "mkdir /dir%u", i);
		for (unsigned j = 0; j < 5; j++) {
			char path[32];

			snprintf(path, sizeof(path), "/dir%u/f%u", i, j);
			put_file(s, path, pick(seed, 4000));
			script_addf(s, "chmod %s %o", path,
			    j % 2 ? 0755 : 0600);
		}
		script_addf(s, "symlink f0 /dir%u/link", i);
		script_addf(s, "link /dir%u/f1 /dir%u/hard", i, i);
		script_add(s, i % 2 ? "sleep 5500" : "writeback");
	}
	script_add(s, "sync");
}

/* A name of the small world in which make_random() lives: three directories,
 * five files in each. */
static const char *
any_path(unsigned *seed, char *buf, size_t size)
{
	unsigned dir = pick(seed, 4);

	if (dir == 0)
		snprintf(buf, size, "/f%u", pick(seed, 5));
	else
		snprintf(buf, size, "/d%u/f%u", dir, pick(seed, 5));
	return buf;
}

/* One random operation; it may make no sense, and fail. */
static void
any_operation(struct script *s, unsigned *seed)
{
	char a[64];
	char b[64];
	unsigned slot = pick(seed, 3);

	any_path(seed, a, sizeof(a));
	any_path(seed, b, sizeof(b));
	switch (pick(seed, 20)) {
	case 0: case 1: case 2:
		script_addf(s, "? open %u %s rwc", slot, a);
		break;
	case 3: case 4: case 5: case 6:
		script_addf(s, "? write %u %u %u %u", slot,
		    pick(seed, 40000), 1 + pick(seed, 8000), next_bytes());
		break;
	case 7:
		script_addf(s, "? append %u %u %u", slot,
		    1 + pick(seed, 3000), next_bytes());
		break;
	case 8:
		script_addf(s, "? ftruncate %u %u", slot, pick(seed, 45000));
		break;
	case 9:
		script_addf(s, "? fsync %u", slot);
		break;
	case 10:
		script_addf(s, "? mkdir /d%u", 1 + pick(seed, 3));
		break;
	case 11:
		script_addf(s, "? rmdir /d%u", 1 + pick(seed, 3));
		break;
	case 12: case 13:
		script_addf(s, "? unlink %s", a);
		break;
	case 14: case 15:
		script_addf(s, "? rename %s %s", a, b);
		break;
	case 16:
		script_addf(s, "? link %s %s", a, b);
		break;
	case 17:
		script_addf(s, "? symlink no/where/%u %s", pick(seed, 100), a);
		break;
	case 18:
		script_addf(s, "? mapwrite %u %u %u %u", slot,
		    pick(seed, 20000), 1 + pick(seed, 3000), next_bytes());
		break;
	case 19:
		script_add(s, pick(seed, 3) == 0 ? "sync"
		    : pick(seed, 2) ? "writeback" : "sleep 3000");
		break;
	}
}

static void
make_random(struct script *s, unsigned *seed)
{
	for (unsigned i = 1; i < 4; i++)
		script_addf(s, "mkdir /d%u", i);
	for (unsigned i = 0; i < 90; i++)
		any_operation(s, seed);
}

/* ---- The table -------------------------------------------------------- */

#define SMALL 2560 /* KiB: a journal of 1 MiB and not much more */
#define LARGE 10240

const struct workload workloads[] = {
    {"create", make_create, SMALL, 1024, 0, NULL, NULL, false},
    {"append", make_append, SMALL, 1024, 0, NULL, NULL, false},
    {"append-late", make_append, SMALL, 1024, 0, NULL, NULL, true},
    {"overwrite", make_overwrite, SMALL, 1024, 0, NULL, NULL, false},
    {"truncate", make_truncate, SMALL, 1024, 0, NULL, NULL, false},
    {"truncate-late", make_truncate, SMALL, 1024, 0, NULL, NULL, true},
    {"extend", make_extend, SMALL, 1024, 0, NULL, NULL, false},
    {"sparse", make_sparse, SMALL, 1024, 0, NULL, NULL, false},
    {"holes", make_holes, SMALL, 1024, 0, NULL, NULL, false},
    {"indirect", make_indirect, SMALL, 1024, 0, NULL, NULL, false},
    {"big-file", make_big_file, SMALL, 1024, 0, NULL, NULL, true},
    {"reuse", make_reuse, SMALL, 1024, 0, NULL, NULL, false},
    {"mapped", make_mapped, SMALL, 1024, 0, NULL, NULL, false},
    {"mapped-hole", make_mapped_hole, SMALL, 1024, 0, NULL, NULL, false},
    {"synchronous", make_synchronous, SMALL, 1024, 0, NULL, NULL, false},
    {"replace", make_replace, SMALL, 1024, 0, NULL, NULL, false},
    {"replace-late", make_replace, SMALL, 1024, 0, NULL, NULL, true},
    {"replace-lazily", make_replace_lazily, SMALL, 1024, 0, NULL, NULL,
	false},
    {"rename-over", make_rename_over, SMALL, 1024, 0, NULL, NULL, false},
    {"rename-dir", make_rename_dir, SMALL, 1024, 0, NULL, NULL, false},
    {"mkdir", make_mkdir, SMALL, 1024, 0, NULL, NULL, false},
    {"link", make_link, SMALL, 1024, 0, NULL, NULL, false},
    {"symlink", make_symlink, SMALL, 1024, 0, NULL, NULL, false},
    {"special", make_special, SMALL, 1024, 0, NULL, NULL, false},
    {"orphan", make_orphan, SMALL, 1024, 0, NULL, NULL, false},
    {"orphan-late", make_orphan, SMALL, 1024, 0, NULL, NULL, true},
    {"small-files", make_small_files, SMALL, 1024, 0, NULL, NULL, false},
    {"big-dir", make_big_dir, SMALL, 1024, 0, NULL, NULL, false},
    {"big-dir-plain", make_big_dir, SMALL, 1024, 0, "-O ^dir_index", NULL,
	false},
    {"big-dir-empty", make_big_dir_empty, SMALL, 1024, 0, NULL, NULL, false},
    {"full-disk", make_full_disk, SMALL, 1024, 64, NULL, NULL, false},
    {"no-inodes", make_no_inodes, SMALL, 1024, 16, NULL, NULL, false},
    {"wrap", make_wrap, SMALL, 1024, 0, NULL, NULL, false},
    {"wrap-late", make_wrap, SMALL, 1024, 0, NULL, NULL, true},
    {"checkpoint", make_checkpoint, SMALL, 1024, 0, NULL, NULL, false},
    {"two", make_two, SMALL, 1024, 0, NULL, NULL, false},
    {"database", make_database, SMALL, 1024, 0, NULL, NULL, false},
    {"unpack", make_unpack, SMALL, 1024, 0, NULL, NULL, false},
    {"random", make_random, SMALL, 1024, 0, NULL, NULL, false},
    {"random-late", make_random, SMALL, 1024, 0, NULL, NULL, true},
    {"random-2k", make_random, 5120, 2048, 0, NULL, NULL, false},
    {"random-4k", make_random, LARGE, 4096, 0, NULL, NULL, false},
    {"append-4k", make_append, LARGE, 4096, 0, NULL, NULL, false},
    {"unpack-small-inodes", make_unpack, SMALL, 1024, 0, "-I 128", NULL,
	false},
    {"journalled-append", make_append, SMALL, 1024, 0, NULL, "data=journal",
	false},
    {"journalled-overwrite", make_overwrite, SMALL, 1024, 0, NULL,
	"data=journal", false},
    {"journalled-in-order", make_in_order, SMALL, 1024, 0, NULL,
	"data=journal", false},
    {"journalled-reuse", make_reuse, SMALL, 1024, 0, NULL, "data=journal",
	false},
    {"journalled-random", make_random, SMALL, 1024, 0, NULL, "data=journal",
	false},
    {"journalled-late", make_random, SMALL, 1024, 0, NULL, "data=journal",
	true},
};

const unsigned workload_count = sizeof(workloads) / sizeof(*workloads);
