/* torture.c - cut the power at every moment, and see what is left.
 *
 * usage: torture [OPTION]...
 *
 *	-w NAME   only workloads with NAME in theirs (=NAME: only this one)
 *	-n CUTS   cut points for each workload, at least (default 300): every
 *	          prefix of its log, and the rest reorderings
 *	-s SEED   of the workload and of the reorderings (default 1)
 *	-r ROUNDS with SEED, SEED + 1, ... (default 1)
 *	-g I/N    only every N-th workload, from the I-th on
 *	-j JOBS   processes (default 2)
 *	-p N      only every N-th prefix of the log (default 1)
 *	-e N      let e2fsck replay every N-th image, too (default 2)
 *	-c P.V    only this cut: behind P entries of the log, variant V
 *	-k FILE   with -c: keep the image here
 *	-L NAME   let the disk lie, to see that the judges notice: flush (a flush
 *	          does nothing), fua (so does a FUA), lose (a write is lost)
 *	-l        list the workloads
 *	-S        print the script of the workload, for nestfs -s
 *	-R        no cuts: run them on ramfs, and compare with the model
 *
 * A workload (workloads.c) runs once, and every block that it writes is
 * recorded.  A cut at P means: the first P entries of the log happened.  Those
 * that a flush followed, or that were FUA, are on the medium.  Of the others,
 * any may be:
 *
 *	variant 0    all of them             1    none
 *	        2    all but one             3    only the last
 *	        4..  a random subset
 *
 * Each image is judged three times:
 *	(a) mounted here (replay), compared with the model (judge.c), unmounted;
 *	    e2fsck -fn must find nothing in what is left;
 *	(b) of another copy: e2fsck -fy must do nothing but replay and clear
 *	    orphans, e2fsck -fn must find nothing then, and the tree must pass
 *	    the model again;
 *	(c) the power fails a second time, during our replay: as (a).
 *
 * Images that were seen already are not judged again.  Prints a line for each
 * workload, and for each failure the command that repeats it.  The last line is
 * "N cut points, N failed".  Exit status: 0, 1 (something failed), 2 (usage).
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "image.h"
#include "judge.h"
#include "record.h"
#include "world.h"

#define RAM_PAGES      4096
#define CHECK_SECONDS  20
#define SEEN_SLOTS     ((size_t)1 << 20)
#define VARIANTS_PLAIN 4
#define FAILURES_SHOWN 3
#define AGAIN_EVERY    16 /* images whose replay is cut, too */

enum lie { LIE_NONE, LIE_FLUSH, LIE_FUA, LIE_LOSE };

static struct {
	const char *pattern;
	unsigned cuts;
	unsigned seed;
	unsigned jobs;
	unsigned every;
	unsigned step;
	unsigned rounds;
	unsigned part;
	unsigned parts;
	bool one;
	size_t position;
	unsigned variant;
	const char *keep;
	enum lie lie;
	bool rehearse;
	bool print;
} opt = {.cuts = 300, .seed = 1, .jobs = 2, 
    .every = 2, .step = 1, .rounds = 1, .parts = 1};

/* What the workers of a workload share. */
struct shared {
	uint64_t seen[3][SEEN_SLOTS]; /* hashes of what was judged: (a)'s moment
	                               * and image, (a)'s result, (b)'s image */
	size_t cuts;
	size_t images;
	size_t checks;   /* runs of e2fsck */
	size_t again;    /* second cuts */
	size_t failed;
};

static struct shared *shared;

/* ---- Blocks on their way ---------------------------------------------- */

/* The disk at a moment: what is on the medium, and what is not yet. */
struct medium {
	const struct recording *r;
	uint8_t *bytes;       /* what is safe */
	size_t *loose;        /* entries of the log, in order */
	size_t loose_count;
	size_t position;      /* entries that happened */
	size_t lost;          /* LIE_LOSE: this entry never arrives */
};

static void
put_block(const struct recording *r, uint8_t *bytes, size_t entry)
{
	const struct log_entry *e = &r->log[entry];
	size_t at = (size_t)e->block * r->block_bytes;

	if (at + r->block_bytes <= r->size)
		memcpy(bytes + at, r->data + e->data, r->block_bytes);
}

/* Go on until position entries happened. */
static void
medium_advance(struct medium *m, size_t position)
{
	for (; m->position < position; m->position++) {
		const struct log_entry *e = &m->r->log[m->position];

		if (e->flush && opt.lie != LIE_FLUSH) {
			for (size_t i = 0; i < m->loose_count; i++)
				put_block(m->r, m->bytes, m->loose[i]);
			m->loose_count = 0;
		} else if (!e->flush && m->position == m->lost) {
			continue;
		} else if (!e->flush && e->fua && opt.lie != LIE_FUA) {
			size_t kept = 0;

			put_block(m->r, m->bytes, m->position);
			for (size_t i = 0; i < m->loose_count; i++) {
				if (m->r->log[m->loose[i]].block != e->block)
					m->loose[kept++] = m->loose[i];
			}
			m->loose_count = kept;
		} else if (!e->flush) {
			m->loose[m->loose_count++] = m->position;
		}
	}
}

static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* Build the image of a variant.  False: it is one of those before it. */
static bool
medium_image(const struct medium *m, unsigned variant, uint8_t *out)
{
	uint64_t random = mix(opt.seed * 1000003ull + m->position * 977 +
	    variant);
	size_t n = m->loose_count;

	if ((n == 0 && variant > 0) || (n == 1 && variant > 1) ||
	    (n == 2 && variant > VARIANTS_PLAIN))
		return false;
	memcpy(out, m->bytes, m->r->size);
	for (size_t i = 0; i < n; i++) {
		bool arrives = true;

		if (variant == 1)
			arrives = false;
		else if (variant == 2)
			arrives = i != random % n;
		else if (variant == 3)
			arrives = i == n - 1;
		else if (variant > 3)
			arrives = mix(random + i) % 4 >= variant % 3 + 1;
		if (arrives)
			put_block(m->r, out, m->loose[i]);
	}
	return true;
}

/* ---- Hashes ----------------------------------------------------------- */

static uint64_t
hash_block(const uint8_t *bytes, size_t n)
{
	const uint64_t *p = (const uint64_t *)bytes;
	uint64_t a = 1;
	uint64_t b = 2;

	for (size_t i = 0; i < n / 8; i += 2) {
		a = (a ^ p[i]) * 0x9e3779b97f4a7c15ull;
		b = (b ^ p[i + 1]) * 0xbf58476d1ce4e5b9ull;
		a ^= b >> 32;
	}
	return mix(a + mix(b));
}

/* Of an image; log_blocks: skip these, they do not matter any more. */
static uint64_t
hash_image(const uint8_t *bytes, size_t size, size_t block_bytes,
    const bool *log_blocks)
{
	uint64_t h = 0;

	for (size_t b = 0; b < size / block_bytes; b++) {
		if (log_blocks == NULL || !log_blocks[b])
			h += mix(b + hash_block(bytes + b * block_bytes,
			    block_bytes));
	}
	return h;
}

/* Note it.  True: it was seen before. */
static bool
seen(unsigned kind, uint64_t hash)
{
	size_t slot = hash % SEEN_SLOTS;
	uint64_t none = 0;

	hash |= 1;
	for (size_t i = 0; i < 64; i++, slot = (slot + 1) % SEEN_SLOTS) {
		uint64_t *p = &shared->seen[kind][slot];

		none = 0;
		if (__atomic_compare_exchange_n(p, &none, hash, false,
		    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return false;
		if (none == hash)
			return true;
	}
	return false;
}

/* ---- e2fsck ----------------------------------------------------------- */

extern char **environ;

/* Run e2fsck with a flag.  Returns its exit status; what it says to text. */
static int
run_e2fsck(const char *flags, const char *path, char *text, size_t room)
{
	char *argv[] = {"e2fsck", (char *)flags, (char *)path, NULL};
	posix_spawn_file_actions_t actions;
	int pipes[2];
	size_t n = 0;
	ssize_t got;
	int status;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) != 0)
		host_die("pipe: %s", strerror(errno));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], 2);
	if (posix_spawn(&pid, "/sbin/e2fsck", &actions, NULL, argv,
	    environ) != 0)
		host_die("e2fsck cannot be run");
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[1]);
	while (n < room - 1 &&
	    (got = read(pipes[0], text + n, room - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	close(pipes[0]);
	waitpid(pid, &status, 0);
	__atomic_add_fetch(&shared->checks, 1, __ATOMIC_SEQ_CST);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* May e2fsck -fy say this after a power cut? */
static bool
is_harmless(const char *line)
{
	static const char *const lines[] = {"e2fsck 1.", "Pass ",
	    "Clearing orphaned inode ", "Truncating orphaned inode ",
	    "Setting free ", "Clearing orphaned", "Restarting e2fsck"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		if (strncmp(line, lines[i], strlen(lines[i])) == 0)
			return true;
	}
	return *line == '\0' || strstr(line, ": recovering journal") ||
	    strstr(line, "FILE SYSTEM WAS MODIFIED") ||
	    strstr(line, " non-contiguous), ");
}

/* ---- One image -------------------------------------------------------- */

/* What a worker works with. */
struct worker {
	const struct workload *w;
	const struct recording *r;
	const struct model *model;
	const bool *log_blocks;
	struct judge_moment moment;
	size_t node_count;      /* files of the model, at most */
	uint8_t *image;         /* as the power cut left it */
	uint8_t *file;          /* a file, mapped: where the check is done */
	char path[64];          /* of it */
	bool compare;           /* with the model */
	bool record_again;      /* log what the replay writes */
	struct recording *again;
	char text[16384];       /* what is wrong */
};

static struct recording *replay; /* what is recorded of a replay */

static void
replay_write(uint64_t at, const void *bytes, size_t n, bool fua)
{
	size_t step = replay->block_bytes;
	const uint8_t *from = (const uint8_t *)bytes - at % step;

	n += at % step;
	at -= at % step;
	for (size_t done = 0; done < n; done += step) {
		memcpy(replay->data + replay->data_used, from + done, step);
		replay->log[replay->log_count++] = (struct log_entry){
		    .fua = fua, .block = (uint32_t)((at + done) / step),
		    .data = replay->data_used};
		replay->data_used += step;
	}
}

static void
replay_flush(void)
{
	replay->log[replay->log_count++] = (struct log_entry){.flush = true};
}

/* In a process of its own: mount the file's image, compare, unmount. */
static int
check_here(void *arg)
{
	struct worker *k = arg;
	struct world_disk disk = {.bytes = k->file, .size = k->r->size};
	const char *wrong = NULL;
	int err;

	if (k->record_again) {
		replay = k->again;
		disk.wrote = replay_write;
		disk.flush = replay_flush;
	}
	world_disk_set(&disk);
	world_memory_mark();
	err = world_mount("ext3", k->w->options ? k->w->options : "", false);
	if (err != 0) {
		host_say("mount: %s", strerror(-err));
		return 1;
	}
	if (k->compare)
		wrong = judge_tree(k->model, &k->moment);
	if (wrong != NULL) {
		host_say("%s", wrong);
		return 1;
	}
	err = world_unmount();
	if (err != 0) {
		host_say("unmount: %s", strerror(-err));
		return 1;
	}
	return world_memory_check() ? 0 : 1;
}

static bool
wrong(struct worker *k, const char *who, int status)
{
	size_t n = strlen(k->text);

	snprintf(k->text + n, sizeof(k->text) - n, "(%s: status %d)\n", who,
	    status);
	return false;
}

/* e2fsck -fn finds nothing in the file. */
static bool
is_clean(struct worker *k, const char *who)
{
	int status = run_e2fsck("-fn", k->path, k->text, sizeof(k->text));

	return status == 0 ? true : wrong(k, who, status);
}

/* Hash what a mount and unmount leave behind, but what must differ. */
static uint64_t
hash_result(struct worker *k)
{
	/* The times of the superblock, and how often it was mounted. */
	static const size_t first = 1024 + 44;
	static const size_t end = 1024 + 56;
	uint8_t kept[16];
	uint64_t h;

	memcpy(kept, k->file + first, end - first);
	memset(k->file + first, 0, end - first);
	h = hash_image(k->file, k->r->size, k->r->block_bytes, k->log_blocks);
	memcpy(k->file + first, kept, end - first);
	return h;
}

/* (a) */
static bool
judge_here(struct worker *k)
{
	int status;

	memcpy(k->file, k->image, k->r->size);
	status = in_child(check_here, k, CHECK_SECONDS, k->text,
	    sizeof(k->text));
	if (status != 0)
		return wrong(k, "our replay", status);
	if (seen(1, hash_result(k)))
		return true;
	return is_clean(k, "e2fsck -fn after our replay");
}

/* (b) */
static bool
judge_there(struct worker *k)
{
	char *save = NULL;
	int status;
	char *copy;

	memcpy(k->file, k->image, k->r->size);
	status = run_e2fsck("-fy", k->path, k->text, sizeof(k->text));
	if (status != 0 && status != 1)
		return wrong(k, "e2fsck -fy, replay", status);
	copy = strdup(k->text);
	for (char *line = strtok_r(copy, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save)) {
		if (!is_harmless(line)) {
			free(copy);
			return wrong(k, "e2fsck -fy repaired", status);
		}
	}
	free(copy);
	if (!is_clean(k, "e2fsck -fn after its replay"))
		return false;
	status = in_child(check_here, k, CHECK_SECONDS, k->text,
	    sizeof(k->text));
	return status == 0 ? true
	    : wrong(k, "the tree after e2fsck's replay", status);
}

/* (c): cut the power while our replay writes.  The moment is the same. */
static bool
judge_again(struct worker *k)
{
	struct medium m = {.r = k->again, .lost = SIZE_MAX};
	uint8_t *first = malloc(k->r->size);
	bool good = true;
	size_t step;

	memcpy(first, k->image, k->r->size);
	memcpy(k->file, k->image, k->r->size);
	k->again->log_count = 0;
	k->again->data_used = 0;
	k->record_again = true;
	in_child(check_here, k, CHECK_SECONDS, k->text, sizeof(k->text));
	k->record_again = false;
	m.bytes = malloc(k->r->size);
	memcpy(m.bytes, k->image, k->r->size);
	m.loose = malloc((k->again->log_count + 1) * sizeof(size_t));
	step = k->again->log_count / 12 + 1;
	for (size_t p = 1; p < k->again->log_count && good; p += step) {
		medium_advance(&m, p);
		for (unsigned v = 0; v < 3 && good; v++) {
			if (!medium_image(&m, v * 2, k->image))
				continue;
			__atomic_add_fetch(&shared->again, 1,
			    __ATOMIC_SEQ_CST);
			good = judge_here(k);
			if (!good)
				snprintf(k->text + strlen(k->text), 100,
				    "(second cut, during the replay: %zu.%u)\n",
				    p, v * 2);
		}
	}
	memcpy(k->image, first, k->r->size);
	free(first);
	free(m.bytes);
	free(m.loose);
	return good;
}

/* ---- One cut ---------------------------------------------------------- */

/* What must be there after a cut behind so many entries. */
static void
find_moment(struct worker *k, const struct script *s, size_t position)
{
	struct judge_moment *t = &k->moment;
	size_t *safe_node = t->safe_node;

	*t = (struct judge_moment){.safe_node = safe_node,
	    .block_bytes = k->w->block_bytes,
	    .journalled = k->w->options != NULL &&
	    strstr(k->w->options, "data=journal") != NULL};
	memset(safe_node, 0, (s->count + 1) * sizeof(*safe_node));
	for (size_t i = 0; i < s->count; i++) {
		struct model_promise p = model_promise(k->model, i);

		if (k->r->op_start[i] < position || position == SIZE_MAX)
			t->high = i + 1;
		if (k->r->op_end[i] > position)
			break;
		if (p.state > t->low)
			t->low = p.state;
		if (p.all)
			t->safe = i + 1;
		if (p.node >= 0)
			safe_node[p.node] = i + 1;
	}
	if (position == k->r->log_count) {
		t->low = t->high = s->count;
		t->safe = s->count;
	}
	if (t->high < t->low)
		t->high = t->low;
}

static void
report(struct worker *k, size_t position, unsigned variant)
{
	size_t n = __atomic_add_fetch(&shared->failed, 1, __ATOMIC_SEQ_CST);

	if (n > FAILURES_SHOWN && !opt.one)
		return;
	printf("%s: a cut at %zu.%u leaves a damaged file system "
	    "(operations %zu to %zu):\n%s", k->w->name, position, variant,
	    k->moment.low, k->moment.high, k->text);
	printf("  again: torture -w =%s -s %u -c %zu.%u -e 1 -k IMAGE\n",
	    k->w->name, opt.seed, position, variant);
	fflush(stdout);
}

static void
keep_image(const struct worker *k)
{
	FILE *f = fopen(opt.keep, "w");

	if (f == NULL || fwrite(k->image, k->r->size, 1, f) != 1)
		host_die("%s: %s", opt.keep, strerror(errno));
	fclose(f);
}

/* Of what must be there. */
static uint64_t
hash_moment(const struct worker *k)
{
	uint64_t h = mix(k->moment.low * 1000003 + k->moment.safe);

	for (size_t i = 0; i < k->node_count; i++)
		h = mix(h + k->moment.safe_node[i]);
	return h;
}

/* Judge the image of one cut. */
static void
judge_cut(struct worker *k, size_t position, unsigned variant)
{
	uint64_t hash = hash_image(k->image, k->r->size, k->r->block_bytes,
	    NULL);
	bool good = true;

	__atomic_add_fetch(&shared->cuts, 1, __ATOMIC_SEQ_CST);
	if (opt.keep != NULL)
		keep_image(k);
	if (!seen(0, hash + hash_moment(k)))
		good = judge_here(k);
	if (good && !seen(2, hash)) {
		size_t n = __atomic_add_fetch(&shared->images, 1,
		    __ATOMIC_SEQ_CST);

		if (n % opt.every == 0 || opt.one)
			good = judge_there(k);
		if (good && n % AGAIN_EVERY == 0)
			good = judge_again(k);
	}
	if (!good)
		report(k, position, variant);
}

/* ---- One workload ----------------------------------------------------- */

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A file that e2fsck can open, mapped. */
static void
open_file(struct worker *k, unsigned number)
{
	int fd;

	snprintf(k->path, sizeof(k->path), "/dev/shm/torture-%d-%u",
	    (int)getpid(), number);
	fd = open(k->path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)k->r->size) != 0)
		host_die("%s: %s", k->path, strerror(errno));
	k->file = mmap(NULL, k->r->size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	if (k->file == MAP_FAILED)
		host_die("%s: %s", k->path, strerror(errno));
	close(fd);
}

/* One more recording, for replays: smaller, only this process's. */
static struct recording *
replay_recording(const struct recording *r)
{
	struct recording *again = mmap(NULL, sizeof(*again),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t bytes = (size_t)64 << 20;

	again->size = r->size;
	again->block_bytes = r->block_bytes;
	again->data = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	again->log = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return again;
}

/* The cuts of one process: every jobs-th, beginning with number. */
static void
work(struct worker *k, const struct script *s, unsigned number, unsigned jobs)
{
	const struct recording *r = k->r;
	struct medium m = {.r = r, .lost = SIZE_MAX};
	size_t positions = r->log_count - r->first + 1;
	unsigned variants = (unsigned)(opt.cuts * 2 / positions) + 1;

	open_file(k, number);
	k->again = replay_recording(r);
	k->image = malloc(r->size);
	k->node_count = s->count + 1;
	k->moment.safe_node = calloc(k->node_count, sizeof(size_t));
	m.bytes = malloc(r->size);
	m.loose = malloc((r->log_count + 1) * sizeof(size_t));
	memcpy(m.bytes, r->base, r->size);
	if (opt.lie == LIE_LOSE)
		m.lost = r->first + (r->log_count - r->first) / 2;
	for (size_t p = r->first; p <= r->log_count; p++) {
		if (opt.one ? p != opt.position
		    : p % opt.step != 0 || p / opt.step % jobs != number)
			continue;
		medium_advance(&m, p);
		find_moment(k, s, p);
		for (unsigned v = 0; v < variants || opt.one; v++) {
			if (opt.one && v > opt.variant)
				break;
			if ((!opt.one || v == opt.variant) &&
			    medium_image(&m, v, k->image))
				judge_cut(k, p, v);
		}
	}
	unlink(k->path);
}

/* Which blocks of the base image are the log's?  By debugfs. */
static bool *
find_log_blocks(const char *path, size_t count)
{
	bool *map = calloc(count, sizeof(bool));
	char command[200];
	unsigned block;
	FILE *p;

	snprintf(command, sizeof(command),
	    "/sbin/debugfs -R 'blocks <8>' %s 2>/dev/null", path);
	p = popen(command, "r");
	while (p != NULL && fscanf(p, "%u", &block) == 1) {
		if (block < count)
			map[block] = true;
	}
	if (p != NULL)
		pclose(p);
	return map;
}

/* Make the image before the workload. */
static struct image
make_base(const struct workload *w, bool **log_blocks)
{
	char path[64];
	char command[600];
	char inodes[32] = "";
	struct image image;

	snprintf(path, sizeof(path), "/dev/shm/torture-%d-base",
	    (int)getpid());
	if (w->inodes != 0)
		snprintf(inodes, sizeof(inodes), "-N %u", w->inodes);
	snprintf(command, sizeof(command), "rm -f %s && truncate -s %uK %s && "
	    "E2FSPROGS_FAKE_TIME=1700000000 /sbin/mke2fs -q -F -t ext3 -b %u "
	    "-J size=%u %s -m 0 -U 00000000-1111-2222-3333-444444444444 "
	    "-E hash_seed=00000000-1111-2222-3333-444444444444 %s %s "
	    ">/dev/null 2>&1",
	    path, w->kib, path, w->block_bytes, w->block_bytes / 1024, inodes,
	    w->mke2fs ? w->mke2fs : "", path);
	if (system(command) != 0)
		host_die("mke2fs failed: %s", command);
	image = image_open(path, false);
	*log_blocks = find_log_blocks(path, w->kib * 1024 / w->block_bytes);
	unlink(path);
	return image;
}

/* The states of the workload, from its results. */
static struct model *
make_model(const struct workload *w, const struct script *s,
    const struct recording *r)
{
	struct model *m = model_create();

	for (size_t i = 0; i < s->count; i++) {
		model_apply(m, &s->ops[i], r->results[i]);
		if (model_complaint(m) != NULL) {
			printf("%s: operation %zu, %s: %s\n", w->name, i,
			    op_text(&s->ops[i]), model_complaint(m));
			return NULL;
		}
	}
	return m;
}

/* What a file system that cannot be wrong makes of the workload: it tests the
 * model, and the judge.  In a process of its own. */
static int
run_in_memory(void *arg)
{
	const struct script *s = arg;
	struct model *m = model_create();
	struct judge_moment when = {.low = s->count, .high = s->count,
	    .safe = s->count, .block_bytes = 1024,
	    .safe_node = calloc(s->count + 1, sizeof(size_t))};
	const char *bad;

	op_set_mount("ramfs", "");
	if (world_mount("ramfs", "", false) != 0)
		return 1;
	for (size_t i = 0; i < s->count; i++) {
		long result = op_run(&s->ops[i]);

		model_apply(m, &s->ops[i], result);
		if (model_complaint(m) != NULL ||
		    (result < 0 && !s->ops[i].may_fail)) {
			host_say("operation %zu, %s: %ld; %s", i,
			    op_text(&s->ops[i]), result,
			    model_complaint(m) ? model_complaint(m) : "");
			return 1;
		}
	}
	bad = judge_tree(m, &when);
	if (bad != NULL)
		host_say("%s", bad);
	return bad != NULL;
}

static bool
rehearse(const struct workload *w, struct script *s)
{
	char text[8192];
	int status = in_child(run_in_memory, s, CHECK_SECONDS, text,
	    sizeof(text));

	if (status != 0)
		printf("%s: in memory: status %d: %s", w->name, status, text);
	return status == 0;
}

/* Let the workers loose. */
static void
run_workers(struct worker *k, const struct script *s)
{
	unsigned jobs = opt.one ? 1 : opt.jobs;

	fflush(NULL);
	for (unsigned i = 1; i < jobs; i++) {
		if (fork() == 0) {
			work(k, s, i, jobs);
			fflush(NULL);
			_exit(0);
		}
	}
	work(k, s, 0, jobs);
	for (unsigned i = 1; i < jobs; i++)
		wait(NULL);
}

/* Run and cut one workload.  Its numbers are in shared. */
static void
torture(const struct workload *w)
{
	struct worker k = {.w = w, .compare = true};
	struct script s = {0};
	unsigned seed = opt.seed * 7919;
	double begin = seconds();
	bool *log_blocks;
	struct image base = make_base(w, &log_blocks);
	struct recording *r;

	memset(shared, 0, sizeof(*shared));
	w->make(&s, &seed);
	if (opt.print) {
		for (size_t i = 0; i < s.count; i++)
			printf("%s\n", op_text(&s.ops[i]));
		return;
	}
	if (opt.rehearse) {
		shared->failed = !rehearse(w, &s);
		return;
	}
	r = record(w, &s, base.bytes, base.size);
	k.r = r;
	k.log_blocks = log_blocks;
	if (!r->finished) {
		printf("%s: the workload itself fails: %s", w->name,
		    r->trouble);
		shared->failed = 1;
	} else {
		k.model = make_model(w, &s, r);
		if (k.model != NULL)
			run_workers(&k, &s);
		else
			shared->failed = 1;
	}
	printf("%-22s %4zu ops %5zu writes %6zu cuts %6zu images %5zu again "
	    "%6zu e2fsck %3zu failed %6.1f s\n", w->name, s.count,
	    r->log_count - r->first, shared->cuts, shared->images,
	    shared->again, shared->checks, shared->failed, seconds() - begin);
	fflush(stdout);
	recording_free(r);
	script_free(&s);
	image_close(&base);
	free(log_blocks);
}

static bool
parse_options(int argc, char **argv)
{
	static const char *const lies[] = {"", "flush", "fua", "lose"};
	int c;

	while ((c = getopt(argc, argv, "w:n:s:r:p:g:j:e:c:k:L:lRS")) != -1) {
		switch (c) {
		case 'w': opt.pattern = optarg; break;
		case 'n': opt.cuts = (unsigned)atoi(optarg); break;
		case 's': opt.seed = (unsigned)atoi(optarg); break;
		case 'j': opt.jobs = (unsigned)atoi(optarg); break;
		case 'e': opt.every = (unsigned)atoi(optarg); break;
		case 'p': opt.step = (unsigned)atoi(optarg); break;
		case 'r': opt.rounds = (unsigned)atoi(optarg); break;
		case 'g':
			if (sscanf(optarg, "%u/%u", &opt.part,
			    &opt.parts) != 2 || opt.parts == 0)
				return false;
			break;
		case 'k': opt.keep = optarg; break;
		case 'S': opt.print = true; break;
		case 'R': opt.rehearse = true; break;
		case 'c':
			opt.one = sscanf(optarg, "%zu.%u", &opt.position,
			    &opt.variant) == 2;
			if (!opt.one)
				return false;
			break;
		case 'L':
			for (unsigned i = 1; i < 4; i++) {
				if (strcmp(optarg, lies[i]) == 0)
					opt.lie = (enum lie)i;
			}
			if (opt.lie == LIE_NONE)
				return false;
			break;
		case 'l':
			for (unsigned i = 0; i < workload_count; i++)
				puts(workloads[i].name);
			exit(0);
		default:
			return false;
		}
	}
	return optind == argc && opt.jobs > 0 && opt.every > 0 && opt.step > 0;
}

static bool
is_wanted(const struct workload *w)
{
	if (opt.pattern == NULL)
		return true;
	if (opt.pattern[0] == '=')
		return strcmp(w->name, opt.pattern + 1) == 0;
	return strstr(w->name, opt.pattern) != NULL;
}

int
main(int argc, char **argv)
{
	double begin = seconds();
	size_t cuts = 0;
	size_t failed = 0;

	if (!parse_options(argc, argv)) {
		fprintf(stderr, "usage: see the head of torture.c\n");
		return 2;
	}
	world_boot(RAM_PAGES);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	for (; opt.rounds > 0; opt.rounds--, opt.seed++) {
		for (unsigned i = opt.part; i < workload_count;
		    i += opt.parts) {
			if (!is_wanted(&workloads[i]))
				continue;
			torture(&workloads[i]);
			cuts += shared->cuts + shared->again;
			failed += shared->failed;
		}
	}
	printf("%zu cut points, %zu failed (%.1f s)\n", cuts, failed,
	    seconds() - begin);
	return failed == 0 ? 0 : 1;
}
