/* wait.h - waiting for children
 *
 * Layer: include/abi   Called by: proc
 * Source: Linux x86-64, <linux/wait.h>
 * SPDX-License-Identifier: MIT */
#pragma once

/* Options */
#define WNOHANG     0x1
#define WUNTRACED   0x2
#define WSTOPPED    0x2
#define WEXITED     0x4
#define WCONTINUED  0x8
#define WNOWAIT     0x1000000
#define __WNOTHREAD 0x20000000
#define __WALL      0x40000000
#define __WCLONE    0x80000000

/* waitid(2) */
#define P_ALL   0
#define P_PID   1
#define P_PGID  2
#define P_PIDFD 3

/* The status word */
#define ABI_W_EXITED(code)  (((code) & 0xff) << 8)
#define ABI_W_SIGNALED(sig) (sig)
#define ABI_W_STOPPED(sig)  ((sig) << 8 | 0x7f)
#define ABI_W_CONTINUED     0xffff
#define ABI_WCOREFLAG       0x80

/* ... and back: the signal that ended it (0: none), the exit code. */
#define ABI_WTERMSIG(status)    ((status) & 0x7f)
#define ABI_WEXITSTATUS(status) ((status) >> 8 & 0xff)
