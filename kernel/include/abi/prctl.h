/* prctl.h - prctl(2) and arch_prctl(2)
 *
 * Layer: include/abi   Called by: proc
 * Source: Linux x86-64, <linux/prctl.h>, <asm/prctl.h>
 * SPDX-License-Identifier: MIT */
#pragma once

/* prctl(2) */
#define PR_SET_PDEATHSIG       1
#define PR_GET_PDEATHSIG       2
#define PR_GET_DUMPABLE        3
#define PR_SET_DUMPABLE        4
#define PR_GET_KEEPCAPS        7
#define PR_SET_KEEPCAPS        8
#define PR_SET_NAME            15
#define PR_GET_NAME            16
#define PR_SET_SECCOMP         22
#define PR_GET_SECCOMP         21
#define PR_CAPBSET_READ        23
#define PR_SET_TIMERSLACK      29
#define PR_GET_TIMERSLACK      30
#define PR_SET_CHILD_SUBREAPER 36
#define PR_GET_CHILD_SUBREAPER 37
#define PR_SET_NO_NEW_PRIVS    38
#define PR_GET_NO_NEW_PRIVS    39
#define PR_GET_TID_ADDRESS     40
#define PR_SET_THP_DISABLE     41
#define PR_GET_THP_DISABLE     42

/* arch_prctl(2) */
#define ARCH_SET_GS    0x1001
#define ARCH_SET_FS    0x1002
#define ARCH_GET_FS    0x1003
#define ARCH_GET_GS    0x1004
#define ARCH_GET_CPUID 0x1011
#define ARCH_SET_CPUID 0x1012
