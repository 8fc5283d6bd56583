/* harm.c - ways to damage a file system image.
 *
 * Layer: tests/host/fs   Called by: damage.c
 *
 * Some know the format and lie where it hurts, others scatter random bytes.
 * Values are those at which programs break: 0, 1, the largest, the sign bit,
 * places of metadata.
 *
 * SPDX-License-Identifier: MIT */
#include "harm.h"

#include <string.h>

#include "fs/ext2/format.h"

#define SUPER_WORDS   104 /* those that mean something */
#define JOURNAL_WORDS 64
#define MAGIC_BYTES   "\xc0\x3b\x39\x98" /* of every block of the journal */

#define SAY(...) snprintf(text, room, __VA_ARGS__)

uint64_t
harm_pick(uint64_t *random, uint64_t limit)
{
	*random = *random * 6364136223846793005ull + 1442695040888963407ull;
	return (*random >> 32 ^ *random >> 20) % limit;
}

/* ---- Where things are ------------------------------------------------- */

static struct ext2_super *
super_of(struct image *image)
{
	return (struct ext2_super *)(image->bytes + EXT2_SUPER_OFFSET);
}

/* Its words. */
static uint32_t *
super_words(struct image *image)
{
	return (uint32_t *)(image->bytes + EXT2_SUPER_OFFSET);
}

static size_t
block_count(struct image *image)
{
	return image->size / image_block_bytes(image);
}

/* The bytes of a block; of the last one if it is behind the end. */
static uint8_t *
block_at(struct image *image, uint64_t block)
{
	size_t count = block_count(image);

	if (block >= count)
		block = count - 1;
	return image->bytes + block * image_block_bytes(image);
}

static struct ext2_group_desc *
group_of(struct image *image, unsigned group)
{
	uint32_t first = super_of(image)->s_first_data_block;

	return (struct ext2_group_desc *)block_at(image, first + 1) + group;
}

static struct ext2_disk_inode *
inode_of(struct image *image, uint32_t ino)
{
	const struct ext2_super *s = super_of(image);
	uint32_t per_group = s->s_inodes_per_group ? s->s_inodes_per_group : 1;
	uint32_t group = (ino - 1) / per_group;
	size_t bytes = s->s_inode_size ? s->s_inode_size : 128;
	size_t at = (size_t)group_of(image, group % 8)->bg_inode_table *
	    image_block_bytes(image) + (ino - 1) % per_group * bytes;

	if (at + sizeof(struct ext2_disk_inode) > image->size)
		at = 0;
	return (struct ext2_disk_inode *)(image->bytes + at);
}

/* An inode that is in use and passes the test (NULL: any), by luck. */
static uint32_t
pick_inode(struct image *image, uint64_t *random,
    bool (*test)(const struct ext2_disk_inode *))
{
	uint32_t count = super_of(image)->s_inodes_count;
	uint32_t start;

	if (count == 0 || count > 65536)
		return EXT2_ROOT_INO;
	start = (uint32_t)harm_pick(random, count);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t ino = (start + i) % count + 1;
		const struct ext2_disk_inode *d = inode_of(image, ino);

		if (d->i_links_count > 0 && d->i_mode != 0 &&
		    (ino == EXT2_ROOT_INO || ino >= EXT2_OLD_FIRST_INO) &&
		    (test == NULL || test(d)))
			return ino;
	}
	return EXT2_ROOT_INO;
}

static bool
is_dir(const struct ext2_disk_inode *d)
{
	return d->i_mode >> 12 == 4;
}

static bool
is_link(const struct ext2_disk_inode *d)
{
	return d->i_mode >> 12 == 10;
}

static bool
is_indexed(const struct ext2_disk_inode *d)
{
	return is_dir(d) && (d->i_flags & EXT2_FL_INDEX);
}

static bool
has_indirect(const struct ext2_disk_inode *d)
{
	return !is_link(d) && d->i_block[EXT2_SINGLE] != 0;
}

/* A block of an inode, one of its first. */
static uint8_t *
pick_dir_block(struct image *image, uint64_t *random, uint32_t *ino)
{
	const struct ext2_disk_inode *d;
	uint32_t block = 0;

	*ino = pick_inode(image, random, is_dir);
	d = inode_of(image, *ino);
	for (unsigned i = 0; i < 8 && block == 0; i++)
		block = d->i_block[harm_pick(random, EXT2_DIRECT)];
	return block_at(image, block ? block : d->i_block[0]);
}

/* A value at which programs break. */
static uint32_t
bad_value(struct image *image, uint64_t *random)
{
	static const uint32_t extremes[] = {0, 1, 2, 0xffffffff, 0x80000000,
	    0x7fffffff, 0xffff, 0x10000, 0xfffffffe, 255, 1024};

	switch (harm_pick(random, 4)) {
	case 0:
		return (uint32_t)harm_pick(random, block_count(image) + 2);
	case 1:
		return (uint32_t)harm_pick(random, (uint64_t)1 << 32);
	default:
		return extremes[harm_pick(random,
		    sizeof(extremes) / sizeof(*extremes))];
	}
}

/* ---- The superblock and the groups ------------------------------------ */

static void
harm_super_word(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint32_t *words = super_words(image);
	uint64_t n = harm_pick(random, SUPER_WORDS);

	words[n] = bad_value(image, random);
	SAY("superblock, byte %u: %u", (unsigned)n * 4, words[n]);
}

static void
harm_super_half(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint16_t *halves = (uint16_t *)super_words(image);
	uint64_t n = harm_pick(random, SUPER_WORDS * 2);

	halves[n] = (uint16_t)bad_value(image, random);
	SAY("superblock, byte %u: half %u", (unsigned)n * 2, halves[n]);
}

/* The counts on which all arithmetic stands. */
static void
harm_geometry(struct image *image, uint64_t *random, char *text, size_t room)
{
	static const unsigned fields[] = {0, 4, 20, 24, 32, 40, 84, 88, 76};
	uint64_t n = harm_pick(random, sizeof(fields) / sizeof(*fields));
	uint32_t *word = super_words(image) + fields[n] / sizeof(*word);

	switch (harm_pick(random, 3)) {
	case 0:
		*word += (uint32_t)harm_pick(random, 3) - 1;
		break;
	case 1:
		*word <<= harm_pick(random, 20);
		break;
	default:
		*word = bad_value(image, random);
		break;
	}
	SAY("superblock, geometry at %u: %u", fields[n], *word);
}

static void
harm_features(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint32_t *words = super_words(image) +
	    offsetof(struct ext2_super, s_feature_compat) / sizeof(*words);
	uint64_t n = harm_pick(random, 3);

	words[n] ^= (uint32_t)1 << harm_pick(random, 32);
	SAY("features %u: %x", (unsigned)n, words[n]);
}

static void
harm_magic(struct image *image, uint64_t *random, char *text, size_t room)
{
	super_of(image)->s_magic = (uint16_t)harm_pick(random, 65536);
	SAY("magic %x", super_of(image)->s_magic);
}

static void
harm_group(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint32_t *words = (uint32_t *)group_of(image,
	    (unsigned)harm_pick(random, 2));
	uint64_t n = harm_pick(random, 5);

	words[n] = bad_value(image, random);
	SAY("group descriptor, word %u: %u", (unsigned)n, words[n]);
}

static void
harm_bitmap(struct image *image, uint64_t *random, char *text, size_t room)
{
	const struct ext2_group_desc *g = group_of(image, 0);
	bool inodes = harm_pick(random, 2);
	uint8_t *map = block_at(image, inodes ? g->bg_inode_bitmap
	    : g->bg_block_bitmap);
	size_t bytes = image_block_bytes(image);
	uint64_t how = harm_pick(random, 3);

	for (size_t i = 0; i < bytes; i++)
		map[i] = how == 0 ? 0 : how == 1 ? 0xff
		    : (uint8_t)(map[i] ^ harm_pick(random, 256));
	SAY("%s bitmap: %s", inodes ? "inode" : "block",
	    how == 0 ? "0" : how == 1 ? "1" : "random");
}

/* ---- Inodes ----------------------------------------------------------- */

static void
harm_inode_word(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint32_t ino = pick_inode(image, random, NULL);
	uint32_t *words = (uint32_t *)inode_of(image, ino);
	uint64_t n = harm_pick(random, 33);

	words[n] = bad_value(image, random);
	SAY("inode %u, byte %u: %u", ino, (unsigned)n * 4, words[n]);
}

static void
harm_mode(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint32_t ino = pick_inode(image, random, NULL);
	struct ext2_disk_inode *d = inode_of(image, ino);

	d->i_mode = (uint16_t)(harm_pick(random, 16) << 12 | 0644);
	SAY("inode %u: mode %o", ino, d->i_mode);
}

static void
harm_size(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint32_t ino = pick_inode(image, random,
	    harm_pick(random, 2) ? is_dir : NULL);
	struct ext2_disk_inode *d = inode_of(image, ino);

	d->i_size = bad_value(image, random);
	if (harm_pick(random, 3) == 0)
		d->i_size_high = bad_value(image, random);
	SAY("inode %u: size %u, %u", ino, d->i_size, d->i_size_high);
}

/* Blocks of a file that are not its own. */
static void
harm_block_map(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint32_t ino = pick_inode(image, random, NULL);
	struct ext2_disk_inode *d = inode_of(image, ino);
	uint64_t n = harm_pick(random, EXT2_BLOCKS);
	const uint32_t places[] = {0, 1, 2,
	    group_of(image, 0)->bg_block_bitmap,
	    group_of(image, 0)->bg_inode_bitmap,
	    group_of(image, 0)->bg_inode_table,
	    inode_of(image, EXT2_ROOT_INO)->i_block[0],
	    inode_of(image, EXT2_JOURNAL_INO)->i_block[0],
	    (uint32_t)block_count(image), 0xffffffff,
	    (uint32_t)harm_pick(random, block_count(image))};

	d->i_block[n] = places[harm_pick(random,
	    sizeof(places) / sizeof(*places))];
	SAY("inode %u: block %u is at %u", ino, (unsigned)n, d->i_block[n]);
}

static void
harm_indirect(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint32_t ino = pick_inode(image, random, has_indirect);
	struct ext2_disk_inode *d = inode_of(image, ino);
	unsigned level = EXT2_SINGLE + (unsigned)harm_pick(random, 3);
	uint32_t *numbers;
	uint64_t n;

	if (d->i_block[level] == 0)
		level = EXT2_SINGLE;
	numbers = (uint32_t *)block_at(image, d->i_block[level]);
	n = harm_pick(random, harm_pick(random, 2) ? 4 : 256);
	if (harm_pick(random, 2)) {
		numbers[n] = d->i_block[level]; /* a loop */
		d->i_block[level + (level < EXT2_TRIPLE)] = d->i_block[level];
	} else {
		numbers[n] = bad_value(image, random);
	}
	SAY("inode %u: indirect block %u, number %u: %u", ino,
	    d->i_block[level], (unsigned)n, numbers[n]);
}

static void
harm_symlink(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint32_t ino = pick_inode(image, random, is_link);
	struct ext2_disk_inode *d = inode_of(image, ino);

	switch (harm_pick(random, 4)) {
	case 0:
		d->i_size = bad_value(image, random);
		break;
	case 1:
		d->i_blocks = bad_value(image, random);
		break;
	case 2:
		d->i_block[0] = bad_value(image, random);
		break;
	case 3:
		memset(block_at(image, d->i_block[0]), 'a',
		    image_block_bytes(image));
		break;
	}
	SAY("link %u: size %u, blocks %u", ino, d->i_size, d->i_blocks);
}

static void
harm_orphans(struct image *image, uint64_t *random, char *text, size_t room)
{
	struct ext2_super *s = super_of(image);
	uint32_t ino = pick_inode(image, random, NULL);

	s->s_last_orphan = harm_pick(random, 2) ? ino
	    : bad_value(image, random);
	inode_of(image, ino)->i_dtime = harm_pick(random, 2) ? ino
	    : bad_value(image, random);
	SAY("orphans begin with %u; %u is followed by %u", s->s_last_orphan,
	    ino, inode_of(image, ino)->i_dtime);
}

/* ---- Directories ------------------------------------------------------ */

static void
harm_dir_bytes(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint32_t ino;
	uint8_t *block = pick_dir_block(image, random, &ino);
	size_t bytes = image_block_bytes(image);

	for (unsigned i = 0; i < 4; i++)
		block[harm_pick(random, harm_pick(random, 2) ? 64 : bytes)] =
		    (uint8_t)harm_pick(random, 256);
	SAY("directory %u: random bytes", ino);
}

/* An entry of a directory's block, by luck. */
static struct ext2_entry *
pick_entry(uint8_t *block, size_t bytes, uint64_t *random)
{
	struct ext2_entry *e = (struct ext2_entry *)block;
	uint64_t steps = harm_pick(random, 8);
	size_t at = 0;

	while (steps-- > 0) {
		if (e->rec_len < 8 || at + e->rec_len + 8 > bytes)
			break;
		at += e->rec_len;
		e = (struct ext2_entry *)(block + at);
	}
	return e;
}

static void
harm_entry(struct image *image, uint64_t *random, char *text, size_t room)
{
	static const uint16_t lengths[] = {0, 1, 4, 7, 8, 9, 13, 0xffff, 65532,
	    1024, 4096, 4100};
	uint32_t ino;
	uint8_t *block = pick_dir_block(image, random, &ino);
	struct ext2_entry *e = pick_entry(block, image_block_bytes(image),
	    random);

	switch (harm_pick(random, 5)) {
	case 0:
		e->rec_len = lengths[harm_pick(random,
		    sizeof(lengths) / sizeof(*lengths))];
		break;
	case 1:
		e->name_len = (uint8_t)(harm_pick(random, 2) ? 255 : 0);
		break;
	case 2:
		e->inode = bad_value(image, random);
		break;
	case 3:
		e->file_type = (uint8_t)harm_pick(random, 10);
		break;
	case 4:
		e->name[0] = harm_pick(random, 2) ? '/' : '\0';
		break;
	}
	SAY("directory %u: entry: inode %u, length %u, name %u, type %u", ino,
	    e->inode, e->rec_len, e->name_len, e->file_type);
}

/* A directory that is below itself, or twice in the tree. */
static void
harm_loop(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint32_t ino;
	uint8_t *block = pick_dir_block(image, random, &ino);
	struct ext2_entry *e = pick_entry(block, image_block_bytes(image),
	    random);

	e->inode = harm_pick(random, 3) == 0 ? EXT2_ROOT_INO
	    : harm_pick(random, 2) ? ino : pick_inode(image, random, is_dir);
	e->file_type = EXT2_FT_DIR;
	SAY("directory %u: an entry leads to directory %u", ino, e->inode);
}

static void
harm_index(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint32_t ino = pick_inode(image, random, is_indexed);
	struct ext2_disk_inode *d = inode_of(image, ino);
	struct ext2_dx_root *root =
	    (struct ext2_dx_root *)block_at(image, d->i_block[0]);
	struct ext2_dx_countlimit *c =
	    (struct ext2_dx_countlimit *)root->entries;

	switch (harm_pick(random, 7)) {
	case 0:
		c->limit = (uint16_t)bad_value(image, random);
		break;
	case 1:
		c->count = (uint16_t)bad_value(image, random);
		break;
	case 2:
		root->info.hash_version = (uint8_t)harm_pick(random, 256);
		break;
	case 3:
		root->info.indirect_levels = (uint8_t)harm_pick(random, 4);
		break;
	case 4:
		root->entries[harm_pick(random, 8)].block =
		    bad_value(image, random);
		break;
	case 5:
		root->entries[1 + harm_pick(random, 6)].hash =
		    bad_value(image, random);
		break;
	case 6:
		root->info.info_length = (uint8_t)harm_pick(random, 16);
		break;
	}
	SAY("directory %u: index: limit %u, count %u, version %u, levels %u",
	    ino, c->limit, c->count, root->info.hash_version,
	    root->info.indirect_levels);
}

/* ---- The journal ------------------------------------------------------ */

/* A block of the log; with its magic, if want_magic and there is one. */
static uint8_t *
pick_log_block(struct image *image, uint64_t *random, bool want_magic)
{
	const struct ext2_disk_inode *d = inode_of(image, EXT2_JOURNAL_INO);
	uint32_t first = d->i_block[0];

	for (unsigned i = 1; want_magic && i < 60; i++) {
		uint8_t *block = block_at(image, first + i);

		if (memcmp(block, MAGIC_BYTES, 4) == 0 &&
		    harm_pick(random, 4) == 0)
			return block;
	}
	return block_at(image, first + harm_pick(random, 40));
}

static void
harm_journal_super(struct image *image, uint64_t *random, char *text,
    size_t room)
{
	const struct ext2_disk_inode *d = inode_of(image, EXT2_JOURNAL_INO);
	uint32_t *words = (uint32_t *)block_at(image, d->i_block[0]);
	uint64_t n = harm_pick(random, harm_pick(random, 2) ? 12
	    : JOURNAL_WORDS);

	words[n] = __builtin_bswap32(bad_value(image, random));
	SAY("journal's superblock, word %u: %u", (unsigned)n,
	    __builtin_bswap32(words[n]));
}

static void
harm_journal_header(struct image *image, uint64_t *random, char *text,
    size_t room)
{
	uint32_t *words = (uint32_t *)pick_log_block(image, random, true);
	uint64_t n = harm_pick(random, 3);

	words[n] = __builtin_bswap32(bad_value(image, random));
	SAY("journal, a block's header, word %u", (unsigned)n);
}

static void
harm_journal_tags(struct image *image, uint64_t *random, char *text,
    size_t room)
{
	uint32_t *words = (uint32_t *)pick_log_block(image, random, true);
	uint64_t n = 3 + harm_pick(random, 30);

	words[n] = __builtin_bswap32(bad_value(image, random));
	SAY("journal, a block's tags, word %u", (unsigned)n);
}

static void
harm_journal_bytes(struct image *image, uint64_t *random, char *text,
    size_t room)
{
	uint8_t *block = pick_log_block(image, random, false);

	for (unsigned i = 0; i < 16; i++)
		block[harm_pick(random, image_block_bytes(image))] ^=
		    (uint8_t)(1 + harm_pick(random, 255));
	SAY("journal, random bytes");
}

static void
harm_journal_inode(struct image *image, uint64_t *random, char *text,
    size_t room)
{
	struct ext2_disk_inode *d = inode_of(image, EXT2_JOURNAL_INO);
	uint32_t *words = (uint32_t *)d;
	uint64_t n = harm_pick(random, 26);

	words[n] = bad_value(image, random);
	SAY("journal's inode, byte %u: %u", (unsigned)n * 4, words[n]);
}

/* ---- Anywhere --------------------------------------------------------- */

static void
harm_bytes(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint64_t limit = harm_pick(random, 2) ? image->size / 8 : image->size;
	uint64_t n = 1 + harm_pick(random, 40);

	for (uint64_t i = 0; i < n; i++)
		image->bytes[harm_pick(random, limit)] ^=
		    (uint8_t)(1 + harm_pick(random, 255));
	SAY("%u random bytes", (unsigned)n);
}

static void
harm_wipe(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint64_t block = harm_pick(random, block_count(image) / 4);
	bool ones = harm_pick(random, 2);

	memset(block_at(image, block), ones ? 0xff : 0,
	    image_block_bytes(image));
	SAY("block %u is all %u", (unsigned)block, ones);
}

static void
harm_swap(struct image *image, uint64_t *random, char *text, size_t room)
{
	uint64_t a = harm_pick(random, block_count(image) / 4);
	uint64_t b = harm_pick(random, block_count(image) / 4);
	uint8_t *to = block_at(image, a);
	const uint8_t *from = block_at(image, b);

	if (a != b)
		memcpy(to, from, image_block_bytes(image));
	SAY("block %u is that of %u", (unsigned)a, (unsigned)b);
}

/* The device is smaller than the file system. */
static void
harm_cut_off(struct image *image, uint64_t *random, char *text, size_t room)
{
	image->size = harm_pick(random, image->size / 512) * 512;
	SAY("the device has %zu bytes", image->size);
}

const struct harm harms[] = {
    {"super-word", harm_super_word}, {"super-half", harm_super_half},
    {"geometry", harm_geometry}, {"features", harm_features},
    {"magic", harm_magic}, {"group", harm_group}, {"bitmap", harm_bitmap},
    {"inode", harm_inode_word}, {"mode", harm_mode}, {"size", harm_size},
    {"block-map", harm_block_map}, {"indirect", harm_indirect},
    {"symlink", harm_symlink}, {"orphans", harm_orphans},
    {"dir-bytes", harm_dir_bytes}, {"entry", harm_entry},
    {"loop", harm_loop}, {"index", harm_index},
    {"journal-super", harm_journal_super},
    {"journal-header", harm_journal_header},
    {"journal-tags", harm_journal_tags},
    {"journal-bytes", harm_journal_bytes},
    {"journal-inode", harm_journal_inode}, {"bytes", harm_bytes},
    {"wipe", harm_wipe}, {"swap", harm_swap}, {"cut-off", harm_cut_off},
};

const unsigned harm_count = sizeof(harms) / sizeof(*harms);
