"""test_tree.py - the tree keeps its own rules: layers, lines, warnings, bytes.

SPDX-License-Identifier: MIT
"""

import os
import shutil
import subprocess

import pytest

from conftest import BUILD, TOP


def call(*command, **options):
    """Run COMMAND in the top folder; (status, output).  It is not told of a
    make above us: make would tell which folder it enters."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(command, cwd=options.pop("cwd", TOP), text=True,
                          env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **options)
    return done.returncode, done.stdout


def test_layers_are_kept():
    assert call("tools/layers") == (0, "")


@pytest.mark.parametrize("file, line, reason", [
    ("sched/a.c", '#include "mm/page.h"', "sched/ is level 3, mm/ is 4"),
    ("proc/a.c", '#include "virt/kvm.h"', "proc/ is level 7, virt/ is 7"),
    ("mm/a.c", '#include "debug/ktest.h"', "mm/ must not depend on debug/"),
    ("misc/a.c", '#include "mm/page.h"', "misc/ has no level"),
])
def test_layer_checker_finds_a_breach(tmp_path, file, line, reason):
    (tmp_path / file).parent.mkdir()
    (tmp_path / file).write_text(f"\n{line}\n", encoding="utf-8")
    status, output = call("tools/layers", str(tmp_path))
    header = line.split('"')[1]
    assert (status, output) == (
        1, f"{tmp_path}/{file}:2: includes {header}: {reason}\n")


def test_readme_tells_the_truth_about_lines():
    assert call("tools/lines", "--check") == (0, "")


def build(folder, compiler):
    """Build all into FOLDER, with warnings as errors; twice, of which the
    second must do nothing."""
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    make = ["make", "--no-print-directory", f"BUILD={folder}",
            f"CC={compiler}", "WERROR=1", "image"]
    status, output = call(*make)
    assert status == 0, output
    status, output = call(*make)
    assert status == 0
    assert output in ("", "make: Nothing to be done for 'image'.\n")


def test_clang_builds_without_a_warning(tmp_path):
    build(tmp_path, "clang")


def test_gcc_builds_the_same_bytes_again_without_a_warning(tmp_path):
    build(tmp_path, "gcc")
    for name in ("kernel/boot.elf", "tests.cpio", "nestling.iso"):
        with open(f"{BUILD}/{name}", "rb") as file:
            assert file.read() == (tmp_path / name).read_bytes(), name
