/* test_fs.c - names, files in memory, pipes and archives, inside the kernel.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * What a program can see is tested by tests/user, beside Linux; here is what it
 * cannot: that nothing is leaked, that memory may run out at any point, that
 * the kernel's own callers get what they were promised.
 *
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "fs/context.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/initramfs.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/path.h"
#include "fs/pipe.h"
#include "fs/procfs.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm_test.h"

#define DIR_MODE  (S_IRWXU | S_IRWXG | S_IRWXO)
#define FILE_MODE (S_IRUSR | S_IWUSR)

/* Open a path of the kernel's, or NULL with a failed check. */
static struct file *
open_or_fail(const char *path, unsigned flags)
{
	struct file *f = NULL;

	ktest_check(file_open(AT_FDCWD, path, flags, FILE_MODE, &f) == 0);
	return f;
}

static ssize_t
write_text(struct file *f, const char *text)
{
	struct iobuf io = iobuf_kernel((void *)text, strlen(text));

	return file_write(f, &io);
}

static bool
exists(const char *path)
{
	struct dentry *d;

	if (path_lookup(AT_FDCWD, path, 0, &d) != 0)
		return false;
	dentry_put(d);
	return true;
}

KTEST(file_keeps_what_was_written)
{
	struct file *f = open_or_fail("/t-file", O_RDWR | O_CREAT | O_EXCL);
	char back[8] = "";

	ktest_check(write_text(f, "hello") == 5);
	ktest_check(file_read_kernel(f, back, sizeof(back), 1) == 4);
	ktest_check(strcmp(back, "ello") == 0);
	ktest_check(namei_unlink(AT_FDCWD, "/t-file") == 0);
	ktest_check(!exists("/t-file"));
	/* The open file outlives its name. */
	ktest_check(file_read_kernel(f, back, sizeof(back), 0) == 5);
	file_put(f);
}

/* Make and remove a small tree. */
static void
build_tree(void)
{
	char path[64];
	struct file *f;

	namei_mkdir(AT_FDCWD, "/t", DIR_MODE);
	for (int i = 0; i < 40; i++) {
		snprintf(path, sizeof(path),
		    "/t/a-name-that-is-longer-than-the-inline-space-%d", i);
		if (file_open(AT_FDCWD, path, O_WRONLY | O_CREAT, FILE_MODE,
		    &f) == 0) {
			write_text(f, path);
			file_put(f);
		}
		namei_rename(AT_FDCWD, path, AT_FDCWD, "/t/short", 0);
	}
	namei_symlink("short", AT_FDCWD, "/t/link");
	namei_mknod(AT_FDCWD, "/t/fifo", S_IFIFO | FILE_MODE, 0);
}

static void
remove_tree(void)
{
	char path[64];

	for (int i = 0; i < 40; i++) {
		snprintf(path, sizeof(path),
		    "/t/a-name-that-is-longer-than-the-inline-space-%d", i);
		namei_unlink(AT_FDCWD, path);
	}
	namei_unlink(AT_FDCWD, "/t/short");
	namei_unlink(AT_FDCWD, "/t/link");
	namei_unlink(AT_FDCWD, "/t/fifo");
	namei_rmdir(AT_FDCWD, "/t");
}

KTEST(files_give_all_memory_back)
{
	size_t before;

	stay_here();
	build_tree();
	remove_tree();
	before = free_pages_now();
	for (int i = 0; i < 20; i++) {
		build_tree();
		remove_tree();
	}
	ktest_check(!exists("/t"));
	ktest_check(free_pages_now() == before);
	go_anywhere();
}

/* Let every single allocation of the work fail once: each time there is an
 * error, no crash, and nothing stays. */
KTEST(files_bear_failing_allocations)
{
	size_t before;
	unsigned n;

	stay_here();
	build_tree();
	remove_tree();
	before = free_pages_now();
	for (n = 1; n < 1000; n++) {
		unsigned left;

		alloc_fail_nth(n);
		build_tree();
		left = alloc_fail_nth(0);
		remove_tree();
		if (left != 0)
			break;
	}
	ktest_check(n > 50);
	ktest_check(!exists("/t"));
	ktest_check(free_pages_now() == before);
	go_anywhere();
}

KTEST(rename_refuses_loops)
{
	ktest_check(namei_mkdir(AT_FDCWD, "/t", DIR_MODE) == 0);
	ktest_check(namei_mkdir(AT_FDCWD, "/t/a", DIR_MODE) == 0);
	ktest_check(namei_mkdir(AT_FDCWD, "/t/a/b", DIR_MODE) == 0);
	ktest_check(namei_rename(AT_FDCWD, "/t/a", AT_FDCWD, "/t/a/b/c", 0) ==
	    -EINVAL);
	ktest_check(namei_rename(AT_FDCWD, "/t/a/b", AT_FDCWD, "/t", 0) ==
	    -ENOTEMPTY);
	ktest_check(namei_rename(AT_FDCWD, "/t/a", AT_FDCWD, "/t/a/b",
	    RENAME_EXCHANGE) == -EINVAL);
	ktest_check(namei_rename(AT_FDCWD, "/t/a/b", AT_FDCWD, "/t/b", 0) == 0);
	ktest_check(exists("/t/b") && !exists("/t/a/b"));
	namei_rmdir(AT_FDCWD, "/t/b");
	namei_rmdir(AT_FDCWD, "/t/a");
	namei_rmdir(AT_FDCWD, "/t");
}

KTEST(links_end_after_forty)
{
	char from[16];
	char to[16];

	ktest_check(namei_mkdir(AT_FDCWD, "/t", DIR_MODE) == 0);
	file_put(open_or_fail("/t/0", O_WRONLY | O_CREAT));
	for (int i = 1; i <= 41; i++) {
		snprintf(to, sizeof(to), "%d", i - 1);
		snprintf(from, sizeof(from), "/t/%d", i);
		ktest_check(namei_symlink(to, AT_FDCWD, from) == 0);
	}
	for (int i = 40; i <= 41; i++) {
		struct dentry *d = NULL;
		int err;

		snprintf(from, sizeof(from), "/t/%d", i);
		err = path_lookup(AT_FDCWD, from, WALK_FOLLOW, &d);
		ktest_check(err == (i == 40 ? 0 : -ELOOP));
		if (d != NULL)
			dentry_put(d);
	}
	for (int i = 0; i <= 41; i++) {
		snprintf(from, sizeof(from), "/t/%d", i);
		namei_unlink(AT_FDCWD, from);
	}
	ktest_check(namei_rmdir(AT_FDCWD, "/t") == 0);
}

/* A mounted file system is busy while a file in it is open, and its memory
 * comes back when it goes. */
KTEST(unmounting_waits_for_the_last_user)
{
	struct dentry *d;
	struct file *f;
	size_t before;

	ktest_check(namei_mkdir(AT_FDCWD, "/t", DIR_MODE) == 0);
	stay_here();
	before = free_pages_now();
	ktest_check(path_lookup(AT_FDCWD, "/t", 0, &d) == 0);
	ktest_check(mount_at(d, "none", "tmpfs", 0, "") == 0);
	dentry_put(d);
	f = open_or_fail("/t/f", O_RDWR | O_CREAT);
	write_text(f, "x");

	ktest_check(path_lookup(AT_FDCWD, "/t", 0, &d) == 0);
	ktest_check(mount_remove(d, 0) == -EBUSY);
	file_put(f);
	/* What is no root is refused, and is not kept in use by that. */
	ktest_check(path_lookup(AT_FDCWD, "/t/f", 0, &d) == 0);
	ktest_check(mount_remove(d, 0) == -EINVAL);
	ktest_check(path_lookup(AT_FDCWD, "/t", 0, &d) == 0);
	ktest_check(mount_remove(d, 0) == 0);
	ktest_check(!exists("/t/f"));
	ktest_check(free_pages_now() == before);
	go_anywhere();
	ktest_check(namei_rmdir(AT_FDCWD, "/t") == 0);
}

/* ---- Pipes ----------------------------------------------------------- */

#define PIPE_BYTES (1 << 20)

/* Writes a known sequence in pieces of every size up to some pages. */
static void
pipe_writer(void *arg)
{
	struct file *f = arg;
	static char block[3 * PAGE_SIZE];
	uint32_t random = 3;
	size_t done = 0;

	while (done < PIPE_BYTES) {
		size_t n = 1 + test_random(&random) % sizeof(block);
		struct iobuf io;

		n = MIN(n, PIPE_BYTES - done);
		for (size_t i = 0; i < n; i++)
			block[i] = (char)((done + i) * 7 / 3);
		io = iobuf_kernel(block, n);
		if (file_write(f, &io) != (ssize_t)n)
			break;
		done += n;
	}
	file_put(f);
	thread_exit();
}

KTEST(pipe_carries_a_stream_between_threads)
{
	static char block[PAGE_SIZE + 77];
	struct file *ends[2];
	size_t wrong = 0;
	size_t done = 0;
	ssize_t n = 1;

	ktest_check(pipe_create(0, ends) == 0);
	ktest_check(kthread_create("writer", pipe_writer, ends[1]) != NULL);
	while (n > 0) {
		struct iobuf io = iobuf_kernel(block, sizeof(block));

		n = file_read(ends[0], &io);
		for (ssize_t i = 0; i < n; i++)
			wrong += block[i] != (char)((done + (size_t)i) * 7 / 3);
		done += n > 0 ? (size_t)n : 0;
	}
	ktest_check(n == 0);
	ktest_check(done == PIPE_BYTES && wrong == 0);
	file_put(ends[0]);
}

/* ---- Descriptors ----------------------------------------------------- */

KTEST(descriptors_grow_and_clone)
{
	struct fdtable *t = fdtable_create();
	struct fdtable *saved = thread_current()->files;
	struct file *f = open_or_fail("/t-file", O_RDWR | O_CREAT);
	struct fdtable *copy;

	thread_current()->files = t;
	for (int i = 0; i < 300; i++) {
		file_get(f);
		ktest_check(fd_install(f, 0, i % 2 == 0) == i);
	}
	ktest_check(fd_close(100) == 0 && fd_close(70) == 0);
	file_get(f);
	ktest_check(fd_install(f, 0, false) == 70);
	file_get(f);
	ktest_check(fd_install(f, 99, false) == 100);
	ktest_check(fd_install(f, (int)t->limit, false) == -EINVAL);
	ktest_check(fd_close(300) == -EBADF && fd_close(-1) == -EBADF);

	copy = fdtable_clone(t);
	ktest_check(fdtable_next(copy, 298) == 298);
	thread_current()->files = copy;
	fdtable_close_on_exec(copy);
	ktest_check(fdtable_next(copy, 0) == 1);
	ktest_check(fdtable_next(t, 0) == 0);
	thread_current()->files = saved;
	fdtable_put(copy);
	fdtable_put(t);
	ktest_check(ref_count(&f->refs) == 1);
	file_put(f);
	namei_unlink(AT_FDCWD, "/t-file");
}

/* ---- Archives -------------------------------------------------------- */

/* The bytes of one archive member at out; returns how many. */
static size_t
put_member(char *out, const char *name, unsigned mode, unsigned ino,
    unsigned nlink, const char *data)
{
	size_t n = (size_t)snprintf(out, PAGE_SIZE,
	    "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s", ino,
	    mode, 0u, 0u, nlink, 0u, (unsigned)strlen(data), 0u, 0u, 0u, 0u,
	    (unsigned)strlen(name) + 1, 0u, name) + 1;

	while (n % 4 != 0)
		out[n++] = '\0';
	memcpy(out + n, data, strlen(data));
	n += strlen(data);
	while (n % 4 != 0)
		out[n++] = '\0';
	return n;
}

KTEST(archive_becomes_files)
{
	char *image = kzalloc(PAGE_SIZE);
	struct dentry *d = NULL;
	char back[8] = "";
	struct file *f;
	size_t n = 0;

	n += put_member(image + n, "t", S_IFDIR | DIR_MODE, 1, 2, "");
	n += put_member(image + n, "t/one", S_IFREG | FILE_MODE, 2, 2, "");
	n += put_member(image + n, "t/two", S_IFREG | FILE_MODE, 2, 2, "abc");
	n += put_member(image + n, "t/link", S_IFLNK | DIR_MODE, 3, 1, "two");
	n += put_member(image + n, "../t/up", S_IFREG | S_IXUSR, 4, 1, "x");
	n += put_member(image + n, "TRAILER!!!", 0, 0, 1, "");
	ktest_check(initramfs_unpack(image, n) == 0);

	f = open_or_fail("/t/link", O_RDONLY);
	ktest_check(file_read_kernel(f, back, sizeof(back), 0) == 3);
	ktest_check(strcmp(back, "abc") == 0 && f->inode->nlink == 2);
	file_put(f);
	ktest_check(path_lookup(AT_FDCWD, "/t/up", 0, &d) == 0);
	ktest_check(d->inode->mode == (S_IFREG | S_IXUSR));
	dentry_put(d);

	/* A second archive replaces; a cut one is refused. */
	n = put_member(image, "t/one", S_IFREG | FILE_MODE, 9, 1, "new");
	ktest_check(initramfs_unpack(image, n) == -EINVAL);
	f = open_or_fail("/t/one", O_RDONLY);
	ktest_check(f->inode->nlink == 1 && inode_size(f->inode) == 3);
	file_put(f);

	namei_unlink(AT_FDCWD, "/t/one");
	namei_unlink(AT_FDCWD, "/t/two");
	namei_unlink(AT_FDCWD, "/t/link");
	namei_unlink(AT_FDCWD, "/t/up");
	ktest_check(namei_rmdir(AT_FDCWD, "/t") == 0);
	kfree(image);
}

/* ---- /proc ----------------------------------------------------------- */

static void
show_many(struct text *t)
{
	for (int i = 0; i < 3000; i++)
		text_printf(t, "%d\n", i);
}

KTEST(proc_file_is_read_whole)
{
	static char back[20000];
	struct file *f;
	size_t len;

	procfs_register("test/many", show_many);
	f = open_or_fail("/proc/test/many", O_RDONLY);
	len = (size_t)file_read_kernel(f, back, sizeof(back) - 1, 0);
	ktest_check(len == 10 * 2 + 90 * 3 + 900 * 4 + 2000 * 5);
	back[len] = '\0';
	ktest_check(strcmp(back + len - 5, "2999\n") == 0);
	file_put(f);
	ktest_check(exists("/proc/test") && !exists("/proc/test/few"));
}

/* ---- A file system whose names are elsewhere ------------------------- */

/* Knows the file "yes" and counts how often it is asked; its dentries are a
 * cache, as a disk's are. */
static unsigned lookups;
static unsigned evictions;

static void
asked_evict(struct inode *inode)
{
	(void)inode;
	evictions++;
}

static int asked_lookup(struct inode *dir, struct dentry *d);

static const struct inode_ops asked_ops = {
    .lookup = asked_lookup,
    .evict = asked_evict,
};
static const struct file_ops no_file_ops;
static const struct mount_ops no_mount_ops;

static struct inode *
asked_inode(struct mount *m, mode_t mode)
{
	struct inode *inode = inode_alloc(m, mount_new_ino(m), mode, NULL);

	if (inode != NULL) {
		inode->ops = &asked_ops;
		inode->file_ops = &no_file_ops;
	}
	return inode;
}

static int
asked_lookup(struct inode *dir, struct dentry *d)
{
	struct inode *inode;

	lookups++;
	if (strcmp(d->name.text, "yes") != 0)
		return 0;
	inode = asked_inode(dir->mount, S_IFDIR | DIR_MODE);
	if (inode == NULL)
		return -ENOMEM;
	dentry_set_inode(d, inode);
	return 0;
}

static int
asked_mount(struct mount *m, const char *source, const char *data)
{
	struct qstr name = {"/", 1, 0};
	struct inode *inode = asked_inode(m, S_IFDIR | DIR_MODE);

	(void)source;
	(void)data;
	m->ops = &no_mount_ops;
	m->root = dentry_alloc(m, NULL, &name);
	dentry_set_inode(m->root, inode);
	return 0;
}

static struct fs_type asked_type = {.name = "asked", .mount = asked_mount};

KTEST(names_of_a_disk_are_cached_and_dropped)
{
	struct dentry *d;

	fs_type_register(&asked_type);
	ktest_check(namei_mkdir(AT_FDCWD, "/t", DIR_MODE) == 0);
	ktest_check(path_lookup(AT_FDCWD, "/t", 0, &d) == 0);
	ktest_check(mount_at(d, "none", "asked", 0, "") == 0);
	dentry_put(d);

	/* Both answers are remembered, at each level. */
	lookups = evictions = 0;
	for (int i = 0; i < 3; i++) {
		ktest_check(exists("/t/yes/yes"));
		ktest_check(!exists("/t/yes/no"));
		ktest_check(!exists("/t/no/yes"));
	}
	ktest_check(lookups == 4);
	ktest_check(namei_mkdir(AT_FDCWD, "/t/new", DIR_MODE) == -EPERM);
	ktest_check(namei_rmdir(AT_FDCWD, "/t/yes") == -EPERM);

	/* One in use, and what is above it, is kept; the rest goes. */
	ktest_check(path_lookup(AT_FDCWD, "/t/yes/yes", 0, &d) == 0);
	ktest_check(dentry_shrink(SIZE_MAX) >= 2 && evictions == 0);
	lookups = 0;
	ktest_check(exists("/t/yes/yes") && lookups == 0);
	ktest_check(!exists("/t/no") && lookups == 1);
	dentry_put(d);
	ktest_check(dentry_shrink(SIZE_MAX) >= 3 && evictions == 2);

	ktest_check(exists("/t/yes/yes"));
	ktest_check(path_lookup(AT_FDCWD, "/t", 0, &d) == 0);
	ktest_check(mount_remove(d, 0) == 0);
	ktest_check(evictions == 5);
	ktest_check(namei_rmdir(AT_FDCWD, "/t") == 0);
}
