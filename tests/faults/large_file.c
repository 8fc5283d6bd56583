/* large_file.c - a file that is many times larger than memory, by write, read
 * and mmap.
 *
 * Layer: tests/faults
 *
 *	large_file PATH MIB
 *
 * Each word of the file says where it is, and which round wrote it.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib.h"

#define CHUNK 65536
#define WORDS (CHUNK / 8)
#define PAGE_WORDS (PAGE / 8)

static uint64_t buffer[WORDS];

/* What the word at that place holds after a round. */
static uint64_t
word_of(uint64_t place, uint64_t round)
{
	return place * 0x9e3779b97f4a7c15u + round;
}

static bool
write_all(int fd, uint64_t bytes, uint64_t round)
{
	for (uint64_t at = 0; at < bytes; at += CHUNK) {
		for (unsigned i = 0; i < WORDS; i++)
			buffer[i] = word_of(at / 8 + i, round);
		if (pwrite(fd, buffer, CHUNK, (off_t)at) != CHUNK)
			return false;
	}
	return true;
}

/* first: only the first word of each page is of that round, the others of the
 * round before. */
static bool
read_all(int fd, uint64_t bytes, uint64_t round, bool first)
{
	for (uint64_t at = 0; at < bytes; at += CHUNK) {
		if (pread(fd, buffer, CHUNK, (off_t)at) != CHUNK)
			return false;
		for (unsigned i = 0; i < WORDS; i++) {
			uint64_t expected = round;

			if (first && i % PAGE_WORDS != 0)
				expected--;
			if (buffer[i] != word_of(at / 8 + i, expected))
				return false;
		}
	}
	return true;
}

static bool
map_reads(const uint64_t *map, uint64_t bytes, uint64_t round)
{
	for (uint64_t i = 0; i < bytes / 8; i += PAGE_WORDS / 2) {
		if (map[i] != word_of(i, round))
			return false;
	}
	return true;
}

static bool
map_writes(uint64_t *map, uint64_t bytes, uint64_t round)
{
	for (uint64_t i = 0; i < bytes / 8; i += PAGE_WORDS)
		map[i] = word_of(i, round);
	return msync(map, bytes, MS_SYNC) == 0;
}

int
main(int argc, char **argv)
{
	uint64_t bytes;
	uint64_t *map;
	int fd;

	if (argc != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0); /* told even if it is killed */
	alarm(0);
	bytes = strtoull(argv[2], NULL, 0) << 20;
	fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
	expect("open", fd >= 0);
	expect("the file is larger than memory",
	    bytes >> 10 > 2 * (uint64_t)memory_total_kib());
	expect("write", write_all(fd, bytes, 1) && fsync(fd) == 0);
	expect("read", read_all(fd, bytes, 1, false));
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	expect("mmap", map != MAP_FAILED);
	if (map == MAP_FAILED)
		return 1;
	expect("read by mapping", map_reads(map, bytes, 1));
	expect("write by mapping", map_writes(map, bytes, 2));
	expect("read what the mapping wrote", read_all(fd, bytes, 2, true));
	munmap(map, bytes);
	close(fd);
	return failures();
}
