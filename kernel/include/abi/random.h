/* random.h - getrandom(2)
 *
 * Layer: include/abi   Called by: syscall
 * Source: Linux x86-64, <linux/random.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#define GRND_NONBLOCK 1
#define GRND_RANDOM   2
#define GRND_INSECURE 4
