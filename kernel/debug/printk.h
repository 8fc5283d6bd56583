/* printk.h - messages to the kernel log.
 *
 * Layer: debug (may be included by everyone)   Called by: everyone
 *
 * SPDX-License-Identifier: MIT */
#pragma once

/* The levels of syslog(3), with its numbers. */
enum log_level {
	LOG_EMERG,
	LOG_ALERT,
	LOG_CRIT,
	LOG_ERR,
	LOG_WARNING,
	LOG_NOTICE,
	LOG_INFO,
	LOG_DEBUG,
};

/* Put one line into the log, and on the console if level is below the console's
 * level (kernel argument log=).  The newline is added.  Any context. */
void printk(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define pr_err(...)    printk(LOG_ERR, __VA_ARGS__)
#define pr_warn(...)   printk(LOG_WARNING, __VA_ARGS__)
#define pr_notice(...) printk(LOG_NOTICE, __VA_ARGS__)
#define pr_info(...)   printk(LOG_INFO, __VA_ARGS__)
#define pr_debug(...)  printk(LOG_DEBUG, __VA_ARGS__)
