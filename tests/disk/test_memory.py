"""test_memory.py - files many times larger than a small machine's memory.

The program judges itself; e2fsck judges the image, and the host looks at a few
words of the file in it.

SPDX-License-Identifier: MIT
"""

import subprocess

import pytest

import ext2image
import guest

SECONDS = 600
# MiB of the file; the machine has 64.
PLACES = {"virtio-1": (1, "virtio", "vda", 1024),
          "virtio-4": (4, "virtio", "vda", 200),
          "ata-2": (2, "ata", "hda", 200)}
FACTOR = 0x9e3779b97f4a7c15     # large_file.c


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_large_file(place, tmp_path):
    cpus, bus, name, mib = place
    image = str(tmp_path / "large.img")
    ext2image.make(image, size=f"{mib + 100}M")
    settings = guest.settings(cpus=cpus, mem=64, tests=True,
                              disks=[f"{image},bus={bus}"])
    script = f"mkdir /mnt && mount -t ext3 /dev/{name} /mnt && " \
        f"/tests/faults/large_file /mnt/large {mib} && umount /mnt"
    vm = guest.Guest()
    try:
        output, status = vm.run(settings, ["/bin/sh", "-c", script], SECONDS)
        log = vm.log_text()
    finally:
        vm.close()
    assert status == 0, f"{output.decode(errors='replace')}\n{log}\n" \
        f"repeat: {guest.command(settings)}"
    ext2image.check(image)
    words = subprocess.run(
        ["debugfs", "-R", "cat /large", image], check=True,
        env=ext2image.ENVIRONMENT, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL).stdout
    assert len(words) == mib << 20
    for place in range(0, len(words), 999 << 10):
        expected = (place // 8 * FACTOR + 2 - (place % 4096 != 0)) % 2 ** 64
        assert int.from_bytes(words[place:place + 8], "little") == expected
