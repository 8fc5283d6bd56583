"""test_disk_options.py - tools/run attaches the disks that it is told to, and
says what is wrong with those that it cannot.

SPDX-License-Identifier: MIT
"""

import glob
import os
import signal
import subprocess

import pytest

import guest
from conftest import BUILD, TOP
from nestling import disk, machine
from nestling.emulator import EmulatorError

MIB = 1 << 20


@pytest.fixture(name="image")
def make_image(tmp_path):
    """The path of an image, with a comma."""
    path = tmp_path / "a,b.img"
    path.write_bytes(bytes(MIB))
    return str(path)


def run(*arguments):
    """Run /bin/true in a machine: (exit status, log)."""
    done = subprocess.run(
        [f"{TOP}/tools/run", "--build", BUILD, *arguments, "--", "/bin/true"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
        check=False)
    return done.returncode, done.stderr.decode()


def test_options_are_understood():
    assert disk.parse("/a/b.img") == disk.Disk("/a/b.img")
    assert disk.parse("/a,,b,bus=ata,readonly,snapshot,serial=x,,y=z,"
                      "blkdebug=/r,log=/l") == disk.Disk(
        "/a,b", "ata", True, True, "x,y=z", "/r", "/l")
    assert disk.parse("b.qcow2").path == f"{os.getcwd()}/b.qcow2"
    assert disk.parse("b.qcow2").format == "qcow2"


@pytest.mark.parametrize("text", [
    "", ",bus=ata", "/a,", "/a,bus", "/a,bus=", "/a,bus=scsi", "/a,readonly=1",
    "/a,pigeon", "/a,path=/b"])
def test_bad_options_are_refused(text):
    with pytest.raises(EmulatorError, match="^--disk "):
        disk.parse(text)


TROUBLES = [
    (["{}.not"], "{}.not: No such file or directory"),
    (["{}/x"], "{}/x: Not a directory"),
    (["/dev"], "/dev: Is a directory"),
    (["/dev/null"], "/dev/null: the image is empty"),
    (["{},log=/no/such"], "/no/such: No such file or directory"),
    (["{},blkdebug=/no/such"], "/no/such: No such file or directory"),
    (["{},bus=ata,readonly"], "an ATA disk cannot be readonly"),
    (["{},bus=ata,snapshot"] * 5, "takes 4 ATA disks at most"),
    (["{}", "{}"], "{}: another emulator uses the image"),
]
TROUBLES_BOCHS = [
    (["{}.not"], "{}.not: No such file or directory"),
    (["{},bus=virtio"], "{}: Bochs has no virtio"),
    (["{},serial=1"], "Bochs takes raw images only"),
    (["{},snapshot"] * 4, "takes 3 ATA disks at most"),
    (["{}", "{}"], "{}: another emulator uses the image"),
    (["{}", "{},snapshot"], "{}: another emulator uses the image"),
]


@pytest.mark.parametrize("emulator, disks, words", [
    *[("qemu", *trouble) for trouble in TROUBLES],
    *[("bochs", *trouble) for trouble in TROUBLES_BOCHS]])
def test_disk_that_cannot_be_used_is_125(image, emulator, disks, words):
    arguments = ["--machine", emulator]
    for text in disks:
        arguments += ["--disk", text.format(image.replace(",", ",,"))]
    status, log = run(*arguments)
    assert status == 125
    assert log.startswith("tools/run: ") and words.format(image) in log


@pytest.mark.parametrize("arguments", [
    ["--disk", "{},bus=ata,snapshot"] * 3 +
    ["--disk", "{},bus=ata,snapshot,log={}.log"],
    ["--disk", "{},readonly", "--disk", "{},readonly,blkdebug={}.rules"],
    ["--machine", "bochs"] + ["--disk", "{},snapshot"] * 3,
    ["--firmware", "uefi"] + ["--disk", "{},bus=ata,snapshot"] * 3,
], ids=["ata", "readers", "bochs", "uefi"])
def test_machine_boots_from_its_cd_beside_disks(image, arguments):
    with open(f"{image}.rules", "w", encoding="ascii") as file:
        file.write('[inject-error]\nevent = "none"\n')
    name = image.replace(",", ",,")
    status, log = run(*[text.format(name, name) for text in arguments])
    assert status == 0, log


@pytest.mark.parametrize("first", ["qemu", "bochs"])
@pytest.mark.parametrize("second", ["qemu", "bochs"])
def test_image_belongs_to_one_emulator(image, first, second):
    disks = [image.replace(",", ",,")]
    reader = [disks[0] + ",snapshot"]
    with machine.Machine(guest.settings(machine=first, disks=disks)):
        for wanted in (disks, reader):
            with pytest.raises(machine.HarnessFailed, match="another emul"):
                machine.Machine(guest.settings(machine=second, disks=wanted))
    with machine.Machine(guest.settings(machine=first, disks=reader)):
        machine.Machine(guest.settings(machine=second, disks=reader)).close()
        with pytest.raises(machine.HarnessFailed, match="another emul"):
            machine.Machine(guest.settings(machine=second, disks=disks))
    machine.Machine(guest.settings(machine=second, disks=disks)).close()


@pytest.mark.parametrize("emulator", ["qemu", "bochs"])
def test_killed_emulator_leaves_the_image_free(image, emulator):
    settings = guest.settings(machine=emulator,
                              disks=[image.replace(",", ",,")])
    with machine.Machine(settings) as killed:
        killed.wait_ready()
        os.kill(killed.emulator.process.pid, signal.SIGKILL)
        with pytest.raises(machine.HarnessFailed, match="killed by signal 9"):
            killed.run_to_end()
    assert glob.glob(f"{glob.escape(os.path.dirname(image))}/*") == [image]
    with machine.Machine(settings) as again:
        again.wait_ready()
