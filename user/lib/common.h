/* common.h - the few things that most of the programs share.
 *
 * Messages are printed with warn() and err() of <err.h>, which put the
 * program's name in front: "cat: FILE: No such file or directory".
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	EXIT_USAGE = 2,		/* the command line made no sense */
	SIGNAL_COUNT = 32,	/* the signals that have names: 1 to 31 */
	STATUS_SIGNAL = 128,	/* + a signal's number: status of its victim */
};

/* Print "usage: SYNOPSIS" on standard error and exit with EXIT_USAGE. */
_Noreturn void usage(const char *synopsis);

/* The whole of TEXT as a decimal number within [min, max]; anything else is
 * reported and ends the program with EXIT_USAGE. */
long parse_number(const char *text, long min, long max);

/* End of a program that wrote to standard output: STATUS, or 1 with a message
 * when not everything could be written. */
int finish(int status);

/* Open PATH for reading; "-" is standard input.  Returns NULL after a message
 * if that fails. */
FILE *open_input(const char *path);

/* Close what open_input() gave.  Returns 0, or -1 after a message if reading
 * it had failed. */
int close_input(FILE *file, const char *path);

/* Read at most size - 1 bytes of the file PATH into BUF and end them with a
 * NUL.  Returns the count, or -1 with errno set. */
ssize_t read_text(const char *path, char *buf, size_t size);

/* DIR/NAME in freshly allocated memory: the caller frees it. */
char *join_path(const char *dir, const char *name);

/* The last component of PATH without slashes behind it; memory as above. */
char *base_name(const char *path);

/* Where cp, mv and ln put SOURCE: TARGET, or TARGET/NAME if TARGET is a
 * directory, which with NEED_DIR it must be.  The caller frees it; NULL: a
 * message was printed. */
char *destination(const char *source, const char *target, bool need_dir);

/* A signal by number or by name, with or without SIG; -1: there is none. */
int signal_number(const char *text);

/* The name of signal N without SIG, NULL if it has none. */
const char *signal_name(int n);

/* The command kill.  RESOLVE finds the process that an argument means which
 * is not a number; it returns false after a message.  Returns the status. */
int kill_command(char **argv, bool (*resolve)(const char *text, pid_t *pid));
