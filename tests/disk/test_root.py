"""test_root.py - the disk that `make` builds is a root, and keeps what it gets.

SPDX-License-Identifier: MIT
"""

import os
import re
import shutil
import subprocess

import pytest

import ext2image
from conftest import BUILD, TOP
from nestling import machine
from test_virtio import Box

DISK = f"{BUILD}/disk.img"


@pytest.fixture(name="disk")
def copy_disk(tmp_path):
    """A copy of the disk, with its holes."""
    path = f"{tmp_path}/disk.img"
    subprocess.run(["cp", "--sparse=always", DISK, path], check=True)
    return path


def run(disk, bus, script, **options):
    """What SCRIPT writes on a machine whose root is DISK."""
    name = "vda" if bus == "virtio" else "hda"
    with Box([f"{disk},bus={bus}"], append=f"root=/dev/{name}",
             **options) as box:
        output, status = box.sh(script)
        box.vm.power_off()
    assert status == 0, output + box.text()
    return output


@pytest.mark.parametrize("bus, options", (
    ("virtio", {"cpus": 2}), ("ata", {"cpus": 4}),
    ("ata", {"machine": "bochs"})), ids=("virtio", "ata", "bochs"))
def test_changes_stay(disk, bus, options):
    if options.get("machine") == "bochs" and not shutil.which("bochs"):
        pytest.skip("no Bochs")
    run(disk, bus, "mkdir /root/new && echo hello >/root/new/file", **options)
    ext2image.check(disk)
    output = run(disk, bus, "cat /root/new/file; grep ' / ' /proc/mounts",
                 **options)
    assert output.startswith("hello\n")
    assert re.search(r"^/dev/[vh]da / ext3 rw", output, re.M), output
    ext2image.check(disk)


def test_added_files_come_on_top(disk, tmp_path):
    added = tmp_path / "added"
    added.write_text("from the host\n")
    assert run(disk, "virtio", "cat /etc/added",
               add=[(str(added), "/etc/added")]) == "from the host\n"


def test_root_that_cannot_be_mounted_is_said(tmp_path):
    empty = tmp_path / "empty"
    empty.write_bytes(bytes(1 << 20))
    with Box([str(empty)], append="root=/dev/vda") as box:
        output, status = box.sh("grep ' / ' /proc/mounts")
    assert status == 0 and "ramfs" in output
    assert re.search(r"root.*vda|vda.*root", box.text()), box.text()


def test_host_reads_what_the_machine_wrote(disk, tmp_path):
    """Linux itself mounts the disk."""
    run(disk, "virtio", "cp -r /bin /root/bin && rm /root/bin/busybox && "
        "ln -s x /root/link && sync")
    place = tmp_path / "mnt"
    place.mkdir()
    mounted = subprocess.run(["mount", "-o", "loop,ro", disk, str(place)],
                             check=False, stderr=subprocess.PIPE)
    if mounted.returncode != 0:
        pytest.skip("loop devices cannot be mounted here: " +
                    mounted.stderr.decode(errors="replace").strip())
    try:
        found = ext2image.folder_tree(f"{place}/root")
        names = set(os.listdir(f"{place}/bin"))
        assert set(os.listdir(f"{place}/root/bin")) == names - {"busybox"}
        assert found["link"].data == "x"
        assert found["bin/bench"].data == ext2image.sha256(
            f"{place}/bin/bench")
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_disk_gets_new_programs_and_keeps_changes(disk, tmp_path):
    run(disk, "virtio", "echo mine >/root/mine && rm /bin/bench")
    program = tmp_path / "program"
    for text in ("one\n", "two\n"):
        program.write_text(text)
        subprocess.run([f"{TOP}/tools/mkdisk", disk, f"/bin/new={program}",
                        f"/bin/deep/er/new={program}"], check=True)
        ext2image.check(disk)
        assert ext2image.debugfs(disk, ["cat /bin/new", "cat /root/mine",
                                        "cat /bin/deep/er/new"]) == \
            [text, "mine\n", text]


def test_without_options_nothing_is_left(disk):
    """tools/run alone has no disk; with snapshot, the image is unchanged."""
    before = ext2image.sha256(disk)
    with Box([f"{disk},snapshot"], append="root=/dev/vda") as box:
        output, status = box.sh("echo x >/root/x && sync && cat /root/x")
        assert (output, status) == ("x\n", 0)
        box.vm.power_off()
    assert ext2image.sha256(disk) == before
    with pytest.raises(machine.RunError), \
            Box([f"{disk}.none"]) as box:
        box.sh("true")
