/* fault.h - exceptions become signals; no memory left: one process is killed.
 *
 * Layer: proc   Called by: x86's trap hooks
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct trapframe;

/* For trap_hooks: see x86/trap.h. */
void fault_exception(struct trapframe *frame);
bool fault_page(struct trapframe *frame, vaddr_t va);
