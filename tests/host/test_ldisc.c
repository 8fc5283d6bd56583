/* test_ldisc.c - the line discipline against known answers, and against Linux.
 *
 * Sources: kernel/drivers/tty_ldisc.c
 *
 * The known answers are what POSIX or Linux documents.  The second half feeds
 * the same random bytes, settings and reads to our line discipline and to a
 * pseudo-terminal of the host, and compares every byte that comes out on either
 * side.  (Signals with a flush are left out: a pseudo-terminal handles its
 * input later, so what a flush finds there is chance.)
 * SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/signal.h"
#include "drivers/tty_ldisc.h"

/* <sys/ioctl.h> has other definitions of the names in abi/termios.h. */
extern int ioctl(int fd, unsigned long request, ...);

#define ROUNDS 2000
#define STEPS  12

#define CHECK(expr)                                                       \
	do {                                                              \
		if (!(expr)) {                                            \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #expr); \
			exit(1);                                          \
		}                                                         \
	} while (0)

static struct ldisc ld;
static uint8_t shown[1 << 16]; /* what ld emitted */
static size_t shown_bytes;
static unsigned flushes;

static void
take_emit(void *arg, const uint8_t *data, size_t n)
{
	(void)arg;
	CHECK(shown_bytes + n <= sizeof(shown));
	memcpy(shown + shown_bytes, data, n);
	shown_bytes += n;
}

static void
take_flush(void *arg)
{
	(void)arg;
	flushes++;
}

static const struct ldisc_ops ops = {.emit = take_emit, .flush = take_flush};

static void
start(void)
{
	ldisc_init(&ld, &ops, NULL);
	shown_bytes = 0;
	flushes = 0;
}

static int
type(const char *text)
{
	int sig = 0;

	for (; *text != '\0'; text++)
		sig = ldisc_input(&ld, *text);
	return sig;
}

static void
set_local(uint32_t on, uint32_t off)
{
	struct abi_termios t = ld.termios;

	t.c_lflag = (t.c_lflag | on) & ~off;
	ldisc_set_termios(&ld, &t);
}

/* The next read of n bytes gives text. */
static bool
reads(size_t n, const char *text)
{
	uint8_t data[LDISC_BYTES];
	bool end;
	size_t got = ldisc_read(&ld, data, n, &end);

	return got == strlen(text) && memcmp(data, text, got) == 0;
}

static bool
echoed(const char *text)
{
	bool same = shown_bytes == strlen(text) &&
	    memcmp(shown, text, shown_bytes) == 0;

	if (!same)
		printf("echoed \"%.*s\"\n", (int)shown_bytes, shown);
	shown_bytes = 0;
	return same;
}

static void
test_a_line_comes_when_it_is_complete(void)
{
	start();
	type("hello");
	CHECK(!ldisc_ready(&ld));
	type("\r");
	CHECK(ldisc_ready(&ld) && ldisc_available(&ld) == 6);
	CHECK(reads(100, "hello\n"));
	CHECK(!ldisc_ready(&ld));
	CHECK(echoed("hello\r\n"));
}

static void
test_a_read_takes_one_line_or_a_part_of_it(void)
{
	start();
	type("one\ntwo\n");
	CHECK(reads(2, "on"));
	CHECK(reads(100, "e\n"));
	CHECK(reads(100, "two\n"));
}

static void
test_editing_keys_change_line_and_screen(void)
{
	start();
	type("ab\177");
	CHECK(echoed("ab\b \b"));
	type("\177\177");
	CHECK(echoed("\b \b"));
	type("one two\027");
	CHECK(echoed("one two\b \b\b \b\b \b"));
	type("x\025");
	CHECK(echoed("x\b \b\b \b\b \b\b \b\b \b"));
	type("a\tb\177\177");
	CHECK(echoed("a\tb\b \b\b\b\b\b\b\b\b"));
	type("\001\177");
	CHECK(echoed("^A\b \b\b \b"));
	type("\026\177\n");
	CHECK(echoed("^\b^?\r\n"));
	CHECK(reads(100, "a\177\n"));
}

static void
test_eof_ends_a_line_without_a_byte(void)
{
	start();
	type("\004");
	CHECK(ldisc_ready(&ld) && ldisc_available(&ld) == 0);
	CHECK(reads(100, ""));
	CHECK(!ldisc_ready(&ld));
	type("abc\004");
	CHECK(reads(3, "abc"));
	CHECK(!ldisc_ready(&ld));
}

static void
test_signals_flush_and_are_told(void)
{
	start();
	type("lost\npart");
	CHECK(type("\003") == SIGINT);
	CHECK(flushes == 1 && !ldisc_ready(&ld));
	CHECK(echoed("lost\r\npart^C"));
	type("kept\n");
	CHECK(reads(100, "kept\n"));
	set_local(NOFLSH, 0);
	type("kept\n");
	CHECK(type("\034") == SIGQUIT && type("\032") == SIGTSTP);
	CHECK(reads(100, "kept\n"));
	set_local(0, ISIG);
	CHECK(type("\003\n") == 0);
	CHECK(reads(100, "\003\n"));
}

static void
test_output_stops_and_goes_on(void)
{
	start();
	type("\023");
	CHECK(ld.output_stopped);
	type("\021");
	CHECK(!ld.output_stopped);
	type("\023\003");
	CHECK(!ld.output_stopped);
}

static void
test_raw_input_comes_as_it_is(void)
{
	struct abi_termios raw;

	start();
	raw = ld.termios;
	raw.c_iflag = 0;
	raw.c_oflag = 0;
	raw.c_lflag = 0;
	ldisc_set_termios(&ld, &raw);
	type("a\r\003\004\177");
	CHECK(reads(100, "a\r\003\004\177"));
	for (int i = 0; i < 256; i++)
		CHECK(ldisc_input(&ld, i) == 0);
	CHECK(ldisc_available(&ld) == 256 && shown_bytes == 0);
}

static void
test_a_switch_of_modes_keeps_the_input(void)
{
	start();
	type("half");
	set_local(0, ICANON);
	CHECK(reads(2, "ha"));
	set_local(ICANON, 0);
	CHECK(ldisc_ready(&ld));
	CHECK(reads(100, "lf"));
}

static void
test_room_ends_and_a_long_line_keeps_its_beginning(void)
{
	start();
	for (int i = 0; i < 2 * LDISC_BYTES; i++) {
		CHECK(ldisc_room(&ld) > 0);
		ldisc_input(&ld, i < 10 ? 'a' : 'b');
	}
	type("\n");
	CHECK(ldisc_available(&ld) == LDISC_BYTES && ldisc_room(&ld) == 0);
	CHECK(reads(11, "aaaaaaaaaab") && ldisc_room(&ld) == 11);
	start();
	set_local(0, ICANON | ECHO);
	for (int i = 0; i < LDISC_BYTES; i++)
		ldisc_input(&ld, 'x');
	CHECK(ldisc_room(&ld) == 0);
}

static void
test_output_is_processed_within_its_room(void)
{
	start();
	CHECK(ldisc_output(&ld, (const uint8_t *)"a\nb", 3, 100) == 3);
	CHECK(echoed("a\r\nb"));
	CHECK(ldisc_output(&ld, (const uint8_t *)"abc", 3, 7) == 0);
	CHECK(ldisc_output(&ld, (const uint8_t *)"abcdefgh", 8, 10) == 3);
	CHECK(echoed("abc"));
}

/* ---- Against the host ---- */

static int master;
static int slave;

static bool
host_open(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
		return false;
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_NONBLOCK);
	return slave >= 0;
}

static unsigned
pick(unsigned n)
{
	return rand() % n;
}

static uint8_t
random_byte(void)
{
	static const uint8_t special[] = "\004\177\025\027\026\022\r\n\t\b"
	    "\001\033\021 \240\303\251\n\n";

	if (pick(4) == 0)
		return special[pick(sizeof(special) - 1)];
	if (pick(100) == 0)
		return pick(256);
	return "abcXYZ_09-./ "[pick(13)];
}

/* Settings in which most bits are as usual, and some are not. */
static void
random_termios(struct abi_termios *t)
{
	static const uint32_t iflags[] = {ICRNL, INLCR, IGNCR, ISTRIP, IUTF8};
	static const uint32_t oflags[] = {OPOST, ONLCR, OCRNL, ONOCR, ONLRET,
	    XTABS};
	static const uint32_t lflags[] = {ICANON, ECHO, ECHOE, ECHOK, ECHONL,
	    ECHOCTL, ECHOKE, IEXTEN, NOFLSH};

	for (unsigned i = pick(4); i > 0; i--) {
		t->c_iflag ^= iflags[pick(5)];
		t->c_oflag ^= oflags[pick(6)];
		t->c_lflag ^= lflags[pick(9)];
	}
	t->c_iflag &= ~IXON; /* it would hold the echo back */
	t->c_lflag &= ~ISIG;
	t->c_cc[VEOL] = pick(4) == 0 ? '.' : 0;
}

/* The host handles input later, but a read that finds nothing waits for that:
 * so everything is there once a read failed, and echoed too. */
static void
compare_reads(unsigned round)
{
	uint8_t ours[LDISC_BYTES];
	uint8_t theirs[LDISC_BYTES];
	size_t n = 1 + pick(pick(2) == 0 ? 8 : 300);
	bool raw = (ld.termios.c_lflag & ICANON) == 0;
	bool end;

	for (;;) {
		size_t a = 0;
		ssize_t b;
		bool ready = ldisc_ready(&ld);

		if (raw)
			n = sizeof(ours);
		if (ready)
			a = ldisc_read(&ld, ours, n, &end);
		b = read(slave, theirs, n);
		for (ssize_t more = 0; raw && b >= 0 && more >= 0; b += more)
			if ((more = read(slave, theirs + b, n - b)) < 0)
				break;
		if (b != (ready ? (ssize_t)a : -1) ||
		    memcmp(ours, theirs, a) != 0) {
			printf("round %u: read of %zu: ours %zd \"%.*s\", "
			    "theirs %zd \"%.*s\"\n", round, n,
			    ready ? (ssize_t)a : -1, (int)a, ours, b,
			    (int)(b > 0 ? b : 0), theirs);
			exit(1);
		}
		if (!ready)
			return;
	}
}

static void
print_bytes(const char *name, const uint8_t *data, size_t n)
{
	printf("%s:", name);
	for (size_t i = 0; i < n; i++)
		printf(data[i] >= ' ' && data[i] < 127 ? "%c" : "\\%03o",
		    data[i]);
	printf("\n");
}

static void
compare_echo(unsigned round)
{
	uint8_t theirs[sizeof(shown)];
	size_t n = 0;
	ssize_t more;

	while (n < shown_bytes + 1 &&
	    (more = read(master, theirs + n, sizeof(theirs) - n)) > 0)
		n += more;
	if (n != shown_bytes || memcmp(theirs, shown, n) != 0) {
		printf("round %u: the echo differs: %zu, %zu bytes\n", round,
		    shown_bytes, n);
		print_bytes("ours  ", shown, shown_bytes);
		print_bytes("theirs", theirs, n);
		exit(1);
	}
	shown_bytes = 0;
}

static void
test_the_same_as_the_host(unsigned round)
{
	uint8_t data[64];

	srand(round);
	CHECK(host_open());
	start();
	for (unsigned step = 0; step < STEPS; step++) {
		size_t n = 1 + pick(30);

		if (step % 4 == 0) {
			struct abi_termios t = ld.termios;

			random_termios(&t);
			ldisc_set_termios(&ld, &t);
			CHECK(ioctl(slave, TCSETS, &t) == 0);
		}
		for (size_t i = 0; i < n; i++)
			data[i] = random_byte();
		if (pick(4) == 0) {
			CHECK(write(slave, data, n) == (ssize_t)n);
			CHECK(ldisc_output(&ld, data, n, sizeof(shown)) == n);
		} else {
			CHECK(write(master, data, n) == (ssize_t)n);
			for (size_t i = 0; i < n; i++)
				CHECK(ldisc_input(&ld, data[i]) == 0);
		}
		compare_reads(round);
		compare_echo(round);
	}
	close(slave);
	close(master);
}

int
main(int argc, char **argv)
{
	unsigned round = 0;

	if (argc > 1) {
		test_the_same_as_the_host(atoi(argv[1]));
		return 0;
	}
	test_a_line_comes_when_it_is_complete();
	test_a_read_takes_one_line_or_a_part_of_it();
	test_editing_keys_change_line_and_screen();
	test_eof_ends_a_line_without_a_byte();
	test_signals_flush_and_are_told();
	test_output_stops_and_goes_on();
	test_raw_input_comes_as_it_is();
	test_a_switch_of_modes_keeps_the_input();
	test_room_ends_and_a_long_line_keeps_its_beginning();
	test_output_is_processed_within_its_room();
	if (!host_open()) {
		printf("no pseudo-terminals here: not compared with the host\n");
		return 0;
	}
	close(slave);
	close(master);
	while (round < ROUNDS)
		test_the_same_as_the_host(round++);
	return 0;
}
