/* vt.c - a terminal of the VT100 kind: bytes in, a grid of cells out.
 *
 * Layer: drivers/display   Called by: display.c
 * Source: [ECMA-48] 8.3 "Definition of control functions",
 *         [LINUX-MAN] console_codes(4)
 *
 *	text --ESC--> escape --[--> CSI: parameters, then the final byte
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/display/vt.h"

#include "debug/assert.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "lib/string.h"

#define ESC         '\033'
#define BEL         '\a'
#define DEL         127
#define TAB_STOP    8
#define WHITE       7
#define BLACK       0
#define BRIGHT      8
#define PARAM_MAX   9999
#define UNKNOWN     '?' /* shown for what is not ASCII */

/* A style as the attribute byte of a cell. */
static uint8_t
style_attribute(const struct vt_style *s)
{
	unsigned front = s->foreground;
	unsigned back = s->background;

	if (s->bold && front < BRIGHT)
		front += BRIGHT;
	return s->reverse ? (front & WHITE) << 4 | back : back << 4 | front;
}

/* What erasing leaves: a space on the present background. */
static vt_cell
blank(const struct vt *vt)
{
	struct vt_style s = vt->style;

	s.reverse = false;
	return ' ' | (vt_cell)style_attribute(&s) << 8;
}

static vt_cell *
cell_at(struct vt *vt, unsigned row, unsigned column)
{
	return &vt->cells[row * vt->columns + column];
}

/* Fill n cells from there on; n may be 0. */
static void
fill(struct vt *vt, unsigned row, unsigned column, unsigned n)
{
	vt_cell *cell = cell_at(vt, row, column);
	vt_cell with = blank(vt);

	kassert(row * vt->columns + column + n <= vt->rows * vt->columns);
	while (n-- > 0)
		*cell++ = with;
}

/* Move the lines [from, vt->bottom) up (or down) by n, blank what gets free. */
static void
scroll(struct vt *vt, unsigned from, unsigned n, bool up)
{
	unsigned lines = vt->bottom - from;
	unsigned kept;
	size_t bytes;

	kassert(from < vt->bottom && vt->bottom <= vt->rows);
	n = MIN(n, lines);
	kept = lines - n;
	bytes = (size_t)kept * vt->columns * sizeof(vt_cell);
	if (up) {
		memmove(cell_at(vt, from, 0), cell_at(vt, from + n, 0), bytes);
		fill(vt, from + kept, 0, n * vt->columns);
	} else {
		memmove(cell_at(vt, from + n, 0), cell_at(vt, from, 0), bytes);
		fill(vt, from, 0, n * vt->columns);
	}
}

/* Put the cursor there, or at the edge that is nearest. */
static void
move_to(struct vt *vt, unsigned row, unsigned column)
{
	vt->row = MIN(row, vt->rows - 1);
	vt->column = MIN(column, vt->columns - 1);
	vt->wrap = false;
}

/* One line down; on the last one that scrolls, the lines go up instead. */
static void
line_down(struct vt *vt)
{
	if (vt->row + 1 == vt->bottom)
		scroll(vt, vt->top, 1, true);
	else if (vt->row + 1 < vt->rows)
		vt->row++;
	vt->wrap = false;
}

/* The opposite: reverse index. */
static void
line_up(struct vt *vt)
{
	if (vt->row == vt->top)
		scroll(vt, vt->top, 1, false);
	else if (vt->row > 0)
		vt->row--;
	vt->wrap = false;
}

/* Show c at the cursor and move on.  Behind the last column the cursor waits:
 * only the next character goes to the next line. */
static void
put_character(struct vt *vt, uint8_t c)
{
	if (vt->wrap) {
		vt->column = 0;
		line_down(vt);
	}
	*cell_at(vt, vt->row, vt->column) =
	    c | (vt_cell)style_attribute(&vt->style) << 8;
	if (vt->column + 1 < vt->columns)
		vt->column++;
	else
		vt->wrap = true;
}

/* DECSC, DECRC: the cursor and its style. */
static void
save_cursor(struct vt *vt)
{
	vt->saved_row = vt->row;
	vt->saved_column = vt->column;
	vt->saved_style = vt->style;
}

static void
restore_cursor(struct vt *vt)
{
	move_to(vt, vt->saved_row, vt->saved_column);
	vt->style = vt->saved_style;
}

/* RIS: as after switching on. */
static void
reset(struct vt *vt)
{
	vt->style = (struct vt_style){.foreground = WHITE, .background = BLACK};
	vt->state = VT_TEXT;
	vt->utf8_left = 0;
	vt->top = 0;
	vt->bottom = vt->rows;
	vt->cursor_on = true;
	move_to(vt, 0, 0);
	save_cursor(vt);
	fill(vt, 0, 0, vt->rows * vt->columns);
}

/* ---- CSI sequences ---- */

/* Parameter i, or what it is when missing or 0. */
static unsigned
param(const struct vt *vt, unsigned i, unsigned missing)
{
	return i < vt->param_count && vt->params[i] != 0 ? vt->params[i]
							 : missing;
}

/* ED, EL: erase to the end (0), from the start (1), all (2, 3). */
static void
erase_display(struct vt *vt, unsigned what)
{
	unsigned here = vt->row * vt->columns + vt->column;
	unsigned all = vt->rows * vt->columns;

	if (what == 0)
		fill(vt, vt->row, vt->column, all - here);
	else if (what == 1)
		fill(vt, 0, 0, here + 1);
	else
		fill(vt, 0, 0, all);
}

/* EL: the same within the line. */
static void
erase_line(struct vt *vt, unsigned what)
{
	if (what == 0)
		fill(vt, vt->row, vt->column, vt->columns - vt->column);
	else if (what == 1)
		fill(vt, vt->row, 0, vt->column + 1);
	else
		fill(vt, vt->row, 0, vt->columns);
}

/* ICH, DCH: make or close a gap of n cells at the cursor. */
static void
shift_line(struct vt *vt, unsigned n, bool insert)
{
	unsigned rest = vt->columns - vt->column;
	vt_cell *here = cell_at(vt, vt->row, vt->column);

	n = MIN(n, rest);
	if (insert) {
		memmove(here + n, here, (rest - n) * sizeof(*here));
		fill(vt, vt->row, vt->column, n);
	} else {
		memmove(here, here + n, (rest - n) * sizeof(*here));
		fill(vt, vt->row, vt->columns - n, n);
	}
}

/* SGR 38 and 48: a colour of 256 or of all; we show the first 16 and take white
 * or black for the rest.  Returns how many parameters it used. */
static unsigned
extended_color(const struct vt *vt, unsigned i, uint8_t *color, uint8_t other)
{
	unsigned kind = i + 1 < vt->param_count ? vt->params[i + 1] : 0;

	if (kind == 5 && i + 2 < vt->param_count) {
		*color = vt->params[i + 2] < 16 ? vt->params[i + 2] : other;
		return 2;
	}
	*color = other;
	return kind == 2 ? 4 : 1;
}

/* SGR: colours and attributes. */
static void
set_style(struct vt *vt)
{
	struct vt_style *s = &vt->style;

	for (unsigned i = 0; i < MAX(vt->param_count, 1U); i++) {
		unsigned p = i < vt->param_count ? vt->params[i] : 0;

		if (p == 0)
			*s = (struct vt_style){.foreground = WHITE};
		else if (p == 1)
			s->bold = true;
		else if (p == 7)
			s->reverse = true;
		else if (p == 22)
			s->bold = false;
		else if (p == 27)
			s->reverse = false;
		else if (p >= 30 && p <= 37)
			s->foreground = p - 30;
		else if (p == 38)
			i += extended_color(vt, i, &s->foreground, WHITE);
		else if (p == 39)
			s->foreground = WHITE;
		else if (p >= 40 && p <= 47)
			s->background = p - 40;
		else if (p == 48)
			i += extended_color(vt, i, &s->background, BLACK);
		else if (p == 49)
			s->background = BLACK;
		else if (p >= 90 && p <= 97)
			s->foreground = p - 90 + BRIGHT;
		else if (p >= 100 && p <= 107)
			s->background = p - 100 + BRIGHT;
	}
}

/* DECSTBM: which lines scroll. */
static void
set_region(struct vt *vt)
{
	unsigned top = param(vt, 0, 1) - 1;
	unsigned bottom = MIN(param(vt, 1, vt->rows), vt->rows);

	if (top + 1 >= bottom)
		return;
	vt->top = top;
	vt->bottom = bottom;
	move_to(vt, 0, 0);
}

/* DSR: where is the cursor, are you there? */
static void
report(struct vt *vt, unsigned what)
{
	if (what == 6)
		vt->reply_bytes = snprintf(vt->reply, sizeof(vt->reply),
		    "\033[%u;%uR", vt->row + 1, vt->column + 1);
	else if (what == 5)
		vt->reply_bytes = snprintf(vt->reply, sizeof(vt->reply),
		    "\033[0n");
}

/* Cursor movements.  True: final was one. */
static bool
csi_move(struct vt *vt, char final)
{
	unsigned n = param(vt, 0, 1);

	switch (final) {
	case 'A':
		move_to(vt, vt->row - MIN(n, vt->row), vt->column);
		break;
	case 'B':
	case 'e':
		move_to(vt, vt->row + n, vt->column);
		break;
	case 'C':
	case 'a':
		move_to(vt, vt->row, vt->column + n);
		break;
	case 'D':
		move_to(vt, vt->row, vt->column - MIN(n, vt->column));
		break;
	case 'E':
		move_to(vt, vt->row + n, 0);
		break;
	case 'F':
		move_to(vt, vt->row - MIN(n, vt->row), 0);
		break;
	case 'G':
	case '`':
		move_to(vt, vt->row, n - 1);
		break;
	case 'H':
	case 'f':
		move_to(vt, n - 1, param(vt, 1, 1) - 1);
		break;
	case 'd':
		move_to(vt, n - 1, vt->column);
		break;
	default:
		return false;
	}
	return true;
}

/* DEC's modes: of them we know whether the cursor is shown. */
static void
csi_private(struct vt *vt, char final)
{
	if ((final == 'h' || final == 'l') && param(vt, 0, 0) == 25)
		vt->cursor_on = final == 'h';
}

/* All the others: erasing, inserting, styles, reports. */
static void
csi_edit(struct vt *vt, char final)
{
	unsigned n = param(vt, 0, 1);
	bool inside = vt->row >= vt->top && vt->row < vt->bottom;

	switch (final) {
	case 'J':
		erase_display(vt, param(vt, 0, 0));
		break;
	case 'K':
		erase_line(vt, param(vt, 0, 0));
		break;
	case 'X':
		fill(vt, vt->row, vt->column, MIN(n, vt->columns - vt->column));
		break;
	case '@':
	case 'P':
		shift_line(vt, n, final == '@');
		break;
	case 'L':
	case 'M':
		if (inside)
			scroll(vt, vt->row, n, final == 'M');
		break;
	case 'S':
	case 'T':
		scroll(vt, vt->top, n, final == 'S');
		break;
	case 'm':
		set_style(vt);
		break;
	case 'n':
		report(vt, param(vt, 0, 0));
		break;
	case 'r':
		set_region(vt);
		break;
	case 's':
		save_cursor(vt);
		break;
	case 'u':
		restore_cursor(vt);
		break;
	}
}

/* One byte of a control sequence: of a parameter, or the final one. */
static void
csi_byte(struct vt *vt, char c)
{
	if (c >= '0' && c <= '9') {
		unsigned *p;

		if (vt->param_count == 0)
			vt->param_count = 1;
		p = &vt->params[vt->param_count - 1];
		*p = MIN(*p * 10 + (c - '0'), (unsigned)PARAM_MAX);
	} else if (c == ';') {
		/* "[;5H" has two parameters: the first is empty. */
		if (vt->param_count == 0)
			vt->param_count = 1;
		if (vt->param_count < VT_PARAMS_MAX)
			vt->params[vt->param_count++] = 0;
	} else if (c == '?') {
		vt->private = true;
	} else if (c >= '@' && c <= '~') {
		vt->state = VT_TEXT;
		if (vt->private)
			csi_private(vt, c);
		else if (!csi_move(vt, c))
			csi_edit(vt, c);
	}
}

/* ---- Escape sequences and text ---- */

/* The byte after ESC. */
static void
escape_byte(struct vt *vt, char c)
{
	vt->state = VT_TEXT;
	switch (c) {
	case '[':
		vt->state = VT_CSI;
		vt->private = false;
		vt->param_count = 0;
		memset(vt->params, 0, sizeof(vt->params));
		break;
	case ']':
		vt->state = VT_STRING;
		break;
	case '(':
	case ')':
	case '#':
	case '%':
		vt->state = VT_CHARSET;
		break;
	case '7':
		save_cursor(vt);
		break;
	case '8':
		restore_cursor(vt);
		break;
	case 'D':
		line_down(vt);
		break;
	case 'E':
		vt->column = 0;
		line_down(vt);
		break;
	case 'M':
		line_up(vt);
		break;
	case 'c':
		reset(vt);
		break;
	}
}

/* A control character, wherever it comes. */
static void
control_byte(struct vt *vt, char c)
{
	switch (c) {
	case '\b':
		move_to(vt, vt->row, vt->column - (vt->column > 0));
		break;
	case '\t':
		move_to(vt, vt->row,
		    (vt->column / TAB_STOP + 1) * TAB_STOP);
		break;
	case '\n':
	case '\v':
	case '\f':
		line_down(vt);
		break;
	case '\r':
		move_to(vt, vt->row, 0);
		break;
	case ESC:
		vt->state = VT_ESCAPE;
		break;
	}
}

/* A character beyond ASCII is one cell.  Its first byte says how many follow.
 */
static void
text_byte(struct vt *vt, uint8_t c)
{
	if (c < ' ' || c == DEL) {
		vt->utf8_left = 0;
		control_byte(vt, c);
	} else if (c < DEL) {
		vt->utf8_left = 0;
		put_character(vt, c);
	} else if (c >> 6 == 2 && vt->utf8_left > 0) {
		vt->utf8_left--;
	} else {
		vt->utf8_left = c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2
		    : c >> 3 == 30                             ? 3
							       : 0;
		put_character(vt, UNKNOWN);
	}
}

void
vt_write(struct vt *vt, const char *text, size_t n)
{
	for (; n > 0; n--, text++) {
		char c = *text;

		if (c == ESC && vt->state != VT_TEXT)
			vt->state = VT_ESCAPE;
		else if (vt->state == VT_TEXT)
			text_byte(vt, c);
		else if (vt->state == VT_ESCAPE)
			escape_byte(vt, c);
		else if (vt->state == VT_CHARSET)
			vt->state = VT_TEXT;
		else if (vt->state == VT_STRING)
			vt->state = c == BEL ? VT_TEXT : VT_STRING;
		else if ((uint8_t)c < ' ')
			control_byte(vt, c); /* controls work inside a CSI */
		else
			csi_byte(vt, c);
	}
}

void
vt_init(struct vt *vt, unsigned rows, unsigned columns)
{
	kassert(rows > 0 && rows <= VT_ROWS_MAX);
	kassert(columns > 0 && columns <= VT_COLUMNS_MAX);
	memset(vt, 0, sizeof(*vt));
	vt->rows = rows;
	vt->columns = columns;
	reset(vt);
}
