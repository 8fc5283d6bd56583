/* display.h - the screen as a terminal: VGA text or a framebuffer.
 *
 * Layer: drivers/display   Called by: init.c, keyboard.c
 *
 *	display.c   cells, cursor, colours, scrolling: the screen model, tty1
 *	vt.c        escape sequences to calls of the model
 *	vga.c fb.c  the two back ends that make cells visible
 *	font.c      8x16 glyphs for fb.c
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct bootinfo;

/* Find the screen (a framebuffer of the boot loader, else VGA text, else
 * none), clear it and make it the console "tty1".  The framebuffer must be
 * mapped by then: after mm.  Shows the log so far. */
void display_early_init(const struct bootinfo *info);

/* Register /dev/tty0 and /dev/tty1, if there is a screen. */
void display_init(void);
