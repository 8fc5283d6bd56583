/* futex.c - sleep until a word of user memory changes, wake who sleeps so.
 *
 * Layer: proc   Called by: syscall (futex), exit
 * Source: futex(2), get_robust_list(2)
 *
 * No wake-up is lost, because the waiter looks and queues itself under one lock:
 *
 *	waiter				waker
 *					change the word
 *	lock				lock
 *	word as expected? queue		wake whoever is queued
 *	unlock, sleep			unlock
 *
 * If the waker's lock comes first, the waiter sees the new word; else the waker
 * sees the waiter.  One lock serves all futexes: it is held for some ten
 * instructions.  (Exercise: give each bucket a lock.  What does requeue need?)
 *
 * Under the lock no page fault can be served: the load fails, the lock is
 * dropped, the page is touched, and all starts again.
 * SPDX-License-Identifier: MIT */
#include "proc/futex.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "abi/time.h"
#include "mm/aspace.h"
#include "mm/usercopy.h"
#include "proc/proc.h"
#include "x86/uaccess.h"

/* What a word is: its object and place there if the memory is shared, else its
 * address space and address. */
struct futex_key {
	const void *owner;
	uint64_t offset;
};

/* On the waiting thread's stack. */
struct futex_waiter {
	struct list link; /* [l] in a bucket */
	struct futex_key key; /* [l] requeue changes it */
	struct thread *thread;
	uint32_t bitset;
	bool woken; /* [l] */
};

#define BUCKETS 256

static struct spinlock futex_lock = SPINLOCK_INIT("futex", RANK_FUTEX);
static struct list buckets[BUCKETS]; /* [l] futex_lock */

/* ---- Keys ---- */

static bool
key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->owner == b->owner && a->offset == b->offset;
}

/* The queue in which waiters on key are, and others.  Locks: futex_lock held. */
static struct list *
bucket_of(const struct futex_key *key)
{
	uint64_t mix = ((uint64_t)key->owner >> 6) + (key->offset >> 2) +
	    (key->offset >> PAGE_SHIFT);
	struct list *bucket = &buckets[mix % BUCKETS];

	if (bucket->next == NULL) /* First use: zeroed memory. */
		list_init(bucket);
	return bucket;
}

/* The key of word.  *object: a reference to it, or NULL; key_put() is due.
 * Returns 0, -EINVAL: not aligned; -EFAULT.  May sleep if not private. */
static int
key_get(uint64_t word, bool private, struct futex_key *key,
    struct vm_object **object)
{
	struct aspace *as = proc_current()->aspace;
	struct area *area;

	*object = NULL;
	if (word % sizeof(uint32_t) != 0)
		return -EINVAL;
	if (!user_range_ok((void *)word, sizeof(uint32_t)))
		return -EFAULT;
	*key = (struct futex_key){as, word};
	if (private)
		return 0;
	mutex_lock(&as->lock);
	area = aspace_find_area(as, word);
	if (area != NULL && (area->flags & AREA_SHARED) &&
	    area->object != NULL) {
		*object = area->object;
		object_get(*object);
		*key = (struct futex_key){*object,
		    area->offset + word - area->start};
	}
	mutex_unlock(&as->lock);
	return area == NULL ? -EFAULT : 0;
}

static void
key_put(struct vm_object *object)
{
	if (object != NULL)
		object_put(object);
}

/* ---- Waiting ---- */

/* Queue w if the word still has the value.  Returns 0, -EAGAIN: it has another;
 * -EFAULT: the page was not there (touch it and try again). */
static int
queue_if_equal(struct futex_waiter *w, uint64_t word, uint32_t value)
{
	uint32_t now;
	int error;

	spin_lock(&futex_lock);
	error = uaccess_load32((const uint32_t *)word, &now);
	if (error == 0 && now != value)
		error = -EAGAIN;
	if (error == 0)
		list_add_tail(bucket_of(&w->key), &w->link);
	spin_unlock(&futex_lock);
	return error;
}

/* Leave the queue.  True: somebody has woken w. */
static bool
unqueue(struct futex_waiter *w)
{
	bool woken;

	spin_lock(&futex_lock);
	list_remove(&w->link);
	woken = w->woken;
	spin_unlock(&futex_lock);
	return woken;
}

/* Sleep until w is woken, and leave the queue.
 * Returns 0; -ETIMEDOUT or -ERESTARTSYS only if nobody has woken it. */
static int
sleep_queued(struct futex_waiter *w, uint64_t deadline_ns)
{
	int error = 0;

	while (!atomic_load(&w->woken) && error == 0) {
		atomic_store(&w->thread->state, THREAD_BLOCKED);
		atomic_fence();
		if (atomic_load(&w->woken))
			break;
		error = waitq_sleep(WAIT_INTERRUPTIBLE, deadline_ns);
	}
	atomic_store(&w->thread->state, THREAD_RUNNING);
	return unqueue(w) ? 0 : error;
}

/* deadline_ns: of clock_ns(), or WAIT_FOREVER.
 * Returns 0, -EAGAIN, -EFAULT, -ETIMEDOUT, -ERESTARTSYS. */
static int
futex_wait(uint64_t word, bool private, uint32_t value, uint32_t bitset,
    uint64_t deadline_ns)
{
	struct futex_waiter w = {.bitset = bitset, .thread = thread_current()};
	struct vm_object *object;
	uint32_t touched;
	int error;

	list_init(&w.link);
	error = key_get(word, private, &w.key, &object);
	if (error != 0)
		return error;
	for (;;) {
		error = queue_if_equal(&w, word, value);
		if (error != -EFAULT)
			break;
		error = get_user(&touched, (uint32_t *)word);
		if (error != 0)
			break;
	}
	if (error == 0)
		error = sleep_queued(&w, deadline_ns);
	key_put(object);
	return error;
}

/* FUTEX_WAIT's timeout is relative: what is left of it when the call is run
 * again after a signal. */
static long
wait_restart(struct restart *r)
{
	int error = futex_wait(r->arg[0], r->arg[1] != 0, (uint32_t)r->arg[2],
	    FUTEX_BITSET_MATCH_ANY, r->deadline_ns);

	return error == -ERESTARTSYS ? -ERESTART_RESTARTBLOCK : error;
}

/* ---- Waking ---- */

/* Wake up to n waiters on key with a bit of bitset.  Returns how many.
 * Locks: futex_lock held. */
static long
wake_locked(const struct futex_key *key, unsigned n, uint32_t bitset)
{
	long woken = 0;

	kassert(spin_held(&futex_lock));
	list_for_each_safe(w, bucket_of(key), struct futex_waiter, link) {
		struct thread *thread = w->thread;

		if (woken >= (long)n)
			break;
		if (!key_equal(&w->key, key) || (w->bitset & bitset) == 0)
			continue;
		list_remove(&w->link);
		atomic_store(&w->woken, true);
		thread_wake(thread);
		woken++;
	}
	return woken;
}

/* Wake up to n waiters on word with a bit of bitset.  Returns how many, or the
 * errors of key_get(). */
static long
wake(uint64_t word, bool private, unsigned n, uint32_t bitset)
{
	struct vm_object *object;
	struct futex_key key;
	long woken = key_get(word, private, &key, &object);

	if (woken != 0)
		return woken;
	spin_lock(&futex_lock);
	woken = wake_locked(&key, n, bitset);
	spin_unlock(&futex_lock);
	key_put(object);
	return woken;
}

long
futex_wake(uint64_t word, bool private, unsigned n)
{
	return wake(word, private, n, FUTEX_BITSET_MATCH_ANY);
}

/* Wake up to n_wake waiters on from, and let n_move others wait on to. */
static long
move_locked(const struct futex_key *from, const struct futex_key *to,
    unsigned n_wake, unsigned n_move)
{
	long count = wake_locked(from, n_wake, FUTEX_BITSET_MATCH_ANY);
	struct list moved;

	list_init(&moved);
	list_for_each_safe(w, bucket_of(from), struct futex_waiter, link) {
		if (n_move == 0)
			break;
		if (!key_equal(&w->key, from))
			continue;
		list_remove(&w->link);
		list_add_tail(&moved, &w->link);
		w->key = *to;
		n_move--;
		count++;
	}
	list_splice(bucket_of(to), &moved);
	return count;
}

/* ---- Two words ---- */

/* FUTEX_WAKE_OP: what the word becomes.  Source: futex(2) */
struct wake_op {
	unsigned op;
	unsigned cmp;
	int32_t op_arg;
	int32_t cmp_arg;
};

#define WAKE_OP_ARG_BITS 12
#define WAKE_OP_ARG_MASK (BIT(WAKE_OP_ARG_BITS) - 1)
#define WAKE_OP_BITS     4

static int32_t
sign_extend_12(uint32_t value)
{
	return (int32_t)(value << 20) >> 20;
}

/* Take value3 of FUTEX_WAKE_OP apart: 4 bits operation, 4 bits comparison, and
 * a signed 12-bit argument of each.  Returns 0 or -ENOSYS: no such operation. */
static int
wake_op_decode(uint32_t code, struct wake_op *out)
{
	out->cmp_arg = sign_extend_12(code & WAKE_OP_ARG_MASK);
	out->op_arg =
	    sign_extend_12(code >> WAKE_OP_ARG_BITS & WAKE_OP_ARG_MASK);
	out->cmp = code >> (2 * WAKE_OP_ARG_BITS) & (BIT(WAKE_OP_BITS) - 1);
	out->op = code >> (2 * WAKE_OP_ARG_BITS + WAKE_OP_BITS);
	if (out->op & FUTEX_OP_OPARG_SHIFT) {
		out->op &= ~FUTEX_OP_OPARG_SHIFT;
		out->op_arg = (int32_t)(1u << (out->op_arg & 31));
	}
	if (out->op > FUTEX_OP_XOR || out->cmp > FUTEX_OP_CMP_GE)
		return -ENOSYS;
	return 0;
}

/* The new value of a word that was old. */
static uint32_t
wake_op_apply(const struct wake_op *op, uint32_t old)
{
	switch (op->op) {
	case FUTEX_OP_SET:
		return (uint32_t)op->op_arg;
	case FUTEX_OP_ADD:
		return old + (uint32_t)op->op_arg;
	case FUTEX_OP_OR:
		return old | (uint32_t)op->op_arg;
	case FUTEX_OP_ANDN:
		return old & ~(uint32_t)op->op_arg;
	default:
		return old ^ (uint32_t)op->op_arg;
	}
}

/* Is the second wake-up wanted, by what the word was? */
static bool
wake_op_compare(const struct wake_op *op, int32_t old)
{
	switch (op->cmp) {
	case FUTEX_OP_CMP_EQ:
		return old == op->cmp_arg;
	case FUTEX_OP_CMP_NE:
		return old != op->cmp_arg;
	case FUTEX_OP_CMP_LT:
		return old < op->cmp_arg;
	case FUTEX_OP_CMP_LE:
		return old <= op->cmp_arg;
	case FUTEX_OP_CMP_GT:
		return old > op->cmp_arg;
	default:
		return old >= op->cmp_arg;
	}
}

/* Change word atomically; *old: what it was.  Returns 0 or -EFAULT.
 * Locks: futex_lock held: faults fail. */
static int
wake_op_run(const struct wake_op *op, uint64_t word, uint32_t *old)
{
	uint32_t expected;
	int error = uaccess_load32((const uint32_t *)word, &expected);

	while (error == 0) {
		error = uaccess_cmpxchg32((uint32_t *)word, expected,
		    wake_op_apply(op, expected), old);
		if (error == 0 && *old == expected)
			return 0;
		expected = *old;
	}
	return error;
}

/* A call on two words, with their keys. */
struct pair {
	const struct futex_args *args;
	struct futex_key key;
	struct futex_key key2;
	unsigned n2; /* how many of the second part */
};

/* FUTEX_WAKE_OP: change the second word; wake waiters on the first, and on the
 * second if its old value says so.  Returns how many, -ENOSYS or -EFAULT. */
static long
wake_op_locked(const struct pair *pair)
{
	struct wake_op op;
	uint32_t old;
	long count = wake_op_decode(pair->args->value3, &op);

	if (count == 0)
		count = wake_op_run(&op, pair->args->word2, &old);
	if (count != 0)
		return count;
	count = wake_locked(&pair->key, pair->args->value,
	    FUTEX_BITSET_MATCH_ANY);
	if (wake_op_compare(&op, (int32_t)old))
		count += wake_locked(&pair->key2, pair->n2,
		    FUTEX_BITSET_MATCH_ANY);
	return count;
}

/* FUTEX_REQUEUE, FUTEX_CMP_REQUEUE (compare: only while the word has value3).
 * Returns how many were woken or moved, -EAGAIN or -EFAULT. */
static long
requeue_locked(const struct pair *pair, bool compare)
{
	uint32_t now;

	if (compare) {
		if (uaccess_load32((const uint32_t *)pair->args->word, &now))
			return -EFAULT;
		if (now != pair->args->value3)
			return -EAGAIN;
	}
	return move_locked(&pair->key, &pair->key2, pair->args->value,
	    pair->n2);
}

/* The operations on two words.  Try under the lock, where a missing page is an
 * error; then bring the page and try again. */
static long
pair_call(const struct futex_args *args, int op, bool private)
{
	struct pair pair = {.args = args, .n2 = (unsigned)args->timeout};
	uint64_t touched = op == FUTEX_WAKE_OP ? args->word2 : args->word;
	struct vm_object *object = NULL;
	struct vm_object *object2 = NULL;
	uint32_t value;
	long result;

	if ((int)args->value < 0 || (int)pair.n2 < 0)
		return -EINVAL;
	result = key_get(args->word, private, &pair.key, &object);
	if (result == 0)
		result = key_get(args->word2, private, &pair.key2, &object2);
	while (result == 0) {
		spin_lock(&futex_lock);
		result = op == FUTEX_WAKE_OP ? wake_op_locked(&pair) :
		    requeue_locked(&pair, op == FUTEX_CMP_REQUEUE);
		spin_unlock(&futex_lock);
		if (result != -EFAULT)
			break;
		/* Bring the page, writable if need be, and try again. */
		result = get_user(&value, (uint32_t *)touched);
		if (result == 0 && op == FUTEX_WAKE_OP)
			result = uaccess_cmpxchg32((uint32_t *)touched, value,
			    value, &value);
	}
	key_put(object);
	key_put(object2);
	return result;
}

/* ---- The system call ---- */

/* The deadline that args->timeout means, in clock_ns(). */
static int
wait_deadline(const struct futex_args *args, int op, uint64_t *deadline_ns)
{
	struct abi_timespec ts;
	uint64_t ns;

	*deadline_ns = WAIT_FOREVER;
	if (args->timeout == 0)
		return 0;
	if (get_user(&ts, (const struct abi_timespec *)args->timeout) != 0)
		return -EFAULT;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 ||
	    (uint64_t)ts.tv_nsec >= NS_PER_SEC)
		return -EINVAL;
	if ((uint64_t)ts.tv_sec >= UINT64_MAX / NS_PER_SEC / 4)
		return 0;
	ns = (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
	if (op == FUTEX_WAIT)
		ns += clock_ns();
	else if (args->op & FUTEX_CLOCK_REALTIME)
		ns = clock_ns() + (ns > clock_realtime_ns() ?
		    ns - clock_realtime_ns() : 0);
	*deadline_ns = ns;
	return 0;
}

/* FUTEX_WAIT and FUTEX_WAIT_BITSET.  After a signal the first goes on with the
 * time that is left, the second has an absolute deadline anyway. */
static long
wait_call(const struct futex_args *args, int op, bool private)
{
	uint32_t bitset =
	    op == FUTEX_WAIT ? FUTEX_BITSET_MATCH_ANY : args->value3;
	struct restart *restart = &task_current()->restart;
	uint64_t deadline_ns;
	int error = wait_deadline(args, op, &deadline_ns);

	if (error != 0)
		return error;
	if (bitset == 0)
		return -EINVAL;
	error = futex_wait(args->word, private, args->value, bitset,
	    deadline_ns);
	if (error != -ERESTARTSYS || op != FUTEX_WAIT ||
	    deadline_ns == WAIT_FOREVER)
		return error;
	*restart = (struct restart){wait_restart, deadline_ns,
	    {args->word, private, args->value}};
	return -ERESTART_RESTARTBLOCK;
}

long
futex_call(const struct futex_args *args)
{
	bool private = (args->op & FUTEX_PRIVATE_FLAG) != 0;
	int op = args->op & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);

	switch (op) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		return wait_call(args, op, private);
	case FUTEX_WAKE:
		return wake(args->word, private, args->value,
		    FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		if (args->value3 == 0)
			return -EINVAL;
		return wake(args->word, private, args->value, args->value3);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
	case FUTEX_WAKE_OP:
		return pair_call(args, op, private);
	default:
		return -ENOSYS;
	}
}

/* ---- Robust lists ---- */

/* The lock at word is in a dead thread's list: if it held it, say so and wake
 * the next. */
static void
robust_release(uint64_t word, pid_t tid)
{
	uint32_t value;
	uint32_t old;

	if (word % sizeof(value) != 0 ||
	    get_user(&value, (uint32_t *)word) != 0)
		return;
	while ((pid_t)(value & FUTEX_TID_MASK) == tid) {
		if (uaccess_cmpxchg32((uint32_t *)word, value,
		    (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED, &old) != 0)
			return;
		if (old == value) {
			if (value & FUTEX_WAITERS)
				futex_wake(word, false, 1);
			return;
		}
		value = old;
	}
}

void
futex_exit_robust(struct task *task)
{
	struct abi_robust_list_head head;
	uint64_t list = task->robust_list;
	uint64_t link;

	task->robust_list = 0;
	if (list == 0 ||
	    copy_from_user(&head, (const void *)list, sizeof(head)) != 0)
		return;
	link = head.next;
	for (int n = 0; n < ROBUST_LIST_LIMIT && link != list; n++) {
		uint64_t next;

		if (get_user(&next, (const uint64_t *)link) != 0)
			break;
		/* Bit 0 marks locks with priority inheritance. */
		if (link != head.pending && (link & 1) == 0)
			robust_release(link + (uint64_t)head.futex_offset,
			    task->thread.tid);
		link = next;
	}
	if (head.pending != 0)
		robust_release(head.pending + (uint64_t)head.futex_offset,
		    task->thread.tid);
}
