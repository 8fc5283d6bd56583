/* uart.h - 16550 serial ports: COM1..COM4 as ttyS0..ttyS3.
 *
 * Layer: drivers   Called by: main.c, init.c, debug (through console.h)
 * Source: [16550] National PC16550D, "Registers"
 * SPDX-License-Identifier: MIT */
#pragma once

/* Look for ports, set them to 115200 8N1, and make the first one a console
 * (polled).  Needs nothing: the first call of the kernel's C code. */
void uart_early_init(void);

/* Make ttySn of each port, driven by interrupts from now on.  After the
 * interrupt controller and memory are up. */
void uart_init(void);
