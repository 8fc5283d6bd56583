"""qmp.py - a client for QEMU's machine protocol.

Source: docs/interop/qmp-spec.txt in QEMU

SPDX-License-Identifier: MIT
"""

import json
import socket


class QmpError(Exception):
    """QEMU refused a command, or is gone."""


class Qmp:
    """One connection.  Events are kept in the list events."""

    def __init__(self, connection, seconds=30):
        """connection: a connected socket, taken over; seconds: how long to
        wait for an answer."""
        self.socket = connection
        self.socket.settimeout(seconds)
        self.file = connection.makefile("rb")
        self.events = []
        self.greeted = False

    def _message(self):
        try:
            line = self.file.readline()
        except OSError as error:
            raise QmpError(f"no answer from QEMU: {error}") from error
        if not line:
            raise QmpError("QEMU has closed its monitor")
        return json.loads(line)

    def command(self, name, **arguments):
        """Run a command; returns what it returns.  Raises QmpError."""
        if not self.greeted:
            self._message()             # QEMU's version
            self.greeted = True
            self.command("qmp_capabilities")
        try:
            self.socket.sendall(json.dumps(
                {"execute": name, "arguments": arguments}).encode() + b"\n")
        except OSError as error:
            raise QmpError(f"QEMU is gone: {error}") from error
        while True:
            message = self._message()
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise QmpError(f"{name}: {message['error']['desc']}")
            else:
                return message["return"]

    def human(self, line):
        """Run a command of the human monitor; returns its text."""
        return self.command("human-monitor-command",
                            **{"command-line": line})

    def drain(self):
        """Read the events that are left after QEMU's end."""
        try:
            self.socket.settimeout(5)
            while True:
                message = self._message()
                if "event" in message:
                    self.events.append(message)
        except (QmpError, ValueError):
            pass

    def close(self):
        """Close the connection."""
        self.file.close()
        self.socket.close()


def pair():
    """A Qmp, and the socket to be given to QEMU."""
    ours, theirs = socket.socketpair()
    return Qmp(ours), theirs
