/* backend.h - what makes cells visible: VGA's text mode or a framebuffer.
 *
 * Layer: drivers/display   Called by: display.c; implemented by vga.c, fb.c
 * SPDX-License-Identifier: MIT */
#pragma once

#include "drivers/display/vt.h"

struct boot_framebuffer;

/*
 * Operations of a back end.  None sleeps; all may be called in any context,
 * one at a time.
 *
 *   draw   - Show cell at row, column.
 *   cursor - Show the cursor at row, column, which shows cell; on is false:
 *            take it away from there.
 */
struct display_backend {
	const char *name;
	unsigned rows;
	unsigned columns;
	void (*draw)(unsigned row, unsigned column, vt_cell cell);
	void (*cursor)(unsigned row, unsigned column, vt_cell cell, bool on);
};

/* The VGA's text mode, or NULL: there is none. */
const struct display_backend *vga_probe(void);

/* The framebuffer, or NULL: it cannot be used.  After mm. */
const struct display_backend *fb_probe(const struct boot_framebuffer *info);
