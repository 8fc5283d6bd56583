/* itimer.c - interval timers: setitimer, alarm, and limits of CPU time.
 *
 * Layer: proc   Called by: syscall, exit, the timer interrupt
 * Source: setitimer(2), getrlimit(2) RLIMIT_CPU
 *
 * ITIMER_REAL is a timer of the scheduler.  The two that count CPU time are
 * looked at when a timer interrupt hits the process: it runs then, and its time
 * can only have grown.
 * SPDX-License-Identifier: MIT */
#include "proc/itimer.h"

#include "abi/errno.h"
#include "proc/proc.h"
#include "sched/sched.h"

#define US_PER_SEC 1000000

/* ---- Conversion ---- */

static bool
timeval_ok(const struct abi_timeval *tv)
{
	return tv->tv_sec >= 0 && tv->tv_usec >= 0 && tv->tv_usec < US_PER_SEC;
}

static uint64_t
timeval_to_ns(const struct abi_timeval *tv)
{
	if ((uint64_t)tv->tv_sec >= UINT64_MAX / NS_PER_SEC / 4)
		return UINT64_MAX / 4; /* For ever, and no overflow later. */
	return (uint64_t)tv->tv_sec * NS_PER_SEC +
	    (uint64_t)tv->tv_usec * NS_PER_USEC;
}

static struct abi_timeval
ns_to_timeval(uint64_t ns)
{
	return (struct abi_timeval){
	    .tv_sec = (int64_t)(ns / NS_PER_SEC),
	    .tv_usec = (int64_t)(ns % NS_PER_SEC / NS_PER_USEC),
	};
}

/* ---- ITIMER_REAL ---- */

/* ITIMER_REAL's moment has come.  Interrupt context.
 * An interval is added to the deadline, not to now, so that a late interrupt
 * does not shift all later ones; those already missed are left out. */
static void
real_expired_irq(void *arg)
{
	struct proc *p = arg; /* It lives: itimer_fini() waits for us. */
	struct abi_siginfo info = signal_info(SIGALRM, SI_KERNEL);
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct itimers *t = &p->timers;
	uint64_t now = clock_ns();

	/* It may have been set anew while this call was on its way. */
	if (t->real_deadline_ns != 0 && now >= t->real_deadline_ns) {
		signal_send_locked(p, NULL, &info);
		if (t->real_interval_ns == 0) {
			t->real_deadline_ns = 0;
		} else {
			uint64_t late = now - t->real_deadline_ns;

			t->real_deadline_ns += t->real_interval_ns *
			    (late / t->real_interval_ns + 1);
			timer_start(&t->timer, t->real_deadline_ns);
		}
	}
	spin_unlock_irq(&proc_lock, irq);
}

/* What is left, and the interval.  A timer that is due but has not fired yet has
 * 1 us left: 0 would mean that it is off. */
static void
real_get(const struct itimers *t, struct abi_itimerval *out)
{
	uint64_t now = clock_ns();
	uint64_t left = 0;

	if (t->real_deadline_ns != 0)
		left = t->real_deadline_ns > now ?
		    t->real_deadline_ns - now : NS_PER_USEC;
	out->it_value = ns_to_timeval(left);
	out->it_interval = ns_to_timeval(t->real_interval_ns);
}

/* Start or (value 0) stop it.  Locks: proc_lock held. */
static void
real_set(struct itimers *t, const struct abi_itimerval *new)
{
	uint64_t value = timeval_to_ns(&new->it_value);

	t->real_interval_ns = timeval_to_ns(&new->it_interval);
	t->real_deadline_ns = value == 0 ? 0 : clock_ns() + value;
	/* When switched off it may still run once: it finds deadline 0. */
	if (value != 0)
		timer_start(&t->timer, t->real_deadline_ns);
}

/* ---- CPU time ---- */

/* What the CPU timer which counts: user time, or user and system time. */
static uint64_t
cpu_time(struct proc *p, int which)
{
	struct usage usage;

	proc_usage(p, &usage);
	return which == ITIMER_VIRTUAL ? usage.user_ns : usage.cpu_ns;
}

static struct cpu_timer *
cpu_timer_of(struct proc *p, int which)
{
	return &p->timers.cpu[which - ITIMER_VIRTUAL];
}

/* As real_get(), in CPU time. */
static void
cpu_get(struct proc *p, int which, struct abi_itimerval *out)
{
	struct cpu_timer *t = cpu_timer_of(p, which);
	uint64_t now = cpu_time(p, which);
	uint64_t left = 0;

	if (t->expires_ns != 0)
		left = t->expires_ns > now ? t->expires_ns - now : NS_PER_USEC;
	out->it_value = ns_to_timeval(left);
	out->it_interval = ns_to_timeval(t->interval_ns);
}

static void
cpu_set(struct proc *p, int which, const struct abi_itimerval *new)
{
	struct cpu_timer *t = cpu_timer_of(p, which);
	uint64_t value = timeval_to_ns(&new->it_value);

	t->interval_ns = timeval_to_ns(&new->it_interval);
	t->expires_ns = value == 0 ? 0 : cpu_time(p, which) + value;
}

/* Has the CPU timer which expired?  Then send sig. */
static void
cpu_check(struct proc *p, int which, int sig)
{
	struct cpu_timer *t = cpu_timer_of(p, which);
	struct abi_siginfo info = signal_info(sig, SI_KERNEL);

	if (t->expires_ns == 0 || cpu_time(p, which) < t->expires_ns)
		return;
	t->expires_ns = t->interval_ns == 0 ? 0 :
	    cpu_time(p, which) + t->interval_ns;
	signal_send_locked(p, NULL, &info);
}

/* RLIMIT_CPU: SIGXCPU each second from the soft limit on, then SIGKILL. */
static void
limit_check(struct proc *p)
{
	const struct abi_rlimit *limit = &p->limits[RLIMIT_CPU];
	struct abi_siginfo info = signal_info(SIGXCPU, SI_KERNEL);
	uint64_t used_s;

	if (limit->rlim_cur == RLIM_INFINITY)
		return;
	used_s = cpu_time(p, ITIMER_PROF) / NS_PER_SEC;
	if (used_s >= limit->rlim_max)
		info.si_signo = SIGKILL;
	else if (used_s < limit->rlim_cur || used_s <= p->timers.cpu_warned_s)
		return;
	p->timers.cpu_warned_s = used_s;
	signal_send_locked(p, NULL, &info);
}

void
itimer_tick_irq(void)
{
	struct proc *p = proc_current();
	uint64_t irq;

	/* The usual case, without the lock: nothing is set. */
	if (p->timers.cpu[0].expires_ns == 0 &&
	    p->timers.cpu[1].expires_ns == 0 &&
	    p->limits[RLIMIT_CPU].rlim_cur == RLIM_INFINITY)
		return;
	irq = spin_lock_irq(&proc_lock);
	cpu_check(p, ITIMER_VIRTUAL, SIGVTALRM);
	cpu_check(p, ITIMER_PROF, SIGPROF);
	limit_check(p);
	spin_unlock_irq(&proc_lock, irq);
}

/* ---- All ---- */

void
itimer_init(struct proc *p)
{
	timer_init(&p->timers.timer, real_expired_irq, p);
}

void
itimer_fini(struct proc *p)
{
	uint64_t irq = spin_lock_irq(&proc_lock);

	p->timers.real_deadline_ns = 0;
	p->timers.cpu[0].expires_ns = 0;
	p->timers.cpu[1].expires_ns = 0;
	spin_unlock_irq(&proc_lock, irq);
	timer_cancel(&p->timers.timer);
}

int
itimer_set(struct proc *p, int which, const struct abi_itimerval *new,
    struct abi_itimerval *old)
{
	uint64_t irq;

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	if (new != NULL && (!timeval_ok(&new->it_value) ||
	    !timeval_ok(&new->it_interval)))
		return -EINVAL;
	irq = spin_lock_irq(&proc_lock);
	if (old != NULL && which == ITIMER_REAL)
		real_get(&p->timers, old);
	else if (old != NULL)
		cpu_get(p, which, old);
	if (new != NULL && which == ITIMER_REAL)
		real_set(&p->timers, new);
	else if (new != NULL)
		cpu_set(p, which, new);
	spin_unlock_irq(&proc_lock, irq);
	return 0;
}
