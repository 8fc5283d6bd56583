/* nestfs.c - the kernel's ext2 and ext3 on an image file, as a host program.
 *
 * usage: nestfs IMAGE [OPTION]...
 *
 *	-t TYPE     ext2, ext3, ramfs (default: as the superblock says)
 *	-o OPTIONS  of mount(8): data=journal,errors=remount-ro
 *	-r          mount read-only
 *	-n          leave the image file as it is: changes are forgotten
 *	-s FILE     run the script ("-": standard input); its language: ops.h
 *	-c "LINE;LINE"  the same from the command line
 *	-p          print each operation and its result
 *	-l FILE     log every write and flush, and the operation that ran
 *	-T, --tree  print the tree (image.h), before the unmount
 *	-x          power cut at the end: no unmount
 *	-v LEVEL    kernel messages below LEVEL (default 5: warnings and errors)
 *	-d SEED     requests are done late, in a random order
 *	-f N        the N-th allocation after the mount fails
 *	-F N        the N-th transfer after the mount fails with EIO
 *	-m PAGES    memory of the machine, 4 KiB each (default 4096)
 *
 * Exit status: 0; 1: an operation failed that may not; 2: usage; 3: it could
 * not be mounted (the error is printed); 4: memory leaked, or the unmount
 * failed; by a signal: the kernel panicked, or a sanitizer stopped it.
 *
 * How to debug with it:
 *
 *	make -C tests/host/fs                # build/hostfs/{asan,fast}/nestfs
 *	truncate -s 2M a; mke2fs -q -t ext3 -b 1024 -J size=1 a
 *	build/hostfs/asan/nestfs a -p -T -v 8 -c "mkdir /d; open 0 /d/f rwc;
 *	    write 0 0 5000 1; fsync 0; close 0"
 *	e2fsck -fn a
 *	gdb --args build/hostfs/fast/nestfs a -c "..."
 *
 * A wait that nothing can end, a mutex locked twice, locks in the wrong order, a
 * free page touched, a sleep in an interrupt: all end the program and say so.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "ops.h"
#include "world.h"

#define EXIT_OPERATION 1
#define EXIT_USAGE     2
#define EXIT_MOUNT     3
#define EXIT_LEFT_OVER 4

struct options {
	const char *path;
	const char *type;
	const char *mount_options;
	const char *log;
	bool read_only;
	bool forget;
	bool print;
	bool tree;
	bool cut;
	bool deferred;
	int level;
	unsigned long seed;
	unsigned long fail_allocation;
	unsigned long fail_request;
	size_t pages;
};

static struct options opt = {.mount_options = "", .level = 5, .pages = 4096};
static struct script script;
static FILE *log_file;
static unsigned long requests_left;

static void
log_write(uint64_t at, const void *bytes, size_t n, bool fua)
{
	fprintf(log_file, "  write %lu %zu %08x%s\n", (unsigned long)at, n,
	    crc32_of(0, bytes, n), fua ? " fua" : "");
}

static void
log_flush(void)
{
	fprintf(log_file, "  flush\n");
}

static int
fault(bool write, uint64_t at, size_t n)
{
	if (requests_left == 0 || --requests_left > 0)
		return 0;
	fprintf(stderr, "%s of %zu bytes at %lu fails\n",
	    write ? "write" : "read", n, (unsigned long)at);
	return -EIO;
}

/* Add the lines of -c. */
static bool
add_lines(char *lines)
{
	char *save = NULL;

	for (char *line = strtok_r(lines, ";\n", &save); line != NULL;
	    line = strtok_r(NULL, ";\n", &save)) {
		if (!script_add(&script, line)) {
			fprintf(stderr, "not an operation: %s\n", line);
			return false;
		}
	}
	return true;
}

static bool
add_file(const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");

	if (file == NULL) {
		perror(path);
		return false;
	}
	return script_read(&script, file, path);
}

static bool
parse_options(int argc, char **argv)
{
	static const struct option longs[] = {{"tree", 0, NULL, 'T'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "t:o:rns:c:pl:Txv:d:f:F:m:",
	    longs, NULL)) != -1) {
		switch (c) {
		case 't': opt.type = optarg; break;
		case 'o': opt.mount_options = optarg; break;
		case 'r': opt.read_only = true; break;
		case 'n': opt.forget = true; break;
		case 'p': opt.print = true; break;
		case 'l': opt.log = optarg; break;
		case 'T': opt.tree = true; break;
		case 'x': opt.cut = true; break;
		case 'v': opt.level = atoi(optarg); break;
		case 'f': opt.fail_allocation = strtoul(optarg, NULL, 0); break;
		case 'F': opt.fail_request = strtoul(optarg, NULL, 0); break;
		case 'm': opt.pages = strtoul(optarg, NULL, 0); break;
		case 'd':
			opt.deferred = true;
			opt.seed = strtoul(optarg, NULL, 0);
			break;
		case 's':
			if (!add_file(optarg))
				return false;
			break;
		case 'c':
			if (!add_lines(optarg))
				return false;
			break;
		default:
			return false;
		}
	}
	if (optind != argc - 1)
		return false;
	opt.path = argv[optind];
	return true;
}

/* Run the script.  Returns the exit status. */
static int
run_script(void)
{
	int status = 0;

	for (size_t i = 0; i < script.count && status == 0; i++) {
		const struct op *op = &script.ops[i];
		long result;

		if (log_file != NULL)
			fprintf(log_file, "%zu %s\n", i, op_text(op));
		result = op_run(op);
		if (opt.print)
			printf("%s: %ld%s%s\n", op_text(op), result,
			    result < 0 ? " " : "",
			    result < 0 ? strerror((int)-result) : "");
		if (result < 0 && !op->may_fail) {
			fprintf(stderr, "%s: %s\n", op_text(op),
			    strerror((int)-result));
			status = EXIT_OPERATION;
		}
	}
	return status;
}

static int
unmount(void)
{
	int err;

	op_close_all();
	if (log_file != NULL)
		fprintf(log_file, "%zu unmount\n", script.count);
	err = world_unmount();
	if (err != 0) {
		fprintf(stderr, "unmount: %s\n", strerror(-err));
		return EXIT_LEFT_OVER;
	}
	return world_memory_check() ? 0 : EXIT_LEFT_OVER;
}

/* Everything between power on and power off.  Returns the exit status. */
static int
run(const struct image *image)
{
	int status;
	int left;
	int err;

	world_memory_mark();
	if (log_file != NULL)
		fprintf(log_file, "mount\n");
	if (opt.type == NULL)
		opt.type = image_type(image);
	op_set_mount(opt.type, opt.mount_options);
	err = world_mount(opt.type, opt.mount_options, opt.read_only);
	if (err != 0) {
		fprintf(stderr, "mount: %s\n", strerror(-err));
		world_memory_check();
		return EXIT_MOUNT;
	}
	world_fail_allocation((unsigned)opt.fail_allocation);
	requests_left = opt.fail_request;
	status = run_script();
	world_fail_allocation(0);
	if (opt.tree)
		tree_print(stdout);
	if (opt.cut)
		return status;
	left = unmount();
	return status != 0 ? status : left;
}

int
main(int argc, char **argv)
{
	struct image image;
	int status;

	if (!parse_options(argc, argv)) {
		fprintf(stderr, "usage: nestfs IMAGE [OPTION]...; "
		    "see the head of nestfs.c\n");
		return EXIT_USAGE;
	}
	image = image_open(opt.path, !opt.forget);
	if (opt.log != NULL) {
		log_file = fopen(opt.log, "w");
		if (log_file == NULL) {
			perror(opt.log);
			return EXIT_USAGE;
		}
	}
	world_boot(opt.pages);
	world_log_level(opt.level);
	world_disk_set(&(struct world_disk){
	    .bytes = image.bytes,
	    .size = image.size,
	    .deferred = opt.deferred,
	    .seed = opt.seed,
	    .wrote = log_file != NULL ? log_write : NULL,
	    .flush = log_file != NULL ? log_flush : NULL,
	    .fault = opt.fail_request != 0 ? fault : NULL,
	});
	status = run(&image);
	if (log_file != NULL)
		fclose(log_file);
	return status;
}
