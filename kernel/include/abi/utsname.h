/* utsname.h - who the system is
 *
 * Layer: include/abi   Called by: proc
 * Source: Linux x86-64, <linux/utsname.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#define ABI_UTS_LEN 64
struct abi_utsname {
	char sysname[ABI_UTS_LEN + 1];
	char nodename[ABI_UTS_LEN + 1];
	char release[ABI_UTS_LEN + 1];
	char version[ABI_UTS_LEN + 1];
	char machine[ABI_UTS_LEN + 1];
	char domainname[ABI_UTS_LEN + 1];
};
