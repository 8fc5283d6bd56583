/* lib.c - what the user-space tests share: labelled results, children, files.
 *
 * Layer: tests/user   Called by: every tests/user program, tests/faults
 * Source: errno(3), signal(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

struct name {
	int number;
	const char *text;
};

#define NAME(number)	{ number, #number }

static const struct name errno_names[] = {
	NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO),
	NAME(ENXIO), NAME(E2BIG), NAME(ENOEXEC), NAME(EBADF), NAME(ECHILD),
	NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES), NAME(EFAULT), NAME(ENOTBLK),
	NAME(EBUSY), NAME(EEXIST), NAME(EXDEV), NAME(ENODEV), NAME(ENOTDIR),
	NAME(EISDIR), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY),
	NAME(ETXTBSY), NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE), NAME(EROFS),
	NAME(EMLINK), NAME(EPIPE), NAME(EDOM), NAME(ERANGE), NAME(EDEADLK),
	NAME(ENAMETOOLONG), NAME(ENOLCK), NAME(ENOSYS), NAME(ENOTEMPTY),
	NAME(ELOOP), NAME(ENODATA), NAME(ETIME), NAME(EOVERFLOW),
	NAME(EILSEQ), NAME(ENOTSOCK), NAME(EOPNOTSUPP), NAME(ETIMEDOUT),
	NAME(EALREADY), NAME(ECANCELED), NAME(EOWNERDEAD),
	NAME(ENOTRECOVERABLE),
};

static const struct name signal_names[] = {
	NAME(SIGHUP), NAME(SIGINT), NAME(SIGQUIT), NAME(SIGILL), NAME(SIGTRAP),
	NAME(SIGABRT), NAME(SIGBUS), NAME(SIGFPE), NAME(SIGKILL),
	NAME(SIGUSR1), NAME(SIGSEGV), NAME(SIGUSR2), NAME(SIGPIPE),
	NAME(SIGALRM), NAME(SIGTERM), NAME(SIGSTKFLT), NAME(SIGCHLD),
	NAME(SIGCONT), NAME(SIGSTOP), NAME(SIGTSTP), NAME(SIGTTIN),
	NAME(SIGTTOU), NAME(SIGURG), NAME(SIGXCPU), NAME(SIGXFSZ),
	NAME(SIGVTALRM), NAME(SIGPROF), NAME(SIGWINCH), NAME(SIGIO),
	NAME(SIGPWR), NAME(SIGSYS),
};

char test_self[PATH_MAX];
char test_dir[64];
void *bad_pointer;

static const char *
name_find(const struct name *names, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].text;
	return NULL;
}

const char *
errno_name(int error)
{
	size_t count = sizeof errno_names / sizeof errno_names[0];
	const char *text = name_find(errno_names, count, error);

	return text != NULL ? text : "E?";
}

const char *
signal_name(int number)
{
	size_t count = sizeof signal_names / sizeof signal_names[0];
	const char *text = name_find(signal_names, count, number);

	return text != NULL ? text : "SIG?";
}

long
show_value(const char *label, long result)
{
	int error = errno;

	if (result == -1)
		printf("%s -> %s\n", label, errno_name(error));
	else
		printf("%s -> %ld\n", label, result);
	errno = error;
	return result;
}

long
show_call(const char *label, long result)
{
	int error = errno;

	printf("%s -> %s\n", label, result == -1 ? errno_name(error) : "ok");
	errno = error;
	return result;
}

void
show_open(const char *label, int fd)
{
	if (show_call(label, fd) >= 0)
		close(fd);
}

bool
show_truth(const char *label, bool truth)
{
	printf("%s -> %s\n", label, truth ? "yes" : "no");
	return truth;
}

int
show_error(const char *label, int error)
{
	printf("%s -> %s\n", label, error == 0 ? "ok" : errno_name(error));
	return error;
}

void
show_status(const char *label, int status)
{
	if (status == -1)
		printf("%s -> %s\n", label, errno_name(errno));
	else if (WIFEXITED(status))
		printf("%s -> exit %d\n", label, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("%s -> killed by %s\n", label,
		    signal_name(WTERMSIG(status)));
	else if (WIFSTOPPED(status))
		printf("%s -> stopped by %s\n", label,
		    signal_name(WSTOPSIG(status)));
	else if (WIFCONTINUED(status))
		printf("%s -> continued\n", label);
	else
		printf("%s -> strange status\n", label);
}

/* Ends the test: its own set-up does not work, so no result would count. */
static void
give_up(const char *what)
{
	printf("test set-up: %s: %s\n", what, errno_name(errno));
	exit(99);
}

/* Default dispositions, empty mask, no core files. */
static void
signals_reset(void)
{
	struct rlimit none = { 0, 0 };
	sigset_t empty;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	setrlimit(RLIMIT_CORE, &none);
}

/* Fills test_self from ARGV0 while the working directory is the caller's. */
static void
self_find(const char *argv0)
{
	ssize_t n = 0;

	if (strchr(argv0, '/') == NULL) {
		n = readlink("/proc/self/exe", test_self, PATH_MAX - 1);
		if (n < 0)
			give_up("readlink /proc/self/exe");
		test_self[n] = '\0';
	} else if (realpath(argv0, test_self) == NULL) {
		give_up("realpath of argv[0]");
	}
}

void
test_begin(char **argv)
{
	int fd;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signals_reset();
	alarm(TEST_SECONDS);
	for (fd = 3; fd < 256; fd++)
		close(fd);
	fd = open("/dev/null", O_RDONLY);
	if (fd > 0) {
		dup2(fd, STDIN_FILENO);
		close(fd);
	}
	umask(S_IWGRP | S_IWOTH);
	self_find(argv[0]);
	strcpy(test_dir, "/tmp/test-XXXXXX");
	if (mkdtemp(test_dir) == NULL)
		give_up("mkdtemp");
	if (chdir(test_dir) != 0)
		give_up("chdir");
	bad_pointer = mmap(NULL, PAGE, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bad_pointer == MAP_FAILED)
		give_up("mmap");
}

void
dir_empty(int fd)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		int sub;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) == 0)
			continue;
		sub = openat(fd, entry->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0)
			dir_empty(sub);
		unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
}

int
test_end(void)
{
	int fd = open(test_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (chdir("/") == 0 && fd >= 0)
		dir_empty(fd);
	rmdir(test_dir);
	return 0;
}

pid_t
child_fork(void)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		give_up("fork");
	if (pid == 0)
		alarm(TEST_SECONDS);
	return pid;
}

int
child_wait(pid_t pid)
{
	int status;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -1 : status;
}

int
child_run(void (*function)(void))
{
	pid_t pid = child_fork();

	if (pid == 0) {
		function();
		fflush(NULL);
		_exit(0);
	}
	return child_wait(pid);
}

void
file_make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC,
	    S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
	size_t length = strlen(text);

	if (fd < 0 || write(fd, text, length) != (ssize_t)length)
		give_up(path);
	close(fd);
}

void
file_show(const char *path)
{
	char buffer[512];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		printf("%s holds: %s\n", path, errno_name(errno));
		return;
	}
	printf("%s holds: \"", path);
	while ((n = read(fd, buffer, sizeof buffer)) > 0)
		for (ssize_t i = 0; i < n; i++)
			if (buffer[i] >= ' ' && buffer[i] <= '~')
				putchar(buffer[i]);
			else
				printf("\\%o", (unsigned char)buffer[i]);
	printf("\"%s\n", n < 0 ? " and then an error" : "");
	close(fd);
}

void
dir_show(const char *path)
{
	struct dirent **list;
	int count = scandir(path, &list, NULL, alphasort);

	if (count < 0) {
		printf("%s: %s\n", path, errno_name(errno));
		return;
	}
	printf("%s:", path);
	for (int i = 0; i < count; i++) {
		if (strcmp(list[i]->d_name, ".") != 0 &&
		    strcmp(list[i]->d_name, "..") != 0)
			printf(" %s", list[i]->d_name);
		free(list[i]);
	}
	printf("\n");
	free(list);
}

void
sleep_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		continue;
}

long
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
signal_handle(int number, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigemptyset(&action.sa_mask);
	if (sigaction(number, &action, NULL) != 0)
		give_up("sigaction");
}

void
pester(long ms)
{
	struct itimerval every = {
		{ ms / 1000, ms % 1000 * 1000 }, { ms / 1000, ms % 1000 * 1000 }
	};

	setitimer(ITIMER_REAL, &every, NULL);
	if (ms == 0)
		alarm(TEST_SECONDS);
}
