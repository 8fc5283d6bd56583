/* log.c - the kernel log: a ring of records that everybody may add to.
 *
 * Layer: debug   Called by: everyone (printk), fs and syscall (readers)
 *
 * A writer draws its place by one atomic addition and is then alone with its
 * records; it sets their sequence last.  A reader copies a record and believes
 * the copy only if the sequence was right before and after.
 *
 *	writer                            reader at position p
 *	------------------------------    ------------------------------
 *	p = log_next++
 *	sequence = 0                      sequence != p + 1: not ready
 *	text, level, time
 *	sequence = p + 1                  sequence == p + 1: copy;
 *	                                  still p + 1: the copy is whole
 *
 * Only a writer that is overtaken by LOG_RECORDS others while it copies a
 * hundred bytes could spoil a record.  (Exercise: by how many CPUs, in what
 * context, could that be?)
 *
 * Whoever adds a line also brings it to the consoles, unless another CPU (or
 * the code that we interrupted) is doing so: that one will find our line too.
 * SPDX-License-Identifier: MIT */
#include "debug/log.h"

#include <stdarg.h>

#include "abi/errno.h"
#include "drivers/console.h"
#include "lib/atomic.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "lib/string.h"
#include "sched/clock.h"
#include "sched/poll.h"
#include "x86/bootinfo.h"
#include "x86/cpu.h"
#include "x86/tsc.h"

#define TEXT_MAX 512                 /* of one printk() */
#define POLL_NS  (100 * NS_PER_MSEC) /* how late a reader may wake */

_Static_assert(sizeof(struct log_record) == LOG_RECORD_BYTES, "log_record");

struct log_record log_ring[LOG_RECORDS];
uint64_t log_next;
int log_level = LOG_DEBUG;

static struct log_reader shown;  /* [x flushing] by the consoles */
static uint32_t flushing;        /* [a] somebody writes to the consoles */
static bool panicking;           /* [a] */
static struct waitq log_wq = WAITQ_INIT(log_wq, "log");

/* Microseconds since boot; 0 until there is a clock. */
static uint64_t
log_time_us(void)
{
	return tsc_hz() != 0 ? clock_ns() / NS_PER_USEC : 0;
}

/* Put text into the ring.  Any context. */
static void
log_add(enum log_level level, const char *text, size_t n)
{
	size_t parts = MAX((n + LOG_TEXT_BYTES - 1) / LOG_TEXT_BYTES, 1UL);
	uint64_t position = atomic_fetch_add(&log_next, parts);
	uint64_t now_us = log_time_us();

	for (size_t part = 0; part < parts; part++, position++) {
		struct log_record *rec = &log_ring[position % LOG_RECORDS];
		size_t length = MIN(n, (size_t)LOG_TEXT_BYTES);

		atomic_store(&rec->sequence, 0);
		atomic_fence();
		rec->time_us = now_us;
		rec->level = level;
		rec->length = length;
		rec->part = part;
		rec->more = part + 1 < parts;
		rec->cpu = cpus[0].self != NULL ? cpu_id() : 0;
		memcpy(rec->text, text, length);
		atomic_store(&rec->sequence, position + 1);
		text += length;
		n -= length;
	}
}

/* Copy the record at position; false: it is not complete, or overwritten. */
static bool
log_copy(uint64_t position, struct log_record *copy)
{
	const struct log_record *rec = &log_ring[position % LOG_RECORDS];

	if (atomic_load(&rec->sequence) != position + 1)
		return false;
	memcpy(copy, rec, sizeof(*copy));
	atomic_fence();
	return atomic_load(&rec->sequence) == position + 1;
}

/* What stands before the text, in buf.  Returns its length. */
static size_t
log_prefix(const struct log_record *rec, uint64_t position, enum log_form form,
    char *buf, size_t size)
{
	unsigned long seconds = rec->time_us / 1000000;
	unsigned long us = rec->time_us % 1000000;

	if (form == LOG_DEVICE)
		return snprintf(buf, size, "%u,%lu,%lu,-;", rec->level,
		    (unsigned long)position, (unsigned long)rec->time_us);
	if (form == LOG_LEVELED)
		return snprintf(buf, size, "<%u>[%5lu.%06lu] ", rec->level,
		    seconds, us);
	return snprintf(buf, size, "[%5lu.%06lu] ", seconds, us);
}

/* log_read() that also tells the level. */
static size_t
read_line(struct log_reader *r, char *buf, size_t size, enum log_form form,
    unsigned *level)
{
	char line[LOG_LINE_BYTES];
	struct log_record rec;
	uint64_t oldest = atomic_load(&log_next);
	uint64_t p;
	size_t n = 0;

	oldest = oldest > LOG_RECORDS ? oldest - LOG_RECORDS : 0;
	if (r->position < oldest) {
		r->lost += oldest - r->position;
		r->position = oldest;
	}
	for (p = r->position; log_copy(p, &rec); p++) {
		if (rec.part == 0) {
			*level = rec.level;
			n = log_prefix(&rec, p, form, line, sizeof(line));
		}
		if (n != 0 && n + rec.length < sizeof(line)) {
			memcpy(line + n, rec.text, rec.length);
			n += rec.length;
		}
		if (!rec.more && n != 0)
			break;
	}
	if (n == 0 || rec.more)
		return 0;
	r->position = p + 1;
	line[n++] = '\n';
	n = MIN(n, size);
	memcpy(buf, line, n);
	return n;
}

size_t
log_read(struct log_reader *r, char *buf, size_t size, enum log_form form)
{
	unsigned level;

	return read_line(r, buf, size, form, &level);
}

bool
log_ready(const struct log_reader *r)
{
	struct log_reader probe = *r;
	char first;

	return log_read(&probe, &first, 1, LOG_PLAIN) != 0;
}

struct log_reader
log_reader_at_end(void)
{
	return (struct log_reader){.position = atomic_load(&log_next)};
}

/* Tell those who wait, if we are where that is allowed: not with a lock held
 * (it may be the scheduler's), and not in the middle of somebody who holds one.
 */
static void
log_wake(void)
{
	if (cpus[0].self != NULL && irq_enabled() && !in_interrupt() &&
	    spinlocks_held() == 0)
		waitq_wake_all(&log_wq);
}

void
log_poll(struct poller *p)
{
	poll_wait(p, &log_wq);
}

/* log_wake() cannot always tell: look again by the clock. */
int
log_wait(const struct log_reader *r)
{
	int error = 0;

	while (!log_ready(r) && error != -ERESTARTSYS)
		error = wait_event_deadline(&log_wq, log_ready(r),
		    clock_ns() + POLL_NS);
	return log_ready(r) ? 0 : error;
}

/* Try again after giving up the right to write: somebody may have added a line
 * and left it to us just before. */
void
log_flush(void)
{
	char line[LOG_LINE_BYTES];
	unsigned level;
	size_t n;

	while (log_ready(&shown)) {
		if (atomic_swap(&flushing, 1) != 0)
			return;
		n = read_line(&shown, line, sizeof(line), LOG_PLAIN, &level);
		if (n != 0 && (int)level < log_level)
			console_write(line, n);
		atomic_store(&flushing, 0);
	}
}

void
log_replay(struct console *con)
{
	struct log_reader r = {0};
	char line[LOG_LINE_BYTES];
	unsigned level;
	size_t n;

	while (r.position < shown.position &&
	    (n = read_line(&r, line, sizeof(line), LOG_PLAIN, &level)) != 0)
		if ((int)level < log_level)
			con->write(con, line, n);
}

void
log_panic(void)
{
	panicking = true;
	console_panic();
	flushing = 0;
	log_flush();
}

/* First go back over n lines, then show them. */
void
log_show_tail(unsigned n)
{
	static const char title[] = "---- last lines of the log ----\n";
	struct log_reader end = log_reader_at_end();
	struct log_reader r = {.position = end.position};
	char line[LOG_LINE_BYTES];
	struct log_record rec;

	while (n > 0 && r.position > 0 && end.position - r.position <
	    LOG_RECORDS) {
		r.position--;
		if (log_copy(r.position, &rec) && rec.part == 0)
			n--;
	}
	console_write(title, sizeof(title) - 1);
	while (r.position < end.position) {
		size_t bytes = log_read(&r, line, sizeof(line), LOG_PLAIN);

		if (bytes != 0)
			console_write(line, bytes);
		else
			r.position++; /* its writer was stopped half-way */
	}
}

/* In a panic the text goes straight out: the ring may hold a record whose
 * writer is stopped, and behind which no reader gets. */
void
printk(enum log_level level, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = MIN(n, sizeof(text) - 1);
	if (n > 0 && text[n - 1] == '\n')
		n--;
	log_add(level, text, n);
	if (panicking) {
		console_write(text, n);
		console_write("\n", 1);
	} else {
		log_flush();
		log_wake();
	}
}

void
log_init(void)
{
	char value[8];

	if (bootinfo_option(&bootinfo, "log", value, sizeof(value)) != NULL &&
	    value[0] >= '0' && value[0] <= '9')
		log_level = strtou64(value, NULL);
}
