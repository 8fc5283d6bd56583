"""programs.py - symbols of the program that runs, and the stop at a panic.

Programs are linked to fixed addresses, most of them to the same, so GDB can
have the symbols of one at a time: of the process that is running on the
selected CPU when the machine stops, and of a program that has just been
started by exec, so that breakpoints set on its functions take effect.

SPDX-License-Identifier: MIT
"""

import os

import gdb

from . import kernel, paths, procs
from .kernel import NotThere, text

EXEC_HOOK = "signal_reset_for_exec"     # exec calls it, the program is known
PANIC_HOOK = "power_panic_exit"         # the last that a panic does

loaded = {"file": None}                 # whose symbols GDB has now


def build_folder():
    """The folder of the build, from where the kernel's file is; None."""
    for objfile in gdb.objfiles():
        if objfile.filename and \
                objfile.filename.endswith("kernel/nestling.elf"):
            return os.path.dirname(os.path.dirname(objfile.filename))
    return None


def host_file(path):
    """The file with symbols for the program PATH in the machine, or None."""
    build = build_folder()
    if build is None:
        return None
    for name in (f"{build}/user/bin/{os.path.basename(path)}",
                 f"{build}{path}"):
        if os.path.isfile(name):
            return name
    return None


def process_program(proc):
    """The path of a process's program, or None."""
    if proc is None or int(proc["exe"]) == 0:
        return None
    return paths.file_path(proc["exe"].dereference())


def use(file):
    """Have the symbols of FILE, and of no other program."""
    if file == loaded["file"]:
        return
    try:
        if loaded["file"] is not None:
            name = os.path.realpath(loaded["file"])
            for objfile in gdb.objfiles():
                if objfile.filename and \
                        os.path.realpath(objfile.filename) == name:
                    gdb.execute(f"remove-symbol-file {_text_address(name)}",
                                to_string=True)
        loaded["file"] = None
        if file is not None:
            gdb.execute(f"add-symbol-file {file}", to_string=True)
            loaded["file"] = file
    except gdb.error as error:
        print(f"kern: symbols of {file}: {error}")


def _text_address(file):
    """An option for remove-symbol-file: an address in the text of FILE, from
    the entry point in its ELF header."""
    with open(file, "rb") as opened:
        header = opened.read(64)
    return f"-a {int.from_bytes(header[24:32], 'little'):#x}"


def follow(*_):
    """Have the symbols of the process on the selected CPU.  A kernel thread
    leaves those of the last one."""
    try:
        kernel.require()
        path = process_program(procs.current_process())
    except (NotThere, gdb.error):
        return
    if path is not None:
        use(host_file(path))


class ExecBreakpoint(gdb.Breakpoint):
    """Looks which program a process has become; never stops for long."""

    def __init__(self):
        super().__init__(EXEC_HOOK, internal=True)
        self.silent = True

    def stop(self):
        follow()
        return False


class PanicBreakpoint(gdb.Breakpoint):
    """Stops the machine before a panic ends the emulator."""

    def __init__(self):
        super().__init__(PANIC_HOOK, internal=True)
        self.silent = True

    def stop(self):
        print("The kernel panicked: "
              f"{text(kernel.variable('message', 'panic.c'))}\n"
              "Everything is as it was: kern bt, kern log, kern locks")
        return True


def program_name():
    """The path of the program that runs on the selected CPU, or ""."""
    try:
        kernel.require()
        return process_program(procs.current_process()) or ""
    except (NotThere, gdb.error):
        return ""


class ProgramFunction(gdb.Function):
    """$program() - the path of the program that runs on the selected CPU

    For conditions: break main if $_streq($program(), "/bin/ls")"""

    def __init__(self):
        super().__init__("program")

    def invoke(self):
        return program_name()


def install():
    """Follow the machine from now on."""
    ProgramFunction()
    gdb.events.stop.connect(follow)
    for kind, name in ((ExecBreakpoint, EXEC_HOOK),
                       (PanicBreakpoint, PANIC_HOOK)):
        try:
            kernel.address(name)
            kind()
        except NotThere:
            print(f"kern: {name}() is missing in this kernel")
