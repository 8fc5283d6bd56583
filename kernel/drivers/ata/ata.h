/* ata.h - ATA disks behind a PCI IDE controller.
 *
 * Layer: drivers   Called by: init.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

struct bootinfo;

/* Find the IDE controller and its disks, and register them: hda, hdb, hdc, hdd.
 * The kernel argument ata=pio keeps them from using DMA.  Reads partition
 * tables, so interrupts and the block layer must work.  May sleep; at most two
 * seconds for a channel that is broken. */
void ata_init(const struct bootinfo *info);
