"""ext2image.py - images of ext2 and ext3, made and judged by e2fsprogs.

Layer: tests/lib   Called by: the tests of disks
Source: mke2fs(8), e2fsck(8), debugfs(8)

A tree is a dictionary from path ("a/b", without the root) to Entry: what a test
compares.  It comes from a folder of the host (folder_tree) or, by debugfs, from
an image (image_tree); random_folder() makes one from a seed.

SPDX-License-Identifier: MIT
"""

import collections
import hashlib
import os
import random
import re
import stat
import subprocess
import tempfile

ENVIRONMENT = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
SECONDS = 120           # for each of e2fsprogs
ROOT = 2                # the inode of the root
DIFFERENCES = 10        # that are told

# kind: a letter as `ls -l` shows it; mode: permission bits; size: 0 for those
# that are not files or links; links: names (directories: and those of their
# own); data: SHA-256, text of a link, or device numbers.
Entry = collections.namedtuple("Entry", "kind mode size links data")


def run(argv, **options):
    """Run one of e2fsprogs; what it wrote, or AssertionError."""
    done = subprocess.run(argv, env=ENVIRONMENT, text=True, check=False,
                          errors="surrogateescape", timeout=SECONDS,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    assert done.returncode == 0, f"{' '.join(argv)}:\n{done.stdout}"
    return done.stdout


def make(image, kind="ext3", size="32M", block=None, folder=None, options=()):
    """Make IMAGE with mke2fs: KIND ext2 or ext3, BLOCK bytes a block (None:
    as mke2fs likes), filled with what FOLDER has; OPTIONS: more of mke2fs."""
    argv = ["mke2fs", "-q", "-F", "-t", kind]
    if block:
        argv += ["-b", str(block)]
    if folder:
        argv += ["-d", folder]
    if os.path.exists(image):
        os.remove(image)
    run([*argv, *options, image, size])


def check(image):
    """Assert that e2fsck finds nothing to say of IMAGE."""
    run(["e2fsck", "-fn", image])


# ---- Trees ------------------------------------------------------------------

def sha256(path):
    """The SHA-256 of a file's bytes, as text."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


def folder_tree(folder):
    """The tree in FOLDER.  Names of a file outside of it do not count."""
    tree = {}
    names = collections.Counter()
    inodes = {}
    for place, folders, files in os.walk(folder):
        for name in folders + files:
            path = f"{place}/{name}"
            entry, inode = _lstat(path)
            key = os.path.relpath(path, folder)
            tree[key] = entry
            inodes[key] = inode
            names[inode] += 1
    for key, entry in tree.items():
        links = names[inodes[key]]
        if entry.kind == "d":
            links = 2 + sum(1 for other, e in tree.items()
                            if e.kind == "d" and os.path.dirname(other) == key)
        tree[key] = entry._replace(links=links)
    return tree


def _lstat(path):
    """(Entry, inode) of a file of the host; links is 0."""
    st = os.lstat(path)
    kind = stat.filemode(st.st_mode)[0]
    size, data = 0, ""
    if kind == "-":
        size, data = st.st_size, sha256(path)
    elif kind == "l":
        size, data = st.st_size, os.readlink(path)
    elif kind in "bc":
        data = f"{os.major(st.st_rdev)}:{os.minor(st.st_rdev)}"
    return Entry(kind, stat.S_IMODE(st.st_mode), size, 0, data), st.st_ino


def debugfs(image, commands):
    """What debugfs writes for each of COMMANDS, as a list."""
    with tempfile.NamedTemporaryFile("w", suffix=".debugfs") as file:
        file.write("".join(f"{command}\n" for command in commands))
        file.flush()
        text = run(["debugfs", "-f", file.name, image])
    return re.split(r"^debugfs: .*\n", text, flags=re.MULTILINE)[1:]


def image_tree(image, path="/"):
    """The tree below PATH of IMAGE, which is not changed."""
    root = int(re.search(r"Inode: (\d+)",
                         debugfs(image, [f"stat {path}"])[0])[1])
    numbers = {}                # of inodes, by path
    level = {"": root}
    while level:
        places = list(level)
        listings = debugfs(image, [f"ls -p <{level[p]}>" for p in places])
        level = {}
        for place, listing in zip(places, listings):
            for number, mode, name in re.findall(
                    r"^/(\d+)/(\d+)/\d+/\d+/(.*)/\d*/$", listing,
                    flags=re.MULTILINE):
                if number == "0" or name in (".", ".."):
                    continue
                key = f"{place}/{name}" if place else name
                assert key not in numbers, f"{key} is there twice"
                numbers[key] = int(number)
                if stat.S_ISDIR(int(mode, 8)):
                    level[key] = int(number)
    with tempfile.TemporaryDirectory() as folder:
        debugfs(image, [f"rdump {path} {folder}"])
        name = os.path.basename(os.path.normpath(path))
        top = f"{folder}/{name}" if name else folder
        texts = debugfs(image, [f"stat <{n}>" for n in numbers.values()])
        return {key: _image_entry(text, f"{top}/{key}")
                for key, text in zip(numbers, texts)}


KINDS = {"regular": "-", "directory": "d", "symlink": "l", "FIFO": "p",
         "character special": "c", "block special": "b", "socket": "s"}


def _image_entry(text, dumped):
    """The Entry of what debugfs says of an inode; DUMPED: its copy."""
    kind = KINDS[re.search(r"Type: (.*?)\s+Mode:", text)[1]]
    mode = int(re.search(r"Mode:\s+(\d+)", text)[1], 8)
    size = int(re.search(r"Size: (\d+)", text)[1])
    links = int(re.search(r"Links: (\d+)", text)[1])
    data = ""
    if kind == "-":
        data = sha256(dumped)
    elif kind == "l":
        data = os.readlink(dumped)
    elif kind in "bc":
        data = re.search(r"number: (\d+:\d+)", text)[1]
        data = ":".join(str(int(part)) for part in data.split(":"))
    return Entry(kind, mode, size if kind in "-l" else 0, links, data)


def difference(expected, found):
    """What is different between two trees, as text; "" if nothing is."""
    lines = []
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            lines.append(f"{key}: {found.get(key)}, not {expected.get(key)}")
    if len(lines) > DIFFERENCES:
        lines[DIFFERENCES:] = [f"... and {len(lines) - DIFFERENCES} more"]
    return "\n".join(lines)


# ---- A random folder --------------------------------------------------------

def _random_name(dice):
    """A name of bytes that every program bears; some are long."""
    length = dice.choice((3, 8, 8, 12, 20, 60, dice.randint(1, 120)))
    letters = "abcdefghijklmnopqrstuvwxyz0123456789._-+%ABCXYZ"
    if dice.random() < 0.1:
        letters += "äöüßé€"
    return "n" + "".join(dice.choices(letters, k=length))


def random_folder(folder, seed, files=200, bytes_typical=6000):
    """Make FOLDER with files of many sizes (holes among them), directories,
    symbolic links short and long, hard links, pipes and modes."""
    dice = random.Random(seed)
    places = [folder]
    regular = []
    os.makedirs(folder)
    for number in range(files):
        place = f"{dice.choice(places)}/{number}{_random_name(dice)}"
        kind = dice.random()
        if kind < 0.1:
            os.mkdir(place)
            places.append(place)
        elif kind < 0.2:
            os.symlink("/".join("x" * dice.randrange(1, 40)
                                for _ in range(dice.randint(1, 8))), place)
            continue
        elif kind < 0.25 and regular:
            os.link(dice.choice(regular), place)
            continue
        elif kind < 0.27:
            os.mkfifo(place)
        else:
            with open(place, "wb") as file:
                if dice.random() < 0.1:
                    file.seek(dice.randrange(1 << 18))
                file.write(dice.randbytes(
                    int(dice.expovariate(1 / bytes_typical))))
            regular.append(place)
        os.chmod(place, dice.choice((0o644, 0o755, 0o600, 0o700, 0o4711)))
