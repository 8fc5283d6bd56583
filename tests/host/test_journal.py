"""test_journal.py - the journal alone, on the host; e2fsprogs judge.

tests/host/journal/ links kernel/fs/journal with a disk in memory, and records
every write.  Here images are made with mke2fs and debugfs, with the formats of
the log that there are; e2fsck replays copies, and both must hold the same.

SPDX-License-Identifier: MIT
"""

import os
import random
import re
import shutil
import struct
import subprocess

import pytest

import ext2image
from conftest import TOP

MAGIC = bytes.fromhex("c03b3998")
BUILD = os.path.abspath(os.environ.get("BUILD", f"{TOP}/build"))
BLOCKS = 2432     # of a file system
CHANGED = 400     # blocks of the file that the tests change
INCOMPAT = 40     # in the superblock of a log

# Block size, checksums of the log (version; 1: the old ones, of which only the
# replay knows), 64-bit block numbers.
FORMATS = [(1024, 0, False), (2048, 2, False), (4096, 3, False),
           (1024, 2, True), (2048, 0, True), (4096, 3, True),
           (1024, 1, False)]


@pytest.fixture(scope="module", name="program")
def fixture_program():
    """The program, with and without sanitizers: program(variant)."""
    subprocess.run(["make", "-s", "-C", f"{TOP}/tests/host/journal",
                    f"BUILD={BUILD}"], check=True)
    return lambda variant: f"{BUILD}/journal/{variant}/journal"


def debugfs(image, *commands):
    """Run COMMANDS of debugfs on IMAGE."""
    done = subprocess.run(["debugfs", "-w", "-f", "-", image], text=True,
                          input="\n".join(commands), check=True,
                          env=ext2image.ENVIRONMENT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)
    return done.stdout


def blocks_of(image, file):
    """The blocks of FILE in IMAGE, without indirect ones."""
    text = ext2image.run(["debugfs", "-R", f"stat {file}", image])
    runs = re.findall(r"\(\d+(?:-\d+)?\):(\d+)(?:-(\d+))?", text)
    return [n for first, last in runs
            for n in range(int(first), int(last or first) + 1)]


class Image:
    """An image with a log of some format, and a file of random bytes."""

    def __init__(self, folder, block, checksums, wide):
        self.path, self.map = f"{folder}/disk.img", f"{folder}/map"
        self.block = block
        self.random = random.Random(block + checksums)
        size = str(BLOCKS * block // 1024) + "K"
        options = ["-J", f"size={block // 1024}"]
        if wide:
            options += ["-O", "extent,64bit"]
        if checksums > 1:
            options += ["-O", "metadata_csum"]
        ext2image.make(self.path, "ext3", size, block, options=options)
        with open(f"{folder}/content", "wb") as file:
            file.write(self.random.randbytes(CHANGED * block))
        debugfs(self.path, f"write {folder}/content f")
        self.log = blocks_of(self.path, "<8>")
        self.blocks = blocks_of(self.path, "/f")
        assert len(self.log) == 1024 and len(self.blocks) == CHANGED
        with open(self.map, "w", encoding="ascii") as file:
            for numbers in (self.log, self.blocks):
                print(*numbers, file=file)
        if checksums or wide:
            # debugfs sets the features of the log.
            debugfs(self.path, f"jo -c -v {checksums}" if checksums else "jo",
                    f"jw -b {self.blocks[0]} {folder}/content", "jc", "jr")
        expected = (8 if checksums == 2 else 0x10 if checksums == 3 else 0) \
            | (2 if wide else 0)
        assert self.read_super(INCOMPAT) & ~1 == expected
        self.want_recovery()

    def want_recovery(self):
        """Let e2fsck look at the log."""
        debugfs(self.path, "feature +needs_recovery")

    def read_super(self, offset):
        with open(self.path, "rb") as file:
            file.seek(self.log[0] * self.block + offset)
            return struct.unpack(">I", file.read(4))[0]

    def write_super(self, offset, value):
        with open(self.path, "r+b") as file:
            file.seek(self.log[0] * self.block + offset)
            file.write(struct.pack(">I", value))

    def content(self, path=None):
        """The bytes of the blocks that are changed."""
        with open(path or self.path, "rb") as file:
            data = file.read()
        return [data[n * self.block:][:self.block] for n in self.blocks]


def judge(image):
    """Let e2fsck replay the log of IMAGE, a path, and find nothing else."""
    done = subprocess.run(["e2fsck", "-fy", image], text=True, check=False,
                          env=ext2image.ENVIRONMENT, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode in (0, 1), done.stdout
    assert "FIXED" not in done.stdout and "? yes" not in done.stdout and \
        "corrupt" not in done.stdout, done.stdout


def command(program, image, *args, status=0):
    done = subprocess.run([program, args[0], image.path, str(image.block),
                           image.map, *map(str, args[1:])], text=True,
                          timeout=300, check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == status, done.stdout
    return done.stdout


@pytest.mark.parametrize("data", [0, 1], ids=["metadata", "data"])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("block, steps", [(1024, 40), (4096, 20)])
def test_every_cut_leaves_what_was_promised(program, tmp_path, block, steps,
                                            threads, data):
    image = Image(tmp_path, block, 0, False)
    text = command(program("fast"), image, "cuts", 11 + threads + 10 * data,
                   steps, threads, data, 2)
    assert int(text.split()[0]) > 10


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_e2fsck_replays_what_we_replay(program, tmp_path, form):
    image = Image(tmp_path, *form)
    folder = f"{tmp_path}/cuts"
    os.mkdir(folder)
    command(program("fast"), image, "cuts", 7, 30, 1, 0, 1, folder, 17)
    cuts = [n for n in os.listdir(folder) if n.endswith(".cut")]
    assert len(cuts) >= 5
    for name in cuts:
        path = f"{folder}/{name}"
        judge(path)
        assert image.content(path) == \
            image.content(path.replace(".cut", ".ours")), name


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_debugfs_reads_our_log(program, tmp_path, form):
    image = Image(tmp_path, *form)
    command(program("asan"), image, "work", 3, 30, 1, 0)
    text = ext2image.run(["debugfs", "-R", "logdump -a", image.path])
    assert len(re.findall("type 2 .commit block", text)) >= 1, text
    assert len(re.findall("type 1 .descriptor block", text)) >= 1, text
    assert re.search(r"flags 0x[139b]\)", text), "no block was escaped"
    judge(image.path)


@pytest.mark.parametrize("form", FORMATS, ids=str)
@pytest.mark.parametrize("seed", range(2))
def test_we_replay_what_debugfs_prepared(program, tmp_path, form, seed):
    image = Image(tmp_path, *form)
    dice = random.Random(seed)
    checksums = form[1]
    commands = [f"jo -c -v {checksums}" if checksums else "jo"]
    for turn in range(5):
        chosen = dice.sample(image.blocks, 30)
        count = dice.randrange(1, 20)
        with open(f"{tmp_path}/{turn}", "wb") as file:
            for _ in range(count):
                data = dice.randbytes(image.block)
                file.write(MAGIC + data[4:] if dice.random() < .3 else data)
        # Both in one transaction: debugfs forgets a block, and overwrites it.
        # And its old kind of checksum is wrong if something is revoked.
        revoke = turn < 4 and checksums != 1 and dice.random() < .4
        commands.append(
            f"jw -r {','.join(map(str, chosen[:20]))}" if revoke else
            f"jw -b {','.join(map(str, chosen[:count]))} "
            f"{'-c' if turn == 4 else ''} {tmp_path}/{turn}")
    debugfs(image.path, *commands, "jc")
    image.want_recovery()
    before = image.content()
    theirs = f"{tmp_path}/theirs.img"
    shutil.copy(image.path, theirs)
    judge(theirs)
    assert command(program("asan"), image, "replay") == "0 4\n"
    assert image.content() == image.content(theirs)
    assert image.content() != before
    judge(image.path)


@pytest.mark.parametrize("data", [0, 1], ids=["metadata", "data"])
def test_errors_and_no_memory_keep_what_was_promised(program, tmp_path, data):
    image = Image(tmp_path, 1024, 3, False)
    for threads in (1, 3):
        command(program("asan"), image, "faults", threads, 40, threads, data,
                40)


@pytest.mark.parametrize("form", FORMATS[:3], ids=str)
def test_damaged_logs_do_no_harm(program, tmp_path, form):
    image = Image(tmp_path, *form)
    command(program("asan"), image, "work", 5, 40, 1, 0)
    text = command(program("asan"), image, "fuzz", 1, 1000)
    refused, opened = map(int, re.findall(r"\d+", text))
    assert refused > 60 and opened > 20, text


@pytest.mark.parametrize("bit, known", [(0, True), (1, True), (2, False),
                                        (3, False), (5, False), (6, False)])
def test_unknown_features_are_refused(program, tmp_path, bit, known):
    """CSUM_V2 (3) is refused here because there is no checksum."""
    image = Image(tmp_path, 1024, 0, False)
    command(program("asan"), image, "work", 3, 30, 1, 0)
    assert image.read_super(28) != 0
    image.write_super(INCOMPAT, image.read_super(INCOMPAT) | 1 << bit)
    if bit == 1:    # tags have another size then: the log of this is none
        image.write_super(28, 0)
    with open(image.path, "rb") as file:
        before = file.read()
    command(program("asan"), image, "replay", status=0 if known else 1)
    with open(image.path, "rb") as file:
        assert known or file.read() == before


@pytest.mark.parametrize("offset, value", [
    (0, 0), (4, 9), (12, 512), (16, 100), (16, 5000), (20, 0), (20, 1000),
    (28, 5000), (64, 2)])
def test_impossible_superblocks_are_refused(program, tmp_path, offset, value):
    image = Image(tmp_path, 1024, 0, False)
    image.write_super(offset, value)
    command(program("asan"), image, "replay", status=1)
