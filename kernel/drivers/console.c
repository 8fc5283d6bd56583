/* console.c - where the kernel's own messages go, and what /dev/console is.
 *
 * Layer: drivers   Called by: debug/log.c, uart.c, display.c
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/console.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/log.h"
#include "drivers/tty.h"
#include "lib/string.h"

#define CHOICES     4
#define CHOICE_NAME 16

static struct list consoles = LIST_INIT(consoles); /* [I] after boot */
static char choices[CHOICES][CHOICE_NAME];         /* [I] of console= */
static unsigned choice_count;                      /* [I] */
static bool panicking;                             /* [a] */

/* Take the name that follows "console=", up to a comma or blank. */
static void
console_choose(const char *value)
{
	size_t n = 0;

	while (value[n] != '\0' && value[n] != ' ' && value[n] != ',')
		n++;
	if (n == 0 || n >= CHOICE_NAME || choice_count == CHOICES)
		return;
	memcpy(choices[choice_count], value, n);
	if (strcmp(choices[choice_count], "tty0") == 0)
		choices[choice_count][3] = '1';
	choice_count++;
}

/* How late on the command line the console is named; 0: not at all. */
static unsigned
console_choice(const struct console *con)
{
	for (unsigned i = choice_count; i > 0; i--)
		if (strcmp(choices[i - 1], con->name) == 0)
			return i;
	return 0;
}

/* Does it show the log? */
static bool
console_wanted(const struct console *con)
{
	return choice_count == 0 ? con->by_default : console_choice(con) != 0;
}

/* Those that registered before the command line was known are looked at again.
 */
void
console_init(const char *command_line)
{
	static const char option[] = "console=";
	const char *p = command_line;

	while ((p = strstr(p, option)) != NULL) {
		bool word = p == command_line || p[-1] == ' ';

		p += sizeof(option) - 1;
		if (word)
			console_choose(p);
	}
	list_for_each(con, &consoles, struct console, link)
		con->enabled = console_wanted(con);
}

void
console_register(struct console *con)
{
	kassert(con->name != NULL && con->write != NULL);
	con->enabled = console_wanted(con);
	list_add_tail(&consoles, &con->link);
	if (con->enabled)
		log_replay(con);
}

void
console_write(const char *text, size_t n)
{
	list_for_each(con, &consoles, struct console, link)
		if (con->enabled || (panicking && con->by_default))
			con->write(con, text, n);
}

void
console_drain(void)
{
	list_for_each(con, &consoles, struct console, link)
		if (con->drain != NULL)
			con->drain(con);
}

void
console_panic(void)
{
	panicking = true;
}

bool
console_in_panic(void)
{
	return panicking;
}

/* The last one of console=; without any, the first that registered. */
struct tty *
console_tty(void)
{
	struct tty *tty = NULL;
	unsigned best = 0;

	list_for_each(con, &consoles, struct console, link) {
		unsigned choice = console_choice(con);

		if (con->tty != NULL && (tty == NULL || choice > best)) {
			tty = con->tty;
			best = choice;
		}
	}
	return tty;
}

/* /dev/console is another name of that terminal. */
static int
console_open(struct chardev_file *f)
{
	struct tty *tty = console_tty();

	return tty != NULL ? tty_open(tty, f, true) : -ENODEV;
}

static const struct chardev_ops console_ops = {.open = console_open};
static struct chardev console_dev = {
    .name = "console",
    .number = DEV_CONSOLE,
    .mode = 0600,
    .ops = &console_ops,
};

void
console_device_init(void)
{
	chardev_register(&console_dev);
}
