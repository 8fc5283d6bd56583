/* virtqueue.c - split virtqueues: chains of memory to a device and back.
 *
 * Layer: drivers   Called by: virtio drivers
 * Source: [VIRTIO] 2.7 "Split Virtqueues"
 *
 * The ring's page:
 *
 *	0                 16 * size               ALIGN_UP(..., 4)
 *	| descriptors ... | available ..., unused | used ..., unused |
 *
 * Invariants:
 * (1) A chain is on the free list, or with the driver, or in_flight.
 * (2) At most size chains are in flight, so that no entry of the available
 *     ring is written before the device has read it.
 *
 * Each side writes an entry first and then idx, and reads idx first and then the
 * entry, so nobody sees an entry that is not there yet.
 *
 * Every chain is told to the device, and the device tells of every one that it
 * has used: VIRTIO_F_EVENT_IDX and VIRTQ_USED_F_NO_NOTIFY, which save some of
 * that, are left alone.  With them, each side reads what wakes the other after
 * it has written idx, with a barrier in between; and QEMU before 8.0 leaves the
 * barriers out of the code of a machine with one CPU, whose disk threads run
 * beside it even so.  Some wake-up in a million was lost.
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/virtio/virtqueue.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

/* Without indirect descriptors the ring is shared by so many chains. */
#define DIRECT_CHAINS 4

/* ---- Memory ---- */

/* The order of the block of pages that holds so many bytes. */
static unsigned
order_of(size_t bytes)
{
	unsigned order = 0;

	while ((PAGE_SIZE << order) < bytes)
		order++;
	return order;
}

/* Where the tables are in the ring's page. */
static void
place_tables(struct virtqueue *vq, void *page)
{
	unsigned size = vq->shape.size;
	char *p = page;

	vq->desc = page;
	p += size * sizeof(struct virtq_desc);
	vq->avail = (struct virtq_avail *)p;
	p += ALIGN_UP(sizeof(struct virtq_avail) +
	    (size + 1) * sizeof(uint16_t), 4);
	vq->used = (struct virtq_used *)p;
	kassert((char *)&vq->used->ring[size] <= (char *)page + PAGE_SIZE);
}

/* Deal the descriptors out: chain i has its table, with the next fields. */
static void
deal_out(struct virtqueue *vq, unsigned i)
{
	struct virtq_chain *chain = &vq->chains[i];
	unsigned max = vq->shape.chain_max;
	unsigned first = 0; /* next counts from the table's start */

	chain->index = i;
	if (vq->tables != NULL) {
		chain->head = i;
		chain->table = &vq->tables[i * max];
		vq->desc[i].pa = va_to_pa(chain->table);
		vq->desc[i].flags = VIRTQ_DESC_F_INDIRECT;
	} else {
		first = i * max;
		chain->head = first;
		chain->table = &vq->desc[first];
	}
	for (unsigned n = 0; n < max; n++)
		chain->table[n].next = first + n + 1;
}

int
virtqueue_init(struct virtqueue *vq, const struct virtqueue_shape *shape)
{
	struct page *page;

	if (shape->size == 0 || shape->size > VIRTQUEUE_SIZE_MAX ||
	    (shape->size & (shape->size - 1)) != 0 || shape->chain_max == 0 ||
	    shape->chain_max > shape->size)
		return -EINVAL;
	*vq = (struct virtqueue){.shape = *shape};
	vq->chain_count = MIN(shape->size, VIRTQUEUE_CHAINS_MAX);
	if (!shape->indirect) {
		unsigned share = MAX(shape->size / DIRECT_CHAINS, 4u);

		vq->shape.chain_max =
		    MIN(shape->chain_max, MIN(share, shape->size));
		vq->chain_count = MIN(vq->chain_count,
		    shape->size / vq->shape.chain_max);
	}
	page = page_alloc(0, PAGE_ZERO);
	if (page == NULL)
		return -ENOMEM;
	place_tables(vq, page_va(page));
	vq->chains = kzalloc(vq->chain_count * sizeof(*vq->chains));
	if (vq->chains == NULL)
		goto out;
	if (shape->indirect) {
		page = page_alloc(order_of(vq->chain_count *
		    vq->shape.chain_max * sizeof(struct virtq_desc)), 0);
		if (page == NULL)
			goto out;
		vq->tables = page_va(page);
	}
	virtqueue_reset(vq);
	return 0;
out:
	virtqueue_fini(vq);
	return -ENOMEM;
}

void
virtqueue_fini(struct virtqueue *vq)
{
	if (vq->tables != NULL)
		page_free(page_from_va(vq->tables));
	kfree(vq->chains);
	page_free(page_from_va(vq->desc));
	*vq = (struct virtqueue){0};
}

void
virtqueue_reset(struct virtqueue *vq)
{
	memset(vq->desc, 0, PAGE_SIZE);
	vq->next_avail = 0;
	vq->next_used = 0;
	vq->in_flight = 0;
	vq->broken = NULL;
	vq->free = NULL;
	for (unsigned i = vq->chain_count; i-- > 0;) {
		deal_out(vq, i);
		virtqueue_put(vq, &vq->chains[i]);
	}
}

/* ---- To the device ---- */

struct virtq_chain *
virtqueue_get(struct virtqueue *vq)
{
	struct virtq_chain *chain = vq->free;

	if (chain != NULL) {
		vq->free = chain->next_free;
		chain->count = 0;
		chain->writable = 0;
	}
	return chain;
}

void
virtqueue_put(struct virtqueue *vq, struct virtq_chain *chain)
{
	chain->in_flight = false;
	chain->next_free = vq->free;
	vq->free = chain;
}

void
virtqueue_submit(struct virtqueue *vq, struct virtq_chain *chain)
{
	unsigned mask = vq->shape.size - 1;

	kassert(chain->count > 0 && !chain->in_flight);
	kassert(vq->in_flight < vq->shape.size); /* (2) */
	chain->table[chain->count - 1].flags &= ~VIRTQ_DESC_F_NEXT;
	if (vq->tables != NULL)
		vq->desc[chain->head].bytes =
		    chain->count * sizeof(struct virtq_desc);
	chain->in_flight = true;
	vq->in_flight++;
	vq->avail->ring[vq->next_avail++ & mask] = chain->head;
	atomic_store(&vq->avail->idx, vq->next_avail);
}

void
virtqueue_notify(struct virtqueue *vq)
{
	*vq->doorbell = vq->number;
}

/* ---- From the device ---- */

/* The chain that the device names, or NULL: it has no such chain. */
static struct virtq_chain *
chain_of(struct virtqueue *vq, uint32_t id)
{
	uint32_t stride = vq->tables != NULL ? 1 : vq->shape.chain_max;
	struct virtq_chain *chain;

	if (id >= vq->chain_count * stride || id % stride != 0)
		return NULL;
	chain = &vq->chains[id / stride];
	return chain->in_flight ? chain : NULL;
}

int
virtqueue_poll(struct virtqueue *vq, struct virtq_chain **chain,
    uint32_t *written)
{
	const struct virtq_used_elem *elem;
	uint16_t count;

	if (vq->broken != NULL)
		return -EIO;
	count = atomic_load(&vq->used->idx) - vq->next_used;
	if (count == 0)
		return 0;
	if (count > vq->in_flight) {
		vq->broken = "used more than was available";
		return -EIO;
	}
	/* The device may change it while we look: each is read once. */
	elem = &vq->used->ring[vq->next_used & (vq->shape.size - 1)];
	*chain = chain_of(vq, atomic_load(&elem->id));
	*written = atomic_load(&elem->bytes);
	if (*chain == NULL) {
		vq->broken = "used what it did not have";
		return -EIO;
	}
	if (*written > (*chain)->writable) {
		vq->broken = "wrote more than there was room for";
		return -EIO;
	}
	(*chain)->in_flight = false;
	vq->in_flight--;
	vq->next_used++;
	return 1;
}

struct virtq_chain *
virtqueue_take_back(struct virtqueue *vq)
{
	for (unsigned i = 0; i < vq->chain_count; i++) {
		struct virtq_chain *chain = &vq->chains[i];

		if (chain->in_flight) {
			chain->in_flight = false;
			vq->in_flight--;
			return chain;
		}
	}
	return NULL;
}
