/* atomic.h - atomic operations: see lib/atomic.h.
 *
 * Layer: sync   Called by: everyone
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/atomic.h"
