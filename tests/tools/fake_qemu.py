#!/usr/bin/python3
"""fake_qemu.py - behaves like QEMU with a Nestling in it, or in trouble.

Takes QEMU's command line, and the trouble from the environment variable FAKE:

    ok          the real agent runs commands, on the host
    panic       the kernel panics while the command runs
    panic-boot  it panics before the agent is up
    reset       the guest resets while the command runs
    hang        the command hangs
    killed      the emulator is killed while the command runs
    truncated   the line ends in the middle of a frame, then the power is off
    garbage     something else than an agent is on the line
    broken      QEMU does not like its arguments

FAKE_AGENT is the path of the agent.

SPDX-License-Identifier: MIT
"""

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import tty

PANIC_STATUS = 127


def sockets(arguments):
    """The inherited sockets of the command line, by chardev id."""
    found = {}
    for argument in arguments:
        fields = dict(part.split("=", 1) for part in argument.split(",")
                      if "=" in part)
        if argument.startswith("socket,fd="):
            found[fields["id"]] = socket.socket(fileno=int(fields["fd"]))
    return found


def qmp_start(qmp):
    """Greet, and answer the first two commands."""
    lines = qmp.makefile("rw")

    def send(message):
        lines.write(json.dumps(message) + "\n")
        lines.flush()
    send({"QMP": {"version": {}}})
    for _ in range(2):
        lines.readline()
        send({"return": {}})
    return send


def serve(com2, agent_fd, agent, until):
    """Pass bytes between line and agent until the agent ends, or until
    until(bytes from the agent) is true, which are then kept back."""
    while agent.poll() is None:
        ready = select.select([com2, agent_fd], [], [], 0.05)[0]
        if com2 in ready:
            data = com2.recv(4096)
            if not data:
                return
            os.write(agent_fd, data)
        if agent_fd in ready:
            data = os.read(agent_fd, 4096)
            if until(data):
                return
            com2.sendall(data)


def main():
    """Play the role; the exit status."""
    fake = os.environ["FAKE"]
    if fake == "broken":
        print("qemu: -device pigeon: not a valid device", file=sys.stderr)
        return 1
    lines = sockets(sys.argv)
    event = qmp_start(lines["qmp"])
    lines["com1"].sendall(b"fake: a kernel boots\n")
    if fake == "panic-boot":
        lines["com1"].sendall(b"panic: no init\n")
        return PANIC_STATUS
    if fake == "garbage":
        lines["com2"].sendall(b"login: ")
        signal.pause()
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    with subprocess.Popen([os.environ["FAKE_AGENT"],
                           os.ttyname(theirs)]) as agent:
        if fake in ("ok", "hang"):
            serve(lines["com2"], ours, agent, lambda data: False)
        else:
            serve(lines["com2"], ours, agent, lambda data: b"O" in data)
        agent.kill()
    if fake == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if fake == "panic":
        lines["com1"].sendall(b"panic: on purpose\n")
        return PANIC_STATUS
    if fake == "truncated":
        lines["com2"].sendall(b"O\x10\0\0\0only")
    reason = "guest-reset" if fake == "reset" else "guest-shutdown"
    event({"event": "SHUTDOWN", "data": {"guest": True, "reason": reason}})
    return 0


if __name__ == "__main__":
    sys.exit(main())
