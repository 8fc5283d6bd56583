/* edit.c - the line editor: a terminal in raw mode, a line, a history.
 *
 * In raw mode the terminal hands over every key at once and shows nothing by
 * itself; this file draws the line after each key.  A line longer than the
 * terminal scrolls sideways.  Bytes count as columns.
 *
 *   Left Right Ctrl-B Ctrl-F   move        Home End Ctrl-A Ctrl-E   far
 *   Up Down Ctrl-P Ctrl-N      history     Tab       complete a file name
 *   Backspace Del Ctrl-D       one char    Ctrl-W    the word before
 *   Ctrl-U Ctrl-K              to the start, to the end of the line
 *   Ctrl-L  clear the screen   Ctrl-C  drop the line   Ctrl-D alone  the end
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

#include <glob.h>
#include <sys/ioctl.h>
#include <termios.h>

#define CTRL(letter) ((letter) - 'A' + 1)

enum {
	LINE_SIZE = 1024,
	HISTORY_SIZE = 200,
	COLUMNS_DEFAULT = 80,
	ESCAPE = 27,
	BACKSPACE = 127,
	/* What is not a byte. */
	KEY_DELETE = 256,
	KEY_UNKNOWN,
	KEY_END_OF_INPUT,
};

/* What terminals send behind ESC for some keys, and what they are here. */
static const struct {
	const char *sequence;
	int key;
} sequences[] = {
	{"[A", CTRL('P')},  {"[B", CTRL('N')},  {"[C", CTRL('F')},
	{"[D", CTRL('B')},  {"[H", CTRL('A')},  {"[F", CTRL('E')},
	{"OH", CTRL('A')},  {"OF", CTRL('E')},  {"[1~", CTRL('A')},
	{"[4~", CTRL('E')}, {"[7~", CTRL('A')}, {"[8~", CTRL('E')},
	{"[3~", KEY_DELETE},
};

struct editor {
	const char *prompt;
	char line[LINE_SIZE];	/* always ends in a NUL */
	size_t length;
	size_t cursor;		/* 0 to length */
	unsigned shown;		/* index in history; history_count: new line */
	char kept[LINE_SIZE];	/* the new line, while history is shown */
};

static char *history[HISTORY_SIZE];
static unsigned history_count;

static int
read_byte(void)
{
	unsigned char c;
	ssize_t got;

	do
		got = read(shell.tty, &c, 1);
	while (got < 0 && errno == EINTR);
	return got == 1 ? c : KEY_END_OF_INPUT;
}

/* One key: a byte, or what a sequence of bytes stands for. */
static int
read_key(void)
{
	char sequence[8] = "";
	size_t length = 0;
	int c = read_byte();

	if (c != ESCAPE)
		return c;
	/* Two bytes, or "[", digits and the first byte that is none. */
	do {
		c = read_byte();
		sequence[length++] = (char)c;
	} while (length < sizeof(sequence) - 1 && c != KEY_END_OF_INPUT &&
		 (length == 1 ? c == '[' || c == 'O' : c >= '0' && c <= ';'));
	for (size_t i = 0; i < sizeof(sequences) / sizeof(*sequences); i++)
		if (strcmp(sequence, sequences[i].sequence) == 0)
			return sequences[i].key;
	return KEY_UNKNOWN;
}

static void
show(const char *text, size_t bytes)
{
	while (bytes > 0) {
		ssize_t done = write(shell.tty, text, bytes);

		if (done < 0 && errno != EINTR)
			return;
		if (done > 0) {
			text += done;
			bytes -= done;
		}
	}
}

/* Terminal columns for the line; the last one of the terminal stays free. */
static size_t
line_columns(const struct editor *e)
{
	struct winsize window = {0};
	size_t prompt = strlen(e->prompt);
	size_t columns = COLUMNS_DEFAULT;

	if (ioctl(shell.tty, TIOCGWINSZ, &window) == 0 && window.ws_col > 0)
		columns = window.ws_col;
	return columns > prompt + 8 ? columns - prompt - 1 : 8;
}

/* Draw prompt, line and cursor over what is there. */
static void
redraw(const struct editor *e)
{
	char out[LINE_SIZE + 512];
	size_t columns = line_columns(e);
	size_t from = e->cursor > columns ? e->cursor - columns : 0;
	size_t count = e->length - from;
	int bytes;

	if (count > columns)
		count = columns;
	bytes = snprintf(out, sizeof(out), "\r%s%.*s\033[K", e->prompt,
	    (int)count, e->line + from);
	if (e->cursor < from + count)
		bytes += snprintf(out + bytes, sizeof(out) - bytes,
		    "\033[%zuD", from + count - e->cursor);
	show(out, bytes);
}

static void
insert(struct editor *e, const char *text, size_t count)
{
	if (e->length + count >= LINE_SIZE)
		return;
	memmove(e->line + e->cursor + count, e->line + e->cursor,
	    e->length - e->cursor + 1);
	memcpy(e->line + e->cursor, text, count);
	e->length += count;
	e->cursor += count;
}

/* Delete the characters [from, to). */
static void
delete(struct editor *e, size_t from, size_t to)
{
	memmove(e->line + from, e->line + to, e->length - to + 1);
	e->length -= to - from;
	e->cursor = from;
}

static size_t
word_start(const struct editor *e, const char *separators)
{
	size_t at = e->cursor;

	while (at > 0 && e->line[at - 1] == ' ' && separators[1] == '\0')
		at--;
	while (at > 0 && strchr(separators, e->line[at - 1]) == NULL)
		at--;
	return at;
}

static void
history_add(const char *line)
{
	if (*line == '\0' || (history_count > 0 &&
			      strcmp(history[history_count - 1], line) == 0))
		return;
	if (history_count == HISTORY_SIZE) {
		free(history[0]);
		memmove(history, history + 1,
		    (HISTORY_SIZE - 1) * sizeof(history[0]));
		history_count--;
	}
	history[history_count++] = must_copy(line);
}

/* Show the history's line INDEX; behind the last is the line being written. */
static void
history_show(struct editor *e, unsigned index)
{
	if (index > history_count)
		return;
	if (e->shown == history_count)
		strcpy(e->kept, e->line);
	strcpy(e->line, index < history_count ? history[index] : e->kept);
	e->shown = index;
	e->length = e->cursor = strlen(e->line);
}

/* Complete the file name before the cursor as far as it is certain; if that
 * adds nothing, show what could follow. */
static void
complete(struct editor *e)
{
	size_t start = word_start(e, " <>|&;=(");
	size_t typed = e->cursor - start;
	size_t common;
	char pattern[LINE_SIZE + 1];
	const char *first;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%.*s*", (int)typed,
	    e->line + start);
	if (glob(pattern, GLOB_MARK, NULL, &found) != 0)
		return;
	first = found.gl_pathv[0];
	common = strlen(first);
	for (size_t i = 1; i < found.gl_pathc; i++)
		for (size_t k = 0; k < common; k++)
			if (first[k] != found.gl_pathv[i][k])
				common = k;
	if (common > typed) {
		insert(e, first + typed, common - typed);
	} else if (found.gl_pathc > 1) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			show(i == 0 ? "\n" : "  ", i == 0 ? 1 : 2);
			show(found.gl_pathv[i], strlen(found.gl_pathv[i]));
		}
		show("\n", 1);
	}
	if (found.gl_pathc == 1 && first[common - 1] != '/')
		insert(e, " ", 1);
	globfree(&found);
}

/* Do what KEY says.  Returns false when the line is finished. */
static bool
handle_key(struct editor *e, int key)
{
	switch (key) {
	case '\r':
	case '\n':
		return false;
	case CTRL('C'):
		shell.interrupted = true;
		e->cursor = e->length;
		redraw(e);
		show("^C", 2);
		delete(e, 0, e->length);
		return false;
	case CTRL('A'):
		e->cursor = 0;
		break;
	case CTRL('E'):
		e->cursor = e->length;
		break;
	case CTRL('B'):
		e->cursor -= e->cursor > 0;
		break;
	case CTRL('F'):
		e->cursor += e->cursor < e->length;
		break;
	case CTRL('P'):
		history_show(e, e->shown - (e->shown > 0));
		break;
	case CTRL('N'):
		history_show(e, e->shown + 1);
		break;
	case CTRL('H'):
	case BACKSPACE:
		delete(e, e->cursor - (e->cursor > 0), e->cursor);
		break;
	case CTRL('D'):
	case KEY_DELETE:
		delete(e, e->cursor, e->cursor + (e->cursor < e->length));
		break;
	case CTRL('K'):
		delete(e, e->cursor, e->length);
		break;
	case CTRL('U'):
		delete(e, 0, e->cursor);
		break;
	case CTRL('W'):
		delete(e, word_start(e, " "), e->cursor);
		break;
	case CTRL('L'):
		show("\033[H\033[2J", 7);
		break;
	case '\t':
		complete(e);
		break;
	default:
		if (key < ' ' || key >= KEY_DELETE)
			break;
		insert(e, (char[]){(char)key}, 1);
		if (e->cursor == e->length && e->length < line_columns(e)) {
			/* The usual case: a slow line is grateful. */
			show(e->line + e->cursor - 1, 1);
			return true;
		}
	}
	redraw(e);
	return true;
}

static void
raw_mode(const struct termios *cooked)
{
	struct termios raw = *cooked;

	raw.c_iflag &= ~(ICRNL | IXON);
	raw.c_lflag &= ~(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(shell.tty, TCSADRAIN, &raw);
}

char *
edit_line(const char *prompt)
{
	static struct editor e;
	struct termios cooked;
	int key;

	e = (struct editor){.prompt = prompt, .shown = history_count};
	fflush(NULL);
	tcgetattr(shell.tty, &cooked);
	raw_mode(&cooked);
	redraw(&e);
	do
		key = read_key();
	while (key != KEY_END_OF_INPUT && !(key == CTRL('D') && e.length == 0)
	    && handle_key(&e, key));
	show("\n", 1);
	tcsetattr(shell.tty, TCSADRAIN, &cooked);
	if (key == KEY_END_OF_INPUT || key == CTRL('D'))
		return NULL;
	history_add(e.line);
	e.line[e.length] = '\n';
	e.line[e.length + 1] = '\0';
	return e.line;
}
