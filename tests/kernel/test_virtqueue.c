/* test_virtqueue.c - virtqueues, with a device that is a few functions here.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * The device sees only what a real one sees: the ring's page, by physical
 * addresses.
 *
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "drivers/virtio/virtqueue.h"
#include "lib/string.h"
#include "mm_test.h"

#define PIECES  3 /* of each chain: two that the device reads, one it writes */
#define BYTES   16
#define HELD    VIRTQUEUE_SIZE_MAX
#define TRAFFIC 2000 /* transfers */
#define START   (UINT16_MAX - TRAFFIC / 2) /* indices that wrap then */

/* The device's side. */
static struct {
	struct virtqueue *vq;
	uint16_t next_avail;
	uint16_t next_used;
	unsigned held;
	uint16_t heads[HELD]; /* what it has taken and not yet given back */
} device;

static volatile uint16_t doorbell;
static uint8_t from_driver[HELD][2][BYTES];
static uint8_t to_driver[HELD][BYTES];

static const struct virtqueue_shape shapes[] = {
    {.size = 128, .chain_max = 128, .indirect = true},
    {.size = 16, .chain_max = 5, .indirect = true},
    {.size = 128, .chain_max = 32},
    {.size = 4, .chain_max = 4},
};

static void
device_reset(struct virtqueue *vq)
{
	memset(&device, 0, sizeof(device));
	device.vq = vq;
	vq->doorbell = &doorbell;
	vq->number = 5;
	doorbell = 0;
}

/* A queue of a shape, and a device for it. */
static struct virtqueue
make(const struct virtqueue_shape *shape)
{
	static struct virtqueue vq;

	ktest_check(virtqueue_init(&vq, shape) == 0);
	return vq;
}

/* Take all that is available. */
static void
device_take(void)
{
	struct virtqueue *vq = device.vq;

	while (device.next_avail != vq->avail->idx)
		device.heads[device.held++] = vq->avail->ring[
		    device.next_avail++ % vq->shape.size];
}

/* Write a used entry. */
static void
device_use(uint32_t id, uint32_t bytes)
{
	struct virtqueue *vq = device.vq;

	vq->used->ring[device.next_used++ % vq->shape.size] =
	    (struct virtq_used_elem){id, bytes};
	vq->used->idx = device.next_used;
}

/* Do what a chain of PIECES wants: the sum of the pieces into the last. */
static void
device_work(uint16_t head)
{
	struct virtq_desc *desc = &device.vq->desc[head];
	struct virtq_desc *table = device.vq->desc;
	uint8_t *piece[PIECES];

	if (desc->flags & VIRTQ_DESC_F_INDIRECT) {
		ktest_check(desc->bytes == PIECES * sizeof(*desc));
		table = pa_to_va(desc->pa);
		desc = table;
	}
	for (unsigned i = 0; i < PIECES; i++) {
		bool last = i == PIECES - 1;

		ktest_check(desc->bytes == BYTES);
		ktest_check((desc->flags & VIRTQ_DESC_F_NEXT) ==
		    (last ? 0 : VIRTQ_DESC_F_NEXT));
		ktest_check((desc->flags & VIRTQ_DESC_F_WRITE) ==
		    (last ? VIRTQ_DESC_F_WRITE : 0));
		piece[i] = pa_to_va(desc->pa);
		desc = &table[desc->next];
	}
	for (unsigned i = 0; i < BYTES; i++)
		piece[2][i] = piece[0][i] + piece[1][i];
}

/* Give one of the chains back, worked upon. */
static void
device_finish(unsigned which)
{
	uint16_t head = device.heads[which];

	device_work(head);
	device.heads[which] = device.heads[--device.held];
	device_use(head, BYTES);
}

/* Where the static data lies for the device. */
static paddr_t
pa_of(const void *va)
{
	return image_to_pa(va);
}

/* Send a chain of PIECES, filled from seed.  False: none is free. */
static bool
send(struct virtqueue *vq, uint32_t seed)
{
	struct virtq_chain *chain = virtqueue_get(vq);

	if (chain == NULL)
		return false;
	chain->cookie = (void *)(uintptr_t)seed;
	for (unsigned i = 0; i < 2; i++) {
		memset(from_driver[chain->index][i], seed + i, BYTES);
		virtqueue_add(vq, chain, pa_of(from_driver[chain->index][i]),
		    BYTES, VIRTQ_DEVICE_READS);
	}
	virtqueue_add(vq, chain, pa_of(to_driver[chain->index]), BYTES,
	    VIRTQ_DEVICE_WRITES);
	virtqueue_submit(vq, chain);
	return true;
}

/* Receive one that the device has worked upon.  False: none is done. */
static bool
receive(struct virtqueue *vq)
{
	struct virtq_chain *chain;
	uint32_t written = 0;
	int found = virtqueue_poll(vq, &chain, &written);
	uint32_t seed;

	ktest_check(found >= 0);
	if (found <= 0)
		return false;
	seed = (uintptr_t)chain->cookie;
	ktest_check(written == BYTES);
	for (unsigned i = 0; i < BYTES; i++)
		ktest_check(to_driver[chain->index][i] ==
		    (uint8_t)(2 * seed + 1));
	virtqueue_put(vq, chain);
	return true;
}

/* Send and receive until so many have come back. */
static void
run_traffic(struct virtqueue *vq, unsigned count)
{
	uint32_t random = 3;
	unsigned sent = 0;
	unsigned received = 0;

	while (received < count) {
		unsigned burst = test_random(&random) % 8;

		while (burst-- > 0 && sent < count && send(vq, sent))
			sent++;
		device_take();
		burst = test_random(&random) % 8;
		while (burst-- > 0 && device.held > 0)
			device_finish(test_random(&random) % device.held);
		while (receive(vq))
			received++;
	}
	ktest_check(sent == count && device.held == 0);
	ktest_check(vq->in_flight == 0);
}

KTEST(virtqueue_brings_every_chain_there_and_back)
{
	for (unsigned i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct virtqueue vq = make(&shapes[i]);

		device_reset(&vq);
		if (i == 0) {
			vq.next_avail = vq.next_used = START;
			vq.avail->idx = vq.used->idx = START;
			device.next_avail = device.next_used = START;
		}
		run_traffic(&vq, TRAFFIC);
		virtqueue_fini(&vq);
	}
}

KTEST(virtqueue_without_a_free_chain_says_so)
{
	for (unsigned i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct virtqueue vq = make(&shapes[i]);
		unsigned count = 0;

		device_reset(&vq);
		while (send(&vq, count))
			count++;
		ktest_check(count == vq.chain_count && count > 0);
		device_take();
		device_finish(0);
		ktest_check(receive(&vq) && !receive(&vq));
		ktest_check(send(&vq, count) && !send(&vq, count));
		virtqueue_fini(&vq);
	}
}

KTEST(virtqueue_of_an_impossible_shape_is_refused)
{
	static const struct virtqueue_shape bad[] = {
	    {.size = 0, .chain_max = 1},
	    {.size = 12, .chain_max = 4},
	    {.size = 2 * VIRTQUEUE_SIZE_MAX, .chain_max = 4},
	    {.size = 8, .chain_max = 0},
	    {.size = 8, .chain_max = 9},
	};
	struct virtqueue vq;

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
		ktest_check(virtqueue_init(&vq, &bad[i]) == -EINVAL);
}

KTEST(virtqueue_without_memory_takes_none)
{
	struct virtqueue vq;
	size_t before;
	unsigned n = 1;

	stay_here();
	before = free_pages_now();
	for (;; n++) {
		int err;

		alloc_fail_nth(n);
		err = virtqueue_init(&vq, &shapes[0]);
		if (alloc_fail_nth(0) != 0)
			break;
		ktest_check(err == -ENOMEM);
		ktest_check(free_pages_now() == before);
	}
	ktest_check(n > 3); /* the ring, the chains, the tables */
	virtqueue_fini(&vq);
	ktest_check(free_pages_now() == before);
	go_anywhere();
}

/* What lying devices do. */
static void
lie_index_ahead(void)
{
	device.vq->used->idx += 1000;
}

static void
lie_unknown_chain(void)
{
	device_use(UINT32_MAX, 0);
}

static void
lie_idle_chain(void)
{
	device_use(device.heads[0] == 0 ? 2 * device.vq->shape.chain_max : 0,
	    0);
}

static void
lie_inside_a_chain(void)
{
	device_use(device.heads[0] + 1, BYTES);
}

static void
lie_twice(void)
{
	device_use(device.heads[0], BYTES);
	device_use(device.heads[0], BYTES);
}

static void
lie_too_long(void)
{
	device_use(device.heads[0], BYTES + 1);
}

static void (*const lies[])(void) = {lie_index_ahead, lie_unknown_chain,
    lie_idle_chain, lie_inside_a_chain, lie_twice, lie_too_long};

KTEST(virtqueue_finds_a_device_out_that_lies)
{
	static const struct virtqueue_shape direct = {.size = 32,
	    .chain_max = 8};
	struct virtqueue vq = make(&direct);
	struct virtq_chain *chain;
	uint32_t written;

	for (unsigned i = 0; i < ARRAY_SIZE(lies); i++) {
		int found;

		device_reset(&vq);
		send(&vq, 1);
		send(&vq, 2);
		device_take();
		lies[i]();
		while ((found = virtqueue_poll(&vq, &chain, &written)) > 0)
			virtqueue_put(&vq, chain);
		ktest_check(found == -EIO && vq.broken != NULL);
		ktest_check(virtqueue_poll(&vq, &chain, &written) == -EIO);
		while ((chain = virtqueue_take_back(&vq)) != NULL) {
			uintptr_t seed = (uintptr_t)chain->cookie;

			ktest_check(seed == 1 || seed == 2);
			virtqueue_put(&vq, chain);
		}
		ktest_check(vq.in_flight == 0);
		virtqueue_reset(&vq);
		device_reset(&vq);
		run_traffic(&vq, 100);
		virtqueue_reset(&vq);
	}
	virtqueue_fini(&vq);
}
