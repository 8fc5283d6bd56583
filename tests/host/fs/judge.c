/* judge.c - is this tree one that a power cut may leave?
 *
 * Layer: tests/host/fs   Called by: torture.c
 *
 * The journal commits in the order of time, so the names, sizes, modes and link
 * counts must be exactly those after some operation k, between the last that was
 * made safe and the last that had begun; a write or truncation that was going on
 * may have got half way with the size.
 *
 * The bytes need not be those of state k: they are written in place.  Each piece
 * of a block must be what one operation made of it.  Not older than what fsync
 * promised; and (ordered mode) not older than the operation that brought the
 * block into the file, if the tree has it: a new block never shows what the disk
 * had there before.  Not zero, unless the file has been zero or shorter there.
 *
 * SPDX-License-Identifier: MIT */
#include "judge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "world.h"

#define NAMES_MAX 4096
#define DEPTH_MAX 64
#define TEXT_ROOM 5000

/* A name that was found. */
struct found {
	char *path;
	struct world_stat st;
	char *target;
	uint64_t hash;
};

static struct found found[NAMES_MAX];
static size_t found_count;
static uint64_t found_hash;
static char why[8192];

static const char *
complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return why;
}

/* ---- Looking ---------------------------------------------------------- */

struct listing {
	const char *dir;
	unsigned depth;
	size_t first; /* of its names in found */
	const char *wrong;
};

static void
note_name(const char *name, uint64_t ino, unsigned type, void *arg)
{
	struct listing *l = arg;
	struct found *f = &found[found_count];
	int err;

	if (l->depth == 0 && strcmp(name, "lost+found") == 0)
		return;
	if (found_count == NAMES_MAX) {
		l->wrong = "there are too many names";
		return;
	}
	if (asprintf(&f->path, "%s/%s", l->dir, name) < 0)
		return;
	err = world_stat(f->path, &f->st);
	if (err != 0)
		l->wrong = complain("%s: stat: %s", f->path, strerror(-err));
	else if (f->st.ino != ino)
		l->wrong = complain("%s: inode %lu, but %lu in the directory",
		    f->path, (unsigned long)f->st.ino, (unsigned long)ino);
	else if ((f->st.mode & S_IFMT) != (type & S_IFMT))
		l->wrong = complain("%s: mode %o, but type %o in the directory",
		    f->path, f->st.mode, type);
	found_count++;
}

static const char *
look_at_dir(const char *path, unsigned depth)
{
	struct listing l = {path, depth, found_count, NULL};
	int err = world_readdir(path, note_name, &l);
	size_t end = found_count;

	if (err != 0)
		return complain("%s: readdir: %s", path, strerror(-err));
	for (size_t i = l.first; i < end && l.wrong == NULL; i++) {
		char text[TEXT_ROOM];

		if (S_ISLNK(found[i].st.mode) &&
		    world_readlink(found[i].path, text, sizeof(text)) >= 0)
			found[i].target = strdup(text);
		if (S_ISDIR(found[i].st.mode) && depth < DEPTH_MAX)
			l.wrong = look_at_dir(found[i].path, depth + 1);
	}
	return l.wrong;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct found *)a)->path,
	    ((const struct found *)b)->path);
}

static const char *
group_of(const struct found *f)
{
	if (S_ISDIR(f->st.mode) || f->st.nlink < 2)
		return NULL;
	for (size_t i = 0; i < found_count; i++) {
		if (found[i].st.ino == f->st.ino)
			return found[i].path + 4;
	}
	return NULL;
}

static uint64_t
hash_with_size(const struct found *f, uint64_t size)
{
	return model_hash(f->path + 4, f->st.mode, f->st.nlink, size,
	    f->target, group_of(f));
}

static const char *
look(void)
{
	const char *wrong = look_at_dir("/mnt", 0);

	if (wrong != NULL)
		return wrong;
	qsort(found, found_count, sizeof(*found), by_path);
	for (size_t i = 0; i < found_count; i++) {
		found[i].hash = hash_with_size(&found[i], found[i].st.size);
		found_hash += found[i].hash;
	}
	return NULL;
}

static struct found *
find(const char *path)
{
	for (size_t i = 0; i < found_count; i++) {
		if (strcmp(found[i].path + 4, path) == 0)
			return &found[i];
	}
	return NULL;
}

/* ---- The tree --------------------------------------------------------- */

static bool
between(uint64_t x, uint64_t a, uint64_t b)
{
	return a < b ? x >= a && x <= b : x >= b && x <= a;
}

/* The size of node in a state; -1: it has no name there. */
static int64_t
size_in(const struct model_state *s, unsigned node)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->names[i].node == node)
			return (int64_t)s->names[i].size;
	}
	return -1;
}

/* Is it state k, or on the way from it to the next? */
static bool
matches(const struct model *m, size_t k, size_t high)
{
	const struct model_state *s = model_state(m, k);
	uint64_t hash = found_hash;
	int node;
	int64_t goal;

	if (s->count != found_count)
		return false;
	if (s->hash == found_hash)
		return true;
	node = k < high ? model_resized(m, k) : -1;
	if (node < 0)
		return false;
	goal = size_in(model_state(m, k + 1), (unsigned)node);
	for (size_t i = 0; i < s->count; i++) {
		const struct model_name *n = &s->names[i];
		struct found *f;

		if (n->node != (unsigned)node)
			continue;
		f = find(n->path);
		if (f == NULL || goal < 0 ||
		    !between(f->st.size, n->size, (uint64_t)goal))
			return false;
		hash += hash_with_size(f, n->size) - f->hash;
	}
	return hash == s->hash;
}

/* What differs from state k, for people. */
static void
describe_difference(const struct model *m, size_t k, char *out, size_t room)
{
	const struct model_state *s = model_state(m, k);
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < s->count && n < room - 300; i++) {
		struct found *f = find(s->names[i].path);

		if (f == NULL)
			n += (size_t)snprintf(out + n, room - n,
			    "\n    %.100s is missing", s->names[i].path);
		else if (f->hash != s->names[i].hash)
			n += (size_t)snprintf(out + n, room - n,
			    "\n    %.100s: mode %o links %u size %lu, "
			    "not mode %o links %u size %lu", s->names[i].path,
			    f->st.mode, f->st.nlink, (unsigned long)f->st.size,
			    s->names[i].mode, s->names[i].nlink,
			    (unsigned long)s->names[i].size);
	}
	for (size_t i = 0; i < found_count && n < room - 300; i++) {
		bool known = false;

		for (size_t j = 0; j < s->count; j++)
			known |= strcmp(s->names[j].path,
			    found[i].path + 4) == 0;
		if (!known)
			n += (size_t)snprintf(out + n, room - n,
			    "\n    %.100s should not be there",
			    found[i].path + 4);
	}
}

/* ---- Bytes ------------------------------------------------------------ */

/* Does the piece have the bytes of seed? */
static bool
is_pattern(const uint8_t *bytes, uint64_t at, size_t n, uint64_t seed)
{
	static uint8_t want[8192];

	pattern(seed, at, want, n);
	return memcmp(bytes, want, n) == 0;
}

/* The oldest event that may be seen in the piece at [at, end): an index, or -1:
 * the zeroes before the first. */
static long
oldest_allowed(const struct model_node *node, const struct judge_moment *when,
    size_t safe, size_t k, uint64_t at, uint64_t end)
{
	long oldest = -1;

	for (size_t i = 0; i < node->event_count; i++) {
		const struct model_event *e = &node->events[i];
		uint64_t old_end = (e->old_size + when->block_bytes - 1) /
		    when->block_bytes * when->block_bytes;

		if (e->at > at || e->end < end)
			continue;
		if (e->op < safe ||
		    (when->journalled && !e->mapped && e->op < k) ||
		    (e->op < k && e->seed != 0 && at >= old_end))
			oldest = (long)i;
	}
	return oldest;
}

/* A piece that no event's border divides.  NULL: it may be so. */
static const char *
judge_piece(const struct model *m, const struct model_name *name,
    const struct judge_moment *when, size_t k, const uint8_t *bytes,
    uint64_t at, size_t n)
{
	const struct model_node *node = model_node(m, name->node);
	size_t safe = when->safe;
	long oldest;

	if (when->safe_node[name->node] > safe)
		safe = when->safe_node[name->node];
	oldest = oldest_allowed(node, when, safe, k, at, at + n);
	if (oldest < 0 && is_pattern(bytes, at, n, 0))
		return NULL;
	for (size_t i = oldest < 0 ? 0 : (size_t)oldest;
	    i < node->event_count; i++) {
		const struct model_event *e = &node->events[i];
		size_t limit = when->journalled && !e->mapped ? k + 1
		    : when->high;

		if (e->at <= at && e->end >= at + n && e->op < limit &&
		    is_pattern(bytes, at, n, e->seed))
			return NULL;
	}
	return complain("%s: bytes %lu to %lu are none that may be there: "
	    "%02x %02x %02x %02x..., oldest allowed: operation %ld",
	    name->path, (unsigned long)at, (unsigned long)(at + n), bytes[0],
	    bytes[1], bytes[2], bytes[3],
	    oldest < 0 ? -1L : (long)node->events[oldest].op);
}

/* The end of the piece that begins at at. */
static uint64_t
piece_end(const struct model_node *node, uint64_t at, uint64_t end)
{
	for (size_t i = 0; i < node->event_count; i++) {
		const struct model_event *e = &node->events[i];

		if (e->at > at && e->at < end)
			end = e->at;
		if (e->end > at && e->end < end)
			end = e->end;
		if (e->old_size > at && e->old_size < end)
			end = e->old_size;
	}
	return end;
}

static const char *
judge_file(const struct model *m, const struct model_name *name,
    const struct judge_moment *when, size_t k)
{
	static uint8_t block[8192];
	const struct model_node *node = model_node(m, name->node);
	struct found *f = find(name->path);
	const char *wrong = NULL;
	uint64_t at = 0;
	int fd = world_open(f->path, O_RDONLY, 0);

	if (fd < 0)
		return complain("%s: open: %s", name->path, strerror(-fd));
	while (at < f->st.size && wrong == NULL) {
		uint64_t end = at - at % when->block_bytes + when->block_bytes;
		size_t want;
		long n;

		if (end > f->st.size)
			end = f->st.size;
		end = piece_end(node, at, end);
		want = (size_t)(end - at);
		n = world_pread(fd, block, want, at);
		if (n != (long)want)
			wrong = complain("%s: read at %lu: %ld", name->path,
			    (unsigned long)at, n);
		else
			wrong = judge_piece(m, name, when, k, block, at, want);
		at = end;
	}
	world_close(fd);
	return wrong;
}

/* The bytes of all files, if the tree is that of state k. */
static const char *
judge_bytes(const struct model *m, const struct judge_moment *when, size_t k)
{
	const struct model_state *s = model_state(m, k);
	const char *wrong = NULL;

	for (size_t i = 0; i < s->count && wrong == NULL; i++) {
		if (S_ISREG(s->names[i].mode))
			wrong = judge_file(m, &s->names[i], when, k);
	}
	return wrong;
}

const char *
judge_tree(const struct model *m, const struct judge_moment *when)
{
	static char difference[4096];
	const char *wrong = look();
	bool matched = false;

	if (wrong != NULL)
		return wrong;
	for (size_t k = when->low; k <= when->high; k++) {
		if (!matches(m, k, when->high))
			continue;
		matched = true;
		wrong = judge_bytes(m, when, k);
		if (wrong == NULL)
			return NULL;
	}
	if (matched)
		return wrong;
	describe_difference(m, when->low, difference, sizeof(difference));
	return complain("the tree is that of no moment from operation %zu to "
	    "%zu; from the first it differs by:%s", when->low, when->high,
	    difference);
}
