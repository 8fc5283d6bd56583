/* init.h - bring up all drivers, in order.
 *
 * Layer: drivers   Called by: main.c
 * SPDX-License-Identifier: MIT */
#pragma once

struct bootinfo;

/* The serial port, polled: so that the first printk() is seen.  Needs only a
 * stack. */
void drivers_early_init(void);

/* The consoles that the command line wants, and VGA's text screen.  Once info
 * is there, in the boot page tables. */
void drivers_console_init(const struct bootinfo *info);

/* All the rest: screen, terminals, keyboard, clock, PCI, power, random, memory
 * devices.  After mm, interrupts and sched; before fs. */
void drivers_init(const struct bootinfo *info);
