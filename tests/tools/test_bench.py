"""test_bench.py - the benchmark's program on the host, and its table.

SPDX-License-Identifier: MIT
"""

import importlib.machinery
import importlib.util
import statistics
import subprocess

import pytest

from conftest import BUILD, TOP
from nestling import diskbench, linux

LOADER = importlib.machinery.SourceFileLoader("bench", f"{TOP}/tools/bench")
bench = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("bench", LOADER))
LOADER.exec_module(bench)

PROGRAM = [f"{BUILD}/user/bin/bench", "-e", f"{BUILD}/user/bin/nothing"]


def run(*words):
    """What the program prints on the host, as lines of words."""
    done = subprocess.run([*PROGRAM, *words], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, timeout=60,
                          check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_program_measures_every_row_of_the_table():
    rows = run()
    assert [name for name, _ in rows] == [bench.COUNTER, *bench.FIXED]
    assert all(float(value) > 0 for _, value in rows)


def test_program_measures_the_rows_asked_for():
    assert [name for name, _ in run("link", "dup")] == ["dup + close",
                                                        "unlink"]


def test_program_shares_work_between_processes():
    [[name, value]] = run("-p", "2")
    assert name == "2 processes" and int(value) > 0


def test_counter_that_does_not_count_instructions_is_refused():
    assert bench.parse("counter\t1003.09\ngetpid\t150.00\n") == \
        {"getpid": 150.0}
    with pytest.raises(ValueError, match="counter says 362"):
        bench.parse("counter\t362.70\ngetpid\t419.46\n")
    with pytest.raises(ValueError, match="counter says None"):
        bench.parse("getpid\t419.46\n")


def test_rows_not_below_the_best_are_marked(capsys):
    worse = bench.print_table({"getpid": 100, "dup + close": 687,
                               "unlink": 6000},
                              {"getpid": 200, "unlink": 5000})
    lines = capsys.readouterr().out.splitlines()
    assert worse == ["dup + close", "unlink"]
    assert [line.split()[-1] for line in lines[1:]] == \
        ["0.50", "1.00*", "1.20*"]


# ---- Disks -----------------------------------------------------------------

def test_program_reads_a_device(tmp_path):
    image = tmp_path / "disk"
    image.write_bytes(bytes(1 << 20))
    rows = run("-d", str(image))
    assert len(rows) == 3
    for name, units, ns in rows:
        assert name == "read of the device, per byte"
        assert int(units) == 1 << 20 and int(ns) > 0


def test_disk_rows_are_made_of_their_rounds():
    rounds = diskbench.parse("a\t10\t100\r\na\t10\t300\nnoise\n"
                             "a\t10\t200\nb c\t1\t7\n")
    assert rounds == [("a", 10, 100), ("a", 10, 300), ("a", 10, 200),
                      ("b c", 1, 7)]
    times = [ns for _, _, ns in rounds]
    assert diskbench.of_rounds(statistics.median, rounds, times) == \
        {"a": 20, "b c": 7}
    assert diskbench.of_rounds(min, rounds, times) == {"a": 10, "b c": 7}
    with pytest.raises(diskbench.BenchError, match="4 rounds but 1"):
        diskbench.of_rounds(min, rounds, [5])


def test_marks_come_in_pairs():
    assert diskbench.counts("a 5\nb 17\na 20\nb 21\n") == [12, 1]
    for text in ("a 5\n", "b 5\na 6\n", "a 1\na 2\n"):
        with pytest.raises(diskbench.BenchError):
            diskbench.counts(text)


def test_plugin_is_compiled_without_warnings(tmp_path):
    subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
                    "-o", str(tmp_path / "marks.so"),
                    diskbench.PLUGIN_SOURCE], check=True, timeout=60)


def test_disk_rows_not_below_linux_are_marked():
    cost = diskbench.Cost
    lines, worse = diskbench.table(
        "ext2", {"read": cost(1.5, 2.0), "write": cost(300, 40),
                 "new": cost(1, 1)},
        {"read": cost(3.0, 1.0), "write": cost(300, 80)})
    assert worse == ["write"]
    assert [line.split()[1:] for line in lines[1:]] == [
        ["1.50", "3.00", "0.50", "2.00", "1.00", "2.00*"],
        ["300", "300", "1.00*", "40.00", "80.00", "0.50"],
        ["1.00", "-", "-", "1.00", "-", "-"]]


def test_modules_are_loaded_behind_what_they_need(tmp_path):
    place = tmp_path / "unpacked/lib/modules/1.0/kernel"
    place.mkdir(parents=True)
    needs = {"crc32c_generic": "", "virtio_pci": "virtio,virtio-ring",
             "virtio": "", "virtio_ring": "virtio", "virtio_blk": "virtio",
             "ext4": "jbd2", "jbd2": ""}
    for name, depends in needs.items():
        (place / f"{name}.ko").write_bytes(
            b"\0license=GPL\0depends=" + depends.encode() + b"\0more\0")
    folder = tmp_path / "modules"
    linux._keep_modules(str(tmp_path / "unpacked"), str(folder))
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "00-crc32c_generic.ko", "01-virtio.ko", "02-virtio_ring.ko",
        "03-virtio_pci.ko", "04-virtio_blk.ko", "05-jbd2.ko", "06-ext4.ko"]
    members = linux.modules(str(tmp_path / "vmlinuz"))
    assert members["/modules/list"][1].decode().split() == \
        [f"/modules/{name}" for name in names]
