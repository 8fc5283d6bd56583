/* mount.h - mount(2) and umount2(2)
 *
 * Layer: include/abi   Called by: fs
 * Source: Linux x86-64, <linux/mount.h>
 * SPDX-License-Identifier: MIT */
#pragma once

/* mount(2) */
#define MS_RDONLY      1
#define MS_NOSUID      2
#define MS_NODEV       4
#define MS_NOEXEC      8
#define MS_SYNCHRONOUS 16
#define MS_REMOUNT     32
#define MS_MANDLOCK    64
#define MS_DIRSYNC     128
#define MS_NOATIME     1024
#define MS_NODIRATIME  2048
#define MS_BIND        4096
#define MS_MOVE        8192
#define MS_REC         16384
#define MS_SILENT      32768
#define MS_UNBINDABLE  131072
#define MS_PRIVATE     262144
#define MS_SLAVE       524288
#define MS_SHARED      1048576
#define MS_RELATIME    2097152
#define MS_STRICTATIME 16777216

/* umount2(2) */
#define MNT_FORCE       1
#define MNT_DETACH      2
#define MNT_EXPIRE      4
#define UMOUNT_NOFOLLOW 8
