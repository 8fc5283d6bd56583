/* display.c - the screen as a terminal: tty1, and a console for the log.
 *
 * Layer: drivers/display   Called by: init.c, console.c, tty.c, keyboard.c
 *
 * vt.c keeps the cells as they should be, shown[] those that the screen shows;
 * after each write the differences are drawn.  So a screenful of output that
 * scrolls by in one write costs one drawing.
 * SPDX-License-Identifier: MIT */
#include "drivers/display/display.h"

#include "debug/assert.h"
#include "debug/printk.h"
#include "drivers/console.h"
#include "drivers/display/backend.h"
#include "drivers/display/vt.h"
#include "drivers/tty.h"
#include "lib/bits.h"
#include "x86/bootinfo.h"

#define OUTPUT_ROOM 4096 /* of a device that takes all at once */
#define NOT_SHOWN   0    /* no cell looks like this */

static void display_console_write(struct console *con, const char *text,
    size_t n);

/* What protects them: l display_lock (but in a panic), I after boot. */
static struct spinlock display_lock = SPINLOCK_INIT("display", RANK_LOG);
static const struct display_backend *backend; /* [I] NULL: no screen */
static struct vt vt;                          /* [l] */
static vt_cell shown[VT_ROWS_MAX * VT_COLUMNS_MAX]; /* [l] */
static unsigned cursor_row;                   /* [l] where it is shown */
static unsigned cursor_column;                /* [l] */

static struct console display_console = {
    .name = "tty1",
    .write = display_console_write,
    .by_default = true,
};
static struct tty display_tty; /* its own lock */

/* In a panic nobody is asked: the holder may be stopped for ever. */
static bool
display_lock_take(uint64_t *flags)
{
	if (console_in_panic())
		return false;
	*flags = spin_lock_irq(&display_lock);
	return true;
}

/* Draw what differs.  Locks: display_lock held, or a panic. */
static void
display_update(void)
{
	vt_cell *under = &shown[cursor_row * vt.columns + cursor_column];

	kassert(console_in_panic() || spin_held(&display_lock));
	backend->cursor(cursor_row, cursor_column, *under, false);
	for (unsigned row = 0; row < vt.rows; row++) {
		size_t start = row * vt.columns;

		for (unsigned column = 0; column < vt.columns; column++) {
			vt_cell cell = vt.cells[start + column];

			if (shown[start + column] == cell)
				continue;
			shown[start + column] = cell;
			backend->draw(row, column, cell);
		}
	}
	cursor_row = vt.row;
	cursor_column = vt.column;
	under = &shown[cursor_row * vt.columns + cursor_column];
	if (vt.cursor_on)
		backend->cursor(cursor_row, cursor_column, *under, true);
}

/* console.write: the log has no line discipline to add the "\r". */
static void
display_console_write(struct console *con, const char *text, size_t n)
{
	uint64_t flags = 0;
	bool locked = display_lock_take(&flags);

	(void)con;
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			vt_write(&vt, "\r", 1);
		vt_write(&vt, &text[i], 1);
	}
	display_update();
	if (locked)
		spin_unlock_irq(&display_lock, flags);
}

/* tty_ops.write */
static size_t
display_tty_write(struct tty *tty, const uint8_t *data, size_t n)
{
	uint64_t flags = spin_lock_irq(&display_lock);

	(void)tty;
	vt_write(&vt, (const char *)data, n);
	display_update();
	spin_unlock_irq(&display_lock, flags);
	return n;
}

static size_t
display_tty_room(struct tty *tty)
{
	(void)tty;
	return OUTPUT_ROOM;
}

static const struct tty_ops display_tty_ops = {
    .write = display_tty_write,
    .room = display_tty_room,
};

/* /dev/tty0 is the screen that is seen: our only one. */
static int
tty0_open(struct chardev_file *f)
{
	return tty_open(&display_tty, f, false);
}

static const struct chardev_ops tty0_ops = {.open = tty0_open};
static struct chardev tty0_dev = {
    .name = "tty0",
    .number = DEV_TTY_VT(0),
    .mode = 0620,
    .ops = &tty0_ops,
};

/* Start to use a back end; shown[] is all NOT_SHOWN. */
static void
display_start(const struct display_backend *found)
{
	uint64_t flags = spin_lock_irq(&display_lock);

	vt_init(&vt, found->rows, found->columns);
	backend = found;
	display_update();
	spin_unlock_irq(&display_lock, flags);
	console_register(&display_console);
}

void
display_early_init(const struct bootinfo *info)
{
	const struct display_backend *found = NULL;

	if (info->framebuffer.bytes_per_line == 0)
		found = vga_probe();
	if (found != NULL)
		display_start(found);
}

void
display_init(const struct bootinfo *info)
{
	if (backend == NULL) {
		const struct display_backend *found =
		    fb_probe(&info->framebuffer);

		if (found == NULL)
			return;
		display_start(found);
	}
	pr_info("tty1: %s, %u x %u", backend->name, backend->columns,
	    backend->rows);
	display_tty.dev.name = "tty1";
	display_tty.dev.number = DEV_TTY_VT(1);
	display_tty.ops = &display_tty_ops;
	tty_register(&display_tty);
	display_tty.winsize.ws_row = backend->rows;
	display_tty.winsize.ws_col = backend->columns;
	display_console.tty = &display_tty;
	chardev_register(&tty0_dev);
}

struct tty *
display_terminal(void)
{
	return backend != NULL ? &display_tty : NULL;
}
