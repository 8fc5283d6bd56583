/* format.h - what is on the disk of an ext2 or ext3 file system.
 *
 * Layer: fs/ext2   Called by: the files of this folder
 * Source: [EXT2] "Disk Organization"; [EXT4] "High Level Design", "Data
 *	Structures" for what ext3 and later e2fsprogs added
 *
 *	byte 0          1024         block first_data_block + n * blocks_per_group
 *	| boot sector | super | ...  | [super, descriptors] block bitmap,
 *	                               inode bitmap, inode table, data |
 *
 * The disk is cut into groups of blocks.  Group 0, and with sparse_super the
 * groups 1 and the powers of 3, 5 and 7, begin with a copy of the superblock
 * and of all descriptors.  All numbers are little-endian, as the CPU is.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/bits.h"
#include "lib/types.h"

/* ---- The superblock --------------------------------------------------- */

#define EXT2_SUPER_OFFSET   1024  /* from the start of the device */
#define EXT2_SUPER_BYTES    1024
#define EXT2_MAGIC          0xef53
#define EXT2_MIN_BLOCK      1024
#define EXT2_MAX_BLOCK      4096  /* as large as a page */
#define EXT2_DESC_BYTES     32

#define EXT2_GOOD_OLD_REV   0     /* inodes of 128 bytes, the first at 11 */
#define EXT2_DYNAMIC_REV    1
#define EXT2_OLD_FIRST_INO  11
#define EXT2_OLD_INODE      128

/* Inodes with a meaning of their own. */
#define EXT2_ROOT_INO       2
#define EXT2_RESIZE_INO     7
#define EXT2_JOURNAL_INO    8

/* s_state */
#define EXT2_STATE_VALID    BIT(0) /* unmounted cleanly */
#define EXT2_STATE_ERROR    BIT(1) /* errors were found */
#define EXT2_STATE_ORPHAN   BIT(2) /* orphans are being recovered */

/* s_errors */
#define EXT2_ERRORS_CONTINUE 1
#define EXT2_ERRORS_READONLY 2
#define EXT2_ERRORS_PANIC    3

/* s_feature_compat: whoever does not know them may still write. */
#define EXT2_COMPAT_DIR_PREALLOC  BIT(0)
#define EXT2_COMPAT_HAS_JOURNAL   BIT(2)
#define EXT2_COMPAT_EXT_ATTR      BIT(3)
#define EXT2_COMPAT_RESIZE_INODE  BIT(4)
#define EXT2_COMPAT_DIR_INDEX     BIT(5)
#define EXT2_COMPAT_SPARSE_SUPER2 BIT(9)  /* two copies of the superblock */

/* s_feature_ro_compat: whoever does not know them may still read. */
#define EXT2_RO_SPARSE_SUPER      BIT(0)
#define EXT2_RO_LARGE_FILE        BIT(1)  /* a size above 2 GiB exists */
#define EXT2_RO_KNOWN             (EXT2_RO_SPARSE_SUPER | EXT2_RO_LARGE_FILE)

/* s_feature_incompat: whoever does not know them keeps off. */
#define EXT2_INCOMPAT_FILETYPE    BIT(1)  /* entries of directories say it */
#define EXT2_INCOMPAT_RECOVER     BIT(2)  /* the journal is to be replayed */
#define EXT2_INCOMPAT_KNOWN       (EXT2_INCOMPAT_FILETYPE | \
    EXT2_INCOMPAT_RECOVER)

/* The names of all features, by bit, as dumpe2fs prints them. */
#define EXT2_RO_NAMES { "sparse_super", "large_file", "btree_dir",            \
	"huge_file", "uninit_bg", "dir_nlink", "extra_isize", "has_snapshot", \
	"quota", "bigalloc", "metadata_csum", "replica", "read-only",         \
	"project", "shared_blocks", "verity", "orphan_present" }
#define EXT2_INCOMPAT_NAMES { "compression", "filetype", "needs_recovery",    \
	"journal_dev", "meta_bg", NULL, "extent", "64bit", "mmp", "flex_bg",  \
	"ea_inode", NULL, "dirdata", "metadata_csum_seed", "large_dir",       \
	"inline_data", "encrypt", "casefold" }

/* s_flags: how names are hashed with directory indexes (hash.c). */
#define EXT2_FLAGS_SIGNED_HASH    BIT(0)
#define EXT2_FLAGS_UNSIGNED_HASH  BIT(1)

#define EXT2_JNL_BLOCKS  17       /* s_jnl_blocks: i_block, size high, low */
#define EXT2_JNL_BACKUP_BLOCKS 1  /* s_jnl_backup_type: of i_block */

struct ext2_super {
	uint32_t s_inodes_count;
	uint32_t s_blocks_count;
	uint32_t s_r_blocks_count;
	uint32_t s_free_blocks_count;
	uint32_t s_free_inodes_count;
	uint32_t s_first_data_block;  /* 1 with blocks of 1 KiB, else 0 */
	uint32_t s_log_block_size;    /* 1024 << this */
	uint32_t s_log_frag_size;
	uint32_t s_blocks_per_group;
	uint32_t s_frags_per_group;
	uint32_t s_inodes_per_group;
	uint32_t s_mtime;             /* of the last mount */
	uint32_t s_wtime;
	uint16_t s_mnt_count;
	int16_t s_max_mnt_count;
	uint16_t s_magic;
	uint16_t s_state;             /* EXT2_STATE_* */
	uint16_t s_errors;            /* EXT2_ERRORS_* */
	uint16_t s_minor_rev_level;
	uint32_t s_lastcheck;
	uint32_t s_checkinterval;
	uint32_t s_creator_os;
	uint32_t s_rev_level;
	uint16_t s_def_resuid;
	uint16_t s_def_resgid;
	/* EXT2_DYNAMIC_REV */
	uint32_t s_first_ino;
	uint16_t s_inode_size;
	uint16_t s_block_group_nr;
	uint32_t s_feature_compat;
	uint32_t s_feature_incompat;
	uint32_t s_feature_ro_compat;
	uint8_t s_uuid[16];
	char s_volume_name[16];
	char s_last_mounted[64];
	uint32_t s_algorithm_usage_bitmap;
	uint8_t s_prealloc_blocks;
	uint8_t s_prealloc_dir_blocks;
	uint16_t s_reserved_gdt_blocks;
	/* A journal */
	uint8_t s_journal_uuid[16];
	uint32_t s_journal_inum;
	uint32_t s_journal_dev;
	uint32_t s_last_orphan;       /* head of the list: orphan.c */
	uint32_t s_hash_seed[4];
	uint8_t s_def_hash_version;
	uint8_t s_jnl_backup_type;
	uint16_t s_desc_size;
	uint32_t s_default_mount_opts;
	uint32_t s_first_meta_bg;
	uint32_t s_mkfs_time;
	uint32_t s_jnl_blocks[EXT2_JNL_BLOCKS];
	uint32_t s_high[3];           /* 64bit: upper halves of counts */
	uint16_t s_min_extra_isize;
	uint16_t s_want_extra_isize;
	uint32_t s_flags;
	uint16_t s_raid_stride;
	uint16_t s_mmp_interval;
	uint64_t s_mmp_block;
	uint32_t s_raid_stripe_width;
	uint8_t s_log_groups_per_flex;
	uint8_t s_checksum_type;
	uint16_t s_reserved_pad;
	uint64_t s_kbytes_written;
	uint32_t s_snapshot[5];
	uint32_t s_error_count;       /* what ext2_error() notes: */
	uint32_t s_first_error_time;
	uint32_t s_first_error_ino;
	uint64_t s_first_error_block;
	uint8_t s_first_error_func[32];
	uint32_t s_first_error_line;
	uint32_t s_last_error_time;
	uint32_t s_last_error_ino;
	uint32_t s_last_error_line;
	uint64_t s_last_error_block;
	uint8_t s_last_error_func[32];
	char s_mount_opts[64];
	uint32_t s_quota_inums[2];
	uint32_t s_overhead_blocks;
	uint32_t s_backup_bgs[2];     /* sparse_super2: where the copies are */
	uint8_t s_rest[428];
} __attribute__((packed));
_Static_assert(sizeof(struct ext2_super) == EXT2_SUPER_BYTES, "superblock");
_Static_assert(offsetof(struct ext2_super, s_magic) == 56, "superblock");
_Static_assert(offsetof(struct ext2_super, s_first_ino) == 84, "superblock");
_Static_assert(offsetof(struct ext2_super, s_journal_uuid) == 208,
    "superblock");
_Static_assert(offsetof(struct ext2_super, s_last_orphan) == 232, "superblock");
_Static_assert(offsetof(struct ext2_super, s_jnl_blocks) == 268, "superblock");
_Static_assert(offsetof(struct ext2_super, s_flags) == 352, "superblock");
_Static_assert(offsetof(struct ext2_super, s_error_count) == 404, "superblock");
_Static_assert(offsetof(struct ext2_super, s_backup_bgs) == 588, "superblock");

/* ---- A group ---------------------------------------------------------- */

struct ext2_group_desc {
	uint32_t bg_block_bitmap;
	uint32_t bg_inode_bitmap;
	uint32_t bg_inode_table;
	uint16_t bg_free_blocks_count;
	uint16_t bg_free_inodes_count;
	uint16_t bg_used_dirs_count;
	uint16_t bg_flags;
	uint32_t bg_reserved[3];
};
_Static_assert(sizeof(struct ext2_group_desc) == EXT2_DESC_BYTES,
    "group descriptor");

/* ---- An inode --------------------------------------------------------- */

/* i_block: 12 blocks, then blocks of the numbers of blocks. */
#define EXT2_DIRECT      12
#define EXT2_SINGLE      12
#define EXT2_DOUBLE      13
#define EXT2_TRIPLE      14
#define EXT2_BLOCKS      15
#define EXT2_FAST_SYMLINK (EXT2_BLOCKS * 4) /* shorter ones are in i_block */

/* i_flags */
#define EXT2_FL_SYNC       BIT(3)
#define EXT2_FL_IMMUTABLE  BIT(4)
#define EXT2_FL_APPEND     BIT(5)
#define EXT2_FL_NOATIME    BIT(7)
#define EXT2_FL_INDEX      BIT(12) /* a directory has an index: htree.c */
#define EXT2_FL_JOURNAL    BIT(14) /* its data goes through the journal */
#define EXT2_FL_DIRSYNC    BIT(16)
#define EXT2_FL_TOPDIR     BIT(17)
#define EXT2_FL_EXTENTS    BIT(19)
#define EXT2_FL_INLINE     BIT(28)
/* What a new file takes over from its directory: s, u, c, S, d, A, j, D, T as
 * chattr(1) calls them, but T. */
#define EXT2_FL_INHERITED  (BIT(0) | BIT(1) | BIT(2) | EXT2_FL_SYNC | BIT(6) | \
    EXT2_FL_NOATIME | EXT2_FL_JOURNAL | BIT(15) | EXT2_FL_DIRSYNC)

#define EXT2_LINK_MAX    32000

/* The first 128 bytes, and what may follow where inodes are larger: i_extra
 * bytes of that are in use. */
struct ext2_disk_inode {
	uint16_t i_mode;
	uint16_t i_uid;
	uint32_t i_size;
	uint32_t i_atime;
	uint32_t i_ctime;
	uint32_t i_mtime;
	uint32_t i_dtime;             /* deleted; on the orphan list: the next */
	uint16_t i_gid;
	uint16_t i_links_count;
	uint32_t i_blocks;            /* of 512 bytes, with indirect ones */
	uint32_t i_flags;             /* EXT2_FL_* */
	uint32_t i_version;
	uint32_t i_block[EXT2_BLOCKS];
	uint32_t i_generation;
	uint32_t i_file_acl;          /* block of extended attributes */
	uint32_t i_size_high;         /* of regular files */
	uint32_t i_faddr;
	uint16_t i_blocks_high;
	uint16_t i_file_acl_high;
	uint16_t i_uid_high;
	uint16_t i_gid_high;
	uint16_t i_checksum_lo;
	uint16_t i_reserved;
	/* s_inode_size > 128 */
	uint16_t i_extra_isize;
	uint16_t i_checksum_hi;
	uint32_t i_ctime_extra;       /* nanoseconds << 2 | epoch */
	uint32_t i_mtime_extra;
	uint32_t i_atime_extra;
	uint32_t i_crtime;
	uint32_t i_crtime_extra;
	uint32_t i_version_hi;
	uint32_t i_projid;
};
_Static_assert(sizeof(struct ext2_disk_inode) == 160, "inode");
_Static_assert(offsetof(struct ext2_disk_inode, i_block) == 40, "inode");
_Static_assert(offsetof(struct ext2_disk_inode, i_uid_high) == 120, "inode");
_Static_assert(offsetof(struct ext2_disk_inode, i_extra_isize) ==
    EXT2_OLD_INODE,
    "inode");

/* What our i_extra_isize is in a new inode of 256 bytes. */
#define EXT2_EXTRA_ISIZE (sizeof(struct ext2_disk_inode) - EXT2_OLD_INODE)

/* i_Xtime_extra */
#define EXT2_EPOCH_MASK  (BIT(0) | BIT(1)) /* added to the seconds << 32 */
#define EXT2_EPOCH_SHIFT 2                 /* above it: nanoseconds */

/* ---- A directory ------------------------------------------------------ */

#define EXT2_NAME_MAX    255

/* Entries fill a block: the lengths add up to its size, and are multiples of
 * 4; one with inode 0 is free. */
struct ext2_entry {
	uint32_t inode;
	uint16_t rec_len;
	uint8_t name_len;
	uint8_t file_type;            /* EXT2_FT_*, or 0 without filetype */
	char name[];
};
_Static_assert(sizeof(struct ext2_entry) == 8, "entry of a directory");

#define EXT2_ENTRY_ALIGN 4
/* Bytes that an entry of that name needs. */
#define EXT2_ENTRY_BYTES(name_len) \
	(ALIGN_UP(sizeof(struct ext2_entry) + (name_len), EXT2_ENTRY_ALIGN))

enum ext2_file_type {
	EXT2_FT_UNKNOWN,
	EXT2_FT_REG,
	EXT2_FT_DIR,
	EXT2_FT_CHR,
	EXT2_FT_BLK,
	EXT2_FT_FIFO,
	EXT2_FT_SOCK,
	EXT2_FT_SYMLINK,
};

/* The index of a directory: block 0 is its root, behind "." and "..", whose
 * entry covers it; other index blocks are one free entry as large as the block,
 * and the leaves are ordinary blocks, each with the names of a range of hashes.
 *
 *	root: dx_root_info, dx_countlimit, dx_entry[1 ...]
 *	node: ext2_entry,   dx_countlimit, dx_entry[1 ...]
 *
 * Entry 0 has no hash (it is for all below entry 1's): the count and limit of
 * entries lie there. */
struct ext2_dx_entry {
	uint32_t hash;                /* bit 0: goes on from the one before */
	uint32_t block;               /* of the directory; upper 4 bits unused */
};

struct ext2_dx_countlimit {
	uint16_t limit;
	uint16_t count;
	uint32_t block;               /* of entry 0 */
};
_Static_assert(sizeof(struct ext2_dx_countlimit) ==
    sizeof(struct ext2_dx_entry),
    "dx_countlimit");

struct ext2_dx_root_info {
	uint32_t reserved;
	uint8_t hash_version;         /* EXT2_HASH_* */
	uint8_t info_length;          /* 8 */
	uint8_t indirect_levels;      /* 0 or 1 */
	uint8_t unused_flags;
};

struct ext2_dx_root {
	uint8_t dot[12];              /* a struct ext2_entry with its name */
	uint8_t dotdot[12];
	struct ext2_dx_root_info info;
	struct ext2_dx_entry entries[];
};
_Static_assert(sizeof(struct ext2_dx_root) == 32, "dx_root");

struct ext2_dx_node {
	uint8_t fake[8];              /* a struct ext2_entry without a name */
	struct ext2_dx_entry entries[];
};

#define EXT2_DX_BLOCK_MASK  (BIT(28) - 1)
#define EXT2_DX_LEVELS_MAX  1         /* indirect_levels without large_dir */

/* hash_version and s_def_hash_version; with EXT2_FLAGS_UNSIGNED_HASH the
 * characters of the first three are unsigned. */
enum ext2_hash {
	EXT2_HASH_LEGACY,
	EXT2_HASH_HALF_MD4,
	EXT2_HASH_TEA,
	EXT2_HASH_LEGACY_UNSIGNED,
	EXT2_HASH_HALF_MD4_UNSIGNED,
	EXT2_HASH_TEA_UNSIGNED,
};
