"""test_user.py - programs give the same bytes in Nestling as on Linux.

Every program of tests/user, and every script of tests/busybox, is run on the
host and in a machine: output and exit status must be equal.  The host's answer
is kept in BUILD/host, by the content of the program; a program must have
given the same answer twice to become a reference.

SPDX-License-Identifier: MIT
"""

import difflib
import glob
import hashlib
import json
import os

import pytest

import guest
import host
from conftest import BUILD, TOP
from nestling import machine
from nestling.emulator import Settings

SECONDS = 60
BUSYBOX = "/bin/busybox"

USER = [f"/{os.path.relpath(path, f'{BUILD}/stripped')}" for path in sorted(
    glob.glob(f"{BUILD}/stripped/tests/user/*"))]
SCRIPTS = [f"/{os.path.relpath(path, TOP)}" for path in sorted(
    glob.glob(f"{TOP}/tests/busybox/*.sh")) if os.path.exists(BUSYBOX)]

# Bochs, UEFI and the PIC are there to show that the machine works, which takes
# a few programs of each kind, not all.
CORE = ("hello", "fork_memory", "thread_create_join", "signal_handler",
        "pipe_eof", "mmap_anonymous", "directory_entries", "sleep_and_clocks")

MACHINES = [guest.settings(cpus=cpus, tests=True) for cpus in (1, 2, 4)]
CORE_MACHINES = [
    guest.settings(machine="bochs", cpus=2, tests=True),
    guest.settings(firmware="uefi", cpus=2, tests=True),
    guest.settings(cpu="max,-apic", mem=64, tests=True),
]


def cases():
    """(settings, program) in an order that boots few machines."""
    for settings in MACHINES:
        for program in USER + SCRIPTS:
            yield settings, program
    for settings in CORE_MACHINES:
        for program in USER:
            if os.path.basename(program) in CORE:
                yield settings, program


def name(value):
    """A readable name for a part of a case."""
    if not isinstance(value, Settings):
        return os.path.basename(str(value))
    kind = "uefi" if value.firmware == "uefi" else value.machine
    if value.cpu:
        kind += f"-{value.cpu}"
    return f"{kind}-{value.cpus}"


@pytest.fixture(scope="session", name="vm")
def make_vm():
    """This worker's machine."""
    worker = guest.Guest()
    yield worker
    worker.close()


def host_path(program):
    """Where the host has the file that the guest has at PROGRAM."""
    built = f"{BUILD}/stripped{program}"
    return built if os.path.exists(built) else f"{TOP}{program}"


def argv_of(path):
    """How the file at PATH is run."""
    return [BUSYBOX, "sh", path] if path.endswith(".sh") else [path]


def reference(program):
    """(output, status) of PROGRAM on the host."""
    path = host_path(program)
    digest = hashlib.sha256()
    for part in [path] + ([BUSYBOX] if path.endswith(".sh") else []):
        with open(part, "rb") as file:
            digest.update(file.read())
    kept = f"{BUILD}/host/{digest.hexdigest()}"
    if os.path.exists(kept):
        with open(kept, encoding="ascii") as file:
            answer = json.load(file)
        return bytes.fromhex(answer["output"]), answer["status"]
    output, status = host.host_run(argv_of(path))
    again = host.host_run(argv_of(path))
    assert (output, status) == again, \
        f"{path} gives two different answers on the host:\n" \
        + difference(output, again[0])
    os.makedirs(os.path.dirname(kept), exist_ok=True)
    with open(f"{kept}.{os.getpid()}", "w", encoding="ascii") as file:
        json.dump({"output": output.hex(), "status": status}, file)
    os.rename(f"{kept}.{os.getpid()}", kept)
    return output, status


def difference(expected, found):
    """What is different between two outputs, as a diff."""
    texts = [data.decode(errors="backslashreplace").splitlines()
             for data in (expected, found)]
    return "\n".join(difflib.unified_diff(*texts, "linux", "nestling",
                                          lineterm="", n=2))


@pytest.mark.parametrize("settings, program", cases(), ids=name)
def test_same_as_linux(vm, settings, program):
    expected, status = reference(program)
    argv = argv_of(program)
    problem = ""
    try:
        found, found_status = vm.run(settings, argv, SECONDS,
                                     env=host.ENVIRONMENT)
        if (found, found_status) != (expected, status):
            problem = f"{difference(expected, found)}\n" \
                f"exit status {found_status}, on Linux {status}"
    except machine.RunError as error:
        problem = str(error)
    if problem:
        log = vm.log_text()
        vm.close()
        pytest.fail(f"{problem}\n--- kernel log\n{log}\n"
                    f"repeat: {guest.command(settings, argv)}", pytrace=False)
