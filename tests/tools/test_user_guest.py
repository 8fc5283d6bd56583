"""The shell in Nestling: its language, its jobs, its terminal.

The scripts and the typing are those of test_user_host.py.  The scripts are
run by the same binary on the host, whose answer must be equal, byte for byte.

SPDX-License-Identifier: MIT
"""

import os

import pytest

import guest
import host
import test_user_host as same
from conftest import BUILD, TOP
from nestling import machine

SECONDS = 60
GROUPS = 4

# The commands that we have not are BusyBox's.  LANGUAGE is the script.
SCRIPT = """PATH={bin}:/tmp/bb
test -d /tmp/bb || (mkdir /tmp/bb && /bin/busybox --install -s /tmp/bb)
mkdir -p /tmp/t{number}/d
cd /tmp/t{number}
echo text | tee a1.txt a2.txt b1.txt .hid d/x "d/y z" >/dev/null
{script}"""


@pytest.fixture(scope="module", name="vm")
def make_vm():
    """This worker's machine."""
    worker = guest.Guest()
    yield worker
    worker.close()


@pytest.mark.skipif(not os.path.exists("/bin/busybox"), reason="no BusyBox")
@pytest.mark.skipif(not host.has_private_tmp(), reason="no right to mount")
@pytest.mark.parametrize("group", range(GROUPS))
def test_shell_does_the_same_as_on_linux(vm, group):
    """A quarter of the scripts, one after the other in one machine."""
    settings = guest.settings(cpus=2)
    different = []
    for number, script in list(enumerate(same.SAME_AS_SH))[group::GROUPS]:
        args = ["name", "p1", "p  2"]
        expected, status = host.host_run(
            [f"{BUILD}/user/bin/sh", "-c", SCRIPT.format(
                bin=f"{BUILD}/user/bin", number=number, script=script), *args])
        found, found_status = vm.run(
            settings, ["/bin/sh", "-c", SCRIPT.format(
                bin="/bin", number=number, script=script), *args], SECONDS,
            env=host.ENVIRONMENT)
        if (found, found_status) != (expected, status):
            different.append(f"{script!r}: {found!r}, {found_status}; on Linux "
                             f"{expected!r}, {status}")
    assert not different, "\n".join(different) + "\n" + vm.log_text()


@pytest.fixture(scope="module", name="console")
def make_console():
    """A machine's console; a test that fails leaves none behind."""
    kept = []
    yield kept
    for terminal in kept:
        terminal.shell.close(force=True)


@pytest.fixture(name="term")
def make_term(console, tmp_path):
    """The machine's shell at its prompt."""
    if not console:
        console.append(same.Terminal(
            tmp_path, [f"{TOP}/tools/run", "--build", BUILD, "--cpus", "2",
                        "--console"],
            dict(os.environ)))
    yield console[0]


TYPING = [
    same.test_ctrl_c_ends_the_foreground_job,
    same.test_ctrl_z_fg_bg,
    same.test_pipeline_is_stopped_as_a_whole,
    same.test_background_job_is_reported_once,
    same.test_background_job_must_not_read_the_terminal,
    same.test_wait_is_interrupted_by_ctrl_c,
    same.test_ctrl_c_drops_the_line,
    same.test_continued_line,
]


def test_jobs_and_terminal(term, console):
    """What a person does at the host's terminal works at the console."""
    try:
        for typing in TYPING:
            typing(term)
            term.run("kill -9 %1")
            term.eventually("wait; jobs; echo end", r"^end")
    except Exception:
        console.clear()
        term.shell.close(force=True)
        raise


def test_shell_ends_and_comes_back(term):
    """init starts another one; poweroff ends the machine."""
    term.send("exit\r")
    term.shell.expect("The shell has ended")
    term.prompt()
    term.send("poweroff\r")
    term.shell.expect(same.pexpect.EOF)
    term.shell.close()
    assert term.shell.exitstatus == 0
