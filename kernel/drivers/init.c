/* init.c - bring up all drivers, in order.
 *
 * Layer: drivers   Called by: main.c
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/init.h"

#include "debug/printk.h"
#include "drivers/ata/ata.h"
#include "drivers/block/block.h"
#include "drivers/console.h"
#include "drivers/display/display.h"
#include "drivers/keyboard.h"
#include "drivers/mem.h"
#include "drivers/pci.h"
#include "drivers/power.h"
#include "drivers/random.h"
#include "drivers/rtc.h"
#include "drivers/tty.h"
#include "drivers/uart.h"
#include "drivers/virtio/virtio.h"
#include "sched/clock.h"
#include "x86/bootinfo.h"

/* Set the wall clock from the battery-backed one. */
static void
clock_from_rtc(void)
{
	int64_t seconds;

	if (rtc_read(&seconds) != 0) {
		pr_warn("rtc: no clock; the time is that since boot");
		return;
	}
	clock_set_realtime_ns(seconds * NS_PER_SEC);
	pr_info("rtc: %ld seconds since 1970", (long)seconds);
}

void
drivers_early_init(void)
{
	uart_early_init();
}

void
drivers_console_init(const struct bootinfo *info)
{
	console_init(info->cmdline);
	display_early_init(info);
}

void
drivers_init(const struct bootinfo *info)
{
	random_init();              /* before anything asks for a number */
	mem_init();
	tty_init();
	display_init(info);
	uart_init();
	keyboard_init(display_terminal());
	console_device_init();      /* the terminals are there */
	clock_from_rtc();
	pci_init();
	power_init();
	block_init();               /* before the first disk */
	virtio_init();
	ata_init(info);
}
