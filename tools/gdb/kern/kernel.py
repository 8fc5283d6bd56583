"""kernel.py - what all commands need: the kernel's objects as GDB values.

Types, offsets and enumerators come from the kernel's DWARF.  Macros are not
in it, so those that are needed are read from the tree's own headers.

A machine may be stopped at any moment: in the firmware, half-booted, in the
middle of changing a list, or after its memory was overwritten.  What is not
there is a NotThere that says so in a sentence; lists are read with a limit.

SPDX-License-Identifier: MIT
"""

import contextlib
import functools
import os
import re

import gdb

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "../../../kernel")
LIST_MAX = 100000       # members of a list, before it is called damaged
PAGE = 4096
CR0_PG = 1 << 31


class NotThere(Exception):
    """What was asked for does not exist, or not yet; the text says what."""


# ---- Names -----------------------------------------------------------------

def variable(name, file=None):
    """A variable of the kernel; FILE: a static one of that source file."""
    text = f"'{file}'::{name}" if file else name
    try:
        return gdb.parse_and_eval(text)
    except gdb.error as error:
        raise NotThere(f"this kernel has no {name}: {error}") from error


def address(name):
    """The address of a symbol."""
    try:
        return int(gdb.parse_and_eval(f"(unsigned long) &{name}"))
    except gdb.error as error:
        raise NotThere(f"this kernel has no {name}: {error}") from error


def struct(name):
    """The type struct NAME."""
    try:
        return gdb.lookup_type(f"struct {name}")
    except gdb.error as error:
        raise NotThere(f"this kernel has no struct {name}") from error


def at(where, name):
    """The struct NAME at an address."""
    return gdb.Value(int(where)).cast(struct(name).pointer()).dereference()


def field(kind, name):
    """(bytes from the start, type) of the member NAME of a struct, which may
    be inside a nameless union.  None: there is none."""
    for member in kind.fields():
        inside = member.type.strip_typedefs()
        if member.name == name:
            return member.bitpos // 8, inside
        if not member.name:
            found = field(inside, name)
            if found is not None:
                return member.bitpos // 8 + found[0], found[1]
    return None


@functools.lru_cache(maxsize=None)
def offset(name, member):
    """Bytes from the start of struct NAME to MEMBER, which may be "a.b"."""
    kind, total = struct(name), 0
    for part in member.split("."):
        found = field(kind, part)
        if found is None:
            raise NotThere(f"struct {name} has no {member}")
        total, kind = total + found[0], found[1]
    return total


def container(pointer, name, member):
    """The struct NAME whose MEMBER is at POINTER."""
    return at(int(pointer) - offset(name, member), name)


@functools.lru_cache(maxsize=None)
def source(name):
    """The text of a source file below kernel/."""
    try:
        with open(os.path.join(SOURCES, name), encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise NotThere(f"the kernel's sources are needed: {error}") from error


@functools.lru_cache(maxsize=None)
def defines(header, pattern):
    """{name: value} of the macros in HEADER (below kernel/) that are plain
    numbers or BIT(n) and whose whole name matches PATTERN."""
    found = {}
    line = re.compile(rf"#\s*define\s+({pattern})\s+(?:BIT\((\d+)\)|"
                      r"(0x[0-9a-fA-F]+|\d+)[uUlL]*)\s")
    for name, bit, value in line.findall(source(header)):
        octal = value[:1] == "0" and value.isdigit()
        found[name] = 1 << int(bit) if bit else int(value, 8 if octal else 0)
    return found


def define(header, name):
    """The value of one macro."""
    try:
        return defines(header, name)[name]
    except KeyError as error:
        raise NotThere(f"{header} does not define {name}") from error


# ---- Values ----------------------------------------------------------------

def text(value):
    """The C string that a char array or pointer holds."""
    try:
        if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR and \
                int(value) == 0:
            return ""
        return value.string(errors="backslashreplace")
    except gdb.error:
        return f"(unreadable: {int(value.address or value):#x})"


def enum(value):
    """The name of an enumerator, in lower case and without its prefix."""
    return str(value).rsplit("_", 1)[-1].lower()


def members(head, name, member):
    """Each struct NAME on the list whose head, a struct list, is HEAD."""
    first = int(head.address)
    if int(head["next"]) == 0:
        return                          # it was never initialised
    link = head["next"]
    for _ in range(LIST_MAX):
        if int(link) == first:
            return
        yield container(link, name, member)
        try:
            link = link.dereference()["next"]
            link.fetch_lazy()
        except gdb.MemoryError as error:
            raise NotThere(f"a list of struct {name} is damaged: "
                           f"{error}") from error
    raise NotThere(f"a list of struct {name} does not end")


def read(where, size):
    """SIZE bytes at the virtual address WHERE."""
    return bytes(gdb.selected_inferior().read_memory(where, size))


def physical(pa):
    """The kernel's virtual address of physical memory: the direct map."""
    return pa + define("x86/paging.h", "DIRECT_BASE")


def register(name):
    """A register of the selected CPU, without a sign."""
    value = gdb.parse_and_eval(f"${name}")
    size = value.type.sizeof
    return int(value.cast(gdb.lookup_type("unsigned long"))) & \
        ((1 << size * 8) - 1)


# ---- CPUs ------------------------------------------------------------------

@contextlib.contextmanager
def selection_kept():
    """Whatever is done within, the user's thread and frame stay selected."""
    thread = gdb.selected_thread()
    try:
        frame = gdb.selected_frame() if thread is not None else None
    except gdb.error:
        frame = None
    try:
        yield
    finally:
        if thread is not None and thread.is_valid():
            thread.switch()
        if frame is not None and frame.is_valid():
            frame.select()


def connected():
    """Raises NotThere unless GDB is attached to a machine."""
    thread = gdb.selected_thread()
    if thread is None or not thread.is_valid():
        raise NotThere("GDB is not attached to a machine: "
                       "target remote build/gdb.sock")


def require():
    """Raises NotThere unless the kernel is in memory and has its own data."""
    connected()
    not_yet = NotThere(
        "the kernel does not run yet: this is the firmware or the boot "
        "loader.\nTry: break kernel_main, continue")
    try:
        if not register("cr0") & CR0_PG:
            raise not_yet
        variable("cpus")[0]["self"].fetch_lazy()
    except gdb.MemoryError as error:
        raise not_yet from error
    except gdb.error:
        pass                            # a target that has no such register


def cpus():
    """The struct cpu of each CPU that runs."""
    table = variable("cpus")
    first, last = table.type.range()
    online = [table[i] for i in range(first, last + 1)
              if int(table[i]["self"]) != 0 and bool(table[i]["online"])]
    if not online:
        raise NotThere("the kernel has only begun to boot: no CPU has its "
                       "struct cpu yet")
    return online


def cpu_of_thread(thread):
    """The id of the CPU that GDB calls THREAD.  GS, or the MSR with which
    SWAPGS exchanges it, holds the address of its struct cpu."""
    before = gdb.selected_thread()
    thread.switch()
    try:
        bases = {register("gs_base"), register("k_gs_base")}
    except gdb.error:
        bases = set()
    finally:
        before.switch()
    for cpu in cpus():
        if int(cpu.address) in bases:
            return int(cpu["id"])
    return thread.num - 1


def this_cpu():
    """The struct cpu of the selected CPU."""
    return variable("cpus")[cpu_of_thread(gdb.selected_thread())]


def gdb_thread(cpu):
    """What GDB calls the CPU with this id."""
    for thread in gdb.selected_inferior().threads():
        if cpu_of_thread(thread) == cpu:
            return thread
    raise NotThere(f"there is no CPU {cpu}")


def current_thread(cpu):
    """The struct thread that runs on a struct cpu; None: none yet.  The
    boot code's own context is in no thread."""
    context = int(cpu["context"])
    queue = run_queue(int(cpu["id"]))
    if context == 0 or int(queue["current"]) == 0:
        return None
    return container(context, "thread", "context")


def run_queue(cpu):
    """The scheduler's data of a CPU."""
    return variable("queues", "sched.c")[cpu]
