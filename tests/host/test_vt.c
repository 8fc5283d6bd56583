/* test_vt.c - the terminal model: what escape sequences do to the screen.
 *
 * Sources: kernel/drivers/display/vt.c kernel/lib/format.c
 *
 * Pictures of small screens, then random bytes, whose only wrong answer is a
 * sanitizer's complaint.  With an argument: the screen of 24 x 80 that standard
 * input gives, to be compared with another terminal's.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/display/vt.h"

#define CHECK(expr)                                                       \
	do {                                                              \
		if (!(expr)) {                                            \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #expr); \
			exit(1);                                          \
		}                                                         \
	} while (0)

#define ROWS    4
#define COLUMNS 8
#define RANDOM_BYTES 3000000

static struct vt vt;

static void
show(const char *text)
{
	vt_write(&vt, text, strlen(text));
}

/* Start with an empty screen and show text. */
static void
screen(const char *text)
{
	vt_init(&vt, ROWS, COLUMNS);
	show(text);
}

/* The screen, rows separated by '|', without the blanks at their ends. */
static bool
looks(const char *expected)
{
	char text[VT_ROWS_MAX * (VT_COLUMNS_MAX + 1) + 1];
	size_t n = 0;

	for (unsigned row = 0; row < vt.rows; row++) {
		size_t start = n;

		for (unsigned column = 0; column < vt.columns; column++)
			text[n++] =
			    vt_cell_char(vt.cells[row * vt.columns + column]);
		while (n > start && text[n - 1] == ' ')
			n--;
		text[n++] = '|';
	}
	text[n - 1] = '\0';
	if (strcmp(text, expected) != 0)
		printf("the screen is \"%s\"\n", text);
	return strcmp(text, expected) == 0;
}

static bool
cursor_at(unsigned row, unsigned column)
{
	return vt.row == row && vt.column == column;
}

static void
test_text_wraps_late_and_scrolls(void)
{
	screen("12345678");
	CHECK(looks("12345678|||") && cursor_at(0, 7));
	show("9");
	CHECK(looks("12345678|9||") && cursor_at(1, 1));
	screen("12345678\r\nx");
	CHECK(looks("12345678|x||"));
	screen("a\r\nb\r\nc\r\nd\r\ne");
	CHECK(looks("b|c|d|e") && cursor_at(3, 1));
	screen("a\tb\bc");
	CHECK(looks("a     cb|||"));
}

static void
test_the_cursor_moves_and_stops_at_the_edges(void)
{
	screen("\033[2;3Hx\033[Hy\033[9;9Hz");
	CHECK(looks("y|  x||       z"));
	screen("\033[3B\033[2C\033[A\033[D");
	CHECK(cursor_at(2, 1));
	show("\033[99A\033[99D");
	CHECK(cursor_at(0, 0));
	show("\033[;5H");
	CHECK(cursor_at(0, 4));
	show("\0337\033[4;4H\0338");
	CHECK(cursor_at(0, 4));
	show("\033[3d\033[2G");
	CHECK(cursor_at(2, 1));
}

static void
test_erasing(void)
{
	screen("aaaaaaaabbbbbbbbccccccccdddddddd\033[2;4H\033[K");
	CHECK(looks("aaaaaaaa|bbb|cccccccc|dddddddd"));
	show("\033[3;4H\033[1K");
	CHECK(looks("aaaaaaaa|bbb|    cccc|dddddddd"));
	show("\033[J");
	CHECK(looks("aaaaaaaa|bbb||"));
	show("\033[1;3H\033[1J");
	CHECK(looks("   aaaaa|bbb||"));
	show("\033[2J");
	CHECK(looks("|||") && cursor_at(0, 2));
}

static void
test_lines_and_characters_are_inserted_and_deleted(void)
{
	screen("a\r\nb\r\nc\r\nd\033[2;1H\033[L");
	CHECK(looks("a||b|c"));
	show("\033[M");
	CHECK(looks("a|b|c|"));
	show("\033[1;1Hxyz\033[1;2H\033[2@");
	CHECK(looks("x  yz|b|c|"));
	show("\033[3P");
	CHECK(looks("xz|b|c|"));
	show("\033[1;1H\033[X");
	CHECK(looks(" z|b|c|"));
}

static void
test_a_region_scrolls_alone(void)
{
	screen("a\r\nb\r\nc\r\nd\033[2;3r\033[3;1H\n");
	CHECK(looks("a|c||d"));
	show("\033[2;1H\033M");
	CHECK(looks("a||c|d"));
	show("\033[r\033[4;1H\n");
	CHECK(looks("|c|d|"));
}

static void
test_colours(void)
{
	screen("\033[31;44mx\033[1my\033[7mz\033[0mw\033[97;38;5;2mv");
	CHECK(vt_cell_foreground(vt.cells[0]) == 1);
	CHECK(vt_cell_background(vt.cells[0]) == 4);
	CHECK(vt_cell_foreground(vt.cells[1]) == 9);
	CHECK(vt_cell_foreground(vt.cells[2]) == 4);
	CHECK(vt_cell_foreground(vt.cells[3]) == 7);
	CHECK(vt_cell_foreground(vt.cells[4]) == 2);
}

static void
test_what_is_not_understood_is_swallowed(void)
{
	screen("\033]0;title\007a\033(Bb\033[?1049hc\033[>1;2qd");
	CHECK(looks("abcd|||"));
	screen("\303\251\342\202\254x");
	CHECK(looks("\?\?x|||"));
	screen("\033[6n");
	CHECK(vt.reply_bytes == 6 && memcmp(vt.reply, "\033[1;1R", 6) == 0);
	screen("\033[?25l");
	CHECK(!vt.cursor_on);
}

static void
test_random_bytes(void)
{
	static const char often[] = "\033\033\033[[[[;;?0123456789"
	    "ABCDEFGHJKLMPSTXdfmnrsuhl@\n\r\t\b78Dc]";

	srand(1);
	vt_init(&vt, 24, 80);
	for (unsigned i = 0; i < RANDOM_BYTES; i++) {
		char c = rand() % 4 == 0 ? rand()
					 : often[rand() % (sizeof(often) - 1)];

		vt_write(&vt, &c, 1);
		CHECK(vt.row < vt.rows && vt.column < vt.columns);
		CHECK(vt.top < vt.bottom && vt.bottom <= vt.rows);
	}
}

static void
print_screen(void)
{
	char buf[4096];
	size_t n;

	vt_init(&vt, 24, 80);
	while ((n = fread(buf, 1, sizeof(buf), stdin)) > 0)
		vt_write(&vt, buf, n);
	for (unsigned row = 0; row < vt.rows; row++) {
		for (unsigned column = 0; column < vt.columns; column++)
			putchar(
			    vt_cell_char(vt.cells[row * vt.columns + column]));
		putchar('\n');
	}
}

int
main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		print_screen();
		return 0;
	}
	test_text_wraps_late_and_scrolls();
	test_the_cursor_moves_and_stops_at_the_edges();
	test_erasing();
	test_lines_and_characters_are_inserted_and_deleted();
	test_a_region_scrolls_alone();
	test_colours();
	test_what_is_not_understood_is_swallowed();
	test_random_bytes();
	return 0;
}
