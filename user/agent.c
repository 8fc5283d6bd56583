/* agent.c - runs commands for the host: to a test what sshd is to a server.
 *
 * Layer: user   Called by: the kernel, as init=/sbin/agent (tools/run)
 *
 * The agent and tools/nestling/agent.py on the host talk over the second
 * serial line.  It is a line without losses, but with a small buffer in the
 * kernel, so the host keeps to a window (see CREDIT).  Both directions carry
 * frames: one byte of type, the length of the payload in four bytes, least
 * significant first, and the payload.
 *
 *   from the host
 *     x EXEC      strings that each end with a 0 byte: the working directory
 *                 (made if it is missing), the number of arguments, the
 *                 arguments, and the environment.  Only one command runs
 *                 at a time.
 *     i INPUT     bytes for the command's standard input
 *     e END       the end of its standard input
 *     k KILL      end the command and all its children
 *     p POWEROFF  the last frame
 *   from the agent
 *     R READY     READY_TEXT: the agent is up; EXEC may follow
 *     O OUTPUT    bytes of the command's standard output and error, which
 *                 are one pipe, so that their order is kept
 *     X EXIT      one byte: 'e' exited, 's' killed by a signal, 'f' could not
 *                 be started; and four bytes: exit status, signal, errno.
 *                 Every byte of output was sent before.
 *     C CREDIT    four bytes: the host may send so many more bytes
 *
 * CREDIT.  The host starts with a window of its choice, at most WINDOW_MAX.
 * Each byte of EXEC, INPUT and END frames, heads included, takes one from it.
 * The agent gives it back when it has read the byte or, for INPUT, when
 * the command has taken it.  So the line is never full, and KILL and POWEROFF,
 * which cost nothing, always get through.
 *
 * A command that starts without the host's help makes a run in virtual time
 * the same each time: when the file JOB exists, its frames are read before
 * those of the line.
 *
 * Invariants:
 * (1) Nobody but the agent reads or writes the line.
 * (2) input.count <= WINDOW_MAX: the host keeps to the window.
 * (3) When EXIT is sent, no process but the agent is left (as process 1).
 *
 * SPDX-License-Identifier: MIT */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define LINE		"/dev/ttyS1"
#define JOB		"/etc/agent.job"
#define READY_TEXT	"nestling agent 1\n"

enum {
	HEAD_SIZE = 5,			/* type and length */
	WINDOW_MAX = 2048,
	OUTPUT_MAX = 4096,		/* payload of one OUTPUT frame */
	EXEC_MAX = 256 * 1024,		/* payload of an EXEC frame */
	STRINGS_MAX = 4096,		/* arguments and environment */
};

/* What the child, and the process that waits for it, tell the agent. */
struct report {
	char	kind;			/* 'p' pid, 'f' errno, 'x' status */
	int	value;
};

/* The frame that is being received. */
static struct {
	uint8_t	 head[HEAD_SIZE];
	size_t	 have;			/* bytes of head and payload so far */
	size_t	 length;		/* of the payload; valid with the head */
	char	*exec;			/* payload of EXEC */
} frame;

/* Standard input on its way to the command. */
static struct {
	uint8_t	bytes[WINDOW_MAX];
	size_t	count;
	bool	ended;			/* END was received */
} input;

/* The command; pipes are -1 when closed. */
static struct {
	pid_t	pid;			/* 0: none is running */
	int	input;			/* we write */
	int	output;			/* we read */
	int	report;			/* we read struct report */
	char	kind;			/* payload of EXIT, when known */
	int	value;
} command = { .input = -1, .output = -1, .report = -1 };

static int line;
static int job = -1;
static uint32_t credit;			/* to be given back to the host */
static bool last;			/* POWEROFF was received */

/* Give up.  As process 1 this panics the kernel, which the host notices. */
static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
line_write(const void *data, size_t size)
{
	const uint8_t *next = data;

	while (size > 0) {
		ssize_t written = write(line, next, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			die("agent: write to the host");
		next += written;
		size -= (size_t)written;
	}
}

static void
put_le32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

/* Send one frame.  size: at most OUTPUT_MAX. */
static void
frame_send(char type, const void *payload, size_t size)
{
	uint8_t bytes[HEAD_SIZE + OUTPUT_MAX];

	assert(size <= OUTPUT_MAX);
	bytes[0] = (uint8_t)type;
	put_le32(bytes + 1, (uint32_t)size);
	memcpy(bytes + HEAD_SIZE, payload, size);
	line_write(bytes, HEAD_SIZE + size);
}

static void
credit_send(void)
{
	uint8_t payload[4];

	if (credit == 0)
		return;
	put_le32(payload, credit);
	frame_send('C', payload, sizeof(payload));
	credit = 0;
}

static void
exit_send(char kind, int value)
{
	uint8_t payload[5] = { (uint8_t)kind };

	put_le32(payload + 1, (uint32_t)value);
	frame_send('X', payload, sizeof(payload));
}

/* Close *fd if it is open. */
static void
close_once(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* In the child: become the program that the EXEC frame names.
 * strings, count: what EXEC holds, see above.  Tells the errno on failure. */
static void
child_exec(char **strings, size_t count, int report)
{
	size_t args = count < 2 ? 0 : (size_t)atol(strings[1]);
	struct report failed = { .kind = 'f', .value = EINVAL };
	struct report self = { .kind = 'p', .value = getpid() };
	static char *argv[STRINGS_MAX + 1];

	setsid();
	if (write(report, &self, sizeof(self)) != sizeof(self))
		_exit(1);
	if (args >= 1 && args <= count - 2) {
		memcpy(argv, strings + 2, args * sizeof(*argv));
		environ = strings + 2 + args;
		mkdir(strings[0], S_IRWXU | S_IRWXG | S_IRWXO);
		if (chdir(strings[0]) == 0)
			execvp(argv[0], argv);
		failed.value = errno;
	}
	if (write(report, &failed, sizeof(failed)) != sizeof(failed))
		_exit(1);
	_exit(127);
}

/* In the process between agent and command: start it and wait for it.
 * Two processes make its end one more thing to poll for, without a signal
 * handler and its races.  All pipes but report close on exec or here. */
static void
waiter_run(char **strings, size_t count, int in, int out, int report)
{
	struct report done = { .kind = 'x' };
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
			_exit(1);
		child_exec(strings, count, report);
	}
	close(in);
	close(out);
	close(command.input);
	close(command.output);
	close(line);
	if (pid < 0)
		done = (struct report){ .kind = 'f', .value = errno };
	else
		while (waitpid(pid, &done.value, 0) < 0 && errno == EINTR)
			continue;
	_exit(write(report, &done, sizeof(done)) != sizeof(done));
}

/* Start the command of the EXEC frame just received. */
static void
command_start(char *payload, size_t size)
{
	static char *strings[STRINGS_MAX + 1];
	int in[2], out[2], report[2];
	size_t count = 0;
	pid_t waiter;

	for (char *s = payload; s < payload + size; s += strlen(s) + 1)
		if (count < STRINGS_MAX)
			strings[count++] = s;
	strings[count] = NULL;
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 ||
	    pipe2(report, O_CLOEXEC) < 0)
		die("agent: pipe");
	command.input = in[1];
	command.output = out[0];
	command.report = report[0];
	command.kind = 0;
	input.count = 0;
	input.ended = false;
	waiter = fork();
	if (waiter < 0)
		die("agent: fork");
	if (waiter == 0) {
		close(report[0]);
		waiter_run(strings, count, in[0], out[1], report[1]);
	}
	command.pid = waiter;
	close(in[0]);
	close(out[1]);
	close(report[1]);
	fcntl(command.input, F_SETFL, O_NONBLOCK);
	fcntl(command.output, F_SETFL, O_NONBLOCK);
}

/* End the command and what it has started; as process 1: all processes. */
static void
command_kill(void)
{
	if (getpid() == 1)
		kill(-1, SIGKILL);
	else if (command.pid > 0)
		kill(-command.pid, SIGKILL);
}

/* Forget what the command has not read of its input. */
static void
input_drop(void)
{
	credit += (uint32_t)input.count;
	input.count = 0;
	close_once(&command.input);
}

/* Pass input to the command as far as it takes it. */
static void
input_pass(void)
{
	if (input.count > 0) {
		ssize_t written = write(command.input, input.bytes,
		    input.count);

		if (written < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (written < 0) {	/* EPIPE: the command reads no more */
			input_drop();
			return;
		}
		credit += (uint32_t)written;
		input.count -= (size_t)written;
		memmove(input.bytes, input.bytes + written, input.count);
	}
	if (input.count == 0 && input.ended)
		close_once(&command.input);
}

/* Send one piece of output.  Returns whether there may be more at once. */
static bool
output_pass(void)
{
	uint8_t bytes[OUTPUT_MAX];
	ssize_t size = read(command.output, bytes, sizeof(bytes));

	if (size > 0)
		frame_send('O', bytes, (size_t)size);
	else if (size == 0)
		close_once(&command.output);
	return size > 0 || (size < 0 && errno == EINTR);
}

/* Flush what is written and switch the machine off. */
static void
power_off(void)
{
	sync();
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	exit(0);
}

/* The command has ended, and command.kind says how: end what it has left
 * running (3), send what is left in the pipe, and tell the host. */
static void
command_finish(void)
{
	command_kill();
	while (getpid() == 1 && waitpid(-1, NULL, 0) > 0)
		continue;
	while (command.output >= 0 && output_pass())
		continue;
	input_drop();
	close_once(&command.output);
	close_once(&command.report);
	command.pid = 0;
	exit_send(command.kind, command.value);
	if (last)
		power_off();
}

/* Take one report.  End of file: all who could report were killed. */
static void
report_take(void)
{
	struct report report;
	ssize_t size = read(command.report, &report, sizeof(report));

	if (size < 0 && errno == EINTR)
		return;
	if (size == sizeof(report) && report.kind == 'p') {
		command.pid = report.value;
		return;
	}
	if (size != sizeof(report)) {
		command.kind = 's';
		command.value = SIGKILL;
	} else if (report.kind == 'f') {
		command.kind = 'f';
		command.value = report.value;
	} else if (WIFSIGNALED(report.value)) {
		command.kind = 's';
		command.value = WTERMSIG(report.value);
	} else {
		command.kind = 'e';
		command.value = WEXITSTATUS(report.value);
	}
	command_finish();
}

/* A frame is complete. */
static void
frame_done(void)
{
	switch (frame.head[0]) {
	case 'x':
		command_start(frame.exec, frame.length);
		break;
	case 'e':
		input.ended = true;
		break;
	case 'k':
		command_kill();
		break;
	case 'p':
		last = true;
		if (command.pid == 0)
			power_off();
		break;
	}
	frame.have = 0;
}

/* The head of a frame is complete: its length, and room for EXEC. */
static void
frame_begin(void)
{
	frame.length = 0;
	for (int i = 0; i < 4; i++)
		frame.length |= (size_t)frame.head[1 + i] << (8 * i);
	if (frame.head[0] == 'x') {
		if (frame.length > EXEC_MAX)
			die("agent: EXEC too long");
		free(frame.exec);
		frame.exec = malloc(frame.length + 1);
		if (frame.exec == NULL)
			die("agent: malloc");
		frame.exec[frame.length] = '\0';
	}
}

/* Take one byte from the host, or from the job. */
static void
frame_byte(uint8_t byte)
{
	size_t at = frame.have++;
	bool is_input = false;

	if (at < HEAD_SIZE) {
		frame.head[at] = byte;
		if (frame.have == HEAD_SIZE)
			frame_begin();
	} else if (frame.head[0] == 'x') {
		frame.exec[at - HEAD_SIZE] = (char)byte;
	} else if (frame.head[0] == 'i' && command.input >= 0) {
		assert(input.count < WINDOW_MAX);	/* (2) */
		input.bytes[input.count++] = byte;
		is_input = true;
	}
	if (!is_input && strchr("xie", frame.head[0]) != NULL && job < 0)
		credit++;
	if (frame.have >= HEAD_SIZE && frame.have == HEAD_SIZE + frame.length)
		frame_done();
}

/* Take what the host has sent, or a part of the job if there is one. */
static void
line_take(void)
{
	uint8_t bytes[WINDOW_MAX];
	ssize_t size;

	if (job >= 0)			/* a file keeps no window (2) */
		size = read(job, bytes, WINDOW_MAX - input.count);
	else
		size = read(line, bytes, sizeof(bytes));
	if (size < 0 && errno != EINTR)
		die("agent: read from the host");
	if (size == 0 && job < 0)
		exit(1);			/* the host has hung up */
	if (size == 0)
		close_once(&job);
	for (ssize_t i = 0; i < size; i++)
		frame_byte(bytes[i]);
}

/* Wait until there is something to do, and do it. */
static void
agent_step(void)
{
	enum { HOST, OUTPUT, REPORT, INPUT, COUNT };
	struct pollfd fds[COUNT] = {
		[HOST] = { .fd = job >= 0 ? job : line, .events = POLLIN },
		[OUTPUT] = { .fd = command.output, .events = POLLIN },
		[REPORT] = { .fd = command.report, .events = POLLIN },
		[INPUT] = { .fd = command.input, .events = POLLOUT },
	};

	if (input.count == 0 && !input.ended)
		fds[INPUT].fd = -1;
	if (job >= 0 && input.count == WINDOW_MAX)
		fds[HOST].fd = -1;	/* until the command has taken some */
	credit_send();
	if (poll(fds, COUNT, -1) < 0) {
		if (errno != EINTR)
			die("agent: poll");
		return;
	}
	if (fds[HOST].revents != 0)
		line_take();
	if (fds[INPUT].revents != 0 && command.input >= 0)
		input_pass();
	if (fds[OUTPUT].revents != 0 && command.output >= 0)
		output_pass();
	if (fds[REPORT].revents != 0 && command.report >= 0)
		report_take();
}

/* Open the line: raw, eight bits, nothing interpreted, nothing echoed. */
static void
line_open(const char *path)
{
	struct termios raw;

	line = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (line < 0 || tcgetattr(line, &raw) < 0)
		die(path);
	cfmakeraw(&raw);
	cfsetspeed(&raw, B115200);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(line, TCSANOW, &raw) < 0)
		die(path);
}

/* What a system needs that has no other init. */
static void
system_setup(void)
{
	while (fcntl(STDERR_FILENO, F_GETFD) < 0 &&
	    open("/dev/console", O_RDWR) >= 0)
		continue;
	mkdir("/proc", S_IRWXU);
	mount("proc", "/proc", "proc", 0, NULL);
}

/* argv[1]: another line than LINE, for tests on the host. */
int
main(int argc, char **argv)
{
	if (getpid() == 1)
		system_setup();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);	/* orphans leave no zombies */
	line_open(argc > 1 ? argv[1] : LINE);
	job = open(JOB, O_RDONLY | O_CLOEXEC);
	frame_send('R', READY_TEXT, sizeof(READY_TEXT) - 1);
	for (;;)
		agent_step();
}
