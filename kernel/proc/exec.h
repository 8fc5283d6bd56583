/* exec.h - starting programs.
 *
 * Layer: proc   Called by: syscall (execve), init
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct aspace;
struct file;

/* A vector of strings, of the user or of the kernel. */
struct string_vector {
	uint64_t user;            /* user address; 0: none */
	const char *const *kernel; /* or this, terminated by NULL */
};

struct exec_request {
	int dirfd;
	const char *path;  /* kernel text */
	unsigned walk_flags;
	struct string_vector argv;
	struct string_vector envp;
};

/* Replace the program of the running process.  Success: returns 0 and the
 * task's user registers are the new program's; failure: nothing has changed.
 * Errors: those of opening a file, -EACCES, -ENOEXEC, -E2BIG, -ENOMEM, -EFAULT,
 * -ELOOP (scripts of scripts), -ETXTBSY.  Sleeps. */
int proc_exec(const struct exec_request *rq);

/* ---- elf.c ---- */

/* Where a program is in its address space. */
struct elf_image {
	vaddr_t entry;
	vaddr_t base;    /* what was added to the addresses of the file */
	vaddr_t phdr;    /* address of the program headers; 0: not mapped */
	unsigned phnum;
	vaddr_t end;     /* first page behind everything: the heap */
	bool exec_stack; /* wants a stack that is executable */
};

/* Map the program in file, whose first n bytes are in head, into as.
 * Returns 0; -ENOEXEC: no program for this machine, or damaged; -ENOMEM; -EIO.
 * Then as is to be thrown away. */
int elf_load(struct aspace *as, struct file *file, const uint8_t *head,
    size_t n, struct elf_image *image);

/* ---- exec_stack.c ---- */

/* The strings at the top of a new stack, which grows down from top. */
struct exec_stack {
	struct aspace *as;
	vaddr_t top;
	vaddr_t sp;      /* the lowest string */
	vaddr_t limit;   /* -E2BIG below it */
	uint64_t exec_fn; /* address of the path, for AT_EXECFN */
	unsigned argc;
	unsigned envc;
	/* The page that was written to last: the next string is most often in
	 * it too. */
	struct page *page;
	vaddr_t page_va;
};

/* Map a stack at the top of as and prepare it.  Returns 0 or -ENOMEM. */
int exec_stack_init(struct exec_stack *stack, struct aspace *as);
void exec_stack_fini(struct exec_stack *stack);

/* Push a kernel string, or all strings of a vector (the last one first).
 * Return 0, -E2BIG, -EFAULT, -ENOMEM. */
int exec_stack_push(struct exec_stack *stack, const char *text);
int exec_stack_push_vector(struct exec_stack *stack,
    const struct string_vector *vector, unsigned count);
/* The number of strings in a vector, or -EFAULT, -E2BIG. */
int string_vector_count(const struct string_vector *vector);

/* Drop the lowest string (a script's argv[0]).  Returns 0 or -EFAULT. */
int exec_stack_pop(struct exec_stack *stack);

/* Write argc, argv, envp and the auxiliary vector below the strings.
 * Returns 0, -E2BIG or -ENOMEM; *sp: where the program's RSP starts. */
int exec_stack_finish(struct exec_stack *stack, const struct elf_image *image,
    vaddr_t *sp);
