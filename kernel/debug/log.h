/* log.h - the kernel log: a ring of records that everybody may add to.
 *
 * Layer: debug   Called by: printk.h's printk; /proc/kmsg, syslog(2), /dev/kmsg
 *
 * The ring is LOG_RECORDS records of LOG_RECORD_BYTES.  A writer reserves
 * records by one atomic addition, so interrupts, NMIs and a panic can log while
 * anybody else is in the middle of it.  Readers keep their own position.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "debug/printk.h"
#include "lib/types.h"

#define LOG_RECORDS      512
#define LOG_RECORD_BYTES 128
#define LOG_TEXT_BYTES   (LOG_RECORD_BYTES - 24)

/* The record at position p is in log_ring[p % LOG_RECORDS].  A text longer
 * than one record goes on in those behind it. */
struct log_record {
	uint64_t sequence; /* [a] position + 1 once complete; 0: being written */
	uint64_t time_us;  /* since boot */
	uint8_t level;     /* 0 (emergency) .. 7 (debug) */
	uint8_t length;    /* bytes of text here */
	uint8_t part;      /* 0 for the first record of a text, then 1, 2 */
	uint8_t more;      /* the text goes on in the next record */
	uint8_t cpu;
	uint8_t reserved[3];
	char text[LOG_TEXT_BYTES];
};

/* GDB's `kern log` reads these two. */
extern struct log_record log_ring[LOG_RECORDS];
extern uint64_t log_next; /* [a] position of the next record */

/* Where a reader is.  {0}: at the oldest record. */
struct log_reader {
	uint64_t position;
	uint64_t lost; /* records that were overwritten before they were read */
};

/* A line as a reader wants it; any prefix may be cut short by size. */
enum log_form {
	LOG_PLAIN,   /* "[    1.234567] text\n" */
	LOG_LEVELED, /* "<6>[    1.234567] text\n", as /proc/kmsg has it */
	LOG_DEVICE,  /* "6,42,1234567,-;text\n", as /dev/kmsg has it */
};

/* Longest line, of any form. */
#define LOG_LINE_BYTES 640

/* The next line of the log, at most size bytes of it, not terminated.
 * Returns its length; 0: none yet.  Any context. */
size_t log_read(struct log_reader *r, char *buf, size_t size,
    enum log_form form);

/* Whether log_read() would return a line.  Any context. */
bool log_ready(const struct log_reader *r);

/* A reader of what comes from now on. */
struct log_reader log_reader_at_end(void);

/* Wait for a line behind r: 0 or -ERESTARTSYS.  Sleeps. */
int log_wait(const struct log_reader *r);

/* For poll functions: be woken when there is more.  A line from an interrupt or
 * from code that holds a lock wakes only with the next one. */
struct poller;
void log_poll(struct poller *p);

/* Records with a level below this (more important) go to the consoles. */
extern int log_level;

/* Show on the consoles what they have not shown yet, if no other CPU is doing
 * so.  Any context. */
void log_flush(void);

/* The last n lines once more to the consoles, for panic. */
void log_show_tail(unsigned n);

/* Bring the consoles up to date; from now on printk() goes straight to them,
 * without time stamps, locks or not.  Any context. */
void log_panic(void);

/* Read log=LEVEL from the command line: 0 to 8.  After bootinfo_parse(). */
void log_init(void);

/* Show everything so far on a console that came later. */
struct console;
void log_replay(struct console *con);

/* syslog(2).  type: SYSLOG_ACTION_*; buf: a user address.  Returns a count, 0,
 * -EINVAL, -EFAULT or -ERESTARTSYS. */
long log_syslog(int type, uintptr_t buf, int n);
