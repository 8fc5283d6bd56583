/* damage.c - damaged images, mounted, read and written.
 *
 * usage: damage [OPTION]... IMAGE...
 *
 *	-n COUNT   images to damage (default 200), taking turns
 *	-s SEED    of the first; the next has SEED + 1 (default 1)
 *	-j JOBS    processes (default 2)
 *	-o SEED    only this one, and say what happens
 *	-k FILE    with -o: keep the damaged image here
 *	-w NAME    only this way to damage (harm.c)
 *
 * Each image is mounted, every name and the bytes of every file are read, files
 * and directories are made, changed and removed, and it is unmounted.  Whatever
 * is on the disk: an error, a read-only file system, or a refusal that says why;
 * never a crash, a hang, or a write outside the file system.  Every 40th image
 * has no damage, and there nothing may fail.
 *
 * The last line is "N images, N failed".  Exit status: 0, 1, 2 (usage).
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harm.h"
#include "host.h"
#include "image.h"
#include "ops.h"
#include "record.h"
#include "world.h"

#define RAM_PAGES      2048
#define SECONDS        20
#define HARMLESS_EVERY 40
#define NAMES_MAX      600
#define DEPTH_MAX      12
#define READ_MAX       (300 * 1024)
#define FAILURES_SHOWN 10

/* How it ended; less than ENDED_BADLY: as it may. */
enum end {
	ENDED_FINE,     /* no error was seen */
	ENDED_REFUSED,
	ENDED_ERRORS,
	ENDED_BADLY = 10,
	ENDED_OUTSIDE,  /* a write behind the file system */
	ENDED_SILENT,   /* refused without a reason */
};

static struct {
	unsigned long count;
	unsigned long seed;
	unsigned jobs;
	bool one;
	const char *keep;
	const char *way;
} opt = {.count = 200, .seed = 1, .jobs = 2};

static struct counts {
	size_t ended[4]; /* by enum end; [3]: failed */
} *counts;

/* One image, in its own process. */
struct trial {
	struct image image;
	size_t fs_bytes;  /* nobody may write behind them */
	bool damaged;
	bool read_only;
	unsigned long seed;
};

static size_t limit;
static unsigned names_left;
static unsigned errors;

static void
on_write(uint64_t at, const void *bytes, size_t n, bool fua)
{
	(void)bytes;
	(void)fua;
	if (at + n > limit) {
		host_say("a write of %zu bytes at %lu: the file system has %zu",
		    n, (unsigned long)at, limit);
		_exit(ENDED_OUTSIDE);
	}
}

/* ---- Reading everything ----------------------------------------------- */

static void
note(long result)
{
	if (result < 0)
		errors++;
}

static void
read_file(const char *path, uint64_t size)
{
	static uint8_t bytes[32768];
	int fd = world_open(path, O_RDONLY, 0);
	long n = 1;

	note(fd);
	if (fd < 0)
		return;
	for (uint64_t at = 0; at < READ_MAX && n > 0; at += sizeof(bytes)) {
		n = world_pread(fd, bytes, sizeof(bytes), at);
		note(n);
	}
	/* The end, and behind it. */
	for (int i = 0; i < 3; i++)
		note(world_pread(fd, bytes, sizeof(bytes),
		    size / 2 * (uint64_t)i));
	note(world_close(fd));
}

struct listing {
	char names[NAMES_MAX][256];
	size_t count;
};

static void
keep_name(const char *name, uint64_t ino, unsigned type, void *arg)
{
	struct listing *l = arg;

	(void)ino;
	(void)type;
	if (l->count < NAMES_MAX)
		snprintf(l->names[l->count++], sizeof(l->names[0]), "%s", name);
}

static void
read_dir(const char *path, unsigned depth)
{
	struct listing *l = calloc(1, sizeof(*l));

	note(world_readdir(path, keep_name, l));
	for (size_t i = 0; i < l->count && names_left > 0; i++) {
		struct world_stat st;
		char text[5000];
		char *child;
		int err;

		names_left--;
		if (asprintf(&child, "%s/%s", path, l->names[i]) < 0)
			continue;
		err = world_stat(child, &st);
		note(err);
		if (err == 0 && S_ISREG(st.mode))
			read_file(child, st.size);
		else if (err == 0 && S_ISLNK(st.mode))
			note(world_readlink(child, text, sizeof(text)));
		else if (err == 0 && S_ISDIR(st.mode) && depth < DEPTH_MAX)
			read_dir(child, depth + 1);
		free(child);
	}
	free(l);
}

/* ---- Changing things -------------------------------------------------- */

/* What the images have (damage.py makes them), and what is new. */
static const char *const changes[] = {
    "open 0 /new rwc", "write 0 0 3000 1", "write 0 70000 9000 2",
    "fsync 0", "ftruncate 0 20", "close 0",
    "mkdir /newdir", "symlink there /newdir/link", "link /new /newdir/hard",
    "open 1 /big rw", "write 1 5000 2000 3", "append 1 6000 4",
    "mapwrite 1 100 300 5", "ftruncate 1 280000", "fdatasync 1", "close 1",
    "truncate /big 9000", "truncate /sparse 100000", "unlink /sparse",
    "mknod /dir/new 100644 0", "mknod /many/new 100644 0",
    "unlink /many/name-7", "unlink /many/name-70",
    "rename /many/name-8 /dir/from-many", "rename /dir /newdir/dir",
    "rename /small /new", "exchange /new /newdir",
    "unlink /fast", "unlink /slow", "rmdir /newdir", "rmdir /many",
    "sync", "writeback", "chmod /big 600", "stat /big", "readdir /many",
    "unlink /big", "sleep 6000",
};

static void
change_things(void)
{
	struct script s = {0};

	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		if (!script_add(&s, changes[i]))
			host_die("not an operation: %s", changes[i]);
	}
	for (size_t i = 0; i < s.count; i++)
		op_run(&s.ops[i]);
	op_close_all();
}

static int
try_image(void *arg)
{
	struct trial *t = arg;
	const char *type = image_type(&t->image);
	int err;

	limit = t->fs_bytes;
	names_left = NAMES_MAX;
	world_log_level(opt.one ? 8 : 5);
	world_disk_set(&(struct world_disk){.bytes = t->image.bytes,
	    .size = t->image.size, .wrote = on_write});
	world_memory_mark();
	err = world_mount(type, t->seed % 3 == 0 ? "errors=continue" : "",
	    t->read_only);
	if (err != 0) {
		if (opt.one)
			host_say("mount: %s", strerror(-err));
		return world_memory_check() ? ENDED_REFUSED : ENDED_BADLY;
	}
	read_dir("/mnt", 0);
	change_things();
	names_left = NAMES_MAX;
	read_dir("/mnt", 0);
	err = world_unmount();
	if (err != 0) {
		if (opt.one)
			host_say("unmount: %s", strerror(-err));
		errors++;
		/* It says once that something was lost; then it must go. */
		if (world_unmount() != 0)
			return ENDED_BADLY;
	}
	if (!world_memory_check())
		return ENDED_BADLY;
	return errors > 0 ? ENDED_ERRORS : ENDED_FINE;
}

/* ---- The trials ------------------------------------------------------- */

/* Damage the image as the seed says; what was done goes to text. */
static void
do_harm(struct trial *t, char *text, size_t room)
{
	uint64_t random = t->seed * 0x9e3779b97f4a7c15ull;
	unsigned n = 1 + (harm_pick(&random, 4) == 0);
	size_t at = 0;

	for (unsigned i = 0; i < 8; i++)
		harm_pick(&random, 2);
	while (n-- > 0) {
		const struct harm *h =
		    &harms[harm_pick(&random, harm_count)];

		for (unsigned i = 0; opt.way != NULL && i < harm_count; i++) {
			if (strcmp(harms[i].name, opt.way) == 0)
				h = &harms[i];
		}
		at += (size_t)snprintf(text + at, room - at, "%s: ", h->name);
		h->fn(&t->image, &random, text + at, room - at);
		at = strlen(text);
		at += (size_t)snprintf(text + at, room - at, "; ");
	}
}

static void
keep_image(const struct trial *t)
{
	FILE *f = fopen(opt.keep, "w");

	if (f == NULL || fwrite(t->image.bytes, t->image.size, 1, f) != 1)
		host_die("%s: %s", opt.keep, strerror(errno));
	fclose(f);
}

/* Is the ending one that may be?  What it said is in text. */
static bool
is_right(const struct trial *t, int status, const char *text)
{
	if (status == ENDED_REFUSED && text[0] == '\0')
		return false;
	if (!t->damaged && !t->read_only)
		return status == ENDED_FINE;
	return status < ENDED_BADLY;
}

static void
try_seed(unsigned long seed, const struct image *base, const char *name)
{
	char text[16384];
	char harm[1024] = "no damage";
	struct trial t = {
	    .image.size = base->size,
	    .fs_bytes = base->size,
	    .damaged = seed % HARMLESS_EVERY != 0,
	    .read_only = seed % 7 == 0,
	    .seed = seed,
	};
	uint8_t *memory = malloc(base->size);
	int status;

	memcpy(memory, base->bytes, base->size);
	t.image.bytes = memory;
	if (t.damaged)
		do_harm(&t, harm, sizeof(harm));
	if (opt.keep != NULL)
		keep_image(&t);
	status = in_child(try_image, &t, SECONDS, text, sizeof(text));
	if (opt.one)
		printf("%s\n%s(status %d)\n", harm, text, status);
	if (is_right(&t, status, text)) {
		__atomic_add_fetch(&counts->ended[status], 1,
		    __ATOMIC_SEQ_CST);
	} else if (__atomic_add_fetch(&counts->ended[3], 1,
	    __ATOMIC_SEQ_CST) <= FAILURES_SHOWN && !opt.one) {
		printf("seed %lu: %s\n%s%s (status %d)\n  again: damage -o %lu"
		    " -k BAD %s%s %s\n", seed, harm, text,
		    status == ENDED_REFUSED ? "refused, but not said why" :
		    status == ENDED_OUTSIDE ? "a write outside" :
		    status == 128 + 14 ? "it hung" : "", status, seed,
		    opt.way ? "-w " : "", opt.way ? opt.way : "", name);
		fflush(stdout);
	}
	free(memory);
}

static bool
parse_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:s:j:o:k:w:")) != -1) {
		switch (c) {
		case 'n': opt.count = strtoul(optarg, NULL, 0); break;
		case 's': opt.seed = strtoul(optarg, NULL, 0); break;
		case 'j': opt.jobs = (unsigned)atoi(optarg); break;
		case 'k': opt.keep = optarg; break;
		case 'w': opt.way = optarg; break;
		case 'o':
			opt.one = true;
			opt.count = 1;
			opt.jobs = 1;
			opt.seed = strtoul(optarg, NULL, 0);
			break;
		default:
			return false;
		}
	}
	return optind < argc && opt.jobs > 0;
}

int
main(int argc, char **argv)
{
	struct image *bases;
	unsigned base_count;
	unsigned job = 0;

	if (!parse_options(argc, argv)) {
		fprintf(stderr, "usage: see the head of damage.c\n");
		return 2;
	}
	base_count = (unsigned)(argc - optind);
	bases = calloc(base_count, sizeof(*bases));
	for (unsigned i = 0; i < base_count; i++)
		bases[i] = image_open(argv[optind + (int)i], false);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	world_boot(RAM_PAGES);
	fflush(NULL);
	while (job + 1 < opt.jobs && fork() != 0)
		job++;
	for (unsigned long i = job; i < opt.count; i += opt.jobs) {
		unsigned b = (unsigned)(opt.seed + i) % base_count;

		try_seed(opt.seed + i, &bases[b], argv[optind + (int)b]);
	}
	fflush(NULL);
	if (job + 1 < opt.jobs)
		_exit(0);
	while (wait(NULL) > 0)
		;
	printf("%zu unharmed, %zu refused, %zu with errors\n",
	    counts->ended[ENDED_FINE], counts->ended[ENDED_REFUSED],
	    counts->ended[ENDED_ERRORS]);
	printf("%lu images, %zu failed\n", opt.count, counts->ended[3]);
	return counts->ended[3] == 0 ? 0 : 1;
}
