"""qemu.py - machines inside QEMU.

The lines to the machine are pairs of sockets that QEMU inherits: nothing has a
name, so nothing can collide or be left behind.

SPDX-License-Identifier: MIT
"""

import calendar
import os
import re
import socket
import subprocess

from . import disk, emulator, qmp
from .disk import comma
from .emulator import End, EmulatorError, FdLine, FileTail

QEMU = "qemu-system-x86_64"
OVMF = ["/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_CODE.fd"]

# The kernel ends QEMU by writing PANIC_VALUE to this port when it panics.
PANIC_DEVICE = "isa-debug-exit,iobase=0xf4,iosize=4"
PANIC_VALUE = 0x3f
PANIC_STATUS = 2 * PANIC_VALUE + 1

VIRTUAL_EPOCH = "2026-01-01"
VIRTUAL_START = calendar.timegm((2026, 1, 1, 0, 0, 0))


def machine_arguments(settings):
    """QEMU's arguments for the machine itself: CPUs, memory, firmware.

    vapic, a help for old guests under KVM, is off: QEMU 7.2 could wait for
    itself for ever when it went back to a snapshot with it.
    """
    arguments = ["-nodefaults", "-no-user-config", "-accel", "tcg",
                 "-m", str(settings.mem), "-smp", str(settings.cpus),
                 "-cpu", settings.cpu or "max", "-device", PANIC_DEVICE,
                 "-global", "apic-common.vapic=off"]
    if settings.vga:
        arguments += ["-vga", "std"]
    if settings.firmware == "uefi":
        found = [path for path in OVMF if os.path.exists(path)]
        if not found:
            raise EmulatorError("no UEFI firmware: install the package ovmf")
        arguments += ["-drive", f"if=pflash,format=raw,readonly=on,"
                                f"file={found[0]}"]
    return arguments


def time_arguments(settings):
    """QEMU's arguments for virtual time, which instructions alone move.

    When the CPUs wait, it jumps to the next timer.  But a disk answers in the
    host's time: the kernel's time limit for it would always come first.  So
    with disks it goes on at the host's pace.
    """
    if not settings.icount:
        return []
    sleep = "on" if settings.disks else "off"
    return ["-icount", f"shift={settings.icount_shift},sleep={sleep}",
            "-rtc", f"clock=vm,base={VIRTUAL_EPOCH}",
            "-seed", str(settings.seed or 0)]


def boot_arguments(settings, image):
    """QEMU's arguments for the drive with IMAGE.

    It is a CD behind AHCI, whose DMA the BIOS reads in half the time that the
    ports of IDE take.  (UEFI stays with IDE.)  But a CD answers in
    the host's time, so firmware and GRUB would wait for it for different
    times.  In virtual time the machine boots from an SD card: QEMU reads that
    while the CPU waits.  It must have a power of two of bytes.  (Disks, which
    answer in the host's time as well, would come before the card.)
    """
    if settings.firmware == "uefi":
        return ["-drive", f"if=ide,index=3,media=cdrom,format=raw,"
                          f"readonly=on,file={comma(image)}"]
    if settings.icount and not settings.disks:
        os.truncate(image, 1 << (os.path.getsize(image) - 1).bit_length())
        return ["-drive", f"if=none,id=boot,format=raw,file={comma(image)}",
                "-device", "sdhci-pci", "-device", "sd-card,drive=boot"]
    return ["-drive", f"if=none,id=boot,media=cdrom,format=raw,"
                      f"readonly=on,file={comma(image)}",
            "-device", "ahci,id=boot-bus",
            "-device", "ide-cd,drive=boot,bus=boot-bus.0,bootindex=0"]


def disk_arguments(settings, folder, image):
    """QEMU's arguments for the drive to boot from and the disks.  folder: for
    files that the disks need while the machine runs."""
    return (boot_arguments(settings, image) +
            disk.qemu_arguments(settings, folder))


def gdb_arguments(settings):
    """QEMU's arguments to stop before the first instruction for GDB."""
    if not settings.gdb:
        return []
    return ["-S", "-chardev", f"socket,id=gdb,server=on,wait=off,"
                              f"path={comma(settings.gdb)}",
            "-gdb", "chardev:gdb"]


class Qemu(emulator.Emulator):
    """A QEMU process."""

    def __init__(self, settings, folder, image, extra=()):
        """Start a machine that boots IMAGE.  extra: further arguments; where
        they replace the drives and the clock, see record.py."""
        command = [os.environ.get("NESTLING_QEMU", QEMU), "-display", "none",
                   "-no-reboot", *machine_arguments(settings)]
        if extra:
            command += extra
        else:
            command += time_arguments(settings)
            command += disk_arguments(settings, folder, image)
        command += gdb_arguments(settings)
        theirs = []
        ends = []
        for number in (1, 2):
            path = f"{folder}/com{number}"
            if settings.job is None:
                ours, other = socket.socketpair()
                theirs.append(other)
                ends.append(FdLine(ours.detach()))
                backend = f"socket,fd={other.fileno()}"
            else:
                ends.append(FileTail(path))
                backend = f"file,path={comma(path)},append=on"
            command += ["-chardev", f"{backend},id=com{number}",
                        "-serial", f"chardev:com{number}"]
        super().__init__(*ends)
        self.gdb = settings.gdb
        self.qmp, other = qmp.pair()
        theirs.append(other)
        command += ["-chardev", f"socket,fd={other.fileno()},id=qmp",
                    "-mon", "chardev=qmp,mode=control"]
        self.words = open(f"{folder}/qemu.err", "w+b", buffering=0)
        try:
            self.spawn(command, folder, [end.fileno() for end in theirs],
                       stdin=subprocess.DEVNULL, stdout=self.words,
                       stderr=self.words)
        finally:
            for end in theirs:
                end.close()
        try:
            self.qmp.command("query-status")
        except qmp.QmpError as error:
            self.process.wait()
            if self.process.returncode == PANIC_STATUS:
                return
            self._if_in_use()
            raise EmulatorError(f"{error}\n{self._said()}") from error

    def _said(self):
        """What QEMU wrote to its standard error."""
        self.words.seek(0)
        return self.words.read().decode(errors="replace").strip()

    def _if_in_use(self):
        """Raise EmulatorError if QEMU did not get an image for itself."""
        words = self._said()
        if not re.search("Failed to (get .* )?lock", words):
            return
        found = re.search(r"\[(.*)\]\?", words)
        raise EmulatorError(f"{found.group(1) if found else 'a disk'}: "
                            f"{disk.IN_USE}")

    def guest_seconds(self):
        """Seconds of virtual time since power-on, from the machine's RTC."""
        try:
            now = self.qmp.command("qom-get", path="/machine",
                                   property="rtc-time")
        except qmp.QmpError:
            return None
        return calendar.timegm((now["tm_year"] + 1900, now["tm_mon"] + 1,
                                now["tm_mday"], now["tm_hour"],
                                now["tm_min"], now["tm_sec"])) - VIRTUAL_START

    def end(self):
        """Tells a panic, a power-off and a reset apart."""
        self.qmp.drain()
        if self.process.returncode == PANIC_STATUS:
            return End(emulator.PANIC, "the kernel panicked")
        reasons = [event["data"].get("reason") for event in self.qmp.events
                   if event["event"] == "SHUTDOWN"]
        if self.process.returncode != 0 or not reasons:
            return emulator.died(self.process, self._said())
        if reasons[-1] == "guest-reset":
            return End(emulator.RESET, "guest reset (triple fault?)")
        if reasons[-1] == "guest-shutdown":
            return End(emulator.OFF, "the machine switched itself off")
        return End(emulator.FAILED, f"QEMU was told to end: {reasons[-1]}")

    def kill(self):
        """End QEMU.  A killed one leaves its socket for GDB behind."""
        super().kill()
        if self.gdb and os.path.exists(self.gdb):
            os.unlink(self.gdb)
        self.qmp.close()
        self.words.close()
