"""iso.py - bootable CD images: GRUB, the kernel, and archives of files.

GRUB is put together from just the modules that booting needs: it reads faster
and nothing in it waits.  What GRUB reads is not compressed: on Bochs, reading
a byte takes fewer instructions than inflating one.

The image also boots as a hard disk or a memory stick.

The image of a run has its own grub.cfg, with that run's kernel arguments, and
maybe more archives; making one takes a tenth of a second.

The same input gives the same bytes: all time stamps are EPOCH.

SPDX-License-Identifier: MIT
"""

import os
import subprocess

EPOCH = 1767225600                      # 2026-01-01 00:00:00 UTC
DATE = "2026010100000000"               # the same, as ISO 9660 writes it

GRUB_LIB = "/usr/lib/grub"
MODULES = ["normal", "multiboot2", "iso9660", "boot"]
BIOS_MODULES = MODULES + ["biosdisk"]
EFI_MODULES = MODULES + ["search", "configfile", "mmap", "part_gpt",
                         "efi_gop", "efi_uga"]

# GRUB started by UEFI sees the FAT image first, and has to find the CD.  It
# must not put anything at address 0, which UEFI takes for no address.
EFI_CONFIG = """\
cutmem 0x0 0x1000
search --file --set=root /boot/nestling.elf
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
"""


class ImageError(Exception):
    """An image could not be made; the text says why."""


def _run(*command):
    """Run COMMAND with a fixed date; ImageError with its words if it fails."""
    environment = dict(os.environ, SOURCE_DATE_EPOCH=str(EPOCH), TZ="UTC",
                       MTOOLS_SKIP_CHECK="1")
    try:
        done = subprocess.run(command, env=environment, text=True,
                              stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    except FileNotFoundError as error:
        raise ImageError(f"{command[0]} is missing: make deps") from error
    if done.returncode != 0:
        raise ImageError(f"{' '.join(command)}:\n{done.stdout}")


def make_loaders(folder):
    """Write bios.img and, when Debian's grub-efi-amd64-bin is installed,
    efi.img into FOLDER: what the firmware loads from the CD."""
    os.makedirs(folder, exist_ok=True)
    _run("grub-mkimage", "-O", "i386-pc-eltorito", "-p", "/boot/grub",
         "-o", f"{folder}/bios.img", *BIOS_MODULES)
    if not os.path.isdir(f"{GRUB_LIB}/x86_64-efi"):
        return
    config, program = f"{folder}/efi.cfg", f"{folder}/bootx64.efi"
    image = f"{folder}/efi.img"
    with open(config, "w", encoding="ascii") as file:
        file.write(EFI_CONFIG)
    _run("grub-mkimage", "-O", "x86_64-efi", "-p", "/boot/grub",
         "-c", config, "-o", program, *EFI_MODULES)
    os.utime(program, (EPOCH, EPOCH))
    if os.path.exists(image):
        os.unlink(image)
    _run("mformat", "-C", "-f", "1440", "-N", "20260101", "-i", image, "::")
    _run("mmd", "-i", image, "::/EFI", "::/EFI/BOOT")
    _run("mcopy", "-m", "-i", image, program, "::/EFI/BOOT/BOOTX64.EFI")


def _quote(word):
    """WORD so that GRUB's script language leaves it as it is."""
    return "'" + word.replace("'", "'\\''") + "'"


def grub_config(arguments, modules):
    """The text of grub.cfg: boot at once, without a menu."""
    words = " ".join(_quote(word) for word in arguments.split())
    lines = [f"multiboot2 /boot/nestling.elf {words}".rstrip()]
    lines += [f"module2 /boot/{name} {name}" for name in modules]
    return "\n".join(lines + ["boot", ""])


def make_iso(output, build, arguments="", archives=(), scratch=None):
    """Write the CD image OUTPUT.

    build: the folder with kernel/boot.elf, initramfs.cpio and grub/ (made by
    make_loaders); arguments: the kernel's; archives: host paths of further
    cpio archives, unpacked after the initramfs in this order; scratch: an
    existing folder for grub.cfg, else beside OUTPUT.  Raises ImageError.
    """
    config = os.path.join(scratch or os.path.dirname(output), "grub.cfg")
    paths = [f"{build}/initramfs.cpio", *archives]
    modules = [os.path.basename(path) for path in paths]
    with open(config, "w", encoding="utf-8") as file:
        file.write(grub_config(arguments, modules))
    contents = {"boot/nestling.elf": f"{build}/kernel/boot.elf",
                "boot/grub/bios.img": f"{build}/grub/bios.img",
                "boot/grub/grub.cfg": config}
    contents.update({f"boot/{name}": path
                     for name, path in zip(modules, paths)})
    efi = []
    if os.path.exists(f"{build}/grub/efi.img"):
        contents["boot/grub/efi.img"] = f"{build}/grub/efi.img"
        efi = ["-eltorito-alt-boot", "-e", "boot/grub/efi.img",
               "-no-emul-boot"]
    grafts = [f"{name}={_escape(path)}" for name, path in contents.items()]
    if os.path.exists(output):
        os.unlink(output)
    _run("xorriso", "-as", "mkisofs", "-quiet", "-r", "-V", "NESTLING",
         f"--modification-date={DATE}", "--set_all_file_dates", DATE,
         "-o", output, "-b", "boot/grub/bios.img", "-no-emul-boot",
         "-boot-load-size", "4", "-boot-info-table", "--grub2-boot-info",
         "--grub2-mbr", f"{GRUB_LIB}/i386-pc/boot_hybrid.img", *efi,
         "-graft-points", *grafts)


def _escape(path):
    """PATH as the right side of one of mkisofs' graft points."""
    return path.replace("\\", "\\\\").replace("=", "\\=")
