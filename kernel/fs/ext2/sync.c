/* sync.c - bringing a file system to the disk, and what the disk says of it.
 *
 * Layer: fs/ext2   Called by: super.c
 * Source: [EXT2] "Superblock"
 *
 * What says on the disk that it is in use: without a journal EXT2_STATE_VALID
 * is cleared while it is mounted for writing, so that e2fsck looks at
 * everything after a crash; with a journal EXT2_INCOMPAT_RECOVER is set, so
 * that whoever comes next replays it.  Both are undone by unmount and remount
 * read-only.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/sync.h"

#include "abi/stat.h"
#include "fs/bdev.h"
#include "fs/ext2/alloc.h"
#include "fs/ext2/inode_table.h"
#include "mm/kthread.h"
#include "sched/clock.h"

#define TICK_NS          NS_PER_SEC
#define BUFFERS_SECONDS  5  /* without a journal: write metadata so often */
#define TIMES_SECONDS    30 /* store times that only memory knows */

/* ---- The superblock on the disk --------------------------------------- */

/* Write the superblock to its place, now.  No handle is open, and it is in no
 * transaction. */
static int
write_super(struct ext2_fs *fs)
{
	int err;

	fs->super->s_wtime = ext2_now();
	buffer_mark_dirty(fs->super_buf);
	err = buffer_sync(&fs->buffers);
	if (err == 0)
		err = block_flush(fs->bdev->dev);
	return err;
}

/* Take down what ext2_error() has seen. */
static void
note_error(struct ext2_fs *fs)
{
	struct ext2_super *super = fs->super;
	uint32_t now = ext2_now();

	super->s_state |= EXT2_STATE_ERROR;
	if (super->s_error_count == 0)
		super->s_first_error_time = now;
	super->s_last_error_time = now;
	super->s_error_count++;
}

/* The same by the journal, while it is mounted. */
static void
save_error(struct ext2_fs *fs)
{
	struct journal_handle h;

	if (!atomic_load(&fs->error_unsaved) || !fs->writing ||
	    journal_begin(fs->journal, &h, 1) != 0)
		return;
	if (journal_access(&h, fs->super_buf) == 0) {
		atomic_store(&fs->error_unsaved, false);
		note_error(fs);
		journal_dirty(&h, fs->super_buf);
	}
	journal_end(&h);
}

int
ext2_start_writing(struct ext2_fs *fs)
{
	struct ext2_super *super = fs->super;
	uint16_t state = super->s_state;
	int err;

	if (fs->journal != NULL)
		super->s_feature_incompat |= EXT2_INCOMPAT_RECOVER;
	else
		super->s_state &= (uint16_t)~EXT2_STATE_VALID;
	super->s_mnt_count++;
	super->s_mtime = ext2_now();
	err = write_super(fs);
	if (err == 0) {
		fs->writing = true;
		fs->old_state = state;
	}
	return err;
}

int
ext2_stop_writing(struct ext2_fs *fs)
{
	struct ext2_super *super = fs->super;

	if (!fs->writing)
		return 0;
	fs->writing = false;
	super->s_feature_incompat &= ~(uint32_t)EXT2_INCOMPAT_RECOVER;
	super->s_state |= fs->old_state & EXT2_STATE_VALID;
	if (atomic_swap(&fs->error_unsaved, false))
		note_error(fs);
	return write_super(fs);
}

/* ---- Sync ------------------------------------------------------------- */

static int
sync_data(struct inode *inode, void *unused)
{
	int err = 0;

	(void)unused;
	if (S_ISREG(inode->mode))
		err = pagecache_sync(&inode->cache);
	ext2_inode_sync_times(inode);
	return err;
}

int
ext2_sync_all(struct ext2_fs *fs, bool checkpoint)
{
	int err = ext2_inodes_for_each(fs, sync_data, NULL);
	int meta_err;

	save_error(fs);
	if (fs->journal == NULL)
		meta_err = buffer_sync(&fs->buffers);
	else if (checkpoint)
		meta_err = journal_flush(fs->journal);
	else
		meta_err = journal_commit(fs->journal,
		    journal_running_tid(fs->journal));
	if (meta_err == 0)
		meta_err = block_flush(fs->bdev->dev);
	return err != 0 ? err : meta_err;
}

static int
sync_times(struct inode *inode, void *unused)
{
	(void)unused;
	ext2_inode_sync_times(inode);
	return 0;
}

/* The thread that commits what is old. */
static void
ticker(void *arg)
{
	struct ext2_fs *fs = arg;
	unsigned seconds = 0;

	for (;;) {
		(void)wait_event_deadline(&fs->thread_wait,
		    atomic_load(&fs->stopping), clock_ns() + TICK_NS);
		if (atomic_load(&fs->stopping))
			break;
		seconds++;
		save_error(fs);
		if (seconds % TIMES_SECONDS == 0)
			ext2_inodes_for_each(fs, sync_times, NULL);
		if (fs->journal == NULL) {
			if (seconds % BUFFERS_SECONDS == 0 && fs->writing)
				buffer_sync(&fs->buffers);
			continue;
		}
		journal_tick(fs->journal);
	}
	spin_lock(&fs->table_lock);
	fs->thread_done = true;
	waitq_wake_all(&fs->thread_wait);
	spin_unlock(&fs->table_lock); /* fs may be freed from here on */
}

/* Has the thread ended, and will not touch fs again? */
static bool
ticker_is_gone(struct ext2_fs *fs)
{
	bool gone;

	spin_lock(&fs->table_lock);
	gone = fs->thread_done;
	spin_unlock(&fs->table_lock);
	return gone;
}

void
ext2_start_ticker(struct ext2_fs *fs)
{
	fs->stopping = false;
	fs->thread_done = false;
	if (kthread_create("ext2", ticker, fs) == NULL)
		fs->thread_done = true;
}

void
ext2_stop_ticker(struct ext2_fs *fs)
{
	atomic_store(&fs->stopping, true);
	waitq_wake_all(&fs->thread_wait);
	wait_event(&fs->thread_wait, ticker_is_gone(fs));
}
