/* mem.c - memory that is given back all at once, and strings that grow.
 *
 * The arena is a stack of malloc()ed blocks.  A mark is the block that was on
 * top; to release is to pop down to it.
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

#include <stddef.h>

struct arena_mark {
	struct arena_mark *below;
	max_align_t data[];
};

static struct arena_mark *top;

void *
must_alloc(size_t bytes)
{
	void *memory = malloc(bytes);

	if (memory == NULL)
		err(EXIT_FAILURE, "malloc");
	return memory;
}

char *
must_copy(const char *text)
{
	return strcpy(must_alloc(strlen(text) + 1), text);
}

void *
arena_alloc(size_t bytes)
{
	struct arena_mark *block = must_alloc(sizeof(*block) + bytes);

	block->below = top;
	top = block;
	return memset(block->data, 0, bytes);
}

char *
arena_copy(const char *text, size_t length)
{
	return memcpy(arena_alloc(length + 1), text, length);
}

struct arena_mark *
arena_mark(void)
{
	return top;
}

void
arena_release(struct arena_mark *mark)
{
	while (top != mark) {
		struct arena_mark *block = top;

		top = block->below;
		free(block);
	}
}

void
text_add(struct text *text, char c)
{
	/* One byte stays free for the NUL of text_string(). */
	if (text->length + 1 >= text->size) {
		size_t size = text->size > 0 ? 2 * text->size : 32;
		char *bigger = arena_alloc(size);

		if (text->length > 0)
			memcpy(bigger, text->data, text->length);
		text->data = bigger;
		text->size = size;
	}
	text->data[text->length++] = c;
}

char *
text_string(struct text *text)
{
	if (text->data == NULL) {
		text_add(text, '\0');
		text->length = 0;
	}
	text->data[text->length] = '\0';
	return text->data;
}
