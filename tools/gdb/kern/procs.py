"""procs.py - processes and threads: finding them, and kern ps.

SPDX-License-Identifier: MIT
"""

import gdb

from . import kernel
from .kernel import NotThere, at, container, enum, members, text

HEAD = f"{'PID':>5} {'TID':>5} {'PPID':>5} {'STATE':<8} {'CPU':>3} " \
       f"{'RSS/KiB':>8}  {'NAME':<16} WAITS FOR"
STATES = {"S": "sleeping", "R": "running", "T": "stopped", "Z": "zombie",
          "D": "blocked"}


def entries():
    """(number, struct pid_entry) of the numbers that are in use."""
    table = kernel.variable("table", "pid.c")
    size = kernel.struct("pid_entry").sizeof
    per_page = kernel.PAGE // size
    first, last = table.type.range()
    for page in range(first, last + 1):
        start = int(table[page])
        if start == 0:
            continue
        raw = kernel.read(start, size * per_page)
        for i in range(per_page):
            if any(raw[i * size:(i + 1) * size]):
                yield page * per_page + i, at(start + i * size, "pid_entry")


def processes():
    """Each struct proc, by number.  Raises NotThere when there is none."""
    found = False
    for _, entry in entries():
        if int(entry["proc"]) != 0:
            found = True
            yield entry["proc"].dereference()
    if not found:
        raise NotThere("there are no processes yet: the kernel is still "
                       "booting")


def tasks():
    """Each struct task, by number."""
    for _, entry in entries():
        if int(entry["task"]) != 0:
            yield entry["task"].dereference()


def find_process(pid):
    """The struct proc with this number.  Raises NotThere."""
    for number, entry in entries():
        if number == pid and int(entry["proc"]) != 0:
            return entry["proc"].dereference()
    raise NotThere(f"there is no process {pid}: kern ps lists them")


def find_task(tid):
    """The struct task with this number.  Raises NotThere."""
    for number, entry in entries():
        if number == tid and int(entry["task"]) != 0:
            return entry["task"].dereference()
    raise NotThere(f"there is no thread {tid}: kern ps lists them")


def current_process():
    """The struct proc that runs on the selected CPU, or None."""
    thread = kernel.current_thread(kernel.this_cpu())
    if thread is None or int(thread["aspace"]) == 0:
        return None
    task = container(thread.address, "task", "thread")
    return None if int(task["proc"]) == 0 else task["proc"].dereference()


def all_threads():
    """(struct thread, struct task or None) of every thread that we can find:
    those of processes, and the kernel's own that run or are ready."""
    seen = set()
    for task in tasks():
        seen.add(int(task["thread"].address))
        yield task["thread"], task
    for cpu in kernel.cpus():
        queue = kernel.run_queue(int(cpu["id"]))
        found = [queue[name].dereference() for name in ("current", "idle")
                 if int(queue[name]) != 0]
        found += members(queue["ready"], "thread", "queue_link")
        for thread in found:
            if int(thread.address) not in seen:
                seen.add(int(thread.address))
                yield thread, None


def state_of(proc, task):
    """The letter that ps shows."""
    state = enum(task["thread"]["state"])
    if enum(proc["state"]) == "zombie" or state == "dead":
        return "Z"
    if proc["stopped"] and task["parked"]:
        return "T"
    if state in ("ready", "running", "new"):
        return "R"
    return "S" if task["thread"]["interruptible"] else "D"


def _row(thread, pid, ppid, state, pages):
    reason = ""
    if enum(thread["state"]) == "blocked":
        reason = text(thread["wait_reason"])
    rss = "-" if pages is None else f"{pages * kernel.PAGE // 1024:,}"
    tid = int(thread["tid"])
    row = f"{pid:>5} {tid if tid else '-':>5} {ppid:>5} {state:<8} " \
          f"{int(thread['cpu']):>3} {rss:>8}  {text(thread['name']):<16} " \
          f"{reason}"
    print(row.rstrip())


def ps(_words):
    """kern ps - the processes and their threads, and the kernel's own

    STATE is as in ps.  WAITS FOR: the queue on which a thread sleeps."""
    running = {int(kernel.run_queue(int(cpu["id"]))["current"])
               for cpu in kernel.cpus()}
    print(HEAD)
    for thread, task in all_threads():
        if task is None:
            state = "idle" if thread["is_idle"] else enum(thread["state"])
            if int(thread.address) in running:
                state = "running"
            _row(thread, "-", "-", state, None)
            continue
        proc = task["proc"].dereference()
        parent = proc["parent"]
        pages = None
        if int(proc["aspace"]) != 0:
            pages = int(proc["aspace"]["resident_pages"])
        _row(thread, int(proc["pid"]),
             int(parent["pid"]) if int(parent) != 0 else 0,
             STATES[state_of(proc, task)], pages)


def number(word, what):
    """A number of the command line: any expression of GDB."""
    try:
        return int(gdb.parse_and_eval(word))
    except gdb.error as error:
        raise NotThere(f"{word} is no {what}: {error}") from error
