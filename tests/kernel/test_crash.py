"""test_crash.py - a panic says what, where and who called, and ends the run.

SPDX-License-Identifier: MIT
"""

import dataclasses
import re

import pytest

import guest
from nestling import machine

SECONDS = 60

CRASHES = {
    "crash_assertion": [
        "KERNEL PANIC: assertion failed: lock.rank == RANK_PAGE",
        r"at tests/kernel/test_crash.c:\d+",
        r"in crash_inner\S* CPU \d, thread boot",
        r"the last debug message[\s\S]*KERNEL PANIC",
        "cr0 [0-9a-f]{16} cr2", "Backtrace:",
        r"Backtrace:[\s\S]*ktest_crash_assertion\+0x[\s\S]*ktest_run\+0x"],
    "crash_page_fault": [
        "KERNEL PANIC: page fault in the kernel: writing 0x1000",
        "rax [0-9a-f]{16} rbx", "cr2 0000000000001000",
        r"rip 0008:[0-9a-f]{16} rsp", "vector 14, error code 2",
        r"Backtrace:[\s\S]*ktest_crash_page_fault\+0x[\s\S]*ktest_run"],
    "crash_jump_to_nowhere": [
        "KERNEL PANIC: page fault in the kernel: executing 0x1000",
        r"Backtrace:[\s\S]*\? ktest_\w+\+0x[\s\S]*boot_thread\+0x"],
    "crash_stack_overflow": [
        "KERNEL PANIC: double fault", "in crash_recurse",
        "it overflowed", r"Backtrace:(\s+\w+ (\? )?crash_recurse\S+){9}"],
    "crash_with_the_locks_of_the_log_held": [
        "KERNEL PANIC: nothing may be locked now",
        r"Backtrace:[\s\S]*ktest_crash_with_the_locks"],
    "crash_inside_the_panic": [
        'KERNEL PANIC: "%s", and inside it: '],
    "crash_of_all_cpus_at_once": [
        "KERNEL PANIC: one of many", r"Backtrace:[\s\S]*panic_too"],
}

MACHINES = [guest.settings(cpus=4), guest.settings(vga=True)]
ON_BOCHS = ["crash_assertion", "crash_stack_overflow"]
CASES = [(crash, settings) for crash in CRASHES for settings in MACHINES]
CASES += [(crash, guest.settings(machine="bochs", cpus=2))
          for crash in ON_BOCHS]


def name(value):
    """A readable name for a crash or a machine."""
    return value if isinstance(value, str) else \
        f"{value.machine}-{value.cpus}"


@pytest.mark.parametrize("crash, settings", CASES, ids=name)
def test_last_words(crash, settings):
    settings = dataclasses.replace(settings, append=f"test={crash}")
    log = bytearray()
    try:
        with machine.Machine(settings, log.extend) as vm, \
                pytest.raises(machine.Panicked):
            vm.run_to_end(SECONDS)
    except machine.RunError as error:
        log += str(error).encode()
    text = log.decode(errors="replace").replace("\r", "")
    missing = [words for words in CRASHES[crash]
               if not re.search(words, text)]
    assert text.count("KERNEL PANIC") == 1 and not missing, text[-3000:]
