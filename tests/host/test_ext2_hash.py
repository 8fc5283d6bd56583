"""test_ext2_hash.py - names are hashed as e2fsprogs hashes them.

SPDX-License-Identifier: MIT
"""

import random
import re
import subprocess
import uuid

import pytest

from conftest import TOP
from test_host_units import FLAGS

KINDS = range(6)        # legacy, half_md4, tea; the same with unsigned bytes
LONGEST = 255
NAMES_EACH = 150
# What debugfs would take as the end of a word or of a line.
SPECIAL = b'\0\n\r\t "\\'


def random_names(random_source):
    """Names of all lengths, half of them with bytes above 127."""
    names = []
    for number in range(NAMES_EACH):
        length = 1 + number if number < 70 else \
            random_source.randint(1, LONGEST)
        last = 255 if number % 2 else 126
        alphabet = [byte for byte in range(1, last + 1)
                    if byte not in SPECIAL and byte != ord("-")]
        names.append(bytes(random_source.choices(alphabet, k=length)))
    return names


def run(argv, data):
    """What ARGV writes when it reads DATA."""
    return subprocess.run(argv, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True,
                          timeout=60).stdout


@pytest.fixture(scope="module", name="program")
def make_program(tmp_path_factory):
    """The kernel's hashes as a program."""
    path = str(tmp_path_factory.mktemp("hash") / "ext2_hash")
    subprocess.run(["gcc", *FLAGS, "-o", path, "tests/host/ext2_hash.c",
                    "kernel/fs/ext2/hash.c"], cwd=TOP, check=True)
    return path


@pytest.mark.parametrize("seeded", (False, True), ids=("plain", "seeded"))
@pytest.mark.parametrize("kind", KINDS)
def test_ext2_hash_is_that_of_debugfs(program, kind, seeded):
    source = random.Random(kind * 2 + seeded)
    names = random_names(source)
    seed = uuid.UUID(int=source.getrandbits(128) if seeded else 0)
    words = [str(int.from_bytes(seed.bytes[i:i + 4], "little"))
             for i in range(0, 16, 4)]
    ours = run([program, str(kind), *words],
               b"".join(name + b"\n" for name in names))
    option = f"-s {seed} " if seeded else ""
    commands = b"".join(b"dx_hash -h %d %s%s\n" %
                        (kind, option.encode(), name) for name in names)
    theirs = re.findall(rb" is 0x([0-9a-f]+) \(minor",
                        run(["debugfs", "-f", "-"], commands))
    assert len(theirs) == len(names)
    assert [int(line, 16) for line in ours.split()] == \
        [int(value, 16) for value in theirs]
