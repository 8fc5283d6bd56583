"""console.py - a machine's console on this terminal: make qemu, make bochs.

QEMU does it itself.  For Bochs we copy between its serial line and our
terminal; Ctrl-A x ends both.

SPDX-License-Identifier: MIT
"""

import contextlib
import os
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import tty

from . import bochs, emulator, iso, machine, qemu

ESCAPE, QUIT = b"\x01", b"x"            # Ctrl-A x


@contextlib.contextmanager
def raw_terminal(fd):
    """FD, if it is a terminal, passes every key on, until the end."""
    if not os.isatty(fd):
        yield
        return
    before = termios.tcgetattr(fd)
    tty.setraw(fd)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


class Keys:
    """What is typed, without the escape sequence."""

    def __init__(self):
        self.escaped = False

    def pass_on(self, data):
        """(bytes for the machine, whether to quit) for the keys in DATA.
        Ctrl-A Ctrl-A is a Ctrl-A."""
        passed = bytearray()
        for code in data:
            key = bytes([code])
            if self.escaped and key == QUIT:
                return bytes(passed), True
            if key == ESCAPE and not self.escaped:
                self.escaped = True
                continue
            self.escaped = False
            passed.append(code)
        return bytes(passed), False


def _run_qemu(settings, folder, image):
    """QEMU on this terminal; its exit status."""
    command = [qemu.QEMU, "-serial", "mon:stdio", "-serial", "null",
               *qemu.machine_arguments(settings),
               *qemu.time_arguments(settings),
               *qemu.disk_arguments(settings, folder, image),
               *qemu.gdb_arguments(settings)]
    command += ["-display", "none"] if not settings.vga or \
        "DISPLAY" not in os.environ else []
    return subprocess.run(command, check=False).returncode


def _run_bochs(settings, folder, image):
    """Bochs on this terminal; 0 when it switched itself off."""
    guest = bochs.Bochs(settings, folder, image)
    keys = Keys()
    typed = b""
    stdin = [0]
    try:
        with raw_terminal(0):
            while guest.running():
                writable = [guest.console.fd] if typed else []
                ready = select.select(guest.read_fds() + stdin, writable, [],
                                      machine.TICK)[0]
                _show(guest.console.read())
                guest.line.read()
                if 0 in ready:
                    data = os.read(0, 1024)
                    passed, quit_now = keys.pass_on(data)
                    typed += passed
                    if quit_now:
                        return 0
                    if not data:
                        stdin = []
                # One key at a time: the UART must not overrun.
                if typed and guest.console.write(typed[:1]) == b"":
                    typed = typed[1:]
            while data := guest.console.read():
                _show(data)
            end = guest.end()
            if end.kind != emulator.OFF:
                print(f"{end.text}\r", file=sys.stderr)
            return 0 if end.kind == emulator.OFF else 1
    finally:
        guest.kill()


def _show(data):
    while data:
        data = data[os.write(1, data):]


def run(settings):
    """The machine of SETTINGS on this terminal; the exit status."""
    folder = tempfile.mkdtemp(prefix="nestling-")
    try:
        image = machine.make_image(settings, folder, "")
        if settings.machine == "bochs":
            return _run_bochs(settings, folder, image)
        return _run_qemu(settings, folder, image)
    except (emulator.EmulatorError, iso.ImageError) as error:
        print(f"tools/run: {error}", file=sys.stderr)
        return machine.HarnessFailed.status
    except KeyboardInterrupt:
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)
