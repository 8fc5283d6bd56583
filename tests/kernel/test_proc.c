/* test_proc.c - numbers, groups, pending signals, program images.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * The processes here are never started: they stand in the tables only.
 * SPDX-License-Identifier: MIT */

#include "abi/elf.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/syscall.h"
#include "abi/wait.h"
#include "debug/ktest.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/slab.h"
#include "proc/exec.h"
#include "proc/job.h"
#include "proc/proc.h"
#include "syscall/dispatch.h"
#include "syscall/table.h"

#define PROCS 40

static void
never_run(void *arg)
{
	(void)arg;
	panic("a process of a test runs");
}

/* A process with one task in a session of its own, or (group) in that. */
static struct proc *
make_proc(struct pgrp *group)
{
	struct proc *p = proc_create();
	struct task *task = task_create(p, "test", never_run);
	uint64_t irq;

	p->sighand = sighand_create(NULL);
	irq = spin_lock_irq(&proc_lock);
	task->thread.tid = pid_alloc(task);
	p->pid = task->thread.tid;
	p->leader = task;
	p->live = 1;
	list_add_tail(&p->tasks, &task->link);
	pid_set_proc(p->pid, p);
	ktest_check(job_join(p, group) == 0);
	spin_unlock_irq(&proc_lock, irq);
	return p;
}

static void
destroy_proc(struct proc *p)
{
	uint64_t irq = spin_lock_irq(&proc_lock);

	sig_pending_discard(&p->pending, ~0ULL);
	sig_pending_discard(&p->leader->pending, ~0ULL);
	list_remove(&p->leader->link);
	p->live = 0;
	p->state = PROC_ZOMBIE;
	proc_unlink(p);
	spin_unlock_irq(&proc_lock, irq);
	proc_free(p);
}

/* Process 1 is special; let somebody else have that number during a test. */
static struct proc *first;

static void
begin(void)
{
	first = make_proc(NULL);
}

static void
end(void)
{
	destroy_proc(first);
}

KTEST(pids_are_distinct_and_rise_and_are_found)
{
	struct proc *p[PROCS];
	uint64_t irq;

	begin();
	for (unsigned i = 0; i < PROCS; i++)
		p[i] = make_proc(NULL);
	irq = spin_lock_irq(&proc_lock);
	for (unsigned i = 0; i < PROCS; i++) {
		ktest_check(pid_proc(p[i]->pid) == p[i]);
		ktest_check(pid_task(p[i]->pid) == p[i]->leader);
		ktest_check(i == 0 || p[i]->pid > p[i - 1]->pid);
		ktest_check(pid_next_proc(p[i]->pid) ==
		    (i + 1 < PROCS ? p[i + 1] : NULL));
	}
	ktest_check(pid_proc(0) == NULL && pid_proc(-1) == NULL);
	ktest_check(pid_proc(PID_MAX) == NULL);
	spin_unlock_irq(&proc_lock, irq);
	for (unsigned i = 0; i < PROCS; i++)
		destroy_proc(p[i]);
	end();
}

KTEST(pid_is_not_used_again_soon_nor_while_a_group_has_it)
{
	struct proc *leader;
	struct proc *member;
	struct proc *other;
	pid_t old;
	uint64_t irq;

	begin();
	leader = make_proc(NULL);
	member = make_proc(leader->pgrp);
	old = leader->pid;
	destroy_proc(leader);
	irq = spin_lock_irq(&proc_lock);
	ktest_check(pid_proc(old) == NULL);
	ktest_check(pid_pgrp(old) == member->pgrp);
	spin_unlock_irq(&proc_lock, irq);
	other = make_proc(NULL);
	ktest_check(other->pid != old && other->pid > member->pid);
	destroy_proc(member);
	irq = spin_lock_irq(&proc_lock);
	ktest_check(pid_pgrp(old) == NULL);
	spin_unlock_irq(&proc_lock, irq);
	destroy_proc(other);
	end();
}

KTEST(pids_go_round_after_the_last)
{
	struct proc *p;
	pid_t last = 0;
	bool wrapped = false;

	begin();
	/* Far fewer than PID_MAX live at a time, but all numbers come by. */
	for (unsigned i = 0; i < PID_MAX && !wrapped; i++) {
		p = make_proc(NULL);
		wrapped = p->pid < last;
		last = p->pid;
		destroy_proc(p);
	}
	ktest_check(wrapped && last > 1);
	end();
}

static int
send(struct proc *p, int sig, int code)
{
	struct abi_siginfo info = signal_info(sig, code);

	return signal_send(p, NULL, &info);
}

static int
take(struct proc *p, uint64_t set, struct abi_siginfo *info)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	int sig = signal_dequeue_locked(p->leader, set, info);

	spin_unlock_irq(&proc_lock, irq);
	return sig;
}

KTEST(signals_come_lowest_first_but_faults_before_all)
{
	struct abi_siginfo info;
	struct proc *p;

	begin();
	p = make_proc(NULL);
	send(p, SIGUSR2, SI_USER);
	send(p, SIGHUP, SI_USER);
	send(p, SIGSEGV, SEGV_MAPERR);
	send(p, SIGUSR2, SI_QUEUE); /* Standard signals do not queue. */
	ktest_check(take(p, ~0ULL, &info) == SIGSEGV);
	ktest_check(info.si_code == SEGV_MAPERR);
	ktest_check(take(p, ~SIGMASK(SIGHUP), &info) == SIGUSR2);
	ktest_check(info.si_code == SI_USER);
	ktest_check(take(p, ~SIGMASK(SIGHUP), &info) == 0);
	ktest_check(take(p, ~0ULL, &info) == SIGHUP);
	ktest_check(p->pending.set == 0);
	destroy_proc(p);
	end();
}

KTEST(real_time_signals_queue_in_order_up_to_the_limit)
{
	struct abi_siginfo info = signal_info(SIGRTMIN, SI_QUEUE);
	struct proc *p;

	begin();
	p = make_proc(NULL);
	p->limits[RLIMIT_SIGPENDING].rlim_cur = 5;
	for (int i = 0; i < 5; i++) {
		info.si_value.sival_int = i;
		ktest_check(signal_send(p, NULL, &info) == 0);
	}
	ktest_check(signal_send(p, NULL, &info) == -EAGAIN);
	for (int i = 0; i < 5; i++) {
		ktest_check(take(p, ~0ULL, &info) == SIGRTMIN);
		ktest_check(info.si_value.sival_int == i);
	}
	ktest_check(take(p, ~0ULL, &info) == 0);
	destroy_proc(p);
	end();
}

KTEST(ignored_signals_vanish_and_stop_and_continue_cancel)
{
	struct abi_siginfo info;
	struct proc *p;

	begin();
	p = make_proc(NULL);
	send(p, SIGCHLD, SI_USER);
	send(p, SIGWINCH, SI_USER);
	ktest_check(p->pending.set == 0);
	send(p, SIGTSTP, SI_USER);
	ktest_check(p->pending.set == SIGMASK(SIGTSTP));
	p->leader->sigmask = SIGMASK(SIGCONT);
	send(p, SIGCONT, SI_USER);
	ktest_check(p->pending.set == SIGMASK(SIGCONT));
	send(p, SIGSTOP, SI_USER);
	ktest_check(p->pending.set == SIGMASK(SIGSTOP));
	ktest_check(take(p, ~0ULL, &info) == SIGSTOP);
	destroy_proc(p);
	end();
}

KTEST(process_1_cannot_be_killed_and_others_can)
{
	struct proc *p;
	pid_t pid;

	begin();
	p = make_proc(NULL);
	pid = p->pid;
	p->pid = INIT_PID;
	send(p, SIGKILL, SI_USER);
	send(p, SIGTERM, SI_USER);
	ktest_check(!p->exiting && p->pending.set == 0);
	p->pid = pid;
	send(p, SIGKILL, SI_USER);
	ktest_check(p->exiting && ABI_WTERMSIG(p->exit_status) == SIGKILL);
	destroy_proc(p);
	end();
}

KTEST(group_is_orphaned_when_its_last_tie_goes)
{
	struct proc *shell;
	struct proc *job;
	uint64_t irq;

	begin();
	shell = make_proc(NULL);
	job = make_proc(shell->pgrp);
	job->parent = shell;
	irq = spin_lock_irq(&proc_lock);
	ktest_check(job_is_orphaned(shell->pgrp));
	spin_unlock_irq(&proc_lock, irq);
	/* A group of its own in the session of its parent. */
	destroy_proc(job);
	job = make_proc(NULL);
	job->parent = shell;
	irq = spin_lock_irq(&proc_lock);
	ktest_check(job_is_orphaned(job->pgrp)); /* another session */
	job->pgrp->session->groups++;
	struct session *own = job->pgrp->session;
	job->pgrp->session = shell->pgrp->session;
	ktest_check(!job_is_orphaned(job->pgrp));
	job->pgrp->session = own;
	own->groups--;
	spin_unlock_irq(&proc_lock, irq);
	destroy_proc(job);
	destroy_proc(shell);
	end();
}

/* ---- Program images ---- */

struct image {
	struct abi_elf64_ehdr eh;
	struct abi_elf64_phdr ph[2];
	uint8_t text[64];
};

static struct image
good_image(void)
{
	struct image image = {
	    .eh = {
		.e_ident = {127, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1},
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_entry = 16 * PAGE_SIZE * 16,
		.e_phoff = offsetof(struct image, ph),
		.e_phentsize = sizeof(struct abi_elf64_phdr),
		.e_phnum = 2,
	    },
	    .ph = {
		{
		    .p_type = PT_LOAD,
		    .p_flags = PF_R | PF_X,
		    .p_vaddr = 16 * PAGE_SIZE * 16,
		    .p_filesz = sizeof(struct image),
		    .p_memsz = sizeof(struct image),
		},
		{
		    .p_type = PT_LOAD,
		    .p_flags = PF_R | PF_W,
		    .p_offset = 64,
		    .p_vaddr = 16 * PAGE_SIZE * 18 + 64,
		    .p_filesz = 8,
		    .p_memsz = 3 * PAGE_SIZE,
		},
	    },
	};

	return image;
}

/* Load image from a file; the result of elf_load(). */
static int
load(const struct image *image, struct elf_image *out)
{
	struct aspace *as = aspace_create();
	struct iobuf io = iobuf_kernel((void *)image, sizeof(*image));
	uint8_t byte = 1;
	struct file *file;
	int result;

	ktest_check(file_open(AT_FDCWD, "/tmp/ktest-image",
	    O_RDWR | O_CREAT | O_TRUNC, 0755, &file) == 0);
	ktest_check(file_write(file, &io) == sizeof(*image));
	result = elf_load(as, file, (const uint8_t *)image, sizeof(*image),
	    out);
	if (result == 0) {
		/* Behind the file's bytes all is zero. */
		vaddr_t data = out->base + image->ph[1].p_vaddr;

		ktest_check(aspace_read(as, data + 8, &byte, 1) == 1 &&
		    byte == 0);
		ktest_check(aspace_read(as, data + 2 * PAGE_SIZE, &byte, 1) ==
		    1 && byte == 0);
	}
	file_put(file);
	aspace_put(as);
	return result;
}

KTEST(program_is_mapped_and_its_heap_starts_behind_it)
{
	struct image image = good_image();
	struct elf_image out;

	ktest_check(load(&image, &out) == 0);
	ktest_check(out.entry == image.eh.e_entry && out.base == 0);
	ktest_check(out.phdr == image.ph[0].p_vaddr + image.eh.e_phoff);
	ktest_check(out.end == ALIGN_UP(image.ph[1].p_vaddr +
	    image.ph[1].p_memsz, PAGE_SIZE));
	image.eh.e_type = ET_DYN;
	ktest_check(load(&image, &out) == 0);
	ktest_check(out.base != 0 && out.entry == out.base + image.eh.e_entry);
}

#define DAMAGED(change)                                       \
	do {                                                  \
		image = good_image();                         \
		change;                                       \
		ktest_check(load(&image, &out) == -ENOEXEC); \
	} while (0)

KTEST(damaged_programs_are_refused)
{
	struct image image;
	struct elf_image out;

	DAMAGED(image.eh.e_ident[0] = 0);
	DAMAGED(image.eh.e_ident[EI_CLASS] = 1);
	DAMAGED(image.eh.e_machine = 3);
	DAMAGED(image.eh.e_type = ET_REL);
	DAMAGED(image.eh.e_phnum = 0);
	DAMAGED(image.eh.e_phnum = UINT16_MAX);
	DAMAGED(image.eh.e_phentsize = 32);
	DAMAGED(image.eh.e_phoff = UINT64_MAX - 8);
	DAMAGED(image.eh.e_phoff = PAGE_SIZE);
	DAMAGED(image.eh.e_entry = UINT64_MAX);
	DAMAGED(image.ph[0].p_type = image.ph[1].p_type = PT_NOTE);
	DAMAGED(image.ph[1].p_memsz = 1);
	DAMAGED(image.ph[1].p_vaddr++);
	DAMAGED(image.ph[1].p_vaddr = UINT64_MAX - PAGE_SIZE + 65);
	DAMAGED(image.ph[1].p_memsz = UINT64_MAX - PAGE_SIZE);
	DAMAGED(image.ph[1].p_offset = UINT64_MAX - PAGE_SIZE + 65);
	DAMAGED(image.ph[0].p_vaddr = 0);
}

KTEST(dynamic_programs_are_told_apart_from_damaged_ones)
{
	struct image image = good_image();
	struct elf_image out;

	image.ph[0].p_type = PT_INTERP;
	ktest_check(load(&image, &out) == -ELIBACC);
}

KTEST(every_offered_system_call_has_its_name)
{
	unsigned offered = 0;

	for (uint64_t n = 0; n < ABI_SYSCALL_COUNT; n++) {
		if (syscall_table[n].fn == NULL)
			continue;
		offered++;
		ktest_check(syscall_name(n) != NULL);
		ktest_check(syscall_table[n].arguments <= 6);
	}
	ktest_check(offered > 150);
	ktest_check(strcmp(syscall_name(SYS_read), "read") == 0);
	ktest_check(syscall_name(UINT64_MAX) == NULL);
}
