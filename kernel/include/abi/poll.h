/* poll.h - poll(2) and select(2)
 *
 * Layer: include/abi   Called by: drivers, fs
 * Source: Linux x86-64, <asm/poll.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#define POLLIN     0x1
#define POLLPRI    0x2
#define POLLOUT    0x4
#define POLLERR    0x8
#define POLLHUP    0x10
#define POLLNVAL   0x20
#define POLLRDNORM 0x40
#define POLLRDBAND 0x80
#define POLLWRNORM 0x100
#define POLLWRBAND 0x200
#define POLLMSG    0x400
#define POLLRDHUP  0x2000

struct abi_pollfd {
	int32_t fd;
	int16_t events;
	int16_t revents;
};

/* select(2) */
#define ABI_FD_SETSIZE 1024
struct abi_fd_set {
	uint64_t bits[ABI_FD_SETSIZE / 64];
};
