"""test_abi_numbers.py - every number in kernel/include/abi is Linux's.

Each header names its source: "Source: Linux x86-64, <asm/errno.h>, ...".  All
object-like macros (and enumerators) of ours are printed by one program, the
host's of the same names by another; they must agree.  A name that the host does
not define must be in OURS.

SPDX-License-Identifier: MIT
"""

import glob
import os
import re
import subprocess

import pytest

from conftest import TOP

HEADERS = sorted(glob.glob(f"{TOP}/kernel/include/abi/*.h"))

# What Linux defines in headers that programs do not see, or not as a macro,
# or what is named by us.
OURS = re.compile(
    "ERESTART(SYS|NOINTR|NOHAND|_RESTARTBLOCK)$|ABI_|TERMIOS_NCC$|"
    "SIG_(DFL|IGN)$|ROBUST_LIST_LIMIT$|UC_|ELF_MAGIC|CPUCLOCK_|"
    "(RENAME|FALLOC|POSIX_FADV|CLOSE_RANGE|GRND|RWF|ST|MEMBARRIER_CMD)_|"
    "(MNT_|UMOUNT_|TIMER_ABSTIME$|NSIG$|UIO_MAXIOV$)|SEEK_|[FXWR]_OK$|"
    "UTIME_|MINSIGSTKSZ$|SS_")


def sources(text):
    """The host's headers that TEXT names as its source."""
    line = text[text.index("Source:"):text.index("SPDX")]
    found = re.findall(r"<([\w/.]+)>", line)
    if text.startswith("/* termios.h"):
        found = ["asm/termbits.h", "asm/ioctls.h", "asm/termios.h",
                 "linux/random.h"]
    return found


def names(text):
    """The names of numbers that a header of ours defines."""
    macros = re.findall(r"^#define[ \t]+(\w+)[ \t]+[^\s\"]", text, re.M)
    enumerators = re.findall(r"^\t(ABI_\w+) = ", text, re.M)
    return macros + enumerators


def values(tmp_path, name, includes, wanted):
    """What a program with INCLUDES finds for each name in WANTED."""
    source = tmp_path / f"{name}.c"
    lines = [f"#include <{i}>" for i in includes]
    lines += ["#include <stdio.h>", "int main(void) {"]
    for ours, spelled in wanted:
        check = "" if name == "ours" else f"\n#ifdef {spelled}\n"
        end = "" if name == "ours" else "\n#endif\n"
        lines.append(f'{check}printf("{ours} %lld\\n", '
                     f'(long long)({spelled}));{end}')
    source.write_text("\n".join(lines) + "\n}\n")
    program = tmp_path / name
    subprocess.run(["gcc", "-w", "-D_GNU_SOURCE", "-D_NSIG=64", f"-I{TOP}/kernel/include",
                    "-o", program, source], check=True)
    done = subprocess.run([program], check=True, text=True,
                          stdout=subprocess.PIPE)
    return dict(line.split() for line in done.stdout.splitlines())


@pytest.mark.parametrize("path", HEADERS, ids=os.path.basename)
def test_numbers(path, tmp_path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    wanted = names(text)
    if not wanted or path.endswith("/syscall.h"):
        pytest.skip("no plain numbers")
    ours = values(tmp_path, "ours", [f"abi/{os.path.basename(path)}"],
                  [(n, n) for n in wanted])
    hosts = values(tmp_path, "host", sources(text),
                   [(n, n.removeprefix("ABI_")) for n in wanted])
    hosts.pop("NSIG", None)  # Libc's: without the real-time signals.
    different = {n: (ours[n], hosts[n]) for n in hosts if ours[n] != hosts[n]}
    assert not different
    missing = [n for n in wanted if n not in hosts and not OURS.match(n)]
    assert not missing


def test_system_call_numbers(tmp_path):
    """Each number of ours is the host's, and no number of the host is lost."""
    source = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"
    with open(source, encoding="utf-8") as file:
        hosts = dict(re.findall(r"#define __NR_(\w+) (\d+)", file.read()))
    with open(f"{TOP}/kernel/include/abi/syscall.h", encoding="utf-8") as file:
        pairs = re.findall(r"X\((\d+), (\w+)\)", file.read())
    ours = {name: number for number, name in pairs}
    assert {n: ours.get(n) for n in hosts} == hosts
