"""test_write_errors.py - a block that cannot be written is told by fsync,
fdatasync, msync, sync_file_range and O_SYNC, and does no harm else.

The program judges itself; afterwards the disk can be unmounted, and e2fsck
finds nothing wrong.

SPDX-License-Identifier: MIT
"""

import pytest

import ext2image
from test_mounted_errors import BLOCK, MOUNT, SECTORS, blocks, inject, make
from test_virtio import Box

BAD = 3                 # the block of the file that fails


@pytest.mark.parametrize("kind", ("ext2", "ext3"))
def test_write_errors_are_told(kind, tmp_path):
    image = str(tmp_path / "disk.img")
    make(image, tmp_path, kind)
    sector = blocks(image, "/bad")[BAD] * SECTORS
    rules = inject(tmp_path / "rules", "write", [sector])
    with Box([f"{image},blkdebug={rules}"], cpus=2,
             tests=True) as box:
        output, status = box.sh(
            MOUNT.format(kind=kind) +
            f"/tests/faults/write_errors /mnt/bad {BAD * BLOCK} 15000 "
            "&& umount /mnt && echo unmounted")
        log = box.text()
        box.vm.power_off()
    assert status == 0 and "unmounted" in output, output + log
    ext2image.check(image)
