/* test_format.c - our snprintf against the C library's, on random formats.
 *
 * Sources: none
 *
 * format.c is included under another name, so that both are there.
 * SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-truncation"
#define snprintf  kernel_snprintf
#define vsnprintf kernel_vsnprintf
#include "lib/format.c"
#undef snprintf
#undef vsnprintf

#define ROUNDS 200000

static char fmt[64];
static char ours[128];
static char theirs[128];

static int
check(int a, int b, size_t size)
{
	if (a == b && (size == 0 || strcmp(ours, theirs) == 0))
		return 0;
	printf("format \"%s\" size %zu: \"%s\" (%d) instead of \"%s\" (%d)\n",
	    fmt, size, ours, a, theirs, b);
	return 1;
}

static char
pick(const char *set)
{
	return set[(size_t)rand() % strlen(set)];
}

/* A random conversion with flags, width, precision and length. */
static char
make_format(const char *length, const char *conversions)
{
	char flags[4] = "";
	char width[16] = "";
	char precision[16] = "";
	char conversion = pick(conversions);
	const char *allowed = conversion == 's' ? "-" :
	    conversion == 'd' || conversion == 'i' ? "-0+ " :
	    conversion == 'u' ? "-0" : "-0#";

	for (int i = rand() % 3; i > 0; i--)
		flags[i - 1] = pick(allowed);
	if (rand() % 2)
		sprintf(width, "%d", rand() % 30 + 1);
	if (rand() % 3 == 0)
		sprintf(precision, ".%d", rand() % 20);
	sprintf(fmt, "<%%%s%s%s%s%c>", flags, width, precision, length,
	    conversion);
	return conversion;
}

static int
check_integer(void)
{
	static const char *const lengths[] = {"hh", "h", "", "l", "ll", "z"};
	static const long values[] = {0, 1, -1, 127, 128, 255, 256, -129, 65535,
	    INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 1234567890123};
	unsigned kind = (unsigned)rand() % 6;
	long value = rand() % 2 ? values[rand() % 14] :
	    (long)((uint64_t)rand() << 33 ^ (uint64_t)rand() << 10 ^ (uint64_t)rand());
	size_t size = rand() % 4 ? sizeof(ours) : (size_t)rand() % 20;

	/* Octal with '#' is C's alone: the kernel prints no such numbers. */
	make_format(lengths[kind], "diuxX");
	if (kind < 3)
		return check(kernel_snprintf(ours, size, fmt, (int)value),
		    snprintf(theirs, size, fmt, (int)value), size);
	return check(kernel_snprintf(ours, size, fmt, value),
	    snprintf(theirs, size, fmt, value), size);
}

static int
check_string(void)
{
	static const char *const texts[] = {"", "a", "hello, world", "0123456789"};
	const char *text = texts[rand() % 4];
	size_t size = rand() % 4 ? sizeof(ours) : (size_t)rand() % 20;

	make_format("", "s");
	return check(kernel_snprintf(ours, size, fmt, text),
	    snprintf(theirs, size, fmt, text), size);
}

static int
check_special(void)
{
	strcpy(fmt, "%*d|%-*d|%.*s|%c|%5c|%-3c|%%");
	return check(kernel_snprintf(ours, sizeof(ours), fmt, 5, 42, -5, 42, 2,
			 "abc", 'x', 'y', 'z'),
	    snprintf(theirs, sizeof(theirs), fmt, 5, 42, -5, 42, 2, "abc", 'x',
		'y', 'z'),
	    sizeof(ours));
}

int
main(void)
{
	int failed = check_special();

	srand(1);
	for (int i = 0; i < ROUNDS && failed == 0; i++)
		failed += check_integer() + check_string();
	return failed != 0;
}
