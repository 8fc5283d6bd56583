/* statfs.h - what statfs(2) gives
 *
 * Layer: include/abi   Called by: fs
 * Source: Linux x86-64, <asm/statfs.h>, <linux/magic.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* f_type */
#define TMPFS_MAGIC        0x1021994
#define RAMFS_MAGIC        0x858458f6
#define PROC_SUPER_MAGIC   0x9fa0
#define EXT2_SUPER_MAGIC   0xef53
#define PIPEFS_MAGIC       0x50495045
#define SYSFS_MAGIC        0x62656572
#define DEVPTS_SUPER_MAGIC 0x1cd1

/* f_flags */
#define ST_RDONLY   1
#define ST_NOSUID   2
#define ST_NODEV    4
#define ST_NOEXEC   8
#define ST_VALID    0x20
#define ST_NOATIME  0x400
#define ST_RELATIME 0x1000

struct abi_statfs {
	int64_t f_type;
	int64_t f_bsize;
	int64_t f_blocks;
	int64_t f_bfree;
	int64_t f_bavail;
	int64_t f_files;
	int64_t f_ffree;
	int32_t f_fsid[2];
	int64_t f_namelen;
	int64_t f_frsize;
	int64_t f_flags;
	int64_t f_spare[4];
};
_Static_assert(sizeof(struct abi_statfs) == 120, "statfs");
