/* inode.c - an inode's life: found or made, stored, deleted.
 *
 * Layer: fs/ext2   Called by: namei.c, super.c, data.c, truncate.c; VFS (evict)
 * Source: [EXT2] "Inode Table"
 *
 * Times that only a read or an overwrite changed are written later: when the
 * inode is stored for another reason, at sync or fsync, or here at the end.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "fs/ext2/disk_inode.h"
#include "fs/ext2/inode_table.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/reclaim.h"
#include "mm/slab.h"
#include "sched/clock.h"

#define ACL_MAGIC    0xea020000u

static struct slab_cache ext2_inode_cache;

/* The start of a block of extended attributes; several files may share it. */
struct acl_header {
	uint32_t magic;
	uint32_t refs;
};

uint32_t
ext2_now(void)
{
	return (uint32_t)(clock_realtime_ns() / NS_PER_SEC);
}

/* ---- From the disk ---------------------------------------------------- */

/* A struct inode with all of ours around it, not in the table yet. */
static struct inode *
make_inode(struct ext2_fs *fs, uint32_t ino, mode_t mode)
{
	struct ext2_inode *ei = slab_alloc(&ext2_inode_cache);
	struct inode *inode;

	if (ei == NULL)
		return NULL;
	inode = inode_alloc(fs->mount, ino, mode, &ext2_cache_ops);
	if (inode == NULL) {
		slab_free(&ext2_inode_cache, ei);
		return NULL;
	}
	memset(ei, 0, sizeof(*ei));
	ei->inode = inode;
	ei->fs = fs;
	mutex_init(&ei->map_lock, "ext2 map", RANK_EXT2_MAP);
	journal_inode_init(&ei->ordered, &inode->cache);
	list_init(&ei->table_link);
	list_init(&ei->orphan_link);
	inode->priv = ei;
	return inode;
}

/* The operations that its type wants. */
static void
set_ops(struct inode *inode)
{
	if (S_ISREG(inode->mode)) {
		inode->ops = &ext2_file_inode_ops;
		inode->file_ops = &ext2_file_ops;
	} else if (S_ISDIR(inode->mode)) {
		inode->ops = &ext2_dir_inode_ops;
		inode->file_ops = &ext2_dir_file_ops;
	} else {
		inode->ops = S_ISLNK(inode->mode) ? &ext2_symlink_inode_ops
		    : &ext2_special_inode_ops;
		inode_set_special(inode,
		    disk_inode_rdev(ext2_inode(inode)->block));
	}
}

/* Read an inode and put it into the table. */
static int
read_inode(struct ext2_fs *fs, uint32_t ino, bool orphan, struct inode **out)
{
	struct ext2_disk_inode *disk;
	struct buffer *buf;
	const char *wrong;
	int err = ext2_inode_place(fs, ino, &buf, &disk);

	if (err != 0)
		return err;
	wrong = disk_inode_check(fs, disk, orphan);
	if (wrong != NULL) {
		err = ext2_error(fs, "inode %u %s", ino, wrong);
	} else {
		*out = make_inode(fs, ino, disk->i_mode);
		if (*out == NULL)
			err = -ENOMEM;
	}
	if (err == 0) {
		disk_inode_load(*out, disk);
		set_ops(*out);
		inode_table_insert(ext2_inode(*out));
	}
	buffer_put(buf);
	return err;
}

static int
iget(struct ext2_fs *fs, uint32_t ino, bool orphan, struct inode **out)
{
	const struct ext2_super *super = fs->super;

	if (ino > super->s_inodes_count || (ino < super->s_first_ino &&
	    ino != EXT2_ROOT_INO && ino != super->s_journal_inum))
		return ext2_error(fs, "an entry or list names inode %u", ino);
	*out = inode_table_get(fs, ino);
	return *out != NULL ? 0 : read_inode(fs, ino, orphan, out);
}

int
ext2_iget(struct ext2_fs *fs, uint32_t ino, struct inode **out)
{
	return iget(fs, ino, false, out);
}

int
ext2_iget_orphan(struct ext2_fs *fs, uint32_t ino, struct inode **out)
{
	return iget(fs, ino, true, out);
}

/* ---- To the disk ------------------------------------------------------ */

void
ext2_inode_note_tid(struct journal_handle *h, struct inode *inode,
    bool times_only)
{
	struct ext2_inode *ei = ext2_inode(inode);

	atomic_store(&ei->sync_tid, h->tid);
	if (!times_only)
		atomic_store(&ei->data_sync_tid, h->tid);
}

/* A file of 2 GiB or more exists from now on. */
static int
note_large_file(struct journal_handle *h, struct ext2_fs *fs)
{
	int err = journal_access(h, fs->super_buf);

	if (err == 0) {
		fs->super->s_feature_ro_compat |= EXT2_RO_LARGE_FILE;
		journal_dirty(h, fs->super_buf);
	}
	return err;
}

static int
store(struct journal_handle *h, struct inode *inode, bool times_only)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	struct ext2_disk_inode *disk;
	struct buffer *buf;
	int err = 0;

	if (unlikely(ei->disk_bytes > INT32_MAX && S_ISREG(inode->mode) &&
	    (fs->super->s_feature_ro_compat & EXT2_RO_LARGE_FILE) == 0))
		err = note_large_file(h, fs);
	if (err == 0)
		err = ext2_inode_place(fs, (uint32_t)inode->ino, &buf, &disk);
	if (err != 0)
		return err;
	err = journal_access(h, buf);
	if (err == 0) {
		inode->times_dirty = false;
		mutex_lock(&ei->map_lock);
		disk_inode_store(inode, disk);
		mutex_unlock(&ei->map_lock);
		journal_dirty(h, buf);
		ext2_inode_note_tid(h, inode, times_only);
	}
	buffer_put(buf);
	return err;
}

int
ext2_inode_store(struct journal_handle *h, struct inode *inode)
{
	return store(h, inode, false);
}

int
ext2_inode_sync_times(struct inode *inode)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct journal_handle h;
	int err;

	if (!inode->times_dirty || inode->mount->flags & MOUNT_READONLY)
		return 0;
	err = ext2_begin(ei->fs, &h, EXT2_CREDITS_INODE);
	if (err != 0)
		return err;
	err = store(&h, inode, true);
	return journal_end(&h) ? -EIO : err;
}

int
ext2_update(struct inode *inode)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct journal_handle h;
	int err = ext2_check_writable(ei->fs);

	if (err == 0 && ei->flags & (EXT2_FL_IMMUTABLE | EXT2_FL_APPEND))
		err = -EPERM;
	if (err == 0)
		err = ext2_begin(ei->fs, &h, EXT2_CREDITS_INODE);
	if (err != 0)
		return err;
	err = ext2_inode_store(&h, inode);
	journal_end(&h);
	return err;
}

void
ext2_stat(struct inode *inode, struct abi_stat *st)
{
	st->st_blocks = ext2_inode(inode)->sectors;
	st->st_blksize = ext2_fs(inode)->block_bytes;
}

/* ---- New inodes ------------------------------------------------------- */

/* Make the place on the disk that of a new file.  -EIO: another is there, so
 * the bitmap lies. */
static int
clear_place(struct journal_handle *h, struct ext2_fs *fs, uint32_t ino)
{
	struct ext2_disk_inode *disk;
	struct buffer *buf;
	int err = ext2_inode_place(fs, ino, &buf, &disk);

	if (err != 0)
		return err;
	if (disk->i_links_count != 0 && disk->i_dtime == 0)
		err = ext2_error(fs, "inode %u is in use, but marked free",
		    ino);
	else
		err = journal_access(h, buf);
	if (err == 0) {
		uint32_t generation = disk->i_generation;

		memset(disk, 0, fs->inode_bytes);
		disk->i_generation = generation + 1;
		disk_inode_created(fs, disk);
		journal_dirty(h, buf);
	}
	buffer_put(buf);
	return err;
}

static void
inherit(const struct inode *dir, struct inode *inode)
{
	struct ext2_inode *ei = ext2_inode(inode);

	ei->flags = ext2_inode(dir)->flags & EXT2_FL_INHERITED;
	if (!S_ISDIR(inode->mode))
		ei->flags &= ~(uint32_t)EXT2_FL_DIRSYNC;
	if (dir->mode & S_ISGID) {
		inode->gid = dir->gid;
		if (S_ISDIR(inode->mode))
			inode->mode |= S_ISGID;
	}
}

int
ext2_inode_create(struct journal_handle *h, struct inode *dir, mode_t mode,
    dev_t rdev, struct inode **out)
{
	struct ext2_fs *fs = ext2_fs(dir);
	struct inode *inode;
	uint32_t ino;
	int err = ext2_ino_alloc(h, dir, mode, &ino);

	if (err != 0)
		return err;
	err = clear_place(h, fs, ino);
	if (err == -EIO)
		return err; /* it stays marked: it is not ours to give */
	inode = err == 0 ? make_inode(fs, ino, mode) : NULL;
	if (inode == NULL) {
		ext2_ino_free(h, fs, ino, S_ISDIR(mode));
		return err != 0 ? err : -ENOMEM;
	}
	inode->nlink = 0;
	inherit(dir, inode);
	if (S_ISCHR(mode) || S_ISBLK(mode))
		disk_inode_set_rdev(rdev, ext2_inode(inode)->block);
	set_ops(inode);
	inode_table_insert(ext2_inode(inode));
	*out = inode;
	return 0;
}

/* ---- The end ---------------------------------------------------------- */

/* Give up the block of extended attributes. */
static int
free_acl(struct journal_handle *h, struct ext2_inode *ei)
{
	struct ext2_fs *fs = ei->fs;
	struct acl_header *header;
	struct buffer *buf;
	int err;

	if (ei->acl_block == 0)
		return 0;
	err = buffer_read(&fs->buffers, ei->acl_block, &buf);
	if (err != 0)
		return err;
	header = (struct acl_header *)buf->data;
	if (header->magic == ACL_MAGIC && header->refs > 1) {
		err = journal_access(h, buf);
		if (err == 0) {
			header->refs--;
			journal_dirty(h, buf);
		}
	} else {
		err = journal_forget(h, ei->acl_block, 1);
		if (err == 0)
			err = ext2_blocks_free(h, fs, ei->acl_block, 1);
	}
	buffer_put(buf);
	return err;
}

/* Nothing of the file is left but its inode: free that. */
static int
free_inode(struct journal_handle *h, struct inode *inode)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	struct ext2_disk_inode *disk;
	struct buffer *buf;
	int err = free_acl(h, ei);

	if (err == 0)
		err = ext2_inode_place(fs, (uint32_t)inode->ino, &buf, &disk);
	if (err != 0)
		return err;
	err = journal_access(h, buf);
	if (err == 0) {
		ei->disk_bytes = 0;
		ei->sectors = 0;
		ei->acl_block = 0;
		memset(ei->block, 0, sizeof(ei->block));
		disk_inode_store(inode, disk);
		disk->i_dtime = ext2_now();
		journal_dirty(h, buf);
	}
	buffer_put(buf);
	if (err != 0)
		return err;
	/* The number may be given to another as soon as its bit is clear. */
	ei->freed = true;
	inode_table_remove(ei);
	return ext2_ino_free(h, fs, (uint32_t)inode->ino,
	    S_ISDIR(inode->mode));
}

static bool
has_blocks(const struct inode *inode)
{
	return S_ISREG(inode->mode) || S_ISDIR(inode->mode) ||
	    (S_ISLNK(inode->mode) && ext2_inode(inode)->sectors >
	    (ext2_inode(inode)->acl_block != 0 ?
	    ext2_fs(inode)->block_bytes / 512 : 0));
}

void
ext2_inode_abandon(struct journal_handle *h, struct inode *inode)
{
	int err = 0;

	inode->nlink = 0;
	if (has_blocks(inode))
		err = ext2_cut(h, inode, 0, UINT64_MAX);
	if (err == 0)
		err = ext2_orphan_remove(h, inode);
	if (err == 0)
		free_inode(h, inode);
	ext2_inode(inode)->freed = true;
	inode_put(inode);
}

/* The last name and the last user have gone. */
static int
try_delete(struct inode *inode)
{
	struct ext2_fs *fs = ext2_fs(inode);
	struct journal_handle h;
	int err = 0;

	if (has_blocks(inode))
		err = ext2_truncate_blocks(inode, 0);
	if (err == 0)
		err = ext2_begin(fs, &h, 2 * EXT2_CREDITS_ALLOC +
		    2 * EXT2_CREDITS_INODE + 2);
	if (err == 0) {
		err = ext2_orphan_remove(&h, inode);
		if (err == 0)
			err = free_inode(&h, inode);
		journal_end(&h);
	}
	return err;
}

/* The same, with patience: nobody is left who could try it later. */
static void
delete_inode(struct inode *inode)
{
	unsigned tries = 0;
	int err;

	do
		err = try_delete(inode);
	while (err == -ENOMEM && reclaim_wait(tries++));
	/* It stays on the list of orphans: the next mount tries again. */
	if (err != 0)
		pr_err("ext2: %s: inode %lu cannot be freed: error %d",
		    ext2_fs(inode)->mount->source, inode->ino, -err);
}

void
ext2_evict(struct inode *inode)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;

	if (!ei->freed && ext2_check_writable(fs) == 0) {
		if (inode->nlink == 0)
			delete_inode(inode);
		else if (journal_current() == NULL)
			ext2_inode_sync_times(inode);
	}
	journal_inode_release(fs->journal, &ei->ordered);
	ext2_orphan_forget(inode);
	inode_table_remove(ei);
	slab_free(&ext2_inode_cache, ei);
	inode_table_leave(fs);
}

void
ext2_inode_init(void)
{
	slab_cache_init(&ext2_inode_cache, "ext2_inode",
	    sizeof(struct ext2_inode), 0);
}
