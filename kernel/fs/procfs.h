/* procfs.h - /proc: what the kernel tells about itself, as text.
 *
 * Layer: fs   Called by: everyone above who has something to show; proc fills
 *	in what /proc/PID shows
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct dentry;
struct fdtable;
struct list;

/* A text that grows.  When memory runs out, failed is set and the read gets
 * -ENOMEM. */
struct text {
	char *buf; /* kmalloc'ed */
	size_t len;
	size_t size;
	bool failed;
};

/* Add to a text.  text_bytes: as they are, 0 included.  May sleep. */
void text_printf(struct text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void text_bytes(struct text *t, const void *bytes, size_t n);

/* Make /proc/NAME, whose content show() writes each time it is opened.
 * name may have directories in it, "sys/kernel/hostname"; it must stay.
 * Called at boot, before or after procfs is mounted, by any layer. */
void procfs_register(const char *name, void (*show)(struct text *));

/* The same of a file that can be written as well: store() gets what one write(2)
 * wrote, as a string.  It returns 0 or an error, and may sleep. */
void procfs_register_writable(const char *name, void (*show)(struct text *),
    int (*store)(const char *text));

/* What proc tells of its processes.  pid: of a process; tid: of one of its
 * threads.  The functions may sleep, and must bear ids that are gone.
 *
 *   next_pid - The smallest process id > after, or 0.
 *   next_tid - The smallest thread id > after in process pid, or 0.
 *   exists   - Is there a thread tid in process pid?  Does not sleep.
 *   current  - The running process and thread.
 *   show     - Write one of the files; returns 0 or -ESRCH.
 *   place    - The exe, cwd or root, with a reference for the caller, or NULL.
 *   files    - Its descriptors, with a reference for the caller, or NULL.
 */
enum procfs_file {
	PROCFS_STAT,
	PROCFS_STATM,
	PROCFS_STATUS,
	PROCFS_CMDLINE,
	PROCFS_COMM,
	PROCFS_ENVIRON,
	PROCFS_MAPS,
	PROCFS_LIMITS,
};

enum procfs_place { PROCFS_EXE, PROCFS_CWD, PROCFS_ROOT };

struct procfs_tasks {
	int (*next_pid)(int after);
	int (*next_tid)(int pid, int after);
	bool (*exists)(int pid, int tid);
	void (*current)(int *pid, int *tid);
	int (*show)(int pid, int tid, enum procfs_file what, struct text *t);
	struct dentry *(*place)(int pid, enum procfs_place what);
	struct fdtable *(*files)(int pid);
};

/* proc calls this once at boot. */
void procfs_set_tasks(const struct procfs_tasks *tasks);
