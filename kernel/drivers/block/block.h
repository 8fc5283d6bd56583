/* block.h - disks and partitions, and requests to them.
 *
 * Layer: drivers   Called by: fs (bdev, buffer, ext2, journal), devfs, procfs
 *
 * Whoever wants bytes of a disk fills a struct block_request and submits it;
 * done is called once, when the device has answered.  The unit is the sector
 * of 512 bytes.  Requests wait in the queue of their disk; neighbours of the
 * same kind become one transfer (queue.c).
 *
 *	block_submit ...        block_kick          interrupt
 *	  pending, sorted  ---> transfer at the ---> disk_transfer_done
 *	                        driver (disk.h)        -> done() of each
 *
 * There is no order between requests, but that those to the same sectors are
 * done one after the other, as submitted.  Whoever needs more order waits for
 * done, and for a flush where the medium counts.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/bits.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/types.h"

struct disk;

#define SECTOR_SHIFT   9
#define SECTOR_BYTES   (1u << SECTOR_SHIFT)
#define BLOCK_NAME_MAX 16

/* What a node in /dev has: it is for root only (abi/stat.h). */
#define BLOCK_NODE_MODE (S_IFBLK | S_IRUSR | S_IWUSR)

enum block_op {
	BLOCK_READ,
	BLOCK_WRITE,
	BLOCK_FLUSH, /* what was written before is on the medium */
	BLOCK_OPS,
};

/* request->flags */
#define BLOCK_FUA   BIT(0) /* a write that is done when it is on the medium */
#define BLOCK_ALONE BIT(1) /* not merged: another try, after an error whose
			    * cause may have been a neighbour */

/* Counters for /proc/diskstats, from the start.  [disk->lock]; those of a disk
 * count what its partitions do as well. */
struct block_stats {
	uint64_t requests[BLOCK_OPS]; /* done, errors too; by block_op */
	uint64_t merged[BLOCK_OPS];   /* that joined another's transfer */
	uint64_t sectors[BLOCK_OPS];
	uint64_t wait_ns[BLOCK_OPS];  /* from submit to done, summed */
	uint64_t errors;
	uint64_t in_flight;
	uint64_t busy_ns;             /* with in_flight > 0, in the past */
	uint64_t busy_since_ns;
};

/* A disk, or a partition of one.  All [I] after registration but as noted;
 * block_rescan() changes a partition that nobody uses. */
struct block_device {
	char name[BLOCK_NAME_MAX]; /* "vda", "hda1" */
	dev_t number;
	struct disk *disk;
	unsigned partition;        /* its number; 0: the whole disk */
	uint64_t first_sector;     /* on the disk */
	uint64_t sectors;          /* 0: a partition that is no more */
	bool read_only;
	struct block_stats stats;
	void *cache;               /* fs/bdev.c's, under its lock */
	struct block_device *next; /* [a] in order of registration */
};

/* Physical memory of a request.  pa and bytes: multiples of 512. */
struct block_segment {
	paddr_t pa;
	uint32_t bytes;
};

/*
 * A request.  The caller fills the first part and owns the memory until done
 * is called, which may be in an interrupt: it must not sleep, takes only
 * locks that interrupts may take, and may free the request.
 * err: 0; -EIO: the device says so, or did not answer in time; -EROFS;
 * -ENXIO: beyond the device's end.
 */
struct block_request {
	struct block_device *dev;
	enum block_op op;
	unsigned flags;
	uint64_t sector;      /* on dev */
	unsigned segment_count;
	struct block_segment *segments;
	void (*done)(struct block_request *req, int err);
	void *priv;           /* the caller's */

	/* The queue's. */
	struct list link;
	struct rb_node node;
	uint64_t disk_sector;
	uint64_t sectors;
	uint64_t submitted_ns;
	unsigned next_segment; /* handed to the driver: the segments before */
	uint32_t segment_done; /* ... and so many bytes of this one */
	unsigned parts;        /* transfers at the driver with a part of it */
	int err;
};

/* A request with room for max_segments behind it, and none yet: see
 * block_request_add().  NULL: no memory.  Any context. */
struct block_request *block_request_alloc(struct block_device *dev,
    enum block_op op, uint64_t sector, unsigned max_segments);
void block_request_free(struct block_request *req);

/* Add memory to a request; joins the last segment if it continues it. */
void block_request_add(struct block_request *req, paddr_t pa, uint32_t bytes);

/* Put a request into its disk's queue.  The device may be left idle until
 * block_kick(): submit several, then kick once, so that neighbours merge.
 * Any context; does not sleep; done may be called before it returns. */
void block_submit(struct block_request *req);

/* Let the device work at what was submitted.  Any context. */
void block_kick(struct block_device *dev);

/* Submit, kick, wait.  Returns the request's error.  May sleep. */
int block_execute(struct block_request *req);

/* Read or write bytes at a sector, and wait.  va: in the direct map (a page, or
 * the heap), va and bytes multiples of 512.  flags: BLOCK_FUA.  May sleep. */
int block_transfer(struct block_device *dev, enum block_op op,
    uint64_t sector, void *va, size_t bytes, unsigned flags);

/* Flush the device's cache, and wait.  May sleep. */
int block_flush(struct block_device *dev);

/* The device of that number, or name (without "/dev/"), or NULL.  Any context.
 * A struct block_device is never freed, but a partition may vanish from here
 * when the table was changed. */
struct block_device *block_find(dev_t number);
struct block_device *block_find_name(const char *name);

/* The device after dev in order of registration; NULL: the first, or no more.
 * Any context. */
struct block_device *block_next(struct block_device *dev);

/* Read the partition table again (BLKRRPART).  dev: a whole disk, of which the
 * caller knows that no partition is in use.  Returns 0, -EIO or -ENOMEM.
 * May sleep.
 * block_announce: then tell devfs; no mutex held. */
int block_rescan(struct block_device *dev);
void block_announce(struct block_device *dev);

/* One line of /proc/diskstats, without its newline. */
#define BLOCK_STATS_BYTES 384
void block_stats_line(struct block_device *dev, char *buf, size_t size);

/* Before the first disk: starts the thread that resets disks. */
void block_init(void);
