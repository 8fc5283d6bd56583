"""test_machine.py - what tools/run and the consoles promise, on real machines.

SPDX-License-Identifier: MIT
"""

import shutil
import subprocess

import pexpect
import pytest

from conftest import BUILD, TOP

MACHINES = {
    "qemu": [],
    "bochs": ["--machine", "bochs"],
    "uefi": ["--firmware", "uefi"],
    "vga": ["--vga", "--cpus", "2"],
    "qemu64": ["--cpu", "qemu64", "--cpus", "8"],
    "small": ["--mem", "64"],
    "large": ["--mem", "4096", "--cpus", "2"],
}
BUSYBOX = ["/bin/busybox", "sh", "-c"]


def start(*arguments, **options):
    """Start tools/run, with its outputs piped."""
    return subprocess.Popen(
        [f"{TOP}/tools/run", "--build", BUILD, *arguments],
        stdin=options.get("stdin", subprocess.DEVNULL),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process, data=None):
    """Wait for tools/run: (output, exit status, log)."""
    output, log = process.communicate(data, timeout=150)
    return output, process.returncode, log.decode(errors="replace")


def run(*arguments, data=None):
    """Run tools/run to its end: (output, exit status, log)."""
    stdin = subprocess.DEVNULL if data is None else subprocess.PIPE
    return finish(start(*arguments, stdin=stdin), data)


@pytest.mark.parametrize("machine", MACHINES)
def test_output_and_status_are_the_commands_own(machine):
    output, status, log = run(*MACHINES[machine], "--", *BUSYBOX,
                              "echo hi; exit 7")
    assert (output, status) == (b"hi\n", 7), log


@pytest.mark.parametrize("machine", ["qemu", "bochs"])
def test_every_byte_gets_through_both_ways(machine):
    data = bytes(range(256)) * 64 + b"no newline at the end"
    output, status, log = run(*MACHINES[machine], "--", "/bin/busybox", "cat",
                              data=data)
    assert (output, status) == (data, 0), log


@pytest.fixture(scope="module", name="tiny")
def make_tiny(tmp_path_factory):
    """A function that makes a build folder with the kernel of tiny.S."""
    def make(end):
        build = tmp_path_factory.mktemp("tiny")
        (build / "kernel").mkdir()
        shutil.copytree(f"{BUILD}/grub", build / "grub")
        for name in ("initramfs.cpio", "nestling.iso"):
            (build / name).write_bytes(bytes(512))
        subprocess.run(
            ["gcc", "-nostdlib", "-static", "-no-pie", "-z", "noexecstack",
             "-Wl,-Ttext=0x100000,--build-id=none", f"-DEND={end}", "-o",
             build / "kernel/boot.elf", f"{TOP}/tests/tools/tiny.S"],
            check=True)
        return str(build)
    return make


@pytest.mark.parametrize("machine", ["qemu", "bochs"])
@pytest.mark.parametrize("end, status, words", [
    ("END_OFF", 0, ""),
    ("END_PANIC", 126, "tools/run: the kernel panicked\n"),
    ("END_RESET", 125, "tools/run: guest reset"),
    ("END_HANG", 124, "tools/run: timed out after 6 seconds\n"),
])
def test_each_end_is_told_apart(tiny, machine, end, status, words):
    output, found, log = run("--build", tiny(end), "--timeout", "6",
                             *MACHINES[machine])
    assert (output, found) == (b"", status), log
    text, _, rest = log.partition("tiny\n")
    assert (text, rest[:len(words)]) == ("", words)


def test_reset_is_125_and_named():
    output, status, log = run("--", "/bin/busybox", "reboot", "-f")
    assert (output, status) == (b"", 125), log
    assert "guest reset" in log


def test_hang_is_124():
    output, status, log = run("--timeout", "3", "--", *BUSYBOX,
                              "echo before; while :; do :; done")
    assert (output, status) == (b"before\n", 124), log


def test_command_not_found_is_127():
    output, status, log = run("--", "/no/such/program")
    assert (output, status) == (b"", 127), log


def test_signal_is_128_and_its_number():
    output, status, log = run("--", *BUSYBOX, "kill -SEGV $$")
    assert (output, status) == (b"", 128 + 11), log


def test_added_files_are_there(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"from the host\n")
    output, status, log = run(
        "--add", f"{tmp_path}/folder:/srv/data", "--add",
        f"{tmp_path}/folder/file:/etc/one", "--", "/bin/busybox", "cat",
        "/srv/data/file", "/etc/one")
    assert (output, status) == (b"from the host\n" * 2, 0), log


def test_arguments_reach_the_kernel():
    output, status, log = run("--seed", "5", "--append", "x='a b' y", "--",
                              "/bin/busybox", "cat", "/proc/cmdline")
    assert status == 0, log
    assert b" seed=5 " in output and output.rstrip().endswith(b"y")


def test_runs_in_parallel_do_not_disturb_each_other():
    runs = [start(*MACHINES[machine], "--", *BUSYBOX, f"echo {machine}")
            for machine in ("qemu", "bochs", "small")]
    outputs = [finish(process)[:2] for process in runs]
    assert outputs == [(b"qemu\n", 0), (b"bochs\n", 0), (b"small\n", 0)]


@pytest.mark.parametrize("machine", ["qemu", "bochs"])
def test_console_has_a_shell_and_ends_with_ctrl_a_x(machine):
    child = pexpect.spawn(
        f"{TOP}/tools/run", ["--build", BUILD, "--console", "--cpus", "2",
                             *MACHINES[machine]], timeout=60)
    child.expect_exact("# ")
    child.send("busybox expr 6 \\* 7\r")
    child.expect(r"\n42\r")
    child.expect_exact("# ")
    child.send("\x01x")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
