/* power.h - end the machine: off, again, or with the panic's exit code.
 *
 * Layer: drivers   Called by: syscall reboot(2), debug/panic.c
 * Source: [ACPI] 4.8.3.2.1 "PM1 Control Registers", 7.3.4 "\_Sx states"
 * SPDX-License-Identifier: MIT */
#pragma once

/* Find the ACPI registers that power off and reset.  After acpi and mm. */
void power_init(void);

/* End the machine.  Tries, in this order: ACPI S5, the emulators' ports; if
 * nothing helps, halts for ever.  Any context. */
_Noreturn void power_off(void);

/* Start the machine again: the ACPI reset register, the keyboard controller, a
 * triple fault.  Any context. */
_Noreturn void power_reboot(void);

/* After a panic: end the emulator with its own exit status (QEMU with
 * isa-debug-exit: 127; Bochs: the line "NESTLING PANIC" on port e9), on real
 * hardware halt for ever.  Any context. */
_Noreturn void power_panic_exit(void);

/* Halt this CPU for ever, interrupts off. */
_Noreturn void power_halt(void);
