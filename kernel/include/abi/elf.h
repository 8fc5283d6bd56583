/* elf.h - executable files
 *
 * Layer: include/abi   Called by: proc, debug, x86 (symbols)
 * Source: Linux x86-64, <elf.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* e_ident */
#define EI_MAG0     0
#define EI_CLASS    4
#define EI_DATA     5
#define EI_VERSION  6
#define EI_OSABI    7
#define EI_NIDENT   16
#define ELFCLASS64  2
#define ELFDATA2LSB 1
#define EV_CURRENT  1

/* e_type, e_machine */
#define ET_REL    1
#define ET_EXEC   2
#define ET_DYN    3
#define ET_CORE   4
#define EM_X86_64 62
#define PN_XNUM   65535

/* p_type */
#define PT_NULL         0x0
#define PT_LOAD         0x1
#define PT_DYNAMIC      0x2
#define PT_INTERP       0x3
#define PT_NOTE         0x4
#define PT_PHDR         0x6
#define PT_TLS          0x7
#define PT_GNU_STACK    0x6474e551
#define PT_GNU_RELRO    0x6474e552
#define PT_GNU_PROPERTY 0x6474e553

/* p_flags */
#define PF_X 1
#define PF_W 2
#define PF_R 4

/* Sections and symbols */
#define SHT_NULL     0
#define SHT_PROGBITS 1
#define SHT_SYMTAB   2
#define SHT_STRTAB   3
#define SHT_NOBITS   8
#define SHN_UNDEF    0
#define STT_NOTYPE   0
#define STT_OBJECT   1
#define STT_FUNC     2
#define STT_SECTION  3
#define STT_FILE     4

#define ELF_MAGIC       "\177ELF"
#define ELF_MAGIC_BYTES 4
#define ELF_ST_TYPE(info) ((info) & 0xf)

struct abi_elf64_ehdr {
	uint8_t e_ident[EI_NIDENT];
	uint16_t e_type;
	uint16_t e_machine;
	uint32_t e_version;
	uint64_t e_entry;
	uint64_t e_phoff;
	uint64_t e_shoff;
	uint32_t e_flags;
	uint16_t e_ehsize;
	uint16_t e_phentsize;
	uint16_t e_phnum;
	uint16_t e_shentsize;
	uint16_t e_shnum;
	uint16_t e_shstrndx;
};
_Static_assert(sizeof(struct abi_elf64_ehdr) == 64, "Elf64_Ehdr");

struct abi_elf64_phdr {
	uint32_t p_type;
	uint32_t p_flags;
	uint64_t p_offset;
	uint64_t p_vaddr;
	uint64_t p_paddr;
	uint64_t p_filesz;
	uint64_t p_memsz;
	uint64_t p_align;
};
_Static_assert(sizeof(struct abi_elf64_phdr) == 56, "Elf64_Phdr");

struct abi_elf64_shdr {
	uint32_t sh_name;
	uint32_t sh_type;
	uint64_t sh_flags;
	uint64_t sh_addr;
	uint64_t sh_offset;
	uint64_t sh_size;
	uint32_t sh_link;
	uint32_t sh_info;
	uint64_t sh_addralign;
	uint64_t sh_entsize;
};
_Static_assert(sizeof(struct abi_elf64_shdr) == 64, "Elf64_Shdr");

struct abi_elf64_sym {
	uint32_t st_name;
	uint8_t st_info;
	uint8_t st_other;
	uint16_t st_shndx;
	uint64_t st_value;
	uint64_t st_size;
};
_Static_assert(sizeof(struct abi_elf64_sym) == 24, "Elf64_Sym");
