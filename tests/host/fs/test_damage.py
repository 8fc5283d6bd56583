"""test_damage.py - damaged images are errors, and nothing worse.

The work is damage.c's; this makes the images.

SPDX-License-Identifier: MIT
"""

import os
import re

import pytest

import ext2image
import hostfs

PARTS = 4
IMAGES = 2000           # in all parts together


@pytest.fixture(scope="module", autouse=True)
def programs():
    """The programs, built."""
    hostfs.build()


def make_folder(folder):
    """What damage.c expects: see its changes[]."""
    os.makedirs(f"{folder}/dir")
    os.makedirs(f"{folder}/many")
    with open(f"{folder}/small", "wb") as file:
        file.write(os.urandom(200))
    with open(f"{folder}/big", "wb") as file:
        file.write(os.urandom(300_000))
    with open(f"{folder}/sparse", "wb") as file:
        for place in (400_000, 70_000_000):
            file.seek(place)
            file.write(b"x")
        file.truncate(90_000_000)
    os.symlink("small", f"{folder}/fast")
    os.symlink("y" * 200, f"{folder}/slow")
    os.link(f"{folder}/small", f"{folder}/dir/hard")
    for number in range(121):
        with open(f"{folder}/many/name-{number}", "w",
                  encoding="ascii") as file:
            file.write(f"{number}\n")
    for number in range(3):
        with open(f"{folder}/dir/f{number}", "wb") as file:
            file.write(os.urandom(5000))


@pytest.fixture(scope="module", name="images")
def make_images(tmp_path_factory):
    """Images of several kinds; one has a log that must be replayed."""
    place = tmp_path_factory.mktemp("images")
    make_folder(f"{place}/tree")
    made = []
    for name, kind, size, block in (("a", "ext2", "3M", 1024),
                                    ("b", "ext3", "4M", 1024),
                                    ("c", "ext3", "12M", 4096),
                                    ("d", "ext3", "4M", 1024)):
        image = f"{place}/{name}"
        ext2image.make(image, kind, size, block, f"{place}/tree",
                       ["-J", f"size={block // 1024}"] if kind == "ext3"
                       else ())
        # Indexes are made by e2fsck only.
        hostfs.run(["/sbin/e2fsck", "-fyD", image], None)
        ext2image.check(image)
        made.append(image)
    hostfs.run([f"{hostfs.FAST}/nestfs", made[-1], "-x", "-c",
                "mkdir /xx; open 0 /xx/f rwc; write 0 0 30000 5; fsync 0;"
                "unlink /dir/f1; truncate /big 5000; sync; mkdir /yy; sync;"
                "rmdir /yy; sync"])
    return made


@pytest.mark.parametrize("part", range(PARTS))
def test_damaged_images_do_no_harm(images, part):
    count = IMAGES // PARTS
    said = hostfs.run([f"{hostfs.CHECKED}/damage", "-n", str(count),
                       "-s", str(1 + part * count), "-j", "1", *images])
    assert re.search(rf"^{count} images, 0 failed", said, flags=re.MULTILINE)
    ended = [int(n) for n in re.search(
        r"(\d+) unharmed, (\d+) refused, (\d+) with errors", said).groups()]
    # Damage that nobody notices would be no test.
    assert ended[1] > count / 10 and ended[2] > count / 40


def test_unknown_feature_is_refused_by_name(images, tmp_path):
    image = f"{tmp_path}/image"
    ext2image.make(image, "ext4", "4M", 1024, None,
                   ["-O", "^has_journal,^64bit"])
    said = hostfs.run([f"{hostfs.CHECKED}/nestfs", image, "-t", "ext2"], 3)
    assert "extent" in said
    assert images
