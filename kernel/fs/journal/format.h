/* format.h - what a journal looks like on the disk.
 *
 * Layer: fs/journal   Called by: the files of this folder only
 * Source: [EXT4] 3.6 "Journal (jbd2)"
 *
 *	block 0   1 (s_first)                                      s_maxlen
 *	+-------+----------------------------------------------------+
 *	| super | ... [descriptor][copy][copy]...[revoke]...[commit] | a ring
 *	+-------+----------------------------------------------------+
 *	              ^ s_start, if the log is not empty
 *
 * All numbers are big-endian.  Every block but a copy begins with a header; a
 * copy that would begin like one has its first word zeroed (TAG_ESCAPE).
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/bits.h"
#include "lib/types.h"

typedef uint16_t be16_t;
typedef uint32_t be32_t;
typedef uint64_t be64_t;

static inline uint16_t
swap16(uint16_t x)
{
	return __builtin_bswap16(x);
}

static inline uint32_t
swap32(uint32_t x)
{
	return __builtin_bswap32(x);
}

static inline uint64_t
swap64(uint64_t x)
{
	return __builtin_bswap64(x);
}

#define JBD2_MAGIC_NUMBER 0xc03b3998u

/* header->h_blocktype */
#define JBD2_DESCRIPTOR_BLOCK 1
#define JBD2_COMMIT_BLOCK     2
#define JBD2_SUPERBLOCK_V1    3
#define JBD2_SUPERBLOCK_V2    4
#define JBD2_REVOKE_BLOCK     5

struct jbd2_header {
	be32_t h_magic;
	be32_t h_blocktype;
	be32_t h_sequence;
};
_Static_assert(sizeof(struct jbd2_header) == 12, "as on the disk");

/* s_feature_compat */
#define JBD2_FEATURE_COMPAT_CHECKSUM BIT(0) /* of whole transactions: old */

/* s_feature_incompat */
#define JBD2_FEATURE_INCOMPAT_REVOKE       BIT(0)
#define JBD2_FEATURE_INCOMPAT_64BIT        BIT(1)
#define JBD2_FEATURE_INCOMPAT_ASYNC_COMMIT BIT(2)
#define JBD2_FEATURE_INCOMPAT_CSUM_V2      BIT(3)
#define JBD2_FEATURE_INCOMPAT_CSUM_V3      BIT(4)
#define JBD2_FEATURE_INCOMPAT_FAST_COMMIT  BIT(5)

/* s_checksum_type, h_chksum_type */
#define JBD2_CRC32_CHKSUM  1
#define JBD2_CRC32C_CHKSUM 4

/* The shortest log. */
#define JBD2_MIN_JOURNAL_BLOCKS 1024

struct jbd2_super {
	struct jbd2_header s_header;
	be32_t s_blocksize;
	be32_t s_maxlen;   /* blocks of the log, this one too */
	be32_t s_first;    /* of the ring */
	be32_t s_sequence; /* of the first transaction there, or the next */
	be32_t s_start;    /* where that begins; 0: the log is empty */
	be32_t s_errno;    /* why it was given up */
	/* Only in version 2: */
	be32_t s_feature_compat;
	be32_t s_feature_incompat;
	be32_t s_feature_ro_compat;
	uint8_t s_uuid[16];
	be32_t s_nr_users;
	be32_t s_dynsuper;
	be32_t s_max_transaction;
	be32_t s_max_trans_data;
	uint8_t s_checksum_type;
	uint8_t s_padding2[3];
	be32_t s_num_fc_blks;
	be32_t s_head;
	be32_t s_padding[40];
	be32_t s_checksum; /* CRC-32C of this structure, with 0 here */
	uint8_t s_users[768];
};
_Static_assert(offsetof(struct jbd2_super, s_uuid) == 48, "as on the disk");
_Static_assert(offsetof(struct jbd2_super, s_checksum) == 252,
    "as on the disk");
_Static_assert(sizeof(struct jbd2_super) == 1024, "as on the disk");

/* A descriptor block is a header and tags: one for each copy that follows.
 * Without JBD2_FEATURE_INCOMPAT_64BIT the last member is left out; a 16-byte
 * UUID follows each tag that has not TAG_SAME_UUID. */
struct jbd2_tag {
	be32_t t_blocknr;
	be16_t t_checksum; /* CSUM_V2: half of a CRC-32C */
	be16_t t_flags;
	be32_t t_blocknr_high;
} __attribute__((packed)); /* with CSUM_V2, tags are 10 or 14 bytes apart */
_Static_assert(sizeof(struct jbd2_tag) == 12, "as on the disk");

/* The tag with JBD2_FEATURE_INCOMPAT_CSUM_V3. */
struct jbd2_tag3 {
	be32_t t_blocknr;
	be32_t t_flags;
	be32_t t_blocknr_high;
	be32_t t_checksum; /* CRC-32C of sequence and copy */
};
_Static_assert(sizeof(struct jbd2_tag3) == 16, "as on the disk");

#define JBD2_FLAG_ESCAPE    1
#define JBD2_FLAG_SAME_UUID 2
#define JBD2_FLAG_DELETED   4
#define JBD2_FLAG_LAST_TAG  8

#define JBD2_UUID_BYTES 16

/* With CSUM_V2 or V3, the last bytes of descriptor and revoke blocks. */
struct jbd2_tail {
	be32_t t_checksum; /* CRC-32C of the block, with 0 here */
};

/* A revoke block is this and block numbers, 4 bytes each, or 8 with 64BIT:
 * copies of these blocks in this and earlier transactions are void. */
struct jbd2_revoke {
	struct jbd2_header r_header;
	be32_t r_count; /* bytes used, with this header */
};
_Static_assert(sizeof(struct jbd2_revoke) == 16, "as on the disk");

struct jbd2_commit {
	struct jbd2_header h_header;
	uint8_t h_chksum_type; /* COMPAT_CHECKSUM */
	uint8_t h_chksum_size;
	uint8_t h_padding[2];
	be32_t h_chksum[8];    /* [0]: of the transaction, or (CSUM_V2, V3) the
	                        * CRC-32C of this block, with 0 here */
	be64_t h_commit_sec;
	be32_t h_commit_nsec;
} __attribute__((packed));
_Static_assert(offsetof(struct jbd2_commit, h_commit_sec) == 48,
    "as on the disk");
_Static_assert(sizeof(struct jbd2_commit) == 60, "as on the disk");
