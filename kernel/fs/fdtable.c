/* fdtable.c - the descriptors of a process.
 *
 * Layer: fs   Called by: syscall, proc
 *
 * Two bit maps go with the array of files: which descriptors are in use, so
 * that the lowest free one is found a word at a time, and which are closed by
 * exec.  The first 64 descriptors are in the table itself: few programs need
 * more.
 *
 * (1) files[fd] != NULL exactly if bit fd of open is set.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/fdtable.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "fs/file.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/thread.h"

#define WORD_BITS 64

static struct slab_cache table_cache;

static unsigned
words(unsigned size)
{
	return size / WORD_BITS;
}

static inline bool
bit_test(const uint64_t *map, unsigned fd)
{
	return (map[fd / WORD_BITS] & BIT(fd % WORD_BITS)) != 0;
}

static inline void
bit_set(uint64_t *map, unsigned fd)
{
	map[fd / WORD_BITS] |= BIT(fd % WORD_BITS);
}

static inline void
bit_clear(uint64_t *map, unsigned fd)
{
	map[fd / WORD_BITS] &= ~BIT(fd % WORD_BITS);
}

struct fdtable *
fdtable_create(void)
{
	struct fdtable *t = slab_alloc(&table_cache);

	if (t == NULL)
		return NULL;
	*t = (struct fdtable){.size = FD_INLINE, .limit = FD_LIMIT_DEFAULT};
	ref_init(&t->refs, 1);
	spin_init(&t->lock, "fdtable", RANK_FDTABLE);
	t->files = t->first_files;
	t->open = &t->first_open;
	t->cloexec = &t->first_cloexec;
	return t;
}

/* Free the arrays of a table that are not in it. */
static void
free_arrays(struct fdtable *t)
{
	if (t->files == t->first_files)
		return;
	kfree(t->files);
	kfree(t->open);
	kfree(t->cloexec);
}

/* Get arrays for size descriptors and copy the old contents to them.
 * Returns 0 or -ENOMEM.  Locks: t->lock held, or t is new. */
static int
grow(struct fdtable *t, unsigned size)
{
	struct file **files = kzalloc(size * sizeof(*files));
	uint64_t *open = kzalloc(words(size) * sizeof(*open));
	uint64_t *cloexec = kzalloc(words(size) * sizeof(*cloexec));

	if (files == NULL || open == NULL || cloexec == NULL) {
		kfree(files);
		kfree(open);
		kfree(cloexec);
		return -ENOMEM;
	}
	memcpy(files, t->files, t->size * sizeof(*files));
	memcpy(open, t->open, words(t->size) * sizeof(*open));
	memcpy(cloexec, t->cloexec, words(t->size) * sizeof(*cloexec));
	free_arrays(t);
	t->files = files;
	t->open = open;
	t->cloexec = cloexec;
	t->size = size;
	return 0;
}

struct fdtable *
fdtable_clone(struct fdtable *t)
{
	struct fdtable *new = fdtable_create();
	unsigned size;

	if (new == NULL)
		return NULL;
	spin_lock(&t->lock);
	size = t->size;
	if (size > new->size && grow(new, size) != 0) {
		spin_unlock(&t->lock);
		fdtable_put(new);
		return NULL;
	}
	for (unsigned w = 0; w < words(size); w++) {
		uint64_t left = t->open[w];

		new->open[w] = left;
		new->cloexec[w] = t->cloexec[w];
		for (; left != 0; left &= left - 1) {
			unsigned fd = w * WORD_BITS +
			    (unsigned)__builtin_ctzll(left);

			file_get(t->files[fd]);
			new->files[fd] = t->files[fd];
		}
	}
	new->next = t->next;
	new->limit = t->limit;
	spin_unlock(&t->lock);
	return new;
}

void
fdtable_get(struct fdtable *t)
{
	ref_get(&t->refs);
}

/* Take the file out of descriptor fd.  NULL: it was free.
 * Locks: t->lock held, or nobody else has t. */
static inline struct file *
take(struct fdtable *t, unsigned fd)
{
	struct file *f;

	if (fd >= t->size)
		return NULL;
	f = t->files[fd];
	if (f == NULL)
		return NULL;
	t->files[fd] = NULL;
	bit_clear(t->open, fd);
	bit_clear(t->cloexec, fd);
	t->next = MIN(t->next, fd);
	return f;
}

/* Close every descriptor, or those that are marked for exec. */
static void
close_marked(struct fdtable *t, bool only_cloexec)
{
	for (unsigned fd = 0; fd < t->size; fd++) {
		struct file *f = NULL;

		if (fd % WORD_BITS == 0 && t->open[fd / WORD_BITS] == 0) {
			fd += WORD_BITS - 1;
			continue;
		}
		spin_lock(&t->lock);
		if (!only_cloexec || bit_test(t->cloexec, fd))
			f = take(t, fd);
		spin_unlock(&t->lock);
		if (f != NULL)
			file_close(t, f);
	}
}

void
fdtable_put(struct fdtable *t)
{
	if (!ref_put(&t->refs))
		return;
	close_marked(t, false);
	free_arrays(t);
	slab_free(&table_cache, t);
}

void
fdtable_close_on_exec(struct fdtable *t)
{
	close_marked(t, true);
}

struct file *
fdtable_file(struct fdtable *t, int fd)
{
	struct file *f = NULL;

	spin_lock(&t->lock);
	if (fd >= 0 && (unsigned)fd < t->size)
		f = t->files[fd];
	if (f != NULL)
		file_get(f);
	spin_unlock(&t->lock);
	return f;
}

/* The file of descriptor fd in the current table, with a reference, or NULL. */
static inline struct file *
current_file(int fd)
{
	struct fdtable *t = thread_current()->files;
	struct file *f;

	if (t == NULL)
		return NULL;
	if (ref_count(&t->refs) > 1)
		return fdtable_file(t, fd);
	/* Ours alone: nobody changes it while we look. */
	f = (unsigned)fd < t->size ? t->files[fd] : NULL;
	if (f != NULL)
		file_get(f);
	return f;
}

struct file *
fd_get_raw(int fd)
{
	return current_file(fd);
}

struct file *
fd_get(int fd)
{
	struct file *f = current_file(fd);

	if (f != NULL && unlikely(f->flags & O_PATH)) {
		file_put(f);
		return NULL;
	}
	return f;
}

int
fdtable_next(struct fdtable *t, int fd)
{
	int found = -1;

	spin_lock(&t->lock);
	for (unsigned i = (unsigned)fd; i < t->size; i++) {
		if (t->files[i] != NULL) {
			found = (int)i;
			break;
		}
	}
	spin_unlock(&t->lock);
	return found;
}

/* The lowest free descriptor >= min; it may be beyond the size. */
static inline unsigned
lowest_free(const struct fdtable *t, unsigned min)
{
	/* Of the first word, the bits below min do not count. */
	uint64_t used = BIT(min % WORD_BITS) - 1;

	for (unsigned w = min / WORD_BITS; w < words(t->size); w++) {
		used |= t->open[w];
		if (used != UINT64_MAX)
			return w * WORD_BITS + (unsigned)__builtin_ctzll(~used);
		used = 0;
	}
	return MAX(min, t->size);
}

/* Make room for descriptor fd.  Locks: t->lock held. */
static int
reserve(struct fdtable *t, unsigned fd)
{
	unsigned size = t->size;

	if (fd < size)
		return 0;
	while (size <= fd)
		size *= 2;
	return grow(t, size);
}

static inline void
put_file(struct fdtable *t, unsigned fd, struct file *f, bool cloexec)
{
	t->files[fd] = f;
	bit_set(t->open, fd);
	if (cloexec)
		bit_set(t->cloexec, fd);
}

int
fd_install(struct file *f, int min, bool cloexec)
{
	struct fdtable *t = thread_current()->files;
	unsigned fd;
	int err = -EMFILE;

	if ((unsigned)min >= t->limit)
		return min == 0 ? -EMFILE : -EINVAL;
	spin_lock(&t->lock);
	fd = lowest_free(t, MAX((unsigned)min, t->next));
	if (fd < t->limit)
		err = fd < t->size ? 0 : reserve(t, fd);
	if (err == 0) {
		put_file(t, fd, f, cloexec);
		if ((unsigned)min <= t->next)
			t->next = fd + 1;
		err = (int)fd;
	}
	spin_unlock(&t->lock);
	return err;
}

int
fd_install_at(struct file *f, int fd, bool cloexec)
{
	struct fdtable *t = thread_current()->files;
	struct file *old = NULL;
	int err;

	if (fd < 0 || (unsigned)fd >= t->limit)
		return -EBADF;
	spin_lock(&t->lock);
	err = reserve(t, (unsigned)fd);
	if (err == 0) {
		old = take(t, (unsigned)fd);
		put_file(t, (unsigned)fd, f, cloexec);
	}
	spin_unlock(&t->lock);
	if (old != NULL)
		file_close(t, old);
	return err == 0 ? fd : err;
}

bool
fd_room(void)
{
	struct fdtable *t = thread_current()->files;

	return lowest_free(t, t->next) < t->limit;
}

int
fd_close(int fd)
{
	struct fdtable *t = thread_current()->files;
	struct file *f;

	spin_lock(&t->lock);
	f = take(t, (unsigned)fd);
	spin_unlock(&t->lock);
	if (f == NULL)
		return -EBADF;
	file_close(t, f);
	return 0;
}

int
fd_get_cloexec(int fd)
{
	struct fdtable *t = thread_current()->files;
	int result = -EBADF;

	spin_lock(&t->lock);
	if ((unsigned)fd < t->size && t->files[fd] != NULL)
		result = bit_test(t->cloexec, (unsigned)fd);
	spin_unlock(&t->lock);
	return result;
}

int
fd_set_cloexec(int fd, bool on)
{
	struct fdtable *t = thread_current()->files;
	int err = -EBADF;

	spin_lock(&t->lock);
	if ((unsigned)fd < t->size && t->files[fd] != NULL) {
		bit_clear(t->cloexec, (unsigned)fd);
		if (on)
			bit_set(t->cloexec, (unsigned)fd);
		err = 0;
	}
	spin_unlock(&t->lock);
	return err;
}

void
fdtable_init(void)
{
	slab_cache_init(&table_cache, "fdtable", sizeof(struct fdtable), 0);
}
