/* lib.h - what the user-space tests share: labelled results, children, files.
 *
 * Layer: tests/user   Called by: every tests/user program, tests/faults
 *
 * A test is a normal static program.  It runs on the host's Linux and in
 * Nestling; both must print the same bytes and exit with the same status, so
 * Linux is the judge and no expected output is kept.  A test prints only what
 * POSIX or Linux fixes: no process ids, addresses, inode numbers or times.
 *
 * Every result is labelled with the C expression that made it:
 *
 *	CALL(open("no", O_RDONLY));	prints	open("no", O_RDONLY) -> ENOENT
 *
 * Everyone is root in Nestling, so the tests are run by root on the host too,
 * and errors that root cannot get (most of EACCES, EPERM) are not tested.
 *
 * Build: musl-gcc -static -O2 -g -Wall -Wextra -std=c17 NAME.c lib.c -o NAME
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096
#define TEST_SECONDS	20	/* after that SIGALRM ends a test that hangs */

/* The value of EXPR, or the name of errno if it is -1. */
#define VALUE(expr)	show_value(#expr, (long)(expr))
/* "ok" or the name of errno: for descriptors, addresses and the like. */
#define CALL(expr)	show_call(#expr, (long)(expr))
/* The same for a call that gives a descriptor, which is closed again. */
#define OPENS(expr)	show_open(#expr, (expr))
/* "yes" or "no". */
#define HOLDS(expr)	show_truth(#expr, (expr))
/* A function that returns its error (pthread_*): "ok" or the error's name. */
#define ERROR(expr)	show_error(#expr, (expr))
/* How a child ended, stopped or went on: "exit 3", "killed by SIGSEGV". */
#define STATUS(expr)	show_status(#expr, (expr))

long show_value(const char *label, long result);
long show_call(const char *label, long result);
void show_open(const char *label, int fd);
bool show_truth(const char *label, bool truth);
int show_error(const char *label, int error);
void show_status(const char *label, int status);

/* Names such as "ENOENT" and "SIGSEGV"; "E?" or "SIG?" for unknown numbers. */
const char *errno_name(int error);
const char *signal_name(int number);

/* Starts the test: closes descriptors above 2, takes standard input from
 * /dev/null, resets signals and limits, and works in a fresh directory in /tmp.
 * argv: main's; argv[0] is where test_self comes from. */
void test_begin(char **argv);
/* Removes the directory.  Returns the exit status for main. */
int test_end(void);

extern char test_self[PATH_MAX];	/* the absolute path of this program */
extern char test_dir[64];		/* the fresh directory */
/* A page without rights: a pointer that every system call must refuse. */
extern void *bad_pointer;

/* fork(), and in the child an alarm of its own.  Ends the test on failure. */
pid_t child_fork(void);
/* Waits for PID and returns its status; -1 if there is no such child. */
int child_wait(pid_t pid);
/* Runs FUNCTION in a child that then exits with 0; returns its status. */
int child_run(void (*function)(void));

/* Makes PATH hold TEXT, mode 0644; ends the test on failure. */
void file_make(const char *path, const char *text);
/* Prints the bytes of PATH after its name, or the name of the error. */
void file_show(const char *path);
/* Prints the sorted names in directory PATH, without "." and "..". */
void dir_show(const char *path);
/* Removes everything in the open directory FD, which it closes. */
void dir_empty(int fd);

void sleep_ms(long ms);
/* Monotonic milliseconds. */
long now_ms(void);
/* Installs HANDLER for NUMBER with FLAGS and an empty mask. */
void signal_handle(int number, void (*handler)(int), int flags);
/* Sends SIGALRM every MS milliseconds until MS is 0: so a call that is to be
 * interrupted is, even if the first signal comes too early.  0 restores the
 * alarm against hanging. */
void pester(long ms);
