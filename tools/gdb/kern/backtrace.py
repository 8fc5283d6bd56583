"""backtrace.py - kern bt: backtraces of threads, whether they run or not.

GDB's own backtrace crosses from the kernel into the program below it: trap.S
tells it where the registers are.  It calls that frame a signal handler, which
is what programs have of that kind.

A thread that does not run has its registers on its stack, where
switch_stack() left them.  To show its backtrace, SleeperUnwinder says for a
moment that the innermost frame, whatever it is, was called from there.
Nothing in the machine is changed.

SPDX-License-Identifier: MIT
"""

import contextlib
import re

import gdb
from gdb.unwinder import Unwinder, register_unwinder

from . import kernel, procs
from .kernel import NotThere, at, text

SIGNAL_FRAME = "<signal handler called>"
ENTRY = "<entry into the kernel>"
SWITCH_SAVED = ["r15", "r14", "r13", "r12", "rbx", "rbp", "rip"]


class FrameId:
    """What GDB knows a frame by."""

    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


def _unwound(pending, registers, sp, pc):
    """The answer to GDB: the caller had these registers."""
    word = gdb.lookup_type("unsigned long")
    info = pending.create_unwind_info(
        FrameId(gdb.Value(sp).cast(word), gdb.Value(pc).cast(word)))
    for name, value in registers.items():
        info.add_saved_register(name, gdb.Value(value).cast(word))
    return info


class SleeperUnwinder(Unwinder):
    """Pretends that the innermost frame was called by a sleeping thread."""

    def __init__(self):
        super().__init__("nestling-sleeper")
        self.thread = None

    def __call__(self, pending):
        if self.thread is None or pending.level() != 0:
            return None
        sp = int(self.thread["context"]["rsp"])
        frame = at(sp, "switch_frame")
        registers = {name: int(frame[name]) for name in SWITCH_SAVED}
        registers["rsp"] = sp + kernel.offset("switch_frame", "rip") + 8
        return _unwound(pending, registers, sp, registers["rip"])

    @contextlib.contextmanager
    def pretend(self, thread):
        """Within, GDB's backtrace is that of a struct thread, below one
        frame that is not."""
        self.thread = thread
        gdb.invalidate_cached_frames()
        try:
            yield
        finally:
            self.thread = None
            gdb.invalidate_cached_frames()


SLEEPER = SleeperUnwinder()


def install():
    """Have GDB ask us."""
    register_unwinder(None, SLEEPER, replace=True)


# ---- kern bt ---------------------------------------------------------------

def user_place(frame):
    """Where a struct trapframe from user mode came from."""
    symbol = gdb.execute(f"info symbol {int(frame['rip']):#x}",
                         to_string=True).split(" in section")[0]
    if "No symbol" in symbol or int(frame["rip"]) >> 63:
        symbol = "the program"
    return f"user mode at {int(frame['rip']):#x} ({symbol.strip()}), " \
           f"stack {int(frame['rsp']):#x}"


def user_frame(thread):
    """The struct trapframe with the user's registers: at the top of the
    thread's kernel stack."""
    top = int(thread["context"]["stack_top"])
    return at(top - kernel.struct("trapframe").sizeof, "trapframe")


def backtrace():
    """GDB's backtrace as lines, in our words.  In a program without symbols
    GDB can only guess: one frame of that is enough."""
    lines = gdb.execute("backtrace", to_string=True).replace(
        SIGNAL_FRAME, ENTRY).splitlines()
    for i, line in enumerate(lines):
        if line.endswith("in ?? ()"):
            return lines[:i + 1]
    return lines


def frames_of_sleeper(thread):
    """The lines of GDB's backtrace for a thread that does not run, as far as
    the kernel."""
    with SLEEPER.pretend(thread):
        lines = backtrace()
    found = []
    for line in lines[1:]:
        match = re.match(r"#(\d+)(\s+)(.*)", line)
        if match is None:
            if found:
                found[-1] += f"\n{line}"
            continue
        rest = match[3]
        place = re.match(r"0x([0-9a-f]+) in", rest)
        if place and not int(place[1], 16) >> 63:
            break                       # the user's
        found.append(f"#{int(match[1]) - 1:<3}{rest}")
    return found


def show_cpu(number):
    """GDB's own backtrace of a CPU."""
    before = gdb.selected_thread()
    kernel.gdb_thread(number).switch()
    try:
        thread = kernel.current_thread(kernel.variable("cpus")[number])
        name = "" if thread is None else \
            f" runs {text(thread['name'])} ({int(thread['tid'])})"
        print(f"CPU {number}{name}")
        print("\n".join(backtrace()))
    finally:
        before.switch()


def bt(words):
    """kern bt PID|CPU - the backtrace of a thread, or of a CPU (cpu0)

    Of a thread that sleeps, in the kernel; and where it came from.  A CPU's
    goes on into the program.  Without an argument: the selected CPU's."""
    if not words:
        show_cpu(int(kernel.this_cpu()["id"]))
        return
    match = re.fullmatch(r"cpu(\d+)", words[0], re.I)
    if match:
        if int(match[1]) not in {int(cpu["id"]) for cpu in kernel.cpus()}:
            raise NotThere(f"there is no CPU {match[1]}")
        show_cpu(int(match[1]))
        return
    task = procs.find_task(procs.number(words[0], "thread"))
    thread = task["thread"]
    cpu = int(thread["cpu"])
    if int(kernel.run_queue(cpu)["current"]) == int(thread.address):
        show_cpu(cpu)
        return
    state = kernel.enum(thread["state"])
    print(f"{text(thread['name'])} ({int(thread['tid'])}) is {state}"
          + (f", waits for {text(thread['wait_reason'])}"
             if state == "blocked" and int(thread["wait_reason"]) else ""))
    for line in frames_of_sleeper(thread):
        print(line)
    frame = user_frame(thread)
    if int(frame["cs"]) & 3:
        print(f"from {user_place(frame)}")
