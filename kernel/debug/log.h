/* log.h - the kernel log: a ring of records that everybody may add to.
 *
 * Layer: debug   Called by: printk.h's printk; /proc/kmsg, syslog(2), /dev/kmsg
 *
 * The ring is LOG_RECORDS records of LOG_RECORD_BYTES.  A writer reserves
 * records by one atomic addition, so interrupts, NMIs and a panic can log while
 * anybody else is in the middle of it.  Readers keep their own position.
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdarg.h>

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
	uint8_t more;      /* the text goes on in the next record */
	uint8_t cpu;
	uint32_t reserved;
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

/* The next line of the log, as "<level>[seconds] text\n" if prefix is 2, as
 * "[seconds] text\n" if 1, else the text alone; at most size bytes, size >= 64.
 * Returns its length; 0: none yet.  Any context. */
size_t log_read(struct log_reader *r, char *buf, size_t size, int prefix);

/* Whether log_read() would return a line. */
bool log_ready(const struct log_reader *r);

/* The reader's position at the newest record. */
struct log_reader log_reader_at_end(void);

/* Wait for a line behind r: 0 or -ERESTARTSYS.  Sleeps. */
int log_wait(const struct log_reader *r);
struct waitq;
struct poller;
void log_poll(struct poller *p);

/* Records with a level below this (more important) go to the consoles. */
extern int log_level;

/* Show on the consoles what they have not shown yet, if no other CPU is doing
 * so.  Any context. */
void log_flush(void);

/* The last n records to the consoles again, for panic. */
void log_show_tail(unsigned n);

/* From now on printk() goes straight to the consoles, locks or not. */
void log_panic(void);

/* log=LEVEL of the command line. */
void log_init(const char *command_line);

/* Show everything so far on a console that came later. */
struct console;
void log_replay(struct console *con);

/* syslog(2).  type: SYSLOG_ACTION_*; buf: a user address.  Returns a count, 0,
 * -EINVAL, -EFAULT or -ERESTARTSYS. */
long log_syslog(int type, uintptr_t buf, int n);
