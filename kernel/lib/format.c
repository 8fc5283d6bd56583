/* format.c - printf's formatting into a buffer.
 *
 * Layer: lib   Called by: printk, procfs, panic
 *
 * One conversion is parsed into a struct spec and then printed; the output
 * counts on past the end of the buffer, so that callers learn the full length.
 * Source: C17 7.21.6.1 "The fprintf function"
 * SPDX-License-Identifier: MIT */

#include "lib/bits.h"
#include "lib/format.h"
#include "lib/string.h"

struct out {
	char *buf;
	size_t size;
	size_t len; /* what the text would need, without the terminator */
};

struct spec {
	bool left;
	bool zero;
	bool plus;
	bool space;
	bool alt;
	int width;
	int precision; /* -1: none given */
	int length;    /* bytes of the integer argument: 1, 2, 4, 8 */
};

static void
out_char(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void
out_repeat(struct out *out, char c, int n)
{
	while (n-- > 0)
		out_char(out, c);
}

/* Print len bytes, padded as spec says. */
static void
out_bytes(struct out *out, const struct spec *spec, const char *s, int len)
{
	if (!spec->left)
		out_repeat(out, ' ', spec->width - len);
	for (int i = 0; i < len; i++)
		out_char(out, s[i]);
	if (spec->left)
		out_repeat(out, ' ', spec->width - len);
}

static void
out_string(struct out *out, const struct spec *spec, const char *s)
{
	size_t max = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;

	if (s == NULL)
		s = "(null)";
	out_bytes(out, spec, s, (int)strnlen(s, max));
}

/* Print sign/prefix and the digits of n, padded as spec says. */
static void
out_number(struct out *out, const struct spec *spec, uint64_t n, unsigned base,
    const char *digits, const char *prefix)
{
	char text[24];
	int len = 0;
	int prefix_len = (int)strlen(prefix);
	int zeros;
	int pad;

	while (n != 0) {
		text[len++] = digits[n % base];
		n /= base;
	}
	zeros = (spec->precision < 0 ? 1 : spec->precision) - len;
	if (spec->zero && !spec->left && spec->precision < 0)
		zeros = MAX(zeros, spec->width - prefix_len - len);
	zeros = MAX(zeros, 0);
	pad = spec->width - prefix_len - zeros - len;

	if (!spec->left)
		out_repeat(out, ' ', pad);
	while (*prefix != '\0')
		out_char(out, *prefix++);
	out_repeat(out, '0', zeros);
	while (len > 0)
		out_char(out, text[--len]);
	if (spec->left)
		out_repeat(out, ' ', pad);
}

static void
out_signed(struct out *out, const struct spec *spec, int64_t n)
{
	const char *sign = n < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";
	uint64_t magnitude = n < 0 ? -(uint64_t)n : (uint64_t)n;

	out_number(out, spec, magnitude, 10, "0123456789", sign);
}

static void
out_unsigned(struct out *out, const struct spec *spec, uint64_t n, char conversion)
{
	const char *lower = "0123456789abcdef";
	const char *upper = "0123456789ABCDEF";
	bool prefix = spec->alt && n != 0;

	switch (conversion) {
	case 'x':
		out_number(out, spec, n, 16, lower, prefix ? "0x" : "");
		break;
	case 'X':
		out_number(out, spec, n, 16, upper, prefix ? "0X" : "");
		break;
	case 'o':
		out_number(out, spec, n, 8, lower, prefix ? "0" : "");
		break;
	default:
		out_number(out, spec, n, 10, lower, "");
	}
}

static const char *
parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->left = true;
			break;
		case '0':
			spec->zero = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alt = true;
			break;
		default:
			return fmt;
		}
	}
}

static const char *
parse_length(const char *fmt, struct spec *spec)
{
	spec->length = sizeof(int);
	switch (*fmt) {
	case 'h':
		spec->length = fmt[1] == 'h' ? 1 : 2;
		return fmt + (fmt[1] == 'h' ? 2 : 1);
	case 'l':
		spec->length = 8;
		return fmt + (fmt[1] == 'l' ? 2 : 1);
	case 'z':
	case 'j':
	case 't':
		spec->length = 8;
		return fmt + 1;
	default:
		return fmt;
	}
}

static uint64_t
truncate_unsigned(uint64_t n, int length)
{
	return length == 8 ? n : n & (BIT(length * 8) - 1);
}

static int64_t
truncate_signed(int64_t n, int length)
{
	int shift = 64 - length * 8;

	return (int64_t)((uint64_t)n << shift) >> shift;
}

/* A number in the format, or the next int argument for '*'. */
#define PARSE_COUNT(fmt, ap, result)                     \
	do {                                             \
		if (*(fmt) == '*') {                     \
			(result) = va_arg(ap, int);      \
			(fmt)++;                         \
			break;                           \
		}                                        \
		(result) = 0;                            \
		for (; *(fmt) >= '0' && *(fmt) <= '9'; (fmt)++) \
			(result) = (result) * 10 + *(fmt) - '0'; \
	} while (0)

int
vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out out = {buf, size, 0};

	for (; *fmt != '\0'; fmt++) {
		struct spec spec = {.precision = -1};
		char c;

		if (*fmt != '%') {
			out_char(&out, *fmt);
			continue;
		}
		fmt = parse_flags(fmt + 1, &spec);
		PARSE_COUNT(fmt, ap, spec.width);
		if (spec.width < 0) {
			spec.left = true;
			spec.width = -spec.width;
		}
		if (*fmt == '.') {
			fmt++;
			PARSE_COUNT(fmt, ap, spec.precision);
		}
		fmt = parse_length(fmt, &spec);
		switch (*fmt) {
		case 'd':
		case 'i':
			out_signed(&out, &spec,
			    truncate_signed(spec.length == 8 ? va_arg(ap, int64_t) :
				va_arg(ap, int), spec.length));
			break;
		case 'u':
		case 'x':
		case 'X':
		case 'o':
			out_unsigned(&out, &spec,
			    truncate_unsigned(spec.length == 8 ? va_arg(ap, uint64_t) :
				va_arg(ap, unsigned), spec.length), *fmt);
			break;
		case 'c':
			c = (char)va_arg(ap, int);
			out_bytes(&out, &spec, &c, 1);
			break;
		case 's':
			out_string(&out, &spec, va_arg(ap, const char *));
			break;
		case 'p':
			spec.precision = 16;
			out_number(&out, &spec, (uint64_t)va_arg(ap, void *), 16,
			    "0123456789abcdef", "0x");
			break;
		case '\0':
			fmt--; /* A lone % at the end. */
			break;
		default:
			out_char(&out, *fmt);
		}
	}
	if (size > 0)
		buf[MIN(out.len, size - 1)] = '\0';
	return (int)out.len;
}

int
snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
