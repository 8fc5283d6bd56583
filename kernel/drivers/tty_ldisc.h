/* tty_ldisc.h - the line discipline: what happens to each byte of a terminal.
 *
 * Layer: drivers   Called by: tty.c; tests/host/test_ldisc.c as a host program
 * Source: [POSIX] 11.1 "Interface Characteristics"
 *
 * A pure state machine: it takes bytes, keeps lines, and says what to echo and
 * which signal to send.  It neither waits nor locks: tty.c does, with
 * tty->lock held around every call.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "abi/termios.h"
#include "lib/types.h"

#define LDISC_BYTES 4096 /* of input kept, a power of two */

/*
 * What the terminal does for its line discipline.
 *
 *   emit  - Output, echo included: take all n bytes, or lose them.
 *   flush - Throw away the output that waits in the device: Ctrl-C came.
 */
struct ldisc_ops {
	void (*emit)(void *arg, const uint8_t *data, size_t n);
	void (*flush)(void *arg);
};

/* The ring of input.  Positions only grow; ring[position % LDISC_BYTES].
 *
 *	tail            line            head
 *	  | complete lines | line edited  |
 *
 * Invariants: (1) tail <= line <= head <= tail + LDISC_BYTES
 * (2) without ICANON line == head
 * (3) with ICANON every complete line ends in a byte whose mark is set */
struct ldisc {
	struct abi_termios termios;
	uint64_t tail;
	uint64_t line;
	uint64_t head;
	unsigned column;      /* of the output, for tabs and erasing */
	unsigned line_column; /* where the edited line began */
	bool literal;         /* VLNEXT came: take the next byte as it is */
	bool output_stopped;  /* VSTOP came */
	const struct ldisc_ops *ops;
	void *arg; /* for ops */
	uint8_t ring[LDISC_BYTES];
	uint8_t marks[LDISC_BYTES / 8];
};

/* The usual settings, empty. */
void ldisc_init(struct ldisc *ld, const struct ldisc_ops *ops, void *arg);

/* One byte of input.  Returns the signal that it means (SIGINT, SIGQUIT,
 * SIGTSTP: to the foreground group), or 0. */
int ldisc_input(struct ldisc *ld, uint8_t byte);

/* How many bytes of input can be taken at least. */
size_t ldisc_room(const struct ldisc *ld);

/* Bytes that reads could return now: of complete lines with ICANON. */
size_t ldisc_available(const struct ldisc *ld);

/* Whether a read would not wait: there is a line (a lone VEOF counts), or a
 * byte without ICANON (VMIN and VTIME: the caller's business). */
bool ldisc_ready(const struct ldisc *ld);

/* Take up to n bytes of input; with ICANON of one line.  Returns how many; 0
 * with ICANON: end of file, if ldisc_ready() was true. *end: the line (or the
 * end of file) was finished by this call. */
size_t ldisc_read(struct ldisc *ld, uint8_t *data, size_t n, bool *end);

/* Turn up to n bytes of a program's output into what the device gets (OPOST)
 * and emit it, at most room bytes.  Returns how many bytes of data were used.
 */
size_t ldisc_output(struct ldisc *ld, const uint8_t *data, size_t n,
    size_t room);

/* New settings; input that waits is kept. */
void ldisc_set_termios(struct ldisc *ld, const struct abi_termios *termios);

/* Throw all input away. */
void ldisc_flush(struct ldisc *ld);
