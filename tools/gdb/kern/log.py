"""log.py - kern log: the kernel's messages, also those that no console showed.

SPDX-License-Identifier: MIT
"""

import gdb

from . import kernel, procs
from .kernel import NotThere

LEVELS = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"]
LINES = 30


def lines():
    """(seconds, level, CPU, text) of each message, the oldest first.  A
    record that is just being written, or was overwritten, is left out."""
    ring = kernel.variable("log_ring")
    count = ring.type.range()[1] + 1
    end = int(kernel.variable("log_next"))
    message = None
    for position in range(max(0, end - count), end):
        record = ring[position % count]
        if int(record["sequence"]) != position + 1:
            message = None
            continue
        data = kernel.read(int(record["text"].address),
                           int(record["length"])).decode(errors="replace")
        if int(record["part"]) == 0:
            message = (int(record["time_us"]) / 1e6, int(record["level"]),
                       int(record["cpu"]), data)
        elif message is not None:
            message = (*message[:3], message[3] + data)
        if message is not None and not record["more"]:
            yield message
            message = None


def log(words):
    """kern log [N] - the last N lines of the kernel's log (30; 0: all)"""
    count = procs.number(words[0], "number of lines") if words else LINES
    try:
        found = list(lines())
    except gdb.MemoryError as error:
        raise NotThere(f"the log cannot be read: {error}") from error
    if not found:
        raise NotThere("the log is still empty")
    for seconds, level, cpu, data in found[-count:]:
        print(f"[{seconds:12.6f}] {LEVELS[level & 7]:<6} CPU {cpu}: {data}")
