/* uio.h - vectors of readv(2) and writev(2)
 *
 * Layer: include/abi   Called by: fs
 * Source: Linux x86-64, <linux/uio.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#define UIO_MAXIOV 1024
struct abi_iovec {
	uint64_t iov_base;
	uint64_t iov_len;
};

/* preadv2(2) */
#define RWF_HIPRI  1
#define RWF_DSYNC  2
#define RWF_SYNC   4
#define RWF_NOWAIT 8
#define RWF_APPEND 16
