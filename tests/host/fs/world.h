/* world.h - the kernel's file system as a library: a machine with one disk.
 *
 * Layer: tests/host/fs   Called by: nestfs.c, torture.c, damage.c; the shims
 *
 * A world has memory, a disk (an array of bytes) with the name /dev/td, a root
 * of ramfs, and the disk's file system on /mnt.  Calls are those of POSIX, on the
 * real VFS; they return 0, a count, or a negative error number of Linux.
 *
 * There is one world in a process.  A test that wants a fresh one forks.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_FILES      64  /* open at a time */
#define WORLD_DISK_MAJOR 240 /* of /dev/td; its minor is 0 */

/* ---- The machine ------------------------------------------------------ */

/* Start it, once.  pages: of memory, 4 KiB each. */
void world_boot(size_t pages);

/* Messages of the kernel below this level (0 to 8) go to standard error. */
void world_log_level(int level);

/* The n-th allocation from now fails (1: the next); 0: none. */
void world_fail_allocation(unsigned n);

/* Let so much time pass: kernel threads run, as their timers want it. */
void world_sleep(uint64_t ns);

/* Objects on the heap: remember their number; complain (to standard error, and
 * by false) of every kind of which there is another number now. */
void world_memory_mark(void);
bool world_memory_check(void);

/* ---- The disk --------------------------------------------------------- */

/* What happens to the disk.  NULL members: nobody wants to know.
 *   wrote - Bytes were written, and are in the disk's memory already.
 *   flush - The disk's cache was emptied.
 *   fault - Must this access fail?  0 or a negative error number. */
struct world_disk {
	uint8_t *bytes;    /* the caller's */
	uint64_t size;     /* a multiple of 512 */
	bool read_only;
	bool deferred;     /* requests are done when somebody waits for them, in
	                    * an order that comes from seed */
	uint64_t seed;
	void (*wrote)(uint64_t at, const void *bytes, size_t n, bool fua);
	void (*flush)(void);
	int (*fault)(bool write, uint64_t at, size_t n);
};

/* Put in a disk; borrowed until the next.  Nothing is mounted. */
void world_disk_set(const struct world_disk *disk);

/* Requests so far. */
uint64_t world_disk_requests(void);

/* ---- Files ------------------------------------------------------------ */

/* Mount the disk on /mnt.  type: "ext2", "ext3". */
int world_mount(const char *type, const char *options, bool read_only);
int world_remount(const char *options, bool read_only);
int world_unmount(void);

/* The file systems "ext2" and "ext3" are linked in? */
bool world_has(const char *type);

/* As POSIX; flags and modes are Linux's.  Paths are absolute. */
int world_open(const char *path, int flags, unsigned mode);
int world_close(int fd);
long world_pwrite(int fd, const void *bytes, size_t n, uint64_t at);
long world_pread(int fd, void *bytes, size_t n, uint64_t at);
long world_append(int fd, const void *bytes, size_t n); /* at the position */
int world_ftruncate(int fd, uint64_t size);
int world_truncate(const char *path, uint64_t size);
int world_fsync(int fd, bool data_only);
int world_sync(void);
int world_mkdir(const char *path, unsigned mode);
int world_mknod(const char *path, unsigned mode, unsigned device);
int world_rmdir(const char *path);
int world_unlink(const char *path);
int world_link(const char *old, const char *new);
int world_symlink(const char *text, const char *path);
int world_rename(const char *old, const char *new, unsigned flags);
int world_chmod(const char *path, unsigned mode);

/* Write through a mapping: as if a page fault brought the page. */
long world_map_write(int fd, const void *bytes, size_t n, uint64_t at);

/* stat(2) without following a link at the end. */
struct world_stat {
	uint64_t ino;
	uint64_t size;
	uint64_t blocks; /* of 512 bytes */
	unsigned mode;
	unsigned nlink;
	unsigned uid, gid;
	unsigned device;
	int64_t mtime;
};
int world_stat(const char *path, struct world_stat *out);
int world_fstat(int fd, struct world_stat *out);
int world_statfs(uint64_t *blocks, uint64_t *free_blocks, uint64_t *inodes,
    uint64_t *free_inodes);
long world_readlink(const char *path, char *buf, size_t size);

/* Call fn for each name but "." and ".." of a directory. */
int world_readdir(const char *path,
    void (*fn)(const char *name, uint64_t ino, unsigned type, void *arg),
    void *arg);

/* Write back all that is dirty, as its thread does sooner or later. */
void world_writeback(void);

/* ---- Between the shims ------------------------------------------------ */

void world_memory_init(size_t pages);
void world_sched_init(void);
void world_disk_init(void);
bool world_disk_complete(void); /* do one request; false: there is none */
