"""test_run.py - tools/run reports what happened as what it was.

QEMU is replaced by fake_qemu.py, which has troubles on demand, and the agent
is the real one, running on the host.

SPDX-License-Identifier: MIT
"""

import glob
import os
import signal
import subprocess
import time

import pytest

from conftest import BUILD, TOP

FAKE_QEMU = f"{TOP}/tests/tools/fake_qemu.py"


@pytest.fixture(scope="module", name="fake_build")
def make_fake_build(tmp_path_factory):
    """A build folder that makes an image, though not one that boots."""
    build = tmp_path_factory.mktemp("build")
    for name in ("kernel/boot.elf", "initramfs.cpio", "grub/bios.img",
                 "nestling.iso"):
        (build / name).parent.mkdir(exist_ok=True)
        (build / name).write_bytes(bytes(4096))
    return build


@pytest.fixture(name="run")
def make_run(fake_build, tmp_path):
    """A function that calls tools/run; fails if it leaves anything behind."""
    environment = dict(os.environ, NESTLING_QEMU=FAKE_QEMU,
                       FAKE_AGENT=f"{BUILD}/user/bin/agent",
                       TMPDIR=str(tmp_path))

    def run(fake, *command, options=(), data=b""):
        return subprocess.run(
            [f"{TOP}/tools/run", "--build", str(fake_build), *options, "--",
             *command], env=dict(environment, FAKE=fake), input=data,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
            check=False)
    yield run
    assert glob.glob(f"{tmp_path}/nestling-*") == []


def test_output_and_status_are_the_commands_own(run):
    done = run("ok", "/bin/sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.stdout, done.returncode) == (b"out\nerr\n", 7)
    assert done.stderr == b"fake: a kernel boots\n"


def test_log_goes_to_the_file(run, tmp_path):
    done = run("ok", "/bin/true", options=["--log", f"{tmp_path}/log"])
    assert (done.stderr, done.returncode) == (b"", 0)
    assert (tmp_path / "log").read_bytes() == b"fake: a kernel boots\n"


def test_signal_is_128_and_its_number(run):
    done = run("ok", "/bin/sh", "-c", "kill -SEGV $$")
    assert done.returncode == 128 + signal.SIGSEGV


def test_command_not_found(run):
    done = run("ok", "/no/such/program")
    assert (done.stdout, done.returncode) == (b"", 127)
    assert b"No such file or directory" in done.stderr


def test_command_is_found_in_the_path(run):
    assert run("ok", "true").returncode == 0


def test_arguments_arrive_unchanged(run):
    arguments = ["a b", "", "'", '"', "$x", "\\", "ä", "--", "-x"]
    done = run("ok", "/bin/sh", "-c", 'printf "<%s>" "$@"', "sh", *arguments)
    assert done.stdout.decode() == "".join(f"<{x}>" for x in arguments)


def test_every_byte_gets_through_both_ways(run):
    data = bytes(range(256)) * 4096 + b"no newline at the end"
    assert run("ok", "/bin/cat", data=data).stdout == data


def test_input_that_nobody_reads_does_no_harm(run):
    done = run("ok", "/bin/sh", "-c", "echo done", data=bytes(1 << 20))
    assert (done.stdout, done.returncode) == (b"done\n", 0)


def test_output_of_a_fast_writer_is_complete(run):
    done = run("ok", "/bin/sh", "-c", "seq 200000; exit 3")
    expected = b"".join(b"%d\n" % i for i in range(1, 200001))
    assert done.stdout == expected
    assert done.returncode == 3


def test_panic_is_126_and_keeps_what_was_written(run):
    done = run("panic", "/bin/sh", "-c", "echo before; sleep 9")
    assert done.returncode == 126
    assert b"panic: on purpose" in done.stderr
    assert b"tools/run: the kernel panicked" in done.stderr


def test_panic_at_boot_is_126(run):
    assert run("panic-boot", "/bin/true").returncode == 126


def test_reset_is_125_and_named(run):
    done = run("reset", "/bin/echo", "x")
    assert done.returncode == 125
    assert b"guest reset (triple fault?)" in done.stderr


def test_killed_emulator_is_125_and_named(run):
    done = run("killed", "/bin/echo", "x")
    assert done.returncode == 125
    assert b"the emulator died: killed by signal 9" in done.stderr


def test_truncated_output_is_125(run):
    done = run("truncated", "/bin/echo", "x")
    assert (done.stdout, done.returncode) == (b"", 125)
    assert b"before the command ended" in done.stderr


def test_garbage_on_the_line_is_125(run):
    done = run("garbage", "/bin/true")
    assert done.returncode == 125
    assert b"the agent's line is broken" in done.stderr


def test_emulator_that_does_not_start_is_125(run):
    done = run("broken", "/bin/true")
    assert done.returncode == 125
    assert b"not a valid device" in done.stderr


def test_nothing_built_is_125(tmp_path):
    done = subprocess.run(
        [f"{TOP}/tools/run", "--build", str(tmp_path), "--", "true"],
        stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 125
    assert done.stderr == f"tools/run: there is no {tmp_path}/nestling.iso:" \
        " make image\n".encode()


def test_hang_is_124(run):
    start = time.monotonic()
    done = run("hang", "/bin/sh", "-c", "echo before; sleep 99",
               options=["--timeout", "1"])
    assert (done.stdout, done.returncode) == (b"before\n", 124)
    assert b"timed out after 1 seconds" in done.stderr
    assert time.monotonic() - start < 10


def test_emulator_dies_with_a_killed_run(fake_build, tmp_path):
    marker = f"{tmp_path}/marker"
    with subprocess.Popen(
            [f"{TOP}/tools/run", "--build", str(fake_build), "--",
             "/bin/sh", "-c", f"echo $PPID >{marker}; sleep 99"],
            env=dict(os.environ, NESTLING_QEMU=FAKE_QEMU, FAKE="ok",
                     FAKE_AGENT=f"{BUILD}/user/bin/agent",
                     TMPDIR=str(tmp_path)),
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not os.path.exists(marker):
            time.sleep(0.05)
        with open(f"/proc/{process.pid}/task/{process.pid}/children",
                  encoding="ascii") as file:
            emulator = int(file.read())
        process.kill()
        process.wait()
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{emulator}") and \
            time.monotonic() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{emulator}")


def test_two_runs_do_not_disturb_each_other(run):
    done = [run("ok", "/bin/echo", str(i)).stdout for i in range(2)]
    assert done == [b"0\n", b"1\n"]
