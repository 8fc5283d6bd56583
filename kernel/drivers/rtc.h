/* rtc.h - the battery-backed clock of the PC (MC146818).
 *
 * Layer: drivers   Called by: init.c, which sets the wall clock from it
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* The time of day, in *epoch_seconds since 1970, UTC.  Waits at most about
 * 2 ms.  Returns 0; -ENODEV: no clock, or it holds no valid time. */
int rtc_read(int64_t *epoch_seconds);
