"""locks.py - kern locks: who holds what, and who waits for it.

SPDX-License-Identifier: MIT
"""

import gdb

from . import kernel, procs
from .kernel import NotThere, members, text

DEPTH_MAX = 32          # locks that are held at once
FRAMES_MAX = 16         # looked at for a CPU that spins
SPIN = "wait_and_take"


def name_of(thread):
    """A struct thread for people: its name and number."""
    tid = int(thread["tid"])
    return f"{text(thread['name'])}{f' ({tid})' if tid else ''}"


def spinning(cpu):
    """The struct spinlock for which a CPU spins, or None: it is what
    wait_and_take(), one of the innermost frames, was called with."""
    before = gdb.selected_thread()
    try:
        kernel.gdb_thread(cpu).switch()
        frame = gdb.newest_frame()
        for _ in range(FRAMES_MAX):
            if frame is None or frame.name() is None:
                return None
            if frame.name() == SPIN:
                lock = frame.read_var("lock")
                return None if int(lock["holder"]) == 0 \
                    else lock.dereference()
            frame = frame.older()
    except (gdb.error, ValueError, NotThere):
        pass
    finally:
        before.switch()
    return None


def held(owner, whose):
    """The locks that a struct cpu (spinlocks) or thread (mutexes) holds, the
    innermost first.  Raises NotThere when there is no end of them."""
    lock = owner["innermost"]
    for _ in range(DEPTH_MAX):
        if int(lock) == 0:
            return
        yield lock.dereference()
        lock = lock["outer"]
    raise NotThere(f"the list of locks that {whose} holds does not end")


def _spinlocks():
    found = False
    for cpu in kernel.cpus():
        number = int(cpu["id"])
        for lock in held(cpu, f"CPU {number}"):
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
        for mutex in held(thread, name_of(thread)):
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
