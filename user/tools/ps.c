/* ps.c - list the processes, from /proc/PID/stat and /proc/PID/cmdline.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <ctype.h>
#include <dirent.h>

/* What we take from one line of /proc/PID/stat. */
struct process {
	int pid;
	char name[64];
	char state;		/* R running, S sleeping, T stopped, Z ended */
	int parent;
	int group;
	int session;
	int terminal;		/* device number; 0: none */
	unsigned long ticks;	/* of processor time used, user and system */
	unsigned long threads;
	unsigned long size;	/* of the address space, in bytes */
};

/* Fill P from /proc/PID/stat.  Returns false if the process has just gone. */
static bool
read_process(const char *pid, struct process *p)
{
	char path[64];
	char line[1024];
	char *open_paren;
	char *close_paren;
	unsigned long user;
	unsigned long system;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if (read_text(path, line, sizeof(line)) <= 0)
		return false;
	/* The name stands in parentheses and may contain anything. */
	open_paren = strchr(line, '(');
	close_paren = strrchr(line, ')');
	if (open_paren == NULL || close_paren == NULL)
		return false;
	p->pid = atoi(line);
	*close_paren = '\0';
	snprintf(p->name, sizeof(p->name), "[%.60s]", open_paren + 1);
	if (sscanf(close_paren + 1, " %c %d %d %d %d %*d %*u %*u %*u %*u %*u"
	    " %lu %lu %*d %*d %*d %*d %lu %*d %*u %lu",
	    &p->state, &p->parent, &p->group, &p->session, &p->terminal,
	    &user, &system, &p->threads, &p->size) != 9)
		return false;
	p->ticks = user + system;
	return true;
}

/* Print the command line, or the name if there is none (the kernel's own
 * threads, and what has ended). */
static void
print_command(const struct process *p)
{
	char path[64];
	char line[512];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", p->pid);
	length = read_text(path, line, sizeof(line));
	if (length <= 0) {
		puts(p->name);
		return;
	}
	/* Arguments are separated by NULs; the last one ends in one. */
	for (ssize_t i = 0; i < length - 1; i++)
		putchar(isprint((unsigned char)line[i]) ? line[i] : ' ');
	putchar('\n');
}

static int
by_pid(const void *a, const void *b)
{
	return ((const struct process *)a)->pid -
	    ((const struct process *)b)->pid;
}

int
ps_main(int argc, char **argv)
{
	struct process *list = NULL;
	size_t count = 0;
	long hz = sysconf(_SC_CLK_TCK);
	struct dirent *d;
	DIR *dir = opendir("/proc");

	if (getopt(argc, argv, "aefx") == '?')
		usage("ps (it always lists everything)");
	if (dir == NULL)
		err(EXIT_FAILURE, "/proc");
	while ((d = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		list = realloc(list, (count + 1) * sizeof(*list));
		if (list == NULL)
			err(EXIT_FAILURE, "realloc");
		if (read_process(d->d_name, &list[count]))
			count++;
	}
	if (count > 0)
		qsort(list, count, sizeof(*list), by_pid);
	puts("  PID  PPID  PGID   SID S THR     KIB   TIME COMMAND");
	for (size_t i = 0; i < count; i++) {
		const struct process *p = &list[i];
		unsigned long seconds = p->ticks / hz;

		printf("%5d %5d %5d %5d %c %3lu %7lu %3lu:%02lu ", p->pid,
		    p->parent, p->group, p->session, p->state, p->threads,
		    p->size / 1024, seconds / 60, seconds % 60);
		print_command(p);
	}
	return finish(EXIT_SUCCESS);
}
