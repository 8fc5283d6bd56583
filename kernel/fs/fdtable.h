/* fdtable.h - the descriptors of a process.
 *
 * Layer: fs   Called by: syscall, proc (fork, exec, exit)
 *
 * thread_current()->files is the table of the running process; proc sets it.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"
#include "sync/refcount.h"
#include "sync/spinlock.h"

struct file;

#define FD_LIMIT_DEFAULT 1024
#define FD_LIMIT_MAX	 4096
#define FD_INLINE	 64 /* descriptors that need no further memory */

/*
 * What protects the members: [a] atomic, [l] lock.  A thread that is the only
 * user of its table (refs 1) may read without the lock, not change.
 */
struct fdtable {
	struct refcount refs;	/* [a] processes; CLONE_FILES shares it */
	struct spinlock lock;
	struct file **files;	/* [l] size entries, each with a reference */
	uint64_t *open;		/* [l] bit = descriptor in use or reserved */
	uint64_t *cloexec;	/* [l] bit = closed by exec */
	unsigned size;		/* [l] entries, a multiple of 64 */
	unsigned next;		/* [l] no descriptor below this is free */
	unsigned limit;		/* [a] RLIMIT_NOFILE, set by proc */
	struct file *first_files[FD_INLINE]; /* what the pointers show first */
	uint64_t first_open;
	uint64_t first_cloexec;
};

/* An empty table with one reference, or NULL. */
struct fdtable *fdtable_create(void);

/* A copy for fork: the same files.  NULL: no memory. */
struct fdtable *fdtable_clone(struct fdtable *t);

/* Take a reference / drop one; the last closes every file (may sleep). */
void fdtable_get(struct fdtable *t);
void fdtable_put(struct fdtable *t);

/* execve: close what is marked.  May sleep. */
void fdtable_close_on_exec(struct fdtable *t);

/* The file of descriptor fd in the current table, with a reference, or NULL
 * (-EBADF).  Only fd_get_raw gives files that were opened with O_PATH. */
struct file *fd_get(int fd);
struct file *fd_get_raw(int fd);

/* The same in another process's table, for procfs. */
struct file *fdtable_file(struct fdtable *t, int fd);

/* The lowest open descriptor >= fd, or -1.  For procfs and debuggers. */
int fdtable_next(struct fdtable *t, int fd);

/* Put f at the lowest free descriptor >= min.  Takes over the reference to f on
 * success only.  Returns the descriptor, -EMFILE, -EINVAL (min) or -ENOMEM. */
int fd_install(struct file *f, int min, bool cloexec);

/* Open f at exactly fd, closing what was there (dup2).  As fd_install; -EBADF
 * if fd is beyond the limit.  May sleep. */
int fd_install_at(struct file *f, int fd, bool cloexec);

/* Is there a free descriptor below the limit? */
bool fd_room(void);

/* Close a descriptor.  Returns 0 or -EBADF.  May sleep. */
int fd_close(int fd);

/* FD_CLOEXEC.  Returns 0 or 1, and 0; -EBADF. */
int fd_get_cloexec(int fd);
int fd_set_cloexec(int fd, bool on);
