/* expand.c - what a word stands for: variables, $(...), file names.
 *
 *   raw word         a"$X"*.c        X='[1] 2'
 *   pattern          a\[1\] 2*.c     quoted pattern characters get a backslash
 *   glob(), or the pattern without its backslashes if no file matches
 *
 * The word is read once, from left to right, into a pattern.  What comes out
 * of an unquoted $X is cut into fields at blanks on the way.  (IFS is always
 * blank, tab and newline here.)
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

#include <ctype.h>
#include <glob.h>

static const char blanks[] = " \t\n";

struct expansion {
	char **fields;		/* finished arguments, NULL at the end */
	size_t count;
	size_t size;
	struct text pattern;	/* the field being built */
	bool present;		/* it exists even if it is empty: "" */
	bool globbing;		/* it has an unquoted * ? or [ */
	bool single;		/* neither split nor glob */
	bool failed;		/* a message was printed */
};

static void
field_add(struct expansion *x, char *field)
{
	if (x->count + 1 >= x->size) {
		size_t size = x->size > 0 ? 2 * x->size : 8;
		char **bigger = arena_alloc(size * sizeof(*bigger));

		if (x->count > 0)
			memcpy(bigger, x->fields, x->count * sizeof(*bigger));
		x->fields = bigger;
		x->size = size;
	}
	x->fields[x->count++] = field;
	x->fields[x->count] = NULL;
}

/* Add one character to the pattern. */
static void
put(struct expansion *x, char c, bool quoted)
{
	if (c == '\\' || (quoted && strchr("*?[]!-", c) != NULL))
		text_add(&x->pattern, '\\');
	else if (strchr("*?[", c) != NULL)
		x->globbing = true;
	text_add(&x->pattern, c);
	x->present = true;
}

/* The pattern without its backslashes. */
static char *
literal(struct expansion *x)
{
	char *from = text_string(&x->pattern);
	char *result = arena_copy(from, x->pattern.length);
	char *to = result;

	for (; *from != '\0'; from++) {
		if (*from == '\\')
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return result;
}

/* The field is complete: turn it into arguments. */
static void
field_end(struct expansion *x)
{
	glob_t found;

	if (!x->present)
		return;
	if (x->globbing && !x->single &&
	    glob(text_string(&x->pattern), 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			field_add(x, arena_copy(found.gl_pathv[i],
			    strlen(found.gl_pathv[i])));
		globfree(&found);
	} else {
		field_add(x, literal(x));
	}
	x->pattern.length = 0;
	x->present = x->globbing = false;
}

/* Add the value of a variable or the output of a command. */
static void
put_value(struct expansion *x, const char *value, bool quoted)
{
	for (; *value != '\0'; value++) {
		if (quoted || x->single || strchr(blanks, *value) == NULL)
			put(x, *value, quoted);
		else
			field_end(x);
	}
}

/* $@ and $*: all arguments; only in "$*" they become one. */
static void
put_arguments(struct expansion *x, bool quoted, bool joined)
{
	for (char **arg = &shell.args[1]; shell.args[0] && *arg; arg++) {
		if (arg > &shell.args[1] && ((quoted && joined) || x->single))
			put(x, ' ', true);
		else if (arg > &shell.args[1])
			field_end(x);
		put_value(x, *arg, quoted);
		x->present = x->present || (quoted && !joined);
	}
}

/* The value of a variable, or of the parameter $? $$ $! $# or $0 to $9; NULL:
 * not set.  BUF has room for a number. */
static const char *
value_of(const char *name, char buf[16])
{
	long number = shell.status;
	int count = 0;

	if (isalpha((unsigned char)name[0]) || name[0] == '_')
		return var_get(name);
	while (shell.args[count] != NULL)
		count++;
	if (isdigit((unsigned char)name[0])) {
		int i = atoi(name);

		return i < count ? shell.args[i] : NULL;
	}
	if (name[0] == '$')
		number = shell.pid;
	else if (name[0] == '#')
		number = count > 0 ? count - 1 : 0;
	else if (name[0] == '!' && shell.last_background == 0)
		return NULL;
	else if (name[0] == '!')
		number = shell.last_background;
	snprintf(buf, 16, "%ld", number);
	return buf;
}

/* Length of the name of a variable or parameter; 0: none. */
static size_t
parameter_length(const char *text)
{
	size_t length = var_name_length(text);

	if (length == 0 && *text != '\0' && strchr("?$!#@*", *text) != NULL)
		return 1;
	return length > 0 ? length : isdigit((unsigned char)*text) != 0;
}

static void put_raw(struct expansion *x, const char *raw);

/* TEXT begins with a dollar.  Returns how many characters were used. */
static size_t
put_dollar(struct expansion *x, const char *text, bool quoted)
{
	bool braces = text[1] == '{';
	const char *start = text + 1 + braces;
	size_t length = parameter_length(start);
	size_t whole = braces ? lex_dollar_length(text) : 1 + length;
	const char *end = start + length;
	const char *value;
	char number[16];

	if (text[1] == '(' && text[2] != '(') {
		whole = lex_dollar_length(text);
		put_value(x, exec_capture(arena_copy(text + 2, whole - 3)),
		    quoted);
		return whole;
	}
	if (length == 0 && !braces && text[1] != '(') {
		put(x, '$', true);
		return 1;
	}
	if (length == 0 || (braces && *end != '}' &&
			    strncmp(end, ":-", 2) != 0)) {
		warnx("%.*s: not supported (use busybox sh)",
		    (int)lex_dollar_length(text), text);
		x->failed = true;
		return whole;
	}
	if (*start == '@' || *start == '*') {
		put_arguments(x, quoted, *start == '*');
		return whole;
	}
	value = value_of(arena_copy(start, length), number);
	if (braces && *end == ':' && (value == NULL || *value == '\0'))
		put_raw(x, arena_copy(end + 2, text + whole - end - 3));
	else if (value != NULL)
		put_value(x, value, quoted);
	return whole;
}

/* Behind the opening quote.  Returns the place behind the closing one. */
static const char *
put_double_quoted(struct expansion *x, const char *raw)
{
	/* "" is an argument, but "$@" without arguments is none. */
	x->present = x->present || strncmp(raw, "$@\"", 3) != 0;
	while (*raw != '"') {
		if (*raw == '$') {
			raw += put_dollar(x, raw, true);
			continue;
		}
		if (raw[0] == '\\' && raw[1] == '\n') {
			raw += 2;
			continue;
		}
		if (raw[0] == '\\' && strchr("$\"\\`", raw[1]) != NULL)
			raw++;
		put(x, *raw++, true);
	}
	return raw + 1;
}

/* Read RAW, a word or a part of one, into the pattern. */
static void
put_raw(struct expansion *x, const char *raw)
{
	while (*raw != '\0' && !x->failed) {
		if (*raw == '\'') {
			x->present = true;
			for (raw++; *raw != '\''; raw++)
				put(x, *raw, true);
			raw++;
		} else if (*raw == '"') {
			raw = put_double_quoted(x, raw + 1);
		} else if (*raw == '$') {
			raw += put_dollar(x, raw, false);
		} else if (*raw == '\\' && raw[1] != '\0') {
			if (raw[1] != '\n')
				put(x, raw[1], true);
			raw += 2;
		} else {
			put(x, *raw++, false);
		}
	}
}

/* ~ and ~/ at the start of a word: the home directory. */
static void
put_word(struct expansion *x, const char *raw)
{
	const char *home = var_get("HOME");

	if (raw[0] == '~' && (raw[1] == '/' || raw[1] == '\0') &&
	    home != NULL) {
		for (; *home != '\0'; home++)
			put(x, *home, true);
		raw++;
	}
	put_raw(x, raw);
	field_end(x);
}

char **
expand_words(const struct word *words)
{
	struct expansion x = {.fields = arena_alloc(sizeof(char *))};

	for (; words != NULL && !x.failed; words = words->next)
		put_word(&x, words->raw);
	return x.failed ? NULL : x.fields;
}

char *
expand_one(const char *raw)
{
	struct expansion x = {.single = true, .present = true};

	put_word(&x, raw);
	return x.failed ? NULL : x.fields[0];
}
