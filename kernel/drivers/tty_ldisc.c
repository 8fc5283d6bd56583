/* tty_ldisc.c - the line discipline: what happens to each byte of a terminal.
 *
 * Layer: drivers   Called by: tty.c; tests/host/test_ldisc.c
 * Source: [POSIX] 11.1 "Interface Characteristics", [LINUX-MAN] termios(3)
 *
 * Where POSIX leaves freedom, Linux is followed byte for byte, down to what is
 * echoed: programs and their tests expect it.
 *
 * In canonical mode the end of each line is marked in a bitmap beside the
 * ring.  A marked 0 byte stands for VEOF: it ends a line and is not read.
 * SPDX-License-Identifier: MIT */
#include "drivers/tty_ldisc.h"

#include "abi/signal.h"
#include "debug/assert.h"
#include "lib/bits.h"
#include "lib/string.h"

#define EOF_BYTE   0
#define DISABLED   0 /* a control character of this value is switched off */
#define ASCII_MAX  127
#define LATIN1_LETTERS 0xc0
#define LATIN1_TIMES   0xd7
#define LATIN1_DIVIDE  0xf7
#define TAB_STOP   8
#define CTRL_BIT   64 /* ^A is 'A' ^ CTRL_BIT */
#define EDIT_MAX   (LDISC_BYTES - 1) /* of a line, without its end */
#define OUTPUT_MAX TAB_STOP /* bytes that one byte of output can become */

/* Is a flag of c_lflag set? */
static bool
local(const struct ldisc *ld, uint32_t flag)
{
	return (ld->termios.c_lflag & flag) != 0;
}

/* Is byte the control character at index? */
static bool
is_cc(const struct ldisc *ld, enum abi_termios_cc index, uint8_t byte)
{
	return byte != DISABLED && ld->termios.c_cc[index] == byte;
}

/* Is it one of those that ECHOCTL shows as ^X? */
static bool
is_control(uint8_t byte)
{
	return byte < ' ' || byte == ASCII_MAX;
}

/* Not the first byte of a character: 10xxxxxx in UTF-8. */
static bool
is_continuation(const struct ldisc *ld, uint8_t byte)
{
	return (ld->termios.c_iflag & IUTF8) != 0 && byte >> 6 == 2;
}

/* Letters, digits and the underscore; of what is not ASCII, the letters of
 * Latin-1, which the first bytes of UTF-8's letters are among. */
static bool
is_word(uint8_t byte)
{
	if (byte > ASCII_MAX)
		return byte >= LATIN1_LETTERS && byte != LATIN1_TIMES &&
		    byte != LATIN1_DIVIDE;
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	    (byte >= 'a' && byte <= 'z') || byte == '_';
}

/* The place of a position, and the mark there: see invariant (3). */
static uint8_t *
ring_at(struct ldisc *ld, uint64_t position)
{
	return &ld->ring[position % LDISC_BYTES];
}

static bool
is_marked(const struct ldisc *ld, uint64_t position)
{
	unsigned i = position % LDISC_BYTES;

	return (ld->marks[i / 8] >> (i % 8) & 1) != 0;
}

static void
set_mark(struct ldisc *ld, uint64_t position, bool on)
{
	unsigned i = position % LDISC_BYTES;

	if (on)
		ld->marks[i / 8] |= 1 << (i % 8);
	else
		ld->marks[i / 8] &= ~(1 << (i % 8));
}

/* ---- Output ---- */

/* Give bytes to the device as they are. */
static void
emit(struct ldisc *ld, const void *data, size_t n)
{
	ld->ops->emit(ld->arg, data, n);
}

/* Turn one byte of output into what the device gets, in out[OUTPUT_MAX], and
 * move the column.  Returns how many bytes; 0: the byte vanishes. */
static size_t
output_process(struct ldisc *ld, uint8_t byte, uint8_t *out)
{
	uint32_t flags = ld->termios.c_oflag;
	size_t n = 0;

	out[0] = byte;
	if ((flags & OPOST) == 0)
		return 1;
	switch (byte) {
	case '\n':
		if (flags & ONLRET)
			ld->column = 0;
		if (flags & ONLCR) {
			out[n++] = '\r';
			ld->column = 0;
		}
		ld->line_column = ld->column;
		break;
	case '\r':
		if ((flags & ONOCR) && ld->column == 0)
			return 0;
		if (flags & OCRNL)
			byte = '\n';
		if ((flags & OCRNL) == 0 || (flags & ONLRET)) {
			ld->column = 0;
			ld->line_column = 0;
		}
		break;
	case '\t':
		n = TAB_STOP - ld->column % TAB_STOP;
		ld->column += n;
		if ((flags & TABDLY) == XTABS) {
			memset(out, ' ', n);
			return n;
		}
		n = 0;
		break;
	case '\b':
		if (ld->column > 0)
			ld->column--;
		break;
	default:
		if (is_control(byte))
			break;
		if (!is_continuation(ld, byte))
			ld->column++;
	}
	out[n++] = byte;
	return n;
}

/* The bytes are collected and emitted together: drivers take a lock each
 * time.  One byte may become OUTPUT_MAX: there must be room for all of them. */
size_t
ldisc_output(struct ldisc *ld, const uint8_t *data, size_t n, size_t room)
{
	uint8_t out[512];
	size_t filled = 0;
	size_t used;

	for (used = 0; used < n && room >= filled + OUTPUT_MAX; used++) {
		if (filled > sizeof(out) - OUTPUT_MAX) {
			emit(ld, out, filled);
			room -= filled;
			filled = 0;
			if (room < OUTPUT_MAX)
				break;
		}
		filled += output_process(ld, data[used], out + filled);
	}
	if (filled > 0)
		emit(ld, out, filled);
	return used;
}

/* ---- Echo ---- */

/* Echo a byte as a program's output would come. */
static void
echo_raw(struct ldisc *ld, uint8_t byte)
{
	uint8_t out[OUTPUT_MAX];
	size_t n = output_process(ld, byte, out);

	if (n > 0)
		emit(ld, out, n);
}

/* Echo a byte, control characters as ^X if ECHOCTL says so. */
static void
echo(struct ldisc *ld, uint8_t byte)
{
	if (local(ld, ECHOCTL) && is_control(byte) && byte != '\t') {
		uint8_t shown[2] = {'^', byte ^ CTRL_BIT};

		emit(ld, shown, sizeof(shown));
		ld->column += sizeof(shown);
	} else {
		echo_raw(ld, byte);
	}
}

/* Take columns off the screen, to the left of the cursor. */
static void
erase_columns(struct ldisc *ld, unsigned columns)
{
	for (; columns > 0; columns--) {
		echo_raw(ld, '\b');
		echo_raw(ld, ' ');
		echo_raw(ld, '\b');
	}
}

/* A tab was erased at ld->head: go back to where it began, which we find by
 * counting columns from the tab before it, or from the line's beginning. */
static void
erase_tab(struct ldisc *ld)
{
	unsigned columns = 0;
	uint64_t p = ld->head;

	while (p != ld->line) {
		uint8_t byte = *ring_at(ld, --p);

		if (byte == '\t')
			break;
		if (is_control(byte))
			columns += local(ld, ECHOCTL) ? 2 : 0;
		else if (!is_continuation(ld, byte))
			columns++;
	}
	if (p == ld->line && (ld->head == p || *ring_at(ld, p) != '\t'))
		columns += ld->line_column;
	for (columns = TAB_STOP - columns % TAB_STOP; columns > 0; columns--) {
		emit(ld, "\b", 1);
		if (ld->column > 0)
			ld->column--;
	}
}

/* ---- Input ---- */

/* Where the last character of the edited line, of one or more bytes, begins;
 * ld->head: there is none, or only a part of one. */
static uint64_t
last_character(struct ldisc *ld)
{
	uint64_t p = ld->head;

	while (p != ld->line)
		if (!is_continuation(ld, *ring_at(ld, --p)))
			return p;
	return ld->head;
}

/* Take the last character off the line and off the screen. */
static void
erase_character(struct ldisc *ld, bool show_erase)
{
	uint64_t p = last_character(ld);
	uint8_t byte = *ring_at(ld, p);

	if (p == ld->head)
		return;
	ld->head = p;
	if (!local(ld, ECHO))
		return;
	if (show_erase)
		echo(ld, ld->termios.c_cc[VERASE]);
	else if (byte == '\t')
		erase_tab(ld);
	else if (!is_control(byte))
		erase_columns(ld, 1);
	else if (local(ld, ECHOCTL))
		erase_columns(ld, 2);
}

/* VWERASE: what is no word, then the word before it. */
static void
erase_word(struct ldisc *ld)
{
	bool in_word = false;
	uint64_t p;

	while ((p = last_character(ld)) != ld->head) {
		bool word = is_word(*ring_at(ld, p));

		if (in_word && !word)
			break;
		in_word = in_word || word;
		erase_character(ld, false);
	}
}

/* VKILL: the whole line; prettily, or by a new line on the screen. */
static void
erase_line(struct ldisc *ld)
{
	const uint32_t pretty = ECHOK | ECHOKE | ECHOE;

	if (ld->head == ld->line)
		return;
	if (!local(ld, ECHO)) {
		ld->head = ld->line;
	} else if ((ld->termios.c_lflag & pretty) != pretty) {
		ld->head = ld->line;
		echo(ld, ld->termios.c_cc[VKILL]);
		if (local(ld, ECHOK))
			echo_raw(ld, '\n');
	} else {
		while (last_character(ld) != ld->head)
			erase_character(ld, false);
	}
}

/* VREPRINT: show the line once more. */
static void
reprint(struct ldisc *ld)
{
	echo(ld, ld->termios.c_cc[VREPRINT]);
	echo_raw(ld, '\n');
	for (uint64_t p = ld->line; p != ld->head; p++)
		echo(ld, *ring_at(ld, p));
}

/* Append a byte to the input.  A canonical line that is too long keeps its
 * beginning; a full ring drops the byte. */
static void
put(struct ldisc *ld, uint8_t byte)
{
	bool full = ld->head - ld->tail >= LDISC_BYTES ||
	    (local(ld, ICANON) && ld->head - ld->line >= EDIT_MAX);

	if (full)
		return;
	set_mark(ld, ld->head, false);
	*ring_at(ld, ld->head++) = byte;
	kassert(ld->head - ld->tail <= LDISC_BYTES); /* (1) */
	if (!local(ld, ICANON))
		ld->line = ld->head; /* (2) */
}

/* End the edited line with byte.  There is always a place: see put(). */
static void
put_end(struct ldisc *ld, uint8_t byte)
{
	if (ld->head - ld->tail >= LDISC_BYTES)
		ld->head--;
	kassert(ld->head >= ld->line); /* (1) */
	set_mark(ld, ld->head, true); /* (3) */
	*ring_at(ld, ld->head++) = byte;
	ld->line = ld->head;
}

/* Put a byte of text, echoed; as it is if raw. */
static void
input_text(struct ldisc *ld, uint8_t byte, bool raw)
{
	if (local(ld, ECHO)) {
		if (ld->head == ld->line)
			ld->line_column = ld->column;
		if (raw)
			echo_raw(ld, byte);
		else
			echo(ld, byte);
	}
	put(ld, byte);
}

/* What a byte means while a line is edited.  True: it was for us. */
static bool
input_edit(struct ldisc *ld, uint8_t byte)
{
	bool extended = local(ld, IEXTEN);

	if (is_cc(ld, VERASE, byte)) {
		erase_character(ld, !local(ld, ECHOE));
	} else if (is_cc(ld, VKILL, byte)) {
		erase_line(ld);
	} else if (extended && is_cc(ld, VWERASE, byte)) {
		erase_word(ld);
	} else if (extended && is_cc(ld, VLNEXT, byte)) {
		ld->literal = true;
		if (local(ld, ECHO) && local(ld, ECHOCTL))
			emit(ld, "^\b", 2);
	} else if (extended && local(ld, ECHO) &&
	    is_cc(ld, VREPRINT, byte)) {
		reprint(ld);
	} else if (byte == '\n') {
		if (local(ld, ECHO | ECHONL))
			echo_raw(ld, '\n');
		put_end(ld, byte);
	} else if (is_cc(ld, VEOF, byte)) {
		put_end(ld, EOF_BYTE);
	} else if (is_cc(ld, VEOL, byte) ||
	    (extended && is_cc(ld, VEOL2, byte))) {
		if (local(ld, ECHO))
			echo(ld, byte);
		put_end(ld, byte);
	} else {
		return false;
	}
	return true;
}

/* The signal that byte sends, or 0. */
static int
input_signal(const struct ldisc *ld, uint8_t byte)
{
	if (!local(ld, ISIG))
		return 0;
	if (is_cc(ld, VINTR, byte))
		return SIGINT;
	if (is_cc(ld, VQUIT, byte))
		return SIGQUIT;
	if (is_cc(ld, VSUSP, byte))
		return SIGTSTP;
	return 0;
}

/* Ctrl-S and Ctrl-Q.  True: it was for us. */
static bool
input_flow(struct ldisc *ld, uint8_t byte)
{
	if ((ld->termios.c_iflag & IXON) == 0)
		return false;
	if (is_cc(ld, VSTART, byte)) {
		ld->output_stopped = false;
		return true;
	}
	if (is_cc(ld, VSTOP, byte)) {
		ld->output_stopped = true;
		return true;
	}
	return false;
}

/* The order matters: a literal byte means nothing, Ctrl-S works in all modes,
 * a signal also in raw input, and only then come lines. */
int
ldisc_input(struct ldisc *ld, uint8_t byte)
{
	uint32_t flags = ld->termios.c_iflag;
	bool was_cr;
	int sig;

	if (flags & ISTRIP)
		byte &= ASCII_MAX;
	if (ld->literal) {
		ld->literal = false;
		input_text(ld, byte, false);
		return 0;
	}
	if (input_flow(ld, byte))
		return 0;
	sig = input_signal(ld, byte);
	if (sig != 0 || (flags & IXANY))
		ld->output_stopped = false;
	if (sig != 0) {
		if (!local(ld, NOFLSH)) {
			ld->ops->flush(ld->arg);
			ldisc_flush(ld);
		}
		if (local(ld, ECHO))
			echo(ld, byte);
		return sig;
	}
	was_cr = byte == '\r' && (flags & (ICRNL | IGNCR)) != 0;
	if (was_cr) {
		if (flags & IGNCR)
			return 0;
		byte = '\n';
	} else if (byte == '\n' && (flags & INLCR)) {
		byte = '\r';
	}
	if (!local(ld, ICANON) || !input_edit(ld, byte))
		input_text(ld, byte, was_cr);
	return 0;
}

/* ---- Reading ---- */

/* With ICANON and no complete line there must be room, or the line could never
 * be ended (put() drops what is too much). */
size_t
ldisc_room(const struct ldisc *ld)
{
	if (local(ld, ICANON) && ld->line == ld->tail)
		return LDISC_BYTES;
	return LDISC_BYTES - (ld->head - ld->tail);
}

size_t
ldisc_available(const struct ldisc *ld)
{
	size_t n = ld->line - ld->tail;

	if (local(ld, ICANON))
		for (uint64_t p = ld->tail; p != ld->line; p++)
			n -= is_marked(ld, p) &&
			    ld->ring[p % LDISC_BYTES] == EOF_BYTE;
	return n;
}

bool
ldisc_ready(const struct ldisc *ld)
{
	return ld->line != ld->tail;
}

size_t
ldisc_read(struct ldisc *ld, uint8_t *data, size_t n, bool *end)
{
	bool canonical = local(ld, ICANON);
	size_t done = 0;

	kassert(ld->tail <= ld->line && ld->line <= ld->head); /* (1) */
	kassert(canonical || ld->line == ld->head);            /* (2) */
	*end = false;
	/* A VEOF directly behind the n-th byte goes with it: the next read must
	 * not take it for the end of the file. */
	while (ld->tail != ld->line && !*end) {
		uint8_t byte = *ring_at(ld, ld->tail);
		bool marked = canonical && is_marked(ld, ld->tail);

		if (marked && byte == EOF_BYTE) {
			*end = true;
			ld->tail++;
			break;
		}
		if (done == n)
			break;
		data[done++] = byte;
		*end = marked;
		ld->tail++;
	}
	return done;
}

void
ldisc_flush(struct ldisc *ld)
{
	ld->tail = ld->head;
	ld->line = ld->head;
	ld->literal = false;
}

/* A switch to canonical mode makes what waits one line; a switch from it makes
 * the edited line readable. */
void
ldisc_set_termios(struct ldisc *ld, const struct abi_termios *termios)
{
	uint32_t changed = ld->termios.c_lflag ^ termios->c_lflag;

	ld->termios = *termios;
	if ((termios->c_iflag & IXON) == 0)
		ld->output_stopped = false;
	if ((changed & ICANON) == 0)
		return;
	memset(ld->marks, 0, sizeof(ld->marks));
	ld->literal = false;
	ld->line = ld->head; /* (2) */
	if (local(ld, ICANON) && ld->head != ld->tail)
		set_mark(ld, ld->head - 1, true); /* (3) */
}

void
ldisc_init(struct ldisc *ld, const struct ldisc_ops *ops, void *arg)
{
	static const struct abi_termios usual = {
	    .c_iflag = ICRNL | IXON,
	    .c_oflag = OPOST | ONLCR,
	    .c_cflag = B38400 | CS8 | CREAD | HUPCL,
	    .c_lflag = ISIG | ICANON | ECHO | ECHOE |
		ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	    .c_cc = {
		[VINTR] = 'C' ^ CTRL_BIT,
		[VQUIT] = '\\' ^ CTRL_BIT,
		[VERASE] = ASCII_MAX,
		[VKILL] = 'U' ^ CTRL_BIT,
		[VEOF] = 'D' ^ CTRL_BIT,
		[VMIN] = 1,
		[VSTART] = 'Q' ^ CTRL_BIT,
		[VSTOP] = 'S' ^ CTRL_BIT,
		[VSUSP] = 'Z' ^ CTRL_BIT,
		[VREPRINT] = 'R' ^ CTRL_BIT,
		[VDISCARD] = 'O' ^ CTRL_BIT,
		[VWERASE] = 'W' ^ CTRL_BIT,
		[VLNEXT] = 'V' ^ CTRL_BIT,
	    },
	};

	memset(ld, 0, sizeof(*ld));
	ld->termios = usual;
	ld->ops = ops;
	ld->arg = arg;
}
