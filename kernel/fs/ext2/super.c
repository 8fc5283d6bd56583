/* super.c - a file system as a whole: mount, remount, unmount.
 *
 * Layer: fs/ext2   Called by: mount.c, through fs_type and mount_ops
 * Source: [EXT2] "Superblock"; [EXT4] "Super Block"
 *
 * Two types, one file system: "ext2" never touches a journal, and refuses a
 * disk whose journal must be replayed; "ext3" needs one.
 *
 * The copies of the superblock in other groups are not touched.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "fs/bdev.h"
#include "fs/context.h"
#include "fs/dentry.h"
#include "fs/ext2/check.h"
#include "fs/ext2/inode_table.h"
#include "fs/ext2/sync.h"
#include "fs/internal.h"
#include "lib/string.h"
#include "mm/slab.h"

#define DEV              "/dev/"

/* ---- Sync and statistics ------------------------------------------------------- */

static int
ext2_sync(struct mount *m)
{
	struct ext2_fs *fs = m->priv;

	return fs->writing ? ext2_sync_all(fs, false) : 0;
}

static int
ext2_statfs(struct mount *m, struct abi_statfs *st)
{
	struct ext2_fs *fs = m->priv;
	const struct ext2_super *super = fs->super;
	uint64_t uuid[2];
	uint64_t overhead = ext2_overhead(fs);

	if (fs->journal_inode != NULL)
		overhead += pagecache_bytes(&fs->journal_inode->cache) >>
		    fs->block_shift;
	memcpy(uuid, super->s_uuid, sizeof(uuid));
	uuid[0] ^= uuid[1];
	mutex_lock(&fs->alloc_lock);
	st->f_type = EXT2_SUPER_MAGIC;
	st->f_bsize = fs->block_bytes;
	st->f_frsize = fs->block_bytes;
	st->f_blocks = (int64_t)(super->s_blocks_count -
	    MIN(overhead, super->s_blocks_count));
	st->f_bfree = (int64_t)(fs->free_blocks + fs->pinned_blocks);
	st->f_bavail = MAX(st->f_bfree - (int64_t)super->s_r_blocks_count, 0);
	st->f_files = super->s_inodes_count;
	st->f_ffree = (int64_t)fs->free_inodes;
	st->f_fsid[0] = (int32_t)uuid[0];
	st->f_fsid[1] = (int32_t)(uuid[0] >> 32);
	st->f_namelen = EXT2_NAME_MAX;
	mutex_unlock(&fs->alloc_lock);
	return 0;
}

/* ---- Mount ------------------------------------------------------------ */

/* The largest file: what the tree can name, and i_blocks can count besides a
 * whole tree of indirect blocks. */
static uint64_t
max_file_bytes(const struct ext2_fs *fs)
{
	uint64_t numbers = fs->block_bytes / sizeof(uint32_t);
	uint64_t tree = 1 + (1 + numbers) + (1 + numbers + numbers * numbers);
	uint64_t named = EXT2_DIRECT + numbers + numbers * numbers +
	    numbers * numbers * numbers;
	uint64_t counted = UINT32_MAX >> (fs->block_shift - SECTOR_SHIFT);

	return MIN(named, counted - tree) << fs->block_shift;
}

/* Look at the superblock and set up the buffers.  Reads by blocks of 1 KiB
 * until it is known how large they are. */
static int
load_super(struct ext2_fs *fs)
{
	struct ext2_super *super;
	uint64_t device = pagecache_bytes(&fs->bdev->cache);
	struct buffer *buf;
	int err;

	err = buffer_cache_init(&fs->buffers, fs->bdev, EXT2_MIN_BLOCK,
	    device / EXT2_MIN_BLOCK);
	if (err != 0)
		return err;
	err = buffer_read(&fs->buffers, EXT2_SUPER_OFFSET / EXT2_MIN_BLOCK,
	    &buf);
	if (err == 0) {
		super = (struct ext2_super *)buf->data;
		err = ext2_super_check(super, device, fs->mount->source);
		if (err == 0) {
			fs->block_shift = 10 + super->s_log_block_size;
			fs->block_bytes = 1u << fs->block_shift;
			fs->blocks_per_page = PAGE_SIZE >> fs->block_shift;
		}
		fs->buffers_count = super->s_blocks_count;
		buffer_put(buf);
	}
	buffer_cache_fini(&fs->buffers);
	if (err != 0)
		return err;

	err = buffer_cache_init(&fs->buffers, fs->bdev, fs->block_bytes,
	    fs->buffers_count);
	if (err != 0)
		return err;
	err = buffer_read(&fs->buffers, EXT2_SUPER_OFFSET >> fs->block_shift,
	    &fs->super_buf);
	if (err != 0) {
		fs->super_buf = NULL;
		buffer_cache_fini(&fs->buffers);
		return err;
	}
	fs->super = (struct ext2_super *)(fs->super_buf->data +
	    (EXT2_SUPER_OFFSET & (fs->block_bytes - 1)));
	return 0;
}

/* What follows from the superblock. */
static void
derive(struct ext2_fs *fs)
{
	struct ext2_super *super = fs->super;
	uint64_t blocks = super->s_blocks_count - super->s_first_data_block;

	if (super->s_rev_level == EXT2_GOOD_OLD_REV) {
		super->s_first_ino = EXT2_OLD_FIRST_INO;
		super->s_inode_size = EXT2_OLD_INODE;
	}
	fs->inode_bytes = super->s_inode_size;
	fs->group_count = (uint32_t)((blocks + super->s_blocks_per_group - 1) /
	    super->s_blocks_per_group);
	fs->max_file_bytes = max_file_bytes(fs);
}

static void
set_interval(struct ext2_fs *fs)
{
	if (fs->journal != NULL && fs->commit_seconds != 0)
		journal_set_interval(fs->journal, fs->commit_seconds);
}

/* Open the journal, and look again at what its replay may have changed. */
static int
load_journal(struct ext2_fs *fs)
{
	bool replayed;
	int err = ext2_journal_open(fs, &replayed);

	if (err == 0)
		set_interval(fs);
	if (err != 0 || !replayed)
		return err;
	err = ext2_super_check(fs->super, pagecache_bytes(&fs->bdev->cache),
	    fs->mount->source);
	if (err == 0 && (fs->super->s_log_block_size + 10 != fs->block_shift ||
	    fs->super->s_blocks_count != fs->buffers_count))
		err = -EINVAL;
	if (err == 0) {
		ext2_groups_free(fs);
		derive(fs);
		err = ext2_groups_load(fs);
	}
	return err;
}

static int
make_root(struct ext2_fs *fs)
{
	struct qstr name = {"/", 1, 0};
	struct inode *inode;
	int err = ext2_iget(fs, EXT2_ROOT_INO, &inode);

	if (err == 0 && !S_ISDIR(inode->mode)) {
		inode_put(inode);
		err = -EINVAL;
	}
	if (err != 0) {
		pr_err("ext2: %s: there is no root directory",
		    fs->mount->source);
		return err;
	}
	fs->mount->root = dentry_alloc(fs->mount, NULL, &name);
	if (fs->mount->root == NULL) {
		inode_put(inode);
		return -ENOMEM;
	}
	dentry_set_inode(fs->mount->root, inode);
	return 0;
}

/* May this file system be mounted as this type, and for writing? */
static int
check_type(struct ext2_fs *fs, bool journal)
{
	struct mount *m = fs->mount;
	const struct ext2_super *super = fs->super;

	if (journal &&
	    (super->s_feature_compat & EXT2_COMPAT_HAS_JOURNAL) == 0) {
		pr_info("ext2: %s: it has no journal: mount it as ext2",
		    m->source);
		return -EINVAL;
	}
	if (!journal &&
	    (super->s_feature_incompat & EXT2_INCOMPAT_RECOVER) != 0) {
		pr_err("ext2: %s: its journal must be replayed: mount it as "
		    "ext3", m->source);
		return -EINVAL;
	}
	if (m->flags & MOUNT_READONLY)
		return 0;
	return ext2_super_check_writable(super, fs->bdev->dev, m->source);
}

/* The first writes of this mount. */
static int
mount_for_writing(struct ext2_fs *fs)
{
	int err;

	if ((fs->super->s_state & (EXT2_STATE_VALID | EXT2_STATE_ERROR)) !=
	    EXT2_STATE_VALID)
		pr_warn("ext2: %s: has errors or was not unmounted: run e2fsck",
		    fs->mount->source);
	err = ext2_start_writing(fs);
	if (err == 0)
		ext2_orphans_recover(fs);
	return err;
}

static struct ext2_fs *
fs_alloc(struct mount *m)
{
	struct ext2_fs *fs = kzalloc(sizeof(*fs));

	if (fs == NULL)
		return NULL;
	fs->mount = m;
	fs->thread_done = true;
	mutex_init(&fs->alloc_lock, "ext2 alloc", RANK_EXT2_ALLOC);
	mutex_init(&fs->orphan_lock, "ext2 orphans", RANK_EXT2_ORPHAN);
	spin_init(&fs->table_lock, "ext2 table", RANK_EXT2_TABLE);
	waitq_init(&fs->evicted, "ext2 evict");
	waitq_init(&fs->thread_wait, "ext2 tick");
	list_init(&fs->pinned);
	list_init(&fs->orphans);
	return fs;
}

/* Undo a mount, from behind; what was not done yet is NULL. */
static void
fs_free(struct ext2_fs *fs)
{
	ext2_blocks_fini(fs);
	ext2_groups_free(fs);
	ext2_inodes_fini(fs);
	buffer_put(fs->super_buf);
	if (fs->super_buf != NULL)
		buffer_cache_fini(&fs->buffers);
	if (fs->bdev != NULL) {
		bdev_claim(fs->bdev, NULL);
		bdev_put(fs->bdev);
	}
	kfree(fs);
}

/* Get the device that source names, for us alone. */
static int
get_device(struct ext2_fs *fs, const char *source)
{
	struct block_device *dev = NULL;
	int err = -ENODEV;

	if (fs_current()->root != NULL) {
		err = bdev_get_path(source, &fs->bdev);
	} else if (strncmp(source, DEV, sizeof(DEV) - 1) == 0) {
		/* It will be the root: there is no /dev yet. */
		dev = block_find_name(source + sizeof(DEV) - 1);
		if (dev != NULL)
			err = bdev_get(dev->number, &fs->bdev);
	}
	if (err == 0) {
		err = bdev_claim(fs->bdev, fs->mount);
		if (err != 0)
			bdev_put(fs->bdev);
	}
	if (err != 0)
		fs->bdev = NULL;
	return err;
}

static const struct mount_ops ext2_mount_ops;

/* Everything but the root and the first write.  On error the caller frees. */
static int
load(struct ext2_fs *fs, const char *data, bool journal)
{
	int err = load_super(fs);

	if (err != 0)
		return err;
	derive(fs);
	if (fs->super->s_errors == EXT2_ERRORS_READONLY ||
	    fs->super->s_errors == EXT2_ERRORS_PANIC)
		fs->on_error = EXT2_READONLY;
	err = check_type(fs, journal);
	if (err == 0)
		err = ext2_parse_options(fs, data);
	if (err == 0)
		err = ext2_groups_load(fs);
	if (err == 0 && journal)
		err = load_journal(fs);
	return err;
}

static int
mount_device(struct mount *m, const char *source, const char *data,
    bool journal)
{
	struct ext2_fs *fs = fs_alloc(m);
	int err;

	if (fs == NULL)
		return -ENOMEM;
	err = ext2_inodes_init(fs);
	if (err != 0) {
		kfree(fs);
		return err;
	}
	m->priv = fs;
	m->ops = &ext2_mount_ops;
	err = get_device(fs, source);
	if (err == 0)
		err = load(fs, data, journal);
	if (err == 0 && (m->flags & MOUNT_READONLY) == 0)
		err = mount_for_writing(fs);
	if (err == 0)
		err = make_root(fs);
	if (err != 0) {
		ext2_journal_close(fs);
		if (fs->writing)
			ext2_stop_writing(fs);
		fs_free(fs);
		return err;
	}
	m->dev = fs->bdev->dev->number;
	fs->loaded = true;
	ext2_start_ticker(fs);
	return 0;
}

static int
mount_ext2(struct mount *m, const char *source, const char *data)
{
	return mount_device(m, source, data, false);
}

static int
mount_ext3(struct mount *m, const char *source, const char *data)
{
	return mount_device(m, source, data, true);
}

/* ---- Remount and unmount ---------------------------------------------- */

static int
busy_if_written(struct inode *inode, void *unused)
{
	(void)unused;
	return atomic_load(&inode->writers) > 0 || inode->nlink == 0 ? -EBUSY
	    : 0;
}

/* Make it read-only, and clean on the disk.  by_force: whoever has files open
 * for writing gets errors from now on. */
static int
become_read_only(struct ext2_fs *fs, bool by_force)
{
	struct mount *m = fs->mount;
	int err = 0;

	if (!fs->writing)
		return 0;
	if (!by_force)
		err = ext2_inodes_for_each(fs, busy_if_written, NULL);
	if (err == 0)
		err = ext2_sync_all(fs, false);
	if (err != 0 && !by_force)
		return err;
	m->flags |= MOUNT_READONLY; /* no new handles */
	err = ext2_sync_all(fs, true);
	if (err == 0)
		err = ext2_stop_writing(fs);
	if (err != 0 && !by_force && !fs->failed)
		m->flags &= ~MOUNT_READONLY;
	return err;
}

/* Open the journal again, for writing.  If it cannot be had any more, the file
 * system stays read-only. */
static int
reopen_journal(struct ext2_fs *fs)
{
	bool replayed;
	int err;

	ext2_stop_ticker(fs);
	err = ext2_journal_close(fs);
	if (err == 0)
		err = ext2_journal_open(fs, &replayed);
	if (err == 0)
		set_interval(fs);
	else
		ext2_fail(fs, err);
	ext2_start_ticker(fs);
	return err;
}

static int
become_writable(struct ext2_fs *fs)
{
	int err = 0;

	if (fs->failed)
		return -EROFS;
	if (fs->writing)
		return 0;
	err = ext2_super_check_writable(fs->super, fs->bdev->dev,
	    fs->mount->source);
	if (err != 0)
		return err;
	fs->mount->flags &= ~MOUNT_READONLY;
	if (fs->journal_read_only)
		err = reopen_journal(fs);
	if (err == 0)
		err = mount_for_writing(fs);
	if (err != 0)
		fs->mount->flags |= MOUNT_READONLY;
	return err;
}

static int
ext2_remount(struct mount *m, unsigned flags, const char *data)
{
	struct ext2_fs *fs = m->priv;
	int err = ext2_parse_options(fs, data);

	if (err != 0)
		return err;
	set_interval(fs);
	if (flags & MOUNT_READONLY)
		return become_read_only(fs, flags & MOUNT_STOPPING);
	return become_writable(fs);
}

static bool
no_inodes(struct ext2_fs *fs)
{
	size_t left = fs->journal_inode != NULL ? 1 : 0;

	return inode_table_is_left(fs, left);
}

static void
ext2_unmount(struct mount *m)
{
	struct ext2_fs *fs = m->priv;
	int err;

	ext2_stop_ticker(fs);
	/* Inodes that somebody else still had are on their way out. */
	wait_event(&fs->evicted, no_inodes(fs));
	if (fs->writing)
		ext2_sync_all(fs, true);
	err = ext2_journal_close(fs);
	if (err == 0)
		err = ext2_stop_writing(fs);
	if (err != 0)
		pr_err("ext2: %s: could not be unmounted cleanly: error %d",
		    m->source, -err);
	fs_free(fs);
}

static const struct mount_ops ext2_mount_ops = {
    .statfs = ext2_statfs,
    .sync = ext2_sync,
    .remount = ext2_remount,
    .options = ext2_show_options,
    .unmount = ext2_unmount,
};

static struct fs_type ext2_type = {
    .name = "ext2",
    .needs_device = true,
    .mount = mount_ext2,
};
static struct fs_type ext3_type = {
    .name = "ext3",
    .needs_device = true,
    .mount = mount_ext3,
};

void
ext2_init(void)
{
	ext2_inode_init();
	ext2_file_init();
	fs_type_register(&ext3_type);
	fs_type_register(&ext2_type);
}
