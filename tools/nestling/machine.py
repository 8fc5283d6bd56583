"""machine.py - boot a machine, run commands in it, learn how each ended.

    with Machine(Settings(cpus=2)) as machine:
        ended, output = machine.run(["/bin/echo", "hi"])

A machine serves any number of commands, one after the other.  What keeps
it from doing so is raised as a RunError, whose status is the exit status that
tools/run gives.

SPDX-License-Identifier: MIT
"""

import os
import select
import shutil
import tempfile
import time

from . import agent, bochs, cpio, emulator, iso, qemu

TICK = 0.02             # seconds between looks at what cannot be waited for
CLOCK_TICK = 0.25       # seconds between looks at the machine's clock
OFF_LIMIT = 10          # seconds that a machine may take to switch off
STDIN_AHEAD = 1 << 16   # bytes of standard input read before they are needed

# A machine in virtual time may run slower than the wall clock, but not more
# than so much slower: then the host is at fault.
SLOWEST = 50


class RunError(Exception):
    """Why a command did not come to its own end."""

    status = 125


class TimedOut(RunError):
    """The guest did not finish in time."""

    status = 124


class HarnessFailed(RunError):
    """The emulator, the host or the guest's protocol failed."""

    status = 125


class Panicked(RunError):
    """The kernel panicked."""

    status = 126


class Limit:
    """A limit of so many seconds from now: of the machine's clock when it is
    virtual, else of ours.  seconds: None for no limit."""

    def __init__(self, machine, seconds):
        self.seconds = seconds
        self.virtual = machine.settings.icount
        self.emulator = machine.emulator
        self.start = time.monotonic()
        self.guest_start = self._guest()
        self.next_look = 0

    def _guest(self):
        return (self.emulator.guest_seconds() or 0) if self.virtual else 0

    def check(self):
        """Raises TimedOut when the limit is over, HarnessFailed when the
        emulator does not come forward."""
        if self.seconds is None:
            return
        now = time.monotonic()
        if not self.virtual:
            if now - self.start > self.seconds:
                raise TimedOut(f"timed out after {self.seconds:g} seconds")
            return
        if now < self.next_look:
            return
        self.next_look = now + CLOCK_TICK
        if self._guest() - self.guest_start > self.seconds:
            raise TimedOut(f"timed out after {self.seconds:g} seconds of "
                           "the machine's time")
        if now - self.start > self.seconds * SLOWEST:
            raise HarnessFailed("the emulator is too slow")


def make_image(settings, folder, arguments):
    """Make the CD image of a run in FOLDER; its path.

    arguments: kernel arguments in front of those of SETTINGS.  Raises
    ImageError, and OSError for a file that cannot be read.
    """
    build = os.path.abspath(settings.build)
    for name in ("nestling.iso", *(["tests.cpio"] if settings.tests else [])):
        if not os.path.exists(f"{build}/{name}"):
            raise iso.ImageError(f"there is no {build}/{name}: make image")
    members = {}
    for host, guest in settings.add:
        members.update(cpio.host_tree("/" + guest.strip("/"), host))
    if settings.job is not None:
        members["/etc/agent.job"] = (0o644, settings.job)
    archives = [f"{build}/tests.cpio"] if settings.tests else []
    if members:
        archives.append(f"{folder}/add.cpio")
        with open(archives[-1], "wb") as file:
            file.write(cpio.archive(members))
    if settings.seed is not None:
        arguments += f" seed={settings.seed}"
    image = f"{folder}/cd.iso"
    iso.make_iso(image, build, f"{arguments} {settings.append}", archives,
                 folder)
    return image


class Machine:
    """One machine, from power-on until close()."""

    def __init__(self, settings, log=None, extra=None):
        """Make the CD image and start the emulator.

        settings: an emulator.Settings; log: called with pieces of the
        kernel's log; extra(folder, image): further arguments for QEMU.
        Raises HarnessFailed.
        """
        self.settings = settings
        self.log = log or (lambda data: None)
        self.emulator = None
        self.pending = b""              # on its way into the line
        self.folder = tempfile.mkdtemp(prefix="nestling-")
        self.agent = agent.Agent(noise=settings.firmware == "uefi")
        try:
            image = self._make_image()
            if settings.machine == "bochs":
                self.emulator = bochs.Bochs(settings, self.folder, image)
            else:
                self.emulator = qemu.Qemu(
                    settings, self.folder, image,
                    extra(self.folder, image) if extra else ())
        except (iso.ImageError, emulator.EmulatorError, OSError) as error:
            self.close()
            raise HarnessFailed(str(error)) from error
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _make_image(self):
        """The CD image of this run; its path."""
        return make_image(self.settings, self.folder, "init=/sbin/agent")

    # ---- Running ---------------------------------------------------------

    def _drain(self, output):
        """Read the lines until there is nothing more."""
        more = True
        while more:
            more = self._read(output)

    def _read(self, output):
        """Take what the lines have; returns whether there was something."""
        log = self.emulator.console.read()
        if log:
            self.log(log)
        data = self.emulator.line.read()
        if data:
            try:
                written = self.agent.feed(data)
            except agent.ProtocolError as error:
                raise HarnessFailed(
                    f"the agent's line is broken: {error}") from error
            if written:
                output(written)
        return bool(log or data)

    def _write(self):
        """Put into the line what fits."""
        if self.settings.job is None:
            self.pending += self.agent.outgoing()
            if self.pending:
                self.pending = self.emulator.line.write(self.pending)

    def _step(self, limit, output, stdin=-1):
        """Wait for something to happen and deal with it.

        stdin: a file descriptor to be copied to the command, or -1.
        Returns -1 when stdin has ended, else stdin.  Raises RunError when
        the machine has ended or the limit is over.
        """
        fds = self.emulator.read_fds()
        take_input = stdin >= 0 and self.agent.queued() < STDIN_AHEAD
        if take_input:
            fds.append(stdin)
        self._write()
        writable = [self.emulator.line.fd] if self.pending else []
        ready = select.select(fds, writable, [], TICK)[0]
        running = self.emulator.running()       # before the last of its words
        if running:
            self._read(output)
        else:
            self._drain(output)
            raise self._ended()
        limit.check()
        if take_input and stdin in ready:
            data = os.read(stdin, STDIN_AHEAD)
            self.agent.send_input(data)
            if not data:
                self.agent.end_input()
                return -1
        return stdin

    def _ended(self):
        """The RunError for an emulator that has ended."""
        end = self.emulator.end()
        if end.kind == emulator.PANIC:
            return Panicked(end.text)
        if end.kind == emulator.OFF:
            return _SwitchedOff(f"{end.text} before the command ended")
        return HarnessFailed(end.text)

    def wait_ready(self, seconds=60):
        """Wait until the agent is up.  Raises RunError."""
        self._wait_ready(Limit(self, seconds))

    def _wait_ready(self, limit):
        while not self.agent.ready:
            self._step(limit, lambda data: None)

    def run(self, argv, stdin=b"", output=None, cwd="/", env=None,
            seconds=60):
        """Run a command.

        stdin: bytes, or a file descriptor that is read to its end; output:
        called with pieces of its output, else it is collected; seconds: from
        now, the boot included if the machine has just been started.
        Returns (agent.Ended, collected output).  Raises RunError; after
        TimedOut the machine is still good for kill_command().
        """
        limit = Limit(self, seconds)
        collected = bytearray()
        output = output or collected.extend
        self._wait_ready(limit)
        self.agent.start(argv, cwd, env)
        if isinstance(stdin, bytes):
            self.agent.send_input(stdin)
            self.agent.end_input()
            stdin = -1
        while self.agent.ended is None:
            stdin = self._step(limit, output, stdin)
        return self.agent.ended, bytes(collected)

    def kill_command(self):
        """End a command that has timed out.  Raises RunError if even that
        does not work."""
        self.agent.kill()
        limit = Limit(self, OFF_LIMIT)
        while self.agent.ended is None:
            self._step(limit, lambda data: None)

    def run_job(self, output=None, seconds=60):
        """Wait for the machine to do its job (Settings.job) and switch itself
        off.  Returns (agent.Ended, collected output).  Raises RunError."""
        collected = bytearray()
        self.run_to_end(seconds, output or collected.extend)
        if self.agent.ended is None:
            raise HarnessFailed("the machine switched itself off before the "
                                "command ended")
        return self.agent.ended, bytes(collected)

    def run_to_end(self, seconds=60, output=None):
        """Wait for the machine to switch itself off.  Raises RunError when
        it comes to another end."""
        limit = Limit(self, seconds)
        try:
            while True:
                self._step(limit, output or (lambda data: None))
        except _SwitchedOff:
            return

    def power_off(self):
        """Have the agent switch the machine off, its disks written.  Raises
        RunError when it does not."""
        self.agent.power_off()
        self.run_to_end(OFF_LIMIT)

    def close(self):
        """End the emulator at once and remove its folder."""
        if self.emulator is not None:
            self.emulator.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class _SwitchedOff(HarnessFailed):
    """The machine switched itself off."""
