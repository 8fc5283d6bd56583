/* vt.h - a terminal of the VT100 kind: bytes in, a grid of cells out.
 *
 * Layer: drivers/display   Called by: display.c; tests/host/test_vt.c
 * Source: [ECMA-48] "Control Functions for Coded Character Sets"
 *
 * A model only: it draws nothing and knows no hardware.  What it understands
 * is what TERM=linux promises to line editors, pagers and vi.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

#define VT_ROWS_MAX    80
#define VT_COLUMNS_MAX 240
#define VT_PARAMS_MAX  8

/* A cell as VGA's text mode has it: the character in the low byte; above it
 * foreground (4 bits) and background (4 bits), in the order of ANSI's colours.
 */
typedef uint16_t vt_cell;

static inline uint8_t
vt_cell_char(vt_cell cell)
{
	return cell & 255;
}

static inline unsigned
vt_cell_foreground(vt_cell cell)
{
	return cell >> 8 & 15;
}

static inline unsigned
vt_cell_background(vt_cell cell)
{
	return cell >> 12;
}

enum vt_state {
	VT_TEXT,    /* characters */
	VT_ESCAPE,  /* after ESC */
	VT_CHARSET, /* after ESC ( and its like: one byte to skip */
	VT_CSI,     /* after ESC [ */
	VT_STRING,  /* after ESC ]: up to BEL or ESC \ */
};

struct vt_style {
	uint8_t foreground;
	uint8_t background;
	bool bold;
	bool reverse;
};

struct vt {
	unsigned rows;
	unsigned columns;
	unsigned row;      /* of the cursor, from 0 */
	unsigned column;
	bool wrap;         /* the last column was written: the next character
			    * goes to the next line */
	bool cursor_on;
	unsigned top;      /* the lines that scroll: [top, bottom) */
	unsigned bottom;
	struct vt_style style;
	unsigned saved_row;
	unsigned saved_column;
	struct vt_style saved_style;

	enum vt_state state;
	bool private;      /* CSI ? */
	unsigned params[VT_PARAMS_MAX];
	unsigned param_count;
	unsigned utf8_left; /* bytes of a character still to come */
	char reply[16];    /* the answer to the last report asked for */
	unsigned reply_bytes; /* the caller takes it and sets this to 0 */

	vt_cell cells[VT_ROWS_MAX * VT_COLUMNS_MAX]; /* [row * columns + column] */
};

/* An empty screen.  rows, columns: 1 to VT_*_MAX. */
void vt_init(struct vt *vt, unsigned rows, unsigned columns);

/* Show n bytes.  "\n" only moves down: the line discipline adds the "\r". */
void vt_write(struct vt *vt, const char *text, size_t n);
