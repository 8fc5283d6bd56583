"""nestling.py - GDB commands that know the kernel: make gdb loads them.

    kern ps               processes and threads
    kern bt PID|CPU       backtrace of a thread that sleeps, or of cpu0, cpu1
    kern pt ADDRESS [PID] the walk of the page tables
    kern areas PID        what a process has mapped
    kern frames           physical memory
    kern files PID        open files
    kern locks            locks held, and who waits
    kern log [N]          the kernel's messages
    kern help

They read the machine and change nothing, so they work on one that has
panicked, or is replayed, as well.  Further: the symbols of the program that
runs are loaded (programs.py), and backtraces cross from the kernel into it
(backtrace.py).

SPDX-License-Identifier: MIT
"""

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from kern import backtrace, kernel, locks, log, memory, paths, \
    procs, programs                     # noqa: E402

COMMANDS = [procs.ps, backtrace.bt, memory.pt, memory.areas, memory.frames,
            paths.files, locks.locks, log.log]
WITH_EXPRESSION = {"pt"}                # the first argument may have blanks
WELCOME = """\
Nestling: kern help lists the kernel's commands. Try: break kernel_main, \
continue,
then continue, Ctrl-C, kern ps, kern log; a program: break main, then start it.
"""


class Kern(gdb.Command):
    """Look at the kernel: kern help lists what there is."""

    def __init__(self):
        super().__init__("kern", gdb.COMMAND_DATA, prefix=True)

    def invoke(self, argument, from_tty):
        if argument:
            print(f"There is no kern {argument.split()[0]}: kern help lists "
                  "what there is.")
        else:
            show_help([])


class KernCommand(gdb.Command):
    """One of the commands.  Its help is the function's."""

    def __init__(self, function):
        self.function = function
        self.__doc__ = function.__doc__
        super().__init__(f"kern {function.__name__}", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        if self.function.__name__ in WITH_EXPRESSION:
            words = split_expression(argument)
        try:
            with kernel.selection_kept():
                kernel.require()
                self.function(words)
        except kernel.NotThere as error:
            print(f"kern: {error}")
        except gdb.MemoryError as error:
            print("kern: the kernel's data lead to memory that cannot be "
                  f"read: {error}")
        except (gdb.error, KeyError) as error:
            print("kern: these commands do not fit to this kernel: "
                  f"{error}")


def split_expression(argument):
    """[expression, PID] of "EXPRESSION [PID]": the last word is the process
    if it is a number and something stands before it."""
    words = argument.rsplit(None, 1)
    if len(words) == 2 and words[1].isdigit() and \
            words[0].rstrip()[-1] not in "+-*/&|<>(,=%^":
        return words
    return [argument] if argument.strip() else []


def show_help(_words):
    """kern help - this list"""
    for function in [*COMMANDS, show_help]:
        print(function.__doc__.splitlines()[0])


class KernHelp(gdb.Command):
    """kern help - the list of commands"""

    def __init__(self):
        super().__init__("kern help", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        show_help([])


def main():
    """Define the commands and follow the machine."""
    gdb.execute("set print pretty on")
    gdb.execute("set breakpoint pending on")
    gdb.execute("set confirm off")
    gdb.execute("set remotetimeout 30")     # a busy host is no error
    Kern()
    KernHelp()
    for function in COMMANDS:
        KernCommand(function)
    backtrace.install()
    programs.install()
    print(WELCOME, end="")


main()
