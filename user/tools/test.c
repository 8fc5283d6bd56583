/* test.c - the program test, which is also called [: evaluate a condition.
 *
 *   expression := and ("-o" and)*
 *   and        := not ("-a" not)*
 *   not        := "!" not | "(" expression ")" | primary
 *   primary    := STRING | -LETTER OPERAND | LEFT OPERATOR RIGHT
 *
 * Exit status: 0 true, 1 false, 2 an error.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <limits.h>
#include <sys/stat.h>

static char **at;		/* the argument at hand */
static char **end;

static bool expression(void);

static _Noreturn void
bad(const char *what)
{
	errx(EXIT_USAGE, "%s: what does this mean here?", what);
}

/* Is the argument at hand WORD?  Then take it. */
static bool
take(const char *word)
{
	if (at == end || strcmp(*at, word) != 0)
		return false;
	at++;
	return true;
}

static bool
is_unary(const char *word)
{
	return word[0] == '-' && word[1] != '\0' && word[2] == '\0' &&
	    strchr("nzedfbcpSLhsrwxt", word[1]) != NULL;
}

static bool
unary(char letter, const char *operand)
{
	static const char types[] = "dfbcpS";
	static const mode_t modes[] = {
		S_IFDIR, S_IFREG, S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK,
	};
	struct stat info;
	const char *type = strchr(types, letter);

	switch (letter) {
	case 'n':
		return *operand != '\0';
	case 'z':
		return *operand == '\0';
	case 't':
		return isatty(parse_number(operand, 0, INT_MAX));
	case 'r':
		return access(operand, R_OK) == 0;
	case 'w':
		return access(operand, W_OK) == 0;
	case 'x':
		return access(operand, X_OK) == 0;
	case 'L':
	case 'h':
		return lstat(operand, &info) == 0 && S_ISLNK(info.st_mode);
	}
	if (stat(operand, &info) < 0)
		return false;
	if (letter == 's')
		return info.st_size > 0;
	return letter == 'e' || (info.st_mode & S_IFMT) == modes[type - types];
}

static bool
is_binary(const char *word)
{
	static const char *const words[] = {
		"=", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-ef",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

static bool
same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}

static bool
binary(const char *left, const char *op, const char *right)
{
	long x, y;

	if (op[0] != '-')
		return (strcmp(left, right) == 0) == (op[0] == '=');
	if (strcmp(op, "-ef") == 0)
		return same_file(left, right);
	x = parse_number(left, LONG_MIN, LONG_MAX);
	y = parse_number(right, LONG_MIN, LONG_MAX);
	if (op[1] == 'e')
		return x == y;
	if (op[1] == 'n')
		return x != y;
	return op[1] == 'l' ? x < y || (op[2] == 'e' && x == y) :
			      x > y || (op[2] == 'e' && x == y);
}

static bool
not(void)
{
	bool result;

	if (at == end)
		errx(EXIT_USAGE, "something is missing");
	/* An operator between two words makes all three plain. */
	if (end - at >= 3 && is_binary(at[1])) {
		at += 3;
		return binary(at[-3], at[-2], at[-1]);
	}
	if (end - at >= 2 && take("!"))
		return !not();
	if (end - at >= 3 && take("(")) {
		result = expression();
		if (!take(")"))
			bad(at < end ? *at : "(");
		return result;
	}
	if (end - at >= 2 && is_unary(*at)) {
		at += 2;
		return unary(at[-2][1], at[-1]);
	}
	return *(*at++) != '\0';
}

static bool
and(void)
{
	bool result = not();

	while (take("-a"))
		result &= not();
	return result;
}

static bool
expression(void)
{
	bool result = and();

	while (take("-o"))
		result |= and();
	return result;
}

int
test_main(int argc, char **argv)
{
	bool result;

	at = argv + 1;
	end = argv + argc;
	if (strcmp(program_invocation_short_name, "[") == 0 &&
	    (argc == 1 || strcmp(*--end, "]") != 0))
		errx(EXIT_USAGE, "the closing ] is missing");
	if (at == end)
		return 1;
	result = expression();
	if (at != end)
		bad(*at);
	return result ? 0 : 1;
}
