"""linux.py - the distribution's Linux, to compare with.

Kernel and modules are taken from its package by apt-get, and kept in a folder;
nothing is installed.  Linux boots a program of ours as its only one.

SPDX-License-Identifier: MIT
"""

import glob
import os
import re
import shutil
import subprocess

from . import cpio, qemu

SECONDS = 600           # of the wall clock, Linux's boot included

# What a disk needs, and what these depend on.  (Linux would ask for the
# checksum with modprobe.)
DISK_MODULES = ("crc32c_generic", "virtio_pci", "virtio_blk", "ext4")
MODULE_LIST = "/modules/list"


def kernel(folder):
    """The path of Debian's or Ubuntu's Linux kernel, or None.  It is fetched
    once, and unpacked without being installed; "modules" beside it holds
    those of DISK_MODULES, if they could be had."""
    folder = os.path.abspath(folder)
    path = f"{folder}/vmlinuz"
    if os.path.exists(path) and os.path.isdir(f"{folder}/modules"):
        return path
    os.makedirs(folder, exist_ok=True)

    def call(*command):
        return subprocess.run(command, cwd=folder, text=True, check=True,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=300).stdout
    try:
        # One of the two is unknown, to Debian or to Ubuntu: "showpkg" and its
        # like fail then, "depends" of all that match does not.
        depends = call("apt-cache", "depends",
                       "^linux-image-(amd64|generic)$")
        package = re.search(r"Depends: (linux-image-\d\S*)", depends)[1]
        call("apt-get", "download", package)
        call("dpkg", "-x", *glob.glob(f"{folder}/{package}_*.deb"),
             f"{folder}/unpacked")
        _keep_modules(f"{folder}/unpacked", f"{folder}/modules")
        os.rename(glob.glob(f"{folder}/unpacked/boot/vmlinuz-*")[0], path)
    except (OSError, subprocess.SubprocessError, TypeError, IndexError):
        path = None
    shutil.rmtree(f"{folder}/unpacked", ignore_errors=True)
    for package in glob.glob(f"{folder}/*.deb"):
        os.unlink(package)
    return path


def _keep_modules(unpacked, folder):
    """Copy DISK_MODULES and what they depend on, as 00-name.ko and so on in
    the order in which they are to be loaded.  Modules that are not there as
    plain files (some distributions compress them) leave FOLDER empty."""
    found = {os.path.basename(path)[:-3].replace("-", "_"): path for path in
             glob.glob(f"{unpacked}/lib/modules/**/*.ko", recursive=True)}
    order = []

    def add(name):
        if name in order:
            return
        with open(found[name], "rb") as file:
            depends = re.search(rb"\0depends=([^\0]*)\0", file.read())[1]
        for other in depends.decode().replace("-", "_").split(","):
            if other:
                add(other)
        order.append(name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    if all(name in found for name in DISK_MODULES):
        for name in DISK_MODULES:
            add(name)
    for number, name in enumerate(order):
        shutil.copy(found[name], f"{folder}/{number:02}-{name}.ko")


def modules(path):
    """The members of an initramfs that load the modules kept for the kernel
    PATH; {} if there are none.  user/bench/disk.c loads them."""
    files = sorted(glob.glob(f"{os.path.dirname(path)}/modules/*.ko"))
    if not files:
        return {}
    members = {"/modules": (0o755, None)}
    for file in files:
        members.update(cpio.host_tree(f"/modules/{os.path.basename(file)}",
                                      file))
    names = "".join(f"/modules/{os.path.basename(file)}\n" for file in files)
    members[MODULE_LIST] = (0o644, names.encode())
    return members


def version(path):
    """The version of a kernel image.
    Source: Documentation/arch/x86/boot.rst, kernel_version"""
    with open(path, "rb") as file:
        image = file.read()
    at = int.from_bytes(image[0x20e:0x210], "little") + 0x200
    return image[at:at + 64].split(b" ")[0].split(b"\0")[0].decode()


def boot(path, settings, members, words, folder, extra=()):
    """Boot the kernel PATH with a program; what it printed.

    members: of the initramfs, the program is /init and powers off when it is
    done; words: its arguments; folder: for files of this run; extra: further
    arguments for QEMU.
    """
    members = {"/tmp": (0o1777, None), "/dev": (0o755, None), **members}
    with open(f"{folder}/linux.cpio", "wb") as file:
        file.write(cpio.archive(members))
    arguments = " ".join(["--", *words] if words else [])
    command = [qemu.QEMU, "-display", "none", "-no-reboot",
               *qemu.machine_arguments(settings),
               *qemu.time_arguments(settings), "-kernel", path,
               "-initrd", f"{folder}/linux.cpio",
               "-append", f"console=ttyS0 quiet panic=-1 {arguments}",
               "-serial", f"file:{folder}/linux.out", *extra]
    subprocess.run(command, check=True, timeout=SECONDS,
                   stdin=subprocess.DEVNULL)
    with open(f"{folder}/linux.out", encoding="utf-8",
              errors="replace") as file:
        return file.read()
