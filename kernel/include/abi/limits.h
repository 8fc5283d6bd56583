/* limits.h - the sizes that programs may count on
 *
 * Layer: include/abi   Called by: fs, proc
 * Source: Linux x86-64, <linux/limits.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#define NAME_MAX       255
#define PATH_MAX       4096
#define PIPE_BUF       4096
#define XATTR_NAME_MAX 255
#define NGROUPS_MAX    65536
#define ARG_MAX        131072
