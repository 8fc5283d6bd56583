/* bootinfo.c - parse the multiboot2 boot information.
 *
 * Layer: x86   Called by: main.c, tests/host
 *
 * Pure: reads the bytes it is given and nothing else, so that the host can feed
 * it damaged ones.  Addresses inside (modules, sections) are copied, not followed;
 * whoever follows them checks them against the memory map.
 * Source: [MB2] 3.6 "Boot information format"
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "x86/bootinfo.h"

enum mb2_tag_type {
	MB2_END = 0,
	MB2_CMDLINE = 1,
	MB2_LOADER = 2,
	MB2_MODULE = 3,
	MB2_MMAP = 6,
	MB2_FRAMEBUFFER = 8,
	MB2_ELF_SECTIONS = 9,
	MB2_ACPI_OLD = 14,
	MB2_ACPI_NEW = 15,
};

struct mb2_info {
	uint32_t total_size;
	uint32_t reserved;
};

struct mb2_tag {
	uint32_t type;
	uint32_t size; /* with this header, without padding to 8 */
};

struct mb2_module {
	struct mb2_tag tag;
	uint32_t start;
	uint32_t end;
	char name[];
};

struct mb2_mmap {
	struct mb2_tag tag;
	uint32_t entry_size;
	uint32_t entry_version;
};

struct mb2_mmap_entry {
	uint64_t start;
	uint64_t bytes;
	uint32_t type;
	uint32_t reserved;
};
#define MB2_MEMORY_AVAILABLE 1

struct mb2_framebuffer {
	struct mb2_tag tag;
	uint64_t start;
	uint32_t pitch;
	uint32_t width;
	uint32_t height;
	uint8_t bpp;
	uint8_t type;
	uint16_t reserved;
	uint8_t red_position, red_bits;
	uint8_t green_position, green_bits;
	uint8_t blue_position, blue_bits;
} __attribute__((packed));
#define MB2_FB_RGB  1
#define MB2_FB_TEXT 2

struct mb2_elf_sections {
	struct mb2_tag tag;
	uint32_t count;
	uint32_t entry_size;
	uint32_t string_index;
} __attribute__((packed));

/* A section header, as [ELF64] "Sections" has it. */
struct elf_section {
	uint32_t name;
	uint32_t type;
	uint64_t flags;
	uint64_t addr;
	uint64_t offset;
	uint64_t size;
	uint32_t link;
	uint32_t info;
	uint64_t align;
	uint64_t entry_size;
};
#define SHT_SYMTAB 2

/* Copy a string of at most len bytes, which may lack its end, to dst[size]. */
static void
copy_text(char *dst, size_t size, const char *src, size_t len)
{
	len = MIN(strnlen(src, len), size - 1);
	memcpy(dst, src, len);
	dst[len] = '\0';
}

static int
parse_module(const struct mb2_tag *tag, struct bootinfo *out)
{
	const struct mb2_module *m = (const void *)tag;
	struct boot_module *module;

	if (tag->size < sizeof(*m) || m->end < m->start)
		return -EINVAL;
	if (out->module_count == BOOT_MAX_MODULES)
		return 0;
	module = &out->modules[out->module_count++];
	module->start = m->start;
	module->bytes = m->end - m->start;
	copy_text(module->name, sizeof(module->name), m->name,
	    tag->size - sizeof(*m));
	return 0;
}

static int
parse_mmap(const struct mb2_tag *tag, struct bootinfo *out)
{
	const struct mb2_mmap *map = (const void *)tag;
	size_t pos = sizeof(*map);

	if (tag->size < sizeof(*map) ||
	    map->entry_size < sizeof(struct mb2_mmap_entry))
		return -EINVAL;
	for (; pos + map->entry_size <= tag->size; pos += map->entry_size) {
		struct mb2_mmap_entry e;

		memcpy(&e, (const char *)tag + pos, sizeof(e));
		if (e.bytes == 0 || e.start + e.bytes < e.start)
			continue;
		if (out->region_count == BOOT_MAX_REGIONS)
			break;
		out->regions[out->region_count++] = (struct boot_region){
		    e.start, e.bytes, e.type == MB2_MEMORY_AVAILABLE};
	}
	return 0;
}

static int
parse_framebuffer(const struct mb2_tag *tag, struct bootinfo *out)
{
	const struct mb2_framebuffer *fb = (const void *)tag;
	struct boot_framebuffer *f = &out->framebuffer;

	if (tag->size < offsetof(struct mb2_framebuffer, red_position))
		return -EINVAL;
	if (fb->type == MB2_FB_TEXT) {
		out->vga_text = true;
		return 0;
	}
	if (fb->type != MB2_FB_RGB || tag->size < sizeof(*fb))
		return 0;
	if ((fb->bpp != 24 && fb->bpp != 32) ||
	    fb->pitch < (uint64_t)fb->width * fb->bpp / 8)
		return 0;
	*f = (struct boot_framebuffer){
	    .start = fb->start,
	    .bytes_per_line = fb->pitch,
	    .width = fb->width,
	    .height = fb->height,
	    .bits_per_pixel = fb->bpp,
	    .red_shift = fb->red_position,
	    .green_shift = fb->green_position,
	    .blue_shift = fb->blue_position,
	};
	return 0;
}

static int
parse_sections(const struct mb2_tag *tag, struct bootinfo *out)
{
	const struct mb2_elf_sections *s = (const void *)tag;
	const char *entries = (const char *)tag + sizeof(*s);
	struct elf_section symtab;
	struct elf_section strtab;

	if (tag->size < sizeof(*s) || s->entry_size < sizeof(symtab) ||
	    s->count > (tag->size - sizeof(*s)) / s->entry_size)
		return -EINVAL;
	for (size_t i = 0; i < s->count; i++) {
		memcpy(&symtab, entries + i * s->entry_size, sizeof(symtab));
		if (symtab.type != SHT_SYMTAB || symtab.link >= s->count)
			continue;
		memcpy(&strtab, entries + (size_t)symtab.link * s->entry_size,
		    sizeof(strtab));
		out->symbols = (struct boot_symbols){
		    symtab.addr, symtab.size, strtab.addr, strtab.size};
	}
	return 0;
}

static int
parse_tag(const struct mb2_tag *tag, struct bootinfo *out)
{
	const char *payload = (const char *)(tag + 1);
	size_t payload_size = tag->size - sizeof(*tag);

	switch (tag->type) {
	case MB2_CMDLINE:
		copy_text(out->cmdline, sizeof(out->cmdline), payload, payload_size);
		return 0;
	case MB2_LOADER:
		copy_text(out->loader, sizeof(out->loader), payload, payload_size);
		return 0;
	case MB2_MODULE:
		return parse_module(tag, out);
	case MB2_MMAP:
		return parse_mmap(tag, out);
	case MB2_FRAMEBUFFER:
		return parse_framebuffer(tag, out);
	case MB2_ELF_SECTIONS:
		return parse_sections(tag, out);
	case MB2_ACPI_OLD:
	case MB2_ACPI_NEW:
		/* The new one (ACPI 2.0) comes later and is better. */
		memset(out->rsdp_copy, 0, sizeof(out->rsdp_copy));
		memcpy(out->rsdp_copy, payload,
		    MIN(payload_size, sizeof(out->rsdp_copy)));
		out->rsdp_present = true;
		return 0;
	default:
		return 0;
	}
}

int
bootinfo_parse(const void *info, size_t size, struct bootinfo *out)
{
	const struct mb2_info *head = info;
	size_t pos = sizeof(*head);

	memset(out, 0, sizeof(*out));
	if (size < sizeof(*head) || head->total_size > size)
		return -EINVAL;
	size = head->total_size;
	while (pos + sizeof(struct mb2_tag) <= size) {
		const struct mb2_tag *tag =
		    (const void *)((const char *)info + pos);
		int err;

		if (tag->type == MB2_END)
			return 0;
		if (tag->size < sizeof(*tag) || tag->size > size - pos)
			return -EINVAL;
		err = parse_tag(tag, out);
		if (err != 0)
			return err;
		pos += ALIGN_UP((size_t)tag->size, 8);
	}
	return -EINVAL; /* No end tag. */
}

const char *
bootinfo_option(const struct bootinfo *info, const char *name, char *buf,
    size_t size)
{
	size_t name_len = strlen(name);
	const char *found = NULL;
	const char *p = info->cmdline;

	for (;;) {
		size_t len;

		while (*p == ' ')
			p++;
		len = strchr(p, ' ') != NULL ? (size_t)(strchr(p, ' ') - p) :
					       strlen(p);
		if (len == 0 || (len == 2 && strncmp(p, "--", 2) == 0))
			return found;
		if (len > name_len && strncmp(p, name, name_len) == 0 &&
		    p[name_len] == '=') {
			copy_text(buf, size, p + name_len + 1,
			    len - name_len - 1);
			found = buf; /* The last one counts. */
		}
		p += len;
	}
}
