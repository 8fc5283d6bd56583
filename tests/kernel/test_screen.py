"""test_screen.py - screen, keyboard and terminal, as a person uses them.

The shell runs on the machine's console.  Keys are pressed and pictures are
looked at through QEMU's monitor; the serial console is a plain line.

SPDX-License-Identifier: MIT
"""

import os
import re
import time

import pytest

import guest
from conftest import TOP
from nestling import machine

SECONDS = 90
TICK = 0.1
PROMPT = "nestling:/root# "
VGA_MEMORY, VGA_ROWS, VGA_COLUMNS = 0xb8000, 25, 80
GLYPH_WIDTH, GLYPH_HEIGHT = 8, 16
KEYS = {" ": ["spc"], "\n": ["ret"], "\b": ["backspace"], "-": ["minus"],
        "/": ["slash"], ".": ["dot"], ";": ["semicolon"]}


class ShellMachine(machine.Machine):
    """A machine whose init is the usual one: a shell on the console."""

    def _make_image(self):
        return machine.make_image(self.settings, self.folder, "")

    def wait(self, condition, what):
        """Go on until condition() is true."""
        limit = machine.Limit(self, SECONDS)
        while not condition():
            try:
                for _ in range(20):
                    self._step(limit, lambda data: None)
            except machine.TimedOut:
                pytest.fail(f"waited in vain for {what}", pytrace=False)
            time.sleep(TICK)


# ---- The screen ----------------------------------------------------------

def glyphs():
    """The font of the framebuffer: rows of a character -> the character."""
    with open(f"{TOP}/kernel/drivers/display/font.c",
              encoding="ascii") as file:
        words = re.findall(r"\{0x(\w{16}), 0x(\w{16})\}", file.read())
    return {bytes.fromhex(high + low): chr(ord(" ") + i)
            for i, (high, low) in enumerate(words)}


def text_of_vga(vm):
    """The lines of the text screen, from its memory."""
    path = f"{vm.folder}/screen"
    vm.emulator.qmp.command("pmemsave", val=VGA_MEMORY,
                            size=2 * VGA_ROWS * VGA_COLUMNS, filename=path)
    with open(path, "rb") as file:
        text = file.read()[::2].decode("latin-1")
    return [text[i:i + VGA_COLUMNS].rstrip()
            for i in range(0, len(text), VGA_COLUMNS)]


def text_of_picture(vm):
    """The lines of the framebuffer, read as a person would."""
    path = f"{vm.folder}/screen.ppm"
    vm.emulator.qmp.command("screendump", filename=path)
    with open(path, "rb") as file:
        assert file.readline() == b"P6\n"
        width, height = map(int, file.readline().split())
        file.readline()
        lit = bytes(pixel != 0 for pixel in file.read()[1::3])
    font = glyphs()
    lines = []
    for top in range(0, height - GLYPH_HEIGHT + 1, GLYPH_HEIGHT):
        line = ""
        for left in range(0, width - GLYPH_WIDTH + 1, GLYPH_WIDTH):
            rows = bytearray()
            for y in range(top, top + GLYPH_HEIGHT):
                bits = lit[y * width + left:y * width + left + GLYPH_WIDTH]
                rows.append(int("".join(map(str, bits)), 2))
            line += font.get(bytes(rows), "?")
        lines.append(line.rstrip())
    return lines


def press(vm, text):
    """Type TEXT on the keyboard."""
    for letter in text:
        names = KEYS.get(letter, [letter.lower()])
        if letter.isupper():
            names = ["shift", *names]
        keys = [{"type": "qcode", "data": name} for name in names]
        vm.emulator.qmp.command("send-key", keys=keys, **{"hold-time": 20})
        time.sleep(0.05)


@pytest.mark.parametrize("firmware, look", [
    ("bios", text_of_vga), ("uefi", text_of_picture)])
def test_shell_on_the_screen(firmware, look):
    settings = guest.settings(vga=True, firmware=firmware,
                              append="console=tty1")
    with ShellMachine(settings) as vm:
        vm.wait(lambda: any(line.startswith(PROMPT.rstrip())
                            for line in look(vm)), "the prompt")
        press(vm, "echo XHello\b\b\b\b\b\bNestling-64\n")
        vm.wait(lambda: "Nestling-64" in look(vm), "the answer")
        press(vm, "/bin/busybox seq 200\n")
        vm.wait(lambda: look(vm)[-2:-1] == ["200"] or "200" in look(vm),
                "the end of a long text")
        lines = look(vm)
        last = lines.index("200")
        assert lines[last - 9:last] == [str(n) for n in range(191, 200)]
        assert lines[last + 1].startswith(PROMPT.rstrip())


# ---- The serial console --------------------------------------------------

class Console:
    """What a person at the serial console types and sees."""

    def __init__(self, vm, log):
        self.vm = vm
        self.log = log
        self.seen = 0

    def type(self, text):
        """Type TEXT."""
        data = text.encode()
        while data:
            data = self.vm.emulator.console.write(data)

    def expect(self, pattern):
        """Wait for PATTERN behind what was expected last; the match."""
        found = []

        def look():
            match = re.compile(pattern.encode(), re.S).search(
                bytes(self.log), self.seen)
            found[:] = [match] if match else []
            return match is not None

        try:
            self.vm.wait(look, pattern)
        except pytest.fail.Exception as error:
            tail = repr(bytes(self.log)[-600:])
            pytest.fail(f"{error}\n--- console\n{tail}", pytrace=False)
        self.seen = found[0].end()
        return found[0][0].decode(errors="replace")

    def prompt(self):
        """Wait for the shell."""
        self.expect(re.escape(PROMPT))


@pytest.fixture(scope="module", name="console")
def fixture_console():
    log = bytearray()
    with ShellMachine(guest.settings(cpus=2), log.extend) as vm:
        console = Console(vm, log)
        console.prompt()
        yield console


def test_line_is_edited_before_it_is_read(console):
    console.type("cat\r")
    time.sleep(1)
    console.type("one twx\x7fo\r")
    console.expect("\none two\r\n")
    console.type("lost\x15kept\r")
    console.expect("\nkept\r\n")
    console.type("\x04")
    console.prompt()


@pytest.mark.parametrize("command, key, status", [
    ("sleep 100", "\x03", 130), ("sleep 100", "\x1c", 131),
    ("/bin/busybox sh -c 'while :; do :; done'", "\x03", 130)])
def test_a_key_kills_what_runs(console, command, key, status):
    console.type(command + "\r")
    console.expect("\r\n")
    time.sleep(1)
    console.type(key)
    console.prompt()
    console.type("echo =$?=\r")
    console.expect(f"={status}=\r\n")
    console.prompt()


def test_a_job_is_stopped_and_continued(console):
    console.type("sleep 100\r")
    console.expect("\r\n")
    time.sleep(1)
    console.type("\x1a")
    console.expect("Stopped")
    console.prompt()
    console.type("fg\r")
    console.expect("sleep 100")
    time.sleep(1)
    console.type("\x03")
    console.prompt()


def test_a_background_reader_is_stopped(console):
    console.type("cat &\r")
    console.prompt()
    time.sleep(1)
    console.type("jobs\r")
    console.expect("Stopped")
    console.prompt()
    console.type("kill -9 %1\r")
    console.prompt()


def test_input_during_a_flood_of_output_is_not_lost(console):
    console.type("/bin/busybox seq 3000\r")
    for n in range(40):
        console.type(f"echo early-{n}\r")
    console.expect("\n3000\r\n")
    for n in range(40):
        console.expect(f"\nearly-{n}\r\n")
    console.prompt()


def test_vi_edits_a_file(console):
    console.type("/bin/busybox vi /tmp/text\r")
    console.expect("/tmp/text")
    time.sleep(1)
    console.type("ihello")
    time.sleep(0.5)
    console.type("\x1b")
    time.sleep(1)
    console.type(":wq\r")
    console.prompt()
    console.type("cat /tmp/text\r")
    console.expect("\nhello\r\n")
    console.prompt()


def test_switching_off(console):
    console.type("poweroff\r")
    try:
        console.expect("no such text")
    except machine.HarnessFailed as error:
        assert "switched itself off" in str(error)
