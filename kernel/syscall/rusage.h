/* rusage.h - resources used, as getrusage(2) and wait4(2) tell them.
 *
 * Layer: syscall   Called by: process.c, resource.c, time.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "abi/resource.h"

struct usage;

void rusage_from(const struct usage *usage, struct abi_rusage *out);
