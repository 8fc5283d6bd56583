/* disk_stress.c - many processes and threads at work on a disk at once.
 *
 * Layer: tests/faults
 *
 *	disk_stress SECONDS SEED WORKERS FOLDER DEVICE [SECOND KIND PLACE]
 *
 * FOLDER is empty, on a mounted disk that is small enough to become full; the
 * disk is DEVICE, which is read beside; "-": neither is done (on the host).
 * SECOND is a disk that is mounted on PLACE, changed and unmounted in a loop.
 *
 * Each worker is a process with two threads.  The first has files of its own,
 * of which it knows every byte.  A file is an array of cells; each says whose
 * it is, where it belongs and in which write it came, so what is read too
 * early, too late, or from another file is found:
 *
 *	word 0        worker, slot, version      or the whole cell is zero
 *	word 1        its place in the file
 *	word 2..      a mix of these
 *
 * The second thread works in a folder that all share: names come and go below
 * its hands, and a byte is what its place says, or 0.  A further process fills
 * the disk, drops the caches, reads the device, executes what is on the disk.
 *
 * At the end all is read again, then from the disk, and removed: the free space
 * must be what it was.  Whoever waits too long is told by name.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#include <pthread.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#define CELL         256
#define CELL_WORDS   (CELL / 8)
#define CELLS_MAX    6144	/* 1.5 MiB */
#define FILES        6		/* of a worker */
#define WORKERS_MAX  30
#define SHARED_NAMES 24
#define SHARED_BYTES (1 << 19)
#define CHUNK_CELLS  256
#define UNKNOWN      UINT32_MAX	/* the version of a cell that may hold all */
#define STALL_MS     90000
#define HOG_SHIFT    3		/* of memory */

/* A file of a worker: what it must hold. */
struct file {
	uint32_t *version;	/* of each cell; 0: zeroes */
	unsigned cells;
	unsigned slot;
	int fd;
	bool second;		/* which of its two names it has */
	bool linked;
};

/* What a thread does now, where the watch dog sees it. */
struct task {
	const char *volatile what;
	volatile long since_ms;
	volatile long count;
};

struct common {
	volatile int stop;
	volatile int failed;
	struct task tasks[WORKERS_MAX + 2][2];
};

static struct common *common;
static const char *folder;
static const char *device;
static bool host;
static unsigned me;			/* this process's number */
static uint32_t next_version = 1;
static struct file files[FILES];
static uint64_t buffer[CHUNK_CELLS * CELL_WORDS];
static char self_path[PATH_MAX];

static __thread uint64_t dice;
static __thread struct task *task;
static __thread sigjmp_buf on_bus;
static __thread volatile bool bus_expected;

static unsigned
roll(unsigned n)
{
	return (unsigned)(random_next(&dice) >> 11) % n;
}

static void
begin(const char *what)
{
	task->what = what;
	task->since_ms = now_ms();
	task->count++;
}

static void
complain(const char *format, ...)
{
	char text[400];
	va_list args;
	int n = snprintf(text, sizeof text, "worker %u, %s: ", me, task->what);

	va_start(args, format);
	n += vsnprintf(text + n, sizeof text - (size_t)n, format, args);
	va_end(args);
	common->failed = 1;
	common->stop = 1;
	if (write(1, text, strlen(text)) < 0 || write(1, "\n", 1) < 0)
		_exit(3);
}

/* Complains of an error that cannot be right here; a full disk can. */
static bool
succeeded(long result, const char *what)
{
	if (result >= 0)
		return true;
	if (errno != ENOSPC)
		complain("%s: %s", what, errno_name(errno));
	return false;
}

/* ---- A worker's own files ------------------------------------------------ */

static uint64_t
cell_word(unsigned slot, unsigned cell, uint32_t version, unsigned i)
{
	uint64_t first = (uint64_t)me << 56 | (uint64_t)slot << 48 | version;

	if (version == 0)
		return 0;
	if (i == 0)
		return first;
	if (i == 1)
		return cell;
	return (first + cell) * 0x9e3779b97f4a7c15u + i;
}

static void
cells_make(uint64_t *words, const struct file *f, unsigned first,
    unsigned count)
{
	for (unsigned c = first; c < first + count; c++) {
		for (unsigned i = 0; i < CELL_WORDS; i++)
			*words++ = cell_word(f->slot, c, f->version[c], i);
	}
}

/* Are these the cells [first, first + count) of f?  how: who brought them. */
static bool
cells_check(const uint64_t *words, const struct file *f, unsigned first,
    unsigned count, const char *how)
{
	for (unsigned c = first; c < first + count; c++, words += CELL_WORDS) {
		uint32_t version = f->version[c];

		for (unsigned i = 0; version != UNKNOWN && i < CELL_WORDS;
		    i++) {
			if (words[i] == cell_word(f->slot, c, version, i))
				continue;
			complain("%s: file %u of %u cells: word %u of cell %u: "
			    "version %u, but %llx %llx %llx", how, f->slot,
			    f->cells, i, c, version,
			    (unsigned long long)words[0],
			    (unsigned long long)words[1],
			    (unsigned long long)words[i]);
			return false;
		}
	}
	return true;
}

static const char *
file_name(const struct file *f, bool second)
{
	static char names[2][PATH_MAX];

	snprintf(names[second], PATH_MAX, "%s/w%u/f%u%s", folder, me, f->slot,
	    second ? "-another-name-that-is-somewhat-longer" : "");
	return names[second];
}

/* Give the cells versions.  false: to cells whose bytes are not known. */
static void
cells_set(struct file *f, unsigned first, unsigned count, bool known)
{
	uint32_t version = known ? next_version++ : UNKNOWN;

	for (unsigned c = first; c < first + count; c++)
		f->version[c] = version;
}

static bool
file_create(struct file *f)
{
	begin("create");
	f->second = roll(2);
	f->cells = 0;
	memset(f->version, 0, CELLS_MAX * sizeof *f->version);
	f->fd = open(file_name(f, f->second), O_RDWR | O_CREAT | O_TRUNC |
	    O_CLOEXEC, 0600);
	f->linked = f->fd >= 0;
	return succeeded(f->fd, "open");
}

static void
file_write(struct file *f)
{
	unsigned first = roll(8) == 0 ? roll(CELLS_MAX) : roll(f->cells + 32);
	unsigned count = 1 + roll(roll(3) == 0 ? CHUNK_CELLS : 20);
	ssize_t n;
	unsigned whole;

	begin("write");
	if (first >= CELLS_MAX)
		first = roll(CELLS_MAX);
	if (count > CELLS_MAX - first)
		count = CELLS_MAX - first;
	cells_set(f, first, count, true);
	cells_make(buffer, f, first, count);
	n = pwrite(f->fd, buffer, count * CELL, (off_t)first * CELL);
	if (!succeeded(n, "pwrite"))
		n = 0;
	whole = (unsigned)n / CELL;
	if (whole == count) {
		if (first + count > f->cells)
			f->cells = first + count;
		return;
	}
	/* The disk is full.  Part of the bytes may have come; the file may be
	 * longer than before by as many. */
	cells_set(f, first + whole, count - whole, false);
	begin("cut after a short write");
	if (first + whole > f->cells)
		f->cells = first + whole;
	if (ftruncate(f->fd, (off_t)f->cells * CELL) < 0)
		complain("ftruncate: %s", errno_name(errno));
	for (unsigned c = f->cells; c < CELLS_MAX; c++)
		f->version[c] = 0;
}

static void
file_read(struct file *f)
{
	unsigned first = roll(f->cells + 1);
	unsigned count = 1 + roll(roll(3) == 0 ? CHUNK_CELLS : 20);
	ssize_t n;

	begin("read");
	if (count > f->cells - first)
		count = f->cells - first;
	n = pread(f->fd, buffer, count * CELL, (off_t)first * CELL);
	if (n != (ssize_t)count * CELL)
		complain("pread of %u: %zd %s", count * CELL, n,
		    n < 0 ? errno_name(errno) : "");
	else
		cells_check(buffer, f, first, count, "pread");
}

/* Maps the file and reads, or writes, cells of it. */
static void
file_map(struct file *f, bool writes)
{
	unsigned first = f->cells == 0 ? 0 : roll(f->cells);
	unsigned count = 1 + roll(roll(3) == 0 ? CHUNK_CELLS : 20);
	uint64_t start = (uint64_t)first * CELL & -(uint64_t)PAGE;
	uint64_t *words;
	char *map;

	if (f->cells == 0)
		return;
	begin(writes ? "write by a mapping" : "read by a mapping");
	if (count > f->cells - first)
		count = f->cells - first;
	map = mmap(NULL, (first + count) * CELL - start,
	    PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, (off_t)start);
	if (map == MAP_FAILED) {
		if (errno != ENOMEM)
			complain("mmap: %s", errno_name(errno));
		return;
	}
	words = (uint64_t *)(map + (first * CELL - start));
	if (writes)
		cells_set(f, first, count, true);
	bus_expected = writes;
	if (sigsetjmp(on_bus, 1) != 0)
		cells_set(f, first, count, false); /* the disk is full */
	else if (writes)
		cells_make(words, f, first, count);
	else
		cells_check(words, f, first, count, "mapping");
	bus_expected = false;
	if (writes && roll(4) == 0)
		succeeded(msync(map, (first + count) * CELL - start,
		    roll(2) ? MS_SYNC : MS_ASYNC), "msync");
	munmap(map, (first + count) * CELL - start);
}

static void
file_truncate(struct file *f)
{
	unsigned cells = roll(4) == 0 ? 0 : roll(CELLS_MAX);

	if (f->cells > 0 && roll(2))
		cells = roll(f->cells);
	begin("truncate");
	if (!succeeded(ftruncate(f->fd, (off_t)cells * CELL), "ftruncate"))
		return;
	for (unsigned c = cells; c < CELLS_MAX; c++)
		f->version[c] = 0;
	f->cells = cells;
}

/* A new file takes the old one's place, as editors do it. */
static void
file_replace(struct file *f)
{
	char temporary[PATH_MAX];
	int old = f->fd;

	begin("replace");
	snprintf(temporary, sizeof temporary, "%s/w%u/temporary", folder, me);
	f->fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (!succeeded(f->fd, "open")) {
		f->fd = old;
		return;
	}
	close(old);
	f->cells = 0;
	memset(f->version, 0, CELLS_MAX * sizeof *f->version);
	file_write(f);
	begin("fsync and rename");
	if (roll(2))
		succeeded(fsync(f->fd), "fsync");
	if (rename(temporary, file_name(f, f->second)) == 0) {
		f->linked = true;
	} else {
		succeeded(-1, "rename");
		unlink(temporary);
		if (f->linked)
			unlink(file_name(f, f->second));
		f->linked = false;
	}
}

static void
file_names(struct file *f)
{
	begin("names");
	if (!f->linked) {
		close(f->fd);
		f->fd = -1;
		while (!common->stop && !file_create(f))
			sleep_ms(20);
		return;
	}
	switch (roll(4)) {
	case 0:
		if (succeeded(rename(file_name(f, f->second),
		    file_name(f, !f->second)), "rename"))
			f->second = !f->second;
		break;
	case 1:
		if (!succeeded(link(file_name(f, f->second),
		    file_name(f, !f->second)), "link"))
			break;
		succeeded(unlink(file_name(f, f->second)), "unlink");
		f->second = !f->second;
		break;
	case 2:
		succeeded(unlink(file_name(f, f->second)), "unlink");
		f->linked = false;
		break;
	default:
		close(f->fd);
		f->fd = open(file_name(f, f->second), O_RDWR | O_CLOEXEC);
		if (f->fd < 0)
			complain("open again: %s", errno_name(errno));
		break;
	}
}

static void
file_operation(struct file *f)
{
	unsigned which = roll(40);
	struct stat st;

	if (which < 12) {
		file_write(f);
	} else if (which < 20) {
		file_read(f);
	} else if (which < 26) {
		file_map(f, true);
	} else if (which < 30) {
		file_map(f, false);
	} else if (which < 32) {
		file_truncate(f);
	} else if (which < 33) {
		file_replace(f);
	} else if (which < 36) {
		file_names(f);
	} else if (which < 38) {
		begin("fsync");
		succeeded(roll(2) ? fsync(f->fd) : fdatasync(f->fd), "fsync");
	} else {
		begin("fstat");
		if (fstat(f->fd, &st) != 0 ||
		    st.st_size != (off_t)f->cells * CELL)
			complain("size %lld, not %u", (long long)st.st_size,
			    f->cells * CELL);
		if (!f->linked && st.st_nlink != 0)
			complain("%u links", (unsigned)st.st_nlink);
	}
}

static void
files_check_all(const char *when)
{
	for (unsigned i = 0; i < FILES && !common->failed; i++) {
		struct file *f = &files[i];

		begin(when);
		for (unsigned c = 0; f->fd >= 0 && c < f->cells;
		    c += CHUNK_CELLS) {
			unsigned n = f->cells - c;

			if (n > CHUNK_CELLS)
				n = CHUNK_CELLS;
			if (pread(f->fd, buffer, n * CELL, (off_t)c * CELL) !=
			    (ssize_t)n * CELL) {
				complain("pread: %s", errno_name(errno));
				break;
			}
			if (!cells_check(buffer, f, c, n, when))
				break;
		}
	}
}

/* ---- The shared folder --------------------------------------------------- */

static unsigned char
shared_byte(uint64_t place)
{
	return (unsigned char)((place * 0x9e3779b97f4a7c15u) >> 56 | 1);
}

static bool
shared_check(const unsigned char *bytes, uint64_t place, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] != 0 &&
		    bytes[i] != shared_byte(place + (uint64_t)i)) {
			complain("byte %llu of a shared file is %u",
			    (unsigned long long)place + (uint64_t)i, bytes[i]);
			return false;
		}
	}
	return true;
}

static const char *
shared_name(char *path)
{
	unsigned n = roll(SHARED_NAMES);
	bool deep = roll(3) == 0;

	snprintf(path, PATH_MAX, "%s/shared/%s%u%s%.*s", folder,
	    deep ? "d" : "s", deep ? roll(4) : n, deep ? "/x" : "",
	    (int)(n * 7), "a-name-that-is-made-long-so-that-directories-have-"
	    "many-blocks-and-are-searched-for-a-long-time-while-others-change-"
	    "them-and-then-some-more-letters-for-good-measure");
	return path;
}

/* What may go wrong when others change the names. */
static void
allow(long result, const char *what)
{
	static const int good[] = {ENOENT, EEXIST, ENOSPC, ENOTEMPTY, EISDIR,
	    ENOTDIR, ELOOP, EINVAL, ENOMEM, EBUSY};

	if (result >= 0)
		return;
	for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
		if (errno == good[i])
			return;
	}
	complain("%s: %s", what, errno_name(errno));
}

static void
shared_map(int fd, uint64_t place, size_t n)
{
	unsigned char *map;
	uint64_t start = place & -(uint64_t)PAGE;

	begin("shared mapping");
	map = mmap(NULL, place + n - start, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, (off_t)start);
	if (map == MAP_FAILED)
		return;
	bus_expected = true; /* it may be cut at any time */
	if (sigsetjmp(on_bus, 1) == 0) {
		for (size_t i = place - start; i < place - start + n; i++) {
			if (i % 3 == 0)
				map[i] = shared_byte(start + i);
		}
		shared_check(map + (place - start), place, (ssize_t)n);
	}
	bus_expected = false;
	munmap(map, place + n - start);
}

static void
shared_file(void)
{
	static __thread unsigned char bytes[20000];
	char path[PATH_MAX];
	uint64_t place = roll(SHARED_BYTES);
	size_t n = 1 + roll(sizeof bytes);
	ssize_t got;
	int fd;

	begin("shared open");
	fd = open(shared_name(path), O_RDWR | O_CREAT | O_CLOEXEC |
	    (roll(10) == 0 ? O_TRUNC : 0), 0600);
	allow(fd, "open");
	if (fd < 0)
		return;
	for (size_t i = 0; i < n; i++)
		bytes[i] = shared_byte(place + i);
	begin("shared write");
	if (roll(3))
		allow(pwrite(fd, bytes, n, (off_t)place), "pwrite");
	if (roll(2))
		shared_map(fd, place, n);
	place = roll(SHARED_BYTES);
	begin("shared read");
	got = pread(fd, bytes, n, (off_t)place);
	allow(got, "pread");
	shared_check(bytes, place, got);
	begin("shared truncate");
	if (roll(4) == 0)
		allow(ftruncate(fd, roll(SHARED_BYTES)), "ftruncate");
	begin("shared fsync");
	if (roll(6) == 0)
		allow(fsync(fd), "fsync");
	begin("shared close");
	close(fd);
}

static void
shared_list(void)
{
	char path[PATH_MAX];
	DIR *dir;
	struct dirent *entry;
	struct stat st;

	begin("shared list");
	snprintf(path, sizeof path, "%s/shared", folder);
	dir = opendir(path);
	if (dir == NULL) {
		allow(-1, "opendir");
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		allow(fstatat(dirfd(dir), entry->d_name, &st,
		    AT_SYMLINK_NOFOLLOW), "fstatat");
	closedir(dir);
}

/* Many names at once: a directory grows. */
static void
shared_many(void)
{
	char path[PATH_MAX];
	unsigned count = 20 + roll(200);

	for (int remove = 0; remove < 2; remove++) {
		begin(remove ? "remove many" : "create many");
		for (unsigned i = 0; i < count; i++) {
			int fd;

			snprintf(path, sizeof path, "%s/shared/many-%u-%u",
			    folder, me, i);
			if (remove) {
				allow(unlink(path), "unlink");
				continue;
			}
			fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
			allow(fd, "open");
			if (fd >= 0)
				close(fd);
		}
	}
}

static void
shared_operation(void)
{
	char path[PATH_MAX];
	char other[PATH_MAX];

	switch (roll(14)) {
	case 0:
		begin("shared rename");
		allow(rename(shared_name(path), shared_name(other)), "rename");
		break;
	case 1:
		begin("shared link");
		allow(link(shared_name(path), shared_name(other)), "link");
		break;
	case 2:
		begin("shared symlink");
		allow(symlink(shared_name(path), shared_name(other)),
		    "symlink");
		break;
	case 3:
	case 4:
		begin("shared unlink");
		allow(unlink(shared_name(path)), "unlink");
		break;
	case 5:
		begin("shared mkdir");
		snprintf(path, sizeof path, "%s/shared/d%u", folder, roll(4));
		allow(mkdir(path, 0700), "mkdir");
		break;
	case 6:
		begin("shared rmdir");
		snprintf(path, sizeof path, "%s/shared/d%u", folder, roll(4));
		allow(rmdir(path), "rmdir");
		break;
	case 7:
		shared_list();
		break;
	case 8:
		if (roll(4) == 0)
			shared_many();
		break;
	default:
		shared_file();
		break;
	}
}

/* ---- The processes ------------------------------------------------------- */

static void
bus_error(int number)
{
	if (!bus_expected) {
		complain("signal %d", number);
		_exit(4);
	}
	bus_expected = false;
	siglongjmp(on_bus, 1);
}

static void *
shared_thread(void *seed)
{
	dice = (uint64_t)(uintptr_t)seed;
	task = &common->tasks[me][1];
	while (!common->stop)
		shared_operation();
	begin("done");
	task->what = NULL;
	return NULL;
}

/* Drop what is clean; not on the host. */
static void
drop_caches(void)
{
	int fd = host ? -1 : open("/proc/sys/vm/drop_caches",
	    O_WRONLY | O_CLOEXEC);

	begin("drop_caches");
	if (fd >= 0) {
		if (write(fd, roll(2) ? "3" : "1", 1) != 1)
			complain("drop_caches: %s", errno_name(errno));
		close(fd);
	}
}

static void
worker(uint64_t seed)
{
	char path[PATH_MAX];
	pthread_t thread;

	snprintf(path, sizeof path, "%s/w%u", folder, me);
	begin("start");
	succeeded(mkdir(path, 0700), "mkdir");
	for (unsigned i = 0; i < FILES; i++) {
		files[i].slot = i;
		files[i].version = calloc(CELLS_MAX, sizeof(uint32_t));
		while (!file_create(&files[i]) && !common->stop)
			sleep_ms(20);
	}
	if (pthread_create(&thread, NULL, shared_thread,
	    (void *)(uintptr_t)(seed * 77 + 1)) != 0)
		complain("no thread");
	while (!common->stop)
		file_operation(&files[roll(FILES)]);
	pthread_join(thread, NULL);
	files_check_all("check");
	begin("sync");
	sync();
	drop_caches();
	files_check_all("check after drop_caches");
	task->what = NULL;
}

/* ---- What happens to the whole system ------------------------------------ */

/* Fills the disk with a file, and removes it. */
static void
fill_disk(void)
{
	char path[PATH_MAX];
	int fd;

	begin("fill the disk");
	memset(buffer, 'f', sizeof buffer);
	snprintf(path, sizeof path, "%s/full", folder);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	while (!common->stop && write(fd, buffer, sizeof buffer) > 0)
		;
	begin("remove what filled the disk");
	if (roll(2))
		succeeded(unlink(path), "unlink");
	else
		succeeded(ftruncate(fd, 0), "ftruncate");
	close(fd);
	unlink(path);
}

/* Copies this program to the disk, and executes it. */
static void
execute(void)
{
	char path[PATH_MAX];
	int from = open(self_path, O_RDONLY | O_CLOEXEC);
	int to;
	ssize_t n;
	bool full = false;
	int status;
	pid_t pid;

	begin("copy a program");
	snprintf(path, sizeof path, "%s/program", folder);
	unlink(path);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	while (!full && from >= 0 && to >= 0 &&
	    (n = read(from, buffer, sizeof buffer)) > 0)
		full = write(to, buffer, (size_t)n) != n;
	close(from);
	close(to);
	if (full || to < 0)
		return;
	if (roll(2))
		drop_caches();
	begin("execute");
	pid = fork();
	if (pid == 0) {
		execl(path, "disk_stress", "hello", NULL);
		_exit(errno == ENOMEM ? 42 : 5);
	}
	if (pid > 0 && (waitpid(pid, &status, 0) != pid ||
	    !WIFEXITED(status) || WEXITSTATUS(status) != 42))
		complain("a program ended with %x", status);
}

static void
read_device(void)
{
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	off_t bytes = lseek(fd, 0, SEEK_END);

	begin("read the device");
	if (fd < 0 || bytes <= 0) {
		complain("%s: %s", device, errno_name(errno));
		return;
	}
	for (unsigned i = 0; i < 40; i++) {
		off_t at = (off_t)(random_next(&dice) >> 1) % bytes;

		if (pread(fd, buffer, sizeof buffer, at) < 0)
			complain("pread: %s", errno_name(errno));
	}
	close(fd);
}

/* Uses some memory for a while. */
static void
hog(void)
{
	size_t bytes = (size_t)memory_total_kib() * 1024 >> HOG_SHIFT;
	volatile char *map;

	begin("use memory");
	if (bytes > 64 << 20)
		bytes = 64 << 20;
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return;
	for (size_t i = 0; i < bytes && !common->stop; i += PAGE)
		map[i] = 1;
	munmap((void *)(uintptr_t)map, bytes);
}

static void
troublemaker(void)
{
	while (!common->stop) {
		switch (roll(host ? 3 : 7)) {
		case 0:
			fill_disk();
			break;
		case 1:
			begin("sync");
			sync();
			break;
		case 2:
			hog();
			break;
		case 3:
			read_device();
			break;
		case 4:
			execute();
			break;
		default:
			drop_caches();
			break;
		}
		begin("sleep");
		sleep_ms(roll(300));
	}
	task->what = NULL;
}

/* ---- The second disk ----------------------------------------------------- */

/* Retries what fails because sync(2) of another holds the mount. */
static int
patiently(int (*call)(const char *, const char *), const char *disk,
    const char *place)
{
	int result = -1;

	for (unsigned n = 0; n < 100; n++) {
		result = call(disk, place);
		if (result == 0 || errno != EBUSY)
			break;
		sleep_ms(10);
	}
	return result;
}

static int
unmount(const char *disk, const char *place)
{
	(void)disk;
	return umount2(place, 0);
}

static int
make_read_only(const char *disk, const char *place)
{
	return mount(disk, place, NULL, MS_REMOUNT | MS_RDONLY, NULL);
}

static int
make_writable(const char *disk, const char *place)
{
	return mount(disk, place, NULL, MS_REMOUNT, NULL);
}

/* Makes the second disk read-only and writable again. */
static void
remount(const char *disk, const char *place, const char *path)
{
	begin("remount read-only");
	if (patiently(make_read_only, disk, place) != 0) {
		complain("remount: %s", errno_name(errno));
		return;
	}
	if (open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) >= 0 ||
	    errno != EROFS)
		complain("opened for writing: %s", errno_name(errno));
	begin("remount writable");
	if (patiently(make_writable, disk, place) != 0)
		complain("remount: %s", errno_name(errno));
}

/* One round: mount, see that what the round before wrote is there, change it,
 * unmount.  f: the file that it keeps; path: its name. */
static void
mount_round(char **argv, struct file *f, const char *path)
{
	begin("mount");
	if (mount(argv[0], argv[2], argv[1], 0, NULL) != 0) {
		complain("mount: %s", errno_name(errno));
		return;
	}
	if (roll(3) == 0)
		remount(argv[0], argv[2], path);
	f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (f->fd < 0)
		complain("open: %s", errno_name(errno));
	files_check_all("check after mount");
	for (unsigned n = roll(40); n > 0 && !common->failed; n--) {
		if (roll(3))
			file_write(f);
		else if (roll(3))
			file_map(f, true);
		else
			file_truncate(f);
	}
	begin("close");
	if (roll(3) == 0)
		fsync(f->fd);
	close(f->fd);
	f->fd = -1;
	begin("umount");
	if (patiently(unmount, argv[0], argv[2]) != 0)
		complain("umount: %s", errno_name(errno));
}

/* argv: disk, kind, place. */
static void
mounter(char **argv)
{
	char path[PATH_MAX];

	for (unsigned i = 0; i < FILES; i++)
		files[i].fd = -1;
	files[0].version = calloc(CELLS_MAX, sizeof(uint32_t));
	snprintf(path, sizeof path, "%s/file", argv[2]);
	while (!common->stop)
		mount_round(argv, &files[0], path);
	task->what = NULL;
}

/* ---- The whole ----------------------------------------------------------- */

/* Says who does one thing for too long.  Returns whether somebody does. */
static bool
somebody_stalls(unsigned count)
{
	bool stalls = false;

	for (unsigned i = 0; i < 2 * count; i++) {
		const struct task *t = &common->tasks[i / 2][i % 2];
		const char *what = t->what;
		long ms = now_ms() - t->since_ms;

		if (what == NULL || ms < STALL_MS)
			continue;
		printf("stalled: worker %u, thread %u: %s for %ld s\n", i / 2,
		    i % 2, what, ms / 1000);
		stalls = true;
	}
	fflush(stdout);
	return stalls;
}

/* Waits for the children; false: they stall. */
static bool
attend(unsigned count, unsigned seconds)
{
	long end = now_ms() + 1000L * seconds;
	unsigned left = count;
	bool good = true;

	while (left > 0) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (now_ms() >= end)
			common->stop = 1;
		if (pid > 0) {
			left--;
			if (status != 0) {
				printf("a process ended with %x\n", status);
				common->stop = 1;
				good = false;
			}
		} else if (pid < 0) {
			break;
		} else if (somebody_stalls(count)) {
			return false;
		} else {
			sleep_ms(50);
		}
	}
	return good;
}

static pid_t
start(unsigned number, uint64_t seed, unsigned workers, char **second)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	me = number;
	dice = seed * 1000003 + number + 1;
	task = &common->tasks[number][0];
	signal_handle(SIGBUS, bus_error, SA_NODEFER);
	if (number < workers)
		worker(dice);
	else if (number == workers)
		troublemaker();
	else
		mounter(second);
	_exit(0);
}

static void
totals(unsigned count)
{
	long n = 0;

	for (unsigned i = 0; i < 2 * count; i++)
		n += common->tasks[i / 2][i % 2].count;
	printf("# %ld operations\n", n);
}

int
main(int argc, char **argv)
{
	unsigned workers;
	unsigned count;
	struct statvfs before;
	struct statvfs after;
	char path[PATH_MAX];

	if (argc == 2 && strcmp(argv[1], "hello") == 0)
		return 42;
	if (argc != 6 && argc != 9)
		return 2;
	snprintf(self_path, sizeof self_path, "%s", argv[0]);
	workers = (unsigned)atoi(argv[3]);
	folder = argv[4];
	device = argv[5];
	host = strcmp(device, "-") == 0;
	count = workers + 1 + (argc == 9);
	common = mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (workers > WORKERS_MAX || common == MAP_FAILED ||
	    statvfs(folder, &before) != 0)
		return 2;
	snprintf(path, sizeof path, "%s/shared", folder);
	expect("mkdir", mkdir(path, 0700) == 0);
	fflush(stdout);
	for (unsigned i = 0; i < count; i++)
		expect("fork", start(i, strtoull(argv[2], NULL, 0), workers,
		    argv + 6) > 0);
	expect("nobody stalls or fails", attend(count,
	    (unsigned)atoi(argv[1])) && !common->failed);
	totals(count);
	if (failures() > 0)
		return 1;
	dir_empty(open(folder, O_RDONLY | O_DIRECTORY));
	sync();
	statvfs(folder, &after);
	printf("# blocks %lu, inodes %lu free; before: %lu, %lu\n",
	    (unsigned long)after.f_bfree, (unsigned long)after.f_ffree,
	    (unsigned long)before.f_bfree, (unsigned long)before.f_ffree);
	expect("space is free again", after.f_bfree == before.f_bfree &&
	    after.f_ffree == before.f_ffree);
	return failures();
}
