"""test_full.py - a disk that becomes full in the middle of a page.

SPDX-License-Identifier: MIT
"""

import pytest

import ext2image
from test_virtio import Box

# Two blocks are free, and hold words; a page with four holes is written to.
FULL = """mkdir -p /mnt && mount -t {kind} /dev/vda /mnt && cd /mnt || exit 9
dd if=/dev/zero of=sparse bs=1k seek=64 count=0
yes stale | dd of=hold bs=1k count=2 iflag=fullblock && sync
yes full | dd of=full bs=1k && exit 8
rm hold && sync
dd if=/dev/zero of=sparse bs=4k count=1 conv=notrunc && exit 7
sync; echo 3 >/proc/sys/vm/drop_caches
tr -d '\\0' <sparse | wc -c; cd / && umount /mnt"""


@pytest.mark.parametrize("kind", ("ext2", "ext3"))
def test_full_disk_shows_nothing_of_another_file(kind, tmp_path):
    image = str(tmp_path / "disk")
    ext2image.make(image, kind, "8M", 1024)
    with Box([image], cpus=2) as box:
        output, status = box.sh(FULL.format(kind=kind))
        log = box.text()
        box.vm.power_off()
    assert status == 0 and output.splitlines()[-1] == "0", output + log
    ext2image.check(image)
