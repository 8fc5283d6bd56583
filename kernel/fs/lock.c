/* lock.c - advisory locks: ranges of a process (fcntl), whole files (flock).
 *
 * Layer: fs   Called by: syscall/fd.c, file.c
 *
 * Each inode has a list of locks.  A range of fcntl belongs to a table of
 * descriptors, that is, to a process; a lock of flock covers everything and
 * belongs to an open file.  The two kinds do not see each other.
 *
 *	held by us	 [0 -------- read -------- 100)
 *	we set write		[20 - 60)
 *	becomes		 [0-20)  [20 -60)  [60 - 100)
 *
 * So setting a range first cuts it out of what we hold, which may need one more
 * lock, and then adds it; neighbours are not joined.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/lock.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "lib/list.h"
#include "mm/slab.h"
#include "mm/usercopy.h"
#include "sched/waitq.h"

#define TO_END INT64_MAX

int (*lock_pid_hook)(void);

struct file_lock {
	struct list link;
	const void *owner; /* a struct fdtable or a struct file */
	int pid;	   /* for F_GETLK; 0: of flock */
	bool whole;	   /* of flock */
	bool write;
	int64_t start;
	int64_t end;	   /* first byte behind; TO_END: everything */
};

/* One lock and one queue for all: locks are rare and short. */
static struct spinlock locks_lock = SPINLOCK_INIT("file locks", RANK_FILE_LOCK);
static struct waitq locks_changed = WAITQ_INIT(locks_changed, "file lock");
static uint64_t locks_round;	/* [a] counts the changes that free something */

static bool
overlap(const struct file_lock *a, const struct file_lock *b)
{
	return a->start < b->end && b->start < a->end;
}

/* The first lock that stands against want, or NULL.
 * Locks: locks_lock held. */
static struct file_lock *
find_conflict(struct inode *inode, const struct file_lock *want)
{
	list_for_each(l, &inode->locks, struct file_lock, link) {
		if (l->owner != want->owner && l->whole == want->whole &&
		    overlap(l, want) && (l->write || want->write))
			return l;
	}
	return NULL;
}

static void
remove_lock(struct file_lock *l)
{
	list_remove(&l->link);
	kfree(l);
}

/* Cut want's range out of its owner's locks.  *spare is used where a lock falls
 * in two.  Locks: locks_lock held. */
static void
cut_range(struct inode *inode, const struct file_lock *want,
    struct file_lock **spare)
{
	list_for_each_safe(l, &inode->locks, struct file_lock, link) {
		if (l->owner != want->owner || !overlap(l, want))
			continue;
		if (l->start < want->start && l->end > want->end) {
			**spare = *l;
			(*spare)->start = want->end;
			l->end = want->start;
			list_add(&inode->locks, &(*spare)->link);
			*spare = NULL;
		} else if (l->start < want->start) {
			l->end = want->start;
		} else if (l->end > want->end) {
			l->start = want->end;
		} else {
			remove_lock(l);
		}
	}
}

/* One try.  new: the lock to add, NULL: only unlock; taken over when it is
 * added.  Returns 0 or -EAGAIN. */
static int
try_set(struct inode *inode, const struct file_lock *want,
    struct file_lock **new, struct file_lock **spare)
{
	int err = 0;

	spin_lock(&locks_lock);
	if (*new != NULL && find_conflict(inode, want) != NULL) {
		err = -EAGAIN;
	} else {
		cut_range(inode, want, spare);
		if (*new != NULL) {
			**new = *want;
			list_add(&inode->locks, &(*new)->link);
			*new = NULL;
		}
	}
	spin_unlock(&locks_lock);
	if (err == 0) {
		atomic_add(&locks_round, 1);
		waitq_wake_all(&locks_changed);
	}
	return err;
}

/* Set (or remove) the lock want; wait for others if told so. */
static int
set_lock(struct inode *inode, const struct file_lock *want, bool unlock,
    bool wait)
{
	struct file_lock *new = unlock ? NULL : kmalloc(sizeof(*new));
	struct file_lock *spare = kmalloc(sizeof(*spare));
	int err = -ENOMEM;

	if (spare == NULL || (new == NULL && !unlock))
		goto out;
	for (;;) {
		uint64_t round = atomic_load(&locks_round);

		err = try_set(inode, want, &new, &spare);
		if (err != -EAGAIN || !wait)
			break;
		err = wait_event_interruptible(&locks_changed,
		    atomic_load(&locks_round) != round);
		if (err != 0)
			break;
	}
out:
	kfree(new);
	kfree(spare);
	return err;
}

/* ---- fcntl ----------------------------------------------------------- */

/* From the program's description to a lock.  Returns 0 or an error. */
static int
parse_range(struct file *f, const struct abi_flock *fl, struct file_lock *out)
{
	int64_t start;
	int64_t base = 0;

	if (fl->l_type != F_RDLCK && fl->l_type != F_WRLCK &&
	    fl->l_type != F_UNLCK)
		return -EINVAL;
	if (fl->l_whence == SEEK_CUR)
		base = f->pos;
	else if (fl->l_whence == SEEK_END)
		base = inode_size(f->inode);
	else if (fl->l_whence != SEEK_SET)
		return -EINVAL;
	if (__builtin_add_overflow(base, fl->l_start, &start))
		return -EOVERFLOW;
	*out = (struct file_lock){
	    .owner = thread_current()->files,
	    .pid = lock_pid_hook != NULL ? lock_pid_hook() : 0,
	    .write = fl->l_type == F_WRLCK,
	    .start = start,
	    .end = TO_END,
	};
	if (fl->l_len > 0 &&
	    __builtin_add_overflow(start, fl->l_len, &out->end))
		return -EOVERFLOW;
	if (fl->l_len < 0) {
		/* The range before start. */
		out->end = start;
		out->start = start + fl->l_len;
	}
	return out->start < 0 ? -EINVAL : 0;
}

/* F_GETLK: say which lock is in the way, or F_UNLCK. */
static int
get_lock(struct inode *inode, const struct file_lock *want,
    struct abi_flock *fl)
{
	struct file_lock *l;

	spin_lock(&locks_lock);
	l = find_conflict(inode, want);
	fl->l_type = F_UNLCK;
	if (l != NULL) {
		fl->l_type = l->write ? F_WRLCK : F_RDLCK;
		fl->l_whence = SEEK_SET;
		fl->l_start = l->start;
		fl->l_len = l->end == TO_END ? 0 : l->end - l->start;
		fl->l_pid = l->pid;
	}
	spin_unlock(&locks_lock);
	return 0;
}

long
lock_fcntl(struct file *f, int cmd, struct abi_flock *user)
{
	struct file_lock want;
	struct abi_flock fl;
	int err;

	if (copy_from_user(&fl, user, sizeof(fl)) != 0)
		return -EFAULT;
	err = parse_range(f, &fl, &want);
	if (err != 0)
		return err;
	if (cmd == F_GETLK) {
		if (fl.l_type == F_UNLCK)
			return -EINVAL;
		get_lock(f->inode, &want, &fl);
		return copy_to_user(user, &fl, sizeof(fl));
	}
	if ((fl.l_type == F_RDLCK && !(f->access & FILE_READ)) ||
	    (fl.l_type == F_WRLCK && !(f->access & FILE_WRITE)))
		return -EBADF;
	return set_lock(f->inode, &want, fl.l_type == F_UNLCK,
	    cmd == F_SETLKW);
}

/* ---- flock ----------------------------------------------------------- */

long
lock_flock(struct file *f, int operation)
{
	int kind = operation & ~LOCK_NB;
	struct file_lock want = {
	    .owner = f,
	    .whole = true,
	    .write = kind == LOCK_EX,
	    .end = TO_END,
	};

	if (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN)
		return -EINVAL;
	return set_lock(f->inode, &want, kind == LOCK_UN,
	    !(operation & LOCK_NB));
}

void
lock_release(struct inode *inode, const void *owner)
{
	if (list_empty(&inode->locks))
		return;
	spin_lock(&locks_lock);
	list_for_each_safe(l, &inode->locks, struct file_lock, link) {
		if (l->owner == owner)
			remove_lock(l);
	}
	spin_unlock(&locks_lock);
	atomic_add(&locks_round, 1);
	waitq_wake_all(&locks_changed);
}
