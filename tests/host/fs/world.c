/* world.c - the calls of POSIX, made of the kernel's VFS.
 *
 * Layer: tests/host/fs   Called by: nestfs.c, torture.c, damage.c
 *
 * SPDX-License-Identifier: MIT */
#include "world.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/mount.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "debug/assert.h"
#include "fs/dentry.h"
#include "fs/devfs.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/path.h"
#include "fs/ramfs.h"
#include "host.h"
#include "lib/string.h"
#include "mm/init.h"
#include "mm/page.h"
#include "mm/pagecache_internal.h"
#include "mm/reclaim.h"
#include "mm/slab.h"

#define DIR_MODE  0755
#define NODE_MODE 0600

/* The time that the thread which writes back gets. */
#define FLUSH_NS 1000000

void ext2_init(void) __attribute__((weak));
void bdev_init(void) __attribute__((weak));
void journal_init(void) __attribute__((weak));
void buffer_init(void) __attribute__((weak));

static struct file *files[WORLD_FILES];
static struct fs_type nameless_type = {.name = "nameless",
    .mount = ramfs_mount};

static void
must(const char *what, int err)
{
	if (err != 0)
		host_die("%s: error %d", what, -err);
}

void
world_boot(size_t pages)
{
	world_sched_init();
	world_memory_init(pages);
	world_disk_init();
	pagecache_init_all();
	pagecache_start_flusher();
	reclaim_start();
	dentry_init();
	inode_init();
	file_init();
	fdtable_init();
	pipe_init();
	ramfs_init();
	mount_init(&nameless_type);
	if (buffer_init != NULL)
		buffer_init();
	if (bdev_init != NULL)
		bdev_init();
	if (journal_init != NULL)
		journal_init();
	if (ext2_init != NULL)
		ext2_init();
	must("root", mount_root("ramfs", "ramfs", 0, ""));
	must("/dev", namei_mkdir(AT_FDCWD, "/dev", DIR_MODE));
	must("/mnt", namei_mkdir(AT_FDCWD, "/mnt", DIR_MODE));
	must("/dev/td", namei_mknod(AT_FDCWD, "/dev/td", S_IFBLK | NODE_MODE,
	    ABI_MKDEV(WORLD_DISK_MAJOR, 0)));
	/* What is made when a device is first used stays: no leak. */
	world_close(world_open("/dev/td", O_RDONLY, 0));
}

void
world_fail_allocation(unsigned n)
{
	alloc_fail_nth(n);
}

void
world_writeback(void)
{
	cache_flush_soon();
	world_sleep(FLUSH_NS);
}

/* ---- Mounting --------------------------------------------------------- */

static void
match_type(const struct fs_type *type, void *arg)
{
	const char **name = arg;

	if (*name != NULL && strcmp(type->name, *name) == 0)
		*name = NULL;
}

bool
world_has(const char *type)
{
	fs_type_for_each(match_type, &type);
	return type == NULL;
}

/* mount(2) on the directory at path. */
static int
mount_path(const char *path, const char *type, unsigned long flags,
    const char *options)
{
	struct dentry *d;
	int err = path_lookup(AT_FDCWD, path, WALK_FOLLOW, &d);

	if (err != 0)
		return err;
	err = mount_at(d, "/dev/td", type, flags, options);
	dentry_put(d);
	return err;
}

int
world_mount(const char *type, const char *options, bool read_only)
{
	return mount_path("/mnt", type, read_only ? MS_RDONLY : 0, options);
}

int
world_remount(const char *options, bool read_only)
{
	return mount_path("/mnt", "", MS_REMOUNT | (read_only ? MS_RDONLY : 0),
	    options);
}

int
world_unmount(void)
{
	struct dentry *d;
	int err = path_lookup(AT_FDCWD, "/mnt", WALK_FOLLOW, &d);

	return err == 0 ? mount_remove(d, 0) : err;
}

int
world_statfs(uint64_t *blocks, uint64_t *free_blocks, uint64_t *inodes,
    uint64_t *free_inodes)
{
	struct abi_statfs st = {0};
	struct dentry *d;
	int err = path_lookup(AT_FDCWD, "/mnt", WALK_FOLLOW, &d);

	if (err != 0)
		return err;
	if (d->mount->ops->statfs != NULL)
		err = d->mount->ops->statfs(d->mount, &st);
	dentry_put(d);
	*blocks = (uint64_t)st.f_blocks;
	*free_blocks = (uint64_t)st.f_bfree;
	*inodes = (uint64_t)st.f_files;
	*free_inodes = (uint64_t)st.f_ffree;
	return err;
}

/* ---- Open files ------------------------------------------------------- */

static struct file *
file_of(int fd)
{
	return fd >= 0 && fd < WORLD_FILES ? files[fd] : NULL;
}

int
world_open(const char *path, int flags, unsigned mode)
{
	int fd = 0;
	int err;

	while (fd < WORLD_FILES && files[fd] != NULL)
		fd++;
	if (fd == WORLD_FILES)
		return -EMFILE;
	err = file_open(AT_FDCWD, path, (unsigned)flags, mode, &files[fd]);
	if (err != 0)
		files[fd] = NULL;
	return err != 0 ? err : fd;
}

int
world_close(int fd)
{
	struct file *f = file_of(fd);

	if (f == NULL)
		return -EBADF;
	files[fd] = NULL;
	file_put(f);
	return 0;
}

long
world_pwrite(int fd, const void *bytes, size_t n, uint64_t at)
{
	struct iobuf io = iobuf_user((void *)bytes, n);
	struct file *f = file_of(fd);

	return f != NULL ? file_write_at(f, &io, (off_t)at) : -EBADF;
}

long
world_append(int fd, const void *bytes, size_t n)
{
	struct iobuf io = iobuf_user((void *)bytes, n);
	struct file *f = file_of(fd);

	return f != NULL ? file_write(f, &io) : -EBADF;
}

long
world_pread(int fd, void *bytes, size_t n, uint64_t at)
{
	struct iobuf io = iobuf_user(bytes, n);
	struct file *f = file_of(fd);

	return f != NULL ? file_read_at(f, &io, (off_t)at) : -EBADF;
}

int
world_ftruncate(int fd, uint64_t size)
{
	struct file *f = file_of(fd);

	if (f == NULL)
		return -EBADF;
	if (!S_ISREG(f->inode->mode) || !(f->access & FILE_WRITE))
		return -EINVAL;
	return inode_truncate(f->inode, (off_t)size);
}

int
world_fsync(int fd, bool data_only)
{
	struct file *f = file_of(fd);

	if (f == NULL)
		return -EBADF;
	return f->ops->fsync != NULL ? f->ops->fsync(f, data_only) : -EINVAL;
}

int
world_sync(void)
{
	mount_sync_all();
	return 0;
}

/* Fill one page of the mapping. */
static long
map_write_page(struct vm_object *obj, const char *bytes, size_t n, uint64_t at)
{
	struct page *page;
	size_t offset = at & PAGE_MASK;
	int err;

	n = MIN(n, PAGE_SIZE - offset);
	err = obj->ops->get_page(obj, at >> PAGE_SHIFT, true, &page);
	if (err != 0)
		return err;
	memcpy((char *)page_va(page) + offset, bytes, n);
	page_put(page);
	return (long)n;
}

long
world_map_write(int fd, const void *bytes, size_t n, uint64_t at)
{
	struct file *f = file_of(fd);
	struct vm_object *obj;
	size_t done = 0;
	long moved = 0;
	int err;

	if (f == NULL)
		return -EBADF;
	if (f->ops->mmap == NULL)
		return -ENODEV;
	err = f->ops->mmap(f, 0, at + n, &obj);
	if (err != 0)
		return err;
	while (done < n && moved >= 0) {
		moved = map_write_page(obj, (const char *)bytes + done,
		    n - done, at + done);
		done += moved > 0 ? (size_t)moved : 0;
	}
	object_put(obj);
	return done > 0 ? (long)done : moved;
}

/* ---- Names ------------------------------------------------------------ */

int
world_mkdir(const char *path, unsigned mode)
{
	return namei_mkdir(AT_FDCWD, path, mode);
}

int
world_mknod(const char *path, unsigned mode, unsigned dev)
{
	return namei_mknod(AT_FDCWD, path, mode, dev);
}

int
world_rmdir(const char *path)
{
	return namei_rmdir(AT_FDCWD, path);
}

int
world_unlink(const char *path)
{
	return namei_unlink(AT_FDCWD, path);
}

int
world_link(const char *old, const char *new)
{
	struct dentry *d;
	int err = path_lookup(AT_FDCWD, old, 0, &d);

	if (err != 0)
		return err;
	err = namei_link(d, AT_FDCWD, new);
	dentry_put(d);
	return err;
}

int
world_symlink(const char *text, const char *path)
{
	return namei_symlink(text, AT_FDCWD, path);
}

int
world_rename(const char *old, const char *new, unsigned flags)
{
	return namei_rename(AT_FDCWD, old, AT_FDCWD, new, flags);
}

/* What sys_truncate() and sys_chmod() do behind their look at the path. */
int
world_truncate(const char *path, uint64_t size)
{
	int fd = world_open(path, O_WRONLY, 0);
	int err;

	if (fd < 0)
		return fd;
	err = world_ftruncate(fd, size);
	world_close(fd);
	return err;
}

int
world_chmod(const char *path, unsigned mode)
{
	struct dentry *d;
	struct inode *inode;
	int err = path_lookup(AT_FDCWD, path, WALK_FOLLOW, &d);

	if (err != 0)
		return err;
	inode = d->inode;
	if (inode->mount->flags & MOUNT_READONLY) {
		dentry_put(d);
		return -EROFS;
	}
	mutex_lock(&inode->lock);
	inode->mode = (inode->mode & S_IFMT) | (mode & ~(unsigned)S_IFMT);
	inode_touch(inode, INODE_CTIME);
	if (inode->ops->update != NULL)
		err = inode->ops->update(inode);
	mutex_unlock(&inode->lock);
	dentry_put(d);
	return err;
}

static void
stat_inode(struct inode *inode, struct world_stat *out)
{
	struct abi_stat st;

	inode_stat(inode, &st);
	*out = (struct world_stat){
	    .ino = st.st_ino,
	    .size = (uint64_t)st.st_size,
	    .blocks = (uint64_t)st.st_blocks,
	    .mode = st.st_mode,
	    .nlink = (unsigned)st.st_nlink,
	    .uid = st.st_uid,
	    .gid = st.st_gid,
	    .device = (unsigned)st.st_rdev,
	    .mtime = st.st_mtim.tv_sec,
	};
}

int
world_stat(const char *path, struct world_stat *out)
{
	struct dentry *d;
	int err = path_lookup(AT_FDCWD, path, 0, &d);

	if (err != 0)
		return err;
	stat_inode(d->inode, out);
	dentry_put(d);
	return 0;
}

int
world_fstat(int fd, struct world_stat *out)
{
	struct file *f = file_of(fd);

	if (f == NULL)
		return -EBADF;
	stat_inode(f->inode, out);
	return 0;
}

long
world_readlink(const char *path, char *buf, size_t size)
{
	struct link_target target = {0};
	struct dentry *d;
	long n = path_lookup(AT_FDCWD, path, 0, &d);

	if (n != 0)
		return n;
	n = -EINVAL;
	if (S_ISLNK(d->inode->mode))
		n = d->inode->ops->get_link(d->inode, &target);
	if (n == 0) {
		n = (long)strlcpy(buf, target.text, size);
		kfree(target.to_free);
	}
	dentry_put(d);
	return n;
}

/* ---- Directories ------------------------------------------------------ */

/* An entry that was read; its name follows. */
struct entry {
	struct entry *next;
	uint64_t ino;
	unsigned type;
	char name[NAME_MAX + 1];
};

struct lister {
	struct dir_sink sink;
	struct entry *first;
	struct entry **last;
	unsigned room; /* entries until it says that it is full */
};

static bool
emit(struct dir_sink *sink, const char *name, size_t len, ino_t ino,
    unsigned type, off_t next_pos)
{
	struct lister *l = container_of(sink, struct lister, sink);
	struct entry *e;

	(void)next_pos;
	if (l->room == 0)
		return false;
	l->room--;
	if (len > NAME_MAX)
		panic("a name of %zu bytes", len);
	e = host_alloc(sizeof(*e));
	memcpy(e->name, name, len);
	e->ino = ino;
	e->type = type;
	*l->last = e;
	l->last = &e->next;
	return true;
}

/* Give what was read to fn, and free it. */
static void
hand_over(struct entry *e,
    void (*fn)(const char *name, uint64_t ino, unsigned type, void *arg),
    void *arg)
{
	while (e != NULL) {
		struct entry *next = e->next;

		if (strcmp(e->name, ".") != 0 && strcmp(e->name, "..") != 0)
			fn(e->name, e->ino, e->type, arg);
		host_free(e);
		e = next;
	}
}

int
world_readdir(const char *path,
    void (*fn)(const char *name, uint64_t ino, unsigned type, void *arg),
    void *arg)
{
	struct lister l = {.sink.emit = emit, .last = &l.first};
	int fd = world_open(path, O_RDONLY | O_DIRECTORY, 0);
	struct file *f = file_of(fd);
	int err = 0;

	if (fd < 0)
		return fd;
	/* A full buffer now and then, as getdents64() has it. */
	for (unsigned room = 3; err == 0 && l.room == 0; room += 17) {
		l.room = room;
		mutex_lock(&f->pos_lock);
		err = f->ops->readdir != NULL ? f->ops->readdir(f, &l.sink)
		    : -ENOTDIR;
		mutex_unlock(&f->pos_lock);
	}
	world_close(fd);
	hand_over(l.first, fn, arg);
	return err;
}
