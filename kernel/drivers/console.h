/* console.h - where the kernel's own messages go, and what /dev/console is.
 *
 * Layer: drivers   Called by: debug/log.c, debug/panic.c, uart.c, display.c
 *
 * Each output that can show text registers a struct console.  The kernel log
 * writes to all that are enabled.  console=NAME on the command line (may be
 * repeated) enables those named only, and the last one becomes /dev/console;
 * without it those marked by_default are enabled and /dev/console is the first
 * serial port, else the display.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

struct tty;

/*
 * write - Show n bytes; "\n" starts a new line (the console adds the "\r").
 *         Polled, waits are bounded.  Any context, also NMI and panic; the log
 *         calls it from one CPU at a time, but in a panic.
 * drain - Wait, for a bounded time, until all has left the device, programs'
 *         output too.  Interrupts are off.  NULL: there is nothing to wait for.
 */
struct console {
	const char *name; /* "ttyS0", "tty1" */
	void (*write)(struct console *con, const char *text, size_t n);
	void (*drain)(struct console *con);
	struct tty *tty; /* the terminal on it; NULL until there is one */
	bool by_default; /* shows the log without being named by console= */
	bool enabled;    /* console.c's */
	struct list link;
};

/* Borrow con for ever.  Shows on it what the log has collected so far. */
void console_register(struct console *con);

/* Write to all enabled consoles; in a panic to the others by default too.
 * Any context.
 * Locks: none; debug/log.c lets one CPU in at a time. */
void console_write(const char *text, size_t n);

/* Wait until all consoles have shown everything: the machine goes off now.
 * Any context, interrupts off. */
void console_drain(void);

/* There is a panic: from now on consoles take no locks. */
void console_panic(void);
bool console_in_panic(void);

/* Read console= of the kernel's command line.  Before the first
 * console_register(). */
void console_init(const char *command_line);

/* The terminal that /dev/console opens, or NULL.  Any context. */
struct tty *console_tty(void);

/* Register /dev/console.  After the terminals. */
void console_device_init(void);
