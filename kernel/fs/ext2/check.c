/* check.c - may this superblock be believed?
 *
 * Layer: fs/ext2   Called by: super.c
 * Source: [EXT2] "Superblock"; [EXT4] "Super Block"
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/check.h"

#include "abi/errno.h"
#include "debug/printk.h"
#include "drivers/block/block.h"

#define FEATURES_MAX 32

/* A set of feature bits that we do not know: name each of them. */
static void
name_features(uint32_t unknown, const char *const *names, unsigned count,
    const char *set, const char *source)
{
	for (unsigned i = 0; i < FEATURES_MAX; i++) {
		if ((unknown & BIT(i)) == 0)
			continue;
		if (i < count && names[i] != NULL)
			pr_err("ext2: %s: unknown feature: %s", source,
			    names[i]);
		else
			pr_err("ext2: %s: unknown feature: %s bit %u", source,
			    set, i);
	}
}

/* The sizes from which all others follow.  What is wrong, or NULL. */
static const char *
check_sizes(const struct ext2_super *super)
{
	uint32_t inode_size = super->s_inode_size;

	if (super->s_magic != EXT2_MAGIC)
		return "there is no ext2 file system";
	if (super->s_rev_level > EXT2_DYNAMIC_REV)
		return "its revision is unknown";
	if (super->s_log_block_size > 2)
		return "its blocks are larger than 4 KiB";
	if (super->s_first_data_block != (super->s_log_block_size == 0))
		return "s_first_data_block is wrong";
	if (super->s_rev_level == EXT2_GOOD_OLD_REV)
		return NULL;
	if (inode_size < EXT2_OLD_INODE ||
	    inode_size > (uint32_t)EXT2_MIN_BLOCK << super->s_log_block_size ||
	    (inode_size & (inode_size - 1)) != 0)
		return "s_inode_size is wrong";
	if (super->s_first_ino < EXT2_OLD_FIRST_INO ||
	    super->s_first_ino > super->s_inodes_per_group)
		return "s_first_ino is wrong";
	return NULL;
}

/* Blocks, groups and inodes, once the sizes are known to be right. */
static const char *
check_geometry(const struct ext2_super *super, uint64_t device)
{
	uint32_t shift = 10 + super->s_log_block_size;
	uint32_t bits = 8u << shift;
	uint32_t inode_size = super->s_rev_level == EXT2_GOOD_OLD_REV
	    ? EXT2_OLD_INODE : super->s_inode_size;
	uint32_t per_block = (1u << shift) / inode_size;
	uint64_t blocks = super->s_blocks_count;
	uint64_t groups;
	uint64_t desc_blocks;

	if (super->s_blocks_per_group < 8 || super->s_blocks_per_group > bits ||
	    super->s_blocks_per_group % 8 != 0)
		return "s_blocks_per_group is wrong";
	if (super->s_inodes_per_group < per_block ||
	    super->s_inodes_per_group > bits ||
	    super->s_inodes_per_group % per_block != 0)
		return "s_inodes_per_group is wrong";
	if (blocks <= super->s_first_data_block)
		return "s_blocks_count is wrong";
	if (blocks << shift > device)
		return "it is larger than its device";
	groups = (blocks - super->s_first_data_block +
	    super->s_blocks_per_group - 1) / super->s_blocks_per_group;
	if (groups * super->s_inodes_per_group != super->s_inodes_count)
		return "s_inodes_count is wrong";
	desc_blocks = (groups * EXT2_DESC_BYTES >> shift) + 1;
	if (super->s_reserved_gdt_blocks > (1u << shift) / 4 ||
	    1 + desc_blocks + super->s_reserved_gdt_blocks >=
	    super->s_blocks_per_group)
		return "its descriptors do not fit in a group";
	return NULL;
}

int
ext2_super_check(const struct ext2_super *super, uint64_t device,
    const char *source)
{
	static const char *const names[] = EXT2_INCOMPAT_NAMES;
	const char *wrong = check_sizes(super);
	uint32_t unknown = super->s_feature_incompat &
	    ~(uint32_t)EXT2_INCOMPAT_KNOWN;

	if (wrong == NULL && super->s_rev_level != EXT2_GOOD_OLD_REV &&
	    unknown != 0) {
		name_features(unknown, names, ARRAY_SIZE(names), "incompat",
		    source);
		return -EINVAL;
	}
	if (wrong == NULL)
		wrong = check_geometry(super, device);
	if (wrong == NULL)
		return 0;
	pr_err("ext2: %s: %s", source, wrong);
	return -EINVAL;
}

int
ext2_super_check_writable(const struct ext2_super *super,
    const struct block_device *dev, const char *source)
{
	static const char *const names[] = EXT2_RO_NAMES;
	uint32_t unknown = super->s_feature_ro_compat &
	    ~(uint32_t)EXT2_RO_KNOWN;

	if (dev->read_only) {
		pr_err("ext2: %s: the device is read-only", source);
		return -EROFS;
	}
	if (unknown == 0)
		return 0;
	name_features(unknown, names, ARRAY_SIZE(names), "ro_compat", source);
	pr_err("ext2: %s: it can be mounted read-only", source);
	return -EROFS;
}
