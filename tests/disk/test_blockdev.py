"""test_blockdev.py - disks and partitions as files, judged by the host.

SPDX-License-Identifier: MIT
"""

import hashlib
import random
import struct
import subprocess

import pytest

from conftest import BUILD, TOP

SECTOR = 512
SECTORS = 24601         # ends within a page
PARTS = [(2048, 4001), (8192, 16000)]
BUSES = {"virtio": ("virtio", "vda"), "ata": ("ata", "hda")}


def make_image(path):
    """A disk of random bytes, with an MBR.  Returns the bytes."""
    data = bytearray(random.Random(1).randbytes(SECTORS * SECTOR))
    data[446:512] = bytes(64) + b"\x55\xaa"
    for number, (first, sectors) in enumerate(PARTS):
        at = 446 + 16 * number
        data[at:at + 16] = struct.pack("<B3sB3sII", 0, b"", 0x83, b"", first,
                                       sectors)
    path.write_bytes(data)
    return data


def run(image, bus, *argv):
    """Run ARGV with the disk: its output."""
    command = [f"{TOP}/tools/run", "--build", BUILD, "--cpus", "2", "--tests",
               "--disk", f"{image},bus={bus}", "--timeout", "100", "--", *argv]
    done = subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("bus", BUSES)
def test_bytes_are_those_of_the_image(bus, tmp_path):
    name = BUSES[bus][1]
    data = make_image(tmp_path / "image")
    output = run(tmp_path / "image", bus, "/bin/busybox", "sh", "-c",
                 f"cat /proc/partitions; cd /dev; busybox sha256sum {name}*; "
                 f"busybox dd if={name}2 bs=1000 skip=77 count=3 2>/dev/null |"
                 f" busybox sha256sum")
    first, sectors = PARTS[1]
    part = data[first * SECTOR:(first + sectors) * SECTOR]
    for number, (first, sectors) in enumerate([(0, SECTORS), *PARTS]):
        device = name + (str(number) if number else "")
        piece = data[first * SECTOR:(first + sectors) * SECTOR]
        assert f"{hashlib.sha256(piece).hexdigest()}  {device}\n" in output
        assert f" {sectors // 2} {device}\n" in output
    assert hashlib.sha256(part[77000:80000]).hexdigest() in output


@pytest.mark.parametrize("bus", BUSES)
def test_programs_see_a_block_device(bus, tmp_path):
    name = BUSES[bus][1]
    data = make_image(tmp_path / "image")
    first, sectors = PARTS[0]
    output = run(tmp_path / "image", bus, "/tests/faults/block_device",
                 f"/dev/{name}", str(SECTORS), f"/dev/{name}1", str(sectors))
    assert "FAILED" not in output
    at = first * SECTOR
    data[at:at + 4096] = b"m" * 8 + b"wwww" + b"m" * 4084
    data[at + sectors * SECTOR - 10:at + sectors * SECTOR] = b"0123456789"
    assert (tmp_path / "image").read_bytes() == data


def test_a_read_only_disk(tmp_path):
    data = make_image(tmp_path / "image")
    output = run(f"{tmp_path}/image,readonly", "virtio", "/bin/busybox", "sh",
                 "-c", "echo x >/dev/vda2 || echo refused; "
                 "busybox blockdev --getro /dev/vda2")
    assert "refused\n1\n" in output
    assert (tmp_path / "image").read_bytes() == data
