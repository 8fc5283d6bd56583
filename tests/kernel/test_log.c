/* test_log.c - the kernel log: what goes in comes out, or is known to be lost.
 *
 * Debug messages are used, which do not go to the consoles.
 * SPDX-License-Identifier: MIT */
#include "debug/ktest.h"
#include "debug/log.h"
#include "lib/string.h"

static char line[LOG_LINE_BYTES + 1];

static size_t
next(struct log_reader *r, enum log_form form)
{
	size_t n = log_read(r, line, LOG_LINE_BYTES, form);

	line[n] = '\0';
	return n;
}

static bool
ends_with(const char *text)
{
	size_t n = strlen(line);
	size_t m = strlen(text);

	return n >= m && strcmp(line + n - m, text) == 0;
}

KTEST(log_line_comes_back_in_every_form)
{
	struct log_reader start = log_reader_at_end();
	struct log_reader r = start;

	printk(LOG_DEBUG, "answer %d\n", 42);
	ktest_check(log_ready(&r));
	next(&r, LOG_PLAIN);
	ktest_check(line[0] == '[' && ends_with("] answer 42\n"));
	ktest_check(!log_ready(&r) && next(&r, LOG_PLAIN) == 0);
	r = start;
	next(&r, LOG_LEVELED);
	ktest_check(strncmp(line, "<7>[", 4) == 0 && ends_with("answer 42\n"));
	r = start;
	next(&r, LOG_DEVICE);
	ktest_check(strncmp(line, "7,", 2) == 0 && ends_with(",-;answer 42\n"));
}

KTEST(log_long_line_spans_records)
{
	struct log_reader r = log_reader_at_end();
	char text[3 * LOG_TEXT_BYTES];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 2] = 'y';
	text[sizeof(text) - 1] = '\0';
	printk(LOG_DEBUG, "%s", text);
	ktest_check(r.position + 3 == log_next);
	ktest_check(next(&r, LOG_PLAIN) > sizeof(text) && ends_with("xy\n"));
	ktest_check(!log_ready(&r));
}

KTEST(log_slow_reader_learns_what_it_lost)
{
	struct log_reader r = log_reader_at_end();

	for (unsigned i = 0; i < LOG_RECORDS + 10; i++)
		printk(LOG_DEBUG, "number %u", i);
	next(&r, LOG_PLAIN);
	ktest_check(r.lost == 10 && ends_with("] number 10\n"));
}

KTEST(log_reader_waits_for_a_record_being_written)
{
	struct log_reader r = log_reader_at_end();
	struct log_record *rec = &log_ring[r.position % LOG_RECORDS];
	uint64_t sequence;

	printk(LOG_DEBUG, "first");
	printk(LOG_DEBUG, "second");
	sequence = rec->sequence;
	rec->sequence = 0;
	ktest_check(!log_ready(&r) && next(&r, LOG_PLAIN) == 0);
	rec->sequence = sequence;
	next(&r, LOG_PLAIN);
	ktest_check(ends_with("first\n"));
	next(&r, LOG_PLAIN);
	ktest_check(ends_with("second\n"));
}
