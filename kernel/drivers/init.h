/* init.h - bring up all drivers, in order.
 *
 * Layer: drivers   Called by: main.c
 * SPDX-License-Identifier: MIT */
#pragma once

struct bootinfo;

/* The serial port, polled: so that the first printk() is seen.  Needs only a
 * stack.  console= is read once bootinfo is parsed, by drivers_init(). */
void drivers_early_init(void);

/* All the rest: display, PCI, terminals, keyboard, clock, power, random,
 * memory devices.  After mm, interrupts and sched; before fs. */
void drivers_init(const struct bootinfo *info);
