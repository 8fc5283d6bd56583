/* syslog.c - the kernel log as syslog(2) shows it: what dmesg calls.
 *
 * Layer: debug   Called by: syscall
 * Source: [LINUX-MAN] syslog(2)
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "debug/log.h"
#include "lib/bits.h"
#include "mm/usercopy.h"
#include "lib/atomic.h"

enum syslog_action {
	SYSLOG_CLOSE = 0,
	SYSLOG_OPEN = 1,
	SYSLOG_READ = 2,
	SYSLOG_READ_ALL = 3,
	SYSLOG_READ_CLEAR = 4,
	SYSLOG_CLEAR = 5,
	SYSLOG_CONSOLE_OFF = 6,
	SYSLOG_CONSOLE_ON = 7,
	SYSLOG_CONSOLE_LEVEL = 8,
	SYSLOG_SIZE_UNREAD = 9,
	SYSLOG_SIZE_BUFFER = 10,
};

/* One reader for all callers, as Linux has it.  [a] roughly: two callers at the
 * same time may both get a line, or share its parts. */
static struct log_reader reader;
static struct log_reader cleared; /* where SYSLOG_CLEAR was */
static int level_before_off = -1;

/* Bytes from r to the end of the log. */
static size_t
syslog_size(struct log_reader r)
{
	char line[LOG_LINE_BYTES];
	size_t total = 0;
	size_t n;

	while ((n = log_read(&r, line, sizeof(line), LOG_LEVELED)) != 0)
		total += n;
	return total;
}

/* Copy whole lines from *r on to the user, as many as fit into size. */
static long
syslog_copy(struct log_reader *r, uintptr_t buf, size_t size)
{
	char line[LOG_LINE_BYTES];
	size_t done = 0;

	for (;;) {
		struct log_reader ahead = *r;
		size_t n = log_read(&ahead, line, sizeof(line), LOG_LEVELED);

		if (n == 0 || done + n > size)
			return done;
		if (copy_to_user((void *)(buf + done), line, n) != 0)
			return -EFAULT;
		*r = ahead;
		done += n;
	}
}

/* The newest whole lines that fit. */
static long
syslog_read_all(uintptr_t buf, size_t size)
{
	struct log_reader r = cleared;
	char line[LOG_LINE_BYTES];
	size_t total = syslog_size(r);

	while (total > size) {
		size_t n = log_read(&r, line, sizeof(line), LOG_LEVELED);

		if (n == 0)
			break;
		total -= MIN(n, total);
	}
	return syslog_copy(&r, buf, size);
}

/* Wait for something new. */
static long
syslog_read(uintptr_t buf, size_t size)
{
	int error = log_wait(&reader);

	return error != 0 ? error : syslog_copy(&reader, buf, size);
}

/* Silence the console, or bring its level back. */
static void
syslog_console(bool on)
{
	if (!on && level_before_off < 0) {
		level_before_off = log_level;
		log_level = 0;
	} else if (on && level_before_off >= 0) {
		log_level = level_before_off;
		level_before_off = -1;
	}
}

/* The numbers are Linux's, and so are the odd limits. */
long
log_syslog(int type, uintptr_t buf, int n)
{
	bool reads = type >= SYSLOG_READ && type <= SYSLOG_READ_CLEAR;
	long result = 0;

	if (reads && (buf == 0 || n < 0))
		return -EINVAL;
	if (reads && n == 0)
		return 0;
	switch (type) {
	case SYSLOG_CLOSE:
	case SYSLOG_OPEN:
		return 0;
	case SYSLOG_READ:
		return syslog_read(buf, n);
	case SYSLOG_READ_ALL:
		return syslog_read_all(buf, n);
	case SYSLOG_READ_CLEAR:
		result = syslog_read_all(buf, n);
		cleared = log_reader_at_end();
		return result;
	case SYSLOG_CLEAR:
		cleared = log_reader_at_end();
		return 0;
	case SYSLOG_CONSOLE_OFF:
	case SYSLOG_CONSOLE_ON:
		syslog_console(type == SYSLOG_CONSOLE_ON);
		return 0;
	case SYSLOG_CONSOLE_LEVEL:
		if (n < 1 || n > 8)
			return -EINVAL;
		log_level = n;
		level_before_off = -1;
		return 0;
	case SYSLOG_SIZE_UNREAD:
		return syslog_size(reader);
	case SYSLOG_SIZE_BUFFER:
		return sizeof(log_ring);
	default:
		return -EINVAL;
	}
}
