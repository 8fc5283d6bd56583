/* exec_script.c - "#!" lines: one argument, nesting, and what is wrong.
 *
 * Layer: tests/user   Source: execve(2), "Interpreter scripts"
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
script(const char *name, const char *line)
{
	char text[2 * PATH_MAX];

	snprintf(text, sizeof text, line, test_self);
	file_make(name, text);
	if (chmod(name, 0755) != 0)
		printf("chmod failed\n");
}

static void
run(const char *name)
{
	char *arguments[] = { "zeroth", "first", "second arg", NULL };

	printf("%s:\n", name);
	if (child_fork() == 0) {
		execve(name, arguments, environ);
		printf("%s\n", errno_name(errno));
		fflush(NULL);
		_exit(100);
	}
	STATUS(child_wait(-1));
}

/* Prints the arguments; the program's own name varies. */
static int
print_arguments(int argc, char **argv)
{
	char self[PATH_MAX];

	if (realpath(argv[0], self) == NULL)
		self[0] = '\0';
	for (int i = 0; i < argc; i++)
		printf("  %d: \"%s\"\n", i,
		    strcmp(argv[i], self) == 0 ? "SELF" : argv[i]);
	return argc;
}

int
main(int argc, char **argv)
{
	char name[16];

	if (argc > 1)
		return print_arguments(argc, argv);
	test_begin(argv);
	script("plain", "#!%s\n");
	script("argument", "#!%s -x\n");
	script("one_argument", "#! \t%s \t-x two  words \t \n");
	script("nested", "#!./plain -n\n");
	script("no_newline", "#!%s");
	script("empty", "#!\n");
	script("spaces", "#!   \n");
	script("missing", "#!/no/such/interpreter\n");
	script("directory", "#!/tmp\n");
	script("not_executable", "#!./data\n");
	file_make("data", "data");
	run("./plain");
	run("./argument");
	run("./one_argument");
	run("./nested");
	run("./no_newline");
	run("./empty");
	run("./spaces");
	run("./missing");
	run("./directory");
	run("./not_executable");
	script("deep0", "#!%s\n");
	for (int i = 1; i < 8; i++) {
		char line[32];

		snprintf(line, sizeof line, "#!./deep%d\n", i - 1);
		snprintf(name, sizeof name, "deep%d", i);
		script(name, line);
	}
	run("./deep3");
	run("./deep7");
	script("loop", "#!./loop\n");
	run("./loop");
	return test_end();
}
