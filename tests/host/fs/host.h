/* host.h - the border between the kernel's world and the C library's.
 *
 * Layer: tests/host/fs
 *
 * The kernel's files, and those here that include its headers, are compiled
 * freestanding, with the kernel's own types and constants.  What needs the C
 * library is in host.c, and includes only this header.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Print to standard error (printf's forms); the same, and abort(). */
void host_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void host_die(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* The C library's heap.  host_alloc: zeroed; never NULL. */
void *host_malloc(size_t bytes);
void *host_alloc(size_t bytes);
void host_free(void *p);

/* Memory that costs nothing until it is touched; zero. */
void *host_reserve(size_t bytes);

/* For AddressSanitizer: nobody may touch these bytes; they may again. */
void host_forbid(void *p, size_t bytes);
void host_permit(void *p, size_t bytes);

/* A line of flow of its own: fn(arg) on a stack of its own, which begins when
 * it is first switched to, and never returns.  from == NULL: the first. */
struct host_flow;
struct host_flow *host_flow_create(void (*fn)(void *arg), void *arg);
struct host_flow *host_flow_main(void);
void host_flow_switch(struct host_flow *from, struct host_flow *to);
