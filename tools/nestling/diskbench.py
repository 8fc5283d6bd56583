"""diskbench.py - what disks and file systems cost, beside Linux.

The same program (user/bench/disk.c), the same machine, the same virtio disk
and image.  Each system runs twice: with a plugin of QEMU that counts the
instructions between the program's marks (medians of the rounds), and without
it, for the time: the best of the rounds, as a host has other things to do.

SPDX-License-Identifier: MIT
"""

import os
import re
import statistics
import subprocess
import tempfile
import time
from collections import namedtuple

from . import agent, disk, linux, machine, qemu
from .emulator import Settings

TYPES = ("ext2", "ext3")
IMAGE_MIB = 128
RAW_MIB = 128
SECONDS = 300
DEVICE = "/dev/vda"
ENVIRONMENT = dict(os.environ, PATH=f"{os.environ['PATH']}:/usr/sbin:/sbin")
PLUGIN_SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "marks.c")

# Of one row on one system: instructions and nanoseconds for a unit.
Cost = namedtuple("Cost", "instructions ns")

ROW = re.compile(r"^([^\t\n]+)\t(\d+)\t(\d+)\r?$", re.M)


class BenchError(Exception):
    """A measurement that did not come to its end."""


def parse(text):
    """[(row, units, ns)] of each round, from what user/bench printed."""
    return [(name, int(units), int(ns))
            for name, units, ns in ROW.findall(text)]


def counts(text):
    """The instructions between each pair of marks."""
    marks = [line.split() for line in text.splitlines()]
    starts, ends = marks[::2], marks[1::2]
    if len(starts) != len(ends) or \
            any(a[0] != "a" or b[0] != "b" for a, b in zip(starts, ends)):
        raise BenchError("marks without their counterparts")
    return [int(b[1]) - int(a[1]) for a, b in zip(starts, ends)]


def of_rounds(choose, rounds, values):
    """{row: what choose() makes of value / units of its rounds}."""
    if len(rounds) != len(values):
        raise BenchError(f"{len(rounds)} rounds but {len(values)} values")
    rows = {}
    for (name, units, _), value in zip(rounds, values):
        rows.setdefault(name, []).append(value / units)
    return {name: choose(of_row) for name, of_row in rows.items()}


def build_plugin(folder):
    """Compile the plugin that counts; its path."""
    path = f"{folder}/marks.so"
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-fvisibility=hidden",
                    "-o", path, PLUGIN_SOURCE], check=True, timeout=60)
    return path


def make_image(path, kind):
    """An empty file system, with the same UUID and hash seed each time.  The
    image has no holes: to fill one the host would have to write more."""
    with open(path, "wb") as file:
        for _ in range(IMAGE_MIB):
            file.write(bytes(1 << 20))
        file.flush()
        os.fsync(file.fileno())
    subprocess.run(["mke2fs", "-q", "-F", "-t", kind, "-b", "4096", "-U",
                    "6e657374-6c69-6e67-0000-000000000000", "-E",
                    "hash_seed=6e657374-6c69-6e67-0000-000000000001,nodiscard",
                    path],
                   check=True, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                   timeout=60)


def check_image(path):
    """Raise BenchError if e2fsck finds something in a file system."""
    done = subprocess.run(["e2fsck", "-fn", path], env=ENVIRONMENT, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, timeout=60)
    if done.returncode != 0:
        raise BenchError(f"e2fsck -fn after the run:\n{done.stdout}")


# ---- The two systems ------------------------------------------------------

class Nestling:
    """Our kernel."""

    name = "Nestling"

    def __init__(self, build):
        self.build = build

    def run(self, settings, words, folder, extra):
        """What the program printed in a machine with SETTINGS."""
        log = bytearray()

        def arguments(place, image):
            return qemu.disk_arguments(settings, place, image) + extra
        del folder
        try:
            with machine.Machine(settings, log.extend, arguments) as guest:
                ended, output = guest.run(["/bin/bench", *words],
                                          seconds=SECONDS)
                guest.power_off()
        except machine.RunError as error:
            tail = log[-2000:].decode(errors="replace")
            raise BenchError(f"{error}\n{tail}") from error
        if agent.status(ended) != 0:
            raise BenchError(f"/bin/bench {agent.describe(ended)}\n"
                             f"{output.decode(errors='replace')}")
        return output.decode()


class Linux:
    """The distribution's."""

    name = "Linux"

    def __init__(self, build, kernel):
        self.build = build
        self.kernel = kernel

    def run(self, settings, words, folder, extra):
        """What the program printed in a machine with SETTINGS."""
        members = linux.modules(self.kernel)
        program = f"{self.build}/stripped/user/bin/bench"
        with open(program, "rb") as file:
            members["/init"] = (0o755, file.read())
        return linux.boot(self.kernel, settings, members, words, folder,
                          disk.qemu_arguments(settings, folder) + extra)


def run_rows(system, kind, options, extra):
    """[(row, units, ns)] of one run of a system on a file system of that
    kind, which is clean afterwards."""
    words = ["-d", DEVICE, "-t", kind, *options.rows]
    with tempfile.TemporaryDirectory(prefix="nestling-") as folder:
        image = f"{folder}/disk.img"
        make_image(image, kind)
        settings = Settings(cpu=options.cpu, disks=[image],
                            build=options.build)
        rounds = parse(system.run(settings, words, folder, extra))
        check_image(image)
    return rounds


def count(system, kind, options):
    """{row: instructions for a unit}."""
    with tempfile.TemporaryDirectory(prefix="nestling-") as folder:
        plugin, marks = build_plugin(folder), f"{folder}/marks"
        rounds = run_rows(system, kind, options,
                          ["-plugin", f"{plugin},out={marks}"])
        with open(marks, encoding="ascii") as file:
            return of_rounds(statistics.median, rounds, counts(file.read()))


def measure(system, kind, options):
    """{row: Cost} of a file system of that kind on a system."""
    instructions = count(system, kind, options)
    rounds = run_rows(system, kind, options, [])
    times = of_rounds(min, rounds, [ns for _, _, ns in rounds])
    return {row: Cost(instructions[row], times[row]) for row in times}


# ---- The table ------------------------------------------------------------

def figure(value):
    """A number as the table has it: three digits at least."""
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def ratio(ours, theirs):
    """Ours to theirs, with a mark where we are not below."""
    if theirs is None:
        return "-"
    return f"{ours / theirs:.2f}{'*' if ours >= theirs else ' '}"


def table(kind, ours, theirs):
    """(lines of the table, rows in which we take more instructions)."""
    lines = [[f"{kind}, for one", "Nestling", "Linux", "ratio",
              "ns", "Linux ns", "ratio"]]
    worse = []
    for name, cost in ours.items():
        other = theirs.get(name, Cost(None, None))
        lines.append([name, figure(cost.instructions),
                      figure(other.instructions),
                      ratio(cost.instructions, other.instructions),
                      figure(cost.ns), figure(other.ns),
                      ratio(cost.ns, other.ns)])
        if other.instructions is not None and \
                cost.instructions >= other.instructions:
            worse.append(name)
    widths = [max(len(line[i]) for line in lines)
              for i in range(len(lines[0]))]
    return ["  ".join([line[0].ljust(widths[0])] +
                      [cell.rjust(width) for cell, width in
                       zip(line[1:], widths[1:])]).rstrip()
            for line in lines], worse


# ---- The rate of the device ------------------------------------------------

def forget(path):
    """Let the host have nothing of a file in its memory."""
    fd = os.open(path, os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def dd_rate(path, cold):
    """MiB a second of dd on the host: the best of three."""
    rates = []
    for _ in range(3):
        if cold:
            forget(path)
        start = time.monotonic()
        subprocess.run(["dd", f"if={path}", "of=/dev/null", "bs=1M"],
                       check=True, stderr=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL)
        rates.append(RAW_MIB / (time.monotonic() - start))
    return max(rates)


def guest_rate(system, path, options, folder, cold):
    """MiB a second of a guest that reads the device: the best of three rounds
    or, where the host's memory is to be empty, of three machines."""
    settings = Settings(cpu=options.cpu, disks=[path], build=options.build)
    rates = []
    for _ in range(3 if cold else 1):
        if cold:
            forget(path)
        rounds = parse(system.run(settings, ["-d", DEVICE], folder, []))
        rates += [units / 2**20 / (ns / 1e9)
                  for _, units, ns in rounds[:1 if cold else None]]
    return max(rates)


def print_rates(systems, options):
    """Print how fast the device is read."""
    with tempfile.TemporaryDirectory(prefix="nestling-") as folder:
        path = f"{folder}/raw.img"
        with open(path, "wb") as file:
            for _ in range(RAW_MIB):
                file.write(os.urandom(1 << 20))
            file.flush()
            os.fsync(file.fileno())
        print(f"sequential read of {RAW_MIB} MiB of the device, MiB/s (of "
              "dd on the host, same image, same run):")
        for cold in (False, True):
            host = dd_rate(path, cold)
            words = [f"dd {host:,.0f}"]
            for system in systems:
                rate = guest_rate(system, path, options, folder, cold)
                words.append(f"{system.name} {rate:,.0f} "
                             f"({rate / host:.0%})")
            print(f"  image {'not in' if cold else 'in'} the host's memory: "
                  + ", ".join(words))


def run(options, kernel):
    """Measure and print all.  kernel: Linux's, or None."""
    systems = [Nestling(options.build)]
    if kernel is not None and linux.modules(kernel):
        systems.append(Linux(options.build, kernel))
    print(f"Disks: {IMAGE_MIB} MiB behind virtio, one CPU ({options.cpu}), "
          "256 MiB; instructions (medians) and ns (the best);\n"
          f"this host has {os.cpu_count()} cores and a load of "
          f"{os.getloadavg()[0]:.1f}")
    for kind in TYPES:
        costs = [measure(system, kind, options) for system in systems]
        lines, worse = table(kind, costs[0],
                             costs[1] if len(costs) > 1 else {})
        print("\n".join(lines))
        if len(costs) > 1:
            print(f"{len(lines) - 1 - len(worse)} of {len(lines) - 1} rows "
                  "take fewer instructions than Linux" +
                  (f"; not (*): {', '.join(worse)}" if worse else ""))
        print()
    if not options.rows:
        print_rates(systems, options)
