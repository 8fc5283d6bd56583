/* exec_stack.c - what a new program finds on its stack: arguments, environment,
 * auxiliary vector.
 *
 * Layer: proc   Called by: exec.c
 * Source: [ELF64] 3.4.1 "Initial Stack and Register State"; getauxval(3)
 *
 *	STACK_TOP	8 zero bytes
 *			path (AT_EXECFN)
 *			strings of envp, in order
 *			strings of argv, in order
 *			"x86_64", 16 random bytes
 *			auxiliary vector, ended by AT_NULL
 *			envp[0..], NULL
 *			argv[0..], NULL
 *	RSP ->		argc			a multiple of 16
 * SPDX-License-Identifier: MIT */
#include "abi/auxv.h"
#include "abi/elf.h"
#include "abi/errno.h"
#include "drivers/random.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/slab.h"
#include "mm/usercopy.h"
#include "proc/exec.h"
#include "proc/proc.h"
#include "x86/cpuid.h"

#define STACK_TOP        USER_TOP
#define STACK_BYTES      (132 * 1024) /* mapped at once; it grows on faults */
#define STACK_ALIGN      16
#define RANDOM_BYTES     16
#define PLATFORM         "x86_64"
#define AUXV_MAX         20
#define SIGNAL_STACK_MIN 2048

#define STRING_MAX       (128 * 1024)  /* one string, with its NUL */
#define STRINGS_MIN      (128 * 1024)  /* all of them, at least */
#define STRINGS_MAX      (2048 * 1024) /* and at most */
#define STRINGS_INITIAL  1024

/* ---- Strings ---- */

size_t
exec_strings_limit(void)
{
	uint64_t limit = proc_limit(RLIMIT_STACK) / 4;

	return MIN(MAX(limit, STRINGS_MIN), STRINGS_MAX);
}

void
exec_strings_init(struct exec_strings *s, size_t limit)
{
	*s = (struct exec_strings){.limit = limit};
}

void
exec_strings_fini(struct exec_strings *s)
{
	kfree(s->buf);
}

/* Make the buffer larger. */
static int
grow(struct exec_strings *s)
{
	size_t size = s->size == 0 ? STRINGS_INITIAL : 2 * s->size;
	char *buf = kmalloc(size);

	if (buf == NULL)
		return -ENOMEM;
	memcpy(buf, s->buf, s->used);
	kfree(s->buf);
	s->buf = buf;
	s->size = size;
	return 0;
}

/* One more string, whose bytes are at used. */
static int
accept(struct exec_strings *s, size_t bytes)
{
	s->used += bytes;
	s->count++;
	return bytes > STRING_MAX ||
	    s->used + s->count * sizeof(uint64_t) > s->limit ? -E2BIG : 0;
}

int
exec_strings_add(struct exec_strings *s, const char *text)
{
	size_t bytes = strlen(text) + 1;

	while (s->size - s->used < bytes) {
		if (grow(s) != 0)
			return -ENOMEM;
	}
	memcpy(s->buf + s->used, text, bytes);
	return accept(s, bytes);
}

/* Add the string at user address ptr; the buffer grows until it fits. */
static int
add_user(struct exec_strings *s, uint64_t ptr)
{
	ssize_t n = -ENAMETOOLONG;

	for (;;) {
		size_t room = s->size - s->used;

		if (room > 0)
			n = strncpy_from_user(s->buf + s->used,
			    (const char *)ptr, room);
		if (n != -ENAMETOOLONG)
			break;
		if (room > STRING_MAX || s->used + room > s->limit)
			return -E2BIG;
		if (grow(s) != 0)
			return -ENOMEM;
	}
	return n < 0 ? (int)n : accept(s, (size_t)n + 1);
}

int
exec_strings_add_vector(struct exec_strings *s,
    const struct string_vector *vector)
{
	const uint64_t *user = (const uint64_t *)vector->user;
	uint64_t ptr;
	int error = 0;

	if (vector->kernel != NULL) {
		for (unsigned i = 0; error == 0 && vector->kernel[i]; i++)
			error = exec_strings_add(s, vector->kernel[i]);
		return error;
	}
	if (user == NULL)
		return 0;
	for (; error == 0; user++) {
		if (get_user(&ptr, user) != 0)
			return -EFAULT;
		if (ptr == 0)
			return 0;
		error = add_user(s, ptr);
	}
	return error;
}

/* ---- The stack ---- */

/* Map the stack's first part at the top of as. */
static int
stack_map(struct aspace *as, bool exec_stack)
{
	struct map_request rq = {
	    .hint = STACK_TOP - STACK_BYTES,
	    .bytes = STACK_BYTES,
	    .prot = PROT_READ | PROT_WRITE | (exec_stack ? PROT_EXEC : 0),
	    .flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE | MAP_GROWSDOWN |
		MAP_STACK,
	};
	vaddr_t va;
	int error = aspace_map(as, &rq, &va);

	return error == -EEXIST ? -ENOEXEC : error;
}

/* Put bytes below *sp. */
static int
push(struct aspace *as, vaddr_t *sp, const void *bytes, size_t n)
{
	*sp -= n;
	return aspace_write(as, *sp, bytes, n) == n ? 0 : -ENOMEM;
}

/* The bytes of s from string number first (0 or 1) on. */
static const char *
strings_from(const struct exec_strings *s, bool skip_first, size_t *bytes)
{
	size_t skip = skip_first && s->count > 0 ? strlen(s->buf) + 1 : 0;

	*bytes = s->used - skip;
	return s->buf + skip;
}

/* Store the address of each string; they lie from *va on in user memory, at text
 * in the kernel's. */
static void
store_pointers(uint64_t **word, vaddr_t *va, const char *text, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += strlen(text + at) + 1)
		*(*word)++ = *va + at;
	*va += bytes;
}

struct aux {
	uint64_t type;
	uint64_t value;
};

/* CPUID's feature word; asked once, for it is slow under a hypervisor. */
static uint32_t
hwcap(void)
{
	static uint32_t edx;

	if (edx == 0)
		edx = cpuid(CPUID_LEAF_FEATURES, 0).edx;
	return edx;
}

/* Write the auxiliary vector to aux[AUXV_MAX].  The addresses are the new
 * program's.  Returns the number of entries. */
static unsigned
store_auxv(struct aux *aux, const struct elf_image *image, vaddr_t exec_fn,
    vaddr_t platform, vaddr_t random)
{
	const struct creds *creds = &proc_current()->creds;
	const struct aux all[] = {
	    {AT_HWCAP, hwcap()},
	    {AT_PAGESZ, PAGE_SIZE},
	    {AT_CLKTCK, ABI_CLK_TCK},
	    {AT_PHDR, image->phdr},
	    {AT_PHENT, sizeof(struct abi_elf64_phdr)},
	    {AT_PHNUM, image->phnum},
	    {AT_BASE, 0}, /* No dynamic linker. */
	    {AT_FLAGS, 0},
	    {AT_ENTRY, image->entry},
	    {AT_UID, creds->user.real},
	    {AT_EUID, creds->user.effective},
	    {AT_GID, creds->group.real},
	    {AT_EGID, creds->group.effective},
	    {AT_SECURE, 0},
	    {AT_RANDOM, random},
	    {AT_HWCAP2, 0},
	    {AT_EXECFN, exec_fn},
	    {AT_PLATFORM, platform},
	    {AT_MINSIGSTKSZ, SIGNAL_STACK_MIN},
	    {AT_NULL, 0},
	};
	_Static_assert(ARRAY_SIZE(all) <= AUXV_MAX, "auxv");

	memcpy(aux, all, sizeof(all));
	return ARRAY_SIZE(all);
}

/* Strings and random bytes; remembers where they are. */
struct placed {
	vaddr_t exec_fn;
	vaddr_t envp;
	vaddr_t argv;
	vaddr_t platform;
	vaddr_t random;
};

/* Push path, environment, arguments, platform and random bytes, and note in *at
 * where each lies, and in as what /proc/PID/cmdline and environ show. */
static int
push_strings(struct aspace *as, const struct exec_stack *st, vaddr_t *sp,
    struct placed *at)
{
	uint8_t random[RANDOM_BYTES];
	size_t argv_bytes;
	const char *argv = strings_from(st->argv, st->skip_first, &argv_bytes);
	int error;

	*sp -= sizeof(uint64_t);
	error = push(as, sp, st->path, strlen(st->path) + 1);
	at->exec_fn = *sp;
	if (error == 0)
		error = push(as, sp, st->envp->buf, st->envp->used);
	at->envp = *sp;
	if (error == 0)
		error = push(as, sp, argv, argv_bytes);
	if (error == 0)
		error = push(as, sp, st->prefix->buf, st->prefix->used);
	at->argv = *sp;
	if (error == 0)
		error = push(as, sp, PLATFORM, sizeof(PLATFORM));
	at->platform = *sp;
	random_bytes(random, sizeof(random));
	if (error == 0)
		error = push(as, sp, random, sizeof(random));
	at->random = *sp;
	as->arg_start = at->argv;
	as->arg_end = as->env_start = at->envp;
	as->env_end = at->exec_fn;
	return error;
}

/* argc, pointers and auxiliary vector. */
static int
push_words(struct aspace *as, const struct exec_stack *st, vaddr_t *sp,
    const struct placed *at)
{
	unsigned argc = st->prefix->count + st->argv->count -
	    (st->skip_first && st->argv->count > 0);
	size_t words = 1 + argc + 1 + st->envp->count + 1;
	size_t bytes = words * sizeof(uint64_t) + AUXV_MAX * sizeof(struct aux);
	uint64_t *buf = kmalloc(bytes);
	uint64_t *word = buf;
	vaddr_t va = at->argv;
	size_t argv_bytes;
	const char *argv = strings_from(st->argv, st->skip_first, &argv_bytes);
	int error;

	if (buf == NULL)
		return -ENOMEM;
	*word++ = argc;
	store_pointers(&word, &va, st->prefix->buf, st->prefix->used);
	store_pointers(&word, &va, argv, argv_bytes);
	*word++ = 0;
	va = at->envp;
	store_pointers(&word, &va, st->envp->buf, st->envp->used);
	*word++ = 0;
	words += 2 * store_auxv((struct aux *)word, st->image, at->exec_fn,
	    at->platform, at->random);
	bytes = words * sizeof(uint64_t);
	*sp = ALIGN_DOWN(*sp - bytes, STACK_ALIGN) + bytes;
	error = push(as, sp, buf, bytes);
	kfree(buf);
	return error;
}

int
exec_stack_build(struct aspace *as, const struct exec_stack *stack,
    vaddr_t *sp)
{
	struct placed at;
	int error = stack_map(as, stack->image->exec_stack);

	*sp = STACK_TOP;
	if (error == 0)
		error = push_strings(as, stack, sp, &at);
	if (error == 0)
		error = push_words(as, stack, sp, &at);
	return error;
}
