"""record.py - record a run, and repeat it exactly.

QEMU's record/replay keeps everything that reaches the machine from outside.
A recording is one file: a tar archive with the settings, the CD image, the
disks as they were at the start and what was written to them, QEMU's log and
its first snapshot, to which GDB goes back for reverse-continue.  Replay needs
nothing else, so it still works when the kernel has been built anew.

SPDX-License-Identifier: MIT
"""

import dataclasses
import json
import subprocess
import tarfile

from . import agent, disk, machine, qemu
from .emulator import EmulatorError, Settings

SETTINGS, IMAGE, LOG, SNAPSHOT = "settings.json", "cd.iso", "rr.log", \
    "snapshot.qcow2"


def _disk(number):
    return f"disk{number}"


def _overlay(number):
    return f"disk{number}.qcow2"


def _arguments(settings, folder, mode):
    """QEMU's arguments for clock and drives, with MODE record or replay."""
    arguments = ["-icount", f"shift=auto,rr={mode},rrfile={folder}/{LOG},"
                            "rrsnapshot=init",
                 "-rtc", f"clock=vm,base={qemu.VIRTUAL_EPOCH}",
                 "-seed", str(settings.seed or 0),
                 "-drive", f"if=none,id=rr,file={folder}/{SNAPSHOT}"]
    drives = [(IMAGE, "raw", "on", "cd",
               ["-device", "ide-cd,bus=ide.1,unit=1,drive=cd,bootindex=0"])]
    disks = [disk.parse(text) for text in settings.disks]
    places = disk.ata_places(disks, True)
    for number, (each, place) in enumerate(zip(disks, places)):
        drives.append((_overlay(number), "qcow2", "off", f"d{number}",
                       disk.qemu_device(each, f"d{number}", place)))
    for name, kind, readonly, drive, device in drives:
        arguments += [
            "-drive", f"if=none,id={drive}-image,file={folder}/{name},"
                      f"format={kind},readonly={readonly}",
            "-drive", f"if=none,id={drive},driver=blkreplay,"
                      f"image={drive}-image,readonly={readonly}",
            *device]
    return arguments


def recording(settings):
    """A function for machine.Machine(extra=...) that has the run recorded.
    The disks themselves stay as they are."""
    def extra(folder, _image):
        _create(f"{folder}/{SNAPSHOT}", "64M")
        for number, each in enumerate(disk.disks_of(settings)):
            if each.readonly or each.blkdebug or each.log:
                raise EmulatorError("a recorded run takes no disk with "
                                    "readonly, blkdebug or log")
            subprocess.run(["cp", "--sparse=always", "--reflink=auto",
                            each.path, f"{folder}/{_disk(number)}"],
                           check=True)
            _create("-F", each.format, "-b", _disk(number),
                    f"{folder}/{_overlay(number)}")
        return _arguments(settings, folder, "record")
    return extra


def _create(*arguments):
    """Make a qcow2 image."""
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *arguments],
                   check=True)


def save(path, settings, folder):
    """Pack what the recorded machine, now ended, has left in FOLDER."""
    kept = dataclasses.asdict(settings)
    kept["job"] = None if settings.job is None else settings.job.hex()
    with open(f"{folder}/{SETTINGS}", "w", encoding="utf-8") as file:
        json.dump(kept, file)
    names = [SETTINGS, IMAGE, LOG, SNAPSHOT]
    for number in range(len(settings.disks)):
        names += [_disk(number), _overlay(number)]
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name in names:
            archive.add(f"{folder}/{name}", name)


class Replay(machine.Machine):
    """A machine that does again what it did when it was recorded."""

    def __init__(self, path, log=None, gdb=""):
        """path: a recording.  Raises HarnessFailed, OSError."""
        self.archive = path
        try:
            with tarfile.open(path) as archive:
                kept = json.load(archive.extractfile(SETTINGS))
        except (tarfile.TarError, KeyError, ValueError) as error:
            raise machine.HarnessFailed(
                f"{path}: not a recording: {error}") from error
        if kept["job"] is not None:
            kept["job"] = bytes.fromhex(kept["job"])
        kept["gdb"] = gdb
        super().__init__(Settings(**kept), log, self._extra)

    def _read(self, output):
        """Going backwards, GDB lets the machine begin anew and say all again:
        what comes in the middle of a frame then is no error."""
        try:
            return super()._read(output)
        except machine.HarnessFailed:
            if not self.settings.gdb:
                raise
            self.agent = agent.Agent(agent.WINDOW_MAX)
            return True

    def _make_image(self):
        """Unpack instead of making."""
        with tarfile.open(self.archive) as archive:
            archive.extractall(self.folder)
        return f"{self.folder}/{IMAGE}"

    def _extra(self, folder, _image):
        return _arguments(self.settings, folder, "replay")
