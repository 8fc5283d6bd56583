"""emulator.py - one emulator process and the lines to the machine inside it.

What QEMU and Bochs have in common.  An emulator is started in a folder of its
own, and everything it makes is in there.  It dies with the process that
started it.

SPDX-License-Identifier: MIT
"""

import ctypes
import os
import select
import signal
import subprocess
from collections import namedtuple
from dataclasses import dataclass, field

# How a machine came to its end.  kind: OFF, PANIC, RESET or FAILED (which is
# the emulator's fault, not the guest's); text: for people.
End = namedtuple("End", "kind text")
OFF, PANIC, RESET, FAILED = "off", "panic", "reset", "failed"

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class EmulatorError(Exception):
    """The emulator could not be started; the text says why."""


@dataclass
class Settings:
    """A machine: what the options of tools/run say."""

    machine: str = "qemu"               # or "bochs"
    cpu: str = ""                       # the emulator's name, "": its default
    cpus: int = 1
    mem: int = 256                      # MiB
    disks: list = field(default_factory=list)
    add: list = field(default_factory=list)     # (host path, guest path)
    append: str = ""                    # kernel arguments
    tests: bool = False                 # put the test programs in
    firmware: str = "bios"              # or "uefi" (QEMU only)
    vga: bool = False
    icount: bool = False
    icount_shift: int = 1               # an instruction takes 2^shift ns
    seed: int = None
    gdb: str = ""                       # path of a socket for GDB
    job: bytes = None                   # see agent.job(): no line is needed
    build: str = "build"


class FileTail:
    """Reads a file that another process appends to, as if it were a line.

    A file never makes its writer wait, so the machine's virtual time does
    not depend on how fast we read.
    """

    def __init__(self, path):
        with open(path, "ab"):
            pass
        self.file = open(path, "rb", buffering=0)

    def read(self):
        """What was appended since; b"" if nothing."""
        return self.file.read()


class FdLine:
    """Reads and writes one side of a socket or pseudo-terminal."""

    def __init__(self, fd):
        os.set_blocking(fd, False)
        self.fd = fd
        self.closed = False

    def read(self):
        """What is there to be read; b"" if nothing."""
        try:
            data = os.read(self.fd, 1 << 16)
            self.closed = data == b""
        except BlockingIOError:
            return b""
        except OSError:                 # a pseudo-terminal's way to hang up
            self.closed = True
            return b""
        return data

    def write(self, data):
        """Write some of DATA; returns what is left of it."""
        try:
            return data[os.write(self.fd, data):]
        except BlockingIOError:
            return data
        except OSError:                 # the emulator's end is noticed soon
            return b""


class Emulator:
    """A running emulator.  console, line: the first two serial ports;
    line is None when the machine has a job."""

    def __init__(self, console, line):
        self.console = console
        self.line = line
        self.process = None
        self.pidfd = -1

    def spawn(self, command, folder, pass_fds=(), **options):
        """Start COMMAND; it is killed when this process dies."""
        def at_start():
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        try:
            self.process = subprocess.Popen(
                command, cwd=folder, pass_fds=pass_fds, preexec_fn=at_start,
                start_new_session=True, **options)
        except OSError as error:
            raise EmulatorError(f"{command[0]}: {error.strerror}") from error
        self.pidfd = os.pidfd_open(self.process.pid)

    def read_fds(self):
        """File descriptors that tell when there is something to do."""
        fds = [self.pidfd]
        for end in (self.console, self.line):
            if isinstance(end, FdLine) and not end.closed:
                fds.append(end.fd)
        return fds

    def running(self):
        """Whether the process still runs."""
        return self.process.poll() is None

    def guest_seconds(self):
        """The machine's own clock, or None when it has none we can read."""
        return None

    def end(self):
        """How the machine ended; only after running() was false and both
        lines were read to their ends."""
        raise NotImplementedError

    def quit(self, seconds=10):
        """Ask the process to end and wait for it."""
        if self.running():
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                pass

    def kill(self):
        """End the process, if it still runs, and forget it."""
        if self.process is None:
            return
        if self.running():
            self.process.kill()
            self.process.wait()
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1
        for end in (self.console, self.line):
            if isinstance(end, FdLine) and end.fd >= 0:
                os.close(end.fd)
                end.fd = -1
            elif isinstance(end, FileTail):
                end.file.close()


def died(process, words):
    """The End of an emulator that ended in no way it should."""
    code = process.returncode
    how = f"killed by signal {-code}" if code < 0 else f"exit status {code}"
    return End(FAILED, f"the emulator died: {how}\n{words}".rstrip())


def wait_readable(fds, seconds):
    """Wait until one of FDS can be read, at most SECONDS; which can."""
    return select.select(fds, [], [], seconds)[0]
