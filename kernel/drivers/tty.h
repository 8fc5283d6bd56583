/* tty.h - terminals: a device below, a line discipline, job control above.
 *
 * Layer: drivers   Called by: uart.c, display.c, keyboard.c (below), proc
 * Source: [POSIX] chapter 11 "General Terminal Interface"
 *
 *	read, write, ioctl           /dev/ttyS0: struct chardev
 *	        |
 *	struct tty                   waiting, job control, settings
 *	        |
 *	struct ldisc (tty_ldisc.h)   bytes to lines, echo, signals: no waiting
 *	        |
 *	struct tty_ops               uart.c: transmit ring; display: the screen
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "abi/termios.h"
#include "drivers/chardev.h"
#include "drivers/tty_ldisc.h"
#include "lib/types.h"
#include "sched/mutex.h"
#include "sync/spinlock.h"

struct tty;

/*
 * What the driver below offers.  All are called with tty->lock held
 * and interrupts off; none sleeps.
 *
 *   write    - Take up to n bytes for output.  Returns how many.
 *   room     - Bytes that write would take now.
 *   resume   - There is room for input, after tty_input_room() said no.
 *              Optional.
 *   stop     - on: hold output back (Ctrl-S); off: go on.  Optional.
 *   flush    - Throw waiting output away.  Optional.
 *   pending  - Bytes taken but not yet sent.  Optional: none.
 */
struct tty_ops {
	size_t (*write)(struct tty *tty, const uint8_t *data, size_t n);
	size_t (*room)(struct tty *tty);
	void (*resume)(struct tty *tty);
	void (*stop)(struct tty *tty, bool on);
	void (*flush)(struct tty *tty);
	size_t (*pending)(struct tty *tty);
};

/* I immutable after tty_register()   t tty->lock */
struct tty {
	struct chardev dev;        /* [I] dev.name and dev.number: the driver's */
	const struct tty_ops *ops; /* [I] */
	void *priv;                /* [I] the driver's */
	struct spinlock lock;
	struct ldisc ld;           /* [t] holds the termios */
	struct waitq read_wq;      /* input, hang-up */
	struct waitq write_wq;     /* room, hang-up */
	struct abi_winsize winsize; /* [t] */
	pid_t session;             /* [t] whose controlling terminal; 0: none */
	pid_t pgrp;                /* [t] the foreground group; 0: none */
	unsigned hangups;          /* [t] an opening older than the last is dead */
	bool throttled;            /* [t] tty_input_room() said 0 */
	bool stopped;              /* [t] output held by Ctrl-S or TCOOFF */
	struct mutex read_mutex;   /* one reader at a time, one writer: what */
	struct mutex write_mutex;  /* they move stays together */
};

/*
 * Job control needs to know processes, which are above.  proc fills this in
 * before the first process runs; until then every member is NULL and there is
 * no job control.
 *
 *   signal_pgrp     - Send sig to every process of group pgid.  Called from
 *                     interrupt handlers too, and with tty->lock held, which
 *                     comes before RANK_PROC.  Never sleeps.
 *   current_pgrp, current_session, current_is_leader - Of the caller.
 *   current_tty     - The controlling terminal of the caller's session; NULL.
 *   set_current_tty - Make tty (may be NULL) the controlling terminal of the
 *                     caller's session.
 *   pgrp_session    - The session that group pgid belongs to, or 0: no such.
 *   pgrp_orphaned   - Whether no one is left who could continue the group.
 *   current_ignores - Whether the calling thread blocks or ignores sig.
 */
struct tty_hooks {
	void (*signal_pgrp)(pid_t pgid, int sig);
	pid_t (*current_pgrp)(void);
	pid_t (*current_session)(void);
	bool (*current_is_leader)(void);
	struct tty *(*current_tty)(void);
	void (*set_current_tty)(struct tty *tty);
	pid_t (*pgrp_session)(pid_t pgid);
	bool (*pgrp_orphaned)(pid_t pgid);
	bool (*current_ignores)(int sig);
};
extern struct tty_hooks tty_hooks;

/* ---- For tty.c and tty_ioctl.c ---- */

/* Is tty the controlling terminal of the calling process? */
bool tty_is_mine(struct tty *tty);

/* Make tty the controlling terminal of the caller, a session leader. */
void tty_acquire(struct tty *tty);

/* A background process wants to do what its terminal answers with sig (SIGTTIN,
 * SIGTTOU).  Returns 0: it may; -EIO; -ERESTARTSYS: sig was sent to its group.
 */
int tty_check_background(struct tty *tty, int sig);

/* Hold the output of programs back, or go on.  Locks: tty->lock held. */
void tty_set_stopped(struct tty *tty, bool on);

/* Wait until the device has sent all output.  0 or -ERESTARTSYS. */
int tty_drain(struct tty *tty);

long tty_ioctl(struct chardev_file *f, unsigned cmd, unsigned long arg);

/* ---- For the drivers below ---- */

/* Make tty a device /dev/NAME.  The driver has set dev.name, dev.number, ops
 * and priv; the rest becomes the usual (38400 8N1, canonical, echo). */
void tty_register(struct tty *tty);

/* The open operation of a device that is another name of tty.  is_console:
 * this opening neither gets a controlling terminal nor dies by a hang-up.
 * Returns 0. */
int tty_open(struct tty *tty, struct chardev_file *f, bool is_console);

/* Register /dev/tty, which opens the caller's controlling terminal. */
void tty_init(void);

/* How many bytes tty_input() takes for sure.  0: none now; ops->resume()
 * tells when there is room again.  Any context.  Locks: takes tty->lock. */
size_t tty_input_room(struct tty *tty);

/* n bytes came from the device.  What finds no room is lost.
 * Any context.  Locks: takes tty->lock. */
void tty_input(struct tty *tty, const uint8_t *data, size_t n);

/* A break condition came from the device.  Any context. */
void tty_break(struct tty *tty);

/* There is room for output again: wake the writers.  Any context.
 * Locks: none needed, tty->lock may be held. */
void tty_output_ready(struct tty *tty);

/* The device has (new) size; sends SIGWINCH if it changed.  Any context. */
void tty_resize(struct tty *tty, unsigned rows, unsigned columns);

/* ---- For proc ---- */

/* The leader of session sid, whose controlling terminal tty is, exits: SIGHUP
 * and SIGCONT to the foreground group, no session any more, and every opening
 * of now but the console's is dead: reads give 0, writes -EIO.  Does nothing if
 * tty is another session's.  Locks: none held; does not sleep. */
void tty_hangup(struct tty *tty, pid_t sid);
