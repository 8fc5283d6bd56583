/* memory.c - system calls about the address space; mm/aspace.h does the work.
 *
 * Layer: syscall   Called by: table.c
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/membarrier.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "mm/aspace.h"
#include "mm/usercopy.h"
#include "proc/proc.h"
#include "sched/sched.h"
#include "syscall/syscalls.h"
#include "x86/smp.h"

/* Nothing is swapped out, so these have no effect; but they are checked. */
#define MLOCK_ONFAULT 1

static struct aspace *
aspace_current(void)
{
	return proc_current()->aspace;
}

/* ---- mmap ---- */

/* What Linux checks before it looks at the descriptor.
 * Returns 0, -EINVAL, -ENOMEM or -EOVERFLOW. */
static int
mmap_check(size_t bytes, int flags, uint64_t offset)
{
	int type = flags & MAP_TYPE;

	if ((offset & PAGE_MASK) != 0 || bytes == 0)
		return -EINVAL;
	if (type != MAP_SHARED && type != MAP_PRIVATE &&
	    type != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (bytes > USER_TOP || offset + bytes < offset)
		return bytes > USER_TOP ? -ENOMEM : -EOVERFLOW;
	return 0;
}

long
sys_mmap(uint64_t hint, size_t bytes, int prot, int flags, int fd,
    uint64_t offset)
{
	struct map_request rq = {
	    .hint = hint,
	    .bytes = bytes,
	    .prot = (unsigned)prot & (PROT_READ | PROT_WRITE | PROT_EXEC),
	    .flags = (unsigned)flags,
	    .offset = offset,
	};
	struct file *file = NULL;
	vaddr_t va;
	int error = mmap_check(bytes, flags, offset);

	if (error != 0)
		return error;
	if ((flags & MAP_TYPE) == MAP_SHARED_VALIDATE)
		rq.flags = (rq.flags & ~MAP_TYPE) | MAP_SHARED;
	if ((flags & MAP_ANONYMOUS) == 0) {
		file = fd_get(fd);
		if (file == NULL)
			return -EBADF;
		error = file_mmap(file, prot, (int)rq.flags, (off_t)offset,
		    bytes, &rq.object);
		/* mprotect() may not give what the descriptor does not. */
		if ((rq.flags & MAP_SHARED) != 0 &&
		    (file->flags & O_ACCMODE) != O_RDWR)
			rq.max_prot = PROT_READ | PROT_EXEC;
	} else {
		rq.offset = 0;
	}
	if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == 0)
		rq.hint = ALIGN_DOWN(hint, PAGE_SIZE);
	if (error == 0)
		error = aspace_map(aspace_current(), &rq, &va);
	if (rq.object != NULL)
		object_put(rq.object);
	if (file != NULL)
		file_put(file);
	return error != 0 ? error : (long)va;
}

long
sys_munmap(uint64_t va, size_t bytes)
{
	return aspace_unmap(aspace_current(), va, bytes);
}

#define PROT_KNOWN                                                       \
	(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM | PROT_GROWSDOWN)

long
sys_mprotect(uint64_t va, size_t bytes, int prot)
{
	if (prot & ~PROT_KNOWN)
		return -EINVAL;
	return aspace_protect(aspace_current(), va, bytes, (unsigned)prot);
}

long
sys_mremap(uint64_t va, size_t old_bytes, size_t new_bytes, int flags,
    uint64_t new_va)
{
	struct remap_request rq = {
	    .old_va = va,
	    .old_bytes = old_bytes,
	    .new_bytes = new_bytes,
	    .flags = (unsigned)flags,
	    .new_va = new_va,
	};
	vaddr_t result;
	int error = aspace_remap(aspace_current(), &rq, &result);

	return error != 0 ? error : (long)result;
}

long
sys_brk(uint64_t brk)
{
	return (long)aspace_brk(aspace_current(), brk);
}

/* ---- Advice ---- */

/* Checks [va, va + bytes); *bytes is rounded up to pages.
 * Returns 0, -EINVAL, -ENOMEM: a part is not mapped. */
static int
range_check(uint64_t va, size_t *bytes)
{
	*bytes = ALIGN_UP(*bytes, PAGE_SIZE);
	if (*bytes == 0)
		return 0;
	if (!user_range_ok((void *)va, *bytes) ||
	    !aspace_is_mapped(aspace_current(), va, *bytes))
		return -ENOMEM;
	return 0;
}

/* A part of a range of addresses that lies in one area: pages [first, stop) of
 * object, which may be NULL, with a reference. */
struct part {
	struct vm_object *object;
	uint64_t first;
	uint64_t stop;
	bool shared;
	bool hole; /* something before it is not mapped */
};

/* Find the next part of [*va, end); *va moves behind it.  False: there is none,
 * but there may be a hole. */
static bool
next_part(struct aspace *as, vaddr_t *va, vaddr_t end, struct part *part)
{
	struct area *area;
	bool found;

	*part = (struct part){0};
	if (*va >= end)
		return false;
	mutex_lock(&as->lock);
	area = aspace_find_area_or_next(as, *va);
	found = area != NULL && area->start < end;
	part->hole = !found || area->start > *va;
	if (found) {
		vaddr_t start = MAX(*va, area->start);

		*va = MIN(end, area->end);
		part->first = (area->offset + (start - area->start)) >>
		    PAGE_SHIFT;
		part->stop = part->first + ((*va - start) >> PAGE_SHIFT);
		part->shared = (area->flags & AREA_SHARED) != 0;
		part->object = area->object;
		if (part->object != NULL)
			object_get(part->object);
	}
	mutex_unlock(&as->lock);
	return found;
}

/* Bring what shared mappings in [va, end) have changed to its disk, and wait.
 * Returns 0; -ENOMEM: a part is not mapped, the others were written; -EIO. */
static int
sync_mapped(struct aspace *as, vaddr_t va, vaddr_t end)
{
	struct part part;
	bool hole = false;
	int err = 0;

	while (err == 0 && next_part(as, &va, end, &part)) {
		struct vm_object *obj = part.object;

		hole |= part.hole;
		if (obj == NULL)
			continue;
		if (part.shared && obj->ops->sync != NULL)
			err = obj->ops->sync(obj, part.first, part.stop);
		object_put(obj);
	}
	return err == 0 && (hole || part.hole) ? -ENOMEM : err;
}

long
sys_msync(uint64_t va, size_t bytes, int flags)
{
	if ((va & PAGE_MASK) != 0 ||
	    (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0 ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	/* Mappings and files share their pages: nothing to bring over. */
	if ((flags & MS_SYNC) == 0)
		return range_check(va, &bytes);
	bytes = ALIGN_UP(bytes, PAGE_SIZE);
	if (!user_range_ok((void *)va, bytes))
		return -ENOMEM;
	return sync_mapped(aspace_current(), va, va + bytes);
}

/* MADV_WILLNEED: start to read files that are mapped in [va, end). */
static void
will_need(struct aspace *as, vaddr_t va, vaddr_t end)
{
	struct part part;

	while (next_part(as, &va, end, &part)) {
		struct vm_object *obj = part.object;

		if (obj == NULL)
			continue;
		if (obj->ops->will_need != NULL)
			obj->ops->will_need(obj, part.first, part.stop);
		object_put(obj);
	}
}

long
sys_madvise(uint64_t va, size_t bytes, int advice)
{
	int error;

	if ((va & PAGE_MASK) != 0)
		return -EINVAL;
	switch (advice) {
	case MADV_DONTNEED:
	case MADV_FREE:
		if (bytes == 0)
			return 0;
		return aspace_discard(aspace_current(), va,
		    ALIGN_UP(bytes, PAGE_SIZE));
	case MADV_WILLNEED:
		error = range_check(va, &bytes);
		if (error == 0)
			will_need(aspace_current(), va, va + bytes);
		return error;
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
		return range_check(va, &bytes);
	default:
		return -EINVAL;
	}
}

/* Is the page at va in memory?  A file's when its cache has it, whoever brought
 * it; an anonymous one when it was touched.  -ENOMEM: nothing is mapped there.
 * Locks: as->lock held. */
static int
page_is_resident(struct aspace *as, vaddr_t va)
{
	struct area *area = aspace_find_area(as, va);
	int level;

	if (area == NULL)
		return -ENOMEM;
	if ((pagetable_lookup(&as->pt, va, &level) & PTE_P) != 0)
		return true;
	if (area->object == NULL)
		return false;
	return area->object->ops->is_present == NULL ||
	    area->object->ops->is_present(area->object,
	    (area->offset + (va - area->start)) >> PAGE_SHIFT);
}

long
sys_mincore(uint64_t va, size_t bytes, uint8_t *user)
{
	struct aspace *as = aspace_current();
	int resident = 0;

	if ((va & PAGE_MASK) != 0)
		return -EINVAL;
	if (!user_range_ok((void *)va, bytes))
		return -ENOMEM;
	for (size_t at = 0; at < bytes; at += PAGE_SIZE) {
		mutex_lock(&as->lock);
		resident = page_is_resident(as, va + at);
		mutex_unlock(&as->lock);
		if (resident < 0)
			return resident;
		if (put_user(user++, (uint8_t)resident) != 0)
			return -EFAULT;
		sched_cond_yield();
	}
	return 0;
}

long
sys_mlock(uint64_t va, size_t bytes)
{
	bytes += va & PAGE_MASK;
	return range_check(ALIGN_DOWN(va, PAGE_SIZE), &bytes);
}

long
sys_mlock2(uint64_t va, size_t bytes, int flags)
{
	return (flags & ~MLOCK_ONFAULT) != 0 ? -EINVAL : sys_mlock(va, bytes);
}

long
sys_munlock(uint64_t va, size_t bytes)
{
	return sys_mlock(va, bytes);
}

long
sys_mlockall(int flags)
{
	if (flags == 0 || flags == MCL_ONFAULT ||
	    (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) != 0)
		return -EINVAL;
	return 0;
}

long
sys_munlockall(void)
{
	return 0;
}

/* ---- Barriers ---- */

static void
barrier(void *unused)
{
	(void)unused; /* The interrupt itself is the barrier. */
}

long
sys_membarrier(int command, unsigned flags, int cpu)
{
	(void)cpu;
	if (flags != 0)
		return -EINVAL;
	switch (command) {
	case MEMBARRIER_CMD_QUERY:
		return MEMBARRIER_CMD_GLOBAL |
		    MEMBARRIER_CMD_PRIVATE_EXPEDITED |
		    MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		return 0;
	case MEMBARRIER_CMD_GLOBAL:
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		smp_call(BIT(cpu_count()) - 1, barrier, NULL);
		return 0;
	default:
		return -EINVAL;
	}
}
