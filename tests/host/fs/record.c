/* record.c - run a workload once, and keep all that it did to the disk.
 *
 * Layer: tests/host/fs   Called by: torture.c
 *
 * SPDX-License-Identifier: MIT */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "image.h"
#include "world.h"

#define LOG_MAX   ((size_t)1 << 20)
#define DATA_MAX  ((size_t)1 << 30)
#define OPS_MAX   4096
#define SECONDS   60

/* What the recording process needs to know. */
struct job {
	struct recording *r;
	const struct workload *w;
	const struct script *s;
	uint8_t *disk;
};

static struct recording *now; /* the one that is being made */

static void *
shared(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		host_die("no memory for a recording");
	return p;
}

/* ---- Children --------------------------------------------------------- */

/* A place for what a child says. */
static int
notes(void)
{
	static int fd = -1;
	static pid_t owner;

	if (owner != getpid()) {
		fd = memfd_create("notes", MFD_CLOEXEC);
		owner = getpid();
	}
	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		host_die("memfd: %s", strerror(errno));
	return fd;
}

int
in_child(int (*fn)(void *arg), void *arg, unsigned seconds, char *text,
    size_t room)
{
	int fd = notes();
	int status;
	pid_t pid;
	ssize_t n;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		host_die("fork: %s", strerror(errno));
	if (pid == 0) {
		dup2(fd, STDERR_FILENO);
		alarm(seconds);
		_exit(fn(arg));
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	n = pread(fd, text, room - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return WIFEXITED(status) ? WEXITSTATUS(status)
	    : 128 + WTERMSIG(status);
}

/* ---- Recording -------------------------------------------------------- */

static void
on_write(uint64_t at, const void *bytes, size_t n, bool fua)
{
	size_t step = now->block_bytes;
	const uint8_t *from = (const uint8_t *)bytes - at % step;

	/* A part of a block (the superblock) counts as the whole. */
	n += at % step;
	at -= at % step;
	for (size_t done = 0; done < n; done += step) {
		if (now->log_count == LOG_MAX ||
		    now->data_used + step > DATA_MAX)
			host_die("the log is too small");
		memcpy(now->data + now->data_used, from + done, step);
		now->log[now->log_count++] = (struct log_entry){.fua = fua,
		    .block = (uint32_t)((at + done) / step),
		    .data = now->data_used};
		now->data_used += step;
	}
}

static void
on_flush(void)
{
	now->log[now->log_count++] = (struct log_entry){.flush = true};
}

static int
run_ops(const struct script *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct op *op = &s->ops[i];

		now->op_start[i] = now->log_count;
		now->results[i] = op_run(op);
		now->op_end[i] = now->log_count;
		if (now->results[i] < 0 && !op->may_fail) {
			host_say("operation %zu, %s: %s", i, op_text(op),
			    strerror((int)-now->results[i]));
			return 1;
		}
		if (op->kind == OP_REBOOT && now->first == 0)
			now->first = now->log_count;
	}
	return 0;
}

static int
run_workload(void *arg)
{
	const struct job *job = arg;
	const char *options = job->w->options ? job->w->options : "";
	struct world_disk disk = {
	    .bytes = job->disk,
	    .size = job->r->size,
	    .deferred = job->w->deferred,
	    .seed = 1,
	    .wrote = on_write,
	    .flush = on_flush,
	};
	int err;

	now = job->r;
	world_disk_set(&disk);
	world_memory_mark();
	op_set_mount("ext3", options);
	err = world_mount("ext3", options, false);
	if (err == 0)
		err = run_ops(job->s);
	else
		host_say("mount: %s", strerror(-err));
	if (err != 0)
		return 1;
	op_close_all();
	err = world_unmount();
	if (err != 0) {
		host_say("unmount: %s", strerror(-err));
		return 1;
	}
	now->finished = world_memory_check();
	return now->finished ? 0 : 1;
}

struct recording *
record(const struct workload *w, const struct script *s, const uint8_t *base,
    size_t size)
{
	struct recording *r = shared(sizeof(*r));
	struct job job = {r, w, s, malloc(size)};
	int status;

	if (s->count > OPS_MAX)
		host_die("%s: too many operations", w->name);
	r->base = base;
	r->size = size;
	r->block_bytes = w->block_bytes;
	r->log = shared(LOG_MAX * sizeof(*r->log));
	r->data = shared(DATA_MAX);
	r->op_start = shared(OPS_MAX * sizeof(size_t));
	r->op_end = shared(OPS_MAX * sizeof(size_t));
	r->results = shared(OPS_MAX * sizeof(long));
	memcpy(job.disk, base, size);
	status = in_child(run_workload, &job, SECONDS, r->trouble,
	    sizeof(r->trouble) - 40);
	if (status >= 128)
		sprintf(r->trouble + strlen(r->trouble),
		    "(ended by signal %d)\n", status - 128);
	free(job.disk);
	return r;
}

void
recording_free(struct recording *r)
{
	munmap(r->log, LOG_MAX * sizeof(*r->log));
	munmap(r->data, DATA_MAX);
	munmap(r->op_start, OPS_MAX * sizeof(size_t));
	munmap(r->op_end, OPS_MAX * sizeof(size_t));
	munmap(r->results, OPS_MAX * sizeof(long));
	munmap(r, sizeof(*r));
}
