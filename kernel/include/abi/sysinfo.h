/* sysinfo.h - what sysinfo(2) gives
 *
 * Layer: include/abi   Called by: proc
 * Source: Linux x86-64, <linux/sysinfo.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

struct abi_sysinfo {
	int64_t uptime;    /* seconds */
	uint64_t loads[3]; /* load average, 16 bits behind the point */
	uint64_t totalram;
	uint64_t freeram;
	uint64_t sharedram;
	uint64_t bufferram;
	uint64_t totalswap;
	uint64_t freeswap;
	uint16_t procs;
	uint16_t pad;
	uint64_t totalhigh;
	uint64_t freehigh;
	uint32_t mem_unit; /* bytes of a unit of the above */
};
_Static_assert(sizeof(struct abi_sysinfo) == 112, "sysinfo");
