/* rank.h - the order of all locks.
 *
 * Layer: sync   Called by: everyone who has a lock
 *
 * A thread may take only a lock of a higher rank than those that it holds;
 * kassert checks it at run time.  docs/locks.md tells why the order is so.
 * SPDX-License-Identifier: MIT */
#pragma once

enum lock_rank {
	/* Sleeping locks (mutexes): taken before any spinlock. */
	RANK_FILE_POS = 8,  /* the position of an open file that is shared */
	RANK_MOUNTS = 10,   /* mounting and unmounting */
	RANK_TREE = 12,     /* the names of one file system */
	RANK_INODE = 14,    /* a file: writes, size, attributes */
	RANK_PIPE = 16,
	RANK_TTY = 18,
	RANK_ASPACE = 30,   /* areas and page tables: a copy to or from a user
			     * may fault with inode and pipe locks held */
	RANK_PAGECACHE_FILL = 32,
	RANK_JOURNAL_COMMIT = 34, /* one commit or checkpoint at a time; after
				   * aspace: a fault may begin a handle */
	RANK_EXT2_MAP = 36, /* where a file's blocks are: a commit looks there */
	RANK_EXT2_ALLOC = 38, /* bitmaps and counts of free blocks, inodes */
	RANK_EXT2_ORPHAN = 40,
	RANK_BUFFER_SYNC = 41, /* one writer of dirty buffers at a time */
	RANK_BDEV = 42,     /* opening and claiming of block devices */
	RANK_DISK = 44,     /* registering disks, resetting one */
	RANK_MUTEX_LAST = 49,

	/* Spinlocks that no interrupt handler takes. */
	RANK_FDTABLE = 54,
	RANK_DCACHE = 58,   /* the table of names; cwd and root */
	RANK_FILE_LOCK = 59, /* advisory locks, counts of eventfds */
	RANK_FUTEX = 60,
	RANK_EXT2_TABLE = 60, /* inodes by number */
	RANK_JOURNAL = 61,  /* lists of the journal */
	RANK_PAGECACHES = 61, /* which caches have pages, or dirty ones */
	RANK_BUFFER_CACHES = 61, /* tables of buffers of all mounts */
	RANK_PAGECACHE = 62,
	RANK_BUFFER = 63,   /* a table of buffers */
	RANK_OBJECT = 64,
	RANK_VMAP = 68,
	RANK_SMP_CALL = 69,

	/* Spinlocks that interrupt handlers take: interrupts are off. */
	RANK_DEVICE = 70,   /* a device's registers and rings */
	RANK_PCI_CONFIG = 71, /* a driver with its lock may look there */
	RANK_ATA = 71,      /* a channel, which two disks share */
	RANK_TTY_IRQ = 72,
	RANK_PROC = 74,     /* the process table and all signals: Ctrl-C, alarms */
	RANK_WRITE_BATCH = 76, /* counts writes on their way */
	RANK_WAITQ = 80,    /* a wait queue */
	RANK_TIMER = 82,
	RANK_RUNQUEUE = 84,
	RANK_SLAB = 88,     /* the kernel heap: any context may allocate */
	RANK_PAGE = 90,     /* the page allocator: innermost of the memory locks */
	RANK_RANDOM = 92,
	RANK_LOG = 96,      /* the kernel log and its consoles */
	RANK_LAST = 99,
};
