"""test_faults.py - hostile programs: no panic, no hang, no memory lost.

Each program judges itself (tests/faults/lib.h): its exit status is 0 if what
must be true after its load was true, and its memory came back.

Layer: tests/faults

SPDX-License-Identifier: MIT
"""

import pytest

import guest
from nestling import machine

SEED = 1

# Arguments, number of CPUs, seconds.  The million system calls are shared out:
# most of them where there is most to race for.
LOADS = [
    (["syscall_fuzz", "200000", str(SEED)], 1, 180),
    (["syscall_fuzz", "300000", str(SEED + 1)], 2, 180),
    (["syscall_fuzz", "500000", str(SEED + 2)], 4, 240),
    (["elf_fuzz", "10000", str(SEED)], 2, 120),
    (["elf_fuzz", "1000", str(SEED), "/tests/user/hello"], 2, 120),
    (["processes_2000"], 1, 90),
    (["processes_2000"], 4, 90),
    (["threads_500"], 4, 60),
    (["deep_recursion"], 2, 60),
    (["fork_bomb"], 4, 90),
    (["memory_exhaustion"], 1, 120),
    (["memory_exhaustion"], 4, 120),
]


def name(load):
    """A readable name for a load."""
    argv, cpus, _ = load
    return "-".join([argv[0], *argv[3:], str(cpus)]).replace("/", "")


@pytest.mark.parametrize("load", LOADS, ids=name)
def test_survives(load):
    argv, cpus, seconds = load
    argv = [f"/tests/faults/{argv[0]}", *argv[1:]]
    settings = guest.settings(cpus=cpus, tests=True)
    vm = guest.Guest()
    try:
        output, status = vm.run(settings, argv, seconds)
        # Whoever comes after the load finds a working system.
        after = vm.run(settings, ["/bin/echo", "alive"], 30)
    except machine.RunError as error:
        pytest.fail(f"{error}\n--- kernel log\n{vm.log_text()}\n"
                    f"repeat: {guest.command(settings, argv)}", pytrace=False)
    finally:
        vm.close()
    assert status == 0, f"{output.decode(errors='replace')}\n" \
        f"repeat: {guest.command(settings, argv)}"
    assert after == (b"alive\n", 0)
