/* model.c - what a file system must look like after each operation.
 *
 * Layer: tests/host/fs   Called by: torture.c, judge.c
 *
 * Paths of scripts do not go through symbolic links, so that a path is a chain
 * of entries.
 *
 * SPDX-License-Identifier: MIT */
#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ROOT     0
#define PATH_ROOM 4096

/* name in directory parent is node; node -1: removed. */
struct entry {
	unsigned parent;
	int node;
	char *name;
};

/* What is known of an operation. */
struct record {
	const struct model_state *state; /* after it */
	struct model_promise promise;
	int resized;
};

struct model {
	struct model_node *nodes;
	size_t node_count;
	struct entry *entries;
	size_t entry_count;
	struct record *records; /* [0]: the base image; [k]: operation k - 1 */
	size_t done;            /* operations */
	int slots[OP_SLOTS];    /* node, or -1 */
	bool synchronous[OP_SLOTS];
	bool changed;           /* by this operation */
	const char *complaint;
};

/* Room for one more in an array that grows by doubling. */
static void *
grow(void *array, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return array;
	return realloc(array, (count == 0 ? 1 : count * 2) * size);
}

/* ---- Hashes ----------------------------------------------------------- */

static uint64_t
hash_bytes(uint64_t h, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n-- > 0)
		h = (h ^ *p++) * 0x100000001b3ull;
	return h;
}

static uint64_t
hash_text(uint64_t h, const char *text)
{
	return hash_bytes(h, text, strlen(text) + 1);
}

uint64_t
model_hash(const char *path, unsigned mode, unsigned nlink, uint64_t size,
    const char *target, const char *group)
{
	uint64_t h = hash_text(0xcbf29ce484222325ull, path);

	if (S_ISDIR(mode))
		size = 0;
	h = hash_bytes(h, &mode, sizeof(mode));
	h = hash_bytes(h, &nlink, sizeof(nlink));
	h = hash_bytes(h, &size, sizeof(size));
	h = hash_text(h, target != NULL ? target : "");
	h = hash_text(h, group != NULL ? group : "");
	return h ^ h >> 29;
}

/* ---- Names ------------------------------------------------------------ */

static struct entry *
find_entry(struct model *m, unsigned parent, const char *name, size_t len)
{
	for (size_t i = 0; i < m->entry_count; i++) {
		struct entry *e = &m->entries[i];

		if (e->node >= 0 && e->parent == parent &&
		    strncmp(e->name, name, len) == 0 && e->name[len] == '\0')
			return e;
	}
	return NULL;
}

/* Walk to the last component.  *parent: its directory; *name: it.  Returns its
 * entry, or NULL; *parent is -1 if the directory does not exist. */
static struct entry *
walk(struct model *m, const char *path, int *parent, const char **name)
{
	struct entry *e = NULL;
	int at = ROOT;

	*parent = -1;
	*name = "";
	for (;;) {
		size_t len;

		path += strspn(path, "/");
		if (*path == '\0')
			return e;
		len = strcspn(path, "/");
		if (at < 0)
			*parent = -1;
		else
			*parent = at;
		*name = path;
		e = at >= 0 ? find_entry(m, (unsigned)at, path, len) : NULL;
		at = e != NULL ? e->node : -1;
		path += len;
		if (e == NULL && path[strspn(path, "/")] != '\0')
			*parent = -1;
		if (*parent < 0)
			return NULL;
	}
}

static int
lookup(struct model *m, const char *path)
{
	const char *name;
	int parent;
	struct entry *e = walk(m, path, &parent, &name);

	if (path[strspn(path, "/")] == '\0')
		return ROOT;
	return e != NULL ? e->node : -1;
}

static void
touch(struct model *m, unsigned node)
{
	m->nodes[node].changed = m->done + 1;
	m->changed = true;
}

static unsigned
new_node(struct model *m, unsigned mode)
{
	m->nodes = grow(m->nodes, m->node_count, sizeof(*m->nodes));
	m->nodes[m->node_count] = (struct model_node){.mode = mode,
	    .resized = m->done + 1};
	return (unsigned)m->node_count++;
}

/* Give node a name; the path's directory exists. */
static void
add_name(struct model *m, const char *path, unsigned node)
{
	const char *name;
	int parent;

	if (walk(m, path, &parent, &name) != NULL || parent < 0) {
		m->complaint = "a name was made that exists, or without its "
		    "directory";
		return;
	}
	m->entries = grow(m->entries, m->entry_count, sizeof(*m->entries));
	m->entries[m->entry_count++] = (struct entry){(unsigned)parent,
	    (int)node, strndup(name, strcspn(name, "/"))};
	m->nodes[node].nlink++;
	touch(m, node);
	touch(m, (unsigned)parent);
	if (S_ISDIR(m->nodes[node].mode)) {
		m->nodes[node].nlink++;
		m->nodes[parent].nlink++;
	}
}

static void
remove_name(struct model *m, const char *path)
{
	const char *name;
	int parent;
	struct entry *e = walk(m, path, &parent, &name);

	if (e == NULL) {
		m->complaint = "a name was removed that did not exist";
		return;
	}
	touch(m, (unsigned)parent);
	touch(m, (unsigned)e->node);
	m->nodes[e->node].nlink--;
	if (S_ISDIR(m->nodes[e->node].mode)) {
		m->nodes[e->node].nlink--;
		m->nodes[parent].nlink--;
	}
	e->node = -1;
}

static void
rename_name(struct model *m, const char *old, const char *new)
{
	int node = lookup(m, old);
	int over = lookup(m, new);
	size_t changed;

	if (node < 0) {
		m->complaint = "a name was renamed that did not exist";
		return;
	}
	if (over == node)
		return;
	if (over >= 0)
		remove_name(m, new);
	changed = m->nodes[node].changed;
	remove_name(m, old);
	add_name(m, new, (unsigned)node);
	m->nodes[node].changed = changed; /* its own inode need not */
}

static void
exchange_names(struct model *m, const char *old, const char *new)
{
	const char *name;
	int parent_a;
	int parent_b;
	struct entry *a = walk(m, old, &parent_a, &name);
	struct entry *b = walk(m, new, &parent_b, &name);
	int node;

	if (a == NULL || b == NULL) {
		m->complaint = "names were exchanged that did not exist";
		return;
	}
	touch(m, (unsigned)parent_a);
	touch(m, (unsigned)parent_b);
	node = a->node;
	a->node = b->node;
	b->node = node;
	m->nodes[parent_a].nlink += S_ISDIR(m->nodes[a->node].mode) != 0;
	m->nodes[parent_a].nlink -= S_ISDIR(m->nodes[b->node].mode) != 0;
	m->nodes[parent_b].nlink += S_ISDIR(m->nodes[b->node].mode) != 0;
	m->nodes[parent_b].nlink -= S_ISDIR(m->nodes[a->node].mode) != 0;
}

/* ---- Bytes ------------------------------------------------------------ */

static void
add_event(struct model *m, unsigned node, struct model_event event)
{
	struct model_node *n = &m->nodes[node];

	event.op = m->done;
	event.old_size = n->size;
	n->events = grow(n->events, n->event_count, sizeof(event));
	n->events[n->event_count++] = event;
	m->changed = true;
}

static void
set_size(struct model *m, unsigned node, uint64_t size)
{
	add_event(m, node, (struct model_event){.at = size, .end = UINT64_MAX});
	if (m->nodes[node].size != size)
		m->records[m->done + 1].resized = (int)node;
	m->nodes[node].size = size;
	m->nodes[node].resized = m->done + 1;
	touch(m, node);
}

static void
write_bytes(struct model *m, const struct op *op, unsigned node, uint64_t n)
{
	struct model_node *f = &m->nodes[node];
	uint64_t at = op->kind == OP_APPEND ? f->size : op->at;

	/* What a mapping shows behind the end is not the file's. */
	if (op->kind == OP_MAPWRITE && at + n > f->size)
		n = at < f->size ? f->size - at : 0;
	if (n == 0)
		return;
	add_event(m, node, (struct model_event){.at = at, .end = at + n,
	    .seed = op->seed, .mapped = op->kind == OP_MAPWRITE});
	if (at + n > f->size) {
		f->size = at + n;
		f->resized = m->done + 1;
		m->records[m->done + 1].resized = (int)node;
		touch(m, node);
	}
}

/* ---- Operations ------------------------------------------------------- */

static void
apply_open(struct model *m, const struct op *op)
{
	int node = lookup(m, op->path);

	if (node < 0) {
		if (!(op->flags & O_CREAT)) {
			m->complaint = "a file was opened that did not exist";
			return;
		}
		node = (int)new_node(m, S_IFREG | (unsigned)op->at);
		add_name(m, op->path, (unsigned)node);
	} else if ((op->flags & O_TRUNC) && m->nodes[node].size > 0) {
		set_size(m, (unsigned)node, 0);
	}
	m->slots[op->slot] = node;
	m->synchronous[op->slot] = op->flags & (O_SYNC | O_DSYNC);
}

static void
apply_new(struct model *m, const struct op *op, const char *path,
    unsigned mode)
{
	unsigned node = new_node(m, mode);

	if (op->kind == OP_SYMLINK) {
		m->nodes[node].target = strdup(op->path);
		m->nodes[node].size = strlen(op->path);
	}
	add_name(m, path, node);
}

/* The tree and this file's bytes, as they are now, are safe. */
static void
promise_node(struct model *m, int node, bool data_only)
{
	struct model_promise *p = &m->records[m->done + 1].promise;

	if (node < 0)
		return;
	p->node = node;
	p->state = data_only ? m->nodes[node].resized
	    : m->nodes[node].changed;
}

/* Operations on a file that is open. */
static void
apply_slot(struct model *m, const struct op *op, long result)
{
	int node = m->slots[op->slot];

	if (node < 0)
		return;
	switch (op->kind) {
	case OP_CLOSE:
		m->slots[op->slot] = -1;
		break;
	case OP_WRITE:
	case OP_APPEND:
	case OP_MAPWRITE:
		write_bytes(m, op, (unsigned)node, (uint64_t)result);
		if (m->synchronous[op->slot] && op->kind != OP_MAPWRITE)
			promise_node(m, node, true);
		break;
	case OP_FTRUNCATE:
		set_size(m, (unsigned)node, op->at);
		break;
	case OP_FSYNC:
	case OP_FDATASYNC:
		promise_node(m, node, op->kind == OP_FDATASYNC);
		break;
	default:
		break;
	}
}

static void
apply_path(struct model *m, const struct op *op)
{
	int node = op->kind == OP_SYMLINK ? -1 : lookup(m, op->path);

	switch (op->kind) {
	case OP_OPEN:
		apply_open(m, op);
		break;
	case OP_TRUNCATE:
		if (node >= 0)
			set_size(m, (unsigned)node, op->at);
		break;
	case OP_MKDIR:
		apply_new(m, op, op->path, S_IFDIR | (unsigned)op->at);
		break;
	case OP_MKNOD:
		apply_new(m, op, op->path, (unsigned)op->at);
		break;
	case OP_SYMLINK:
		apply_new(m, op, op->path2, S_IFLNK | 0777);
		break;
	case OP_RMDIR:
	case OP_UNLINK:
		remove_name(m, op->path);
		break;
	case OP_LINK:
		if (node >= 0)
			add_name(m, op->path2, (unsigned)node);
		break;
	case OP_RENAME:
		rename_name(m, op->path, op->path2);
		break;
	case OP_EXCHANGE:
		exchange_names(m, op->path, op->path2);
		break;
	case OP_CHMOD:
		if (node < 0)
			break;
		m->nodes[node].mode = (m->nodes[node].mode & S_IFMT) |
		    (unsigned)op->at;
		touch(m, (unsigned)node);
		break;
	case OP_FSYNCDIR:
		promise_node(m, node, false);
		break;
	default:
		break;
	}
}

/* Operations on everything. */
static void
apply_all(struct model *m, const struct op *op)
{
	struct model_promise *p = &m->records[m->done + 1].promise;

	if (op->kind == OP_REMOUNT && strncmp(op->path, "ro", 2) != 0)
		return;
	p->all = true;
	p->state = m->done + 1;
	for (unsigned i = 0; op->kind == OP_REBOOT && i < OP_SLOTS; i++)
		m->slots[i] = -1;
}

/* ---- States ----------------------------------------------------------- */

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct model_name *)a)->path,
	    ((const struct model_name *)b)->path);
}

static void
collect(struct model *m, unsigned dir, const char *prefix,
    struct model_state *s)
{
	char path[PATH_ROOM];

	for (size_t i = 0; i < m->entry_count; i++) {
		const struct entry *e = &m->entries[i];
		const struct model_node *n = &m->nodes[e->node < 0 ? 0 :
		    e->node];

		if (e->node < 0 || e->parent != dir)
			continue;
		snprintf(path, sizeof(path), "%s/%s", prefix, e->name);
		s->names = grow(s->names, s->count, sizeof(*s->names));
		s->names[s->count++] = (struct model_name){strdup(path),
		    (unsigned)e->node, n->mode, n->nlink, n->size, 0};
		if (S_ISDIR(n->mode))
			collect(m, (unsigned)e->node, path, s);
	}
}

/* The first name, in order, of a file that has several. */
static const char *
group_of(const struct model_state *s, const struct model_name *name)
{
	if (S_ISDIR(name->mode) || name->nlink < 2)
		return NULL;
	for (size_t i = 0; i < s->count; i++) {
		if (s->names[i].node == name->node)
			return s->names[i].path;
	}
	return NULL;
}

static const struct model_state *
take_state(struct model *m)
{
	struct model_state *s = calloc(1, sizeof(*s));

	collect(m, ROOT, "", s);
	if (s->count > 0)
		qsort(s->names, s->count, sizeof(*s->names), by_path);
	for (size_t i = 0; i < s->count; i++) {
		struct model_name *n = &s->names[i];

		n->hash = model_hash(n->path, n->mode, n->nlink, n->size,
		    m->nodes[n->node].target, group_of(s, n));
		s->hash += n->hash;
	}
	return s;
}

void
model_apply(struct model *m, const struct op *op, long result)
{
	struct record *r;

	m->records = realloc(m->records, (m->done + 2) * sizeof(*m->records));
	r = &m->records[m->done + 1];
	*r = (struct record){.state = m->records[m->done].state,
	    .promise.node = -1, .resized = -1};
	m->changed = false;
	if (result < 0)
		;
	else if (op->kind == OP_SYNC || op->kind == OP_REBOOT ||
	    op->kind == OP_REMOUNT)
		apply_all(m, op);
	else if (op->path != NULL)
		apply_path(m, op);
	else
		apply_slot(m, op, result);
	if (m->changed)
		r->state = take_state(m);
	m->done++;
}

struct model *
model_create(void)
{
	struct model *m = calloc(1, sizeof(*m));
	unsigned root = new_node(m, S_IFDIR | 0755);

	m->nodes[root].nlink = 2;
	m->records = calloc(1, sizeof(*m->records));
	for (unsigned i = 0; i < OP_SLOTS; i++)
		m->slots[i] = -1;
	m->records[0].state = take_state(m);
	return m;
}

const char *
model_complaint(const struct model *m)
{
	return m->complaint;
}

const struct model_state *
model_state(const struct model *m, size_t k)
{
	return m->records[k].state;
}

const struct model_node *
model_node(const struct model *m, unsigned node)
{
	return &m->nodes[node];
}

struct model_promise
model_promise(const struct model *m, size_t op)
{
	return m->records[op + 1].promise;
}

int
model_resized(const struct model *m, size_t op)
{
	return m->records[op + 1].resized;
}
