/* fb.c - a linear framebuffer, 32 bits a pixel, as UEFI and GRUB leave it.
 *
 * Layer: drivers/display   Called by: display.c
 * Source: [MB2] 3.6.12 "Framebuffer info"
 *
 * Reading video memory is slow, so nothing is ever read back: display.c keeps
 * the cells, and what scrolls is drawn again where it differs.
 * SPDX-License-Identifier: MIT */
#include "debug/printk.h"
#include "drivers/display/backend.h"
#include "drivers/display/font.h"
#include "lib/bits.h"
#include "mm/pagetable.h"
#include "x86/bootinfo.h"

#define BITS_PER_PIXEL 32
#define COLORS         16
#define CURSOR_ROW     14 /* of the glyph's rows: an underline of two */
#define COLUMN_MASK    BIT(FONT_WIDTH - 1)

/* Red, green, blue of ANSI's colours, dark and bright. */
static const uint8_t palette[COLORS][3] = {
    {0, 0, 0},    {170, 0, 0},   {0, 170, 0},   {170, 85, 0},
    {0, 0, 170},  {170, 0, 170}, {0, 170, 170}, {170, 170, 170},
    {85, 85, 85}, {255, 85, 85}, {85, 255, 85}, {255, 255, 85},
    {85, 85, 255}, {255, 85, 255}, {85, 255, 255}, {255, 255, 255},
};

/* All [I] after fb_probe(). */
static volatile uint32_t *pixels;
static size_t pixels_per_line;
static uint32_t colors[COLORS];
static struct display_backend fb_backend;

/* The eight pixels of one row of a character, leftmost in the highest bit. */
static unsigned
glyph_row(uint8_t c, unsigned row)
{
	const uint64_t *glyph;

	if (c < FONT_FIRST || c >= FONT_FIRST + FONT_GLYPHS)
		c = ' ';
	glyph = font_glyphs[c - FONT_FIRST];
	return glyph[row / 8] >> (7 - row % 8) * 8 & 255;
}

/* Draw the rows [first, FONT_HEIGHT) of a cell; invert: front for back. */
static void
draw_rows(unsigned row, unsigned column, vt_cell cell, unsigned first,
    bool invert)
{
	uint32_t front = colors[vt_cell_foreground(cell)];
	uint32_t back = colors[vt_cell_background(cell)];
	volatile uint32_t *line = pixels + column * FONT_WIDTH +
	    (row * FONT_HEIGHT + first) * pixels_per_line;

	for (unsigned y = first; y < FONT_HEIGHT; y++) {
		unsigned bits = glyph_row(vt_cell_char(cell), y);

		if (invert)
			bits = ~bits;
		for (unsigned x = 0; x < FONT_WIDTH; x++, bits <<= 1)
			line[x] = (bits & COLUMN_MASK) != 0 ? front : back;
		line += pixels_per_line;
	}
}

/* display_backend.draw */
static void
fb_draw(unsigned row, unsigned column, vt_cell cell)
{
	draw_rows(row, column, cell, 0, false);
}

/* display_backend.cursor: the lowest rows of the cell, inverted. */
static void
fb_cursor(unsigned row, unsigned column, vt_cell cell, bool on)
{
	draw_rows(row, column, cell, CURSOR_ROW, on);
}

/* Only 32 bits a pixel; what UEFI and GRUB offer first. */
const struct display_backend *
fb_probe(const struct boot_framebuffer *info)
{
	if (info->bytes_per_line == 0)
		return NULL;
	if (info->bits_per_pixel != BITS_PER_PIXEL ||
	    info->width < FONT_WIDTH || info->height < FONT_HEIGHT) {
		pr_notice("framebuffer: cannot use %u x %u, %u bits a pixel",
		    info->width, info->height, info->bits_per_pixel);
		return NULL;
	}
	pixels = mmio_map(info->start,
	    (size_t)info->bytes_per_line * info->height);
	if (pixels == NULL)
		return NULL;
	pixels_per_line = info->bytes_per_line / sizeof(*pixels);
	for (unsigned i = 0; i < COLORS; i++)
		colors[i] = (uint32_t)palette[i][0] << info->red_shift |
		    (uint32_t)palette[i][1] << info->green_shift |
		    (uint32_t)palette[i][2] << info->blue_shift;
	for (size_t y = 0; y < info->height; y++)
		for (size_t x = 0; x < info->width; x++)
			pixels[y * pixels_per_line + x] = colors[0];
	fb_backend = (struct display_backend){
	    .name = "framebuffer",
	    .rows = MIN(info->height / FONT_HEIGHT, (unsigned)VT_ROWS_MAX),
	    .columns = MIN(info->width / FONT_WIDTH, (unsigned)VT_COLUMNS_MAX),
	    .draw = fb_draw,
	    .cursor = fb_cursor,
	};
	return &fb_backend;
}
