/* work.c - random work for the journal, and a record of it.
 *
 * Layer: tests/host/journal   Called by: main.c
 *
 * SPDX-License-Identifier: MIT */
#include "work.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "device.h"
#include "drivers/block/block.h"
#include "host.h"
#include "lib/string.h"
#include "mm/kthread.h"
#include "mm/page.h"

#define MEMORY_PAGES 8192

struct history history;

/* The blocks now. */
struct state {
	enum kind kind;
	uint32_t version;
	uint32_t tid;    /* of the last event */
	bool busy;       /* a thread is at it */
	bool scribbled;  /* free, and written directly */
	struct page *page; /* data=journal: the file's */
};

static struct image *image;
static struct jt_run run;
static struct state *states;
static struct buffer_cache cache;
static struct journal *journal;
static struct pagecache ordered_file;
static struct journal_inode ordered;
static bool dead;             /* the power is off */
static bool not_ours;         /* a write that never fails */
static uint64_t writes;
static uint32_t next_version;
static unsigned running_threads;
static struct waitq thread_gone = WAITQ_INIT(thread_gone, "thread");

void
array_grow(void **v, size_t *max, size_t item_bytes)
{
	size_t more = *max == 0 ? 1024 : 2 * *max;
	void *bigger = host_malloc(more * item_bytes);

	if (*max != 0)
		memcpy(bigger, *v, *max * item_bytes);
	host_free(*v);
	*v = bigger;
	*max = more;
}

uint32_t
random_below(uint64_t *state, uint32_t limit)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 33) % limit;
}

void
fill_version(uint8_t *bytes, uint32_t block_bytes, uint32_t block,
    uint32_t version)
{
	uint32_t word = block * 2654435761u ^ version * 40503u;
	uint32_t line[16];

	for (unsigned i = 0; i < ARRAY_SIZE(line); i++) {
		word = word * 1664525 + 1013904223;
		line[i] = word;
	}
	for (uint32_t at = 0; at < block_bytes; at += sizeof(line)) {
		line[1] = at;
		memcpy(bytes + at, line, sizeof(line));
	}
	/* Some look like blocks of the journal itself. */
	if (version % 7 == 3)
		memcpy(bytes, "\xc0\x3b\x39\x98\0\0\0\2", 8);
}

/* ---- The disk's record ------------------------------------------------ */

static void
record(uint64_t at, const void *bytes, size_t n, bool fua)
{
	struct entry *e;

	if (dead)
		return;
	e = ARRAY_PUSH(&history.entries);
	*e = (struct entry){at, n, history.pool.n, fua, history.acked,
	    history.newest};
	for (size_t i = 0; i < n; i += SECTOR_BYTES)
		memcpy(ARRAY_PUSH(&history.pool), (const uint8_t *)bytes + i,
		    SECTOR_BYTES);
}

static void
record_flush(void)
{
	record(0, NULL, 0, false);
}

static int
fault(bool write, uint64_t at, size_t n)
{
	(void)at;
	(void)n;
	if (!write || not_ours)
		return 0;
	return dead || ++writes == run.fail_write ? -EIO : 0;
}

static void
set_disk(const struct image *img, bool deferred)
{
	struct world_disk disk = {
	    .bytes = img->bytes,
	    .size = img->size,
	    .deferred = deferred,
	    .seed = run.seed,
	    .wrote = record,
	    .flush = record_flush,
	    .fault = fault,
	};

	device_set(&disk);
}

/* ---- The journal ------------------------------------------------------ */

static uint64_t
log_place(void *arg, uint32_t log_block)
{
	const struct image *img = arg;

	return img->log[log_block];
}

int
open_log(const struct image *img, const struct journal_ops *ops,
    struct buffer_cache *bc, struct journal **out, unsigned *replayed)
{
	static const uint8_t uuid[16] = "nestling";
	struct journal_place place = {
	    .cache = bc,
	    .block = log_place,
	    .arg = (void *)(uintptr_t)img,
	    .block_count = img->log_count,
	    .uuid = uuid,
	};
	int err = buffer_cache_init(bc, &jt_bdev, img->block_bytes,
	    img->size / img->block_bytes);

	if (err != 0)
		return err;
	err = journal_open(&place, ops, NULL, out, replayed);
	if (err != 0) {
		buffer_sync(bc);
		buffer_discard(bc, 0, bc->block_count);
		buffer_cache_fini(bc);
	}
	return err;
}

static void
committed(void *fs, uint32_t tid)
{
	(void)fs;
	kassert(tid == history.acked + 1);
	history.acked = tid;
}

static void
aborted(void *fs, int err)
{
	(void)fs;
	kassert(err == -EIO && !history.aborted);
	history.aborted = !dead;
}

static const struct journal_ops ops = {committed, aborted};

/* ---- Steps ------------------------------------------------------------ */

static uint64_t
sector_of(uint32_t block)
{
	return (uint64_t)image->blocks[block] * image->block_bytes /
	    SECTOR_BYTES;
}

static void
note(struct journal_handle *h, uint32_t block, enum kind kind, uint32_t version)
{
	struct state *s = &states[block];

	kassert(h->tid >= history.first_tid);
	*ARRAY_PUSH(&history.events) =
	    (struct event){h->tid, block, kind, version};
	s->kind = kind;
	s->version = version;
	s->tid = h->tid;
	s->scribbled = false;
	history.newest = MAX(history.newest, h->tid);
}

/* A block of that kind that nobody is at, or -1.  If it is free, for sure. */
static int
choose(uint64_t *seed, enum kind kind)
{
	for (unsigned tries = 0; tries < 50; tries++) {
		uint32_t b = random_below(seed, image->block_count);

		if (states[b].kind != kind || states[b].busy)
			continue;
		if (kind == FREE && !journal_committed(journal, states[b].tid))
			continue;
		return b;
	}
	return -1;
}

/* The page of a file with the block's bytes: it may be a new one, for which
 * they are read. */
static struct page *
file_page(uint64_t *seed, uint32_t b)
{
	struct state *s = &states[b];

	if (s->page != NULL && random_below(seed, 4) == 0) {
		page_put(s->page);
		s->page = NULL;
	}
	if (s->page == NULL) {
		uint8_t expect[PAGE_SIZE];

		s->page = page_alloc(0, 0);
		if (s->page == NULL)
			return NULL;
		if (!journal_copy_data(journal, image->blocks[b],
		    page_va(s->page)))
			memcpy(page_va(s->page), image->bytes +
			    sector_of(b) * SECTOR_BYTES, image->block_bytes);
		if (s->version != 0) {
			fill_version(expect, image->block_bytes, b, s->version);
			kassert(memcmp(expect, page_va(s->page),
			    image->block_bytes) == 0);
		}
	}
	return s->page;
}

static int
change_data(struct journal_handle *h, uint64_t *seed, uint32_t b)
{
	struct page *page = file_page(seed, b);
	int err = page == NULL ? -ENOMEM :
	    journal_data(h, image->blocks[b], page, 0);

	if (err == 0) {
		fill_version(page_va(page), image->block_bytes, b,
		    ++next_version);
		note(h, b, META, next_version);
	}
	return err;
}

static int
change_meta(struct journal_handle *h, uint32_t b)
{
	bool fresh = states[b].kind == FREE;
	struct buffer *buf;
	int err = (fresh ? buffer_new : buffer_read)(&cache, image->blocks[b],
	    &buf);

	if (err != 0)
		return err;
	err = (fresh ? journal_access_new : journal_access)(h, buf);
	if (err == 0) {
		fill_version((uint8_t *)buf->data, image->block_bytes, b,
		    ++next_version);
		journal_dirty(h, buf);
		note(h, b, META, next_version);
	}
	buffer_put(buf);
	return err;
}

/* Change a block, new (FREE) or not (META). */
static int
change(struct journal_handle *h, uint64_t *seed, enum kind kind)
{
	int b = choose(seed, kind);
	int err;

	if (b < 0)
		return 0;
	states[b].busy = true;
	if (run.data && b % 2 == 0)
		err = change_data(h, seed, b);
	else
		err = change_meta(h, b);
	states[b].busy = false;
	return err;
}

static int
free_block(struct journal_handle *h, uint64_t *seed)
{
	int b = choose(seed, random_below(seed, 4) == 0 ? ORDERED : META);
	int err = 0;

	if (b < 0)
		return 0;
	states[b].busy = true;
	if (states[b].kind == META)
		err = journal_forget(h, image->blocks[b], 1);
	if (err == 0) {
		note(h, b, FREE, 0);
		if (states[b].page != NULL)
			page_put(states[b].page);
		states[b].page = NULL;
	}
	states[b].busy = false;
	return err;
}

/* Give a free block to a file, whose bytes are written before the commit. */
static void
order(struct journal_handle *h, uint64_t *seed)
{
	int b = choose(seed, FREE);

	/* What was written directly must stay until the commit. */
	if (b < 0 || states[b].scribbled)
		return;
	note(h, b, ORDERED, ++next_version);
	states[b].busy = true; /* until it is written */
	journal_order(h, &ordered);
}

static void
write_directly(uint32_t b, uint32_t version)
{
	unsigned failing = alloc_fail_nth(0);
	struct page *page = page_alloc(0, 0);

	alloc_fail_nth(failing);
	fill_version(page_va(page), image->block_bytes, b, version);
	not_ours = true;
	block_transfer(jt_bdev.dev, BLOCK_WRITE, sector_of(b), page_va(page),
	    image->block_bytes, 0);
	not_ours = false;
	page_put(page);
}

void
device_write_ordered(struct pagecache *pc)
{
	kassert(pc == &ordered_file);
	for (uint32_t b = 0; b < image->block_count; b++) {
		if (states[b].kind == ORDERED && states[b].busy) {
			write_directly(b, states[b].version);
			states[b].busy = false;
		}
	}
}

/* A free block gets the data of a file whose owner does not care for order but
 * may call fsync. */
static void
scribble(uint64_t *seed)
{
	int b = choose(seed, FREE);
	size_t at = history.directs.n;
	bool keep = random_below(seed, 2) == 0;
	uint32_t version = ++next_version;
	int err = 0;

	if (b < 0)
		return;
	states[b].busy = true;
	states[b].scribbled = true;
	*ARRAY_PUSH(&history.directs) = (struct direct){b, states[b].tid,
	    version, history.entries.n, SIZE_MAX};
	write_directly(b, version);
	if (keep)
		err = random_below(seed, 2) == 0 ? block_flush(jt_bdev.dev) :
		    journal_sync(journal, journal_running_tid(journal));
	if (keep && err == 0 && run.fail_write == 0)
		history.directs.v[at].end = history.entries.n;
	states[b].busy = false;
}

/* Some changes in one handle.  Returns false: no more can be done. */
static bool
transaction(uint64_t *seed)
{
	unsigned count = 1 + random_below(seed, 20);
	struct journal_handle h, inner;
	int err = journal_begin(journal, &h, count + 4);

	if (err != 0) {
		kassert(err == -EROFS || err == -ENOMEM);
		return err == -ENOMEM;
	}
	kassert(journal_current() == &h);
	for (unsigned i = 0; i < count && err == 0; i++) {
		unsigned what = random_below(seed, 20);

		if (what == 0)
			err = free_block(&h, seed);
		else if (what == 1)
			order(&h, seed);
		else if (what == 2)
			err = change(&h, seed, FREE);
		else if (what == 3 && journal_begin(journal, &inner, 1) == 0) {
			err = change(&inner, seed, META);
			kassert(journal_end(&inner) == 0 || history.aborted);
		} else if (what == 4)
			err = journal_extend(&h, count + 4);
		else if (what == 5 && run.threads > 1)
			world_sleep(1000);
		else
			err = change(&h, seed, META);
	}
	h.sync = err == 0 && random_below(seed, 8) == 0;
	kassert(err == 0 || err == -EROFS || err == -ENOMEM || err == -EIO);
	journal_end(&h);
	return journal_error(journal) == 0;
}

/* More than a transaction may hold, consistent after each round. */
static void
long_work(uint64_t *seed)
{
	unsigned rounds = 10 + random_below(seed, 30);
	struct journal_handle h;
	int err = journal_begin(journal, &h, 20);

	if (err != 0)
		return;
	while (rounds-- > 0 && err == 0) {
		err = journal_extend(&h, 20);
		for (unsigned i = 0; i < 20 && err == 0; i++)
			err = change(&h, seed, i == 0 ? FREE : META);
	}
	kassert(err == 0 || err == -EROFS || err == -ENOMEM || err == -EIO);
	journal_end(&h);
}

static void
work(void *arg)
{
	uint64_t seed = run.seed + (uintptr_t)arg * 7919;
	bool more = true;

	for (unsigned i = 0; i < run.steps / run.threads && more; i++) {
		unsigned what = random_below(&seed, 24);

		/* Seldom: the log is to become full, and begin anew. */
		if (what == 0 && random_below(&seed, 6) == 0)
			journal_flush(journal);
		else if (what == 1)
			world_sleep(1000000000);
		else if (what == 2)
			journal_tick(journal);
		else if (what == 3)
			journal_commit(journal, journal_running_tid(journal));
		else if (what < 7)
			scribble(&seed);
		else if (what == 7)
			long_work(&seed);
		else
			more = transaction(&seed);
	}
	running_threads--;
	waitq_wake_all(&thread_gone);
}

/* ---- The whole run ---------------------------------------------------- */

void
jt_boot(void)
{
	world_log_level(-1);
	world_memory_init(MEMORY_PAGES);
	world_sched_init();
	world_disk_init();
}

static void
begin_history(void)
{
	history.events.n = history.directs.n = 0;
	history.entries.n = history.pool.n = 0;
	host_free(history.start);
	history.start = host_malloc(image->size);
	memcpy(history.start, image->bytes, image->size);
	history.size = image->size;
	history.first_tid = journal_running_tid(journal);
	history.acked = history.newest = history.first_tid - 1;
	history.aborted = false;
}

void
jt_work(struct image *img, const struct jt_run *how)
{
	unsigned replayed;

	image = img;
	run = *how;
	dead = true; /* opening is not what is tested */
	writes = 0;
	next_version = 0;
	states = host_alloc(img->block_count * sizeof(*states));
	for (uint32_t b = 0; b < img->block_count; b++)
		fill_version(img->bytes + sector_of(b) * SECTOR_BYTES,
		    img->block_bytes, b, 0);
	dead = false;
	run.fail_write = 0;
	set_disk(img, how->threads > 1);
	if (open_log(img, &ops, &cache, &journal, &replayed) != 0)
		host_die("the log cannot be opened");
	begin_history();
	run = *how;
	writes = 0;
	journal_inode_init(&ordered, &ordered_file);
	alloc_fail_nth(run.fail_alloc);
	running_threads = run.threads;
	for (unsigned i = 1; i < run.threads; i++)
		kthread_create("worker", work, (void *)(uintptr_t)i);
	work(NULL);
	wait_event(&thread_gone, running_threads == 0);
	alloc_fail_nth(0);
	history.aborted |= journal_error(journal) != 0;
	dead = true; /* the power goes off */
	journal_inode_release(journal, &ordered);
	journal_close(journal);
	buffer_discard(&cache, 0, cache.block_count);
	buffer_cache_fini(&cache);
	for (uint32_t b = 0; b < img->block_count; b++) {
		if (states[b].page != NULL)
			page_put(states[b].page);
	}
	host_free(states);
}

size_t
jt_writes(void)
{
	return history.entries.n;
}

bool
jt_aborted(void)
{
	return history.aborted;
}
