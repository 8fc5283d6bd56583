"""test_ext2_names.py - operations on names when things go wrong, and limits.

The kernel's file system as a host program (tests/host/fs) works on an image
while memory is refused or requests fail, one after the other; e2fsck judges.

SPDX-License-Identifier: MIT
"""

import re
import shutil
import subprocess

import pytest

import ext2image
from conftest import BUILD, TOP

SECONDS = 60
EMLINK, ENOENT = -31, -2
LINK_MAX = 32000
BLOCK = 1024
ROOT_COUNT = 34         # byte of the number of entries in an index's root
NAMES = 600
FILES = 90
LONG = "a-rather-long-name-that-fills-blocks-"

# Every one of these may fail.
CHANGES = ["mkdir /d", "mkdir /e"] \
    + [f"mknod /d/{LONG}{n} 010644 0" for n in range(FILES)] \
    + [f"rename /d/{LONG}{n} /e/x{n}" for n in range(0, FILES, 2)] \
    + [f"unlink /d/{LONG}{n}" for n in range(1, FILES, 4)] \
    + ["mkdir /d/s", "mkdir /e/t", "rename /d/s /e/s", "rename /e/s /e/t",
       "mkdir /d/q", "exchange /d/q /e/x2", "symlink short /s1",
       f"symlink {'l' * 100} /s2", "link /e/x4 /h1", "link /e/x4 /d/h2",
       "rename /h1 /e/x6", "mknod /dev 060600 0x301", "rmdir /d/q",
       "rmdir /e/t", "rmdir /e"]


@pytest.fixture(scope="module", name="nestfs")
def make_nestfs():
    """Runs scripts: nestfs(image, lines, options); the finished process."""
    subprocess.run(["make", "-s", "-C", f"{TOP}/tests/host/fs",
                    f"BUILD={BUILD}", f"{BUILD}/hostfs/fast/nestfs"],
                   check=True, stdout=subprocess.DEVNULL)

    def run(image, lines, *options):
        done = subprocess.run(
            [f"{BUILD}/hostfs/fast/nestfs", image, "-s", "-", *options],
            input="\n".join(lines) + "\n", text=True, timeout=SECONDS,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode >= 0, f"{options}: {done.stdout}"
        return done

    return run


@pytest.mark.parametrize("kind, step", (("ext2", 4), ("ext3", 23)))
def test_names_bear_failing_allocations(nestfs, tmp_path, kind, step):
    fresh, image = f"{tmp_path}/fresh", f"{tmp_path}/image"
    ext2image.make(fresh, kind, "4M", BLOCK)
    for number in range(1, 120 * step, step):
        shutil.copyfile(fresh, image)
        nestfs(image, [f"?{line}" for line in CHANGES], "-f", str(number),
               "-v", "0")
        ext2image.check(image)


@pytest.mark.parametrize("kind", ("ext2", "ext3"))
def test_names_bear_failing_requests(nestfs, tmp_path, kind):
    """No crash, and what a mount later finds can be repaired."""
    fresh, image = f"{tmp_path}/fresh", f"{tmp_path}/image"
    ext2image.make(fresh, kind, "4M", BLOCK)
    for number in range(1, 60):
        shutil.copyfile(fresh, image)
        nestfs(image, [f"?{line}" for line in CHANGES], "-F", str(number),
               "-v", "0")
        subprocess.run(["e2fsck", "-fy", image], check=False,
                       env=ext2image.ENVIRONMENT, timeout=SECONDS,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ext2image.check(image)


def test_links_end_at_the_limit(nestfs, tmp_path):
    image = f"{tmp_path}/image"
    ext2image.make(image, "ext2", "80M", BLOCK, options=["-N", "40000"])
    lines = ["mknod /f 010644 0", "mkdir /names", "mkdir /d"]
    lines += [f"link /f /names/{n}" for n in range(LINK_MAX - 1)]
    lines += [f"mkdir /d/{n}" for n in range(LINK_MAX - 2)]
    lines += ["?link /f /names/more", "?mkdir /d/more", "mkdir /e",
              "?rename /e /d/e", "rename /e /d/7", "?link /no /names/x"]
    done = nestfs(image, lines, "-p", "-m", "16384")
    results = [int(number) for number in
               re.findall(r"^(?:\? )?\w+ /.*?: (-?\d+)", done.stdout,
                          re.MULTILINE)]
    assert results[-6:] == [EMLINK, EMLINK, 0, EMLINK, 0, ENOENT], \
        done.stdout[-500:]
    assert len(results) == len(lines) and not any(results[:-6])
    ext2image.check(image)

# Options of mke2fs, and what is set afterwards: the hash, and whether its
# characters have a sign (the superblock's flags).
PLAIN = ["-O", "^resize_inode,^sparse_super"]
FORMATS = {
    "no-filetype": (["-O", "^filetype"], None, 1),
    "no-index": (["-O", "^dir_index"], None, 1),
    "revision-0": (["-r", "0"], None, 1),
    "no-backups": (PLAIN, None, 1),
    "half-md4-unsigned": ([], "half_md4", 2),
    "tea": ([], "tea", 1),
    "tea-unsigned": ([], "tea", 2),
    "legacy": ([], "legacy", 1),
    "legacy-unsigned": ([], "legacy", 2),
}


@pytest.mark.parametrize("name", FORMATS)
def test_names_in_every_format(nestfs, tmp_path, name):
    options, kind, flags = FORMATS[name]
    image = f"{tmp_path}/image"
    ext2image.make(image, "ext2", "16M", BLOCK, options=options)
    if kind:
        ext2image.run(["tune2fs", "-E", f"hash_alg={kind}", image])
        ext2image.run(["debugfs", "-w", "-R",
                       f"set_super_value flags {flags}", image])
    lines = ["mkdir /d"]
    lines += [f"mknod /d/näme-{n} 010644 0" for n in range(NAMES)]
    lines += [f"unlink /d/näme-{n}" for n in range(0, NAMES, 3)]
    lines += [f"rename /d/näme-{n} /d/{LONG}{n}" for n in range(1, NAMES, 3)]
    lines += ["mkdir /d/s", "mkdir /d/s/t", "rename /d/s/t /t"]
    done = nestfs(image, lines)
    assert done.returncode == 0, done.stdout
    ext2image.check(image)
    dump = ext2image.debugfs(image, ["htree_dump /d"])[0]
    assert ("Hash Version" in dump) == (name not in ("no-index", "revision-0"))
    names = {f"näme-{n}" for n in range(2, NAMES, 3)}
    names |= {f"{LONG}{n}" for n in range(1, NAMES, 3)} | {"s"}
    assert ext2image.image_tree(image, "/d").keys() == names


def block_of(image, path):
    """Where the first block of a directory begins in IMAGE."""
    listing = ext2image.debugfs(image, [f"blocks {path}"])[0]
    return int(listing.split()[0]) * BLOCK


def test_damaged_index_gives_way(nestfs, tmp_path):
    """Names are found without it, and a new one makes an end of it."""
    image = f"{tmp_path}/image"
    ext2image.make(image, "ext3", "8M", BLOCK)
    lines = ["mkdir /d"] + [f"mknod /d/n{n} 010644 0" for n in range(NAMES)]
    assert nestfs(image, lines).returncode == 0
    assert "Hash Version" in ext2image.debugfs(image, ["htree_dump /d"])[0]
    with open(image, "r+b") as file:
        file.seek(block_of(image, "/d") + ROOT_COUNT)
        file.write(b"\xff\xff")
    lines = [f"stat /d/n{n}" for n in range(NAMES)]
    done = nestfs(image, lines, "-r")
    assert done.returncode == 0 and "damaged index" in done.stdout, done.stdout
    lines += ["mknod /d/new 010644 0", "unlink /d/n7", "rename /d/n8 /d/n7"]
    done = nestfs(image, lines, "-o", "errors=continue")
    assert done.returncode == 0, done.stdout
    repaired = subprocess.run(["e2fsck", "-fy", image], text=True, check=False,
                              env=ext2image.ENVIRONMENT, timeout=SECONDS,
                              stdout=subprocess.PIPE)
    assert "Fix" not in repaired.stdout, repaired.stdout
    names = ext2image.image_tree(image, "/d").keys()
    assert names == {f"n{n}" for n in range(NAMES) if n != 8} | {"new"}
