/* membarrier.h - membarrier(2)
 *
 * Layer: include/abi   Called by: syscall
 * Source: Linux x86-64, <linux/membarrier.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#define MEMBARRIER_CMD_QUERY                      0
#define MEMBARRIER_CMD_GLOBAL                     1
#define MEMBARRIER_CMD_PRIVATE_EXPEDITED          8
#define MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED 16
