/* jobs.c - jobs: process groups, and who owns the terminal.
 *
 *            launch                 Ctrl-Z, or it reads the terminal
 *   ----> running in front --------------------------> stopped
 *              ^  \_______ ends: forgotten                |
 *              |                                          | bg
 *              +--- fg --- running behind <---------------+
 *                             \_______ ends: told at the next prompt
 *
 * The terminal sends Ctrl-C and Ctrl-Z to its foreground process group.  Each
 * job is a group; the shell makes the job it waits for the foreground one and
 * takes the terminal back afterwards.  Both parent and child set the group:
 * whoever comes second does nothing, and nobody has to wait for the other.
 *
 * A shell that runs a script makes no groups (shell.job_control is false):
 * its commands get the signals of the group it lives in.
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>

enum state { RUNNING, STOPPED, DONE };

struct process {
	pid_t pid;
	enum state state;
	int status;		/* as waitpid() gives it */
};

struct job {
	struct job *next;
	int id;			/* %1, %2 ... */
	pid_t group;		/* 0: no process yet */
	bool told;		/* the user knows that it stopped */
	char *text;
	unsigned count;
	unsigned added;		/* how many of the processes are there */
	struct process processes[];
};

/* The first is the current job: the one that stopped or was put in the
 * background last. */
static struct job *jobs;
static struct termios shell_modes;

static void
on_interrupt(int sig)
{
	(void)sig;
	shell.interrupted = true;
}

static void
job_remove(struct job *job)
{
	struct job **link = &jobs;

	while (*link != job)
		link = &(*link)->next;
	*link = job->next;
}

static void
job_destroy(struct job *job)
{
	job_remove(job);
	free(job->text);
	free(job);
}

/* Make it the current one. */
static void
job_to_front(struct job *job)
{
	job_remove(job);
	job->next = jobs;
	jobs = job;
}

struct job *
job_create(const char *text, unsigned count)
{
	struct job *job = must_alloc(sizeof(*job) +
	    count * sizeof(job->processes[0]));
	struct job **link = &jobs;
	int highest = 0;

	memset(job, 0, sizeof(*job));
	for (struct job *other = jobs; other != NULL; other = other->next)
		if (other->id > highest)
			highest = other->id;
	job->id = highest + 1;
	job->text = must_copy(text);
	job->count = count;
	/* What cannot be started counts as something that exited with 1. */
	for (unsigned i = 0; i < count; i++)
		job->processes[i] = (struct process){
			.state = DONE, .status = EXIT_FAILURE << 8,
		};
	while (*link != NULL)
		link = &(*link)->next;
	*link = job;
	return job;
}

/* In the parent: PID is the job's next process. */
static void
add(struct job *job, pid_t pid)
{
	struct process *process = &job->processes[job->added++];

	process->pid = pid;
	process->state = RUNNING;
	if (job->group == 0)
		job->group = pid;
	if (shell.job_control)
		setpgid(pid, job->group);
}

void
job_usual_signals(void)
{
	static const int ours[] = {
		SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU,
	};

	if (shell.interactive)
		for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
			signal(ours[i], SIG_DFL);
}

/* In the child: become a process of the job, which may be NULL. */
static void
enter(struct job *job, bool foreground)
{
	int null;

	if (shell.job_control && job != NULL) {
		pid_t group = job->group != 0 ? job->group : getpid();

		setpgid(0, group);
		if (foreground)
			tcsetpgrp(shell.tty, group);
	}
	job_usual_signals();
	if (shell.job_control || foreground || job == NULL)
		return;
	/* In the background without job control: Ctrl-C is not for it, and
	 * it must not take the script's input. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	null = open("/dev/null", O_RDONLY);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		close(null);
	}
}

pid_t
job_fork(struct job *job, bool foreground)
{
	sigset_t all;
	sigset_t before;
	pid_t pid;

	fflush(NULL);
	/* The child begins with our way to take signals.  One that comes
	 * before it has its own must wait, or it would be lost. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	if (pid < 0) {
		warn("fork");
	} else if (pid > 0 && job != NULL) {
		add(job, pid);
	} else if (pid == 0) {
		enter(job, foreground);
		shell.interactive = shell.job_control = false;
		while (jobs != NULL)
			job_destroy(jobs);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/* Running if any process runs; stopped if any is stopped; else done. */
static enum state
job_state(const struct job *job)
{
	enum state state = DONE;

	for (unsigned i = 0; i < job->count; i++)
		if (job->processes[i].state < state)
			state = job->processes[i].state;
	return state;
}

/* What $? becomes: the status of the last process. */
static int
job_status(const struct job *job)
{
	int status = job->processes[job->count - 1].status;

	if (WIFSTOPPED(status))
		return STATUS_SIGNAL + WSTOPSIG(status);
	if (WIFSIGNALED(status))
		return STATUS_SIGNAL + WTERMSIG(status);
	return WEXITSTATUS(status);
}

/* waitpid() has told STATUS about PID. */
static void
note(pid_t pid, int status)
{
	for (struct job *job = jobs; job != NULL; job = job->next) {
		for (unsigned i = 0; i < job->added; i++) {
			struct process *process = &job->processes[i];

			if (process->pid != pid || process->state == DONE)
				continue;
			process->state = WIFSTOPPED(status) ? STOPPED :
			    WIFCONTINUED(status) ? RUNNING : DONE;
			process->status = status;
			job->told = false;
			return;
		}
	}
}

/* Learn of changes until JOB does not run any more.  Returns false when Ctrl-C
 * came first. */
static bool
wait_while_running(struct job *job)
{
	while (job_state(job) == RUNNING) {
		int status;
		pid_t pid = waitpid(-1, &status, WUNTRACED);

		if (pid > 0)
			note(pid, status);
		else if (errno != EINTR)
			return true;
		else if (shell.interrupted)
			return false;
	}
	return true;
}

static void
job_print(struct job *job)
{
	static const char *const names[] = {"Running", "Stopped", "Done"};
	int status = job->processes[job->count - 1].status;
	enum state state = job_state(job);
	char what[32];

	snprintf(what, sizeof(what), "%s", names[state]);
	if (state == DONE && WIFSIGNALED(status))
		snprintf(what, sizeof(what), "%s", strsignal(WTERMSIG(status)));
	else if (state == DONE && WEXITSTATUS(status) != 0)
		snprintf(what, sizeof(what), "Exit %d", WEXITSTATUS(status));
	printf("[%d]%c %-12s %s\n", job->id, job == jobs ? '+' : ' ', what,
	    job->text);
	fflush(stdout);
	job->told = true;
}

/* The shell is in front again.  A job that was stopped or killed may have
 * left the terminal in any mode. */
static void
take_terminal(bool restore_modes)
{
	if (!shell.job_control)
		return;
	tcsetpgrp(shell.tty, getpgrp());
	if (restore_modes)
		tcsetattr(shell.tty, TCSADRAIN, &shell_modes);
	else
		tcgetattr(shell.tty, &shell_modes);
}

const char *
job_text(const struct job *job)
{
	return job->text;
}

pid_t
job_group(const struct job *job)
{
	return shell.job_control ? -job->group : job->group;
}

void
job_continue(struct job *job)
{
	for (unsigned i = 0; i < job->added; i++)
		if (job->processes[i].state == STOPPED)
			job->processes[i].state = RUNNING;
	kill(job_group(job), SIGCONT);
}

int
job_foreground(struct job *job)
{
	int last;
	int status;

	if (shell.job_control && job->group != 0)
		tcsetpgrp(shell.tty, job->group);
	if (job_state(job) == STOPPED)
		job_continue(job);
	while (!wait_while_running(job))
		continue;	/* Ctrl-C is for the job, not for us */
	last = job->processes[job->count - 1].status;
	status = job_status(job);
	take_terminal(WIFSIGNALED(last) || WIFSTOPPED(last));
	if (job_state(job) == STOPPED) {
		job_to_front(job);
		putchar('\n');
		job_print(job);
		return status;
	}
	if (WIFSIGNALED(last) && WTERMSIG(last) == SIGINT) {
		shell.interrupted = true;
		if (shell.interactive)
			putchar('\n');
	} else if (WIFSIGNALED(last) && WTERMSIG(last) != SIGPIPE) {
		fprintf(stderr, "%s%s\n", strsignal(WTERMSIG(last)),
		    WCOREDUMP(last) ? " (core dumped)" : "");
	}
	job_destroy(job);
	return status;
}

void
job_background(struct job *job)
{
	job_to_front(job);
	shell.last_background = job->processes[job->count - 1].pid;
	if (shell.interactive)
		printf("[%d] %d\n", job->id, (int)shell.last_background);
}

/* Take note of all that has happened to the children. */
static void
poll_children(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status,
		    WNOHANG | WUNTRACED | WCONTINUED)) > 0)
		note(pid, status);
}

void
job_report(void)
{
	struct job *next;

	poll_children();
	for (struct job *job = jobs; job != NULL; job = next) {
		enum state state = job_state(job);

		next = job->next;
		if (state == DONE || (state == STOPPED && !job->told))
			job_print(job);
		if (state == DONE)
			job_destroy(job);
	}
}

struct job *
job_find(const char *spec, const char *command)
{
	char *end = NULL;
	long n = 0;

	if (spec == NULL || strcmp(spec, "%%") == 0 || strcmp(spec, "%+") == 0)
		end = "";
	else
		n = strtol(spec + (*spec == '%'), &end, 10);
	for (struct job *job = jobs; job != NULL && *end == '\0';
	     job = job->next) {
		pid_t last = job->processes[job->count - 1].pid;

		if (n == 0 || (*spec == '%' ? job->id == n : last == n))
			return job;
	}
	warnx("%s: %s: no such job", command, spec != NULL ? spec : "current");
	return NULL;
}

int
job_wait(struct job *job)
{
	struct job *next;
	int status;

	if (job != NULL) {
		if (!wait_while_running(job))
			return STATUS_SIGNAL + SIGINT;
		status = job_status(job);
		if (job_state(job) == DONE)
			job_destroy(job);
		return status;
	}
	for (job = jobs; job != NULL; job = next) {
		next = job->next;
		if (job_state(job) != STOPPED &&
		    job_wait(job) == STATUS_SIGNAL + SIGINT &&
		    shell.interrupted)
			return STATUS_SIGNAL + SIGINT;
	}
	return EXIT_SUCCESS;
}

void
job_list(void)
{
	poll_children();
	for (struct job *job = jobs; job != NULL; job = job->next)
		job_print(job);
}

void
job_init(void)
{
	struct sigaction action = {.sa_handler = on_interrupt};

	if (shell.tty < 0)
		shell.tty = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
	/* Started in the background: stop until somebody says fg. */
	while (tcgetpgrp(shell.tty) >= 0 && tcgetpgrp(shell.tty) != getpgrp())
		kill(0, SIGTTIN);
	sigaction(SIGINT, &action, NULL);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	setpgid(0, 0);
	tcgetattr(shell.tty, &shell_modes);
	shell.job_control = tcsetpgrp(shell.tty, getpgrp()) == 0;
	if (!shell.job_control)
		warnx("this terminal does not control us: no Ctrl-C, fg, bg");
}
