/* virtqueue.h - split virtqueues: chains of memory to a device and back.
 *
 * Layer: drivers   Called by: virtio drivers, virtio_pci.c
 * Source: [VIRTIO] 2.7 "Split Virtqueues"
 *
 * A queue is three tables in memory that the device reads and writes itself:
 *
 *	descriptors   { address, length, flags, next }
 *	available     numbers of first descriptors; the driver adds at idx
 *	used          { number, bytes written };    the device adds at idx
 *
 * Descriptors are not juggled one by one: at the start they are dealt out to
 * chains, each with room for chain_max pieces of memory and its next fields
 * filled in for good.  Where the device knows indirect descriptors a chain
 * takes one place in the ring and has a table of its own, else it owns a run
 * of the ring:
 *
 *	indirect:  ring | 0 | 1 | 2 | 3 | ...      others:  ring | 0 . . . | 4 . . .
 *	                  |   |                                    chain 0   chain 1
 *	              table   table
 *
 * So to send is to fill a table, and to receive is to look at a number.
 *
 *	chain = virtqueue_get(vq);              NULL: all are in flight
 *	virtqueue_add(vq, chain, pa, bytes, VIRTQ_DEVICE_WRITES); ...
 *	virtqueue_submit(vq, chain);
 *	virtqueue_notify(vq);
 *	... interrupt
 *	while (virtqueue_poll(vq, &chain, &written) == 1) {
 *		...
 *		virtqueue_put(vq, chain);
 *	}
 *
 * The device is not trusted: whatever it writes into the used ring is checked
 * before it is used.
 *
 * Locks: the queue belongs to its driver, who calls with his lock held.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "debug/assert.h"
#include "lib/bits.h"
#include "lib/types.h"

#define VIRTQUEUE_SIZE_MAX   128 /* then all three tables fit into a page */
#define VIRTQUEUE_CHAINS_MAX 64

/* [VIRTIO] 2.7.5 "The Virtqueue Descriptor Table" */
struct virtq_desc {
	uint64_t pa;
	uint32_t bytes;
	uint16_t flags;
	uint16_t next;
};
_Static_assert(sizeof(struct virtq_desc) == 16, "a descriptor");

#define VIRTQ_DESC_F_NEXT     BIT(0)
#define VIRTQ_DESC_F_WRITE    BIT(1)
#define VIRTQ_DESC_F_INDIRECT BIT(2)

/* Pieces that the device reads come before those that it writes. */
enum virtq_direction {
	VIRTQ_DEVICE_READS = 0,
	VIRTQ_DEVICE_WRITES = VIRTQ_DESC_F_WRITE,
};

/* [VIRTIO] 2.7.6 "The Virtqueue Available Ring" */
struct virtq_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[]; /* size of them */
};

/* [VIRTIO] 2.7.8 "The Virtqueue Used Ring" */
struct virtq_used_elem {
	uint32_t id;
	uint32_t bytes;
};

struct virtq_used {
	uint16_t flags;
	uint16_t idx;
	struct virtq_used_elem ring[]; /* size of them */
};
_Static_assert(offsetof(struct virtq_used, ring) == 4, "the used ring");

/* What is sent at a time. */
struct virtq_chain {
	struct virtq_desc *table;  /* [I] */
	uint16_t head;             /* [I] its number in the available ring */
	uint16_t index;            /* [I] 0, 1, 2, ...: for the driver's tables */
	uint16_t count;            /* pieces in it */
	bool in_flight;            /* the device has it */
	uint32_t writable;         /* bytes that the device may write */
	void *cookie;              /* the driver's */
	struct virtq_chain *next_free;
};

/* How a queue is to be made. */
struct virtqueue_shape {
	unsigned size;      /* of the ring: a power of two, at most
			     * VIRTQUEUE_SIZE_MAX */
	unsigned chain_max; /* pieces in a chain, at least 1 and at most size;
			     * without indirect ones there may be fewer */
	bool indirect;      /* VIRTIO_F_INDIRECT_DESC was negotiated */
};

struct virtqueue {
	struct virtqueue_shape shape; /* [I] chain_max as it came to be */
	struct virtq_desc *desc;      /* [I] the ring; its page */
	struct virtq_avail *avail;    /* [I] */
	struct virtq_used *used;      /* [I] the device writes to it */
	struct virtq_desc *tables;    /* [I] of indirect chains, or NULL */
	struct virtq_chain *chains;   /* [I] */
	unsigned chain_count;         /* [I] */
	volatile uint16_t *doorbell;  /* [I] virtio_pci.c's */
	uint16_t number;              /* [I] what is written to it */
	uint16_t next_avail;          /* avail->idx, ours */
	uint16_t next_used;           /* the first used entry not looked at */
	uint16_t in_flight;           /* chains that the device has */
	struct virtq_chain *free;
	const char *broken;           /* what the device did wrong, or NULL */
};

/* Make an empty queue.  Returns 0; -EINVAL: no such shape; -ENOMEM. */
int virtqueue_init(struct virtqueue *vq, const struct virtqueue_shape *shape);

/* Free it.  The device does not know it any more. */
void virtqueue_fini(struct virtqueue *vq);

/* Make it empty and whole again, as after init.  The device has been reset and
 * does not touch it; chains in flight are forgotten. */
void virtqueue_reset(struct virtqueue *vq);

/* A chain without any pieces, or NULL: all are in use.  Any context. */
struct virtq_chain *virtqueue_get(struct virtqueue *vq);
/* Give back one that came from virtqueue_get() or virtqueue_poll(). */
void virtqueue_put(struct virtqueue *vq, struct virtq_chain *chain);

/* Add a piece of memory; at most shape.chain_max of them. */
static inline void
virtqueue_add(struct virtqueue *vq, struct virtq_chain *chain, paddr_t pa,
    uint32_t bytes, enum virtq_direction direction)
{
	struct virtq_desc *desc = &chain->table[chain->count++];

	kassert(chain->count <= vq->shape.chain_max);
	desc->pa = pa;
	desc->bytes = bytes;
	desc->flags = VIRTQ_DESC_F_NEXT | direction;
	if (direction == VIRTQ_DEVICE_WRITES)
		chain->writable += bytes;
}

/* The device may have it from now on.  Any context. */
void virtqueue_submit(struct virtqueue *vq, struct virtq_chain *chain);

/* Tell the device that there is something. */
void virtqueue_notify(struct virtqueue *vq);

/* Take the next chain that the device is done with.  *written: the bytes that
 * it says it has written, at most chain->writable.
 * Returns 1; 0: there is none;
 * -EIO: the device lies (vq->broken tells how) and is not to be used until it
 * and the queue have been reset.  Any context. */
int virtqueue_poll(struct virtqueue *vq, struct virtq_chain **chain,
    uint32_t *written);

/* For those who give a device up: some chain that is in flight, as if it had
 * come back, or NULL.  The device has been reset. */
struct virtq_chain *virtqueue_take_back(struct virtqueue *vq);
