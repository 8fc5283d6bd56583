/* file.c - open files: what may be opened, where holes are, fsync.
 *
 * Layer: fs/ext2   Called by: VFS, through file_ops; syscall (fsync)
 *
 * Reading and writing are those of all cached files.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "fs/bdev.h"
#include "fs/file.h"

/* What is in memory of the inode, and of the transaction that it needs, goes to
 * the disk. */
static int
sync_inode(struct inode *inode, bool data_only)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	uint32_t tid;
	int err = 0;

	if (S_ISREG(inode->mode))
		err = pagecache_sync(&inode->cache);
	if (err == 0 && !data_only)
		err = ext2_inode_sync_times(inode);
	if (err != 0)
		return err;
	if (fs->journal == NULL) {
		err = buffer_sync(&fs->buffers);
		if (err == 0)
			err = block_flush(fs->bdev->dev);
		return err;
	}
	tid = atomic_load(data_only ? &ei->data_sync_tid : &ei->sync_tid);
	if (atomic_swap(&ei->wrote, false))
		return journal_sync(fs->journal, tid);
	if (tid != 0 && !journal_committed(fs->journal, tid))
		return journal_commit(fs->journal, tid);
	return journal_error(fs->journal);
}

/* msync(2) is an fsync. */
int
ext2_sync_mapping(struct pagecache *pc)
{
	return sync_inode(container_of(pc, struct inode, cache), false);
}

int
ext2_fsync(struct file *f, bool data_only)
{
	return sync_inode(f->inode, data_only);
}

/* chattr +i: nobody writes; +a: only at the end. */
static int
file_open_checks(struct file *f)
{
	uint32_t flags = ext2_inode(f->inode)->flags;

	if ((f->access & FILE_WRITE) == 0)
		return 0;
	if (flags & EXT2_FL_IMMUTABLE)
		return -EPERM;
	if ((flags & EXT2_FL_APPEND) != 0 && (f->flags & O_APPEND) == 0)
		return -EPERM;
	return 0;
}

/* The next byte from offset on that is in a hole (or, data, is not).  The end
 * of the file is a hole. */
static off_t
seek_run(struct inode *inode, off_t offset, bool data)
{
	struct ext2_fs *fs = ext2_fs(inode);
	uint64_t bytes = pagecache_bytes(&inode->cache);
	uint64_t pos = (uint64_t)offset;

	if (offset < 0 || pos >= bytes)
		return -ENXIO;
	while (pos < bytes) {
		uint64_t index = pos >> fs->block_shift;
		unsigned run = UINT32_MAX;
		uint64_t block;
		int err = ext2_map(inode, index, &block, &run);

		if (err != 0)
			return err;
		if ((block != 0) == data)
			return (off_t)pos;
		pos = (index + run) << fs->block_shift;
	}
	return data ? -ENXIO : (off_t)bytes;
}

static off_t
file_seek(struct file *f, off_t offset, int whence)
{
	off_t pos;

	if (whence == SEEK_DATA || whence == SEEK_HOLE)
		return seek_run(f->inode, offset, whence == SEEK_DATA);
	pos = file_seek_plain(f, offset, whence);
	return pos > (off_t)ext2_fs(f->inode)->max_file_bytes ? -EINVAL : pos;
}

struct file_ops ext2_file_ops;

const struct inode_ops ext2_file_inode_ops = {
    .truncate = ext2_truncate,
    .update = ext2_update,
    .stat = ext2_stat,
    .evict = ext2_evict,
};

void
ext2_file_init(void)
{
	ext2_file_ops = file_cached_ops;
	ext2_file_ops.open = file_open_checks;
	ext2_file_ops.seek = file_seek;
	ext2_file_ops.fsync = ext2_fsync;
}
