/* keyboard.h - PS/2 keyboard: scan codes of set 1 to the bytes of a terminal.
 *
 * Layer: drivers   Called by: init.c
 * Source: [PS2] "8042" PS/2 controller; scan code set 1
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct tty;

/* Start the keyboard, if there is one: its bytes go to tty (NULL: do nothing).
 * Waits are bounded: at most some 10 ms each. */
void keyboard_init(struct tty *tty);

/* Ask the controller to reset the machine.  Any context; may have no effect. */
void keyboard_reset_machine(void);
