/* ops.h - operations on a file system as lines of text.
 *
 * Layer: tests/host/fs   Called by: nestfs.c, torture.c, damage.c
 *
 * A script has one operation a line; # begins a comment, ? before an operation
 * says that it may fail.  Paths are below the mount point, N is the number of an
 * open file (0 to 15), SEED names the bytes that are written (pattern()).
 *
 *	open N PATH FLAGS [MODE]   FLAGS: letters of r w c(reate) x(excl) t(runc)
 *	                           a(ppend) s(ync) d(sync)
 *	close N                    write N AT BYTES SEED
 *	append N BYTES SEED        mapwrite N AT BYTES SEED
 *	read N AT BYTES            ftruncate N SIZE
 *	fsync N                    fdatasync N
 *	truncate PATH SIZE         mkdir PATH [MODE]
 *	rmdir PATH                 unlink PATH
 *	link OLD NEW               symlink TEXT PATH
 *	rename OLD NEW             exchange OLD NEW
 *	chmod PATH MODE            mknod PATH MODE DEVICE
 *	fsyncdir PATH              sync
 *	put HOSTFILE PATH          copy a file of the host, holes as holes
 *	stat PATH                  readdir PATH
 *	writeback                  sleep MILLISECONDS
 *	remount OPTIONS            ("ro" first: read-only; "-": none)
 *	reboot                     close all, unmount, mount as before
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum op_kind {
	OP_OPEN, OP_CLOSE, OP_WRITE, OP_APPEND, OP_MAPWRITE, OP_READ,
	OP_FTRUNCATE, OP_FSYNC, OP_FDATASYNC, OP_TRUNCATE, OP_MKDIR, OP_RMDIR,
	OP_UNLINK, OP_LINK, OP_SYMLINK, OP_RENAME, OP_EXCHANGE, OP_CHMOD,
	OP_MKNOD, OP_FSYNCDIR, OP_SYNC, OP_STAT, OP_READDIR, OP_WRITEBACK,
	OP_SLEEP, OP_REMOUNT, OP_REBOOT, OP_PUT,
	OP_KINDS,
};

#define OP_SLOTS 16 /* open files of a script */

struct op {
	enum op_kind kind;
	bool may_fail;
	unsigned slot;
	char *path;       /* of open, OLD of two, TEXT of symlink */
	char *path2;
	uint64_t at;      /* or SIZE, MODE, MILLISECONDS */
	uint64_t bytes;   /* or DEVICE */
	uint64_t seed;
	int flags;        /* of open */
};

struct script {
	struct op *ops;
	size_t count;
	size_t room;
};

/* Add the operation of one line.  False: the line makes no sense; an empty line
 * adds nothing. */
bool script_add(struct script *s, const char *line);
bool script_addf(struct script *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
bool script_read(struct script *s, FILE *from, const char *name);
void script_free(struct script *s);

/* The line of an operation, in a buffer of its own that the next call uses
 * again. */
const char *op_text(const struct op *op);

/* Carry out an operation on the world.  Returns 0, a count, or a negative error
 * number. */
long op_run(const struct op *op);

/* How reboot mounts; borrowed. */
void op_set_mount(const char *type, const char *options);

/* Close what a script left open. */
void op_close_all(void);

/* The bytes that seed puts at [at, at + n) of a file; 0: zeroes. */
void pattern(uint64_t seed, uint64_t at, void *bytes, size_t n);
