/* inode.c - the life of an inode, its times, and what stat() says of it.
 *
 * Layer: fs   Called by: the file systems, path.c, file.c
 *
 * SPDX-License-Identifier: MIT */
#include "fs/inode.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "fs/bdev.h"
#include "fs/context.h"
#include "fs/dentry.h"
#include "fs/devfs.h"
#include "fs/file.h"
#include "fs/internal.h"
#include "fs/mount.h"
#include "fs/pipe.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/clock.h"

#define BLOCK_BYTES 512

static struct slab_cache inode_cache;

/* Files in memory: the pages of the cache are all that there is. */
static const struct pagecache_ops memory_ops = {
    .name = inode_cache_name,
    .release = inode_cache_release,
};

struct inode *
inode_alloc(struct mount *mount, ino_t ino, mode_t mode,
    const struct pagecache_ops *cache_ops)
{
	struct inode *inode = slab_alloc(&inode_cache);

	if (inode == NULL)
		return NULL;
	pagecache_init(&inode->cache, cache_ops ? cache_ops : &memory_ops);
	mutex_init(&inode->lock, "inode", RANK_INODE);
	inode->mount = mount;
	inode->ops = NULL;
	inode->file_ops = NULL;
	inode->ino = ino;
	inode->mode = mode;
	inode->uid = 0;
	inode->gid = 0;
	inode->nlink = 1;
	inode->rdev = 0;
	inode->atime_ns = 0;
	inode->mtime_ns = 0;
	inode->ctime_ns = 0;
	inode->times_dirty = false;
	inode->writers = 0;
	inode->alias = NULL;
	list_init(&inode->locks);
	inode->fifo = NULL;
	inode->priv = NULL;
	inode_touch(inode, INODE_ATIME | INODE_MTIME | INODE_CTIME);
	return inode;
}

void
inode_cache_release(struct pagecache *pc)
{
	struct inode *inode = container_of(pc, struct inode, cache);

	kassert(inode->fifo == NULL && inode->alias == NULL);
	if (inode->ops != NULL && inode->ops->evict != NULL)
		inode->ops->evict(inode);
	slab_free(&inode_cache, inode);
}

void
inode_cache_name(struct vm_object *obj, char *buf, size_t size)
{
	struct inode *inode = container_of(obj, struct inode, cache.object);
	struct dentry *root = fs_context_root(fs_current());
	struct dentry *alias;

	spin_lock(&dcache_lock);
	alias = inode->alias;
	if (alias != NULL)
		dentry_get_locked(alias);
	spin_unlock(&dcache_lock);

	if (alias == NULL || dentry_path(alias, root, buf, size) < 0)
		strlcpy(buf, "(deleted)", size);
	if (alias != NULL)
		dentry_put(alias);
	dentry_put(root);
}

void
inode_get(struct inode *inode)
{
	object_get(&inode->cache.object);
}

void
inode_put(struct inode *inode)
{
	object_put(&inode->cache.object);
}

static inline void
touch(struct inode *inode, int64_t *time_ns, int64_t now)
{
	if (*time_ns == now)
		return;
	*time_ns = now;
	inode->times_dirty = true;
}

void
inode_touch(struct inode *inode, unsigned which)
{
	int64_t now = (int64_t)clock_realtime_coarse_ns();

	if (which & INODE_ATIME)
		touch(inode, &inode->atime_ns, now);
	if (which & INODE_MTIME)
		touch(inode, &inode->mtime_ns, now);
	if (which & INODE_CTIME)
		touch(inode, &inode->ctime_ns, now);
}

void
inode_accessed(struct inode *inode)
{
	if (inode->atime_ns <= inode->mtime_ns ||
	    inode->atime_ns <= inode->ctime_ns)
		inode_touch(inode, INODE_ATIME);
}

/* Nanoseconds to seconds and the rest, which is never negative. */
static struct abi_timespec
to_timespec(int64_t ns)
{
	int64_t second = (int64_t)NS_PER_SEC;
	struct abi_timespec ts = {ns / second, ns % second};

	if (ts.tv_nsec < 0) {
		ts.tv_sec--;
		ts.tv_nsec += second;
	}
	return ts;
}

void
inode_stat(struct inode *inode, struct abi_stat *st)
{
	const struct inode_ops *ops = inode->ops;

	*st = (struct abi_stat){
	    .st_dev = inode->mount->dev,
	    .st_ino = inode->ino,
	    .st_nlink = inode->nlink,
	    .st_mode = inode->mode,
	    .st_uid = inode->uid,
	    .st_gid = inode->gid,
	    .st_rdev = inode->rdev,
	    .st_size = inode_size(inode),
	    .st_blksize = PAGE_SIZE,
	    .st_blocks = (int64_t)(inode->cache.page_count *
		(PAGE_SIZE / BLOCK_BYTES)),
	    .st_atim = to_timespec(inode->atime_ns),
	    .st_mtim = to_timespec(inode->mtime_ns),
	    .st_ctim = to_timespec(inode->ctime_ns),
	};
	if (ops->stat != NULL)
		ops->stat(inode, st);
}

void
inode_set_special(struct inode *inode, dev_t rdev)
{
	static const struct file_ops none;	/* opening one is -ENXIO */

	inode->file_ops = &none;
	if (S_ISFIFO(inode->mode)) {
		inode->file_ops = &fifo_ops;
	} else if (S_ISCHR(inode->mode)) {
		inode->rdev = rdev;
		inode->file_ops = &chardev_file_ops;
	} else if (S_ISBLK(inode->mode)) {
		inode->rdev = rdev;
		inode->file_ops = &bdev_file_ops;
	}
}

int
inode_truncate(struct inode *inode, off_t size)
{
	int err = 0;

	mutex_lock(&inode->lock);
	if (size > inode_size(inode) && file_size_limit_hook != NULL &&
	    (uint64_t)size > file_size_limit_hook()) {
		file_size_exceeded_hook();
		err = -EFBIG;
	}
	if (err == 0 && inode->ops->truncate != NULL) {
		err = inode->ops->truncate(inode, size);
	} else if (err == 0) {
		pagecache_truncate(&inode->cache, (uint64_t)size);
		inode_touch(inode, INODE_MTIME | INODE_CTIME);
	}
	mutex_unlock(&inode->lock);
	return err;
}

/* Move writers one step away from 0, in the direction of step. */
static int
writers_add(struct inode *inode, int step)
{
	int old = atomic_load(&inode->writers);

	do {
		if (old * step < 0)
			return -ETXTBSY;
	} while (!atomic_cas(&inode->writers, &old, old + step));
	return 0;
}

int
inode_get_writer(struct inode *inode)
{
	return writers_add(inode, 1);
}

void
inode_put_writer(struct inode *inode)
{
	kassert(inode->writers > 0);
	atomic_sub(&inode->writers, 1);
}

int
inode_get_executor(struct inode *inode)
{
	return writers_add(inode, -1);
}

void
inode_put_executor(struct inode *inode)
{
	kassert(inode->writers < 0);
	atomic_add(&inode->writers, 1);
}

void
inode_init(void)
{
	slab_cache_init(&inode_cache, "inode", sizeof(struct inode), 0);
}
