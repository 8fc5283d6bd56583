/* builtin.c - the commands that change the shell itself.
 *
 * A program could not do these: it would change only its own process.
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

#include <sys/stat.h>

static int
run_nothing(char **argv)
{
	(void)argv;
	return EXIT_SUCCESS;
}

static int
run_cd(char **argv)
{
	const char *dir = argv[1] != NULL ? argv[1] : var_get("HOME");
	char now[4096];
	bool back = argv[1] != NULL && strcmp(dir, "-") == 0;

	if (back)
		dir = var_get("OLDPWD");
	if (dir == NULL) {
		warnx("cd: %s is not set", back ? "OLDPWD" : "HOME");
		return EXIT_FAILURE;
	}
	if (getcwd(now, sizeof(now)) == NULL)
		now[0] = '\0';
	if (chdir(dir) < 0) {
		warn("cd: %s", dir);
		return EXIT_FAILURE;
	}
	var_set("OLDPWD", now, true);
	if (getcwd(now, sizeof(now)) != NULL)
		var_set("PWD", now, true);
	if (back)
		puts(now);
	return EXIT_SUCCESS;
}

static int
run_pwd(char **argv)
{
	char now[4096];

	(void)argv;
	if (getcwd(now, sizeof(now)) == NULL) {
		warn("pwd");
		return EXIT_FAILURE;
	}
	puts(now);
	return EXIT_SUCCESS;
}

static int
run_exit(char **argv)
{
	shell.exiting = true;
	return argv[1] != NULL ? atoi(argv[1]) & 0377 : shell.status;
}

static int
run_exec(char **argv)
{
	int status;

	if (argv[1] == NULL)
		return EXIT_SUCCESS;	/* the redirections were the point */
	job_usual_signals();
	status = exec_program(argv + 1);
	if (shell.interactive)
		job_init();
	else
		shell.exiting = true;
	return status;
}

static int
run_export(char **argv)
{
	if (argv[1] == NULL)
		var_print_exported();
	for (int i = 1; argv[i] != NULL; i++) {
		size_t length = var_name_length(argv[i]);
		const char *value = argv[i] + length + 1;

		if (length == 0 || (argv[i][length] != '=' &&
				    argv[i][length] != '\0')) {
			warnx("export: %s: not a name", argv[i]);
			return EXIT_FAILURE;
		}
		if (argv[i][length] == '\0')
			value = var_get(argv[i]);
		if (value != NULL)
			var_set(argv[i], arena_copy(value, strlen(value)),
			    true);
	}
	return EXIT_SUCCESS;
}

static int
run_unset(char **argv)
{
	for (int i = 1; argv[i] != NULL; i++)
		var_unset(argv[i]);
	return EXIT_SUCCESS;
}

static int
run_jobs(char **argv)
{
	(void)argv;
	job_list();
	return EXIT_SUCCESS;
}

static int
run_fg(char **argv)
{
	struct job *job = job_find(argv[1], "fg");

	if (job == NULL)
		return EXIT_FAILURE;
	puts(job_text(job));
	fflush(stdout);
	return job_foreground(job);
}

static int
run_bg(char **argv)
{
	struct job *job = job_find(argv[1], "bg");

	if (job == NULL)
		return EXIT_FAILURE;
	job_continue(job);
	job_background(job);
	return EXIT_SUCCESS;
}

static int
run_wait(char **argv)
{
	int status = EXIT_SUCCESS;

	if (argv[1] == NULL)
		return job_wait(NULL);
	for (int i = 1; argv[i] != NULL; i++) {
		struct job *job = job_find(argv[i], "wait");

		status = job != NULL ? job_wait(job) : STATUS_NOT_FOUND;
	}
	return status;
}

/* kill takes %1 for a job's whole process group. */
static bool
job_to_pid(const char *text, pid_t *pid)
{
	struct job *job = job_find(text, "kill");

	if (job != NULL)
		*pid = job_group(job);
	return job != NULL;
}

static int
run_kill(char **argv)
{
	return kill_command(argv, job_to_pid);
}

static int
run_source_file(char **argv)
{
	if (argv[1] == NULL) {
		warnx("%s: which file?", argv[0]);
		return EXIT_USAGE;
	}
	if (run_file(argv[1]) < 0) {
		warn("%s", argv[1]);
		return EXIT_FAILURE;
	}
	return shell.status;
}

static int
run_umask(char **argv)
{
	mode_t mask = umask(0);

	umask(argv[1] != NULL ? strtoul(argv[1], NULL, 8) : mask);
	if (argv[1] == NULL)
		printf("%04o\n", (unsigned)mask);
	return EXIT_SUCCESS;
}

static int run_help(char **argv);

static const struct builtin builtins[] = {
	{":", run_nothing, "", "do nothing"},
	{".", run_source_file, "FILE", "run the commands of FILE here"},
	{"bg", run_bg, "[%JOB]", "let a stopped job run on"},
	{"cd", run_cd, "[DIR | -]", "change the directory"},
	{"exec", run_exec, "[COMMAND]", "become COMMAND; redirect for good"},
	{"exit", run_exit, "[STATUS]", "end the shell"},
	{"export", run_export, "[NAME[=VALUE]]", "pass variables to programs"},
	{"fg", run_fg, "[%JOB]", "bring a job to the foreground"},
	{"help", run_help, "", "this list"},
	{"jobs", run_jobs, "", "what runs in the background"},
	{"kill", run_kill, "[-SIGNAL] %JOB|PID...", "send a signal; -l: list"},
	{"pwd", run_pwd, "", "print the directory"},
	{"source", run_source_file, "FILE", "the same as \".\""},
	{"umask", run_umask, "[OCTAL]", "permissions new files do not get"},
	{"unset", run_unset, "NAME...", "forget variables"},
	{"wait", run_wait, "[%JOB|PID]", "wait for background jobs"},
};

enum { BUILTIN_COUNT = sizeof(builtins) / sizeof(builtins[0]) };

static int
run_help(char **argv)
{
	(void)argv;
	for (int i = 0; i < BUILTIN_COUNT; i++)
		printf("%-8s%-24s%s\n", builtins[i].name, builtins[i].synopsis,
		    builtins[i].help);
	puts("\nCMD | CMD, CMD && CMD, CMD || CMD, CMD; CMD, CMD &, ! CMD, "
	     "( ... )\n< > >> 2> 2>&1   'text' \"$NAME\" \\c   $NAME ${NAME:-x} "
	     "$(CMD) $? $$ $! $1 $# $@\n* ? [a-z]   Tab completes file names.  "
	     "For loops and functions: busybox sh");
	return EXIT_SUCCESS;
}

const struct builtin *
builtin_find(const char *name)
{
	for (int i = 0; name != NULL && i < BUILTIN_COUNT; i++)
		if (strcmp(name, builtins[i].name) == 0)
			return &builtins[i];
	return NULL;
}
