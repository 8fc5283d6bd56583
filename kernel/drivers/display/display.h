/* display.h - the screen as a terminal: VGA text or a framebuffer.
 *
 * Layer: drivers/display   Called by: init.c, keyboard.c
 *
 *	vt.c        escape sequences, cells, scrolling: the model of the screen
 *	display.c   tty1: draws what changed in the model
 *	vga.c fb.c  the two back ends that make cells visible
 *	font.c      8x16 glyphs for fb.c
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct bootinfo;
struct tty;

/* Take VGA's text mode, if the machine is in it, for the log.  Needs the direct
 * map only. */
void display_early_init(const struct bootinfo *info);

/* Take the framebuffer, if that is what the boot loader left, and register
 * /dev/tty0 and /dev/tty1, if there is a screen.  After mm. */
void display_init(const struct bootinfo *info);

/* The terminal on the screen, for the keyboard; NULL: none. */
struct tty *display_terminal(void);
