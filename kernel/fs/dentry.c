/* dentry.c - the table of names, and the life of a name.
 *
 * Layer: fs   Called by: path.c, namei.c, the file systems
 *
 * refs counts the users of a dentry (open files, working directories, walks
 * that sleep), kids the dentries that point to it as their parent.  Without
 * users it stays if it is hashed (it is in a directory, or worth keeping);
 * without users and kids and not hashed it dies, and perhaps its parent with
 * it.
 *
 *	             dentry_hash            last dentry_put
 *	 allocated -------------> hashed <-----------------> hashed, unused
 *	     |                      | dentry_unhash              | dentry_shrink,
 *	     |  last dentry_put     v                            v unmount
 *	     +-----------------> unhashed ------------------> destroyed
 *
 * SPDX-License-Identifier: MIT */
#include "fs/dentry.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "fs/mount.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "lib/atomic.h"

#define HASH_BUCKETS 4096u

/* "." and ".." are at 0 and 1 of every directory. */
#define FIRST_COOKIE 2

struct spinlock dcache_lock = SPINLOCK_INIT("dcache", RANK_DCACHE);

static struct dentry *buckets[HASH_BUCKETS];	/* [d] chains by hash_next */
static struct slab_cache dentry_cache;
static struct list unused = LIST_INIT(unused);	/* [d] oldest first */
static uint64_t next_cookie = FIRST_COOKIE;	/* [d] */

uint32_t
dentry_hash_name(const char *text, uint32_t len)
{
	uint32_t hash = NAME_HASH_SEED;

	for (uint32_t i = 0; i < len; i++)
		hash = name_hash_step(hash, text[i]);
	return hash;
}

static struct dentry **
bucket_of(const struct dentry *parent, uint32_t hash)
{
	uint64_t key = (uint64_t)parent / CACHE_LINE;

	return &buckets[(hash ^ key ^ key >> 12) % HASH_BUCKETS];
}

struct dentry *
dentry_find(struct dentry *parent, const struct qstr *name)
{
	struct dentry *d = *bucket_of(parent, name->hash);

	for (; d != NULL; d = d->hash_next) {
		if (d->name.hash == name->hash && d->parent == parent &&
		    d->name.len == name->len &&
		    memcmp(d->name.text, name->text, name->len) == 0)
			return d;
	}
	return NULL;
}

int
dentry_name_alloc(const struct qstr *name, char **text)
{
	*text = NULL;
	if (name->len < DENTRY_INLINE)
		return 0;
	*text = kmalloc(name->len + 1);
	return *text != NULL ? 0 : -ENOMEM;
}

/* Set d's name; text is of dentry_name_alloc(). */
static void
name_set(struct dentry *d, const struct qstr *name, char *text)
{
	if (text == NULL)
		text = d->short_name;
	memcpy(text, name->text, name->len);
	text[name->len] = '\0';
	d->name = (struct qstr){text, name->len, name->hash};
}

static void
name_free(struct dentry *d, const char *text)
{
	if (text != d->short_name)
		kfree(text);
}

struct dentry *
dentry_alloc(struct mount *mount, struct dentry *parent,
    const struct qstr *name)
{
	struct dentry *d = slab_alloc(&dentry_cache);
	char *text;

	if (d == NULL)
		return NULL;
	if (dentry_name_alloc(name, &text) != 0) {
		slab_free(&dentry_cache, d);
		return NULL;
	}
	name_set(d, name, text);
	d->hash_next = NULL;
	d->inode = NULL;
	d->parent = parent != NULL ? parent : d;
	d->mount = mount;
	d->covered = NULL;
	d->refs = 1;
	d->kids = 0;
	d->hashed = false;
	d->cookie = 0;
	list_init(&d->sibling);
	list_init(&d->children);
	list_init(&d->lru);

	spin_lock(&dcache_lock);
	mount->users++;
	if (parent != NULL)
		parent->kids++;
	spin_unlock(&dcache_lock);
	return d;
}

void
dentry_get(struct dentry *d)
{
	uint32_t old = atomic_fetch_add(&d->refs, 1);

	kassert(old > 0);
}

void
dentry_get_locked(struct dentry *d)
{
	if (atomic_fetch_add(&d->refs, 1) > 0)
		return;
	d->mount->users++;
	list_remove(&d->lru);
}

static void
table_insert(struct dentry *d)
{
	struct dentry **bucket = bucket_of(d->parent, d->name.hash);

	d->hash_next = *bucket;
	*bucket = d;
	d->cookie = next_cookie++;
	list_add_tail(&d->parent->children, &d->sibling);
	d->hashed = true;
}

static void
table_remove(struct dentry *d)
{
	struct dentry **link = bucket_of(d->parent, d->name.hash);

	while (*link != d)
		link = &(*link)->hash_next;
	*link = d->hash_next;
	list_remove(&d->sibling);
	d->hashed = false;
}

/* Take d, unused and without kids, out of the tree and put it on the list
 * *dead; its parents follow if d was all that kept them.
 * Locks: dcache_lock held. */
static void
bury(struct dentry *d, struct dentry **dead)
{
	for (;;) {
		struct dentry *parent = d->parent;

		kassert(d->refs == 0 && d->kids == 0 && d->covered == NULL);
		if (d->hashed)
			table_remove(d);
		if (d->inode != NULL && d->inode->alias == d)
			d->inode->alias = NULL;
		list_remove(&d->lru);
		d->hash_next = *dead;
		*dead = d;
		if (parent == d)
			return;
		parent->kids--;				/* (1) */
		if (parent->kids != 0 || parent->refs != 0 ||
		    parent == parent->mount->root)
			return;
		if (parent->hashed && !(parent->mount->flags & MOUNT_NO_CACHE)) {
			if (!(parent->mount->flags & MOUNT_PINNED))
				list_add_tail(&unused, &parent->lru);
			return;
		}
		d = parent;
	}
}

/* Free the dentries of a list that bury() made.  May sleep. */
static void
free_dead(struct dentry *dead)
{
	while (dead != NULL) {
		struct dentry *d = dead;

		dead = d->hash_next;
		if (d->inode != NULL)
			inode_put(d->inode);
		name_free(d, d->name.text);
		slab_free(&dentry_cache, d);
	}
}

/* The last user of d has gone: keep it, or bury it.
 * Locks: dcache_lock held. */
static void
became_unused(struct dentry *d, struct dentry **dead)
{
	unsigned flags = d->mount->flags;

	d->mount->users--;
	if (d->kids != 0 || d == d->mount->root)
		return;
	if (!d->hashed || (flags & MOUNT_NO_CACHE))
		bury(d, dead);
	else if (!(flags & MOUNT_PINNED))
		list_add_tail(&unused, &d->lru);
}

void
dentry_put(struct dentry *d)
{
	struct dentry *dead = NULL;
	uint32_t refs = atomic_load(&d->refs);

	while (refs > 1) {
		if (atomic_cas(&d->refs, &refs, refs - 1))
			return;
	}
	spin_lock(&dcache_lock);
	kassert(d->refs > 0);
	if (atomic_sub(&d->refs, 1) == 0)
		became_unused(d, &dead);
	spin_unlock(&dcache_lock);
	free_dead(dead);
}

void
dentry_set_inode(struct dentry *d, struct inode *inode)
{
	kassert(d->inode == NULL);
	spin_lock(&dcache_lock);
	d->inode = inode;
	inode->alias = d;
	spin_unlock(&dcache_lock);
}

void
dentry_hash(struct dentry *d)
{
	spin_lock(&dcache_lock);
	kassert(!d->hashed && d->refs > 0);
	table_insert(d);
	spin_unlock(&dcache_lock);
}

void
dentry_unhash(struct dentry *d)
{
	spin_lock(&dcache_lock);
	kassert(d->refs > 0);
	if (d->hashed)
		table_remove(d);
	spin_unlock(&dcache_lock);
}

void
dentry_move(struct dentry *d, struct dentry *parent, const struct qstr *name,
    char *text)
{
	const char *old_text = d->name.text;

	kassert(mutex_held(&d->mount->tree_lock));
	spin_lock(&dcache_lock);
	table_remove(d);
	name_set(d, name, text);
	d->parent->kids--;
	d->parent = parent;
	parent->kids++;
	table_insert(d);
	spin_unlock(&dcache_lock);
	name_free(d, old_text);
}

/* Exchange two names, each of which may be in its dentry or on the heap. */
static void
swap_names(struct dentry *a, struct dentry *b)
{
	bool a_inside = a->name.text == a->short_name;
	bool b_inside = b->name.text == b->short_name;
	struct qstr name = a->name;
	char text[DENTRY_INLINE];

	memcpy(text, a->short_name, sizeof(text));
	memcpy(a->short_name, b->short_name, sizeof(text));
	memcpy(b->short_name, text, sizeof(text));
	a->name = b->name;
	b->name = name;
	if (b_inside)
		a->name.text = a->short_name;
	if (a_inside)
		b->name.text = b->short_name;
}

void
dentry_exchange(struct dentry *a, struct dentry *b)
{
	struct dentry *parent = a->parent;

	kassert(mutex_held(&a->mount->tree_lock));
	spin_lock(&dcache_lock);
	table_remove(a);
	table_remove(b);
	swap_names(a, b);
	a->parent = b->parent;
	b->parent = parent;
	table_insert(a);
	table_insert(b);
	spin_unlock(&dcache_lock);
}

bool
dentry_is_below(const struct dentry *d, const struct dentry *up)
{
	while (d != up) {
		if (d == d->parent)
			return false;
		d = d->parent;
	}
	return true;
}

size_t
dentry_shrink(size_t max)
{
	struct dentry *dead = NULL;
	size_t count = 0;

	spin_lock(&dcache_lock);
	while (count < max && !list_empty(&unused)) {
		bury(list_first(&unused, struct dentry, lru), &dead);
		count++;
	}
	spin_unlock(&dcache_lock);
	free_dead(dead);
	return count;
}

void
dentry_forget_kids(struct dentry *dir)
{
	struct dentry *dead = NULL;

	spin_lock(&dcache_lock);
	kassert(dir->refs > 0);
	list_for_each_safe(d, &dir->children, struct dentry, sibling) {
		if (d->refs == 0 && d->kids == 0)
			bury(d, &dead);
	}
	spin_unlock(&dcache_lock);
	free_dead(dead);
}

/* An unused name of a mount, in a directory that was removed: somebody was
 * looking for it just then.  NULL: there is none.
 * Locks: dcache_lock held. */
static struct dentry *
find_stray(const struct mount *m)
{
	list_for_each(d, &unused, struct dentry, lru) {
		if (d->mount == m && d->parent != m->root &&
		    !d->parent->hashed)
			return d;
	}
	return NULL;
}

void
dentry_free_tree(struct dentry *root)
{
	struct dentry *dead = NULL;
	struct dentry *d;

	spin_lock(&dcache_lock);
	/* No way leads down to these; their directories go with them. */
	while ((d = find_stray(root->mount)) != NULL)
		bury(d, &dead);
	d = root;
	for (;;) {
		struct dentry *parent = d->parent;

		if (!list_empty(&d->children)) {
			d = list_first(&d->children, struct dentry, sibling);
			continue;
		}
		bury(d, &dead);
		if (d == root)
			break;
		d = parent;
	}
	spin_unlock(&dcache_lock);
	free_dead(dead);
}

/* Where d is seen from above: the root of a mount becomes the place that it
 * covers.  NULL: d is the top of everything. */
static struct dentry *
uncover(struct dentry *d)
{
	while (d == d->mount->root) {
		d = d->mount->mountpoint;
		if (d == NULL)
			return NULL;
	}
	return d;
}

/* Put text before *at.  False: there is no room. */
static bool
prepend(char **at, const char *start, const char *text, size_t len)
{
	if ((size_t)(*at - start) < len)
		return false;
	*at -= len;
	memcpy(*at, text, len);
	return true;
}

/* Build the path backwards, so that it ends at end.  Returns where it begins,
 * or NULL.  Locks: dcache_lock held. */
static char *
path_backwards(struct dentry *d, struct dentry *root, char *start, char *end)
{
	static const char deleted[] = " (deleted)";
	static const char unreachable[] = "(unreachable)";
	bool gone = !d->hashed && d != d->mount->root;
	char *at = end;

	if (gone && !prepend(&at, start, deleted, sizeof(deleted) - 1))
		return NULL;
	if (d == root && !prepend(&at, start, "/", 1))
		return NULL;
	while (d != root) {
		d = uncover(d);
		if (d == NULL) {
			if (*at != '/' && !prepend(&at, start, "/", 1))
				return NULL;
			return prepend(&at, start, unreachable,
			    sizeof(unreachable) - 1) ? at : NULL;
		}
		if (d == root)
			break;
		if (!prepend(&at, start, d->name.text, d->name.len) ||
		    !prepend(&at, start, "/", 1))
			return NULL;
		d = d->parent;
	}
	return at;
}

int
dentry_path(struct dentry *d, struct dentry *root, char *buf, size_t size)
{
	char *end = buf + size - 1;
	char *at;

	if (d->mount->flags & MOUNT_NAMELESS)
		return strlcpy(buf, d->name.text, size) < size
		    ? (int)d->name.len : -ENAMETOOLONG;
	*end = '\0';
	spin_lock(&dcache_lock);
	at = path_backwards(d, root, buf, end);
	spin_unlock(&dcache_lock);
	if (at == NULL)
		return -ENAMETOOLONG;
	memmove(buf, at, (size_t)(end - at) + 1);
	return (int)(end - at);
}

void
dentry_init(void)
{
	slab_cache_init(&dentry_cache, "dentry", sizeof(struct dentry), 0);
}
