"""hostfs.py - build and run the programs of this folder.

Layer: tests/host/fs   Called by: the tests here

SPDX-License-Identifier: MIT
"""

import fcntl
import os
import subprocess

from conftest import BUILD, TOP

OUT = f"{BUILD}/hostfs"
FAST = f"{OUT}/fast"
CHECKED = f"{OUT}/asan"         # with AddressSanitizer and UBSan
SECONDS = 900                   # a test run shares its cores with others


def build():
    """Build all, one process at a time."""
    os.makedirs(OUT, exist_ok=True)
    with open(f"{OUT}/lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "-s", "-C", f"{TOP}/tests/host/fs",
                        f"BUILD={BUILD}"], check=True)


def run(argv, status=0):
    """What a program says, standard error too; it must end with STATUS (None:
    with any)."""
    done = subprocess.run(argv, text=True, timeout=SECONDS, check=False,
                          errors="surrogateescape",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert status is None or done.returncode == status, \
        f"{' '.join(argv)}: status {done.returncode}\n{done.stdout}"
    return done.stdout
