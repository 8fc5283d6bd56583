/* pic.c - the 8259 interrupt controllers and the 8254 timer of the PC.
 *
 * Layer: x86   Called by: apic.c, tsc.c
 *
 * With an APIC the PIC only has to be silent; without, it is all there is.
 * Source: [8259A] "Initialization Command Words", [8254] "Mode Definitions"
 * SPDX-License-Identifier: MIT */

#include "x86/pic.h"
#include "x86/port.h"
#include "x86/trap.h"

#define PIC1_COMMAND 0x20
#define PIC1_DATA    0x21
#define PIC2_COMMAND 0xa0
#define PIC2_DATA    0xa1

#define ICW1_INIT_ICW4 0x11 /* edge-triggered, cascaded, ICW4 follows */
#define ICW4_8086      0x01
#define OCW2_EOI       0x20
#define OCW3_READ_ISR  0x0b
#define PIC_CASCADE    2 /* the second one hangs at line 2 of the first */
#define PIC_LINES      8
#define PIC_ALL        0xff

#define PIT_CHANNEL0 0x40
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND  0x43
#define PIT_CH0_MODE0 0x30 /* channel 0, low then high byte, one interrupt */
#define PIT_CH2_MODE0 0xb0
#define PORT_SPEAKER 0x61
#define SPEAKER_GATE BIT(0) /* channel 2 counts */
#define SPEAKER_ON   BIT(1)
#define SPEAKER_OUT  BIT(5) /* channel 2 has finished */

static uint16_t pic_mask = 0xffff; /* lines that are off; boot CPU only */

static void
write_mask(void)
{
	outb(PIC1_DATA, (uint8_t)pic_mask);
	outb(PIC2_DATA, (uint8_t)(pic_mask >> PIC_LINES));
}

void
pic_init(void)
{
	outb(PIC1_COMMAND, ICW1_INIT_ICW4);
	outb(PIC2_COMMAND, ICW1_INIT_ICW4);
	outb(PIC1_DATA, VECTOR_IRQ0);
	outb(PIC2_DATA, VECTOR_IRQ0 + PIC_LINES);
	outb(PIC1_DATA, 1 << PIC_CASCADE);
	outb(PIC2_DATA, PIC_CASCADE);
	outb(PIC1_DATA, ICW4_8086);
	outb(PIC2_DATA, ICW4_8086);
	write_mask();
}

void
pic_unmask(unsigned irq)
{
	pic_mask &= (uint16_t)~BIT(irq);
	if (irq >= PIC_LINES)
		pic_mask &= (uint16_t)~BIT(PIC_CASCADE);
	write_mask();
}

void
pic_eoi(unsigned irq)
{
	if (irq >= PIC_LINES)
		outb(PIC2_COMMAND, OCW2_EOI);
	outb(PIC1_COMMAND, OCW2_EOI);
}

bool
pic_is_spurious(unsigned irq)
{
	uint16_t command = irq < PIC_LINES ? PIC1_COMMAND : PIC2_COMMAND;

	if (irq % PIC_LINES != PIC_LINES - 1)
		return false;
	outb(command, OCW3_READ_ISR);
	if (inb(command) & BIT(PIC_LINES - 1))
		return false;
	if (irq >= PIC_LINES)
		outb(PIC1_COMMAND, OCW2_EOI); /* The cascade line was real. */
	return true;
}

void
pit_arm(unsigned ticks)
{
	outb(PIT_COMMAND, PIT_CH0_MODE0);
	outb(PIT_CHANNEL0, (uint8_t)ticks);
	outb(PIT_CHANNEL0, (uint8_t)(ticks >> 8));
}

void
pit_wait_start(unsigned ticks)
{
	outb(PORT_SPEAKER, (inb(PORT_SPEAKER) & ~SPEAKER_ON) | SPEAKER_GATE);
	outb(PIT_COMMAND, PIT_CH2_MODE0);
	outb(PIT_CHANNEL2, (uint8_t)ticks);
	outb(PIT_CHANNEL2, (uint8_t)(ticks >> 8));
}

bool
pit_wait_done(void)
{
	return (inb(PORT_SPEAKER) & SPEAKER_OUT) != 0;
}
