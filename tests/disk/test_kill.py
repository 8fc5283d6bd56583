"""test_kill.py - the emulator is killed while a tree is being unpacked.

A machine unpacks the same archive again and again onto its disk, syncs, and
says so.  It is killed (SIGKILL) at some moment; one more boot, and the disk
must be clean for `e2fsck -fn` and hold every tree whose sync was told.

SPDX-License-Identifier: MIT
"""

import filecmp
import os
import random
import re
import signal
import subprocess
import tarfile
import time

import pytest

from conftest import BUILD, TOP

KILLS = 3               # for each machine
SECONDS_MAX = 3.0       # from the first sync to the kill
FILES = 200
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"

UNPACK = """mkdir -p /mnt && mount -t ext3 -o {options} /dev/{disk} /mnt && cd /mnt || exit 1
n=0
while :; do
	mkdir t$n && busybox tar -xf /tree.tar -C t$n && sync && echo "synced $n"
	test $n -ge 2 && rm -r t$((n - 2))
	n=$((n + 1))
done"""
LOOK = "mkdir -p /mnt && mount -t ext3 /dev/{disk} /mnt && ls /mnt >/dev/null && umount /mnt"

MACHINES = {
    "virtio": (["--cpus", "2"], "vda", "data=ordered"),
    "ata-4-journal": (["--cpus", "4", "bus=ata"], "hda", "data=journal"),
    "bochs": (["--machine", "bochs"], "hda", "data=ordered"),
}


def make_tree(folder, seed):
    """A folder with files of many sizes, links and directories."""
    dice = random.Random(seed)
    places = [folder]
    os.makedirs(folder)
    for number in range(FILES):
        place = f"{dice.choice(places)}/n{number}"
        kind = dice.random()
        if kind < 0.1:
            os.mkdir(place)
            places.append(place)
        elif kind < 0.2:
            os.symlink("x" * dice.randrange(1, 200), place)
        else:
            with open(place, "wb") as file:
                file.write(dice.randbytes(int(dice.expovariate(1 / 6000))))


def same_tree(one, other):
    """The first difference between two folders, or None."""
    names = sorted(os.listdir(one))
    if names != sorted(os.listdir(other)):
        return f"{other}: other names than {one}"
    for name in names:
        a, b = f"{one}/{name}", f"{other}/{name}"
        if os.path.islink(a):
            if not os.path.islink(b) or os.readlink(a) != os.readlink(b):
                return f"{b}: another link"
        elif os.path.isdir(a):
            found = same_tree(a, b)
            if found:
                return found
        elif not filecmp.cmp(a, b, shallow=False):
            return f"{b}: other bytes"
    return None


def run_command(machine, image, script):
    """The tools/run command that runs SCRIPT beside the disk IMAGE."""
    options = [word for word in machine if not word.startswith("bus=")]
    bus = "".join(f",{word}" for word in machine if word.startswith("bus="))
    return [f"{TOP}/tools/run", "--build", BUILD, *options, "--disk",
            f"{image}{bus}", "--timeout", "100"], ["--", "/bin/busybox", "sh",
                                                  "-c", script]


def kill_emulator(pid):
    """Kill the child of tools/run, as an accident would."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        for child in file.read().split():
            os.kill(int(child), signal.SIGKILL)


def unpack_and_kill(command, seconds):
    """Run COMMAND until SECONDS after its first sync; the number of the last
    tree that it said was synced."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    first = process.stdout.readline()
    time.sleep(seconds)
    kill_emulator(process.pid)
    rest, errors = process.communicate(timeout=30)
    synced = re.findall(rb"synced (\d+)\n", first + rest)
    assert synced, (first + rest + errors).decode(errors="replace")
    return int(synced[-1])


@pytest.mark.parametrize("name", MACHINES)
def test_killed_while_unpacking(name, tmp_path):
    machine, disk, options = MACHINES[name]
    dice = random.Random(name)
    make_tree(f"{tmp_path}/tree", name)
    with tarfile.open(f"{tmp_path}/tree.tar", "w") as tar:
        tar.add(f"{tmp_path}/tree", ".")
    for number in range(KILLS):
        image = f"{tmp_path}/disk{number}.img"
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext3", image, "32M"],
                       env={"PATH": PATH}, check=True)
        words, script = run_command(machine, image, UNPACK.format(
            disk=disk, options=options))
        last = unpack_and_kill(
            [*words, "--add", f"{tmp_path}/tree.tar:/tree.tar", *script],
            dice.random() * SECONDS_MAX)
        words, script = run_command(machine, image, LOOK.format(disk=disk))
        looked = subprocess.run(
            [*words, *script], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False)
        assert looked.returncode == 0, looked.stdout
        checked = subprocess.run(
            ["e2fsck", "-fn", image], env={"PATH": PATH}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert checked.returncode == 0, checked.stdout
        found = f"{tmp_path}/found{number}"
        os.mkdir(found)
        subprocess.run(["debugfs", "-R", f"rdump /t{last} {found}", image],
                       env={"PATH": PATH}, check=True,
                       stderr=subprocess.DEVNULL)
        assert same_tree(f"{tmp_path}/tree", f"{found}/t{last}") is None
