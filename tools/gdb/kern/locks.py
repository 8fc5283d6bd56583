"""locks.py - kern locks: who holds what, and who waits for it.

SPDX-License-Identifier: MIT
"""

import gdb

from . import kernel, procs
from .kernel import NotThere, members, text

DEPTH_MAX = 32          # spinlocks that one CPU holds
FRAMES_MAX = 16         # looked at for a CPU that spins


def name_of(thread):
    """A struct thread for people: its name and number."""
    tid = int(thread["tid"])
    return f"{text(thread['name'])}{f' ({tid})' if tid else ''}"


def spinning(cpu):
    """The struct spinlock for which a CPU spins, or None: it is what the
    innermost frames' acquire() was called with."""
    before = gdb.selected_thread()
    try:
        kernel.gdb_thread(cpu).switch()
        frame = gdb.newest_frame()
        for _ in range(FRAMES_MAX):
            if frame is None or frame.name() is None:
                return None
            if frame.name() == "acquire":
                lock = frame.read_var("lock")
                held_by = int(lock["holder"])
                own = int(kernel.variable("cpus")[cpu].address)
                return None if held_by in (0, own) else lock.dereference()
            frame = frame.older()
    except (gdb.error, ValueError, NotThere):
        pass
    finally:
        before.switch()
    return None


def held_spinlocks(cpu):
    """The struct spinlocks that a CPU holds, the innermost first."""
    lock = kernel.variable("innermost", "spinlock.c")[cpu]
    for _ in range(DEPTH_MAX):
        if int(lock) == 0:
            return
        yield lock.dereference()
        lock = lock["outer"]
    raise NotThere(f"the list of CPU {cpu}'s spinlocks does not end")


def _spinlocks():
    found = False
    for cpu in kernel.cpus():
        number = int(cpu["id"])
        for lock in held_spinlocks(number):
            found = True
            print(f"CPU {number} holds spinlock {text(lock['name'])!r}, rank "
                  f"{int(lock['rank'])}, at {int(lock.address):#x}")
        lock = spinning(number)
        if lock is not None:
            found = True
            holder = int(lock["holder"]["id"])
            print(f"CPU {number} spins for {text(lock['name'])!r}, which CPU "
                  f"{holder} holds")
    return found


def _mutexes():
    found = False
    for thread, _ in procs.all_threads():
        if int(thread["mutexes"]["next"]) == 0:
            continue                    # not initialised yet
        for mutex in members(thread["mutexes"], "mutex", "held_link"):
            found = True
            queue = mutex["waiters"]
            print(f"{name_of(thread)} holds mutex {text(queue['name'])!r}, "
                  f"rank {int(mutex['rank'])}, at {int(mutex.address):#x}")
            for waiter in members(queue["waiters"], "waiter", "link"):
                waiting = waiter["thread"].dereference()
                print(f"    {name_of(waiting)} waits for it")
    return found


def locks(_words):
    """kern locks - the locks that are held, by whom, and who waits for them"""
    spin = _spinlocks()
    if not _mutexes() and not spin:
        print("No lock is held.")
