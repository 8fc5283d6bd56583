"""test_bench.py - the benchmark's program on the host, and its table.

SPDX-License-Identifier: MIT
"""

import importlib.machinery
import importlib.util
import subprocess

import pytest

from conftest import BUILD, TOP

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
