"""test_stress.py - many processes at work on a disk, with little memory.

The program (tests/faults/disk_stress.c) judges what it reads, and that the
space comes back; e2fsck judges the images.

	STRESS_SECONDS=600 STRESS_SEED=7 make check T=test_stress

Layer: tests/disk

SPDX-License-Identifier: MIT
"""

import os
import re

import pytest

import ext2image
import guest
from test_virtio import Box

SECONDS = int(os.environ.get("STRESS_SECONDS", "8"))
SEED = int(os.environ.get("STRESS_SEED", "1"))
SLACK = 240             # for the end: what was written is read twice
BAD = r"no answer|panic|BUG|assert|corrupt|error"

# Kind, bytes a block, bus, MiB of memory, CPUs, workers, mount options.
PLACES = [
    ("ext3", 4096, "virtio", 64, 4, 6, ""),
    ("ext3", 1024, "virtio", 64, 4, 6, "data=journal"),
    ("ext2", 1024, "virtio", 64, 4, 6, ""),
    ("ext3", 1024, "ata", 256, 4, 10, ""),
    ("ext2", 4096, "ata", 256, 4, 10, ""),
    ("ext3", 4096, "ata", 64, 1, 4, "data=journal"),
]

SCRIPT = """mkdir -p /mnt /second &&
mount -t {kind} {option} /dev/{disk}a /mnt &&
mkdir /mnt/stress && /tests/faults/disk_stress {seconds} {seed} {workers} \
/mnt/stress /dev/{disk}a /dev/{disk}b {second} /second
status=$?
grep -E 'Mem|Dirty|Writeback|Buffers|^Cached' /proc/meminfo
umount /mnt && exit $status"""


def name(place):
    """A readable name for a place."""
    return "-".join(str(part) for part in place if part)


@pytest.mark.parametrize("place", PLACES, ids=name)
def test_stress(place, tmp_path):
    kind, block, bus, mem, cpus, workers, option = place
    images = [str(tmp_path / "first"), str(tmp_path / "second")]
    second = "ext2" if kind == "ext3" else "ext3"
    ext2image.make(images[0], kind, "64M", block)
    ext2image.make(images[1], second, "8M", 5120 - block)
    script = SCRIPT.format(
        kind=kind, option=f"-o {option}" if option else "", second=second,
        disk="vd" if bus == "virtio" else "hd", seconds=SECONDS, seed=SEED,
        workers=workers)
    options = dict(mem=mem, cpus=cpus, tests=True)
    disks = [f"{image},bus={bus}" for image in images]
    with Box(disks, **options) as box:
        output, status = box.sh(script, SECONDS + SLACK)
        log = box.text()
        box.vm.power_off()
    repeat = guest.command(guest.settings(disks=disks, **options))
    assert status == 0, f"{output}\n{log}\nrepeat: {repeat}, then:\n{script}"
    assert not re.search(BAD, log), log
    for image in images:
        ext2image.check(image)
