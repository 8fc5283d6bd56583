/* main.c - tests of the journal: the commands.
 *
 *	journal replay IMAGE BLOCK_BYTES MAP
 *	journal work   IMAGE BLOCK_BYTES MAP SEED STEPS THREADS DATA
 *	journal cuts   ... VARIANTS [SAVE_DIR SAVE_EVERY]
 *	journal faults ... ROUNDS
 *	journal fuzz   IMAGE BLOCK_BYTES MAP SEED ROUNDS
 *
 * MAP is a file of two lines: the log's blocks, and those that may be changed.
 * replay and work change IMAGE; the others do not.  Status 0: all is well.
 *
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jtest.h"

static struct image img;

static void
fail(const char *what)
{
	perror(what);
	exit(2);
}

static void
load(const char *path)
{
	FILE *f = fopen(path, "rb");

	if (f == NULL || fseek(f, 0, SEEK_END) != 0)
		fail(path);
	img.size = ftell(f);
	img.bytes = malloc(img.size);
	rewind(f);
	if (fread(img.bytes, 1, img.size, f) != img.size)
		fail(path);
	fclose(f);
}

static void
save(const char *path, const uint8_t *bytes)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(bytes, 1, img.size, f) != img.size)
		fail(path);
	fclose(f);
}

static uint32_t *
numbers(char *line, uint32_t *count)
{
	uint32_t *out = malloc((strlen(line) / 2 + 1) * sizeof(*out));

	*count = 0;
	for (char *s = strtok(line, " \n"); s != NULL; s = strtok(NULL, " \n"))
		out[(*count)++] = strtoul(s, NULL, 10);
	return out;
}

static void
load_map(const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	if (f == NULL || getline(&line, &size, f) < 0)
		fail(path);
	img.log = numbers(line, &img.log_count);
	if (getline(&line, &size, f) < 0)
		fail(path);
	img.blocks = numbers(line, &img.block_count);
	free(line);
	fclose(f);
}

/* Every cut, and its variants; some are saved for e2fsck to judge: the disk
 * after the power cut, and after our replay. */
static int
cuts(const struct jt_run *run, unsigned variants, const char *dir,
    unsigned every)
{
	uint8_t *kept = malloc(img.size);
	unsigned long checked = 0;
	char path[512];

	memcpy(kept, img.bytes, img.size);
	jt_work(&img, run);
	for (size_t cut = 0; cut <= jt_writes(); cut++) {
		for (unsigned v = 0; v < variants; v++) {
			jt_rebuild(cut, v, img.bytes);
			if (every != 0 && checked % every == 0) {
				snprintf(path, sizeof(path), "%s/%lu.cut", dir,
				    checked);
				save(path, img.bytes);
			}
			if (!jt_check(&img, cut, v)) {
				printf("seed %llu, cut %zu, variant %u\n",
				    (unsigned long long)run->seed, cut, v);
				return 1;
			}
			if (every != 0 && checked % every == 0) {
				snprintf(path, sizeof(path), "%s/%lu.ours", dir,
				    checked);
				save(path, img.bytes);
			}
			checked++;
		}
	}
	memcpy(img.bytes, kept, img.size);
	free(kept);
	printf("%lu cuts\n", checked);
	return 0;
}

/* The n-th write fails, or the n-th allocation: what was promised is there. */
static int
faults(struct jt_run *run, unsigned rounds)
{
	uint8_t *kept = malloc(img.size);
	unsigned aborted = 0;

	memcpy(kept, img.bytes, img.size);
	for (unsigned n = 1; n <= rounds; n++) {
		memcpy(img.bytes, kept, img.size);
		run->fail_write = n % 2 == 0 ? n / 2 * 3 : 0;
		run->fail_alloc = n % 2 != 0 ? n * 7 : 0;
		jt_work(&img, run);
		aborted += jt_aborted();
		if (run->fail_alloc != 0 && jt_aborted()) {
			printf("no memory, and given up (round %u)\n", n);
			return 1;
		}
		if (!jt_check(&img, jt_writes(), 0)) {
			printf("round %u\n", n);
			return 1;
		}
	}
	free(kept);
	printf("%u rounds, %u given up\n", rounds, aborted);
	return aborted > 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct jt_run run = {0};
	unsigned replayed;
	int err;

	if (argc < 5)
		return 2;
	load(argv[2]);
	img.block_bytes = strtoul(argv[3], NULL, 10);
	load_map(argv[4]);
	jt_boot();
	run.seed = argc > 5 ? strtoull(argv[5], NULL, 10) : 0;
	run.steps = argc > 6 ? strtoul(argv[6], NULL, 10) : 0;
	run.threads = argc > 7 ? strtoul(argv[7], NULL, 10) : 1;
	run.data = argc > 8 && atoi(argv[8]) != 0;
	if (strcmp(argv[1], "replay") == 0) {
		err = jt_replay(&img, &replayed);
		printf("%d %u\n", err, replayed);
		save(argv[2], img.bytes);
		return err == 0 ? 0 : 1;
	}
	if (strcmp(argv[1], "work") == 0) {
		jt_work(&img, &run);
		save(argv[2], img.bytes);
		return 0;
	}
	if (strcmp(argv[1], "cuts") == 0)
		return cuts(&run, strtoul(argv[9], NULL, 10),
		    argc > 11 ? argv[10] : NULL,
		    argc > 11 ? strtoul(argv[11], NULL, 10) : 0);
	if (strcmp(argv[1], "faults") == 0)
		return faults(&run, strtoul(argv[9], NULL, 10));
	if (strcmp(argv[1], "fuzz") == 0) {
		jt_fuzz(&img, run.seed, run.steps);
		return 0;
	}
	return 2;
}
