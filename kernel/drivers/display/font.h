/* font.h - 8x16 glyphs of the ASCII characters, for the framebuffer.
 *
 * Layer: drivers/display   Called by: fb.c
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

#define FONT_FIRST  ' '
#define FONT_GLYPHS 95
#define FONT_WIDTH  8
#define FONT_HEIGHT 16

/* [character - FONT_FIRST]: rows 0 to 7 and rows 8 to 15, from the high byte
 * down; in each byte the leftmost pixel is the highest bit. */
extern const uint64_t font_glyphs[FONT_GLYPHS][2];
