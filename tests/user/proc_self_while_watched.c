/* proc_self_while_watched.c - short-lived processes look themselves up in
 * /proc while others look at them.
 *
 * Layer: tests/user   Judge: the same program on the host's Linux
 *
 * The walk over /proc/self goes through a link to a directory of which others
 * may hold, and drop, the only reference.
 * SPDX-License-Identifier: MIT */
#include "lib.h"

enum { WATCHERS = 2, LOOKERS = 2, ROUNDS = 20, LOOKS = 200, PATH_BYTES = 64 };

static volatile pid_t *looking; /* shared: who is looking itself up */

static void
watch(void)
{
	for (unsigned i = 0;; i++) {
		char path[PATH_BYTES];
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%d/exe",
		    (int)looking[i % LOOKERS]);
		lstat(path, &st);
	}
}

static void
look(volatile pid_t *self)
{
	char text[PATH_BYTES];

	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = fork();

		if (pid != 0) {
			waitpid(pid, NULL, 0);
			continue;
		}
		*self = getpid();
		for (int n = 0; n < LOOKS; n++)
			readlink("/proc/self/exe", text, sizeof(text));
		_exit(0);
	}
	_exit(0);
}

int
main(void)
{
	pid_t watchers[WATCHERS];
	pid_t lookers[LOOKERS];
	int status;

	looking = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < WATCHERS; i++) {
		watchers[i] = fork();
		if (watchers[i] == 0)
			watch();
	}
	for (int i = 0; i < LOOKERS; i++) {
		lookers[i] = fork();
		if (lookers[i] == 0)
			look(&looking[i]);
	}
	for (int i = 0; i < LOOKERS; i++) {
		waitpid(lookers[i], &status, 0);
		printf("looker %d: %d\n", i, status);
	}
	for (int i = 0; i < WATCHERS; i++) {
		kill(watchers[i], SIGKILL);
		waitpid(watchers[i], &status, 0);
	}
	return 0;
}
