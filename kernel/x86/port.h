/* port.h - the I/O ports.
 *
 * Layer: x86   Called by: drivers
 *
 * Source: [SDM2] "IN - Input from Port", "OUT - Output to Port"
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

#define PORT_IN(name, type, insn)                                           \
	static inline type name(uint16_t port)                              \
	{                                                                   \
		type value;                                                 \
		__asm__ volatile(insn " %1, %0" : "=a"(value) : "Nd"(port)); \
		return value;                                               \
	}
#define PORT_OUT(name, type, insn)                                           \
	static inline void name(uint16_t port, type value)                   \
	{                                                                    \
		__asm__ volatile(insn " %0, %1" ::"a"(value), "Nd"(port));   \
	}

PORT_IN(inb, uint8_t, "inb")
PORT_IN(inw, uint16_t, "inw")
PORT_IN(inl, uint32_t, "inl")
PORT_OUT(outb, uint8_t, "outb")
PORT_OUT(outw, uint16_t, "outw")
PORT_OUT(outl, uint32_t, "outl")

/* Read count 16-bit words from port into buf. */
static inline void
insw(uint16_t port, void *buf, size_t count)
{
	__asm__ volatile("rep insw" : "+D"(buf), "+c"(count) : "d"(port) : "memory");
}

static inline void
outsw(uint16_t port, const void *buf, size_t count)
{
	__asm__ volatile("rep outsw" : "+S"(buf), "+c"(count) : "d"(port) : "memory");
}
