"""test_host_units.py - parts of the kernel as normal programs, under
AddressSanitizer and UBSan.

Each test_NAME.c names the kernel files that it is linked with in its header
comment: "Sources: kernel/lib/x.c kernel/fs/y.c".  It passes if it exits with 0.

SPDX-License-Identifier: MIT
"""

import glob
import os
import re
import subprocess

import pytest

from conftest import TOP

FLAGS = ["-std=c17", "-D_GNU_SOURCE=", "-O1", "-g", "-Wall", "-Wextra",
         "-Werror", "-fsanitize=address,undefined",
         "-fno-sanitize-recover=all", "-Ikernel", "-Ikernel/include", "-pthread"]
TESTS = sorted(glob.glob(f"{TOP}/tests/host/test_*.c"))


def sources(path):
    """The kernel files that the test at PATH names."""
    with open(path, encoding="utf-8") as file:
        head = file.read().split("*/", 1)[0]
    if re.search(r"Sources: none", head):
        return []
    found = re.search(r"Sources?:((?:[\s*]+[\w/]+\.[cS])+)", head)
    assert found, f"{path}: no line \"Sources: kernel/...\" in its header"
    return re.findall(r"[\w/]+\.[cS]", found[1])


@pytest.mark.parametrize("path", TESTS, ids=os.path.basename)
def test_unit(path, tmp_path):
    program = f"{tmp_path}/test"
    subprocess.run(["gcc", *FLAGS, "-o", program, path, *sources(path)],
                   cwd=TOP, check=True)
    done = subprocess.run([program], cwd=TOP, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout
