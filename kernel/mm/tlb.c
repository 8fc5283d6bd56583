/* tlb.c - which CPU has which page tables loaded, and entries taken away.
 *
 * Layer: mm   Called by: sched (switch), aspace, mmap, fault, object
 * Source: [SDM3] 4.10 "Caching Translation Information"
 *
 * as->cpus names the CPUs whose TLB may know translations of as.  A CPU that
 * goes on with a kernel thread keeps its tables, since the same program is
 * likely to come next (lazy); it leaves them when it is asked to forget some.
 *
 *	CPU 0: takes an entry away            CPU 1: aspace_switch(as)
 *	------------------------------        --------------------------------
 *	entry = 0                             as->cpus |= CPU 1 (full barrier)
 *	reads as->cpus (locked)               CR3 = tables
 *
 * Whatever the order: either CPU 0 sees CPU 1 in the set, or CPU 1 loaded its
 * tables after the entry was gone.
 *
 * A page goes back to the allocator only when no TLB knows it: pages are
 * gathered, TLBs flushed, pages freed.
 * SPDX-License-Identifier: MIT */

#include "mm/area.h"
#include "mm/page.h"
#include "sched/sched.h"
#include "x86/cpu.h"
#include "x86/smp.h"

/* With more pages than this, one load of CR3 is cheaper than INVLPGs. */
#define FLUSH_SINGLE_MAX 8

#define GATHER_MAX 64

static struct {
	struct aspace *active; /* [c] whose tables are loaded; NULL: kernel's */
	bool lazy;             /* [c] a kernel thread runs on them */
} __attribute__((aligned(CACHE_LINE))) tlb[MAX_CPUS];

void
aspace_switch(struct aspace *from, struct aspace *to)
{
	unsigned cpu = cpu_id();
	struct aspace *old = tlb[cpu].active;

	(void)from; /* we know better: it may not have been loaded */
	tlb[cpu].lazy = to == NULL;
	if (to == NULL || to == old)
		return;
	atomic_or(&to->cpus, BIT(cpu));
	cr3_write(to->pt.root);
	tlb[cpu].active = to;
	if (old != NULL)
		atomic_and(&old->cpus, ~BIT(cpu));
}

/* Leave as if this CPU has it loaded.  Interrupts are off. */
static void
leave_aspace(void *p)
{
	struct aspace *as = p;
	unsigned cpu = cpu_id();

	if (tlb[cpu].active != as)
		return;
	cr3_write(kernel_pagetable.root);
	tlb[cpu].active = NULL;
	atomic_and(&as->cpus, ~BIT(cpu));
}

void
aspace_leave_all_cpus(struct aspace *as)
{
	uint64_t irq = irq_save();
	uint64_t others;

	leave_aspace(as);
	irq_restore(irq);
	others = atomic_load(&as->cpus);
	if (others != 0)
		smp_call(others, leave_aspace, as);
	kassert(as->cpus == 0);
}

struct flush_request {
	struct aspace *as;
	struct va_range range;
};

/* Forget the range on this CPU.  Interrupts are off. */
static void
flush_here(void *p)
{
	const struct flush_request *rq = p;
	unsigned cpu = cpu_id();

	if (tlb[cpu].active != rq->as)
		return;
	if (tlb[cpu].lazy) {
		leave_aspace(rq->as);
	} else if (rq->range.end - rq->range.start >
	    FLUSH_SINGLE_MAX * PAGE_SIZE) {
		cr3_write(cr3_read());
	} else {
		for (vaddr_t va = rq->range.start; va < rq->range.end;
		    va += PAGE_SIZE)
			invlpg(va);
	}
}

void
aspace_flush(struct aspace *as, vaddr_t start, vaddr_t end)
{
	struct flush_request rq = {as, {start, end}};
	uint64_t others;
	uint64_t irq;

	kassert(mutex_held(&as->lock));
	list_for_each(n, &as->notifiers, struct aspace_notifier, link)
		n->invalidate(n, start, end);
	irq = irq_save();
	flush_here(&rq);
	/* A locked read: it may not pass the stores to the entries. */
	others = atomic_or(&as->cpus, 0) & ~BIT(cpu_id());
	irq_restore(irq);
	if (others != 0)
		smp_call(others, flush_here, &rq);
}

/* Pages on their way from the tables to the allocator. */
struct gather {
	vaddr_t start; /* the first address that lost its page */
	unsigned count;
	struct page *page[GATHER_MAX];
};

static void
gather_finish(struct aspace *as, struct gather *g, vaddr_t end)
{
	if (g->count == 0)
		return;
	aspace_flush(as, g->start, end);
	for (unsigned i = 0; i < g->count; i++)
		page_put(g->page[i]);
	g->count = 0;
}

/* Take out the entries of one level 1 table, those for [va, stop).
 * cache: NULL, or those of its pages only. */
static void
zap_entries(struct aspace *as, struct gather *g, pte_t *pte, vaddr_t va,
    vaddr_t stop, const struct pagecache *cache)
{
	for (; va < stop; va += PAGE_SIZE, pte++) {
		pte_t entry = *pte;
		struct page *page;

		if (entry == 0)
			continue;
		page = page_from_pa(entry & PTE_ADDR);
		if (cache != NULL && page->cache != cache)
			continue;
		*pte = 0;
		as->resident_pages--;
		if (page->cache != NULL)
			as->resident_file_pages--;
		if (g->count == 0)
			g->start = va;
		g->page[g->count++] = page;
		if (g->count == GATHER_MAX)
			gather_finish(as, g, va + PAGE_SIZE);
	}
}

void
aspace_zap_cached(struct aspace *as, vaddr_t start, vaddr_t end,
    const struct pagecache *cache)
{
	struct gather g;
	vaddr_t va = start;
	pte_t *pte;

	kassert(mutex_held(&as->lock));
	g.count = 0;
	while ((pte = pagetable_next(&as->pt, &va, end)) != NULL) {
		vaddr_t stop =
		    MIN(end, ALIGN_DOWN(va, pt_span(2)) + pt_span(2));

		zap_entries(as, &g, pte, va, stop, cache);
		va = stop;
	}
	gather_finish(as, &g, end);
}

void
aspace_zap(struct aspace *as, vaddr_t start, vaddr_t end)
{
	aspace_zap_cached(as, start, end, NULL);
}

void
aspace_prune(struct aspace *as, vaddr_t start, vaddr_t end)
{
	struct area *next = aspace_find_area_or_next(as, start);
	struct area *prev;
	struct list freed = LIST_INIT(freed);
	struct va_range gap = {0, USER_TOP + PAGE_SIZE};
	struct rb_node *last = rb_last(&as->areas);

	if (next != NULL) {
		kassert(next->start >= end);
		gap.end = next->start;
		prev = area_prev(next);
	} else {
		prev = last == NULL ? NULL : rb_entry(last, struct area, node);
	}
	if (prev != NULL)
		gap.start = prev->end;
	pagetable_prune(&as->pt, (struct va_range){start, end}, gap, &freed);
	if (list_empty(&freed))
		return;
	/* CPUs cache the entries of tables too. */
	aspace_flush(as, start, end);
	pagetable_free_pages(&freed);
}

/* The entry with the rights that the area gives now, if it had no more
 * before. */
static pte_t
reduced_entry(const struct area *area, pte_t entry)
{
	bool write = (entry & PTE_W) != 0 && (area->prot & PROT_WRITE) != 0;
	const pte_t all = PROT_READ | PROT_WRITE | PROT_EXEC;

	if ((area->prot & all) == 0)
		return (entry & PTE_ADDR) | PTE_HELD;
	return (entry & PTE_ADDR) | area_pte_bits(area, write);
}

void
aspace_reprotect(struct aspace *as, const struct area *area, vaddr_t start,
    vaddr_t end)
{
	vaddr_t va = start;
	bool changed = false;
	pte_t *pte;

	while ((pte = pagetable_next(&as->pt, &va, end)) != NULL) {
		vaddr_t stop =
		    MIN(end, ALIGN_DOWN(va, pt_span(2)) + pt_span(2));

		for (; va < stop; va += PAGE_SIZE, pte++) {
			if (*pte == 0)
				continue;
			*pte = reduced_entry(area, *pte);
			changed = true;
		}
	}
	if (changed)
		aspace_flush(as, start, end);
}

void
aspace_write_protect(struct aspace *as, vaddr_t start, vaddr_t end)
{
	vaddr_t va = start;
	bool changed = false;
	pte_t *pte;

	while ((pte = pagetable_next(&as->pt, &va, end)) != NULL) {
		if ((*pte & PTE_W) != 0) {
			*pte &= ~(PTE_W | PTE_D);
			changed = true;
		}
		va += PAGE_SIZE;
	}
	if (changed)
		aspace_flush(as, start, end);
}
