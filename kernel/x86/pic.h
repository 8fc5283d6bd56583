/* pic.h - the 8259 interrupt controllers and the 8254 timer of the PC.
 *
 * Layer: x86   Called by: apic.c, tsc.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* Set up both controllers: line n is VECTOR_IRQ0 + n, all masked. */
void pic_init(void);
void pic_unmask(unsigned irq);
void pic_eoi(unsigned irq);
/* Did no device ask for line 7 or 15, though its vector came? */
bool pic_is_spurious(unsigned irq);

#define PIT_HZ 1193182

/* Interrupt once on line 0 after ticks of the PIT, 1 to 65535. */
void pit_arm(unsigned ticks);

/* Start channel 2, without an interrupt, and say when ticks have gone by. */
void pit_wait_start(unsigned ticks);
bool pit_wait_done(void);
