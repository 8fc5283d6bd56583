"""guest.py - one booted machine that serves many tests.

Booting takes longer than most programs, so a worker keeps its machine until
a test wants another one, or something went wrong in it.

SPDX-License-Identifier: MIT
"""

import collections
import shlex

from conftest import BUILD
from nestling import agent, machine
from nestling.emulator import Settings

LOG_LINES = 40          # of the kernel's log, shown when something fails


class Guest:
    """At most one machine, booted when it is needed."""

    def __init__(self):
        self.settings = None
        self.machine = None
        self.log = collections.deque(maxlen=LOG_LINES)
        self.rest = b""

    def _keep_log(self, data):
        """Keep the last lines of the log."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.log.extend(lines)

    def boot(self, settings, seconds=60):
        """Have a machine with SETTINGS.  Raises machine.RunError."""
        if self.machine is not None and settings == self.settings:
            return
        self.close()
        self.log.clear()
        self.settings = settings
        self.machine = machine.Machine(settings, self._keep_log)
        self.machine.wait_ready(seconds)

    def run(self, settings, argv, seconds=60, **options):
        """Run ARGV in a machine with SETTINGS; (output, status).  Raises
        machine.RunError; the next call boots a new machine then."""
        try:
            self.boot(settings)
            ended, output = self.machine.run(argv, seconds=seconds, **options)
            return output, agent.status(ended)
        except BaseException:
            self.close()
            raise

    def log_text(self):
        """The last lines of the kernel's log."""
        lines = list(self.log) + [self.rest]
        return b"\n".join(lines).decode(errors="replace")

    def close(self):
        """End the machine."""
        if self.machine is not None:
            self.machine.close()
            self.machine = None


def command(settings, argv=()):
    """The tools/run command that does the same."""
    words = ["tools/run"]
    default = Settings()
    for name in ("machine", "cpu", "cpus", "mem", "firmware", "append",
                 "seed"):
        value = getattr(settings, name)
        if value != getattr(default, name):
            words += [f"--{name}", str(value)]
    for disk in settings.disks:
        words += ["--disk", disk]
    words += [f"--{name}" for name in ("tests", "icount", "vga")
              if getattr(settings, name)]
    if argv:
        words += ["--", *argv]
    return shlex.join(words)


def settings(**options):
    """Settings for the images of this build."""
    return Settings(build=BUILD, **options)
