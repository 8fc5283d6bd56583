"""test_virtio.py - virtio disks: what a program writes is in the image, what
is in the image is read, and a device that fails is an error, not an end.

The lies that QEMU does not tell are told by the device of
tests/kernel/test_virtqueue.c.

SPDX-License-Identifier: MIT
"""

import hashlib
import random
import subprocess

import pytest

import guest
from conftest import BUILD
from nestling import agent, machine, qemu

MIB = 1 << 20
SIZE = 9 * MIB + 5 * 512        # the last page is not a whole one
AT, LENGTH = 1234 * 1024, 3 * MIB + 1024        # where the guest writes
SLOW_LIMIT = 30         # seconds for a read that no device answers

ROUND = f"""set -e
sha256sum </dev/vda
dd if=/dev/urandom of=/tmp/r bs=1024 count={LENGTH // 1024} 2>/dev/null
sha256sum </tmp/r
dd if=/tmp/r of=/dev/vda bs=1024 seek={AT // 1024} conv=notrunc,fsync \
2>/dev/null
sha256sum </dev/vda"""

READERS = """for disk in vda vdb vdc vdd; do
	for part in 0 1; do
		dd if=/dev/$disk bs=1M skip=$((part * 4)) count=4 2>/dev/null |
			sha256sum | sed "s/-/$disk $part/" &
	done
done
wait"""

MACHINES = {
    "1": ({}, ""),
    "4": ({"cpus": 4}, ""),
    "pic": ({"cpu": "max,-apic"}, ""),
    "uefi": ({"firmware": "uefi"}, ""),
    "modern": ({"cpus": 4}, ",disable-legacy=on"),
    "direct": ({}, ",indirect_desc=off"),
    "small": ({"cpus": 4}, ",indirect_desc=off,queue-size=4,"
              "seg-max-adjust=on"),
}


class Box:
    """A machine with virtio disks, and its log."""

    def __init__(self, disks, device="", **options):
        """disks: as tools/run --disk says; device: further options of the
        devices."""
        self.log = bytearray()
        settings = guest.settings(disks=[str(text) for text in disks],
                                  **options)

        def arguments(folder, image):
            self.gdb = f"{folder}/gdb"
            return ["-chardev",
                    f"socket,id=gdb,server=on,wait=off,path={self.gdb}",
                    "-gdb", "chardev:gdb"] + [
                word + device if word.startswith("virtio-blk-pci") else word
                for word in qemu.disk_arguments(settings, folder, image)]
        self.vm = machine.Machine(settings, self.log.extend, arguments)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.vm.close()

    def sh(self, script, seconds=60):
        """(output, exit status) of a script of BusyBox's shell."""
        ended, output = self.vm.run(
            ["/bin/busybox", "sh", "-c", script], seconds=seconds)
        return output.decode(errors="replace"), agent.status(ended)

    def change(self, expression):
        """Have GDB evaluate an expression in the kernel."""
        done = subprocess.run(
            ["gdb", "-nx", "-batch", "-ex", f"target remote {self.gdb}",
             "-ex", f"set var {expression}", "-ex", "detach",
             f"{BUILD}/kernel/nestling.elf"], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=True)
        assert "detached" in done.stdout, done.stdout + done.stderr

    def text(self):
        """The kernel's log so far."""
        return self.log.decode(errors="replace")


def sha(data):
    """A SHA-256 as the guest prints it."""
    return hashlib.sha256(data).hexdigest()


def make_image(path, seed, size=SIZE):
    """Write random bytes; returns them."""
    data = random.Random(seed).randbytes(size)
    path.write_bytes(data)
    return data


@pytest.mark.parametrize("name", MACHINES)
def test_bytes_travel_both_ways(name, tmp_path):
    options, device = MACHINES[name]
    image = tmp_path / "disk"
    before = make_image(image, name)
    with Box([image], device, **options) as box:
        output, status = box.sh(ROUND)
        assert status == 0, output + box.text()
        sums = [line.split()[0] for line in output.splitlines()]
        box.vm.power_off()
    after = image.read_bytes()
    assert sums == [sha(before), sha(after[AT:AT + LENGTH]), sha(after)]
    assert after[:AT] == before[:AT]
    assert after[AT + LENGTH:] == before[AT + LENGTH:]
    assert after != before


@pytest.mark.parametrize("cpus", (1, 4))
def test_four_disks_and_eight_readers_at_once(cpus, tmp_path):
    names = ["vda", "vdb", "vdc", "vdd"]
    data = {name: make_image(tmp_path / name, name) for name in names}
    with Box([tmp_path / name for name in names], cpus=cpus) as box:
        output, status = box.sh(READERS)
    assert status == 0, output
    assert sorted(output.split("\n"))[1:] == sorted(
        f"{sha(data[name][part * 4 * MIB:(part + 1) * 4 * MIB])}  "
        f"{name} {part}" for name in names for part in (0, 1))


def test_writers_on_all_cpus_do_not_mix(tmp_path):
    image = tmp_path / "disk"
    make_image(image, 1)
    script = "; ".join(
        f"(yes {n} | head -c {MIB} | dd of=/dev/vda bs=4k seek={n * 256} "
        "conv=notrunc,fsync 2>/dev/null) &" for n in range(8)) \
        .replace("&;", "&") + " wait"
    with Box([image], cpus=4) as box:
        output, status = box.sh(script)
        assert status == 0, output
        box.vm.power_off()
    data = image.read_bytes()
    for n in range(8):
        assert data[n * MIB:(n + 1) * MIB] == f"{n}\n".encode() * (MIB // 2)


# ---- Errors ----------------------------------------------------------------

WRITE = "dd if=/dev/zero of=/dev/vda bs=4k count=9 conv=notrunc,fsync"
ERRORS = {
    "read": ("read_aio", "dd if=/dev/vda of=/dev/null bs=64k"),
    "write": ("write_aio", WRITE),
    "flush": ("flush_to_disk", WRITE),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_error_of_the_device_is_the_programs(kind, tmp_path):
    event, command = ERRORS[kind]
    image, rules = tmp_path / "disk", tmp_path / "rules"
    make_image(image, kind)
    # From the first such event on, requests of that kind fail.  The first
    # sector is read at boot: the partition table.
    where = "" if kind == "flush" else 'sector = "8"\n'
    rules.write_text(f'[inject-error]\nevent = "{event}"\n'
                     f'iotype = "{kind}"\nerrno = "5"\n{where}'
                     'once = "off"\n')
    with Box([f"{image},blkdebug={rules}"], cpus=2) as box:
        output, status = box.sh(command)
        assert status != 0 and "error" in output.lower(), output
        output, status = box.sh("dd if=/dev/vda of=/dev/null bs=1M skip=4 "
                                "count=2 && echo fine")
        assert status == 0 and "fine" in output, output


def test_read_only_disk_is_read_only(tmp_path):
    image = tmp_path / "disk"
    data = make_image(image, 1)
    with Box([f"{image},readonly"]) as box:
        output, status = box.sh("sha256sum </dev/vda")
        assert (output.split()[0], status) == (sha(data), 0)
        output, status = box.sh("echo x >/dev/vda")
        assert status != 0, output
        assert "read-only" in box.text()
    assert image.read_bytes() == data


def throttle(box, rate):
    """Let the device read so many bytes a second; 0: as many as it can."""
    box.vm.emulator.qmp.command(
        "block_set_io_throttle",
        id="/machine/peripheral/disk0-device/virtio-backend",
        bps=0, bps_rd=rate, bps_wr=0, iops=0, iops_rd=0, iops_wr=0)


def test_slow_device_is_an_error_after_bounded_time(tmp_path):
    image = tmp_path / "disk"
    data = make_image(image, 1)
    with Box([image]) as box:
        box.vm.wait_ready()
        throttle(box, 1)
        # The first read pays for the time before it.
        box.sh("dd if=/dev/vda of=/dev/null bs=4k count=1 skip=333")
        output, status = box.sh("dd if=/dev/vda of=/dev/null bs=4k count=1 "
                                "skip=555", SLOW_LIMIT)
        assert status != 0 and "error" in output.lower(), output
        assert "resetting" in box.text()
        throttle(box, 0)
        output, status = box.sh("sha256sum </dev/vda")
        assert (output.split()[0], status) == (sha(data), 0), box.text()


def test_device_that_stays_away_is_given_up(tmp_path):
    image = tmp_path / "disk"
    make_image(image, 1)
    with Box([image]) as box:
        box.vm.wait_ready()
        throttle(box, 1)
        output, status = box.sh("dd if=/dev/vda of=/dev/null bs=64k",
                                SLOW_LIMIT)
        assert status != 0 and "error" in output.lower(), output
        assert "given up" in box.text()
        output, status = box.sh("dd if=/dev/vda of=/dev/null; echo $?", 5)
        assert (output.splitlines()[-1], status) == ("1", 0), output


QUEUE = "((struct virtio_blk *)first_device->disk->priv)->queue"


def test_lying_device_is_not_used_any_more(tmp_path):
    images = [tmp_path / "one", tmp_path / "two"]
    data = [make_image(image, 1) for image in images]
    with Box(images, cpus=2) as box:
        box.vm.wait_ready()
        # As if the device had counted one that it was not given.
        box.change(f"{QUEUE}.next_used -= 1")
        output, status = box.sh("dd if=/dev/vda of=/dev/null bs=4k count=1 "
                                "skip=555", SLOW_LIMIT)
        assert status != 0 and "error" in output.lower(), output
        assert "the device is not used any more: it used more" in box.text()
        output, status = box.sh("dd if=/dev/vda of=/dev/null bs=4k", 5)
        assert status != 0, output
        output, status = box.sh("sha256sum </dev/vdb")
        assert (output.split()[0], status) == (sha(data[1]), 0)


def test_device_of_the_old_kind_is_refused_with_its_reason(tmp_path):
    image = tmp_path / "disk"
    make_image(image, 1)
    with Box([image], ",disable-modern=on,disable-legacy=off") as box:
        output, status = box.sh("ls /dev/vda")
        assert status != 0, output
        assert "only the legacy interface" in box.text()
