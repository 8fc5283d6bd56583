"""test_names.py - names and trees on a disk, judged by the host.

A machine works on an image; then e2fsck must find nothing, and what debugfs
reads in it must be what the host expects.  The other way round, a machine
reads a tree that mke2fs has written.  And the programs of tests/user, run with
a disk on /tmp, must give the same bytes as on the host's Linux with such a
disk there.

SPDX-License-Identifier: MIT
"""

import collections
import glob
import hashlib
import json
import os
import shlex
import subprocess
import tarfile

import pytest

import ext2image
import guest
import host
from conftest import BUILD

SECONDS = 100
BUSYBOX = "/bin/busybox"
NO_MOUNT = 98           # exit status: the host may not mount
FILES = 1000            # that tar unpacks
FILES_BOCHS = 100       # it takes ten times as long as QEMU
NAMES = 10000           # in a large directory

# bus: how the disk is attached; kind, block: of the file system.
Place = collections.namedtuple("Place", "machine cpus bus kind block")
PLACES = {
    "virtio-1-ext2-4k": Place("qemu", 1, "virtio", "ext2", 4096),
    "virtio-4-ext3-1k": Place("qemu", 4, "virtio", "ext3", 1024),
    "ata-1-ext3-2k": Place("qemu", 1, "ata", "ext3", 2048),
    "ata-4-ext2-1k": Place("qemu", 4, "ata", "ext2", 1024),
    "bochs-2-ext3-4k": Place("bochs", 2, "ata", "ext3", 4096),
}
DISKS = {"virtio": ("/dev/vda", "/dev/vdb"), "ata": ("/dev/hda", "/dev/hdb")}

# What says nothing of files, or takes its time, need not run on every disk.
PROGRAMS = sorted(os.path.basename(path) for path in
                  glob.glob(f"{BUILD}/stripped/tests/user/*"))
QUICK = ("append_many_writers", "directory_entries", "directory_positions",
         "errors_of_paths", "file_times", "hard_links", "mkdir_rmdir",
         "mknod_kinds", "open_flags", "rename_files", "renameat2_exchange",
         "renameat2_flags", "sparse_file", "stat_fields", "symbolic_links",
         "unlinked_open_file", "unlink_errors")


class Disk:
    """An image, and machines that have it mounted, one after the other."""

    def __init__(self, place, *images):
        """images: the first one is it, others are only attached."""
        self.place = place
        self.image = images[0]
        self.device, self.other = DISKS[place.bus]
        self.guest = guest.Guest()
        self.settings = guest.settings(
            machine=place.machine, cpus=place.cpus, tests=True, mem=128,
            disks=[f"{image},bus={place.bus}" for image in images])

    def run(self, argv, **options):
        """Run ARGV; (output, status)."""
        return self.guest.run(self.settings, argv, SECONDS, **options)

    def shell(self, script):
        """What SCRIPT writes; it must end with status 0."""
        output, status = self.run([BUSYBOX, "sh", "-e", "-c", script])
        text = output.decode(errors="surrogateescape")
        assert status == 0, f"{text}\nexit status {status}\n--- kernel log\n" \
            f"{self.guest.log_text()}"
        return text

    def mount(self, where="/mnt", options="rw"):
        """Mount the image."""
        self.shell(f"mkdir -p {where}; mount -t {self.place.kind} "
                   f"-o {options} {self.device} {where}")

    def unmount(self, where="/mnt"):
        """Unmount it, end the machine, and have e2fsck judge."""
        self.shell(f"umount {where}")
        self.guest.close()
        ext2image.check(self.image)


@pytest.fixture(name="disk")
def make_disk(tmp_path):
    """Makes disks: disk(name of a place, folder to fill it, more images)."""
    disks = []

    def make(name, folder=None, *others):
        place = PLACES[name]
        image = f"{tmp_path}/disk.img"
        ext2image.make(image, place.kind, "64M", place.block, folder)
        disks.append(Disk(place, image, *others))
        return disks[-1]

    yield make
    for made in disks:
        made.guest.close()


def tree_of(disk):
    """The tree of a disk's image, without lost+found."""
    tree = ext2image.image_tree(disk.image)
    assert tree.pop("lost+found").kind == "d"
    return tree


# ---- Programs of tests/user -------------------------------------------------

def reference(program, place):
    """(output, status) of PROGRAM on the host, with such a disk on /tmp."""
    path = f"{BUILD}/stripped/tests/user/{program}"
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    kept = f"{BUILD}/host/{place.kind}-{place.block}-{digest}"
    if os.path.exists(kept):
        with open(kept, encoding="ascii") as file:
            answer = json.load(file)
        return bytes.fromhex(answer["output"]), answer["status"]
    os.makedirs(f"{BUILD}/host", exist_ok=True)
    image = f"{kept}.{os.getpid()}.img"
    ext2image.make(image, place.kind, "64M", place.block)
    # The tree itself may be in /tmp, and is out of sight then.
    script = f"mount -t tmpfs tmpfs /mnt && cp {shlex.quote(path)} /mnt && " \
        f"mount -o loop {shlex.quote(image)} /tmp || exit {NO_MOUNT}; " \
        f"chmod 1777 /tmp; exec /mnt/{program}"
    answers = [host.host_run(["/bin/sh", "-c", script]) for _ in range(2)]
    os.remove(image)
    if answers[0][1] == NO_MOUNT:
        pytest.skip("the host may not mount an image")
    assert answers[0] == answers[1], f"{path} gives two different answers"
    output, status = answers[0]
    with open(f"{kept}.{os.getpid()}", "w", encoding="ascii") as file:
        json.dump({"output": output.hex(), "status": status}, file)
    os.rename(f"{kept}.{os.getpid()}", kept)
    return output, status


@pytest.mark.parametrize("name", PLACES)
def test_programs_on_a_disk(name, disk):
    some = disk(name)
    programs = PROGRAMS if name.startswith("virtio") else QUICK
    some.mount("/tmp")
    some.shell("chmod 1777 /tmp")
    problems = []
    for program in programs:
        expected = reference(program, some.place)
        found = some.run([f"/tests/user/{program}"], env=host.ENVIRONMENT)
        if found != expected:
            problems.append(f"{program}: status {found[1]}, not "
                            f"{expected[1]}\n--- found\n{found[0].decode()}"
                            f"--- expected\n{expected[0].decode()}")
    some.unmount("/tmp")
    assert not problems, "\n".join(problems)
    # Programs that end by a signal leave their folder behind, also on Linux.
    assert all(name.startswith("test-") for name in tree_of(some))


# ---- Trees ------------------------------------------------------------------

SUMS = "find . -type f -exec md5sum {} + | sort -k 2"


def host_sums(folder):
    """What SUMS gives in FOLDER."""
    return subprocess.run(["sh", "-c", SUMS], cwd=folder, check=True,
                          stdout=subprocess.PIPE,
                          env={**os.environ, "LC_ALL": "C"}).stdout.decode(
                              errors="surrogateescape")


def linux_sums(image, folder):
    """What SUMS gives when the host's Linux mounts IMAGE and looks into FOLDER
    of it, or None if the host may not mount."""
    script = f"mount -o loop,ro {shlex.quote(image)} /mnt || " \
        f"exit {NO_MOUNT}; cd /mnt/{folder} && {SUMS}"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script],
                          env={**os.environ, "LC_ALL": "C"}, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if done.returncode in (1, NO_MOUNT):
        return None
    assert done.returncode == 0
    return done.stdout.decode(errors="surrogateescape")


@pytest.mark.parametrize("name", PLACES)
def test_tar_on_a_disk(name, disk, tmp_path):
    folder = f"{tmp_path}/tree"
    ext2image.random_folder(folder, name, FILES if
                            PLACES[name].machine == "qemu" else FILES_BOCHS)
    with tarfile.open(f"{tmp_path}/tree.tar", "w",
                      format=tarfile.GNU_FORMAT) as tar:
        tar.add(folder, ".")
    some = disk(name, None, f"{tmp_path}/tree.tar")
    some.mount()
    some.shell(f"mkdir /mnt/a; cd /mnt/a; umask 0; tar -xpf {some.other}")
    assert some.shell(f"cd /mnt/a; {SUMS}") == host_sums(folder)
    some.shell(f"""cd /mnt; mkdir b; tar -cf - -C a . | tar -xpf - -C b
        (cd a; find . -type f) | while read -r f; do cmp "a/$f" "b/$f"; done
        dd if={some.other} of=copy bs=3000 2>/dev/null; cmp copy {some.other}
        rm -r a copy; mkdir c; mv b c/d""")
    some.unmount()
    expected = {f"c/d/{key}": entry for key, entry in
                ext2image.folder_tree(folder).items()}
    found = tree_of(some)
    assert found.pop("c").links == 3
    assert found.pop("c/d").kind == "d"
    assert not ext2image.difference(expected, found)
    assert linux_sums(some.image, "c/d") in (host_sums(folder), None)


@pytest.mark.parametrize("name", PLACES)
def test_read_what_the_host_wrote(name, disk, tmp_path):
    folder = f"{tmp_path}/tree"
    ext2image.random_folder(folder, f"read {name}", 300)
    os.makedirs(f"{folder}/many")
    for number in range(NAMES // 10):
        with open(f"{folder}/many/{number:x}", "w", encoding="ascii") as file:
            file.write(f"{number}")
    some = disk(name, folder)
    some.mount(options="ro")
    assert some.shell(f"cd /mnt; {SUMS}") == host_sums(folder)
    # Types, modes, links, sizes and texts, as the two `stat` show them.
    found = {}
    for line in some.shell(
            "cd /mnt; find . -exec stat -c '%f %h %s %n' {} +").splitlines():
        mode, links, size, path = line.split(" ", 3)
        found[path] = int(mode, 16), int(links), int(size)
    expected = {f"./{key}": entry for key, entry in tree_of(some).items()}
    found = {key: value for key, value in found.items()
             if key not in (".", "./lost+found")}
    assert found.keys() == expected.keys()
    for key, entry in expected.items():
        mode, links, size = found[key]
        assert (mode & 0o7777, links) == (entry.mode, entry.links), key
        assert entry.kind not in "-l" or size == entry.size, key
    links = [key for key, entry in expected.items() if entry.kind == "l"]
    texts = some.shell("cd /mnt; find . -type l -exec readlink {} ';'")
    assert sorted(texts.splitlines()) == sorted(expected[key].data
                                                for key in links)
    some.unmount()


# ---- A large directory ------------------------------------------------------

@pytest.mark.parametrize("name", ("virtio-4-ext3-1k", "ata-1-ext3-2k"))
def test_large_directory(name, disk):
    some = disk(name)
    some.mount()
    some.shell(f"""mkdir /mnt/d; cd /mnt/d
        seq {NAMES} | sed s,^,name-, | xargs touch
        test $(ls | wc -l) = {NAMES}; test -f name-1; test ! -e name-0""")
    some.unmount()
    image = ext2image.image_tree(some.image, "/d")
    assert image.keys() == {f"name-{n + 1}" for n in range(NAMES)}
    dump = ext2image.debugfs(some.image, ["htree_dump /d"])[0]
    assert "Root node dump" in dump
    some.mount()
    some.shell(f"""cd /mnt/d
        seq 2 {NAMES} | sed s,^,name-, | xargs rm
        test "$(ls)" = name-1; mv name-1 x; ln x y; rm x""")
    some.unmount()
    assert ext2image.image_tree(some.image, "/d").keys() == {"y"}
    some.mount()
    some.shell("cd /mnt; rm d/y; rmdir d")
    some.unmount()


# ---- Several at once --------------------------------------------------------

# Four shells make, move, link and remove in the same two directories.
CROWD = """cd /mnt; mkdir d e
for p in 1 2 3 4; do
	(set +e; i=0; while test $i -lt 60; do
		echo $i >d/$p.$i; mv d/$p.$i e/$p.$i; ln e/$p.$i d/$p
		mkdir d/dir; mv d/$p e/x; mv e/x d/y; rm -f d/y e/x
		mv d/dir e/dir; rmdir e/dir; rm -f e/$p.$((i - 20))
		i=$((i + 1))
	done) >/dev/null 2>&1 &
done
sync; wait
rm -rf d/* e/dir e/x; ls d e | sort"""


@pytest.mark.parametrize("options", ("data=ordered", "data=journal"))
def test_many_at_once(options, disk):
    some = disk("virtio-4-ext3-1k")
    some.mount(options=options)
    expected = {f"{p}.{i}" for p in range(1, 5) for i in range(40, 60)}
    names = [word for word in some.shell(CROWD).split() if word[-1] != ":"]
    assert names == sorted(expected)
    some.unmount()
