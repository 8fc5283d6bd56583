/* record.h - run a workload once, and keep all that it did to the disk.
 *
 * Layer: tests/host/fs   Called by: torture.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "ops.h"
#include "workloads.h"

/* One block that was written, or a flush. */
struct log_entry {
	bool flush;
	bool fua;
	uint32_t block;  /* in blocks of the file system */
	size_t data;     /* where its bytes are in recording->data */
};

/* The memory is shared with the process that runs the workload. */
struct recording {
	const uint8_t *base;   /* the image before */
	size_t size;
	size_t block_bytes;
	struct log_entry *log;
	size_t log_count;
	uint8_t *data;
	size_t data_used;
	size_t *op_start;      /* entries of the log when it began, */
	size_t *op_end;        /* and when it was done */
	long *results;
	size_t first;          /* entries that are not to be cut: set-up */
	bool finished;         /* the unmount, too */
	char trouble[4096];    /* it did not get so far: why */
};

/* Run the script on a copy of the base image, in another process; the
 * world is booted.  Returns the recording; look at ->finished.  One at a time. */
struct recording *record(const struct workload *w, const struct script *s,
    const uint8_t *base, size_t size);
void recording_free(struct recording *r);

/* Run fn(arg) in another process, no longer than so many seconds, with what it
 * says to standard error caught in text.  Returns its exit status, 128 + a
 * signal's number if one ended it. */
int in_child(int (*fn)(void *arg), void *arg, unsigned seconds, char *text,
    size_t room);
