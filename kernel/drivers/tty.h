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
#include "sched/waitq.h"
#include "sync/spinlock.h"

struct tty;

/*
 * What the driver below offers.  All but drain are called with tty->lock held
 * and interrupts off; none sleeps.
 *
 *   write    - Take up to n bytes for output.  Returns how many.
 *   room     - Bytes that write would take now.
 *   throttle - on: the line discipline is full, stop input; off: go on.
 *              Optional.
 *   stop     - on: hold output back (Ctrl-S); off: go on.  Optional.
 *   flush    - Throw waiting output away.  Optional.
 *   pending  - Bytes taken but not yet sent.  Optional: none.
 */
struct tty_ops {
	size_t (*write)(struct tty *tty, const uint8_t *data, size_t n);
	size_t (*room)(struct tty *tty);
	void (*throttle)(struct tty *tty, bool on);
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
	unsigned opens;            /* [t] */
	unsigned hangups;          /* [t] counts; an opening older than the
	                              last one is dead */
	bool throttled;            /* [t] */
	bool stopped;              /* [t] output held by Ctrl-S or TCOOFF */
};

/*
 * Job control needs to know processes, which are above.  proc fills this in
 * before the first process runs; until then every member is NULL and there is
 * no job control.
 *
 *   signal_pgrp     - Send sig to every process of group pgid.  Called from
 *                     interrupt handlers too, no tty lock held.  Never sleeps.
 *   current_pgrp, current_session - Of the calling process.
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
	bool (*current_is_leader)(void); /* of its session */
	struct tty *(*current_tty)(void);
	void (*set_current_tty)(struct tty *tty);
	pid_t (*pgrp_session)(pid_t pgid);
	bool (*pgrp_orphaned)(pid_t pgid);
	bool (*current_ignores)(int sig);
};
extern struct tty_hooks tty_hooks;

/* Make tty a device /dev/NAME.  The driver has set dev.name, dev.number, ops
 * and priv; the rest becomes the usual (38400 8N1, canonical, echo). */
void tty_register(struct tty *tty);

/* Register /dev/tty, which opens the caller's controlling terminal. */
void tty_init(void);

/* n bytes came from the device.  Returns how many were taken: fewer when the
 * line discipline is full; then throttle(on) was called, and throttle(off)
 * follows.  Any context.  Locks: takes tty->lock. */
size_t tty_input(struct tty *tty, const uint8_t *data, size_t n);

/* A break condition came from the device.  Any context. */
void tty_break(struct tty *tty);

/* There is room for output again: wake the writers.  Any context.
 * Locks: none needed, tty->lock may be held. */
void tty_output_ready(struct tty *tty);

/* The device has (new) size; sends SIGWINCH if it changed.  Any context. */
void tty_resize(struct tty *tty, unsigned rows, unsigned columns);

/* The session leader of tty's session exits, or gave the terminal up: SIGHUP
 * and SIGCONT to the foreground group, no session any more, and every opening
 * of now is dead: reads give 0, writes -EIO.  Called by proc.  Does not sleep.
 */
void tty_hangup(struct tty *tty);

/* The session of tty ended quietly (no hang-up of its openings): it may become
 * another session's.  sid: whose; does nothing if it is not tty's. */
void tty_release_session(struct tty *tty, pid_t sid);
