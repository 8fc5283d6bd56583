/* lock.h - advisory locks on files: fcntl's ranges and flock's whole files.
 *
 * Layer: fs   Called by: syscall/fd.c, file.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

struct abi_flock;
struct fdtable;
struct file;
struct inode;

/* fcntl(2)'s F_GETLK, F_SETLK, F_SETLKW.  user: the program's struct flock.
 * Returns 0, -EAGAIN (held by another), -EBADF, -EINVAL, -EFAULT, -EOVERFLOW,
 * -ENOMEM, -ERESTARTSYS.  May sleep.  There is no EDEADLK: two processes that
 * wait for each other's ranges wait until a signal comes. */
long lock_fcntl(struct file *f, int cmd, struct abi_flock *user);

/* flock(2).  Returns 0, -EAGAIN, -EINVAL, -ENOMEM, -ERESTARTSYS. */
long lock_flock(struct file *f, int operation);

/* Drop the locks of an owner: a table whose descriptor of the file was closed
 * (POSIX drops them whichever descriptor took them), or an open file. */
void lock_release(struct inode *inode, const void *owner);

/* The process id that F_GETLK shows; set by proc. */
extern int (*lock_pid_hook)(void);
