/* ext2.h - a mounted ext2 (ext3) in memory, and what its files share.
 *
 * Layer: fs/ext2   Called by: the files of this folder only
 * Source: [EXT2] "The Second Extended File System: Internal Layout"
 *
 *	super.c     mount, remount, statfs; sync.c; options.c, check.c, error.c
 *	group.c     block groups: descriptors and bitmaps
 *	balloc.c    blocks: allocate, free, wait for the commit
 *	ialloc.c    inodes: allocate (Orlov), free
 *	inode.c     an inode's life; disk_inode.c, inode_table.c
 *	map.c       from a block of the file to a block of the disk
 *	truncate.c  free the blocks behind an end; orphan.c: what must go on
 *	data.c      places for what is written; transfer.c: pages to and from
 *	            the disk; file.c: open files, fsync
 *	dir.c       entries of a directory; htree.c: its index, hash.c
 *	namei.c     the operations on names; symlink.c
 *	journal_inode.c  where the log is
 *
 * Locks, in order: tree_lock, inode->lock, (a handle of the journal), map_lock,
 * alloc_lock.  A handle is begun by the function that the VFS calls, before the
 * two last ones are taken.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/buffer.h"
#include "fs/ext2/format.h"
#include "fs/inode.h"
#include "fs/journal/journal.h"
#include "fs/mount.h"

struct abi_stat;
struct bdev;
struct dir_sink;
struct ext2_group;
struct file;
struct qstr;

/* fs->mode_data */
enum ext2_data_mode { EXT2_ORDERED, EXT2_JOURNAL };

/* What an error in the metadata does: s_errors, or errors=. */
enum ext2_on_error { EXT2_CONTINUE, EXT2_READONLY };

/* A mounted file system.  [I] after mount, [l] alloc_lock, [t] table_lock,
 * [o] orphan_lock. */
struct ext2_fs {
	struct mount *mount;            /* [I] */
	struct bdev *bdev;              /* [I] */
	struct buffer_cache buffers;
	struct journal *journal;        /* [I] NULL: ext2 */
	struct buffer *super_buf;       /* [I] a reference */
	struct ext2_super *super;       /* [l] in super_buf */
	enum ext2_data_mode data_mode;  /* [I] */
	enum ext2_on_error on_error;    /* [I] */

	uint32_t block_bytes;           /* [I] */
	uint32_t block_shift;           /* [I] */
	uint32_t blocks_per_page;       /* [I] */
	uint32_t inode_bytes;           /* [I] on the disk */
	uint64_t max_file_bytes;        /* [I] what i_block and i_blocks allow */
	uint32_t group_count;           /* [I] */
	struct buffer **desc_bufs;      /* [I] blocks of descriptors; references */
	struct ext2_group *groups;      /* [l] group.c */
	struct mutex alloc_lock;
	uint64_t free_blocks;           /* [l] pinned ones are not counted */
	uint64_t free_inodes;           /* [l] */
	uint64_t pinned_blocks;         /* [l] freed, not yet committed: */
	struct list pinned;             /* [l] balloc.c */

	struct spinlock table_lock;
	struct list *table;             /* [t] struct ext2_inode by number */
	size_t inode_count;             /* [t] in memory */
	struct waitq evicted;           /* an inode has left the table */
	struct mutex orphan_lock;
	struct list orphans;            /* [o] in the order of the disk's list */
	struct inode *journal_inode;    /* [I] NULL: ext2 */
	bool journal_read_only;         /* [I] opened to be looked at only */
	uint64_t buffers_count;         /* [I] s_blocks_count at the mount */
	bool loaded;                    /* [I] mounted */
	bool writing;                   /* [a] the disk says that it is in use */
	uint16_t old_state;             /* [I] s_state before that */
	bool failed;                    /* [a] read-only since an error */
	bool error_unsaved;             /* [a] s_state does not know of it yet */
	unsigned errors;                /* [a] messages, of ext2_error() */
	unsigned commit_seconds;        /* [I] commit=; 0: the journal's own */
	bool stopping;                  /* [a] the thread of super.c is to end */
	bool thread_done;               /* [t] */
	struct waitq thread_wait;
};

/* What a write(2) has between begin and end (data.c).  [inode->lock] */
struct ext2_write {
	struct journal_handle handle;
	bool open;                      /* a handle was begun */
	uint64_t fresh;                 /* blocks of the file [fresh, fresh_end) */
	uint64_t fresh_end;             /* are new, nothing was written yet */
};

/* What an inode of ours has besides struct inode: inode->priv.
 * [I] immutable, [m] map_lock, [l] inode->lock, [t] fs->table_lock. */
struct ext2_inode {
	struct inode *inode;            /* [I] */
	struct ext2_fs *fs;             /* [I] */
	uint32_t block[EXT2_BLOCKS];    /* [m] i_block: 12, 1, 2, 3 */
	uint32_t flags;                 /* [l] EXT2_FL_* */
	uint32_t sectors;               /* [m] i_blocks: 512 bytes each */
	uint32_t generation;            /* [I] */
	uint64_t disk_bytes;            /* [l] i_size on the disk */
	struct mutex map_lock;
	uint32_t goal;                  /* [m] where the next block should be */
	uint64_t run_index;             /* [m] what ext2_map() found last */
	uint32_t run_block;             /* [m] */
	uint32_t run_count;             /* [m] 0: nothing */
	uint32_t sync_tid;              /* [a] last transaction that changed it */
	uint32_t data_sync_tid;         /* [a] the same without times */
	uint32_t dir_hint;              /* [tree_lock] dir.c's: a block with room */
	uint64_t last_block;            /* [tree_lock] dir.c's: a block, and where */
	uint32_t last_offset;           /* its last entry is; 0: not known */
	struct journal_inode ordered;
	struct ext2_write write;        /* [l] */
	uint32_t acl_block;             /* [I] i_file_acl: extended attributes */
	bool wrote;                     /* [a] data, and no flush since */
	bool freed;                     /* [t] its number is free already */
	bool orphan;                    /* [o] on the orphan list */
	struct list table_link;         /* [t] */
	struct list orphan_link;        /* [o] */
	uint32_t next_orphan;           /* [o] i_dtime on the disk */
};

static inline struct ext2_inode *
ext2_inode(const struct inode *inode)
{
	return inode->priv;
}

static inline struct ext2_fs *
ext2_fs(const struct inode *inode)
{
	return ext2_inode(inode)->fs;
}

/* ---- super.c, error.c ------------------------------------------------- */

/* Something on the disk cannot be true.  Logs where and what, once or not too
 * often; makes the file system read-only if on_error says so.  Returns -EIO,
 * so that the caller can return it.  Any thread; locks of this folder may be
 * held. */
int __attribute__((format(printf, 2, 3)))
ext2_error(struct ext2_fs *fs, const char *format, ...);

/* Nothing can be written any more: the journal has given up.  Any thread. */
void ext2_fail(struct ext2_fs *fs, int err);

/* -EROFS if it is mounted read-only or has become so, else 0. */
int ext2_check_writable(struct ext2_fs *fs);

/* Begin a handle; the usual bounds of credits. */
int ext2_begin(struct ext2_fs *fs, struct journal_handle *h, unsigned credits);
#define EXT2_CREDITS_INODE    2  /* an inode in its table */
#define EXT2_CREDITS_ALLOC    4  /* bitmap, descriptor, superblock, spare */
/* An entry: a leaf and a node of the index are split, into two new blocks. */
#define EXT2_CREDITS_DIR      (2 * (1 + EXT2_CREDITS_MAP) + 4)

/* An operation got -ENOSPC and has ended its handle: would blocks be free
 * after a commit?  Then commits, and the operation is to be tried again, once:
 * *tried is false before.  May sleep. */
bool ext2_retry_space(struct ext2_fs *fs, bool *tried);

/* ---- inode.c ---------------------------------------------------------- */

/* For the inode_ops of every type: stat (st_blocks), update, evict. */
void ext2_stat(struct inode *inode, struct abi_stat *st);
int ext2_update(struct inode *inode);
void ext2_evict(struct inode *inode);

/* The inode of that number, with a reference; all names of a file get the
 * same.  Returns 0; -EIO: free, damaged (also: says so) or unreadable; -ENOMEM.
 * Locks: tree_lock held, or mounting.  May sleep. */
int ext2_iget(struct ext2_fs *fs, uint32_t ino, struct inode **out);

/* A new inode for a file of that mode near dir, allocated and in the table,
 * with one reference, nlink 0 (the caller sets it and calls
 * ext2_inode_store()); group and flags are inherited.
 * Returns 0, -ENOSPC, -EIO, -ENOMEM.  h: EXT2_CREDITS_ALLOC + _INODE. */
int ext2_inode_create(struct journal_handle *h, struct inode *dir, mode_t mode,
    dev_t rdev, struct inode **out);

/* Give up an inode that ext2_inode_create() made and that got no name, with its
 * blocks and the reference; in the same handle (a few blocks only). */
void ext2_inode_abandon(struct journal_handle *h, struct inode *inode);

/* Bring everything of the inode to its place in the table of inodes.
 * Returns 0 or -EIO, -EROFS.  h: EXT2_CREDITS_INODE. */
int ext2_inode_store(struct journal_handle *h, struct inode *inode);

/* The number of the last transaction that changed it is this handle's. */
void ext2_inode_note_tid(struct journal_handle *h, struct inode *inode,
    bool times_only);

/* fsync of a file or directory: data (a file's), then the transaction. */
int ext2_fsync(struct file *f, bool data_only);

/* ---- orphan.c --------------------------------------------------------- */

/* nlink has become 0 while it is in use, or a truncation begins: note it on
 * the disk, so that the next mount ends the work.  Already there: fine.
 * h: EXT2_CREDITS_INODE + 2. */
int ext2_orphan_add(struct journal_handle *h, struct inode *inode);
int ext2_orphan_remove(struct journal_handle *h, struct inode *inode);

/* ---- map.c, truncate.c ------------------------------------------------ */

/* Where blocks of the file are: *run (in: how many are wanted, at most) blocks
 * from index on are at *block onwards; *block == 0: a hole of *run blocks.
 * Returns 0; -EIO: damaged or unreadable.  Takes map_lock. */
int ext2_map(struct inode *inode, uint64_t index, uint64_t *block,
    unsigned *run);

/* The same, and holes get blocks: as many in one run as there are neighbours,
 * at least one.  *fresh: they are new, and what the disk has there is of no
 * meaning.  -ENOSPC, -EFBIG (behind the triple-indirect blocks).
 * h: EXT2_CREDITS_MAP for a run.  Takes map_lock. */
/* Three indirect blocks and where they hang; four groups; the superblock. */
#define EXT2_CREDITS_MAP (4 + 2 * 4 + 1)
int ext2_map_create(struct journal_handle *h, struct inode *inode,
    uint64_t index, uint64_t *block, unsigned *run, bool *fresh);

/* A block of a directory or slow symbolic link: read, or (create) appended
 * zeroed when index is the first behind its end, the size grown and the inode
 * stored; journal_access_new() done.  Such blocks are metadata: journalled, and
 * forgotten when they are freed.  *out with a reference.
 * -EIO: a hole, damaged; -ENOSPC.  h: EXT2_CREDITS_MAP + _INODE to create. */
int ext2_dir_block(struct journal_handle *h, struct inode *dir, uint32_t index,
    bool create, struct buffer **out);

/* Free the blocks behind bytes, and set disk_bytes; in as many transactions as
 * it takes (on the orphan list meanwhile).  No handle is open.  The pages
 * behind bytes have gone already.
 * Locks: inode->lock held, or nobody else knows the inode. */
int ext2_truncate_blocks(struct inode *inode, uint64_t bytes);

/* ---- balloc.c, ialloc.c, group.c: see there --------------------------- */

/* ---- data.c ----------------------------------------------------------- */

extern const struct pagecache_ops ext2_cache_ops;
extern const struct inode_ops ext2_file_inode_ops;
extern struct file_ops ext2_file_ops; /* [I] after ext2_init() */

/* Does the data of this file go through the journal? */
bool ext2_logs_data(const struct inode *inode);

/* inode_ops.truncate: set the size of a regular file. */
int ext2_truncate(struct inode *inode, off_t size);

/* ---- namei.c, dir.c, symlink.c ---------------------------------------- */

extern const struct inode_ops ext2_dir_inode_ops;
extern const struct inode_ops ext2_symlink_inode_ops;
extern const struct inode_ops ext2_special_inode_ops;
extern const struct file_ops ext2_dir_file_ops;

/* Does the file system hold so long a text of a symbolic link? */
bool ext2_symlink_fits(const struct ext2_fs *fs, const char *text);

/* Give a new inode, not yet stored, the text, which fits.
 * Returns 0, -ENOSPC, -EIO, ...  h: EXT2_CREDITS_MAP + 1. */
int ext2_symlink_fill(struct journal_handle *h, struct inode *inode,
    const char *text);

/* Find name in dir.  *ino: 0 if it is not there.  Returns 0 or -EIO.
 * Locks: tree_lock held. */
int ext2_dir_find(struct inode *dir, const struct qstr *name, uint32_t *ino);

/* Add an entry; nobody has the name.  type: EXT2_FT_*.
 * Returns 0, -ENOSPC, -EIO.  h: EXT2_CREDITS_DIR. */
int ext2_dir_add(struct journal_handle *h, struct inode *dir,
    const struct qstr *name, uint32_t ino, unsigned type);

/* Let the entry name refer to another inode (rename over, "..").  -ENOENT. */
int ext2_dir_set(struct journal_handle *h, struct inode *dir,
    const struct qstr *name, uint32_t ino, unsigned type);

/* Remove an entry.  -ENOENT, -EIO. */
int ext2_dir_remove(struct journal_handle *h, struct inode *dir,
    const struct qstr *name);

/* Has it nothing but "." and ".."?  1, 0, or -EIO. */
int ext2_dir_is_empty(struct inode *dir);

/* Write the first block of a new directory: "." and "..". */
int ext2_dir_make(struct journal_handle *h, struct inode *dir,
    uint32_t parent_ino);
