"""disk.py - what --disk says, and what QEMU and Bochs make of it.

    IMAGE[,bus=virtio|ata][,readonly][,snapshot][,serial=TEXT]
         [,blkdebug=FILE][,log=FILE]

A comma that belongs to a name is doubled.  In QEMU a disk is a chain of nodes,
each on top of the next:

    device -> raw -> blkdebug -> blklogwrites -> qcow2 or raw -> file
              \\___ errors ___/   \\_ the log _/

The raw node has nothing to translate, but tells blkdebug of its events
("write_aio", "flush_to_disk"), by which rules may count.  So an injected error
is one of the guest's requests, and what fails is not in the log.

SPDX-License-Identifier: MIT
"""

import errno
import fcntl
import os
import struct
import subprocess
from dataclasses import dataclass

from .emulator import EmulatorError

BUSES = ("virtio", "ata")
FLAGS = ("readonly", "snapshot")
VALUES = ("bus", "serial", "blkdebug", "log")

# Where disks go, in order: hda, hdb, hdc, hdd.  The CD is in the last place.
ATA_PLACES = ((0, 0), (0, 1), (1, 0), (1, 1))

# The bytes of an image that QEMU locks to say what it does with it, and
# what others may not do, in the numbers of QEMU's permissions.
LOCK_MAY, LOCK_FORBIDS = 100, 200
READS, WRITES = 0, 1

IN_USE = "another emulator uses the image"


@dataclass
class Disk:
    """One disk.  path, blkdebug, log: absolute; "" for none."""

    path: str
    bus: str = ""                       # "": the emulator's usual one
    readonly: bool = False
    snapshot: bool = False              # changes are thrown away
    serial: str = ""
    blkdebug: str = ""                  # a configuration file of QEMU
    log: str = ""                       # every write, as blklogwrites does

    @property
    def format(self):
        """The image's format."""
        return "qcow2" if self.path.endswith(".qcow2") else "raw"

    @property
    def writes(self):
        """Whether the image itself may be written to."""
        return not self.readonly and not self.snapshot


def comma(path):
    """PATH inside an option, where a comma ends a value."""
    return str(path).replace(",", ",,")


def parse(text):
    """The Disk for what an option --disk says.  Raises EmulatorError."""
    # A comma that is doubled comes back as one, any other ends a part.
    path, *parts = [part.replace("\0", ",")
                    for part in text.replace(",,", "\0").split(",")]
    if not path:
        raise EmulatorError(f"--disk {text}: no image is named")
    disk = Disk(os.path.abspath(path))
    for part in parts:
        name, equals, value = part.partition("=")
        if name in FLAGS and not equals:
            setattr(disk, name, True)
        elif name in VALUES and value:
            setattr(disk, name, value)
        else:
            raise EmulatorError(f"--disk {text}: what is {part!r}?")
    if disk.bus and disk.bus not in BUSES:
        raise EmulatorError(f"--disk {text}: bus is virtio or ata")
    for name in ("blkdebug", "log"):
        if getattr(disk, name):
            setattr(disk, name, os.path.abspath(getattr(disk, name)))
    return disk


def disks_of(settings):
    """The disks of SETTINGS, all of which can be used.  Raises
    EmulatorError."""
    disks = [parse(text) for text in settings.disks]
    for disk in disks:
        _check(disk)
        disk.bus = disk.bus or ("ata" if settings.machine == "bochs"
                                else "virtio")
        if disk.bus == "ata" and disk.readonly:
            raise EmulatorError(f"{disk.path}: an ATA disk cannot be readonly; "
                                "snapshot keeps the image as it is")
    return disks


def _check(disk):
    """Raise EmulatorError if a file of DISK cannot be used."""
    try:
        os.close(os.open(disk.path, os.O_RDWR if disk.writes else os.O_RDONLY))
        if disk.blkdebug:
            os.close(os.open(disk.blkdebug, os.O_RDONLY))
        if disk.log:
            os.close(os.open(disk.log, os.O_WRONLY | os.O_CREAT, 0o666))
    except OSError as error:
        raise EmulatorError(f"{error.filename}: {error.strerror}") from error
    if disk.format == "raw" and os.path.getsize(disk.path) == 0:
        raise EmulatorError(f"{disk.path}: the image is empty")


def _node(**values):
    """Arguments of QEMU for a block node."""
    names = {"node_name": "node-name", "read_only": "read-only",
             "log_sector_size": "log-sector-size"}
    return ["-blockdev", ",".join(f"{names.get(name, name)}={comma(value)}"
                                  for name, value in values.items())]


def _chain(disk, name, folder):
    """QEMU's arguments for the nodes of DISK; the node on top is NAME."""
    path, form = disk.path, disk.format
    if disk.snapshot:
        path, form = f"{folder}/{name}.qcow2", "qcow2"
        subprocess.run(["qemu-img", "create", "-q", "-f", form, "-F",
                        disk.format, "-b", disk.path, path], check=True)
    access = "on" if disk.readonly else "off"
    top = f"{name}-image" if disk.log or disk.blkdebug else name
    nodes = _node(driver="file", filename=path, node_name=f"{name}-file",
                  read_only=access)
    nodes += _node(driver=form, file=f"{name}-file", node_name=top,
                   read_only=access)
    if disk.log:
        under, top = top, f"{name}-log" if disk.blkdebug else name
        with open(disk.log, "wb"):
            pass
        nodes += _node(driver="file", filename=disk.log,
                       node_name=f"{name}-logfile")
        nodes += _node(driver="blklogwrites", file=under, node_name=top,
                       log=f"{name}-logfile", log_sector_size=512)
    if disk.blkdebug:
        nodes += _node(driver="blkdebug", image=top, config=disk.blkdebug,
                       node_name=f"{name}-debug")
        nodes += _node(driver="raw", file=f"{name}-debug", node_name=name,
                       read_only=access)
    return nodes


def qemu_device(disk, drive, place):
    """QEMU's arguments for the device DRIVE-device of DISK, on the node or
    drive DRIVE.  place: of ATA_PLACES, if it is an ATA disk."""
    if disk.bus == "ata":
        device = f"ide-hd,bus=ide.{place[0]},unit={place[1]}"
    else:
        device = "virtio-blk-pci"
    # A full disk of the host is the guest's error too; else the machine stops.
    device += f",id={drive}-device,drive={drive},werror=report,rerror=report"
    if disk.serial:
        device += f",serial={comma(disk.serial)}"
    return ["-device", device]


def ata_places(disks, cd_at_the_end):
    """A place for each ATA disk, None for the others.  Raises
    EmulatorError."""
    free = list(ATA_PLACES[:3] if cd_at_the_end else ATA_PLACES)
    if sum(disk.bus == "ata" for disk in disks) > len(free):
        raise EmulatorError(f"this machine takes {len(free)} ATA disks at most")
    return [free.pop(0) if disk.bus == "ata" else None for disk in disks]


def qemu_arguments(settings, folder):
    """QEMU's arguments for the disks of SETTINGS; what they need besides is
    made in FOLDER.  Raises EmulatorError."""
    disks = disks_of(settings)
    arguments = []
    places = ata_places(disks, settings.firmware == "uefi")
    for number, (disk, place) in enumerate(zip(disks, places)):
        name = f"disk{number}"
        arguments += _chain(disk, name, folder)
        arguments += qemu_device(disk, name, place)
    return arguments


def bochs_lines(settings, folder):
    """(lines of Bochs' configuration, descriptors that hold the images) for
    the disks of SETTINGS.  Raises EmulatorError.

    Bochs makes a lock file beside a disk, and keeps one that it finds for
    another Bochs', even if that was killed.  So it sees disks through links
    in FOLDER, and the images are locked as QEMU locks them: by us.
    """
    lines, held = "", []
    disks = disks_of(settings)
    for disk in disks:
        if disk.bus != "ata":
            raise EmulatorError(f"{disk.path}: Bochs has no virtio, only "
                                "bus=ata")
        if disk.format != "raw" or disk.blkdebug or disk.log or disk.serial:
            raise EmulatorError(f"{disk.path}: Bochs takes raw images only, "
                                "without serial, blkdebug and log")
        if os.path.getsize(disk.path) % 512 != 0:
            raise EmulatorError(f"{disk.path}: Bochs wants whole sectors of "
                                "512 bytes")
    try:
        for number, (disk, place) in enumerate(
                zip(disks, ata_places(disks, True))):
            link = f"{folder}/disk{number}"
            os.symlink(disk.path, link)
            held.append(_lock(disk))
            mode = "flat"
            if disk.snapshot:
                mode = f'volatile, journal="{link}.redolog"'
            lines += f"ata{place[0]}-{('master', 'slave')[place[1]]}: " \
                f'type=disk, path="{link}", mode={mode}\n'
    except BaseException:
        for fd in held:
            os.close(fd)
        raise
    return lines, held


def _lock(disk):
    """A descriptor of DISK's image that keeps other emulators off, as QEMU
    does: from writing, and if we write, from reading too."""
    def ask(command, kind, start, count):
        """The kind of a lock in the way, or of that which we have got."""
        # struct flock: l_type, l_whence, l_start, l_len, l_pid
        answer = fcntl.fcntl(fd, command, struct.pack(
            "hhqqi4x", kind, os.SEEK_SET, start, count, 0))
        return struct.unpack_from("h", answer)[0]
    fd = os.open(disk.path, os.O_RDWR if disk.writes else os.O_RDONLY)
    free = True
    try:
        if disk.writes:
            ask(fcntl.F_OFD_SETLK, fcntl.F_WRLCK, LOCK_MAY,
                2 * (LOCK_FORBIDS - LOCK_MAY))
        else:
            for byte in (LOCK_MAY + READS, LOCK_FORBIDS + WRITES):
                ask(fcntl.F_OFD_SETLK, fcntl.F_RDLCK, byte, 1)
            free = ask(fcntl.F_OFD_GETLK, fcntl.F_WRLCK, LOCK_MAY + WRITES,
                       1) == fcntl.F_UNLCK
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            os.close(fd)
            raise
        free = False
    if not free:
        os.close(fd)
        raise EmulatorError(f"{disk.path}: {IN_USE}")
    return fd
