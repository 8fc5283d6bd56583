/* printf.c - print arguments as a format says: %s %b %c %d %i %u %o %x %X %%,
 * with flags, width and precision; \n \t \\ \NNN and their like.
 *
 * The format is used again as long as arguments are left.
 *
 * SPDX-License-Identifier: MIT */
#include "lib/tool.h"

static int status;

/* Print the escape behind a backslash.  Returns the place behind it. */
static const char *
print_escape(const char *text)
{
	static const char letters[] = "abfnrtv\\";
	static const char meanings[] = "\a\b\f\n\r\t\v\\";
	const char *found = *text != '\0' ? strchr(letters, *text) : NULL;
	int value = 0;
	int digits = 0;

	if (found != NULL) {
		putchar(meanings[found - letters]);
		return text + 1;
	}
	for (; digits < 3 && *text >= '0' && *text <= '7'; digits++)
		value = value * 8 + (*text++ - '0');
	putchar(digits > 0 ? value : '\\');
	return text;
}

static void
print_escaped(const char *text)
{
	while (*text != '\0') {
		if (*text == '\\')
			text = print_escape(text + 1);
		else
			putchar(*text++);
	}
}

static long long
number(const char *text)
{
	char *end;
	long long value;

	if (text[0] == '\'' || text[0] == '"')
		return (unsigned char)text[1];
	value = strtoll(text, &end, 0);
	if (*end != '\0' || (end == text && *text != '\0')) {
		warnx("%s: not a number", text);
		status = EXIT_FAILURE;
	}
	return value;
}

/* Print ARG as the conversion CONVERSION, "%-5d", says. */
static void
print_one(char *conversion, const char *arg)
{
	size_t length = strlen(conversion);
	char kind = conversion[length - 1];
	char wide[64];

	if (kind == 'b') {
		print_escaped(arg);
	} else if (kind == 'c') {
		printf(conversion, *arg);
	} else if (kind == 's') {
		printf(conversion, arg);
	} else if (strchr("diouxX", kind) != NULL && length < 60) {
		snprintf(wide, sizeof(wide), "%.*sll%c", (int)length - 1,
		    conversion, kind);
		printf(wide, number(arg));
	} else {
		errx(EXIT_USAGE, "%s: not supported", conversion);
	}
}

/* Print the format once.  Returns the arguments that it left over. */
static char **
print_format(const char *format, char **args)
{
	while (*format != '\0') {
		char conversion[64];
		size_t length;

		if (*format == '\\') {
			format = print_escape(format + 1);
			continue;
		}
		if (*format != '%' || format[1] == '%') {
			putchar(*format);
			format += *format == '%' ? 2 : 1;
			continue;
		}
		length = 1 + strspn(format + 1, "-+ #0123456789.");
		length += format[length] != '\0';
		snprintf(conversion, sizeof(conversion), "%.*s", (int)length,
		    format);
		print_one(conversion, *args != NULL ? *args : "");
		args += *args != NULL;
		format += length;
	}
	return args;
}

int
main(int argc, char **argv)
{
	char **args = argv + 2;
	char **before;

	if (argc < 2)
		usage("printf FORMAT [ARG]...");
	do {
		before = args;
		args = print_format(argv[1], args);
	} while (*args != NULL && args != before);
	return finish(status);
}
