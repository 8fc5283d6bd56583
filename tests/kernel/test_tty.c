/* test_tty.c - terminals on a device that is only memory.
 *
 * The device has a small buffer that the test empties, and the processes of the
 * job-control tests are what the hooks say they are.
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "abi/signal.h"
#include "debug/ktest.h"
#include "drivers/tty.h"
#include "lib/string.h"
#include "mm/iobuf.h"
#include "mm/kthread.h"
#include "sched/clock.h"

#define FAKE_ROOM 600

static struct tty tty;
static struct chardev_file file;
static char output[FAKE_ROOM]; /* what the device was given */
static size_t output_bytes;
static unsigned resumes;

static size_t
fake_write(struct tty *t, const uint8_t *data, size_t n)
{
	(void)t;
	n = MIN(n, FAKE_ROOM - output_bytes);
	memcpy(output + output_bytes, data, n);
	output_bytes += n;
	return n;
}

static size_t
fake_room(struct tty *t)
{
	(void)t;
	return FAKE_ROOM - output_bytes;
}

static void
fake_resume(struct tty *t)
{
	(void)t;
	resumes++;
}

static const struct tty_ops fake_ops = {
    .write = fake_write,
    .room = fake_room,
    .resume = fake_resume,
};

/* An opening of the terminal with the usual settings and nothing in it. */
static void
start(unsigned flags)
{
	static bool registered;

	if (!registered) {
		tty.dev.name = "ttytest";
		tty.dev.number = DEV_MAKE(240, 0);
		tty.ops = &fake_ops;
		tty_register(&tty);
		registered = true;
	}
	ldisc_init(&tty.ld, tty.ld.ops, &tty);
	tty.session = 0;
	tty.pgrp = 0;
	output_bytes = 0;
	resumes = 0;
	file = (struct chardev_file){.dev = &tty.dev,
	    .flags = flags | O_RDWR | O_NOCTTY};
	tty.dev.ops->open(&file);
}

static void
type(const char *text)
{
	tty_input(&tty, (const uint8_t *)text, strlen(text));
}

static ssize_t
read_tty(char *buf, size_t n)
{
	struct iobuf io = iobuf_kernel(buf, n);

	return tty.dev.ops->read(&file, &io);
}

static ssize_t
write_tty(const char *text, size_t n)
{
	struct iobuf io = iobuf_kernel((void *)text, n);

	return tty.dev.ops->write(&file, &io);
}

static void
make_raw(unsigned vmin, unsigned vtime)
{
	struct abi_termios t = tty.ld.termios;

	t.c_iflag = 0;
	t.c_oflag = 0;
	t.c_lflag = 0;
	t.c_cc[VMIN] = vmin;
	t.c_cc[VTIME] = vtime;
	ldisc_set_termios(&tty.ld, &t);
}

KTEST(tty_reads_a_line_and_echoes_it)
{
	char buf[16];

	start(O_NONBLOCK);
	type("abc");
	ktest_check(read_tty(buf, sizeof(buf)) == -EAGAIN);
	ktest_check((tty.dev.ops->poll(&file, NULL) & POLLIN) == 0);
	type("\n");
	ktest_check((tty.dev.ops->poll(&file, NULL) & POLLIN) != 0);
	ktest_check(read_tty(buf, sizeof(buf)) == 4);
	ktest_check(memcmp(buf, "abc\n", 4) == 0);
	ktest_check(output_bytes == 5 && memcmp(output, "abc\r\n", 5) == 0);
	type("\004");
	ktest_check(read_tty(buf, sizeof(buf)) == 0);
}

static void
type_later(void *text)
{
	thread_sleep_until(clock_ns() + 5 * NS_PER_MSEC, WAIT_UNINTERRUPTIBLE);
	type(text);
}

KTEST(tty_reader_sleeps_until_the_line_is_there)
{
	char buf[16];

	start(0);
	kthread_create("typist", type_later, "late\n");
	ktest_check(read_tty(buf, sizeof(buf)) == 5);
}

KTEST(tty_raw_read_obeys_vmin_and_vtime)
{
	char buf[16];
	uint64_t before_ns;

	start(0);
	make_raw(0, 0);
	ktest_check(read_tty(buf, sizeof(buf)) == 0);
	make_raw(0, 1);
	before_ns = clock_ns();
	ktest_check(read_tty(buf, sizeof(buf)) == 0);
	ktest_check(clock_ns() - before_ns >= 100 * NS_PER_MSEC);
	make_raw(3, 0);
	type("ab");
	kthread_create("typist", type_later, "cd");
	ktest_check(read_tty(buf, sizeof(buf)) == 4);
	make_raw(5, 1);
	type("ef");
	ktest_check(read_tty(buf, sizeof(buf)) == 2);
	make_raw(9, 0);
	type("gh");
	ktest_check(read_tty(buf, 2) == 2); /* not more than asked for */
}

/* Empty the device until it was given the text "end". */
static void
drain_until_end(void *done)
{
	bool end;

	do {
		uint64_t flags;

		thread_sleep_until(clock_ns() + NS_PER_MSEC,
		    WAIT_UNINTERRUPTIBLE);
		flags = spin_lock_irq(&tty.lock);
		end = output_bytes >= 3 &&
		    memcmp(output + output_bytes - 3, "end", 3) == 0;
		output_bytes = 0;
		spin_unlock_irq(&tty.lock, flags);
		tty_output_ready(&tty);
	} while (!end);
	*(bool *)done = true;
}

KTEST(tty_writer_waits_for_room)
{
	static char text[4 * FAKE_ROOM];
	static volatile bool done;

	start(O_NONBLOCK);
	memset(text, 'x', sizeof(text));
	memcpy(text + sizeof(text) - 3, "end", 3);
	ktest_check(write_tty(text, sizeof(text)) < FAKE_ROOM);
	ktest_check(write_tty(text, sizeof(text)) == -EAGAIN);
	start(0);
	kthread_create("drain", drain_until_end, (void *)&done);
	ktest_check(write_tty(text, sizeof(text)) == sizeof(text));
	wait_event_deadline(&tty.write_wq, done, clock_ns() + NS_PER_SEC);
	ktest_check(done);
}

KTEST(tty_full_input_stops_the_device_and_starts_it_again)
{
	static char buf[LDISC_BYTES];

	start(0);
	make_raw(1, 0);
	while (tty_input_room(&tty) > 0)
		type("x");
	ktest_check(resumes == 0);
	ktest_check(read_tty(buf, 100) == 100 && resumes == 0);
	ktest_check(read_tty(buf, sizeof(buf)) == LDISC_BYTES - 100);
	ktest_check(resumes == 1);
}

/* ---- Job control: a session 10 with groups 10 and 20; we are in `me` ---- */

static pid_t me;
static bool ignoring;
static bool orphaned;
static pid_t signalled;
static int last_signal;
static struct tty *controlling;

static void
fake_signal_pgrp(pid_t pgid, int sig)
{
	signalled = pgid;
	last_signal = sig;
}

static pid_t
fake_pgrp(void)
{
	return me;
}

static pid_t
fake_session(void)
{
	return 10;
}

static bool
fake_is_leader(void)
{
	return me == 10;
}

static struct tty *
fake_current_tty(void)
{
	return controlling;
}

static void
fake_set_current_tty(struct tty *t)
{
	controlling = t;
}

static pid_t
fake_pgrp_session(pid_t pgid)
{
	return pgid == 10 || pgid == 20 ? 10 : 0;
}

static bool
fake_orphaned(pid_t pgid)
{
	(void)pgid;
	return orphaned;
}

static bool
fake_ignores(int sig)
{
	(void)sig;
	return ignoring;
}

static const struct tty_hooks fake_hooks = {
    .signal_pgrp = fake_signal_pgrp,
    .current_pgrp = fake_pgrp,
    .current_session = fake_session,
    .current_is_leader = fake_is_leader,
    .current_tty = fake_current_tty,
    .set_current_tty = fake_set_current_tty,
    .pgrp_session = fake_pgrp_session,
    .pgrp_orphaned = fake_orphaned,
    .current_ignores = fake_ignores,
};

KTEST(tty_background_reader_is_stopped)
{
	struct tty_hooks saved = tty_hooks;
	char buf[4];

	tty_hooks = fake_hooks;
	controlling = NULL;
	me = 10;
	start(0);
	ktest_check(tty_ioctl(&file, TIOCSCTTY, 0) == 0);
	ktest_check(controlling == &tty && tty.pgrp == 10);
	type("x\n");
	me = 20;
	ktest_check(read_tty(buf, sizeof(buf)) == -ERESTARTSYS);
	ktest_check(signalled == 20 && last_signal == SIGTTIN);
	ignoring = true;
	ktest_check(read_tty(buf, sizeof(buf)) == -EIO);
	ignoring = false;
	orphaned = true;
	ktest_check(read_tty(buf, sizeof(buf)) == -EIO);
	orphaned = false;
	ktest_check(write_tty("y", 1) == 1); /* without TOSTOP all may write */
	tty.ld.termios.c_lflag |= TOSTOP;
	ktest_check(write_tty("y", 1) == -ERESTARTSYS);
	ktest_check(last_signal == SIGTTOU);
	type("\003");
	ktest_check(signalled == 10 && last_signal == SIGINT);
	tty_hooks = saved;
}

KTEST(tty_hangup_ends_openings_but_not_the_consoles)
{
	struct tty_hooks saved = tty_hooks;
	struct chardev_file console = {.flags = O_RDWR | O_NONBLOCK};
	char buf[4];

	tty_hooks = fake_hooks;
	controlling = NULL;
	me = 10;
	start(0);
	ktest_check(tty_ioctl(&file, TIOCSCTTY, 0) == 0);
	tty_open(&tty, &console, true);
	tty_hangup(&tty, 11); /* another session's: nothing happens */
	ktest_check(tty.session == 10);
	tty_hangup(&tty, 10);
	ktest_check(signalled == 10 && last_signal == SIGCONT);
	ktest_check(read_tty(buf, sizeof(buf)) == 0);
	ktest_check(write_tty("x", 1) == -EIO);
	ktest_check((tty.dev.ops->poll(&file, NULL) & POLLHUP) != 0);
	file = console;
	ktest_check(read_tty(buf, sizeof(buf)) == -EAGAIN);
	ktest_check(write_tty("x", 1) == 1);
	tty_hooks = saved;
}
