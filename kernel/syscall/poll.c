/* poll.c - system calls that wait for one of several files.
 *
 * Layer: syscall   Called by: the table of system calls
 *
 *	poll		pollfd array, count, timeout in ms
 *	ppoll		pollfd array, count, *timespec, *signal mask, mask bytes
 *	select		count, *read, *write, *except, *timeval
 *	pselect6	the same with *timespec, and *{*signal mask, mask bytes}
 *
 * All four become a list of items and one loop: ask each file, which also puts
 * us on its queues; if none is ready, sleep until a queue is woken; ask again.
 *
 * SPDX-License-Identifier: MIT */
#include "syscall/filecalls.h"

#include "abi/errno.h"
#include "abi/poll.h"
#include "abi/time.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/usercopy.h"
#include "proc/signal.h"
#include "sched/clock.h"
#include "sched/poll.h"
#include "sched/thread.h"

/* What is on the stack; more is on the heap. */
#define ITEMS_FAST 8

/* A file is on two queues at most. */
#define QUEUES_PER_FILE 2

/* What the sets of select() mean in poll's words. */
#define SELECT_READ   (POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR)
#define SELECT_WRITE  (POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR)
#define SELECT_EXCEPT POLLPRI

struct item {
	struct file *f;	 /* with a reference, or NULL */
	int fd;
	unsigned wanted; /* POLL* */
	unsigned got;	 /* POLL*, of those that are wanted */
};

/* The items of a call and the room that it needs. */
struct wait_set {
	struct item *items;
	struct poll_entry *entries;
	unsigned count;
	struct item fast_items[ITEMS_FAST];
	struct poll_entry fast_entries[ITEMS_FAST * QUEUES_PER_FILE];
};

/* ---- The loop -------------------------------------------------------- */

static int
set_init(struct wait_set *set, unsigned count)
{
	set->count = count;
	set->items = set->fast_items;
	set->entries = set->fast_entries;
	if (count <= ITEMS_FAST)
		return 0;
	set->items = kmalloc(count * sizeof(*set->items));
	set->entries = kmalloc(count * QUEUES_PER_FILE *
	    sizeof(*set->entries));
	if (set->items != NULL && set->entries != NULL)
		return 0;
	kfree(set->items);
	kfree(set->entries);
	return -ENOMEM;
}

static void
set_fini(struct wait_set *set)
{
	for (unsigned i = 0; i < set->count; i++) {
		if (set->items[i].f != NULL)
			file_put(set->items[i].f);
	}
	if (set->items != set->fast_items) {
		kfree(set->items);
		kfree(set->entries);
	}
}

/* Fill in item i: get the file.  fd < 0: the item is skipped. */
static void
set_item(struct wait_set *set, unsigned i, int fd, unsigned wanted)
{
	struct file *f = fd >= 0 ? fd_get(fd) : NULL;

	set->items[i] = (struct item){.f = f, .fd = fd, .wanted = wanted};
	if (f == NULL && fd >= 0)
		set->items[i].got = POLLNVAL;
}

/* Ask every file; p may be NULL.  Returns how many are ready.  After the first
 * one nobody will sleep, so the queues of the rest do not matter. */
static int
ask_all(struct wait_set *set, struct poller *p)
{
	int ready = 0;

	for (unsigned i = 0; i < set->count; i++) {
		struct item *item = &set->items[i];

		if (item->f != NULL) {
			unsigned state = file_poll_always;

			if (item->f->ops->poll != NULL)
				state = item->f->ops->poll(item->f, p);
			item->got = state & item->wanted;
		}
		if (item->got != 0) {
			ready++;
			p = NULL;
		}
	}
	return ready;
}

/* Wait until an item is ready or the deadline (0: do not wait).
 * Returns how many are ready, or -ERESTARTNOHAND, -ENOMEM. */
static int
wait_any(struct wait_set *set, uint64_t deadline_ns)
{
	int err = 0;
	int ready;

	for (;;) {
		struct poller p = {
		    .entries = set->entries,
		    .max = set->count * QUEUES_PER_FILE,
		};
		bool last = deadline_ns == 0 || err != 0;

		ready = ask_all(set, last ? NULL : &p);
		if (!last && ready == 0 && !p.overflow)
			err = poll_sleep(&p, deadline_ns);
		poll_finish(&p);
		if (p.overflow)
			return -ENOMEM;
		if (ready > 0 || last)
			break;
	}
	if (ready == 0 && err == -ERESTARTSYS)
		return -ERESTARTNOHAND;
	return ready;
}

/* ---- Times and masks ------------------------------------------------- */

/* When a wait of so long from now ends; never 0. */
static uint64_t
deadline_after(uint64_t seconds, uint64_t ns)
{
	uint64_t now = clock_ns();
	uint64_t end;

	if (seconds > (WAIT_FOREVER - now) / NS_PER_SEC - 1)
		return WAIT_FOREVER;
	end = now + seconds * (uint64_t)NS_PER_SEC + ns;
	return MAX(end, 1);
}

/* From a checked length to a deadline; 0: do not wait. */
static uint64_t
deadline_of(int64_t seconds, int64_t ns)
{
	if (seconds == 0 && ns == 0)
		return 0;
	return deadline_after((uint64_t)seconds, (uint64_t)ns);
}

/* Read a user's timespec; NULL: wait for ever.  Returns 0, -EFAULT, -EINVAL. */
static int
read_timespec(const struct abi_timespec *user, uint64_t *deadline_ns)
{
	struct abi_timespec ts;

	*deadline_ns = WAIT_FOREVER;
	if (user == NULL)
		return 0;
	if (get_user(&ts, user) != 0)
		return -EFAULT;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 ||
	    ts.tv_nsec >= (int64_t)NS_PER_SEC)
		return -EINVAL;
	*deadline_ns = deadline_of(ts.tv_sec, ts.tv_nsec);
	return 0;
}

static uint64_t
time_left(uint64_t deadline_ns)
{
	uint64_t now = clock_ns();

	return deadline_ns > now ? deadline_ns - now : 0;
}

/* Tell the program how much of its timespec is left, if it can be written. */
static void
write_timespec(struct abi_timespec *user, uint64_t deadline_ns)
{
	uint64_t left = time_left(deadline_ns);
	struct abi_timespec ts = {
	    (int64_t)(left / NS_PER_SEC), (int64_t)(left % NS_PER_SEC)};

	if (user != NULL)
		(void)copy_to_user(user, &ts, sizeof(ts));
}

/* Wait with the signal mask at user, if there is one. */
static int
mask_for_call(const uint64_t *user, size_t bytes)
{
	uint64_t mask;

	if (user == NULL)
		return 0;
	if (bytes != sizeof(mask))
		return -EINVAL;
	if (get_user(&mask, user) != 0)
		return -EFAULT;
	signal_set_mask_for_call(mask);
	return 0;
}

/* The call ends with result.  After a signal the mask is restored behind the
 * handler. */
static void
mask_end(const uint64_t *user, long result)
{
	if (user != NULL && result != -ERESTARTNOHAND)
		signal_restore_mask();
}

/* ---- poll ------------------------------------------------------------ */

static long
poll_files(struct abi_pollfd *user, unsigned count, uint64_t deadline_ns)
{
	struct abi_pollfd pollfd;
	struct wait_set set;
	int ready;

	if (count > thread_current()->files->limit)
		return -EINVAL;
	ready = set_init(&set, count);
	if (ready != 0)
		return ready;
	for (unsigned i = 0; i < count; i++) {
		if (get_user(&pollfd, &user[i]) != 0) {
			set.count = i;
			ready = -EFAULT;
			goto out;
		}
		set_item(&set, i, pollfd.fd,
		    (uint16_t)pollfd.events | POLLERR | POLLHUP);
	}
	ready = wait_any(&set, deadline_ns);
	if (ready < 0)
		goto out;
	for (unsigned i = 0; i < count; i++) {
		if (put_user(&user[i].revents,
		    (int16_t)set.items[i].got) != 0) {
			ready = -EFAULT;
			break;
		}
	}
out:
	set_fini(&set);
	return ready;
}

long
sys_poll(struct abi_pollfd *user, unsigned count, int timeout_ms)
{
	uint64_t deadline_ns = WAIT_FOREVER;

	if (timeout_ms >= 0)
		deadline_ns = deadline_of(timeout_ms / 1000,
		    timeout_ms % 1000 * (int64_t)NS_PER_MSEC);
	return poll_files(user, count, deadline_ns);
}

long
sys_ppoll(struct abi_pollfd *user, unsigned count,
    struct abi_timespec *timeout, const uint64_t *mask, size_t mask_bytes)
{
	uint64_t deadline_ns;
	long result = read_timespec(timeout, &deadline_ns);

	if (result == 0)
		result = mask_for_call(mask, mask_bytes);
	if (result != 0)
		return result;
	result = poll_files(user, count, deadline_ns);
	mask_end(mask, result);
	write_timespec(timeout, deadline_ns);
	return result;
}

/* ---- select ---------------------------------------------------------- */

#define WORD_BITS 64

/* The three sets of a call, as words. */
struct fd_sets {
	uint64_t in[3][FD_LIMIT_MAX / WORD_BITS];
	uint64_t out[3][FD_LIMIT_MAX / WORD_BITS];
};

static const unsigned set_events[3] = {
    SELECT_READ, SELECT_WRITE, SELECT_EXCEPT};

/* What is wanted of descriptor fd. */
static unsigned
wanted_of(const struct fd_sets *sets, unsigned fd)
{
	unsigned wanted = 0;

	for (int s = 0; s < 3; s++) {
		if (sets->in[s][fd / WORD_BITS] & BIT(fd % WORD_BITS))
			wanted |= set_events[s];
	}
	return wanted;
}

/* Put what an item got into the sets.  Returns how many bits that were. */
static int
result_of(struct fd_sets *sets, const struct item *item)
{
	unsigned fd = (unsigned)item->fd;
	int bits = 0;

	for (int s = 0; s < 3; s++) {
		uint64_t bit = BIT(fd % WORD_BITS);

		if ((sets->in[s][fd / WORD_BITS] & bit) &&
		    (item->got & set_events[s])) {
			sets->out[s][fd / WORD_BITS] |= bit;
			bits++;
		}
	}
	return bits;
}

/* select() on sets->in, the answer in sets->out.  Returns the number of bits,
 * -EBADF, -ERESTARTNOHAND, -ENOMEM. */
static int
select_sets(struct fd_sets *sets, unsigned nfds, uint64_t deadline_ns)
{
	unsigned count = 0;
	struct wait_set set;
	int result;

	for (unsigned fd = 0; fd < nfds; fd++)
		count += wanted_of(sets, fd) != 0;
	result = set_init(&set, count);
	if (result != 0)
		return result;
	count = 0;
	for (unsigned fd = 0; fd < nfds; fd++) {
		unsigned wanted = wanted_of(sets, fd);

		if (wanted == 0)
			continue;
		set_item(&set, count, (int)fd, wanted);
		if (set.items[count++].f == NULL)
			result = -EBADF;
	}
	if (result == 0)
		result = wait_any(&set, deadline_ns);
	if (result >= 0) {
		result = 0;
		for (unsigned i = 0; i < count; i++)
			result += result_of(sets, &set.items[i]);
	}
	set_fini(&set);
	return result;
}

static long
select_files(int nfds, uint64_t *user[3], uint64_t deadline_ns)
{
	struct fd_sets *sets;
	size_t bytes;
	long result = 0;

	if (nfds < 0)
		return -EINVAL;
	nfds = MIN(nfds, FD_LIMIT_MAX);
	bytes = ALIGN_UP((size_t)nfds, WORD_BITS) / 8;
	sets = kzalloc(sizeof(*sets));
	if (sets == NULL)
		return -ENOMEM;
	for (int s = 0; s < 3; s++) {
		if (user[s] != NULL &&
		    copy_from_user(sets->in[s], user[s], bytes) != 0)
			result = -EFAULT;
	}
	if (result == 0)
		result = select_sets(sets, (unsigned)nfds, deadline_ns);
	for (int s = 0; s < 3 && result >= 0; s++) {
		if (user[s] != NULL &&
		    copy_to_user(user[s], sets->out[s], bytes) != 0)
			result = -EFAULT;
	}
	kfree(sets);
	return result;
}

long
sys_select(int nfds, uint64_t *readers, uint64_t *writers, uint64_t *excepts,
    struct abi_timeval *timeout)
{
	uint64_t *sets[3] = {readers, writers, excepts};
	uint64_t deadline_ns = WAIT_FOREVER;
	struct abi_timeval tv;
	uint64_t left;
	long result;

	if (timeout != NULL) {
		if (get_user(&tv, timeout) != 0)
			return -EFAULT;
		/* More than a second of microseconds is carried over. */
		tv.tv_sec += tv.tv_usec / (int64_t)(NS_PER_SEC / NS_PER_USEC);
		tv.tv_usec %= (int64_t)(NS_PER_SEC / NS_PER_USEC);
		if (tv.tv_sec < 0 || tv.tv_usec < 0)
			return -EINVAL;
		deadline_ns = deadline_of(tv.tv_sec,
		    tv.tv_usec * (int64_t)NS_PER_USEC);
	}
	result = select_files(nfds, sets, deadline_ns);
	if (timeout != NULL) {
		left = time_left(deadline_ns);
		tv.tv_sec = (int64_t)(left / NS_PER_SEC);
		tv.tv_usec = (int64_t)(left % NS_PER_SEC / NS_PER_USEC);
		(void)copy_to_user(timeout, &tv, sizeof(tv));
	}
	return result;
}

long
sys_pselect6(int nfds, uint64_t *readers, uint64_t *writers,
    uint64_t *excepts, struct abi_timespec *timeout, const uint64_t *mask_arg)
{
	uint64_t *sets[3] = {readers, writers, excepts};
	uint64_t mask[2] = {0, 0};	/* the pair {pointer, bytes} */
	const uint64_t *mask_user;
	uint64_t deadline_ns;
	long result;

	if (mask_arg != NULL &&
	    copy_from_user(mask, mask_arg, sizeof(mask)) != 0)
		return -EFAULT;
	mask_user = (const uint64_t *)mask[0];
	result = read_timespec(timeout, &deadline_ns);
	if (result == 0)
		result = mask_for_call(mask_user, mask[1]);
	if (result != 0)
		return result;
	result = select_files(nfds, sets, deadline_ns);
	mask_end(mask_user, result);
	write_timespec(timeout, deadline_ns);
	return result;
}
