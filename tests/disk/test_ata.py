"""test_ata.py - ATA disks of QEMU and Bochs: what the guest writes is in the
image, what the host wrote is read, and errors are the program's errors.

SPDX-License-Identifier: MIT
"""

import hashlib
import os
import random
import signal
import time

import pytest

import guest
from nestling import agent, machine

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

MACHINES = [("qemu", 1, "dma"), ("qemu", 4, "dma"), ("qemu", 4, "pio"),
            ("bochs", 1, "dma"), ("bochs", 4, "dma"), ("bochs", 1, "pio")]
SECONDS = 240


def noise(seed, count):
    """COUNT bytes without a pattern."""
    return random.Random(seed).randbytes(count)


def sha(data):
    """The SHA-256 of DATA, as sha256sum prints it."""
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(name="image")
def make_image(tmp_path):
    """A function that makes an image with pieces of data {offset: bytes}."""
    def make(name, size, pieces):
        path = str(tmp_path / name)
        with open(path, "wb") as file:
            file.truncate(size)
            for offset, data in pieces.items():
                file.seek(offset)
                file.write(data)
        return path
    return make


def piece(path, offset, count):
    """COUNT bytes of an image."""
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(count)


class Guest:
    """A machine with ATA disks, and its log."""

    def __init__(self, disks, emulator="qemu", cpus=1, mode="dma"):
        self.log = bytearray()
        self.machine = machine.Machine(guest.settings(
            machine=emulator, cpus=cpus, append=f"ata={mode}",
            disks=[f"{disk},bus=ata" for disk in disks]), self.log.extend)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.machine.close()

    def run(self, script):
        """The lines that the shell SCRIPT prints; its status is 0."""
        ended, output = self.machine.run(
            ["/bin/busybox", "sh", "-c", script], seconds=SECONDS)
        assert agent.status(ended) == 0, \
            (output, self.log[-4000:].decode(errors="replace"))
        return output.decode().splitlines()

    def power_off(self):
        """Switch it off."""
        self.machine.power_off()


@pytest.mark.parametrize("kind", MACHINES, ids=str)
def test_disks_hold_what_is_written(image, kind):
    size = 256 * KIB if kind[0] == "bochs" else 8 * MIB
    data = {name: noise(name, size) for name in ("hda", "hdb", "hdc")}
    paths = [image(name, size, {0: data[name]}) for name in data]
    with Guest(paths, *kind) as vm:
        # All at once: the first two share a channel.
        lines = vm.run("for d in hda hdb hdc; do sha256sum /dev/$d & done; "
                       "wait")
        assert {tuple(line.split()) for line in lines} == {
            (sha(data[name]), f"/dev/{name}") for name in data}
        vm.run(f"dd if=/dev/urandom of=/tmp/new bs={size} count=1 &&"
               "for d in hda hdb hdc; do dd if=/tmp/new of=/dev/$d bs=61k "
               "conv=notrunc,fsync & done; wait")
        new = vm.run("sha256sum /tmp/new")[0].split()[0]
        for path in paths:
            assert sha(piece(path, 0, size)) == new
        vm.power_off()
        log = vm.log.decode(errors="replace")
        assert f"hdb: {'QEMU HARDDISK' if kind[0] == 'qemu' else 'Generic'}" \
            in log
        assert f"LBA48, {kind[2].upper()}" in log
    with Guest(paths, *kind) as vm:
        assert vm.run("sha256sum /dev/hdc") == [f"{new}  /dev/hdc"]


@pytest.mark.parametrize("kind", MACHINES, ids=str)
def test_disk_of_200_gib(image, kind):
    # The last sector that 28 bits reach, those around it, and the last.
    limit, size = 128 * GIB, 200 * GIB
    near, end = noise(1, 256 * KIB), noise(2, 64 * KIB)
    path = image("big", size, {limit - 128 * KIB: near, size - 64 * KIB: end})
    with Guest([path], *kind) as vm:
        assert vm.run(
            f"dd if=/dev/hda bs=64k skip={limit // (64 * KIB) - 2} count=4"
            " 2>/dev/null | sha256sum;"
            f"dd if=/dev/hda bs=64k skip={size // (64 * KIB) - 1} count=4"
            " 2>/dev/null | sha256sum") == [f"{sha(near)}  -",
                                            f"{sha(end)}  -"]
        vm.run("dd if=/dev/urandom of=/tmp/new bs=256k count=1;"
               "dd if=/tmp/new of=/dev/hda bs=64k conv=notrunc,fsync "
               f"seek={limit // (64 * KIB) - 2};"
               "dd if=/tmp/new of=/dev/hda bs=64k conv=notrunc,fsync "
               f"count=1 seek={size // (64 * KIB) - 1}")
        new = vm.run("sha256sum /tmp/new")[0].split()[0]
        assert sha(piece(path, limit - 128 * KIB, 256 * KIB)) == new
        assert piece(path, limit - 128 * KIB, 64 * KIB) == \
            piece(path, size - 64 * KIB, 64 * KIB)
        # Nothing went elsewhere: the image is still holes but for these.
        assert piece(path, 0, MIB) == bytes(MIB)
        assert os.stat(path).st_blocks * 512 < 2 * MIB
        assert vm.run("dd if=/tmp/new of=/dev/hda bs=64k "
                      f"seek={size // (64 * KIB)} 2>&1 || echo full"
                      )[-1] == "full"


def rules(tmp_path, *errors):
    """A file for blkdebug with errors, each the lines of a rule."""
    path = tmp_path / "rules"
    path.write_text("".join(
        '[inject-error]\nevent = "none"\nerrno = "5"\n' +
        "".join(f'{name} = "{value}"\n' for name, value in error.items())
        for error in errors), encoding="ascii")
    return path


@pytest.mark.parametrize("mode", ["dma", "pio"])
def test_errors_reach_the_program(image, tmp_path, mode):
    data = noise(3, MIB)
    path = image("hda", MIB, {0: data})
    config = rules(tmp_path, {"iotype": "read", "sector": 64},
                   {"iotype": "write", "sector": 128})
    with Guest([f"{path},blkdebug={config}"], "qemu", 2, mode) as vm:
        assert vm.run("dd if=/dev/hda of=/tmp/x bs=4k skip=8 count=1 2>&1 ||"
                      "echo failed")[-1] == "failed"
        assert b"hda: READ " in vm.log and b"failed, status" in vm.log
        # A neighbour is as good as ever.
        assert vm.run("dd if=/dev/hda bs=4k skip=9 count=8 2>/dev/null |"
                      "sha256sum") == [f"{sha(data[36 * KIB:68 * KIB])}  -"]
        # (A drive is given one message a second.)
        assert vm.run("sleep 1; dd if=/dev/urandom of=/dev/hda bs=4k seek=16 count=1 "
                      "conv=notrunc,fsync 2>&1 || echo failed"
                      )[-1] == "failed"
        assert b"hda: WRITE " in vm.log
        assert vm.run("dd if=/tmp/x of=/dev/hda bs=4k seek=17 count=1 "
                      "conv=notrunc,fsync; echo $?")[-1] == "0"
        assert piece(path, 64 * KIB, 4 * KIB) == data[64 * KIB:68 * KIB]


@pytest.mark.parametrize("mode", ["dma", "pio"])
def test_flush_that_fails_fails_fsync(image, tmp_path, mode):
    path = image("hda", MIB, {})
    config = rules(tmp_path, {"iotype": "flush", "once": "on"})
    with Guest([f"{path},blkdebug={config}"], "qemu", 1, mode) as vm:
        write = "dd if=/dev/urandom of=/dev/hda bs=4k count=1 " \
            "conv=notrunc,fsync 2>&1 && echo good || echo failed"
        assert vm.run(write)[-1] == "failed"
        assert b"hda: FLUSH CACHE" in vm.log
        assert vm.run(write)[-1] == "good"


def throttle(vm, bps):
    """Make QEMU's disk do so many bytes a second; 0: as fast as it can."""
    vm.machine.emulator.qmp.command(
        "block_set_io_throttle", id="disk0-device", bps=bps, bps_rd=0,
        bps_wr=0, iops=0, iops_rd=0, iops_wr=0)


def test_slow_disk_is_waited_for(image):
    data = noise(5, MIB)
    path = image("hda", MIB, {0: data})
    with Guest([path]) as vm:
        vm.machine.wait_ready()
        throttle(vm, 400 * KIB)
        start = time.monotonic()
        assert vm.run("sha256sum /dev/hda") == [f"{sha(data)}  /dev/hda"]
        assert time.monotonic() - start > 1
        assert b"failed" not in vm.log and b"no answer" not in vm.log


def test_disk_without_answer_is_reset(image):
    data = noise(6, MIB)
    path = image("hda", MIB, {0: data})
    with Guest([path], cpus=2) as vm:
        vm.machine.wait_ready()
        throttle(vm, 100)
        read = "dd if=/dev/hda bs=4k skip=%d count=1 2>/dev/null | " \
            "sha256sum"
        lines = vm.run(f"{read % 100}; {read % 200}")
        assert lines[0] == f"{sha(data[400 * KIB:404 * KIB])}  -"
        assert lines[1] == f"{sha(b'')}  -"
        assert b"hda: READ DMA, 8 sectors at 1600: no answer" in vm.log
        throttle(vm, 0)
        assert vm.run("sha256sum /dev/hda") == [f"{sha(data)}  /dev/hda"]
        vm.run("dd if=/dev/zero of=/dev/hda bs=4k count=256 "
               "conv=notrunc,fsync")
        assert piece(path, 0, MIB) == bytes(MIB)


@pytest.mark.parametrize("kind", [("qemu", 2), ("bochs", 1)], ids=str)
def test_killed_emulator_keeps_what_was_synced(image, kind):
    path = image("hda", MIB, {})
    with Guest([path], *kind) as vm:
        lines = vm.run("dd if=/dev/urandom of=/dev/hda bs=16k count=4 "
                       "conv=notrunc,fsync; sha256sum /dev/hda;"
                       # Writes go on in the background when it is killed.
                       "while :; do dd if=/dev/zero of=/dev/hda bs=4k seek=16"
                       " conv=notrunc,fsync; done >/dev/null 2>&1 &")
        os.kill(vm.machine.emulator.process.pid, signal.SIGKILL)
        with pytest.raises(machine.HarnessFailed, match="signal 9"):
            vm.machine.run_to_end()
    assert f"{sha(piece(path, 0, MIB))}  /dev/hda" in lines
    with Guest([path], *kind) as vm:
        assert vm.run("sha256sum /dev/hda")[0] in lines


def test_partitions_are_found(image):
    # An MBR with one partition of type 0x83: sectors 2048 to 4095.
    entry = bytes([0, 0, 0, 0, 0x83, 0, 0, 0]) + \
        (2048).to_bytes(4, "little") + (2048).to_bytes(4, "little")
    data = noise(4, MIB)
    path = image("hda", 4 * MIB, {446: entry, 510: b"\x55\xaa", MIB: data})
    with Guest([path]) as vm:
        assert vm.run("sha256sum /dev/hda1") == [f"{sha(data)}  /dev/hda1"]


def test_packet_device_is_left_alone():
    with machine.Machine(guest.settings(machine="bochs")) as vm:
        log = bytearray()
        vm.log = log.extend
        vm.wait_ready()
        vm.power_off()
    assert b"hdd: Generic 1234: a packet device, not used" in log
