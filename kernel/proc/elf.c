/* elf.c - a program's segments into an address space.
 *
 * Layer: proc   Called by: exec.c
 * Source: [ELF64] "Program Header", "Program Loading"
 *
 * Static programs: ET_EXEC at its own addresses, ET_DYN (static-pie) at PIE_BASE;
 * its own start-up code relocates it.  Nothing in the file is believed before it
 * is checked: it comes from users.
 * SPDX-License-Identifier: MIT */
#include "abi/elf.h"

#include "abi/errno.h"
#include "debug/printk.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/slab.h"
#include "proc/exec.h"

/* Where Linux puts position-independent programs too: 2/3 of the user's half. */
#define PIE_BASE 0x555555554000ULL

/* More program headers than a real program has. */
#define PHNUM_MAX (64 * 1024 / sizeof(struct abi_elf64_phdr))

/* Is this a program for this machine, with program headers where we look for
 * them?  n: bytes of the file that are in eh.  Returns 0 or -ENOEXEC. */
static int
header_check(const struct abi_elf64_ehdr *eh, size_t n)
{
	if (n < sizeof(*eh) ||
	    memcmp(eh->e_ident, ELF_MAGIC, ELF_MAGIC_BYTES) != 0 ||
	    eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_ident[EI_DATA] != ELFDATA2LSB)
		return -ENOEXEC;
	if ((eh->e_type != ET_EXEC && eh->e_type != ET_DYN) ||
	    eh->e_machine != EM_X86_64)
		return -ENOEXEC;
	if (eh->e_phentsize != sizeof(struct abi_elf64_phdr) ||
	    eh->e_phnum == 0 || eh->e_phnum > PHNUM_MAX)
		return -ENOEXEC;
	return 0;
}

/* Are all bytes of the segment user addresses, and its parts in order? */
static int
segment_check(const struct abi_elf64_phdr *ph, vaddr_t base)
{
	if (ph->p_filesz > ph->p_memsz || ph->p_memsz > USER_TOP ||
	    ph->p_vaddr > USER_TOP - ph->p_memsz ||
	    ph->p_vaddr + ph->p_memsz > USER_TOP - base - PAGE_SIZE)
		return -ENOEXEC;
	if ((ph->p_vaddr & PAGE_MASK) != (ph->p_offset & PAGE_MASK) ||
	    ph->p_offset > INT64_MAX - ph->p_filesz - PAGE_SIZE)
		return -ENOEXEC;
	return 0;
}

static unsigned
segment_prot(const struct abi_elf64_phdr *ph)
{
	return (ph->p_flags & PF_R ? PROT_READ : 0) |
	    (ph->p_flags & PF_W ? PROT_WRITE : 0) |
	    (ph->p_flags & PF_X ? PROT_EXEC : 0);
}

/* Fixed mappings that the kernel may refuse because the program is nonsense. */
static int
map(struct aspace *as, const struct map_request *rq)
{
	vaddr_t va;
	int error = aspace_map(as, rq, &va);

	return error == 0 || error == -ENOMEM ? error : -ENOEXEC;
}

/* Clear [start, end), which is in the last page of the file's part. */
static int
clear_rest_of_page(struct aspace *as, vaddr_t start, vaddr_t end)
{
	static const char zeroes[PAGE_SIZE];
	size_t n = end - start;

	return n == 0 || aspace_write(as, start, zeroes, n) == n ? 0 : -ENOMEM;
}

/* Map one segment: pages of the file, then zeroes up to p_memsz.
 *
 *	file:	 | ...p_filesz bytes |next segment's
 *	memory:	 | the same pages    |cleared | zero pages     |
 *		 start		 file_end  file_pages_end     end
 *
 * ph: segment_check() allowed it.  Returns 0, -ENOEXEC, -ENOMEM, or the error of
 * a file that cannot be mapped. */
static int
segment_map(struct aspace *as, struct file *file,
    const struct abi_elf64_phdr *ph, vaddr_t base)
{
	vaddr_t start = base + ALIGN_DOWN(ph->p_vaddr, PAGE_SIZE);
	vaddr_t file_end = base + ph->p_vaddr + ph->p_filesz;
	vaddr_t file_pages_end = ALIGN_UP(file_end, PAGE_SIZE);
	vaddr_t end = ALIGN_UP(base + ph->p_vaddr + ph->p_memsz, PAGE_SIZE);
	struct map_request rq = {
	    .hint = start,
	    .prot = segment_prot(ph),
	    .flags = MAP_PRIVATE | MAP_FIXED,
	};
	int error = 0;

	if (ph->p_filesz != 0) {
		rq.bytes = file_pages_end - start;
		rq.offset = ALIGN_DOWN(ph->p_offset, PAGE_SIZE);
		error = file_mmap(file, (int)rq.prot, MAP_PRIVATE,
		    (off_t)rq.offset, rq.bytes, &rq.object);
		if (error != 0)
			return error;
		error = map(as, &rq);
		object_put(rq.object);
		if (error == 0 && (ph->p_flags & PF_W) != 0 &&
		    ph->p_memsz > ph->p_filesz)
			error = clear_rest_of_page(as, file_end,
			    file_pages_end);
	} else {
		file_pages_end = start;
	}
	if (error != 0 || end <= file_pages_end)
		return error;
	rq.hint = file_pages_end;
	rq.bytes = end - file_pages_end;
	rq.object = NULL;
	rq.offset = 0;
	return map(as, &rq);
}

/* Where the program headers themselves are mapped, or 0. */
static vaddr_t
headers_address(const struct abi_elf64_ehdr *eh,
    const struct abi_elf64_phdr *ph, vaddr_t base)
{
	for (unsigned i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD && ph[i].p_offset <= eh->e_phoff &&
		    eh->e_phoff - ph[i].p_offset < ph[i].p_filesz)
			return base + ph[i].p_vaddr +
			    (eh->e_phoff - ph[i].p_offset);
	}
	return 0;
}

/* Check and map all segments, and tell in *image where the program is.
 * ph: the e_phnum program headers.  As elf_load(). */
static int
load_segments(struct aspace *as, struct file *file,
    const struct abi_elf64_ehdr *eh, const struct abi_elf64_phdr *ph,
    struct elf_image *image)
{
	vaddr_t base = eh->e_type == ET_DYN ? PIE_BASE : 0;
	unsigned loaded = 0;

	*image = (struct elf_image){
	    .base = base,
	    .entry = base + eh->e_entry,
	    .phnum = eh->e_phnum,
	    .phdr = headers_address(eh, ph, base),
	};
	for (unsigned i = 0; i < eh->e_phnum; i++) {
		int error;

		if (ph[i].p_type == PT_INTERP) {
			pr_notice("exec by %s (%d): a dynamic program; only "
			    "static ones run here", thread_current()->name,
			    thread_current()->tid);
			return -ELIBACC;
		}
		if (ph[i].p_type == PT_GNU_STACK)
			image->exec_stack = (ph[i].p_flags & PF_X) != 0;
		if (ph[i].p_type != PT_LOAD || ph[i].p_memsz == 0)
			continue;
		error = segment_check(&ph[i], base);
		if (error == 0)
			error = segment_map(as, file, &ph[i], base);
		if (error != 0)
			return error;
		image->end = MAX(image->end, ALIGN_UP(base + ph[i].p_vaddr +
		    ph[i].p_memsz, PAGE_SIZE));
		loaded++;
	}
	return loaded > 0 && image->entry < USER_TOP ? 0 : -ENOEXEC;
}

int
elf_load(struct aspace *as, struct file *file, const uint8_t *head, size_t n,
    struct elf_image *image)
{
	const struct abi_elf64_ehdr *eh = (const void *)head;
	struct abi_elf64_phdr *headers;
	size_t bytes;
	int error = header_check(eh, n);

	if (error != 0)
		return error;
	bytes = eh->e_phnum * sizeof(*headers);
	if (eh->e_phoff > (uint64_t)INT64_MAX - bytes)
		return -ENOEXEC;
	headers = kmalloc(bytes);
	if (headers == NULL)
		return -ENOMEM;
	if (file_read_kernel(file, headers, bytes, (off_t)eh->e_phoff) !=
	    (ssize_t)bytes)
		error = -ENOEXEC;
	else
		error = load_segments(as, file, eh, headers, image);
	kfree(headers);
	return error;
}
