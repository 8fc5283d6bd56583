/* inode.c - an inode on its way between disk and memory.
 *
 * Layer: fs/ext2   Called by: namei.c, super.c, data.c, truncate.c; VFS (evict)
 * Source: [EXT2] "Inode Table"; [EXT4] "Index Nodes", "Inode Timestamps"
 *
 * The table knows every inode in memory by its number, without a reference.  One
 * whose last reference is gone is still in it until evict is done: who looks
 * for that number meanwhile waits.
 *
 *	iget: not there: read ---> in use <--- iget: there, reference taken
 *	                             | last inode_put()
 *	                          evicting     iget: waits
 *	                             | nlink 0: blocks, then the number are free
 *	                           gone ------> iget: reads again
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
#include "fs/file.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/clock.h"

#define TABLE_LISTS  1024
#define LOW_16       0xffffu
#define ACL_MAGIC    0xea020000u
#define RDEV_OLD_MAX 0xffu
#define NS           ((int64_t)NS_PER_SEC)

static struct slab_cache ext2_inode_cache;

/* The start of a block of extended attributes; several files may share it. */
struct acl_header {
	uint32_t magic;
	uint32_t refs;
};

/* ---- The table -------------------------------------------------------- */

static struct list *
list_of(struct ext2_fs *fs, uint64_t ino)
{
	return &fs->table[ino % TABLE_LISTS];
}

/* Locks: table_lock held. */
static struct ext2_inode *
table_find(struct ext2_fs *fs, uint32_t ino)
{
	list_for_each(ei, list_of(fs, ino), struct ext2_inode, table_link) {
		if (ei->inode->ino == ino)
			return ei;
	}
	return NULL;
}

static void
table_insert(struct ext2_inode *ei)
{
	struct ext2_fs *fs = ei->fs;

	spin_lock(&fs->table_lock);
	kassert(table_find(fs, (uint32_t)ei->inode->ino) == NULL);
	list_add_tail(list_of(fs, ei->inode->ino), &ei->table_link);
	fs->inode_count++;
	spin_unlock(&fs->table_lock);
}

/* Take it off the table; it may be off already. */
static void
table_remove(struct ext2_inode *ei)
{
	struct ext2_fs *fs = ei->fs;

	spin_lock(&fs->table_lock);
	if (!list_empty(&ei->table_link)) {
		list_remove(&ei->table_link);
		fs->inode_count--;
	}
	spin_unlock(&fs->table_lock);
	waitq_wake_all(&fs->evicted);
}

/* Is the inode with that number in the table, and on its way out? */
static bool
is_evicting(struct ext2_fs *fs, uint32_t ino)
{
	struct ext2_inode *ei;
	bool evicting;

	spin_lock(&fs->table_lock);
	ei = table_find(fs, ino);
	evicting = ei != NULL && ref_count(&ei->inode->cache.object.refs) == 0;
	spin_unlock(&fs->table_lock);
	return evicting;
}

/* The inode if it is in the table, with a reference, or NULL. */
static struct inode *
table_get(struct ext2_fs *fs, uint32_t ino)
{
	struct inode *inode = NULL;
	struct ext2_inode *ei;

	wait_event(&fs->evicted, !is_evicting(fs, ino));
	spin_lock(&fs->table_lock);
	ei = table_find(fs, ino);
	if (ei != NULL && ref_get_unless_zero(&ei->inode->cache.object.refs))
		inode = ei->inode;
	spin_unlock(&fs->table_lock);
	return inode;
}

/* The inode of a list with the smallest number from ino on, with a reference. */
static struct inode *
table_next(struct ext2_fs *fs, unsigned list, uint64_t ino)
{
	struct inode *next = NULL;

	spin_lock(&fs->table_lock);
	list_for_each(ei, &fs->table[list], struct ext2_inode, table_link) {
		struct inode *inode = ei->inode;

		if (inode->ino < ino || (next != NULL &&
		    inode->ino > next->ino) ||
		    ref_count(&inode->cache.object.refs) == 0)
			continue;
		next = inode;
	}
	/* It may have lost its last reference just now: then look again. */
	if (next != NULL && !ref_get_unless_zero(&next->cache.object.refs))
		next = NULL;
	spin_unlock(&fs->table_lock);
	return next;
}

int
ext2_inodes_for_each(struct ext2_fs *fs,
    int (*fn)(struct inode *inode, void *arg), void *arg)
{
	int err = 0;

	for (unsigned i = 0; i < TABLE_LISTS && err == 0; i++) {
		uint64_t from = 0;
		struct inode *inode;

		while (err == 0 && (inode = table_next(fs, i, from)) != NULL) {
			from = inode->ino + 1;
			err = fn(inode, arg);
			inode_put(inode);
		}
	}
	return err;
}

int
ext2_inodes_init(struct ext2_fs *fs)
{
	fs->table = kmalloc(TABLE_LISTS * sizeof(fs->table[0]));
	if (fs->table == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < TABLE_LISTS; i++)
		list_init(&fs->table[i]);
	return 0;
}

void
ext2_inodes_fini(struct ext2_fs *fs)
{
	kassert(fs->inode_count == 0);
	kfree(fs->table);
}

/* ---- Times ------------------------------------------------------------ */

uint32_t
ext2_now(void)
{
	return (uint32_t)(clock_realtime_ns() / NS_PER_SEC);
}

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
 * be. */
static void
time_to_disk(int64_t ns, uint32_t *seconds, uint32_t *extra)
{
	int64_t s = ns / NS;
	int64_t rest = ns % NS;

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
static dev_t
rdev_from_disk(const uint32_t *block)
{
	uint32_t old = block[0];

	if (old != 0)
		return ABI_MKDEV(old >> 8 & RDEV_OLD_MAX, old & RDEV_OLD_MAX);
	return block[1];
}

static void
rdev_to_disk(dev_t rdev, uint32_t *block)
{
	unsigned major = ABI_MAJOR(rdev);
	unsigned minor = ABI_MINOR(rdev);

	if (major <= RDEV_OLD_MAX && minor <= RDEV_OLD_MAX)
		block[0] = major << 8 | minor;
	else
		block[1] = (uint32_t)rdev;
}

/* ---- From the disk ---------------------------------------------------- */

/* What is wrong with an inode, or NULL. */
static const char *
check_disk_inode(const struct ext2_fs *fs,
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
		    rdev_from_disk(ext2_inode(inode)->block));
	}
}

static void
fill_inode(struct inode *inode, const struct ext2_disk_inode *disk)
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
	set_ops(inode);
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
	wrong = check_disk_inode(fs, disk, orphan);
	if (wrong != NULL) {
		err = ext2_error(fs, "inode %u %s", ino, wrong);
	} else {
		*out = make_inode(fs, ino, disk->i_mode);
		if (*out == NULL)
			err = -ENOMEM;
	}
	if (err == 0) {
		fill_inode(*out, disk);
		table_insert(ext2_inode(*out));
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
	*out = table_get(fs, ino);
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

/* All but i_dtime, which is orphan.c's.  Locks: map_lock held. */
static void
fill_disk_inode(const struct inode *inode, struct ext2_disk_inode *disk)
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
		fill_disk_inode(inode, disk);
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
		if (fs->inode_bytes > EXT2_OLD_INODE) {
			disk->i_extra_isize = EXT2_EXTRA_ISIZE;
			time_to_disk((int64_t)clock_realtime_ns(),
			    &disk->i_crtime, &disk->i_crtime_extra);
		}
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
	if (err != 0)
		return err; /* it stays marked: it is not ours to give */
	inode = make_inode(fs, ino, mode);
	if (inode == NULL) {
		ext2_ino_free(h, fs, ino, S_ISDIR(mode));
		return -ENOMEM;
	}
	inode->nlink = 0;
	inherit(dir, inode);
	if (S_ISCHR(mode) || S_ISBLK(mode))
		rdev_to_disk(rdev, ext2_inode(inode)->block);
	set_ops(inode);
	table_insert(ext2_inode(inode));
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
		fill_disk_inode(inode, disk);
		disk->i_dtime = ext2_now();
		journal_dirty(h, buf);
	}
	buffer_put(buf);
	if (err != 0)
		return err;
	/* The number may be given to another as soon as its bit is clear. */
	ei->freed = true;
	table_remove(ei);
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
static void
delete_inode(struct inode *inode)
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
	/* It stays on the list of orphans: the next mount tries again. */
	if (err != 0)
		pr_err("ext2: %s: inode %lu cannot be freed: error %d",
		    fs->mount->source, inode->ino, -err);
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
	table_remove(ei);
	slab_free(&ext2_inode_cache, ei);
}

void
ext2_inode_init(void)
{
	slab_cache_init(&ext2_inode_cache, "ext2_inode",
	    sizeof(struct ext2_inode), 0);
}
