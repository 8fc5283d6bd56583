"""test_kernel.py - the tests that run inside the kernel, on each machine.

The kernel is booted with test=all.  It prints TAP lines on its log and switches
the machine off.

SPDX-License-Identifier: MIT
"""

import re

import pytest

import guest
from nestling import machine

SECONDS = 300           # Bochs needs some 60 when it has a core for itself

MACHINES = [guest.settings(cpus=cpus, append="test=all") for cpus in (1, 2, 4)]
MACHINES += [
    guest.settings(cpus=8, append="test=all"),
    guest.settings(mem=64, append="test=all"),
    guest.settings(machine="bochs", cpus=2, append="test=all"),
    guest.settings(firmware="uefi", cpus=2, append="test=all"),
]

PLAN = re.compile(r"\b1\.\.(\d+)\r?$", re.M)
RESULT = re.compile(r"(?:^|[\s\]])(ok|not ok) (\d+) - (\S+)", re.M)


def name(settings):
    """A readable name for a machine."""
    kind = "uefi" if settings.firmware == "uefi" else settings.machine
    return f"{kind}-{settings.cpus}-{settings.mem}"


@pytest.mark.parametrize("settings", MACHINES, ids=name)
def test_inside(settings):
    log = bytearray()
    problems = []
    try:
        with machine.Machine(settings, log.extend) as vm:
            vm.run_to_end(SECONDS)
    except machine.RunError as error:
        problems.append(str(error))
    text = log.decode(errors="replace")
    plan = PLAN.search(text)
    results = RESULT.findall(text)
    problems += [f"not ok: {test}" for word, _, test in results
                 if word == "not ok"]
    if plan is None:
        problems.append("the kernel printed no plan")
    elif [int(number) for _, number, _ in results] != \
            list(range(1, int(plan[1]) + 1)):
        problems.append(f"{len(results)} results of {plan[1]}")
    if problems:
        tail = "\n".join(text.splitlines()[-60:])
        pytest.fail("\n".join(problems) + f"\n--- kernel log\n{tail}\n"
                    f"repeat: {guest.command(settings)}", pytrace=False)
