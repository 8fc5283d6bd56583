/* journal_inode.c - where the log is: the blocks of inode 8.
 *
 * Layer: fs/ext2   Called by: super.c
 * Source: [EXT4] "Journal (jbd2)", "Layout"; "The Super Block" (s_jnl_blocks)
 *
 * The log is a file without a name, s_journal_inum.  Its i_block and size are
 * copied in the superblock, for the day when its inode is damaged.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "debug/printk.h"
#include "fs/bdev.h"
#include "lib/string.h"

/* s_jnl_blocks behind i_block */
#define JNL_SIZE_HIGH 15
#define JNL_SIZE      16

/* Is this a journal's inode? */
static bool
is_journal(const struct inode *inode)
{
	return S_ISREG(inode->mode) && inode->nlink > 0 &&
	    pagecache_bytes(&inode->cache) > 0;
}

/* Let the inode be what the superblock remembers of it. */
static bool
use_backup(struct ext2_fs *fs, struct inode *inode)
{
	const struct ext2_super *super = fs->super;
	struct ext2_inode *ei = ext2_inode(inode);
	uint64_t bytes = super->s_jnl_blocks[JNL_SIZE] |
	    (uint64_t)super->s_jnl_blocks[JNL_SIZE_HIGH] << 32;

	if (super->s_jnl_backup_type != EXT2_JNL_BACKUP_BLOCKS ||
	    bytes == 0 || bytes > fs->max_file_bytes)
		return false;
	memcpy(ei->block, super->s_jnl_blocks, sizeof(ei->block));
	ei->run_count = 0;
	inode->cache.bytes = bytes;
	return true;
}

/* journal_place.block */
static uint64_t
log_block(void *arg, uint32_t index)
{
	unsigned run = 1;
	uint64_t block;

	return ext2_map(arg, index, &block, &run) == 0 ? block : 0;
}

static void
committed(void *arg, uint32_t tid)
{
	ext2_blocks_committed(arg, tid);
}

static void
aborted(void *arg, int err)
{
	ext2_fail(arg, err);
}

static const struct journal_ops ops = {committed, aborted};

/* Find the journal's inode: itself, or its copy. */
static int
get_inode(struct ext2_fs *fs)
{
	const struct ext2_super *super = fs->super;
	int err;

	if (super->s_journal_inum == 0 || super->s_journal_dev != 0) {
		pr_err("ext2: %s: a journal on another device is not supported",
		    fs->mount->source);
		return -EINVAL;
	}
	if (super->s_journal_inum != EXT2_JOURNAL_INO &&
	    super->s_journal_inum < super->s_first_ino)
		err = -EINVAL;
	else
		err = ext2_iget(fs, super->s_journal_inum, &fs->journal_inode);
	if (err == 0 && is_journal(fs->journal_inode))
		return 0;
	if (err == 0 && use_backup(fs, fs->journal_inode)) {
		pr_warn("ext2: %s: the journal's inode is damaged; its copy "
		    "is used", fs->mount->source);
		return 0;
	}
	pr_err("ext2: %s: inode %u is no journal", fs->mount->source,
	    super->s_journal_inum);
	if (err == 0)
		inode_put(fs->journal_inode);
	fs->journal_inode = NULL;
	return -EINVAL;
}

/* Is the log only to be looked at?  A read-only mount of a clean disk writes
 * nothing at all. */
static bool
is_read_only(const struct ext2_fs *fs)
{
	return fs->bdev->dev->read_only ||
	    ((fs->mount->flags & MOUNT_READONLY) != 0 &&
	    (fs->super->s_feature_incompat & EXT2_INCOMPAT_RECOVER) == 0);
}

int
ext2_journal_open(struct ext2_fs *fs, bool *replayed)
{
	uint8_t uuid[sizeof(fs->super->s_uuid)];
	struct journal_place place;
	unsigned count = 0;
	int err = get_inode(fs);

	if (err != 0)
		return err;
	memcpy(uuid, fs->super->s_uuid, sizeof(uuid));
	place = (struct journal_place){
	    .cache = &fs->buffers,
	    .block = log_block,
	    .arg = fs->journal_inode,
	    .block_count = (uint32_t)(pagecache_bytes(
		&fs->journal_inode->cache) >> fs->block_shift),
	    .device_read_only = is_read_only(fs),
	    .uuid = uuid,
	};
	err = journal_open(&place, &ops, fs, &fs->journal, &count);
	if (err == -EROFS && !fs->bdev->dev->read_only) {
		place.device_read_only = false; /* there is something to replay */
		err = journal_open(&place, &ops, fs, &fs->journal, &count);
	}
	fs->journal_read_only = place.device_read_only;
	if (err != 0) {
		pr_err("ext2: %s: the journal cannot be used: error %d",
		    fs->mount->source, -err);
		inode_put(fs->journal_inode);
		fs->journal_inode = NULL;
		fs->journal = NULL;
	} else if (count > 0) {
		pr_notice("ext2: %s: %u transactions replayed",
		    fs->mount->source, count);
	}
	*replayed = count > 0;
	return err;
}

int
ext2_journal_close(struct ext2_fs *fs)
{
	struct journal *j = fs->journal;
	int err = 0;

	if (j != NULL) {
		err = journal_close(j);
		fs->journal = NULL;
	}
	if (fs->journal_inode != NULL) {
		ext2_inode(fs->journal_inode)->freed = true;
		inode_put(fs->journal_inode);
	}
	fs->journal_inode = NULL;
	return err;
}
