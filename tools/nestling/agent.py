"""agent.py - the host's end of the line to user/agent.c.

The protocol is described at the top of user/agent.c.  Nothing here reads or
writes: bytes from the line go into feed(), bytes for the line come out of
outgoing(), so that any transport will do.

SPDX-License-Identifier: MIT
"""

import errno
import os
import struct
from collections import namedtuple

READY_TEXT = b"nestling agent 1\n"
WINDOW_MAX = 2048
FRAME_MAX = 1 << 16         # no frame of the agent is longer

READY, OUTPUT, EXIT, CREDIT = b"R", b"O", b"X", b"C"
EXEC, INPUT, END, KILL, POWEROFF = b"x", b"i", b"e", b"k", b"p"
HEAD = struct.Struct("<cI")

DEFAULT_ENV = {"PATH": "/bin:/sbin", "HOME": "/root", "TERM": "dumb"}

# How a command ended.  kind: "exit", "signal" or "error" (not started);
# value: exit status, signal number or errno.
Ended = namedtuple("Ended", "kind value")
KINDS = {ord("e"): "exit", ord("s"): "signal", ord("f"): "error"}


class ProtocolError(Exception):
    """What came over the line is not what an agent sends."""


def status(ended):
    """The exit status that a shell would give for ENDED."""
    if ended.kind == "exit":
        return ended.value
    return 128 + ended.value if ended.kind == "signal" else 127


def describe(ended):
    """ENDED in words."""
    if ended.kind == "exit":
        return f"exited with {ended.value}"
    if ended.kind == "signal":
        return f"killed by signal {ended.value}"
    return f"could not be started: {os.strerror(ended.value)} " \
           f"({errno.errorcode.get(ended.value, ended.value)})"


def frame(kind, payload=b""):
    """One frame as bytes."""
    return HEAD.pack(kind, len(payload)) + payload


def exec_payload(argv, cwd="/", env=None):
    """What starts ARGV, in directory CWD with environment ENV."""
    strings = [cwd, str(len(argv)), *argv]
    strings += [f"{name}={value}" for name, value in
                (DEFAULT_ENV if env is None else env).items()]
    return b"".join(os.fsencode(text) + b"\0" for text in strings)


def job(argv, data, cwd="/", env=None):
    """A file for the agent that runs ARGV with input DATA, then powers off."""
    return frame(EXEC, exec_payload(argv, cwd, env)) + frame(INPUT, data) \
        + frame(END) + frame(POWEROFF)


class Agent:
    """The state of one line.  ready: READY was received; ended: how the last
    command ended, None while one runs."""

    def __init__(self, window=WINDOW_MAX, noise=False):
        """window: bytes that the line may hold on their way to the agent;
        noise: somebody else, like UEFI, may write to the line before."""
        self.ready = False
        self._noise = noise
        self.ended = None
        self._credit = window
        self._urgent = b""              # KILL and POWEROFF
        self._partial = b""             # the rest of an EXEC or END frame
        self._queue = []                # [kind, payload] to be sent
        self._received = bytearray()

    def start(self, argv, cwd="/", env=None):
        """Queue the start of a command."""
        self.ended = None
        self._queue = [[EXEC, exec_payload(argv, cwd, env)]]

    def send_input(self, data):
        """Queue DATA for the command's standard input."""
        if data:
            self._queue.append([INPUT, data])

    def end_input(self):
        """Queue the end of the command's standard input."""
        self._queue.append([END, b""])

    def kill(self):
        """End the command: it will be reported as killed."""
        self._urgent += frame(KILL)

    def power_off(self):
        """Switch the machine off."""
        self._urgent += frame(POWEROFF)

    def queued(self):
        """How many bytes wait to be sent."""
        return len(self._partial) + sum(len(payload) + HEAD.size
                                        for _, payload in self._queue)

    def outgoing(self):
        """Take the bytes that may be sent now.

        INPUT frames are cut so that they fit into the window.  The command
        may never read them, and then the line must not be left in the middle
        of a frame, where KILL would not be understood.
        """
        out = bytearray()
        while True:
            if self._partial:
                size = min(self._credit, len(self._partial))
                out += self._partial[:size]
                self._partial = self._partial[size:]
                self._credit -= size
                if self._partial:
                    return bytes(out)
            out += self._urgent
            self._urgent = b""
            if not self._queue or self._credit <= HEAD.size:
                return bytes(out)
            kind, payload = self._queue[0]
            if kind == INPUT:
                size = min(self._credit - HEAD.size, len(payload))
                self._partial = frame(INPUT, payload[:size])
                self._queue[0][1] = payload[size:]
            if kind != INPUT:
                self._partial = frame(kind, payload)
            if kind != INPUT or not self._queue[0][1]:
                del self._queue[0]

    def feed(self, data):
        """Take DATA from the line.  Returns the output in it.

        Raises ProtocolError.
        """
        output = bytearray()
        self._received += data
        if self._noise and not self.ready:
            start = self._received.find(frame(READY, READY_TEXT))
            if start < 0:
                return b""
            del self._received[:start]
        while len(self._received) >= HEAD.size:
            kind, length = HEAD.unpack_from(self._received)
            if length > FRAME_MAX:
                raise ProtocolError(f"a frame of {length} bytes")
            if len(self._received) < HEAD.size + length:
                break
            payload = bytes(self._received[HEAD.size:HEAD.size + length])
            del self._received[:HEAD.size + length]
            self._frame(kind, payload, output)
        return bytes(output)

    def _frame(self, kind, payload, output):
        """Take one frame; what the command wrote is added to OUTPUT."""
        if not self.ready:
            if (kind, payload) != (READY, READY_TEXT):
                raise ProtocolError(f"{kind + payload!r} instead of READY")
            self.ready = True
        elif kind == OUTPUT and self.ended is None:
            output += payload
        elif kind == EXIT and len(payload) == 5 and payload[0] in KINDS:
            value = int.from_bytes(payload[1:], "little")
            self.ended = Ended(KINDS[payload[0]], value)
            self._queue = []
        elif kind == CREDIT and len(payload) == 4:
            self._credit += int.from_bytes(payload, "little")
        else:
            raise ProtocolError(f"unknown frame {kind + payload[:64]!r}")
