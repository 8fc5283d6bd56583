/* tty.c - terminals: waiting readers and writers around the line discipline.
 *
 * Layer: drivers   Called by: fs/devfs (the operations), uart.c, display.c
 * Source: [POSIX] 11.1 "Interface Characteristics", [LINUX-MAN] termios(3)
 *
 * Input comes from interrupt handlers, is put through the line discipline under
 * tty->lock, and wakes readers.  Output of programs is put through it into the
 * driver's buffer; a writer that finds no room sleeps until the driver calls
 * tty_output_ready().  Some room is kept for the echo, which cannot wait.
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/tty.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "abi/signal.h"
#include "debug/assert.h"
#include "drivers/random.h"
#include "lib/bits.h"
#include "mm/iobuf.h"
#include "sched/clock.h"
#include "sched/poll.h"

#define CHUNK_BYTES  512
#define ECHO_RESERVE 256 /* room that programs' output leaves to the echo */
#define VTIME_NS     (100 * NS_PER_MSEC) /* the unit of VTIME */
#define DRAIN_STEP_NS (10 * NS_PER_MSEC)

struct tty_hooks tty_hooks;

/* ---- Openings and hang-ups ---- */

/* f->priv of an opening that no hang-up ends, and of others. */
static void *
opening_mark(const struct tty *tty, bool is_console)
{
	return is_console ? NULL : (void *)(uintptr_t)(tty->hangups + 1);
}

/* Was the terminal hung up since f was opened? */
static bool
is_dead(const struct tty *tty, const struct chardev_file *f)
{
	return f->priv != NULL && f->priv != opening_mark(tty, false);
}

bool
tty_is_mine(struct tty *tty)
{
	return tty_hooks.current_tty != NULL &&
	    tty_hooks.current_tty() == tty &&
	    tty->session == tty_hooks.current_session();
}

/* The hook is called unlocked: proc takes the session's lock. */
void
tty_acquire(struct tty *tty)
{
	pid_t session = tty_hooks.current_session();
	pid_t pgrp = tty_hooks.current_pgrp();
	uint64_t flags = spin_lock_irq(&tty->lock);

	tty->session = session;
	tty->pgrp = pgrp;
	spin_unlock_irq(&tty->lock, flags);
	tty_hooks.set_current_tty(tty);
}

int
tty_open(struct tty *tty, struct chardev_file *f, bool is_console)
{
	bool may_acquire = !is_console && (f->flags & O_NOCTTY) == 0 &&
	    (f->flags & O_ACCMODE) != O_WRONLY;

	f->dev = &tty->dev;
	f->priv = opening_mark(tty, is_console);
	if (may_acquire && tty->session == 0 &&
	    tty_hooks.current_tty != NULL && tty_hooks.current_is_leader() &&
	    tty_hooks.current_tty() == NULL)
		tty_acquire(tty);
	return 0;
}

static int
tty_dev_open(struct chardev_file *f)
{
	return tty_open(f->dev->priv, f, false);
}

/* Who sleeps is woken and finds its opening dead. */
void
tty_hangup(struct tty *tty, pid_t sid)
{
	uint64_t flags = spin_lock_irq(&tty->lock);
	pid_t pgrp = tty->pgrp;

	if (tty->session != sid) {
		spin_unlock_irq(&tty->lock, flags);
		return;
	}
	tty->session = 0;
	tty->pgrp = 0;
	tty->hangups++;
	ldisc_flush(&tty->ld);
	tty_set_stopped(tty, false);
	spin_unlock_irq(&tty->lock, flags);

	waitq_wake_all(&tty->read_wq);
	waitq_wake_all(&tty->write_wq);
	if (pgrp != 0) {
		tty_hooks.signal_pgrp(pgrp, SIGHUP);
		tty_hooks.signal_pgrp(pgrp, SIGCONT);
	}
}

int
tty_check_background(struct tty *tty, int sig)
{
	pid_t pgrp;

	if (!tty_is_mine(tty))
		return 0;
	pgrp = tty_hooks.current_pgrp();
	if (tty->pgrp == 0 || tty->pgrp == pgrp)
		return 0;
	if (tty_hooks.current_ignores(sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (tty_hooks.pgrp_orphaned(pgrp))
		return -EIO;
	tty_hooks.signal_pgrp(pgrp, sig);
	return -ERESTARTSYS;
}

/* ---- Input, from the driver ---- */

/* ldisc_ops: output and echo, down to the driver. */
static void
tty_emit(void *arg, const uint8_t *data, size_t n)
{
	struct tty *tty = arg;

	kassert(spin_held(&tty->lock));
	tty->ops->write(tty, data, n);
}

static void
tty_flush_output(void *arg)
{
	struct tty *tty = arg;

	if (tty->ops->flush != NULL)
		tty->ops->flush(tty);
}

static const struct ldisc_ops tty_ldisc_ops = {
    .emit = tty_emit,
    .flush = tty_flush_output,
};

void
tty_set_stopped(struct tty *tty, bool on)
{
	kassert(spin_held(&tty->lock));
	if (tty->stopped == on)
		return;
	tty->stopped = on;
	tty->ld.output_stopped = on;
	if (tty->ops->stop != NULL)
		tty->ops->stop(tty, on);
}

size_t
tty_input_room(struct tty *tty)
{
	uint64_t flags = spin_lock_irq(&tty->lock);
	size_t room = ldisc_room(&tty->ld);

	if (room == 0)
		tty->throttled = true;
	spin_unlock_irq(&tty->lock, flags);
	return room;
}

/* Bytes one by one through the line discipline, then one wake-up for all. */
void
tty_input(struct tty *tty, const uint8_t *data, size_t n)
{
	uint64_t flags = spin_lock_irq(&tty->lock);
	bool was_stopped = tty->stopped;
	bool ready;

	for (size_t i = 0; i < n; i++) {
		int sig = ldisc_input(&tty->ld, data[i]);

		/* The lock of the process table comes behind ours. */
		if (sig != 0 && tty->pgrp != 0)
			tty_hooks.signal_pgrp(tty->pgrp, sig);
	}
	tty_set_stopped(tty, tty->ld.output_stopped);
	was_stopped = was_stopped && !tty->stopped;
	ready = ldisc_ready(&tty->ld);
	spin_unlock_irq(&tty->lock, flags);
	random_add(n > 0 ? data[0] : 0);
	if (ready)
		waitq_wake_all(&tty->read_wq);
	if (was_stopped)
		waitq_wake_all(&tty->write_wq);
}

/* A break is a signal, a zero byte or nothing, as c_iflag has it. */
void
tty_break(struct tty *tty)
{
	static const uint8_t zero = 0;
	uint64_t flags = spin_lock_irq(&tty->lock);
	uint32_t iflag = tty->ld.termios.c_iflag;
	pid_t pgrp = tty->pgrp;

	if ((iflag & (IGNBRK | BRKINT)) == BRKINT)
		ldisc_flush(&tty->ld);
	spin_unlock_irq(&tty->lock, flags);
	if (iflag & IGNBRK)
		return;
	if ((iflag & BRKINT) == 0)
		tty_input(tty, &zero, 1);
	else if (pgrp != 0)
		tty_hooks.signal_pgrp(pgrp, SIGINT);
}

void
tty_output_ready(struct tty *tty)
{
	if (waitq_active(&tty->write_wq))
		waitq_wake_all(&tty->write_wq);
}

/* The foreground group is told, that it may draw again. */
void
tty_resize(struct tty *tty, unsigned rows, unsigned columns)
{
	uint64_t flags = spin_lock_irq(&tty->lock);
	bool changed = tty->winsize.ws_row != rows ||
	    tty->winsize.ws_col != columns;
	pid_t pgrp = tty->pgrp;

	tty->winsize.ws_row = rows;
	tty->winsize.ws_col = columns;
	spin_unlock_irq(&tty->lock, flags);
	if (changed && pgrp != 0)
		tty_hooks.signal_pgrp(pgrp, SIGWINCH);
}

/* ---- Reading ---- */

static bool
is_canonical(const struct tty *tty)
{
	return (tty->ld.termios.c_lflag & ICANON) != 0;
}

/* Move what is there to io, with ICANON at most to the end of the line, which
 * *end tells.  Returns bytes or -EFAULT.  Locks: tty->read_mutex held. */
static ssize_t
tty_take(struct tty *tty, struct iobuf *io, bool *end)
{
	uint8_t data[CHUNK_BYTES];
	ssize_t done = 0;

	kassert(mutex_held(&tty->read_mutex));
	*end = false;
	while (io->left > 0 && !*end) {
		uint64_t flags = spin_lock_irq(&tty->lock);
		size_t n = ldisc_read(&tty->ld, data,
		    MIN(io->left, sizeof(data)), end);
		bool resume = tty->throttled &&
		    ldisc_room(&tty->ld) >= LDISC_BYTES / 2;

		if (resume) {
			tty->throttled = false;
			if (tty->ops->resume != NULL)
				tty->ops->resume(tty);
		}
		spin_unlock_irq(&tty->lock, flags);
		if (n == 0)
			break;
		if (iobuf_write(io, data, n) != (ssize_t)n)
			return done > 0 ? done : -EFAULT;
		done += n;
	}
	return done;
}

/* Sleep until there is input, a hang-up, a signal or the deadline. */
static int
tty_wait_input(struct tty *tty, struct chardev_file *f, uint64_t deadline_ns)
{
	return wait_event_deadline(&tty->read_wq,
	    ldisc_ready(&tty->ld) || is_dead(tty, f), deadline_ns);
}

/* Wait for a line and take it, or a part of it.  Another reader of a duplicated
 * descriptor cannot come between: read_mutex. */
static ssize_t
tty_read_line(struct tty *tty, struct chardev_file *f, struct iobuf *io)
{
	for (;;) {
		bool end;
		ssize_t n = 0;
		int error;

		if (is_dead(tty, f))
			return 0;
		if (ldisc_ready(&tty->ld)) {
			n = tty_take(tty, io, &end);
			if (n != 0 || end || !is_canonical(tty))
				return n;
		}
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		error = tty_wait_input(tty, f, WAIT_FOREVER);
		if (error != 0)
			return error;
	}
}

/* VMIN bytes, or what came when the time of VTIME is over: it runs from the
 * first byte on, or, when VMIN is 0, from the start.
 * Source: [POSIX] 11.1.7 "Non-Canonical Mode Input Processing" */
static ssize_t
tty_read_raw(struct tty *tty, struct chardev_file *f, struct iobuf *io)
{
	unsigned vmin = tty->ld.termios.c_cc[VMIN];
	uint64_t time_ns = tty->ld.termios.c_cc[VTIME] * VTIME_NS;
	uint64_t deadline_ns = time_ns != 0 ? clock_ns() + time_ns
					    : WAIT_FOREVER;
	ssize_t done = 0;

	for (;;) {
		bool end;
		ssize_t n = tty_take(tty, io, &end);
		int error;

		if (n < 0)
			return done > 0 ? done : n;
		done += n;
		if (io->left == 0 || is_dead(tty, f) ||
		    (done > 0 && done >= (ssize_t)vmin) ||
		    (vmin == 0 && time_ns == 0))
			return done;
		if (f->flags & O_NONBLOCK)
			return done > 0 ? done : -EAGAIN;
		if (vmin > 0 && time_ns != 0)
			deadline_ns = done > 0 ? clock_ns() + time_ns
					       : WAIT_FOREVER;
		error = tty_wait_input(tty, f, deadline_ns);
		if (error == -ETIMEDOUT)
			return done;
		if (error != 0)
			return done > 0 ? done : error;
	}
}

/* chardev_ops.read */
static ssize_t
tty_read(struct chardev_file *f, struct iobuf *io)
{
	struct tty *tty = f->dev->priv;
	ssize_t result;
	int error;

	if (is_dead(tty, f) || io->left == 0)
		return 0;
	error = tty_check_background(tty, SIGTTIN);
	if (error != 0)
		return error;
	if (f->flags & O_NONBLOCK) {
		if (!mutex_trylock(&tty->read_mutex))
			return -EAGAIN;
	} else if ((error = mutex_lock_interruptible(&tty->read_mutex)) != 0) {
		return error;
	}
	result = is_canonical(tty) ? tty_read_line(tty, f, io)
				   : tty_read_raw(tty, f, io);
	mutex_unlock(&tty->read_mutex);
	return result;
}

/* ---- Writing ---- */

/* Room for programs' output.  Locks: tty->lock held, or a guess. */
static size_t
tty_output_room(struct tty *tty)
{
	size_t room = tty->stopped ? 0 : tty->ops->room(tty);

	return room > ECHO_RESERVE ? room - ECHO_RESERVE : 0;
}

/* Put n bytes into the driver's buffer, waiting for room.  Returns how many, or
 * an error if none.  Locks: tty->write_mutex held. */
static ssize_t
tty_put(struct tty *tty, struct chardev_file *f, const uint8_t *data, size_t n)
{
	size_t done = 0;
	int error = 0;

	kassert(mutex_held(&tty->write_mutex));
	while (done < n && error == 0) {
		uint64_t flags = spin_lock_irq(&tty->lock);
		size_t used = ldisc_output(&tty->ld, data + done, n - done,
		    tty_output_room(tty));

		spin_unlock_irq(&tty->lock, flags);
		done += used;
		if (is_dead(tty, f))
			error = -EIO;
		else if (used == 0 && (f->flags & O_NONBLOCK))
			error = -EAGAIN;
		else if (used == 0)
			error = wait_event_interruptible(&tty->write_wq,
			    tty_output_room(tty) >= ECHO_RESERVE ||
				is_dead(tty, f));
	}
	return done > 0 ? (ssize_t)done : error;
}

/* chardev_ops.write.  The copy from the program may sleep, so it is made in
 * pieces, before tty->lock is taken. */
static ssize_t
tty_write(struct chardev_file *f, struct iobuf *io)
{
	struct tty *tty = f->dev->priv;
	uint8_t data[CHUNK_BYTES];
	ssize_t total = 0;
	ssize_t result = 0;

	if (is_dead(tty, f))
		return -EIO;
	if (tty->ld.termios.c_lflag & TOSTOP)
		result = tty_check_background(tty, SIGTTOU);
	if (result == 0)
		result = mutex_lock_interruptible(&tty->write_mutex);
	if (result != 0)
		return result;
	while (io->left > 0) {
		ssize_t n = iobuf_read(io, data, MIN(io->left, sizeof(data)));

		result = n > 0 ? tty_put(tty, f, data, n) : n;
		if (result > 0)
			total += result;
		if (n <= 0 || result < n)
			break;
	}
	mutex_unlock(&tty->write_mutex);
	return total > 0 ? total : result;
}

/* Drivers wake writers when there is room, not when all is sent: look again by
 * the clock. */
int
tty_drain(struct tty *tty)
{
	int error = 0;

	while (tty->ops->pending != NULL && tty->ops->pending(tty) != 0 &&
	    error != -ERESTARTSYS)
		error = wait_event_deadline(&tty->write_wq,
		    tty->ops->pending(tty) == 0, clock_ns() + DRAIN_STEP_NS);
	return error == -ERESTARTSYS ? error : 0;
}

/* ---- The device ---- */

/* chardev_ops.poll */
static unsigned
tty_poll(struct chardev_file *f, struct poller *p)
{
	struct tty *tty = f->dev->priv;
	const uint8_t *cc = tty->ld.termios.c_cc;
	unsigned events = 0;
	size_t enough = 1;
	uint64_t flags;

	poll_wait(p, &tty->read_wq);
	poll_wait(p, &tty->write_wq);
	if (is_dead(tty, f))
		return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLERR |
		    POLLHUP;
	flags = spin_lock_irq(&tty->lock);
	if (!is_canonical(tty) && cc[VTIME] == 0 && cc[VMIN] > 0)
		enough = cc[VMIN];
	if (is_canonical(tty) ? ldisc_ready(&tty->ld)
			      : ldisc_available(&tty->ld) >= enough)
		events |= POLLIN | POLLRDNORM;
	if (tty_output_room(tty) > 0)
		events |= POLLOUT | POLLWRNORM;
	spin_unlock_irq(&tty->lock, flags);
	return events;
}

static const struct chardev_ops tty_dev_ops = {
    .open = tty_dev_open,
    .read = tty_read,
    .write = tty_write,
    .poll = tty_poll,
    .ioctl = tty_ioctl,
};

void
tty_register(struct tty *tty)
{
	kassert(tty->ops->write != NULL && tty->ops->room != NULL);
	spin_init(&tty->lock, tty->dev.name, RANK_TTY_IRQ);
	ldisc_init(&tty->ld, &tty_ldisc_ops, tty);
	waitq_init(&tty->read_wq, "tty input");
	waitq_init(&tty->write_wq, "tty output");
	mutex_init(&tty->read_mutex, "tty read", RANK_TTY);
	mutex_init(&tty->write_mutex, "tty write", RANK_TTY);
	tty->dev.mode = 0620;
	tty->dev.ops = &tty_dev_ops;
	tty->dev.priv = tty;
	chardev_register(&tty->dev);
}

/* /dev/tty is whatever terminal controls the caller. */
static int
mine_open(struct chardev_file *f)
{
	struct tty *tty = tty_hooks.current_tty != NULL
	    ? tty_hooks.current_tty()
	    : NULL;

	if (tty == NULL || !tty_is_mine(tty))
		return -ENXIO;
	return tty_open(tty, f, false);
}

static const struct chardev_ops mine_ops = {.open = mine_open};
static struct chardev mine_dev = {
    .name = "tty",
    .number = DEV_TTY,
    .mode = 0666,
    .ops = &mine_ops,
};

void
tty_init(void)
{
	chardev_register(&mine_dev);
}
