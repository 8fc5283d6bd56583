/* time.c - system calls about clocks, sleeping and timers.
 *
 * Layer: syscall   Called by: table.c
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "mm/usercopy.h"
#include "proc/job.h"
#include "proc/proc.h"
#include "syscall/syscalls.h"
#include "syscall/usertime.h"

#define US_PER_SEC 1000000

int
user_deadline(const struct abi_timespec *timeout, uint64_t *deadline_ns)
{
	struct abi_timespec ts;

	if (get_user(&ts, timeout) != 0)
		return -EFAULT;
	if (!timespec_ok(&ts))
		return -EINVAL;
	*deadline_ns = clock_ns() + timespec_to_ns(&ts);
	return 0;
}

/* ---- Reading clocks ---- */

/* CPU time of the process or thread that a clock id below 0 names. */
static int
cpu_clock_of(int clock, uint64_t *ns)
{
	pid_t id = ~(clock >> 3);
	int kind = clock & CPUCLOCK_CLOCK_MASK;
	bool per_thread = (clock & CPUCLOCK_PERTHREAD_MASK) != 0;
	struct usage usage = {0};
	bool found = false;
	uint64_t irq;

	if (kind > CPUCLOCK_SCHED)
		return -EINVAL;
	irq = spin_lock_irq(&proc_lock);
	if (per_thread) {
		struct task *task = id == 0 ? task_current() : pid_task(id);

		found = task != NULL && task->proc == proc_current();
		if (found)
			task_usage(task, &usage);
	} else {
		struct proc *p = id == 0 ? proc_current() : pid_proc(id);

		found = p != NULL;
		if (found)
			proc_usage(p, &usage);
	}
	spin_unlock_irq(&proc_lock, irq);
	*ns = kind == CPUCLOCK_VIRT ? usage.user_ns : usage.cpu_ns;
	return found ? 0 : -EINVAL;
}

static uint64_t
process_cpu_ns(void)
{
	struct usage usage;
	uint64_t irq = spin_lock_irq(&proc_lock);

	proc_usage(proc_current(), &usage);
	spin_unlock_irq(&proc_lock, irq);
	return usage.cpu_ns;
}

/* Read clock.  Returns 0 or -EINVAL: no such clock. */
static int
clock_read(int clock, uint64_t *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI:
		*ns = clock_realtime_ns();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*ns = clock_ns();
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		*ns = process_cpu_ns();
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		*ns = thread_cpu_ns(thread_current());
		return 0;
	default:
		return clock < 0 ? cpu_clock_of(clock, ns) : -EINVAL;
	}
}

long
sys_clock_gettime(int clock, struct abi_timespec *time)
{
	uint64_t ns;
	int error = clock_read(clock, &ns);

	return error != 0 ? error : put_user(time, timespec_from_ns(ns));
}

long
sys_clock_getres(int clock, struct abi_timespec *resolution)
{
	struct abi_timespec one = {.tv_nsec = 1};
	uint64_t ns;
	int error = clock_read(clock, &ns);

	if (error != 0 || resolution == NULL)
		return error;
	if (clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE)
		one.tv_nsec = 4 * (int64_t)NS_PER_MSEC; /* As Linux's tick. */
	return put_user(resolution, one);
}

long
sys_clock_settime(int clock, const struct abi_timespec *time)
{
	struct abi_timespec ts;

	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	if (get_user(&ts, time) != 0)
		return -EFAULT;
	if (!timespec_ok(&ts))
		return -EINVAL;
	if (proc_current()->creds.user.effective != 0)
		return -EPERM;
	clock_set_realtime_ns(timespec_to_ns(&ts));
	return 0;
}

/* The time zone is remembered and has no effect. */
static struct abi_timezone time_zone; /* [a] */

long
sys_gettimeofday(struct abi_timeval *time, struct abi_timezone *zone)
{
	if (time != NULL &&
	    put_user(time, timeval_from_ns(clock_realtime_ns())) != 0)
		return -EFAULT;
	return zone != NULL ? put_user(zone, time_zone) : 0;
}

long
sys_settimeofday(const struct abi_timeval *time,
    const struct abi_timezone *zone)
{
	struct abi_timezone new_zone = time_zone;
	struct abi_timeval tv;

	if (time != NULL && get_user(&tv, time) != 0)
		return -EFAULT;
	if (zone != NULL && get_user(&new_zone, zone) != 0)
		return -EFAULT;
	if (time != NULL && (tv.tv_sec < 0 || tv.tv_usec < 0 ||
	    tv.tv_usec >= US_PER_SEC))
		return -EINVAL;
	if (proc_current()->creds.user.effective != 0)
		return -EPERM;
	time_zone = new_zone;
	if (time != NULL) {
		struct abi_timespec ts = {
		    .tv_sec = tv.tv_sec,
		    .tv_nsec = tv.tv_usec * (int64_t)NS_PER_USEC,
		};

		clock_set_realtime_ns(timespec_to_ns(&ts));
	}
	return 0;
}

long
sys_time(int64_t *time)
{
	int64_t seconds = (int64_t)(clock_realtime_ns() / NS_PER_SEC);

	if (time != NULL && put_user(time, seconds) != 0)
		return -EFAULT;
	return seconds;
}

long
sys_times(struct abi_tms *tms)
{
	struct proc *p = proc_current();
	struct usage own;
	struct usage waited;
	struct abi_tms out;
	uint64_t irq = spin_lock_irq(&proc_lock);

	proc_usage(p, &own);
	waited = p->waited;
	spin_unlock_irq(&proc_lock, irq);
	out = (struct abi_tms){
	    .tms_utime = (int64_t)(own.user_ns / NS_PER_TICK),
	    .tms_stime = (int64_t)((own.cpu_ns - own.user_ns) / NS_PER_TICK),
	    .tms_cutime = (int64_t)(waited.user_ns / NS_PER_TICK),
	    .tms_cstime =
		(int64_t)((waited.cpu_ns - waited.user_ns) / NS_PER_TICK),
	};
	if (tms != NULL && put_user(tms, out) != 0)
		return -EFAULT;
	return (long)(clock_ns() / NS_PER_TICK);
}

/* ---- Sleeping ---- */

/* Sleep until deadline; if a signal comes first, tell what is left at the user
 * address left (or 0) and prepare to go on after it. */
static long
sleep_relative(uint64_t deadline_ns, uint64_t left);

static long
sleep_restart(struct restart *restart)
{
	return sleep_relative(restart->deadline_ns, restart->arg[0]);
}

static long
sleep_relative(uint64_t deadline_ns, uint64_t left)
{
	uint64_t now;

	if (thread_sleep_until(deadline_ns, WAIT_INTERRUPTIBLE) == 0)
		return 0;
	now = clock_ns();
	if (now >= deadline_ns)
		return 0;
	if (left != 0 && put_user((struct abi_timespec *)left,
	    timespec_from_ns(deadline_ns - now)) != 0)
		return -EFAULT;
	task_current()->restart =
	    (struct restart){sleep_restart, deadline_ns, {left}};
	return -ERESTART_RESTARTBLOCK;
}

long
sys_nanosleep(const struct abi_timespec *time, struct abi_timespec *left)
{
	uint64_t deadline_ns;
	int error = user_deadline(time, &deadline_ns);

	return error != 0 ? error :
	    sleep_relative(deadline_ns, (uint64_t)left);
}

/* Until the wall clock shows ns; it may be set meanwhile. */
static long
sleep_until_realtime(uint64_t ns)
{
	for (;;) {
		uint64_t now = clock_realtime_ns();

		if (now >= ns)
			return 0;
		if (thread_sleep_until(clock_ns() + MIN(ns - now, NS_PER_SEC),
		    WAIT_INTERRUPTIBLE) != 0)
			return -ERESTARTNOHAND;
	}
}

/* CPU time passes only while threads of the process run: look again and again. */
static long
sleep_cpu_clock(int clock, uint64_t until_ns)
{
	uint64_t now;

	for (;;) {
		int error = clock_read(clock, &now);

		if (error != 0)
			return error;
		if (now >= until_ns)
			return 0;
		if (thread_sleep_until(clock_ns() + until_ns - now,
		    WAIT_INTERRUPTIBLE) != 0)
			return -ERESTARTNOHAND;
	}
}

static bool
is_realtime(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_TAI ||
	    clock == CLOCK_REALTIME_ALARM;
}

/* Clocks that can be read but not slept on. */
static int
clock_nanosleep_check(int clock)
{
	switch (clock) {
	case CLOCK_THREAD_CPUTIME_ID:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		return -EOPNOTSUPP;
	default:
		return 0;
	}
}

long
sys_clock_nanosleep(int clock, int flags, const struct abi_timespec *time,
    struct abi_timespec *left)
{
	struct abi_timespec ts;
	uint64_t now;
	uint64_t ns;
	int error = clock_read(clock, &now);

	if (error == 0)
		error = clock_nanosleep_check(clock);
	if (error != 0)
		return error;
	if (get_user(&ts, time) != 0)
		return -EFAULT;
	if (!timespec_ok(&ts))
		return -EINVAL;
	ns = timespec_to_ns(&ts);
	if (clock == CLOCK_PROCESS_CPUTIME_ID || clock < 0)
		return sleep_cpu_clock(clock,
		    flags & TIMER_ABSTIME ? ns : now + ns);
	if ((flags & TIMER_ABSTIME) == 0)
		return sleep_relative(clock_ns() + ns, (uint64_t)left);
	if (is_realtime(clock))
		return sleep_until_realtime(ns);
	return thread_sleep_until(ns, WAIT_INTERRUPTIBLE) == 0 ?
	    0 : -ERESTARTNOHAND;
}

/* ---- Interval timers ---- */

long
sys_setitimer(int which, const struct abi_itimerval *new,
    struct abi_itimerval *old)
{
	struct abi_itimerval new_value = {0};
	struct abi_itimerval old_value;
	int error;

	/* Without new the timer is stopped: a habit of Linux. */
	if (new != NULL && get_user(&new_value, new) != 0)
		return -EFAULT;
	error = itimer_set(proc_current(), which, &new_value, &old_value);
	if (error == 0 && old != NULL)
		error = put_user(old, old_value);
	return error;
}

long
sys_getitimer(int which, struct abi_itimerval *old)
{
	struct abi_itimerval value;
	int error = itimer_set(proc_current(), which, NULL, &value);

	return error != 0 ? error : put_user(old, value);
}

long
sys_alarm(unsigned seconds)
{
	struct abi_itimerval new = {.it_value.tv_sec = seconds};
	struct abi_itimerval old;

	itimer_set(proc_current(), ITIMER_REAL, &new, &old);
	/* Round, but never to 0 while an alarm is pending. */
	if (old.it_value.tv_sec == 0 && old.it_value.tv_usec != 0)
		return 1;
	return old.it_value.tv_sec +
	    (old.it_value.tv_usec >= US_PER_SEC / 2);
}
