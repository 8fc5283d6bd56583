/* disk_inode.c - an inode as it lies on the disk, and the one in memory.
 *
 * Layer: fs/ext2   Called by: inode.c
 * Source: [EXT2] "Inode Table"; [EXT4] "Index Nodes", "Inode Timestamps"
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/disk_inode.h"

#include "abi/stat.h"
#include "fs/ext2/alloc.h"
#include "lib/string.h"
#include "sched/clock.h"

#define LOW_16       0xffffu
#define RDEV_OLD_MAX 0xffu
#define NS           ((int64_t)NS_PER_SEC)

/* ---- Times ------------------------------------------------------------ */

/* Nanoseconds of what the disk has; extra is 0 where inodes are small. */
static int64_t
time_from_disk(uint32_t seconds, uint32_t extra)
{
	int64_t s = (int32_t)seconds +
	    (int64_t)((uint64_t)(extra & EXT2_EPOCH_MASK) << 32);
	int64_t ns;

	if (__builtin_mul_overflow(s, NS, &ns) ||
	    __builtin_add_overflow(ns, extra >> EXT2_EPOCH_SHIFT, &ns))
		return s < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

/* The other way.  extra NULL: only whole seconds, of 32 bits, as near as can
 * be.  What has not changed is left alone: it may be later than ns can say. */
static void
time_to_disk(int64_t ns, uint32_t *seconds, uint32_t *extra)
{
	int64_t s = ns / NS;
	int64_t rest = ns % NS;

	if (ns == time_from_disk(*seconds, extra != NULL ? *extra : 0))
		return;
	if (rest < 0) {
		rest += NS;
		s--;
	}
	if (extra == NULL) {
		*seconds = (uint32_t)MAX(MIN(s, INT32_MAX), INT32_MIN);
		return;
	}
	*seconds = (uint32_t)s;
	*extra = (uint32_t)(((uint64_t)(s - (int32_t)s) >> 32) &
	    EXT2_EPOCH_MASK) | (uint32_t)rest << EXT2_EPOCH_SHIFT;
}

/* Has the inode on the disk room for the member that ends at byte end? */
static bool
has_extra(const struct ext2_fs *fs, const struct ext2_disk_inode *disk,
    size_t end)
{
	return fs->inode_bytes >= end &&
	    (size_t)EXT2_OLD_INODE + disk->i_extra_isize >= end;
}

#define HAS(fs, disk, member)                                          \
	has_extra(fs, disk, offsetof(struct ext2_disk_inode, member) + \
	    sizeof((disk)->member))

/* ---- Devices ---------------------------------------------------------- */

/* i_block of a device: the old form in [0], or a new one in [1]. */
dev_t
disk_inode_rdev(const uint32_t *block)
{
	uint32_t old = block[0];

	if (old != 0)
		return ABI_MKDEV(old >> 8 & RDEV_OLD_MAX, old & RDEV_OLD_MAX);
	return block[1];
}

void
disk_inode_set_rdev(dev_t rdev, uint32_t *block)
{
	unsigned major = ABI_MAJOR(rdev);
	unsigned minor = ABI_MINOR(rdev);

	if (major <= RDEV_OLD_MAX && minor <= RDEV_OLD_MAX)
		block[0] = major << 8 | minor;
	else
		block[1] = (uint32_t)rdev;
}

/* ---- The whole -------------------------------------------------------- */

const char *
disk_inode_check(const struct ext2_fs *fs,
    const struct ext2_disk_inode *disk, bool orphan)
{
	uint64_t bytes = disk->i_size;

	if (disk->i_mode == 0 || (disk->i_links_count == 0 && !orphan))
		return "is not in use";
	if (disk->i_flags & EXT2_FL_EXTENTS)
		return "has extents, which we do not know";
	if (disk->i_flags & EXT2_FL_INLINE)
		return "has its data inside, which we do not know";
	if (fs->inode_bytes > EXT2_OLD_INODE && (disk->i_extra_isize >
	    fs->inode_bytes - EXT2_OLD_INODE || disk->i_extra_isize % 4 != 0))
		return "has a wrong i_extra_isize";
	if (disk->i_file_acl != 0 &&
	    !ext2_blocks_are_data(fs, disk->i_file_acl, 1))
		return "has attributes where they cannot be";
	switch (disk->i_mode & S_IFMT) {
	case S_IFREG:
		bytes |= (uint64_t)disk->i_size_high << 32;
		return bytes > fs->max_file_bytes
		    ? "is larger than a file can be" : NULL;
	case S_IFDIR:
		return bytes == 0 || bytes % fs->block_bytes != 0 ||
		    bytes > INT32_MAX
		    ? "is a directory of an impossible size" : NULL;
	case S_IFLNK:
		return bytes == 0 || bytes >= fs->block_bytes
		    ? "is a symbolic link of an impossible size" : NULL;
	case S_IFBLK:
	case S_IFCHR:
	case S_IFIFO:
	case S_IFSOCK:
		return NULL;
	}
	return "is of no known type";
}

void
disk_inode_load(struct inode *inode, const struct ext2_disk_inode *disk)
{
	struct ext2_inode *ei = ext2_inode(inode);
	const struct ext2_fs *fs = ei->fs;
	uint64_t bytes = disk->i_size;

	inode->uid = disk->i_uid | (uid_t)disk->i_uid_high << 16;
	inode->gid = disk->i_gid | (gid_t)disk->i_gid_high << 16;
	inode->nlink = disk->i_links_count;
	inode->atime_ns = time_from_disk(disk->i_atime,
	    HAS(fs, disk, i_atime_extra) ? disk->i_atime_extra : 0);
	inode->mtime_ns = time_from_disk(disk->i_mtime,
	    HAS(fs, disk, i_mtime_extra) ? disk->i_mtime_extra : 0);
	inode->ctime_ns = time_from_disk(disk->i_ctime,
	    HAS(fs, disk, i_ctime_extra) ? disk->i_ctime_extra : 0);
	inode->times_dirty = false;
	if (S_ISREG(inode->mode))
		bytes |= (uint64_t)disk->i_size_high << 32;
	inode->cache.bytes = bytes;
	memcpy(ei->block, disk->i_block, sizeof(ei->block));
	ei->flags = disk->i_flags;
	ei->sectors = disk->i_blocks;
	ei->generation = disk->i_generation;
	ei->disk_bytes = bytes;
	ei->acl_block = disk->i_file_acl;
	ei->next_orphan = disk->i_dtime;
}

static void
times_to_disk(const struct ext2_fs *fs, const struct inode *inode,
    struct ext2_disk_inode *disk)
{
	time_to_disk(inode->atime_ns, &disk->i_atime,
	    HAS(fs, disk, i_atime_extra) ? &disk->i_atime_extra : NULL);
	time_to_disk(inode->mtime_ns, &disk->i_mtime,
	    HAS(fs, disk, i_mtime_extra) ? &disk->i_mtime_extra : NULL);
	time_to_disk(inode->ctime_ns, &disk->i_ctime,
	    HAS(fs, disk, i_ctime_extra) ? &disk->i_ctime_extra : NULL);
}

void
disk_inode_store(const struct inode *inode, struct ext2_disk_inode *disk)
{
	const struct ext2_inode *ei = ext2_inode(inode);

	disk->i_mode = (uint16_t)inode->mode;
	disk->i_uid = (uint16_t)(inode->uid & LOW_16);
	disk->i_uid_high = (uint16_t)(inode->uid >> 16);
	disk->i_gid = (uint16_t)(inode->gid & LOW_16);
	disk->i_gid_high = (uint16_t)(inode->gid >> 16);
	disk->i_links_count = (uint16_t)inode->nlink;
	disk->i_size = (uint32_t)ei->disk_bytes;
	if (S_ISREG(inode->mode))
		disk->i_size_high = (uint32_t)(ei->disk_bytes >> 32);
	disk->i_blocks = ei->sectors;
	disk->i_flags = ei->flags;
	disk->i_generation = ei->generation;
	disk->i_file_acl = ei->acl_block;
	memcpy(disk->i_block, ei->block, sizeof(ei->block));
	times_to_disk(ei->fs, inode, disk);
}

void
disk_inode_created(const struct ext2_fs *fs, struct ext2_disk_inode *disk)
{
	if (fs->inode_bytes == EXT2_OLD_INODE)
		return;
	disk->i_extra_isize = EXT2_EXTRA_ISIZE;
	time_to_disk((int64_t)clock_realtime_ns(), &disk->i_crtime,
	    &disk->i_crtime_extra);
}
