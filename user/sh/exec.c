/* exec.c - walks the tree: forks, redirects, executes.
 *
 * A pipeline of one builtin runs in the shell itself.  Everything else is a
 * job: one process per stage, all in one process group.  A list behind "&" is
 * a job of one process, a subshell that walks the list.
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

enum {
	SAVED_FD_MIN = 10,	/* where the shell keeps its own descriptors */
};

/* What a descriptor was before a redirection, to be put back. */
struct saved {
	struct saved *next;
	int fd;
	int copy;		/* -1: it was closed */
};

/* Status of the last $(...): that of a command which only assigns. */
static int capture_status;

/* --- Redirections --- */

static int
open_flags(const char *op)
{
	if (strcmp(op, "<") == 0)
		return O_RDONLY;
	if (strcmp(op, "<>") == 0)
		return O_RDWR | O_CREAT;
	if (strcmp(op, ">>") == 0)
		return O_WRONLY | O_CREAT | O_APPEND;
	return O_WRONLY | O_CREAT | O_TRUNC;
}

/* Make R->fd what R says.  Returns false after a message. */
static bool
redirect_one(const struct redirect *r)
{
	char *name = expand_one(r->raw);
	char *end;
	int fd;

	if (name == NULL)
		return false;
	if (r->op[1] == '&') {
		fd = (int)strtol(name, &end, 10);
		if (strcmp(name, "-") == 0) {
			close(r->fd);
		} else if (end == name || *end != '\0' ||
			   dup2(fd, r->fd) < 0) {
			warnx("%s: bad file descriptor", name);
			return false;
		}
		return true;
	}
	fd = open(name, open_flags(r->op), 0666);
	if (fd < 0) {
		warn("%s", name);
		return false;
	}
	if (fd != r->fd) {
		dup2(fd, r->fd);
		close(fd);
	}
	return true;
}

/* Carry out the redirections, from left to right.  SAVED, if not NULL, is
 * filled with what redirects_undo() needs.  Returns false after a message. */
static bool
redirects_do(const struct redirect *r, struct saved **saved)
{
	bool good = true;

	fflush(stdout);
	for (; r != NULL && good; r = r->next) {
		if (saved != NULL) {
			struct saved *old = arena_alloc(sizeof(*old));

			old->next = *saved;
			old->fd = r->fd;
			old->copy = fcntl(r->fd, F_DUPFD_CLOEXEC,
			    SAVED_FD_MIN);
			*saved = old;
		}
		good = redirect_one(r);
	}
	return good;
}

static void
redirects_undo(const struct saved *saved)
{
	fflush(stdout);
	for (; saved != NULL; saved = saved->next) {
		close(saved->fd);
		if (saved->copy >= 0) {
			dup2(saved->copy, saved->fd);
			close(saved->copy);
		}
	}
}

/* --- In a child --- */

int
exec_program(char **argv)
{
	int error;

	environ = var_environment();
	execvp(argv[0], argv);
	error = errno;
	if (error == ENOEXEC) {
		/* A script without "#!": POSIX says that we run it. */
		shell.args = argv;
		error = run_file(argv[0]) < 0 ? errno : 0;
		if (error == 0)
			return shell.status;
	}
	if (error == ENOENT && strchr(argv[0], '/') == NULL) {
		warnx("%s: not found", argv[0]);
		return STATUS_NOT_FOUND;
	}
	warnx("%s: %s", argv[0], strerror(error));
	return error == ENOENT || error == ENOTDIR ? STATUS_NOT_FOUND :
						     STATUS_NOT_EXECUTABLE;
}

static bool
assign_all(const struct word *assigns, bool exported)
{
	bool good = true;

	for (; assigns != NULL && good; assigns = assigns->next)
		good = var_assign(assigns->raw, exported);
	return good;
}

/* The life of a stage's process.  ARGV: the arguments, if the caller has
 * expanded them already. */
static _Noreturn void
run_stage(const struct node *node, char **argv)
{
	const struct builtin *builtin;
	int status = EXIT_FAILURE;

	if (node->kind != NODE_COMMAND) {
		if (redirects_do(node->redirects, NULL))
			status = exec_node(node->kind == NODE_SUBSHELL ?
			    node->left : node);
	} else if (argv == NULL &&
		   (argv = expand_words(node->words)) == NULL) {
		status = EXIT_FAILURE;
	} else if (assign_all(node->assigns, true) &&
		   redirects_do(node->redirects, NULL)) {
		builtin = builtin_find(argv[0]);
		if (argv[0] == NULL)
			status = EXIT_SUCCESS;
		else if (builtin != NULL)
			status = builtin->run(argv);
		else
			status = exec_program(argv);
	}
	fflush(stdout);
	_exit(status);
}

/* --- In the shell --- */

/* Start the stages from FIRST on as one job.  ARGV: expanded arguments of the
 * only stage, or NULL. */
static struct job *
launch(const struct node *first, char **argv, const char *text,
    bool foreground)
{
	struct job *job;
	unsigned count = 0;
	int input = -1;

	for (const struct node *n = first; n != NULL; n = n->next)
		count++;
	job = job_create(text, count);
	for (const struct node *n = first; n != NULL; n = n->next) {
		int ends[2] = {-1, -1};
		pid_t pid;

		if (n->next != NULL && pipe2(ends, O_CLOEXEC) < 0) {
			warn("pipe");
			break;
		}
		pid = job_fork(job, foreground);
		if (pid == 0) {
			if (input >= 0)
				dup2(input, STDIN_FILENO);
			if (ends[1] >= 0)
				dup2(ends[1], STDOUT_FILENO);
			run_stage(n, argv);
		}
		if (input >= 0)
			close(input);
		if (ends[1] >= 0)
			close(ends[1]);
		input = ends[0];
	}
	if (input >= 0)
		close(input);
	return job;
}

/* A command without "|": assignments, a builtin, or a job of one process. */
static int
run_simple(const struct node *node, const char *text)
{
	const struct builtin *builtin;
	struct saved *saved = NULL;
	int status = EXIT_FAILURE;
	char **argv;
	bool stays;

	capture_status = EXIT_SUCCESS;
	argv = expand_words(node->words);
	if (argv == NULL)
		return EXIT_FAILURE;
	builtin = builtin_find(argv[0]);
	if (argv[0] != NULL && builtin == NULL)
		return job_foreground(launch(node, argv, text, true));
	/* What "exec >file" redirects without a command is meant to stay. */
	stays = builtin != NULL && strcmp(argv[0], "exec") == 0 &&
	    argv[1] == NULL;
	if (redirects_do(node->redirects, stays ? NULL : &saved) &&
	    assign_all(node->assigns, false))
		status = builtin != NULL ? builtin->run(argv) : capture_status;
	redirects_undo(saved);
	return status;
}

static int
run_pipeline(const struct node *node)
{
	const struct node *stage = node->left;
	int status;

	if (stage->kind == NODE_COMMAND && stage->next == NULL)
		status = run_simple(stage, node->text);
	else
		status = job_foreground(launch(stage, NULL, node->text, true));
	return node->negated ? status == 0 : status;
}

/* A single pipeline is started as it is; a list needs a subshell to walk it. */
static int
run_background(const struct node *node)
{
	const struct node *list = node->left;
	bool plain = list->kind == NODE_PIPELINE && !list->negated;

	job_background(launch(plain ? list->left : list, NULL, node->text,
	    false));
	return EXIT_SUCCESS;
}

int
exec_node(const struct node *node)
{
	int status = shell.status;

	if (shell.interrupted || shell.exiting)
		return status;
	switch (node->kind) {
	case NODE_LIST:
		exec_node(node->left);
		status = exec_node(node->right);
		break;
	case NODE_AND:
		status = exec_node(node->left);
		if (status == 0)
			status = exec_node(node->right);
		break;
	case NODE_OR:
		status = exec_node(node->left);
		if (status != 0)
			status = exec_node(node->right);
		break;
	case NODE_BACKGROUND:
		status = run_background(node);
		break;
	case NODE_PIPELINE:
		status = run_pipeline(node);
		break;
	case NODE_SUBSHELL:
	case NODE_COMMAND:
		abort();	/* the parser puts them into a pipeline */
	}
	return shell.status = status;
}

char *
exec_capture(const char *text)
{
	struct text output = {0};
	int ends[2];
	char buf[512];
	ssize_t got;
	int status = EXIT_FAILURE << 8;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		warn("pipe");
		return "";
	}
	pid = job_fork(NULL, false);
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		run_text(text);
		fflush(stdout);
		_exit(shell.status);
	}
	close(ends[1]);
	while ((got = read(ends[0], buf, sizeof(buf))) > 0 ||
	       (got < 0 && errno == EINTR))
		for (ssize_t i = 0; i < got; i++)
			if (buf[i] != '\0')
				text_add(&output, buf[i]);
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	while (output.length > 0 && output.data[output.length - 1] == '\n')
		output.length--;
	capture_status = WIFEXITED(status) ? WEXITSTATUS(status) :
	    STATUS_SIGNAL + WTERMSIG(status);
	return text_string(&output);
}
