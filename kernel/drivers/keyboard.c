/* keyboard.c - PS/2 keyboard: scan codes of set 1 to the bytes of a terminal.
 *
 * Layer: drivers   Called by: init.c; interrupt 1
 * Source: [8042] "Status Register", "Controller Commands"; [PS2] "Scan Code
 *         Set 1"
 *
 * A key gives its code when pressed and code + 128 when released; the newer
 * keys send 0xe0 first.  The layout is that of the US.
 * SPDX-License-Identifier: MIT */
#include "drivers/keyboard.h"

#include "debug/printk.h"
#include "drivers/tty.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "x86/irq.h"
#include "x86/port.h"
#include "x86/tsc.h"

#define KBD_DATA    0x60
#define KBD_STATUS  0x64 /* read */
#define KBD_COMMAND 0x64 /* write */
#define KBD_IRQ     1

#define STATUS_OUTPUT BIT(0) /* a byte for us waits in KBD_DATA */
#define STATUS_INPUT  BIT(1) /* the controller has not taken ours yet */
#define STATUS_MOUSE  BIT(5) /* the waiting byte is the mouse's */
#define STATUS_ABSENT 0xff   /* what a read of an absent controller gives */

enum kbd_command {
	CMD_READ_CONFIG = 0x20,
	CMD_WRITE_CONFIG = 0x60,
	CMD_DISABLE_MOUSE = 0xa7,
	CMD_DISABLE_KEYBOARD = 0xad,
	CMD_ENABLE_KEYBOARD = 0xae,
	CMD_RESET_MACHINE = 0xfe,
};

#define CONFIG_IRQ        BIT(0)
#define CONFIG_NO_KEYBOARD BIT(4)
#define CONFIG_TRANSLATE  BIT(6) /* to set 1 */

#define WAIT_NS     10000000
#define FLUSH_MAX   32
#define RELEASED    BIT(7)
#define EXTENDED    0xe0
#define CTRL_MASK   31 /* Ctrl-A is 'A' & CTRL_MASK */

enum scan_code {
	KEY_CTRL = 29,
	KEY_SHIFT_LEFT = 42,
	KEY_SHIFT_RIGHT = 54,
	KEY_ALT = 56,
	KEY_CAPS_LOCK = 58,
};

/* By scan code; 0: no character. */
static const char plain[] =
    "\0\033" "1234567890-=\177\t" "qwertyuiop[]\r\0" "asdfghjkl;'`\0\\"
    "zxcvbnm,./\0*\0 ";
static const char shifted[] =
    "\0\033" "!@#$%^&*()_+\177\t" "QWERTYUIOP{}\r\0" "ASDFGHJKL:\"~\0|"
    "ZXCVBNM<>?\0*\0 ";

/* The keys that give escape sequences, as TERM=linux has them. */
static const struct {
	uint8_t code;
	const char *sequence;
} special_keys[] = {
    {59, "\033[[A"},  {60, "\033[[B"},  {61, "\033[[C"},  {62, "\033[[D"},
    {63, "\033[[E"},  {64, "\033[17~"}, {65, "\033[18~"}, {66, "\033[19~"},
    {67, "\033[20~"}, {68, "\033[21~"}, {71, "\033[1~"},  {72, "\033[A"},
    {73, "\033[5~"},  {75, "\033[D"},   {77, "\033[C"},   {79, "\033[4~"},
    {80, "\033[B"},   {81, "\033[6~"},  {82, "\033[2~"},  {83, "\033[3~"},
    {87, "\033[23~"}, {88, "\033[24~"},
};

/* Touched by the interrupt handler only. */
static struct {
	struct tty *tty;
	bool extended; /* the last byte was 0xe0 */
	bool shift;
	bool ctrl;
	bool alt;
	bool caps;
} keyboard;

/* Wait until the bits of the status are set (or clear).  False: too long. */
static bool
wait_status(uint8_t bits, bool set)
{
	uint64_t end_ns = tsc_ns() + WAIT_NS;

	while (((inb(KBD_STATUS) & bits) != 0) != set) {
		if (tsc_ns() >= end_ns)
			return false;
		cpu_relax();
	}
	return true;
}

/* False: the controller does not listen. */
static bool
send_command(enum kbd_command command)
{
	if (!wait_status(STATUS_INPUT, false))
		return false;
	outb(KBD_COMMAND, command);
	return true;
}

/* Drop what the controller has for us from before. */
static void
flush_output(void)
{
	for (unsigned n = 0; n < FLUSH_MAX; n++) {
		if ((inb(KBD_STATUS) & STATUS_OUTPUT) == 0)
			return;
		inb(KBD_DATA);
	}
}

/* Alt sends ESC first, as terminals do. */
static void
send_keys(const char *bytes, size_t n)
{
	if (keyboard.alt)
		tty_input(keyboard.tty, (const uint8_t *)"\033", 1);
	tty_input(keyboard.tty, (const uint8_t *)bytes, n);
}

/* Keep track of the keys that only change others.  True: it was one. */
static bool
modifier(uint8_t code, bool pressed)
{
	switch (code) {
	case KEY_SHIFT_LEFT:
	case KEY_SHIFT_RIGHT:
		keyboard.shift = pressed;
		return true;
	case KEY_CTRL:
		keyboard.ctrl = pressed;
		return true;
	case KEY_ALT:
		keyboard.alt = pressed;
		return true;
	case KEY_CAPS_LOCK:
		keyboard.caps ^= pressed;
		return true;
	default:
		return false;
	}
}

/* A key that gives bytes.  Ctrl with a letter gives a control character. */
static void
key_pressed(uint8_t code, bool extended)
{
	bool letter;
	char c;

	for (size_t i = 0; i < ARRAY_SIZE(special_keys); i++) {
		const char *sequence = special_keys[i].sequence;

		if (special_keys[i].code == code) {
			send_keys(sequence, strlen(sequence));
			return;
		}
	}
	if (code >= sizeof(plain))
		return;
	c = plain[code];
	letter = c >= 'a' && c <= 'z';
	if (keyboard.shift != (keyboard.caps && letter) && !extended)
		c = shifted[code];
	if (keyboard.ctrl && c == ' ')
		c = '\0';
	else if (c == '\0')
		return;
	else if (keyboard.ctrl && c >= '@' && c < '\177')
		c &= CTRL_MASK;
	send_keys(&c, 1);
}

/* Interrupt 1.  Bytes are taken until there is none: the line is edge-
 * triggered. */
static void
keyboard_irq(void *arg)
{
	(void)arg;
	for (unsigned n = 0; n < FLUSH_MAX; n++) {
		uint8_t status = inb(KBD_STATUS);
		bool extended = keyboard.extended;
		uint8_t code;

		if ((status & STATUS_OUTPUT) == 0)
			return;
		code = inb(KBD_DATA);
		if (status & STATUS_MOUSE)
			continue;
		keyboard.extended = code == EXTENDED;
		if (keyboard.extended)
			continue;
		/* Around some keys an extended "shift" comes: not a key. */
		if (extended && (code & ~RELEASED) == KEY_SHIFT_LEFT)
			continue;
		if (!modifier(code & ~RELEASED, (code & RELEASED) == 0) &&
		    (code & RELEASED) == 0)
			key_pressed(code, extended);
	}
}

/* Have the controller translate to set 1 and interrupt us. */
static bool
controller_init(void)
{
	uint8_t config;

	if (inb(KBD_STATUS) == STATUS_ABSENT ||
	    !send_command(CMD_DISABLE_KEYBOARD) ||
	    !send_command(CMD_DISABLE_MOUSE))
		return false;
	flush_output();
	if (!send_command(CMD_READ_CONFIG) || !wait_status(STATUS_OUTPUT, true))
		return false;
	config = inb(KBD_DATA);
	config |= CONFIG_IRQ | CONFIG_TRANSLATE;
	config &= ~CONFIG_NO_KEYBOARD;
	if (!send_command(CMD_WRITE_CONFIG) ||
	    !wait_status(STATUS_INPUT, false))
		return false;
	outb(KBD_DATA, config);
	return send_command(CMD_ENABLE_KEYBOARD);
}

void
keyboard_init(struct tty *tty)
{
	if (tty == NULL || !controller_init())
		return;
	keyboard.tty = tty;
	if (irq_register(KBD_IRQ, keyboard_irq, NULL) != 0)
		return;
	pr_info("keyboard: PS/2 on %s", tty->dev.name);
}

void
keyboard_reset_machine(void)
{
	if (inb(KBD_STATUS) != STATUS_ABSENT)
		send_command(CMD_RESET_MACHINE);
}
