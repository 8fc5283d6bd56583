/* disk.c - what a disk and the file system on it cost.
 *
 * bench -d DISK: reads the device itself.  bench -d DISK -t TYPE mounts it
 * and works in a folder of its own, which it takes away again.
 *
 * Prints a line "NAME<TAB>UNITS<TAB>NANOSECONDS" for each round of each row:
 * in so many units (bytes, calls, files) so much time went by.  It prints them
 * at the end, so that nobody is busy with them meanwhile.  While it waits
 * for a disk a CPU is idle, so the time-stamp counter says nothing about
 * instructions here.  Instead there is a mark at the start and the end of each
 * round: an instruction that does nothing, for which an emulator can look out
 * (tools/nestling/marks.c).
 *
 * "cold" is after a new mount: nothing of the file system is in memory.
 *
 * As process 1 of Linux it first loads the drivers that /modules/list names.
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

enum {
	DISK_ROUNDS = 3,
	DATA_BYTES = 16 * MIB,
	CHUNK = 64 * KIB,
	RAW_CHUNK = 256 * KIB,
	SMALL_BYTES = 100,
	FSYNCS = 50,
	FILES = 1000,
	READS = 800,
	READERS = 8,
};

#define MOUNTED "/tmp/disk"
#define FOLDER  MOUNTED "/bench"
#define DATA    FOLDER "/data"
#define SMALL   FOLDER "/small"
#define MODULES "/modules/list"

/* A row.  prepare is not measured. */
struct disk_row {
	const char *name;
	void (*prepare)(void);
	void (*run)(void);
	unsigned units;
};

static const char *disk_path;
static const char *disk_type;
static char chunk[RAW_CHUNK];
static int disk_fd;
static unsigned raw_bytes;

/* ---- Helpers ---- */

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Nothing but two places that can be found again.  The displacements are
 * "NSTa" and "NSTb". */
static inline void
mark_start(void)
{
	__asm__ volatile("nopl 0x6154534e(%%rax)" ::: "memory");
}

static inline void
mark_end(void)
{
	__asm__ volatile("nopl 0x6254534e(%%rax)" ::: "memory");
}

static void
load_modules(void)
{
	FILE *list = fopen(MODULES, "re");
	char path[256];

	while (list != NULL && fscanf(list, "%255s", path) == 1) {
		int fd = must(open(path, O_RDONLY | O_CLOEXEC), path);

		must(syscall(SYS_finit_module, fd, "", 0), path);
		close(fd);
	}
	if (list != NULL)
		fclose(list);
}

static void
mount_disk(void)
{
	must(mount(disk_path, MOUNTED, disk_type, 0, NULL), disk_path);
}

static void
mount_again(void)
{
	must(umount(MOUNTED), "umount");
	mount_disk();
}

static void
nothing(void)
{
}

static void
write_bytes(int fd, size_t left)
{
	for (; left > 0; left -= CHUNK)
		must(write(fd, chunk, CHUNK), "write");
	must(fsync(fd), "fsync");
	close(fd);
}

/* The number of the n-th page to be read: each once, in no order.  (The step
 * has no common divisor with the number of pages, which is a power of two.) */
static off_t
random_page(unsigned n)
{
	return (off_t)(n * 2741u % (DATA_BYTES / PAGE)) * PAGE;
}

/* ---- Data ---- */

static void
remove_data(void)
{
	unlink(DATA);
	sync();
}

static void
run_write_new(void)
{
	write_bytes(must(open(DATA, O_CREAT | O_EXCL | O_WRONLY, 0644), DATA),
	    DATA_BYTES);
}

static void
run_write_over(void)
{
	write_bytes(must(open(DATA, O_WRONLY), DATA), DATA_BYTES);
}

static void
run_read(void)
{
	int fd = must(open(DATA, O_RDONLY), DATA);
	size_t sum = 0;
	ssize_t n;

	while ((n = must(read(fd, chunk, CHUNK), "read")) > 0)
		sum += n;
	if (sum != DATA_BYTES)
		errx(EXIT_FAILURE, "%s has %zu bytes", DATA, sum);
	close(fd);
}

static void
read_pages(unsigned first, unsigned step)
{
	int fd = must(open(DATA, O_RDONLY), DATA);

	for (unsigned n = first; n < READS; n += step)
		must(pread(fd, chunk, PAGE, random_page(n)), "pread");
	close(fd);
}

static void
run_random_1(void)
{
	read_pages(0, 1);
}

static void
run_random_8(void)
{
	for (unsigned i = 0; i < READERS; i++)
		if (must(fork(), "fork") == 0) {
			read_pages(i, READERS);
			_exit(EXIT_SUCCESS); /* and print nothing */
		}
	for (unsigned i = 0; i < READERS; i++)
		wait_for(-1);
}

static void
new_small(void)
{
	unlink(SMALL);
	close(must(open(SMALL, O_CREAT | O_WRONLY, 0644), SMALL));
	sync();
}

static void
run_fsync(void)
{
	int fd = must(open(SMALL, O_WRONLY | O_APPEND), SMALL);

	for (unsigned i = 0; i < FSYNCS; i++) {
		must(write(fd, chunk, SMALL_BYTES), "write");
		must(fsync(fd), "fsync");
	}
	close(fd);
}

/* ---- Names ---- */

static const char *
name_of(unsigned n)
{
	static char name[sizeof(FOLDER) + 16];

	snprintf(name, sizeof(name), FOLDER "/%u", n);
	return name;
}

static void
run_create(void)
{
	for (unsigned i = 0; i < FILES; i++)
		close(must(open(name_of(i), O_CREAT | O_EXCL | O_WRONLY, 0644),
		    "create"));
	sync();
}

static void
run_stat(void)
{
	struct stat st;

	for (unsigned i = 0; i < FILES; i++)
		must(stat(name_of(i), &st), "stat");
}

static void
run_unlink(void)
{
	for (unsigned i = 0; i < FILES; i++)
		must(unlink(name_of(i)), "unlink");
	sync();
}

static void
without_files(void)
{
	for (unsigned i = 0; i < FILES; i++)
		unlink(name_of(i));
	sync();
}

static void
with_files(void)
{
	for (unsigned i = 0; i < FILES; i++)
		close(must(open(name_of(i), O_CREAT | O_WRONLY, 0644),
		    "create"));
	sync();
}

static void
with_cold_files(void)
{
	with_files();
	mount_again();
}

/* ---- The device itself ---- */

static void
open_again(void)
{
	close(disk_fd);
	disk_fd = must(open(disk_path, O_RDONLY), disk_path);
}

static void
run_raw(void)
{
	for (unsigned at = 0; at < raw_bytes; at += RAW_CHUNK)
		must(read(disk_fd, chunk, RAW_CHUNK), "read");
}

/* ---- The tables ---- */

static const struct disk_row file_rows[] = {
	{"write, per byte", remove_data, run_write_new, DATA_BYTES},
	{"write again, per byte", nothing, run_write_over, DATA_BYTES},
	{"read cold, per byte", mount_again, run_read, DATA_BYTES},
	{"read warm, per byte", run_read, run_read, DATA_BYTES},
	{"random 4 KiB read, 1 reader", mount_again, run_random_1, READS},
	{"random 4 KiB read, 8 readers", mount_again, run_random_8, READS},
	{"write 100 bytes + fsync", new_small, run_fsync, FSYNCS},
	{"create, of 1,000 files", without_files, run_create, FILES},
	{"stat cold, of 1,000 files", with_cold_files, run_stat, FILES},
	{"stat warm, of 1,000 files", with_files, run_stat, FILES},
	{"unlink, of 1,000 files", with_files, run_unlink, FILES},
};

static void
measure_disk(const struct disk_row *row)
{
	for (int i = 0; i < DISK_ROUNDS; i++) {
		uint64_t start;
		uint64_t end;

		row->prepare();
		start = now_ns();
		mark_start();
		row->run();
		mark_end();
		end = now_ns();
		printf("%s\t%u\t%llu\n", row->name, row->units,
		    (unsigned long long)(end - start));
	}
}

static void
run_files(char **words)
{
	mkdir(MOUNTED, 0755);
	mount_disk();
	must(mkdir(FOLDER, 0755), FOLDER);
	/* Rows read what the first has written. */
	run_write_new();
	for (size_t i = 0; i < sizeof(file_rows) / sizeof(file_rows[0]); i++)
		if (wanted(file_rows[i].name, words))
			measure_disk(&file_rows[i]);
	without_files();
	unlink(DATA);
	unlink(SMALL);
	must(rmdir(FOLDER), FOLDER);
	must(umount(MOUNTED), "umount");
}

void
run_disk(const char *device, const char *type, char **words)
{
	static char lines[16 * KIB];
	struct disk_row raw = {"read of the device, per byte", open_again,
	    run_raw, 0};

	setvbuf(stdout, lines, _IOFBF, sizeof(lines));
	load_modules();
	if (access(device, F_OK) != 0)
		mount("dev", "/dev", "devtmpfs", 0, NULL);
	memset(chunk, 'x', sizeof(chunk));
	disk_path = device;
	disk_type = type;
	if (type != NULL) {
		run_files(words);
		return;
	}
	disk_fd = must(open(device, O_RDONLY), device);
	raw_bytes = must(lseek(disk_fd, 0, SEEK_END), device) / RAW_CHUNK *
	    RAW_CHUNK;
	raw.units = raw_bytes;
	measure_disk(&raw);
	close(disk_fd);
}
