/* procfs_tasks.h - what /proc/PID shows.
 *
 * Layer: proc   Called by: init.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

/* Fill in procfs's table. */
void procfs_tasks_init(void);
