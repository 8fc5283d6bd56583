/* exec.c - execve: replace the program of a process.
 *
 * Layer: proc   Called by: syscall, init.c
 * Source: execve(2)
 *
 * Everything that can fail is done first, on a new address space beside the old
 * one: find the file, follow #! lines, copy the strings, map the program, fill
 * its stack.  Then comes the point of no return: the other threads end, and the
 * process exchanges its memory and forgets what a new program must not see.
 * SPDX-License-Identifier: MIT */
#include "proc/exec.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/path.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/usercopy.h"
#include "proc/futex.h"
#include "proc/proc.h"

#define HEAD_BYTES   256 /* of the file, to see what it is */
#define SCRIPT_DEPTH 5   /* scripts whose interpreters are scripts */

/* All that exec prepares. */
struct exec {
	struct file *file;
	uint8_t head[HEAD_BYTES] __attribute__((aligned(8)));
	size_t head_bytes;
	struct exec_strings prefix;
	struct exec_strings argv;
	struct exec_strings envp;
	bool is_script;
	struct elf_image image;
	struct aspace *as;
	vaddr_t sp;
	struct fdtable *files;    /* a copy, if others share the table */
	struct sighand *sighand;  /* a copy, if others share the actions */
};

/* ---- Scripts ---- */

/* "#! interpreter argument": both terminated, in place. */
struct script_line {
	char *interpreter;
	char *argument; /* NULL: none */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Parse the first line.  Returns 0; -ENOEXEC: no interpreter is named, or the
 * name does not end within the head. */
static int
script_parse(struct exec *x, struct script_line *line)
{
	char *p = (char *)x->head + 2;
	char *end = (char *)x->head + x->head_bytes;
	char *newline = memchr(p, '\n', (size_t)(end - p));
	bool cut = newline == NULL && x->head_bytes == HEAD_BYTES;

	if (newline != NULL)
		end = newline;
	else if (x->head_bytes == HEAD_BYTES)
		end--; /* Room for a NUL. */
	while (end > p && is_blank(end[-1]))
		end--;
	while (p < end && is_blank(*p))
		p++;
	if (p == end)
		return -ENOEXEC;
	line->interpreter = p;
	while (p < end && !is_blank(*p) && *p != '\0')
		p++;
	if (p == end && cut)
		return -ENOEXEC; /* Perhaps only a part of the name. */
	*end = '\0';
	line->argument = NULL;
	if (p < end) {
		*p++ = '\0';
		while (is_blank(*p))
			p++;
		if (*p != '\0')
			line->argument = p;
	}
	return 0;
}

/* Read the first bytes of x->file; a NUL follows if there is room for it. */
static int
read_head(struct exec *x)
{
	ssize_t n = file_read_kernel(x->file, x->head, HEAD_BYTES, 0);

	if (n < 0)
		return (int)n;
	x->head_bytes = (size_t)n;
	if (n < HEAD_BYTES)
		x->head[n] = '\0';
	return 0;
}

/* Put the interpreter (and its argument) of the script at path in front of what
 * is there: the words of the innermost script come last. */
static int
prefix_line(struct exec *x, const struct script_line *line, const char *path)
{
	struct exec_strings old = x->prefix;
	int error;

	exec_strings_init(&x->prefix, old.limit);
	error = exec_strings_add(&x->prefix, line->interpreter);
	if (error == 0 && line->argument != NULL)
		error = exec_strings_add(&x->prefix, line->argument);
	if (error == 0)
		error = exec_strings_add(&x->prefix, path);
	/* The first of the old words was path itself. */
	for (size_t at = old.count > 0 ? strlen(old.buf) + 1 : old.used;
	    error == 0 && at < old.used; at += strlen(old.buf + at) + 1)
		error = exec_strings_add(&x->prefix, old.buf + at);
	exec_strings_fini(&old);
	return error;
}

/* While the file is a script, open its interpreter instead. */
static int
follow_scripts(struct exec *x, const char *path)
{
	char name[HEAD_BYTES];

	for (int depth = 0;; depth++) {
		struct script_line line;
		int error = read_head(x);

		if (error != 0 || x->head_bytes < 2 || x->head[0] != '#' ||
		    x->head[1] != '!')
			return error;
		if (depth == SCRIPT_DEPTH)
			return -ELOOP;
		x->is_script = true;
		error = script_parse(x, &line);
		if (error == 0)
			error = prefix_line(x, &line, path);
		if (error != 0)
			return error;
		strlcpy(name, line.interpreter, sizeof(name));
		path = name;
		file_put(x->file);
		x->file = NULL;
		error = file_open_exec(AT_FDCWD, path, WALK_FOLLOW, &x->file);
		if (error != 0)
			return error;
	}
}

/* ---- Preparation: may fail, changes nothing ---- */

/* Copy argv and envp from the caller, before anything of it is given up. */
static int
copy_strings(struct exec *x, const struct exec_request *rq)
{
	int error = exec_strings_add_vector(&x->argv, &rq->argv);

	/* An empty argv gets an empty argv[0], as Linux does. */
	if (error == 0 && x->argv.count == 0)
		error = exec_strings_add(&x->argv, "");
	if (error == 0)
		error = exec_strings_add_vector(&x->envp, &rq->envp);
	if (error == 0 && x->argv.used + x->envp.used + (x->argv.count +
	    x->envp.count) * sizeof(uint64_t) > x->argv.limit)
		error = -E2BIG;
	return error;
}

/* Make the new address space: program, stack, heap.  path: for AT_EXECFN. */
static int
build_memory(struct exec *x, const char *path)
{
	struct exec_stack stack = {
	    .prefix = &x->prefix,
	    .argv = &x->argv,
	    .envp = &x->envp,
	    .skip_first = x->is_script,
	    .path = path,
	    .image = &x->image,
	};
	int error;

	x->as = aspace_create();
	if (x->as == NULL)
		return -ENOMEM;
	x->as->stack_limit = proc_limit(RLIMIT_STACK);
	x->as->map_limit = proc_limit(RLIMIT_AS);
	error = elf_load(x->as, x->file, x->head, x->head_bytes, &x->image);
	if (error == 0)
		error = exec_stack_build(x->as, &stack, &x->sp);
	if (error == 0)
		aspace_brk_init(x->as, x->image.end);
	return error;
}

/* Copies of what this process shares with others and is about to change. */
static int
unshare(struct exec *x)
{
	struct fdtable *files = thread_current()->files;
	struct sighand *sighand = proc_current()->sighand;

	if (ref_count(&files->refs) > 1) {
		x->files = fdtable_clone(files);
		if (x->files == NULL)
			return -ENOMEM;
	}
	if (ref_count(&sighand->refs) > 1) {
		x->sighand = sighand_create(sighand);
		if (x->sighand == NULL)
			return -ENOMEM;
	}
	return 0;
}

/* All that can fail.  The order of the steps is the order of the errors that
 * Linux gives: no file before a bad argv, a bad argv before a bad program. */
static int
prepare(struct exec *x, const struct exec_request *rq)
{
	int error = file_open_exec(rq->dirfd, rq->path, rq->walk_flags,
	    &x->file);

	if (error == 0)
		error = copy_strings(x, rq);
	if (error == 0)
		error = follow_scripts(x, rq->path);
	if (error == 0)
		error = build_memory(x, rq->path);
	if (error == 0)
		error = unshare(x);
	return error;
}

/* Drop what prepare() made, or what commit() exchanged it for. */
static void
discard(struct exec *x)
{
	if (x->sighand != NULL)
		sighand_put(x->sighand);
	if (x->files != NULL)
		fdtable_put(x->files);
	if (x->as != NULL)
		aspace_put(x->as);
	if (x->file != NULL)
		file_put(x->file);
	exec_strings_fini(&x->prefix);
	exec_strings_fini(&x->argv);
	exec_strings_fini(&x->envp);
}

/* ---- Commitment: cannot fail ---- */

/* Exchange the memory; x->as is the old one afterwards, for discard(). */
static void
swap_memory(struct exec *x)
{
	struct task *task = task_current();
	struct proc *p = task->proc;
	struct aspace *old = p->aspace;

	uint64_t irq;

	kassert(p->live == 1 && p->leader == task);
	irq = spin_lock_irq(&proc_lock);
	if (old != NULL)
		p->dead.peak_pages =
		    MAX(p->dead.peak_pages, old->resident_peak);
	p->aspace = x->as;
	task->thread.aspace = x->as;
	aspace_switch(old, x->as);
	spin_unlock_irq(&proc_lock, irq);
	x->as = old;
}

/* Exchange the program's file, the actions and the descriptors; x has the old
 * ones afterwards, for discard().  /proc looks at them under proc_lock. */
static void
swap_shared(struct exec *x)
{
	struct thread *thread = thread_current();
	struct proc *p = proc_current();
	struct file *exe = p->exe;
	uint64_t irq = spin_lock_irq(&proc_lock);

	p->exe = x->file;
	x->file = exe;
	if (x->sighand != NULL) {
		struct sighand *old = p->sighand;

		p->sighand = x->sighand;
		x->sighand = old;
	}
	if (x->files != NULL) {
		struct fdtable *old = thread->files;

		thread->files = x->files;
		x->files = old;
	}
	spin_unlock_irq(&proc_lock, irq);
	fdtable_close_on_exec(thread->files);
}

/* Registers as the ABI says a program finds them: all zero but RIP and RSP. */
static void
reset_registers(const struct exec *x)
{
	struct context *context = &thread_current()->context;
	struct trapframe *frame = context_frame(context);
	struct fpu_state fpu;

	memset(frame, 0, sizeof(*frame));
	frame->rip = x->image.entry;
	frame->rsp = x->sp;
	frame->cs = USER_CS;
	frame->ss = USER_DS;
	frame->rflags = RFLAGS_IF | RFLAGS_RESERVED_1;
	fpu_init_state(&fpu);
	fpu_load(&fpu);
	context_set_fs_base(context, 0);
	context_set_gs_base(context, 0);
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* The point of no return: the process becomes the new program. */
static void
commit(struct exec *x, const char *path)
{
	struct task *task = task_current();

	if (task->proc->aspace != NULL)
		task_release_memory(task);
	swap_memory(x);
	swap_shared(x);
	signal_reset_for_exec();
	reset_registers(x);
	task->set_child_tid = 0;
	task->clear_child_tid = 0;
	task->proc->execed = true;
	task->proc->dumpable = 1;
	task->proc->pdeath_signal = 0;
	strlcpy(task->thread.name, base_name(path), sizeof(task->thread.name));
}

int
proc_exec(const struct exec_request *rq)
{
	struct exec x;
	int error;

	memset(&x, 0, sizeof(x));
	exec_strings_init(&x.prefix, exec_strings_limit());
	exec_strings_init(&x.argv, exec_strings_limit());
	exec_strings_init(&x.envp, exec_strings_limit());
	error = prepare(&x, rq);
	if (error == 0)
		error = proc_kill_other_tasks();
	if (error == 0)
		commit(&x, rq->path);
	discard(&x);
	return error;
}
