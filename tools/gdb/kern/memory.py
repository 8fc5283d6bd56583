"""memory.py - kern pt, kern areas and kern frames.

SPDX-License-Identifier: MIT
"""

import re
import struct as packing

from . import kernel, paths, procs
from .kernel import NotThere, container

LEVELS = 4
SIZES = {1: "4 KiB", 2: "2 MiB", 3: "1 GiB"}
SPAN = {level: kernel.PAGE << 9 * (level - 1) for level in range(1, 5)}

# Page-table entries.  Source: [SDM3] 4.5 "4-Level Paging"
P, W, U, PWT, PCD, A, D, PS, G = (1 << bit for bit in range(9))
NX = 1 << 63
ADDRESS = 0x000ffffffffff000


# ---- Page tables -----------------------------------------------------------

def flags(entry, leaf):
    """The flags of an entry, in words."""
    words = ["writable" if entry & W else "read-only",
             "user" if entry & U else "kernel"]
    if entry & NX:
        words.append("no-execute")
    if entry & PCD:
        words.append("uncached")
    if entry & PWT:
        words.append("write-through")
    if entry & A:
        words.append("accessed")
    if leaf and entry & D:
        words.append("dirty")
    if leaf and entry & G:
        words.append("global")
    words += [name for name, bit in software_bits().items() if entry & bit]
    return ", ".join(words)


def software_bits():
    """{name: bit} of the bits that the CPU ignores and the kernel uses."""
    return {name: bit for name, bit in
            kernel.defines("x86/paging.h", r"PTE_SW\d").items()}


def walk(root, va):
    """(level, where the entry is, the entry) from level 4 down to a page or
    to the first entry that is not present.  root: as in CR3."""
    table = root & ADDRESS
    for level in range(LEVELS, 0, -1):
        index = va >> (12 + 9 * (level - 1)) & 511
        where = table + 8 * index
        entry, = packing.unpack("<Q", kernel.read(kernel.physical(where), 8))
        yield level, where, entry
        if not entry & P or level == 1 or entry & PS:
            return
        table = entry & ADDRESS


def translate(root, va):
    """The physical address of VA, or None."""
    for level, _, entry in walk(root, va):
        if entry & P and (level == 1 or entry & PS):
            span = SPAN[level]
            return (entry & ADDRESS & ~(span - 1)) | va & (span - 1)
    return None


def pt(words):
    """kern pt ADDRESS [PID] - the walk of the page tables, level by level

    ADDRESS is any expression.  Without PID, in the tables that the selected
    CPU uses."""
    if not words:
        raise NotThere("kern pt ADDRESS [PID]: an address is missing")
    va = procs.number(f"(unsigned long) ({words[0]})", "address")
    if len(words) > 1:
        proc = procs.find_process(procs.number(words[1], "process"))
        if int(proc["aspace"]) == 0:
            raise NotThere(f"process {words[1]} has no memory any more")
        root, whose = int(proc["aspace"]["pt"]["root"]), \
            f"process {int(proc['pid'])}"
    else:
        root, whose = kernel.register("cr3"), \
            f"CPU {int(kernel.this_cpu()['id'])}"
    if va >> 47 not in (0, (1 << 17) - 1):
        print(f"{va:#x} is not canonical: bits 63 to 47 differ")
        return
    print(f"{va:#018x} in the tables of {whose}, root {root & ADDRESS:#x}")
    rights = W | U
    execute = True
    for level, where, entry in walk(root, va):
        rights &= entry
        execute = execute and not entry & NX
        leaf = level == 1 or bool(entry & PS)
        _show_entry(va, level, where, entry, leaf)
        if entry & P and leaf:
            may = ["read"] + ["write"] * bool(rights & W) + \
                ["execute"] * execute
            print(f"{'user and kernel' if rights & U else 'kernel only'}: "
                  f"{', '.join(may)}; physical {translate(root, va):#x}")


def _show_entry(va, level, where, entry, leaf):
    index = va >> (12 + 9 * (level - 1)) & 511
    head = f"level {level}  entry {index:>3} at {where:#011x}: {entry:#018x}"
    if not entry & P:
        print(f"{head}  not present")
    elif leaf:
        pa = entry & ADDRESS & ~(SPAN[level] - 1)
        print(f"{head}  page of {SIZES[level]} at {pa:#x}: "
              f"{flags(entry, True)}")
    else:
        print(f"{head}  table at {entry & ADDRESS:#x}: "
              f"{flags(entry, False)}")


# ---- Areas -----------------------------------------------------------------

def in_order(node):
    """The nodes of a red-black tree from left to right."""
    path = []
    while int(node) != 0 or path:
        while int(node) != 0:
            path.append(node)
            node = node["left"]
            if len(path) > 128:
                raise NotThere("the tree of areas is damaged")
        node = path.pop()
        yield node
        node = node["right"]


def area_flags(area):
    """Like rw-p: the rights, and private or shared."""
    prot, what = int(area["prot"]), int(area["flags"])
    shared = kernel.define("mm/aspace.h", "AREA_SHARED")
    return "".join(letter if prot & bit else "-"
                   for letter, bit in (("r", 1), ("w", 2), ("x", 4))) + \
        ("s" if what & shared else "p")


def area_name(area):
    """What is mapped there."""
    what = int(area["flags"])
    if what & kernel.define("mm/aspace.h", "AREA_BRK"):
        return "[heap]"
    if what & kernel.define("mm/aspace.h", "AREA_GROWSDOWN"):
        return "[stack]"
    if int(area["object"]) == 0:
        return ""
    return paths.object_path(area["object"].dereference())


def resident(root, start, end):
    """How many pages of [start, end) are present."""
    count, va = 0, start
    while va < end:
        level, where, entry = list(walk(root, va))[-1]
        if level > 1:                   # no table: nothing up to its end
            va = (va | (SPAN[level] - 1)) + 1
            continue
        here = min((end - va) // kernel.PAGE, 512 - (where >> 3 & 511))
        raw = kernel.read(kernel.physical(where), 8 * here)
        count += sum(entry & P for entry, in packing.iter_unpack("<Q", raw))
        va += here * kernel.PAGE
    return count


def areas(words):
    """kern areas PID - what a process has mapped where

    RES/KiB: how much of it is in memory.  After the rights: p private,
    s shared; then the offset in the file."""
    if not words:
        raise NotThere("kern areas PID: a process is missing")
    proc = procs.find_process(procs.number(words[0], "process"))
    if int(proc["aspace"]) == 0:
        raise NotThere(f"process {words[0]} has no memory any more")
    space = proc["aspace"].dereference()
    root = int(space["pt"]["root"])
    print(f"{'START':>14} {'END':>14} {'KiB':>9} {'RES/KiB':>8} RIGHTS "
          f"{'OFFSET':>8} WHAT")
    for node in in_order(space["areas"]["root"]):
        area = container(node, "area", "node")
        start, end = int(area["start"]), int(area["end"])
        pages = resident(root, start, end)
        print(f"{start:#14x} {end:#14x} {(end - start) // 1024:>9,} "
              f"{pages * 4:>8,} {area_flags(area):<6} "
              f"{int(area['offset']):>#8x} {area_name(area)}".rstrip())
    print(f"brk {int(space['brk_start']):#x} to {int(space['brk']):#x}; "
          f"{int(space['resident_pages']) * 4:,} KiB resident, "
          f"{int(space['pt']['table_pages'])} page tables")


# ---- Physical memory -------------------------------------------------------

def state_names():
    """{state: (name, what it means)}, as mm/page.h has them."""
    found = re.findall(r"#define (PAGE_\w+)\s+(\d+)\s*/\* (.*) \*/",
                       kernel.source("mm/page.h"))
    return {int(value): (name, meaning) for name, value, meaning in found}


def count_states():
    """{state: pages}, from the array of struct page."""
    start = int(kernel.variable("page_array"))
    count = int(kernel.variable("page_array_count"))
    if start == 0 or count == 0:
        raise NotThere("there is no page allocator yet: break mm_init, "
                       "finish")
    page = kernel.struct("page")
    raw = kernel.read(start, count * page.sizeof)
    states = raw[kernel.offset("page", "state")::page.sizeof]
    return {value: states.count(value) for value in set(states)}


def magazines():
    """The free pages that each CPU has at hand."""
    table = kernel.variable("magazines", "page.c")
    return [int(table[int(cpu["id"])]["used"]["count"]) +
            int(table[int(cpu["id"])]["spare"]["count"])
            for cpu in kernel.cpus()]


def frames(_words):
    """kern frames - physical memory: the free blocks, and who has the rest"""
    counts = count_states()
    buddy = kernel.variable("buddy", "page.c")
    total, free = int(buddy["total_pages"]), int(buddy["free_pages"])
    cached = magazines()
    print(f"{total * 4:,} KiB of RAM are the allocator's; "
          f"{(free + sum(cached)) * 4:,} KiB are free")
    print("free blocks:\n   order      KiB each    blocks           KiB")
    found = 0
    first, last = buddy["blocks"].type.range()
    for order in range(first, last + 1):
        blocks = sum(1 for _ in kernel.members(buddy["blocks"][order],
                                               "page", "link"))
        found += blocks << order
        print(f"   {order:>5} {4 << order:>13,} {blocks:>9,} "
              f"{blocks * 4 << order:>13,}")
    depot = int(buddy["depot_count"]) << \
        kernel.define("mm/page.c", "CHAIN_ORDER")
    if found + depot != free:
        print(f"Lists and depot have {found + depot:,} pages, but the count "
              f"is {free:,}: a CPU is\nat work on them, or they are damaged.")
    print("single pages at hand: " + ", ".join(
        [f"CPU {i}: {count}" for i, count in enumerate(cached)] +
        [f"depot: {depot}"]))
    print("page frames by state:")
    for value, (name, meaning) in sorted(state_names().items()):
        print(f"   {name:<12} {counts.pop(value, 0):>9,}  {meaning}")
    for value, count in counts.items():
        print(f"   {value:<12} {count:>9,}  no such state: struct page is "
              "damaged")
