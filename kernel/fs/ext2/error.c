/* error.c - what cannot be true on the disk, and what follows from it.
 *
 * Layer: fs/ext2   Called by: the files of this folder
 *
 * An error is told, kept for the superblock (super.c writes it), and makes the
 * file system read-only if errors=remount-ro says so.  A journal that gives up
 * always does.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/ext2.h"

#include "abi/errno.h"
#include "debug/printk.h"
#include "lib/format.h"

#define ERRORS_SHOWN 20 /* then only every power of two */
#define MESSAGE_MAX  200

static void
make_read_only(struct ext2_fs *fs)
{
	if (atomic_swap(&fs->failed, true))
		return;
	fs->mount->flags |= MOUNT_READONLY;
	pr_err("ext2: %s: is read-only from now on", fs->mount->source);
}

int
ext2_error(struct ext2_fs *fs, const char *format, ...)
{
	unsigned count = atomic_add(&fs->errors, 1);
	char text[MESSAGE_MAX];
	va_list args;

	if (count <= ERRORS_SHOWN || (count & (count - 1)) == 0) {
		va_start(args, format);
		vsnprintf(text, sizeof(text), format, args);
		va_end(args);
		pr_err("ext2: %s: error %u: %s", fs->mount->source, count,
		    text);
	}
	atomic_store(&fs->error_unsaved, true);
	if (fs->on_error == EXT2_READONLY)
		make_read_only(fs);
	return -EIO;
}

void
ext2_fail(struct ext2_fs *fs, int err)
{
	pr_err("ext2: %s: the journal has given up: error %d",
	    fs->mount->source, -err);
	make_read_only(fs);
}

int
ext2_check_writable(struct ext2_fs *fs)
{
	return atomic_load(&fs->failed) ||
	    (fs->mount->flags & MOUNT_READONLY) ? -EROFS : 0;
}

int
ext2_begin(struct ext2_fs *fs, struct journal_handle *h, unsigned credits)
{
	int err = ext2_check_writable(fs);

	return err == 0 ? journal_begin(fs->journal, h, credits) : err;
}

bool
ext2_retry_space(struct ext2_fs *fs, bool *tried)
{
	if (*tried || fs->journal == NULL || fs->pinned_blocks == 0)
		return false;
	*tried = true;
	return journal_commit(fs->journal,
	    journal_running_tid(fs->journal)) == 0;
}
