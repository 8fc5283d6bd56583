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

# The commands that we have not are BusyBox's.
START = """PATH={bin}:/tmp/bb
test -d /tmp/bb || (mkdir /tmp/bb && /bin/busybox --install -s /tmp/bb)
mkdir -p /tmp/{number} && cd /tmp/{number}
"""
FILES = """mkdir -p d
echo text | tee a1.txt a2.txt b1.txt .hid d/x "d/y z" >/dev/null
"""
TREE = """test -d dir || mkdir -p dir/deep
printf 'The owl and\\nthe pussy-cat\\n\\nwent\\tto sea\\n' >poem
printf '10\\n9\\n-3\\n9\\n100\\n\\n2.5\\n' >numbers
printf 'b:2:x\\na:10:y\\nnone\\n' >table
printf 'one\\ntwo' >unended
printf '\\000\\001\\377 some bytes, and some more' >bytes
: >empty
ln -sf poem link; ln -sf nowhere dangling; ln -f poem hard
echo h >.hidden; echo f >dir/file; echo g >dir/deep/file2
"""
LOOK = """
find . | sort | xargs busybox stat -c '%n %A' 2>&1
find . -type f | sort | xargs busybox stat -c '%n %h %s'
find . -type f | sort | xargs cat
"""

@pytest.fixture(scope="module", name="vm")
def make_vm():
    """This worker's machine."""
    worker = guest.Guest()
    yield worker
    worker.close()


NEEDS = pytest.mark.skipif(
    not (os.path.exists("/bin/busybox") and host.has_private_tmp()),
    reason="needs BusyBox and the right to mount")


def compare(vm, cases):
    """Run CASES, pairs of a script for our shell, with {bin} for the tools'
    folder, and of its arguments, on the host and in a machine; all answers
    must be equal."""
    settings = guest.settings(cpus=2)
    different = []
    for script, args in cases:
        expected, status = host.host_run(
            [f"{BUILD}/user/bin/sh", "-c",
             script.replace("{bin}", f"{BUILD}/user/bin"), *args])
        found, found_status = vm.run(
            settings, ["/bin/sh", "-c", script.replace("{bin}", "/bin"),
                       *args], SECONDS, env=host.ENVIRONMENT)
        if (found, found_status) != (expected, status):
            last = script.splitlines()[-1]
            different.append(f"{last!r} {args}: {found!r}, {found_status}; "
                             f"on Linux {expected!r}, {status}")
    assert not different, "\n".join(different) + "\n" + vm.log_text()


@NEEDS
@pytest.mark.parametrize("group", range(GROUPS))
def test_shell_does_the_same_as_on_linux(vm, group):
    """A quarter of the scripts, one after the other in one machine."""
    numbered = list(enumerate(same.SAME_AS_SH))[group::GROUPS]
    compare(vm, [(START.replace("{number}", f"s{number}") + FILES + script,
                  ["name", "p1", "p  2"]) for number, script in numbered])


# What depends on the machine, or on the order of names in a folder.
OTHER = ("ls -i", "ls -n", "ls -ld", "uname", "date", "id", "nice", "pwd",
         "sync", "env", "which")


@NEEDS
def test_tools_do_the_same_as_on_linux(vm):
    """Those that only print."""
    start = START.replace("{number}", "tools") + TREE
    cases = [(start + ('"$@" | sort' if command.startswith("find") else '"$@"'),
              ["name", *command.split(" ")])
             for command in same.SAME_AS_HOST if not command.startswith(OTHER)]
    compare(vm, cases)


@NEEDS
def test_tools_change_the_same_as_on_linux(vm):
    """Those that change a tree, and how it looks then."""
    cases = [(START.replace("{number}", f"c{number}") + TREE + script + LOOK,
              ["name"]) for number, script in enumerate(same.SAME_CHANGE)]
    compare(vm, cases)


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
