/* judge.c - what a disk holds after a power cut, and whether that is right.
 *
 * Layer: tests/host/journal   Called by: main.c
 *
 * SPDX-License-Identifier: MIT */
#include "work.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "device.h"
#include "fs/journal/format.h"
#include "host.h"
#include "lib/string.h"

#define SECTOR 512

/* ---- The disk after a cut --------------------------------------------- */

static void
apply(const struct entry *e, uint8_t *out)
{
	memcpy(out + e->at, history.pool.v + e->data, e->bytes);
}

/* A write that no flush has covered: all of it, nothing, or some sectors. */
static void
apply_perhaps(const struct entry *e, uint8_t *out, uint64_t *seed)
{
	unsigned what = random_below(seed, 4);

	for (size_t at = 0; at < e->bytes; at += SECTOR) {
		bool take = what == 3 ? random_below(seed, 2) == 0 : what > 0;

		if (take)
			memcpy(out + e->at + at, history.pool.v + e->data +
			    at / SECTOR, SECTOR);
	}
}

void
jt_rebuild(size_t cut, unsigned variant, uint8_t *out)
{
	static uint8_t *durable; /* the disk at the last flush before `upto` */
	static const uint8_t *durable_of;
	static size_t upto;
	uint64_t seed = cut * 1000003 + variant;
	size_t flush = 0;

	for (size_t i = cut; i > 0 && flush == 0; i--)
		flush = history.entries.v[i - 1].bytes == 0 ? i : 0;
	if (durable_of != history.start || upto > flush) {
		host_free(durable);
		durable = host_malloc(history.size);
		memcpy(durable, history.start, history.size);
		durable_of = history.start;
		upto = 0;
	}
	for (; upto < flush; upto++)
		apply(&history.entries.v[upto], durable);
	memcpy(out, durable, history.size);
	for (size_t i = flush; i < cut; i++) {
		const struct entry *e = &history.entries.v[i];

		if (variant == 0 || e->fua)
			apply(e, out);
		else
			apply_perhaps(e, out, &seed);
	}
}

/* ---- The judgement ---------------------------------------------------- */

static bool
holds(const struct image *img, uint32_t block, uint32_t version)
{
	uint8_t expect[4096];

	fill_version(expect, img->block_bytes, block, version);
	return memcmp(img->bytes + (uint64_t)img->blocks[block] *
	    img->block_bytes, expect, img->block_bytes) == 0;
}

/* A block that is free since transaction tid: if somebody wrote it, and then
 * flushed, before the cut, his bytes are there. */
static bool
direct_is_right(const struct image *img, uint32_t block, uint32_t tid,
    size_t cut)
{
	const struct direct *last = NULL;

	for (size_t i = 0; i < history.directs.n; i++) {
		const struct direct *d = &history.directs.v[i];

		if (d->block == block && d->freed_tid == tid && d->begin < cut)
			last = d;
	}
	return last == NULL || last->end > cut ||
	    holds(img, block, last->version);
}

/* Is that the disk after transaction tid?  Returns the first wrong block, or
 * -1. */
static int
wrong_block(const struct image *img, uint32_t tid, size_t cut)
{
	struct event *now = host_alloc(img->block_count * sizeof(*now));
	int wrong = -1;

	for (size_t i = 0; i < history.events.n; i++) {
		const struct event *e = &history.events.v[i];

		if (e->tid <= tid)
			now[e->block] = *e;
	}
	for (uint32_t b = 0; b < img->block_count && wrong < 0; b++) {
		bool right = now[b].kind == FREE ?
		    direct_is_right(img, b, now[b].tid, cut) :
		    holds(img, b, now[b].version);

		if (!right)
			wrong = b;
	}
	host_free(now);
	return wrong;
}

int
jt_replay(const struct image *img, unsigned *replayed)
{
	static const struct journal_ops ops;
	struct world_disk disk = {.bytes = img->bytes, .size = img->size};
	struct buffer_cache cache;
	struct journal *journal;
	int err;

	device_set(&disk);
	err = open_log(img, &ops, &cache, &journal, replayed);
	if (err != 0)
		return err;
	err = journal_close(journal);
	buffer_cache_fini(&cache);
	return err;
}

bool
jt_check(const struct image *img, size_t cut, unsigned variant)
{
	bool end = cut == history.entries.n;
	const struct entry *e = end ? NULL : &history.entries.v[cut];
	uint32_t low = end ? history.acked : e->acked;
	uint32_t high = end ? history.newest : e->newest;
	const struct jbd2_super *super = (void *)(img->bytes +
	    (uint64_t)img->log[0] * img->block_bytes);
	unsigned replayed;
	int wrong = -1;
	int err = jt_replay(img, &replayed);

	(void)variant;
	if (err != 0) {
		host_say("not opened: %d", err);
		return false;
	}
	if (super->s_start != 0) {
		host_say("the log is not marked empty");
		return false;
	}
	for (uint32_t tid = low; tid <= high; tid++) {
		wrong = wrong_block(img, tid, cut);
		if (wrong < 0)
			return true;
	}
	host_say("transactions %u to %u: block %d (%u) is wrong", low, high,
	    wrong, img->blocks[wrong]);
	return false;
}

/* ---- Damage ----------------------------------------------------------- */

/* A number that formats stumble over. */
static uint32_t
bad_number(uint64_t *seed)
{
	static const uint32_t numbers[] = {0, 1, 2, 8, 12, 16, 255, 1023, 1024,
	    1025, 4096, 65535, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
	unsigned what = random_below(seed, 3);

	if (what == 0)
		return random_below(seed, 2000);
	if (what == 1)
		return random_below(seed, UINT32_MAX);
	return numbers[random_below(seed, ARRAY_SIZE(numbers))];
}

void
jt_fuzz(const struct image *img, uint64_t seed, unsigned rounds)
{
	uint8_t *kept = host_malloc(img->size);
	unsigned results[2] = {0};
	unsigned replayed;

	memcpy(kept, img->bytes, img->size);
	world_memory_mark();
	for (unsigned round = 0; round < rounds; round++) {
		unsigned count = 1 + random_below(&seed, 4);

		memcpy(img->bytes, kept, img->size);
		while (count-- > 0) {
			/* Near the start, where the headers are. */
			uint32_t block = random_below(&seed, 4) == 0 ? 0 :
			    random_below(&seed, MIN(img->log_count, 40));
			uint32_t word = random_below(&seed, 2) == 0 ?
			    random_below(&seed, 16) :
			    random_below(&seed, img->block_bytes / 4);
			uint32_t value = bad_number(&seed);

			if (random_below(&seed, 2) == 0)
				value = swap32(value);
			memcpy(img->bytes + (uint64_t)img->log[block] *
			    img->block_bytes + word * 4, &value, 4);
		}
		results[jt_replay(img, &replayed) == 0]++;
		kassert(world_memory_check());
	}
	memcpy(img->bytes, kept, img->size);
	host_free(kept);
	host_say("%u refused, %u opened", results[0], results[1]);
}
