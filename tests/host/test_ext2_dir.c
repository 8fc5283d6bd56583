/* test_ext2_dir.c - directories against a plain list of names: random entries
 * come and go, with and without an index, while readers are on their way, the
 * disk is full at times, and some blocks are damaged.
 *
 * Sources: kernel/fs/ext2/dir.c kernel/fs/ext2/htree.c
 *	kernel/fs/ext2/htree_add.c
 *	kernel/fs/ext2/readdir.c
 * SPDX-License-Identifier: MIT */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <asm/prctl.h>
#include <sys/syscall.h>

#include "abi/errno.h"
#include "fs/ext2/hash.h"
#include "fs/ext2/htree.h"
#include "fs/file.h"
#include "mm/slab.h"

#define BLOCKS  12000
#define NAMES   3000
#define INODES  100000

#define CHECK(expr)                                                      \
	do {                                                             \
		if (!(expr)) {                                           \
			printf("%s:%d: %s (blocks of %u, %s)\n", __FILE__,  \
			    __LINE__, #expr, fs.block_bytes,             \
			    htree_active(&dir) ? "index" : "no index");  \
			exit(1);                                         \
		}                                                        \
	} while (0)

/* <unistd.h> has types of the kernel's, too. */
long syscall(long number, ...);

/* ---- What stands for the rest of the kernel --------------------------- */

static struct ext2_super super;
static struct ext2_fs fs;
static struct mount mount;
static struct ext2_inode ei;
static struct inode dir;
static struct journal_handle handle;
static struct buffer blocks[BLOCKS];
static long references;
static unsigned errors;  /* calls of ext2_error() */
static long new_blocks;  /* that there still are; < 0: enough */
static long memory;      /* allocations that still succeed; < 0: enough */
static uint32_t hash_mask = UINT32_MAX;

void
mutex_lock(struct mutex *m)
{
	(void)m;
}

void
mutex_unlock(struct mutex *m)
{
	(void)m;
}

/* test_ext2_hash.py judges the true hashes; with this one there can be as many
 * collisions as a test wants. */
uint32_t
ext2_hash_name(enum ext2_hash kind, const uint32_t seed[4], const char *name,
    uint32_t len)
{
	uint32_t hash = seed[0] + kind;

	for (uint32_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619u;
	return (hash ^ hash >> 15) & hash_mask & ~1u;
}

void *
kmalloc(size_t bytes)
{
	if (memory >= 0 && memory-- == 0)
		return NULL;
	return malloc(bytes);
}

void
kfree(const void *p)
{
	free((void *)p);
}

off_t
file_seek_plain(struct file *f, off_t offset, int whence)
{
	return whence == 0 ? offset : f->pos + offset;
}

int
ext2_fsync(struct file *f, bool data_only)
{
	(void)f;
	(void)data_only;
	return 0;
}

int
ext2_error(struct ext2_fs *of, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	CHECK(of == &fs && text[0] != '\0');
	errors++;
	return -EIO;
}

int
ext2_inode_store(struct journal_handle *h, struct inode *inode)
{
	CHECK(h == &handle && inode == &dir);
	return 0;
}

void
buffer_put(struct buffer *buf)
{
	if (buf == NULL)
		return;
	CHECK(buf->refs > 0);
	buf->refs--;
	references--;
}

/* A buffer may only become dirty if it was asked for before: block is then the
 * index of the block plus one million. */
int
journal_access(struct journal_handle *h, struct buffer *buf)
{
	CHECK(h == &handle && buf->refs > 0);
	buf->flags |= BUFFER_CHECKED;
	return 0;
}

void
journal_dirty(struct journal_handle *h, struct buffer *buf)
{
	CHECK(h == &handle && buf->refs > 0);
	CHECK(buf->flags & BUFFER_CHECKED);
}

int
ext2_dir_block(struct journal_handle *h, struct inode *inode, uint32_t index,
    bool create, struct buffer **out)
{
	struct buffer *buf = &blocks[index];
	uint32_t count = dir_block_count(inode);

	CHECK(inode == &dir && index < BLOCKS);
	if (create) {
		CHECK(h == &handle && index == count);
		if (new_blocks >= 0 && new_blocks-- == 0)
			return -ENOSPC;
		*buf = (struct buffer){
		    .block = index + 1,
		    .data = calloc(1, fs.block_bytes),
		    .flags = BUFFER_CHECKED,
		};
		dir.cache.bytes += fs.block_bytes;
	} else if (index >= count) {
		return -EIO;
	}
	buf->refs++;
	references++;
	*out = buf;
	return 0;
}

/* ---- The model -------------------------------------------------------- */

static struct name {
	char text[256];
	struct qstr q;
	uint32_t ino;      /* 0: not there */
	unsigned seen;     /* by the reader of this time */
	bool all_the_time; /* there since the reader began */
} names[NAMES];

static void
make_names(void)
{
	for (unsigned i = 0; i < NAMES; i++) {
		struct name *n = &names[i];
		int len = snprintf(n->text, sizeof(n->text), "%x", i);
		int want = len;

		if (rand() % 3 == 0)
			want = len + rand() % (rand() % 9 == 0 ? 245 : 20);
		for (; len < want; len++)
			n->text[len] = (char)(rand() % 2 ? 'g' + rand() % 20
			    : 128 + rand() % 128);
		n->text[len] = '\0';
		n->q = (struct qstr){n->text, (uint32_t)len, 0};
		n->ino = 0;
	}
}

static void
dir_free(void)
{
	if (dir.priv == NULL)
		return;
	for (uint32_t i = 0; i < dir_block_count(&dir); i++)
		free(blocks[i].data);
	dir.cache.bytes = 0;
}

static void
dir_new(uint32_t block_bytes, enum ext2_hash kind, bool index)
{
	dir_free();
	super = (struct ext2_super){
	    .s_inodes_count = INODES,
	    .s_feature_incompat = EXT2_INCOMPAT_FILETYPE,
	    .s_feature_compat = index ? EXT2_COMPAT_DIR_INDEX : 0,
	    .s_def_hash_version = kind % 3,
	    .s_flags = kind < 3 ? EXT2_FLAGS_SIGNED_HASH
		: EXT2_FLAGS_UNSIGNED_HASH,
	    .s_hash_seed = {1, 2, 3, (uint32_t)rand()},
	};
	fs = (struct ext2_fs){
	    .super = &super,
	    .block_bytes = block_bytes,
	    .block_shift = (uint32_t)__builtin_ctz(block_bytes),
	};
	ei = (struct ext2_inode){.inode = &dir, .fs = &fs};
	dir = (struct inode){.ino = 12, .priv = &ei, .mount = &mount};
	CHECK(ext2_dir_make(&handle, &dir, EXT2_ROOT_INO) == 0);
	for (unsigned i = 0; i < NAMES; i++)
		names[i].ino = 0;
}

static uint32_t
find_ino(const struct qstr *q)
{
	uint32_t ino = 1;

	CHECK(ext2_dir_find(&dir, q, &ino) == 0);
	return ino;
}

/* All names are found, and no others. */
static void
compare(void)
{
	struct qstr dotdot = {"..", 2, 0};
	struct qstr dot = {".", 1, 0};
	unsigned count = 0;

	for (unsigned i = 0; i < NAMES; i++) {
		CHECK(find_ino(&names[i].q) == names[i].ino);
		count += names[i].ino != 0;
	}
	CHECK(find_ino(&dot) == 12 && find_ino(&dotdot) == EXT2_ROOT_INO);
	CHECK(ext2_dir_is_empty(&dir) == (count == 0));
	CHECK(references == 0 && errors == 0);
}

/* Each leaf has the hashes of its range, and the ranges rise. */
static void
check_index(void)
{
	uint64_t *keys = malloc(HTREE_KEYS_BYTES(fs.block_bytes));
	struct htree_path path;
	uint32_t first = 0;
	uint32_t next = 0;
	unsigned found = 0;
	unsigned names_now = 0;
	int err = 0;

	CHECK(htree_open(&dir, &path) == 0 && htree_seek(&path, 0) == 0);
	for (; err == 0; first = next) {
		struct buffer *buf;
		int count;

		CHECK(htree_leaf(&path, &buf) == 0);
		count = htree_sort_block(&dir, buf, path.kind, keys);
		buffer_put(buf);
		err = htree_next(&path, &next);
		CHECK(err != 0 || next >= first);
		for (int i = 0; i < count; i++) {
			uint32_t hash = htree_key_hash(keys[i]);

			CHECK(hash >= (first & ~1u));
			CHECK(err != 0 || hash < next);
		}
		found += (unsigned)count;
	}
	CHECK(err == -ENOENT);
	htree_close(&path);
	for (unsigned i = 0; i < NAMES; i++)
		names_now += names[i].ino != 0;
	CHECK(found == names_now);
	free(keys);
}

/* Add, remove or change one name; in a full disk nothing is changed. */
static void
step(bool grow)
{
	struct name *n = &names[rand() % NAMES];
	uint32_t ino = 13 + (uint32_t)rand() % (INODES - 13);
	int err;

	if (n->ino == 0 && grow) {
		if (rand() % 50 == 0)
			new_blocks = rand() % 3;
		if (rand() % 50 == 0)
			memory = 0;
		err = ext2_dir_add(&handle, &dir, &n->q, ino, EXT2_FT_REG);
		CHECK(err == 0 || (err == -ENOSPC && new_blocks == -1) ||
		    (err == -ENOMEM && memory == -1));
		if (err == 0)
			n->ino = ino;
		n->all_the_time = false;
		new_blocks = -1;
		memory = -1;
	} else if (n->ino != 0 && rand() % 4 == 0) {
		err = ext2_dir_set(&handle, &dir, &n->q, ino, EXT2_FT_DIR);
		CHECK(err == 0);
		n->ino = ino;
	} else if (!grow) {
		err = ext2_dir_remove(&handle, &dir, &n->q);
		CHECK(err == (n->ino != 0 ? 0 : -ENOENT));
		n->ino = 0;
		n->all_the_time = false;
	}
}

/* ---- Readers ---------------------------------------------------------- */

struct counting {
	struct dir_sink sink;
	int room;
	off_t last; /* place behind the last name */
};

static bool
count_name(struct dir_sink *sink, const char *text, size_t len, ino_t ino,
    unsigned type, off_t next)
{
	struct counting *c = container_of(sink, struct counting, sink);
	char copy[256] = "";
	unsigned i;

	if (c->room == 0)
		return false;
	c->room--;
	CHECK(next > c->last && type != 0);
	c->last = next;
	if (text[0] == '.')
		return true;
	memcpy(copy, text, len);
	i = (unsigned)strtoul(copy, NULL, 16);
	CHECK(i < NAMES && names[i].q.len == len && names[i].ino == ino);
	CHECK(memcmp(names[i].text, text, len) == 0);
	names[i].seen++;
	return true;
}

/* Read the directory in pieces of so many names, with steps between them. */
static void
read_all(int pieces, int steps)
{
	struct dentry self = {.inode = &dir};
	struct file f = {.inode = &dir, .dentry = &self};
	struct counting c = {.sink.emit = count_name, .last = -1};

	self.parent = &self;
	for (unsigned i = 0; i < NAMES; i++) {
		names[i].seen = 0;
		names[i].all_the_time = names[i].ino != 0;
	}
	for (;;) {
		c.room = pieces;
		CHECK(ext2_dir_file_ops.readdir(&f, &c.sink) == 0);
		if (c.room == pieces)
			break;
		CHECK(f.pos >= c.last);
		for (int i = 0; i < steps; i++)
			step(rand() % 2);
	}
	for (unsigned i = 0; i < NAMES; i++) {
		CHECK(names[i].seen <= 1 || !names[i].all_the_time);
		CHECK(names[i].seen == 1 || !names[i].all_the_time);
	}
	CHECK(references == 0 && errors == 0);
}

/* ---- The tests -------------------------------------------------------- */

static void
test_random(uint32_t block_bytes, enum ext2_hash kind, bool index)
{
	dir_new(block_bytes, kind, index);
	compare();
	for (int i = 0; i < 6000; i++) {
		bool grow = rand() % 8 != 0;

		step(i / 2000 % 2 == 0 ? grow : !grow);
		if (i % 1000 == 0) {
			compare();
			read_all(1 + rand() % 100, 0);
			/* The order of names of one hash is not fixed. */
			if (hash_mask == UINT32_MAX)
				read_all(1 + rand() % 30, rand() % 4);
		}
	}
	compare();
	if (index) {
		CHECK(htree_active(&dir));
		check_index();
	}
	for (unsigned i = 0; i < NAMES; i++)
		if (names[i].ino != 0) {
			CHECK(ext2_dir_remove(&handle, &dir, &names[i].q) == 0);
			names[i].ino = 0;
		}
	compare();
}

/* A small directory is read while it gets its index. */
static void
test_growing_while_read(uint32_t block_bytes)
{
	for (int round = 0; round < 30; round++) {
		dir_new(block_bytes, EXT2_HASH_HALF_MD4, true);
		for (int i = 0; i < 20; i++)
			step(true);
		read_all(3, 200);
		compare();
	}
}

/* Until the index is full: it has two levels, and blocks of it are split. */
static void
test_large(void)
{
	char text[32];
	struct qstr q = {text, 0, 0};
	unsigned count = 0;
	int err;

	dir_new(1024, EXT2_HASH_HALF_MD4, true);
	for (;; count++) {
		q.len = (uint32_t)snprintf(text, sizeof(text), "large-%u",
		    count);
		err = ext2_dir_add(&handle, &dir, &q, 13 + count % 1000,
		    EXT2_FT_REG);
		if (err != 0)
			break;
	}
	CHECK(err == -ENOSPC && count > 200000 && htree_active(&dir));
	for (unsigned i = 0; i < count; i += 7) {
		q.len = (uint32_t)snprintf(text, sizeof(text), "large-%u", i);
		CHECK(find_ino(&q) == 13 + i % 1000);
	}
}

/* Flip bits of a directory on the disk: errors, but no crash and no loop. */
static void
test_damage(uint32_t block_bytes)
{
	dir_new(block_bytes, EXT2_HASH_TEA, true);
	for (int i = 0; i < 6000; i++)
		step(true);
	for (int round = 0; round < 1500; round++) {
		uint32_t index = (uint32_t)rand() % dir_block_count(&dir);
		struct dentry self = {.inode = &dir};
		struct file f = {.inode = &dir, .dentry = &self};
		struct counting c = {.last = -1};
		struct name *n = &names[rand() % NAMES];
		char *at;
		char saved;
		uint32_t ino;

		if (rand() % 2)
			index = 0;
		at = blocks[index].data + (rand() % 2 ? rand() % 64
		    : rand() % (int)block_bytes);
		saved = *at;
		*at ^= (char)(1 << rand() % 8);
		self.parent = &self;
		c.sink.emit = (void *)count_name;
		c.room = 0;
		ext2_dir_find(&dir, &n->q, &ino);
		ext2_dir_file_ops.readdir(&f, &c.sink);
		f.pos = (off_t)rand() << 30;
		ext2_dir_file_ops.readdir(&f, &c.sink);
		ext2_dir_is_empty(&dir);
		if (rand() % 4 == 0)
			ext2_dir_remove(&handle, &dir, &n->q);
		else if (rand() % 4 == 0 && dir_block_count(&dir) < BLOCKS - 4)
			ext2_dir_add(&handle, &dir, &n->q, 15, EXT2_FT_REG);
		CHECK(references == 0);
		if (rand() % 20 != 0)
			*at = saved;
		ei.flags |= EXT2_FL_INDEX;
	}
	errors = 0;
}

int
main(void)
{
	static const uint32_t sizes[] = {1024, 2048, 4096};
	static uint64_t cpu[16];

	/* thread_current() is NULL, who owns every free mutex. */
	syscall(SYS_arch_prctl, ARCH_SET_GS, cpu);
	srand(1);
	new_blocks = -1;
	memory = -1;
	make_names();
	for (unsigned i = 0; i < 3; i++) {
		test_random(sizes[i], EXT2_HASH_LEGACY, false);
		test_random(sizes[i], EXT2_HASH_HALF_MD4, true);
		test_random(sizes[i], EXT2_HASH_TEA_UNSIGNED, true);
		/* Eight hashes, some 300 names each. */
		hash_mask = BIT(4) - 1;
		test_random(sizes[i], EXT2_HASH_HALF_MD4, true);
		hash_mask = UINT32_MAX;
		test_growing_while_read(sizes[i]);
		test_damage(sizes[i]);
	}
	test_large();
	dir_free();
	return 0;
}
