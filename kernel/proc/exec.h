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
 * Returns 0; -ENOEXEC: no program for this machine, or damaged; -ELIBACC: it
 * wants a dynamic linker; -ENOMEM; -EIO.
 * Then as is to be thrown away. */
int elf_load(struct aspace *as, struct file *file, const uint8_t *head,
    size_t n, struct elf_image *image);

/* ---- exec_stack.c ---- */

/* Strings one behind the other, each with its NUL. */
struct exec_strings {
	char *buf;      /* kmalloc'ed */
	size_t used;
	size_t size;
	size_t limit;   /* -E2BIG beyond; shared with the pointers to them */
	unsigned count;
};

void exec_strings_init(struct exec_strings *s, size_t limit);
void exec_strings_fini(struct exec_strings *s);

/* Add a kernel string, or all strings of a vector.
 * Return 0, -E2BIG, -EFAULT, -ENOMEM.  May sleep. */
int exec_strings_add(struct exec_strings *s, const char *text);
int exec_strings_add_vector(struct exec_strings *s,
    const struct string_vector *vector);

/* What a new program finds on its stack. */
struct exec_stack {
	const struct exec_strings *prefix; /* a script's interpreter and path */
	const struct exec_strings *argv;
	const struct exec_strings *envp;
	bool skip_first;                   /* of argv: the prefix replaces it */
	const char *path;                  /* AT_EXECFN */
	const struct elf_image *image;
};

/* Map a stack in as and fill it.  *sp: where the program's RSP starts.
 * Returns 0, -E2BIG, -ENOEXEC (the program lies where the stack goes), -ENOMEM. */
int exec_stack_build(struct aspace *as, const struct exec_stack *stack,
    vaddr_t *sp);

/* The most bytes that strings and pointers may have, by RLIMIT_STACK. */
size_t exec_strings_limit(void);
