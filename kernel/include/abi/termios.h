/* termios.h - the terminal's settings, as Linux x86-64 lays them out.
 *
 * Layer: include/abi   Called by: drivers/tty, user programs
 * Source: [LINUX-MAN] termios(3), ioctl_tty(2)
 *
 * The kernel's struct termios is shorter than the C library's (no speeds,
 * 19 control characters), so it has a name of its own.
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#define TERMIOS_NCC 19

struct abi_termios {
	uint32_t c_iflag;
	uint32_t c_oflag;
	uint32_t c_cflag;
	uint32_t c_lflag;
	uint8_t c_line;
	uint8_t c_cc[TERMIOS_NCC];
};

struct abi_winsize {
	uint16_t ws_row;
	uint16_t ws_col;
	uint16_t ws_xpixel;
	uint16_t ws_ypixel;
};

/* Requests of ioctl(2). */
enum abi_tty_ioctl {
	ABI_TCGETS = 0x5401,
	ABI_TCSETS = 0x5402,
	ABI_TCSETSW = 0x5403,
	ABI_TCSETSF = 0x5404,
	ABI_TCSBRK = 0x5409,
	ABI_TCXONC = 0x540a,
	ABI_TCFLSH = 0x540b,
	ABI_TIOCEXCL = 0x540c,
	ABI_TIOCNXCL = 0x540d,
	ABI_TIOCSCTTY = 0x540e,
	ABI_TIOCGPGRP = 0x540f,
	ABI_TIOCSPGRP = 0x5410,
	ABI_TIOCOUTQ = 0x5411,
	ABI_TIOCSTI = 0x5412,
	ABI_TIOCGWINSZ = 0x5413,
	ABI_TIOCSWINSZ = 0x5414,
	ABI_FIONREAD = 0x541b,
	ABI_FIONBIO = 0x5421,
	ABI_TIOCNOTTY = 0x5422,
	ABI_TCSBRKP = 0x5425,
	ABI_TIOCGSID = 0x5429,
	ABI_RNDGETENTCNT = (int)0x80045200,
};

#define ABI_TCIFLUSH  0
#define ABI_TCOFLUSH  1
#define ABI_TCIOFLUSH 2

#define ABI_TCOOFF 0
#define ABI_TCOON  1
#define ABI_TCIOFF 2
#define ABI_TCION  3

/* Indexes of c_cc. */
enum abi_termios_cc {
	ABI_VINTR = 0,
	ABI_VQUIT = 1,
	ABI_VERASE = 2,
	ABI_VKILL = 3,
	ABI_VEOF = 4,
	ABI_VTIME = 5,
	ABI_VMIN = 6,
	ABI_VSTART = 8,
	ABI_VSTOP = 9,
	ABI_VSUSP = 10,
	ABI_VEOL = 11,
	ABI_VREPRINT = 12,
	ABI_VDISCARD = 13,
	ABI_VWERASE = 14,
	ABI_VLNEXT = 15,
	ABI_VEOL2 = 16,
};

/* c_iflag */
#define ABI_IGNBRK 0000001
#define ABI_BRKINT 0000002
#define ABI_ISTRIP 0000040
#define ABI_INLCR  0000100
#define ABI_IGNCR  0000200
#define ABI_ICRNL  0000400
#define ABI_IUCLC  0001000
#define ABI_IXON   0002000
#define ABI_IXANY  0004000
#define ABI_IXOFF  0010000
#define ABI_IMAXBEL 0020000
#define ABI_IUTF8  0040000

/* c_oflag */
#define ABI_OPOST  0000001
#define ABI_OLCUC  0000002
#define ABI_ONLCR  0000004
#define ABI_OCRNL  0000010
#define ABI_ONOCR  0000020
#define ABI_ONLRET 0000040
#define ABI_TABDLY 0014000
#define ABI_XTABS  0014000

/* c_cflag */
#define ABI_B38400 0000017
#define ABI_CS8    0000060
#define ABI_CREAD  0000200
#define ABI_HUPCL  0002000

/* c_lflag */
#define ABI_ISIG    0000001
#define ABI_ICANON  0000002
#define ABI_ECHO    0000010
#define ABI_ECHOE   0000020
#define ABI_ECHOK   0000040
#define ABI_ECHONL  0000100
#define ABI_NOFLSH  0000200
#define ABI_TOSTOP  0000400
#define ABI_ECHOCTL 0001000
#define ABI_ECHOPRT 0002000
#define ABI_ECHOKE  0004000
#define ABI_IEXTEN  0100000
