/* ioctl.h - numbers of ioctl(2), but those of terminals (abi/termios.h)
 *
 * Layer: include/abi   Called by: fs
 * Source: Linux x86-64, <asm/ioctls.h>, <linux/fs.h>, <linux/kd.h>, <linux/vt.h>
 * SPDX-License-Identifier: MIT */
#pragma once

/* All files */
#define FIONBIO  0x5421
#define FIONCLEX 0x5450
#define FIOCLEX  0x5451
#define FIOASYNC 0x5452
#define FIOQSIZE 0x5460

/* Consoles */
#define KDGKBTYPE     0x4b33
#define KDGETMODE     0x4b3b
#define KDSETMODE     0x4b3a
#define KDGKBMODE     0x4b44
#define KDSKBMODE     0x4b45
#define VT_OPENQRY    0x5600
#define VT_GETMODE    0x5601
#define VT_GETSTATE   0x5603
#define VT_ACTIVATE   0x5606
#define VT_WAITACTIVE 0x5607

/* Disks */
#define BLKROGET     0x125e
#define BLKRRPART    0x125f
#define BLKGETSIZE   0x1260
#define BLKFLSBUF    0x1261
#define BLKSSZGET    0x1268
#define BLKPBSZGET   0x127b
#define BLKBSZGET    0x80081270
#define BLKGETSIZE64 0x80081272
