/* reboot.h - reboot(2)
 *
 * Layer: include/abi   Called by: proc
 * Source: Linux x86-64, <linux/reboot.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#define LINUX_REBOOT_MAGIC1        0xfee1dead
#define LINUX_REBOOT_MAGIC2        0x28121969
#define LINUX_REBOOT_MAGIC2A       0x5121996
#define LINUX_REBOOT_MAGIC2B       0x16041998
#define LINUX_REBOOT_MAGIC2C       0x20112000
#define LINUX_REBOOT_CMD_RESTART   0x1234567
#define LINUX_REBOOT_CMD_HALT      0xcdef0123
#define LINUX_REBOOT_CMD_CAD_ON    0x89abcdef
#define LINUX_REBOOT_CMD_CAD_OFF   0x0
#define LINUX_REBOOT_CMD_POWER_OFF 0x4321fedc
#define LINUX_REBOOT_CMD_RESTART2  0xa1b2c3d4
