/* init.c - process 1: gives the machine a terminal and a shell, for ever.
 *
 *   mount /proc and /dev  ->  /etc/rc, if there is one  ->  /bin/sh, again
 *                                                           when it ends
 *
 * Every process whose parent died becomes a child of process 1, so init must
 * wait for whatever ends, not only for its shell.  It must never return: the
 * kernel panics without it.
 *
 * Signals, as BusyBox's poweroff, reboot and halt send them: SIGUSR2 power
 * off, SIGTERM reboot, SIGUSR1 halt.
 *
 * SPDX-License-Identifier: MIT */
#include "lib/common.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum { SHELL_SECONDS_MIN = 2 };

/* Mount TYPE on PATH, unless something is mounted there: then PATH is on
 * another device than the directory that it is in. */
static void
mount_once(const char *type, const char *path)
{
	struct stat root;
	struct stat here;

	mkdir(path, 0755);
	if (stat("/", &root) == 0 && stat(path, &here) == 0 &&
	    root.st_dev != here.st_dev)
		return;
	if (mount(type, path, type, 0, NULL) < 0)
		warn("mounting %s on %s", type, path);
}

/* Make the console the descriptors 0, 1 and 2. */
static void
open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	if (fd < 0)
		return;
	for (int i = 0; i < 3; i++)
		if (fd != i)
			dup2(fd, i);
	if (fd > 2)
		close(fd);
}

/* Start a program in a session of its own that has the console as its
 * controlling terminal, so that Ctrl-C reaches it.  Returns its pid. */
static pid_t
start(const char *path, char *const argv[])
{
	static char *const env[] = {
		"PATH=/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/root",
		"TERM=linux", "USER=root", "SHELL=/bin/sh", NULL,
	};
	pid_t pid = fork();

	if (pid < 0)
		warn("fork");
	if (pid != 0)
		return pid;
	setsid();
	ioctl(STDIN_FILENO, TIOCSCTTY, 1);
	if (chdir("/root") < 0 && chdir("/") < 0)
		warn("/");
	execve(path, argv, env);
	warn("%s", path);
	_exit(127);
}

/* Signal handler: end every process politely, then less so, and stop the
 * machine.  Everything called here is allowed in a handler. */
static void
stop_machine(int sig)
{
	int how = RB_POWER_OFF;

	if (sig == SIGTERM)
		how = RB_AUTOBOOT;
	else if (sig == SIGUSR1)
		how = RB_HALT_SYSTEM;
	kill(-1, SIGTERM);
	kill(-1, SIGCONT);
	sleep(1);
	kill(-1, SIGKILL);
	sync();
	reboot(how);
}

/* Collect children until PID ends; -1: a child that could not be started. */
static void
reap_until(pid_t pid)
{
	pid_t ended;

	if (pid < 0)
		return;
	do
		ended = wait(NULL);
	while (ended != pid && (ended > 0 || errno == EINTR));
}

static void
run_rc(void)
{
	char *rc_argv[] = {"sh", "/etc/rc", NULL};

	if (access("/etc/rc", R_OK) == 0)
		reap_until(start("/bin/sh", rc_argv));
}

int
main(void)
{
	static const int stop_signals[] = {SIGTERM, SIGUSR1, SIGUSR2};
	char *login_argv[] = {"-sh", NULL};
	struct sigaction action = {.sa_handler = stop_machine};

	if (getpid() != 1)
		errx(EXIT_FAILURE, "is for process 1; try poweroff or reboot");
	for (int i = 0; i < 3; i++)
		sigaction(stop_signals[i], &action, NULL);
	mount_once("proc", "/proc");
	mount_once("devtmpfs", "/dev");
	open_console();
	run_rc();
	printf("Welcome to Nestling. `help' tells what the shell knows, "
	    "`ls /bin' what there is to run.\n");
	for (;;) {
		time_t started = time(NULL);

		fflush(stdout);
		reap_until(start("/bin/sh", login_argv));
		/* Without a console it ends at once, again and again. */
		if (time(NULL) - started < SHELL_SECONDS_MIN)
			sleep(1);
		printf("The shell has ended; here is a new one "
		    "(`poweroff' stops the machine).\n");
	}
}
