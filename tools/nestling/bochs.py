"""bochs.py - machines inside Bochs.

Bochs has no way to inherit a line.  Its serial ports and its display are
pseudo-terminals that we have made, so no TCP port is opened.

SPDX-License-Identifier: MIT
"""

import os
import re
import tty

from . import disk, emulator
from .emulator import End, FdLine

BOCHS = "bochs"
DEFAULT_CPU = "corei7_skylake_x"
SHARE = "/usr/share/bochs"

# Simulated instructions a second.  Firmware and GRUB wait in simulated time,
# so a slow machine boots sooner.
IPS = 4000000

PANIC_MARK = b"NESTLING PANIC"          # written to port 0xe9
OFF_MARK = b"shutdown requested"        # Bochs' words for port 0x8900
TRIPLE_MARK = re.compile(rb"shutdown state|3rd \(\d+\) exception")

CONFIG = """\
config_interface: textconfig
display_library: term
megs: {mem}
cpu: model={cpu}, count={cpus}, ips={ips}, reset_on_triple_fault=0
romimage: file={share}/BIOS-bochs-latest
vgaromimage: file={share}/VGABIOS-lgpl-latest
boot: cdrom
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
ata1-slave: type=cdrom, path="{image}", status=inserted
{disks}com1: enabled=1, mode=term, dev={com1}
com2: enabled=1, mode=term, dev={com2}
sound: driver=dummy
clock: sync=none
port_e9_hack: enabled=1
log: bochs.log
"""


def _terminal():
    """A raw pseudo-terminal: our end, and the name of Bochs' end, which is
    kept open so that we do not see a hang-up before Bochs opens it."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    return ours, theirs


class Bochs(emulator.Emulator):
    """A Bochs process."""

    def __init__(self, settings, folder, image):
        """Start a machine that boots IMAGE."""
        if settings.firmware != "bios" or settings.icount or settings.gdb:
            raise emulator.EmulatorError(
                "UEFI, virtual time and GDB are not for Bochs")
        disks, self.held = disk.bochs_lines(settings, folder)
        com1, self.com1 = _terminal()
        com2, self.com2 = _terminal()
        screen, screen_end = _terminal()
        super().__init__(FdLine(com1), FdLine(com2))
        self.screen = FdLine(screen)
        self.words = b""
        self.log = f"{folder}/bochs.log"
        with open(f"{folder}/bochsrc", "w", encoding="utf-8") as file:
            file.write(CONFIG.format(
                mem=settings.mem, cpu=settings.cpu or DEFAULT_CPU,
                cpus=settings.cpus, ips=IPS, share=SHARE, image=image,
                disks=disks,
                com1=os.ttyname(self.com1), com2=os.ttyname(self.com2)))
        with open(f"{folder}/start", "w", encoding="ascii") as file:
            file.write("c\n")           # Debian's Bochs starts in a debugger
        environment = dict(os.environ, TERM="vt100", LINES="25", COLUMNS="80")
        try:
            self.spawn([BOCHS, "-q", "-f", "bochsrc", "-rc", "start"],
                       folder, stdin=screen_end, stdout=screen_end,
                       stderr=screen_end, env=environment)
        finally:
            os.close(screen_end)

    def read_fds(self):
        """The screen must be read, or Bochs would wait for us."""
        self._read_screen()
        fds = super().read_fds()
        return fds if self.screen.closed else fds + [self.screen.fd]

    def _read_screen(self):
        """Keep the end of what Bochs and its debugger say."""
        while True:
            data = self.screen.read()
            if not data:
                break
            self.words = (self.words + data)[-(1 << 16):]

    def running(self):
        """A triple fault leaves Bochs running for ever: end it."""
        if self.process.poll() is None and self._triple_fault():
            self.process.kill()
            self.process.wait()
        return self.process.poll() is None

    def _triple_fault(self):
        """Whether the log tells of one."""
        try:
            with open(self.log, "rb") as file:
                file.seek(max(0, os.path.getsize(self.log) - 4096))
                return TRIPLE_MARK.search(file.read()) is not None
        except OSError:
            return False

    def end(self):
        """Tells a panic, a power-off and a triple fault apart."""
        self._read_screen()
        if PANIC_MARK in self.words:
            return End(emulator.PANIC, "the kernel panicked")
        if self._triple_fault():
            return End(emulator.RESET, "guest reset (triple fault)")
        if OFF_MARK in self.words:
            return End(emulator.OFF, "the machine switched itself off")
        words = self.words.decode(errors="replace").split("\n")[-12:]
        return emulator.died(self.process, "\n".join(words))

    def kill(self):
        """End Bochs."""
        super().kill()
        for fd in (self.screen.fd, self.com1, self.com2, *self.held):
            os.close(fd)
