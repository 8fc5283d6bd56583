"""test_record.py - a run in virtual time, and a recorded one, can be repeated,
and the recorded one can be stepped backwards.

SPDX-License-Identifier: MIT
"""

import os
import subprocess
import time

import pytest

from conftest import BUILD, TOP

# Prints what differs from run to run unless time is virtual.
SCRIPT = "cat /proc/uptime; head -c 16 /dev/urandom | hexdump -C; cat; exit 3"


def run(*arguments, data=b""):
    """Call tools/run; (output, status)."""
    done = subprocess.run([f"{TOP}/tools/run", "--build", BUILD, *arguments],
                          input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300, check=False)
    return done.stdout, done.returncode


def test_virtual_time_repeats_a_run():
    command = ["--icount", "--seed", "7", "--", "/bin/busybox", "sh", "-c",
               SCRIPT]
    first = run(*command, data=b"input\n")
    assert first[0].endswith(b"input\n") and first[1] == 3
    assert run(*command, data=b"input\n") == first


@pytest.mark.parametrize("bus, name", [("virtio", "vda"), ("ata", "hda")])
def test_replay_repeats_a_recorded_run(tmp_path, bus, name):
    disk = tmp_path / "disk.img"
    disk.write_bytes(bytes(1 << 20))
    script = "dd if=/dev/urandom bs=4k count=9 2>/dev/null | " \
        f"dd of=/dev/{name} bs=4k conv=notrunc,fsync 2>/dev/null; " \
        f"sha256sum /dev/{name}; {SCRIPT}"
    recorded = run("--record", f"{tmp_path}/run", "--disk",
                   f"{disk},bus={bus}", "--", "/bin/busybox", "sh", "-c",
                   script, data=b"input\n")
    assert recorded[0].endswith(b"input\n") and recorded[1] == 3
    assert f"  /dev/{name}\n".encode() in recorded[0]
    assert disk.read_bytes() == bytes(1 << 20)
    disk.unlink()
    assert run("--replay", f"{tmp_path}/run") == recorded


@pytest.mark.parametrize("bad", ["", "not a recording"])
def test_bad_recording_is_125(tmp_path, bad):
    path = tmp_path / "bad"
    path.write_text(bad, encoding="ascii")
    assert run("--replay", str(path)) == (b"", 125)


def test_replay_goes_backwards_in_gdb(tmp_path):
    recording, socket = f"{tmp_path}/run", f"{tmp_path}/gdb"
    assert run("--record", recording, "--", "/bin/true") == (b"", 0)
    commands = ["set pagination off", "set confirm off",
                f"target remote {socket}", "hbreak kernel_main", "continue",
                "delete", "hbreak ktest_run", "hbreak boot_thread",
                "continue", "stepi 9", "reverse-stepi", "reverse-continue",
                "info symbol $pc", "kill"]
    with subprocess.Popen(
            [f"{TOP}/tools/run", "--replay", recording, "--gdb-socket",
             socket, "--timeout", "120"], stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL) as replay:
        while not os.path.exists(socket):
            time.sleep(0.05)
        done = subprocess.run(
            ["gdb", "-q", "-nx", "-batch", f"{BUILD}/kernel/nestling.elf",
             *[word for command in commands for word in ("-ex", command)]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.STDOUT, timeout=120, check=False)
        replay.kill()
    assert "\nboot_thread in section .text" in done.stdout, done.stdout
