/* elf_fuzz.c - damaged ELF files: an error or the death of the one process.
 *
 * Layer: tests/faults   Source: elf(5), execve(2)
 *
 * Usage: elf_fuzz [COUNT [SEED [FILE]]]
 *
 * Without FILE the good program is a small one that is put together here: two
 * segments, zeroed data behind the file's end; it exits with 7 if its memory
 * is right.  Each variant has one to four fields or bytes of its headers
 * changed, is cut short, or grows; it runs in a child with a time limit.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <elf.h>

#define GOOD_STATUS	7
#define LIMIT_MS	50
#define HEADERS		(sizeof(Elf64_Ehdr) + 4 * sizeof(Elf64_Phdr))
#define TEXT_VA		0x400000UL
#define DATA_VA		0x500000UL
#define BSS_BYTES	(3 * PAGE)
#define FILE_MAX	(512 * 1024)

static char good[FILE_MAX];
static size_t good_bytes;
static char variant[FILE_MAX];
static uint64_t state = 1;	/* of the generator, from the seed */

static struct {
	unsigned good;		/* ran to its end as the good one does */
	unsigned other;		/* ended with another status */
	unsigned refused;	/* execve gave an error */
	unsigned killed;	/* by a signal */
	unsigned endless;	/* by the time limit */
	unsigned strange;	/* execve gave an error that it must not give */
} outcomes;

/* The program: the data must be there and the bytes behind it zero. */
__asm__(
"	.pushsection .rodata\n"
"program_start:\n"
"	mov $0x500000, %esi\n"
"	cmpl $0x12345678, (%rsi)\n"
"	jne 2f\n"
"	mov $(3 * 4096 / 8 - 1), %ecx\n"
"1:	cmpq $0, 8(%rsi,%rcx,8)\n"
"	jne 2f\n"
"	dec %ecx\n"
"	jns 1b\n"
"	mov $7, %edi\n"
"	mov $60, %eax\n"
"	syscall\n"
"2:	mov $9, %edi\n"
"	mov $60, %eax\n"
"	syscall\n"
"program_end:\n"
"	.popsection\n");
extern const char program_start[];
extern const char program_end[];

static void
good_make(void)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)good;
	Elf64_Phdr *segments = (Elf64_Phdr *)(header + 1);
	uint64_t data[] = { 0x12345678 };

	memcpy(header->e_ident, ELFMAG, SELFMAG);
	header->e_ident[EI_CLASS] = ELFCLASS64;
	header->e_ident[EI_DATA] = ELFDATA2LSB;
	header->e_ident[EI_VERSION] = EV_CURRENT;
	header->e_type = ET_EXEC;
	header->e_machine = EM_X86_64;
	header->e_version = EV_CURRENT;
	header->e_entry = TEXT_VA + PAGE;
	header->e_phoff = sizeof *header;
	header->e_ehsize = sizeof *header;
	header->e_phentsize = sizeof *segments;
	header->e_phnum = 4;
	segments[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R,
		.p_vaddr = TEXT_VA, .p_filesz = HEADERS, .p_memsz = HEADERS,
		.p_align = PAGE };
	segments[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		.p_offset = PAGE, .p_vaddr = TEXT_VA + PAGE,
		.p_filesz = (uint64_t)(program_end - program_start),
		.p_memsz = (uint64_t)(program_end - program_start),
		.p_align = PAGE };
	segments[2] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W,
		.p_offset = 2 * PAGE, .p_vaddr = DATA_VA,
		.p_filesz = sizeof data, .p_memsz = sizeof data + BSS_BYTES,
		.p_align = PAGE };
	segments[3] = (Elf64_Phdr){ .p_type = PT_GNU_STACK,
		.p_flags = PF_R | PF_W };
	memcpy(good + PAGE, program_start,
	    (size_t)(program_end - program_start));
	memcpy(good + 2 * PAGE, data, sizeof data);
	good_bytes = 2 * PAGE + sizeof data;
}

static bool
good_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, good, sizeof good);

	good_bytes = n < 0 ? 0 : (size_t)n;
	close(fd);
	return good_bytes > sizeof(Elf64_Ehdr);
}

/* A value that breaks things: a limit, a neighbour, or any. */
static uint64_t
bad_value(uint64_t old)
{
	static const uint64_t values[] = {
		0, 1, 2, 7, 0xff, 0xfff, PAGE, PAGE + 1, 0x7fff, 0xffff,
		0x7fffffff, 0x80000000, 0xffffffff, 1UL << 46, 1UL << 47,
		(1UL << 47) - PAGE, INT64_MAX, 1UL << 63, UINT64_MAX - PAGE,
		UINT64_MAX, 0xffff800000000000, 0xffffffff80000000,
	};

	switch (random_next(&state) % 4) {
	case 0:
		return old + random_next(&state) % 64 - 32;
	case 1:
		return old ^ 1UL << random_next(&state) % 64;
	case 2:
		return random_next(&state);
	default:
		return values[random_next(&state) %
		    (sizeof values / sizeof values[0])];
	}
}

/* Changes one field of 1, 2, 4 or 8 bytes, aligned as fields are. */
static void
field_change(size_t bytes)
{
	size_t width = 1UL << random_next(&state) % 4;
	size_t at = random_next(&state) % (bytes / width) * width;
	uint64_t value = 0;

	memcpy(&value, variant + at, width);
	value = bad_value(value);
	memcpy(variant + at, &value, width);
}

/* Makes the next variant; returns its length. */
static size_t
variant_make(void)
{
	size_t bytes = good_bytes;
	size_t headers = HEADERS < good_bytes ? HEADERS : good_bytes;

	memcpy(variant, good, good_bytes);
	for (int i = (int)(random_next(&state) % 4); i >= 0; i--)
		field_change(random_next(&state) % 8 == 0 ?
		    sizeof(Elf64_Ehdr) : headers);
	if (random_next(&state) % 16 == 0)
		bytes = random_next(&state) % good_bytes;
	return bytes;
}

/* Writes the variant; it is a new file each time, since the old one may still
 * be running. */
static void
variant_write(size_t bytes)
{
	int fd;

	unlink("variant");
	fd = open("variant", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (write(fd, variant, bytes) != (ssize_t)bytes)
		printf("# write failed\n");
	close(fd);
}

static bool
is_documented(int error)
{
	return error == ENOEXEC || error == EINVAL || error == ENOMEM ||
	    error == EIO || error == EACCES || error == ENOENT ||
	    error == E2BIG || error == EFAULT || error == ELIBBAD ||
	    error == ELIBACC || /* Nestling: no dynamic programs */
	    error == EPERM || error == EEXIST;
}

/* Runs the variant and counts what became of it. */
static void
variant_run(void)
{
	static char *arguments[] = { "variant", NULL };
	static char *environment[] = { NULL };
	struct rlimit memory = { 1UL << 28, 1UL << 28 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		dup2(STDIN_FILENO, STDOUT_FILENO);
		dup2(STDIN_FILENO, STDERR_FILENO);
		setrlimit(RLIMIT_AS, &memory);
		pester(LIMIT_MS);
		execve("variant", arguments, environment);
		_exit(is_documented(errno) ? 100 : 101);
	}
	status = child_wait(pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		outcomes.endless++;
	else if (WIFSIGNALED(status))
		outcomes.killed++;
	else if (WEXITSTATUS(status) == GOOD_STATUS)
		outcomes.good++;
	else if (WEXITSTATUS(status) == 100)
		outcomes.refused++;
	else if (WEXITSTATUS(status) == 101)
		outcomes.strange++;
	else
		outcomes.other++;
}

static unsigned count = 1000;

static void
fuzz(void)
{
	memset(&outcomes, 0, sizeof outcomes);
	for (unsigned i = 0; i < count / 2; i++) {
		variant_write(variant_make());
		variant_run();
	}
	printf("# %u ran well, %u ended otherwise, %u refused, %u killed, "
	    "%u endless\n", outcomes.good, outcomes.other, outcomes.refused,
	    outcomes.killed, outcomes.endless);
	expect("only documented errors", outcomes.strange == 0);
	expect("some were refused", outcomes.refused > 0);
}

int
main(int argc, char **argv)
{
	test_begin(argv);
	alarm(0);
	if (argc > 1)
		count = (unsigned)atoi(argv[1]);
	if (argc > 2)
		state = strtoul(argv[2], NULL, 10) * 2 + 1;
	if (argc > 3 && !good_read(argv[3]))
		return 99;
	if (argc <= 3)
		good_make();
	memcpy(variant, good, good_bytes);
	variant_write(good_bytes);
	variant_run();
	expect("the good one runs", argc > 3 || outcomes.good == 1);
	load_run("damaged programs", fuzz);
	test_end();
	return failures();
}
