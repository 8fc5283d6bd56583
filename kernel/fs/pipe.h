/* pipe.h - pipes and FIFOs.
 *
 * Layer: fs   Called by: syscall, namei.c (opening a FIFO)
 *
 * SPDX-License-Identifier: MIT */
#pragma once

struct file;
struct file_ops;

/* Make a pipe: out[0] reads, out[1] writes; each has one reference.
 * flags: O_NONBLOCK.  Returns 0, -ENOMEM. */
int pipe_create(unsigned flags, struct file *out[2]);

/* F_GETPIPE_SZ, F_SETPIPE_SZ.  Return bytes; -EBADF: not a pipe; -EINVAL,
 * -EBUSY (more is in it), -EPERM (over 1 MiB), -ENOMEM. */
long pipe_get_size(struct file *f);
long pipe_set_size(struct file *f, unsigned long bytes);

/* How a write to a pipe that nobody reads sends SIGPIPE to its thread.  proc
 * sets it; NULL: no signal. */
extern void (*pipe_broken_hook)(void);

/* Operations of an open FIFO; open() waits for the other side. */
extern const struct file_ops fifo_ops;
