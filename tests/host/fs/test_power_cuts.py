"""test_power_cuts.py - cut the power at every moment, and judge what is left.

The work is torture.c's.  `make torture` does ten times as many.

SPDX-License-Identifier: MIT
"""

import re
import subprocess

import pytest

import hostfs

PARTS = 4
CUTS = 10000            # in all parts together
CUTS_A_WORKLOAD = 120


@pytest.fixture(scope="module", autouse=True)
def programs():
    """The programs, built."""
    hostfs.build()


@pytest.mark.parametrize("part", range(PARTS))
def test_disk_survives_power_cuts(part):
    said = hostfs.run([f"{hostfs.FAST}/torture", "-g", f"{part}/{PARTS}",
                       "-n", str(CUTS_A_WORKLOAD), "-e", "4", "-j", "1"])
    total = int(re.search(r"^(\d+) cut points, 0 failed", said,
                          flags=re.MULTILINE)[1])
    assert total >= CUTS / PARTS


@pytest.mark.parametrize("lie", ["flush", "fua", "lose"])
def test_judges_notice_a_disk_that_lies(lie):
    """A disk that forgets what it promised must be found out: if not, the tests
    above would prove nothing."""
    said = hostfs.run([f"{hostfs.FAST}/torture", "-w", "=append", "-n", "100",
                       "-j", "1", "-L", lie], status=1)
    assert int(re.search(r"cut points, (\d+) failed", said)[1]) > 0


def test_model_agrees_with_files_in_memory():
    """What the model expects is what ramfs does: no file system is judged by
    rules of our own making."""
    hostfs.run([f"{hostfs.CHECKED}/torture", "-R"])


def test_workloads_run_under_sanitizers():
    """Each workload, with a few cuts, in the program that watches memory."""
    said = hostfs.run([f"{hostfs.CHECKED}/torture", "-n", "1", "-p", "40",
                       "-e", "1000", "-j", "1"])
    assert re.search(r"cut points, 0 failed", said)


def test_list_of_workloads_is_long_enough():
    names = subprocess.run([f"{hostfs.FAST}/torture", "-l"], text=True,
                           capture_output=True, check=True).stdout.split()
    assert len(set(names)) == len(names) >= 30
