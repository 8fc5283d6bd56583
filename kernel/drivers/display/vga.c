/* vga.c - VGA's text mode: 80 x 25 cells in memory at b8000.
 *
 * Layer: drivers/display   Called by: display.c
 * Source: [VGA] "CRT Controller Registers": Cursor Start, Cursor Location
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/display/backend.h"
#include "lib/bits.h"
#include "x86/paging.h"
#include "x86/port.h"

#define VGA_MEMORY  0xb8000
#define VGA_ROWS    25
#define VGA_COLUMNS 80
#define CRTC_INDEX  0x3d4
#define CRTC_DATA   0x3d5
#define PROBE_VALUE 0x5aa5

enum crtc_register {
	CRTC_CURSOR_START = 10,
	CRTC_CURSOR_HIGH = 14,
	CRTC_CURSOR_LOW = 15,
};

#define CURSOR_OFF   BIT(5) /* in CRTC_CURSOR_START; below it, the first line */
#define CURSOR_LINE  14

static volatile uint16_t *const memory =
    (volatile uint16_t *)(DIRECT_BASE + VGA_MEMORY);

static void
crtc_write(enum crtc_register reg, uint8_t value)
{
	outb(CRTC_INDEX, reg);
	outb(CRTC_DATA, value);
}

/* ANSI's colours count red, green, blue from bit 0, VGA's from bit 2. */
static uint16_t
vga_color(unsigned ansi)
{
	return (ansi & 10) | (ansi & 1) << 2 | (ansi >> 2 & 1);
}

/* display_backend.draw */
static void
vga_draw(unsigned row, unsigned column, vt_cell cell)
{
	memory[row * VGA_COLUMNS + column] = vt_cell_char(cell) |
	    vga_color(vt_cell_foreground(cell)) << 8 |
	    (vga_color(vt_cell_background(cell)) & 7) << 12;
}

/* display_backend.cursor: the hardware blinks it. */
static void
vga_cursor(unsigned row, unsigned column, vt_cell cell, bool on)
{
	unsigned place = row * VGA_COLUMNS + column;

	(void)cell;
	crtc_write(CRTC_CURSOR_START, CURSOR_LINE | (on ? 0 : CURSOR_OFF));
	if (!on)
		return;
	crtc_write(CRTC_CURSOR_HIGH, place >> 8);
	crtc_write(CRTC_CURSOR_LOW, place & 255);
}

static const struct display_backend vga_backend = {
    .name = "VGA text",
    .rows = VGA_ROWS,
    .columns = VGA_COLUMNS,
    .draw = vga_draw,
    .cursor = vga_cursor,
};

/* Is there memory behind the window, and a cursor register that keeps what is
 * written? */
const struct display_backend *
vga_probe(void)
{
	uint16_t before = memory[0];
	bool works;

	memory[0] = PROBE_VALUE;
	works = memory[0] == PROBE_VALUE;
	memory[0] = before;
	crtc_write(CRTC_CURSOR_LOW, PROBE_VALUE & 255);
	outb(CRTC_INDEX, CRTC_CURSOR_LOW);
	works = works && inb(CRTC_DATA) == (PROBE_VALUE & 255);
	return works ? &vga_backend : NULL;
}
