"""test_trees.py - random trees: one side writes them, the other reads them.

The host's side is mke2fs -d, debugfs and e2fsck; ours is nestfs.

SPDX-License-Identifier: MIT
"""

import os
import random
import shutil
import stat
import zlib

import pytest

import ext2image
import hostfs

KINDS = [("ext2", 1024), ("ext2", 4096), ("ext3", 1024), ("ext3", 2048),
         ("ext3", 4096)]
FAILURES = 60           # that are tried, one in each life


@pytest.fixture(scope="module", autouse=True)
def programs():
    """The programs, built."""
    hostfs.build()


def nestfs(image, *arguments, status=0):
    """Run nestfs under sanitizers."""
    return hostfs.run([f"{hostfs.CHECKED}/nestfs", image, *arguments], status)


def make(image, kind, block, folder=None, size="24M"):
    """An image with room, and a journal as large as it must be."""
    ext2image.make(image, kind, size, block, folder,
                   ["-J", f"size={block // 1024}"] if kind == "ext3" else ())


def lines_of(folder):
    """What nestfs --tree says of the same tree."""
    lines = []
    for key, entry in ext2image.folder_tree(folder).items():
        path = f"{folder}/{key}"
        mode = os.lstat(path).st_mode
        crc = 0
        if entry.kind == "-":
            with open(path, "rb") as file:
                crc = zlib.crc32(file.read())
        line = f"/{key} {mode:06o} {entry.links} {entry.size} {crc:08x}"
        if entry.kind == "l":
            line += f" -> {entry.data}"
        lines.append(line)
    return sorted(lines)


@pytest.mark.parametrize("kind, block", KINDS)
def test_our_side_reads_what_the_host_wrote(kind, block, tmp_path):
    folder, image = f"{tmp_path}/folder", f"{tmp_path}/image"
    ext2image.random_folder(folder, block + len(kind))
    make(image, kind, block, folder)
    said = nestfs(image, "-r", "-T")
    found = sorted(line for line in said.splitlines()
                   if not line.startswith("/lost+found "))
    assert found == lines_of(folder)
    ext2image.check(image)


def script_of(folder):
    """Operations (ops.h) that make the same tree."""
    script, names = [], {}
    for place, folders, files in os.walk(folder):
        for name in sorted(folders + files):
            path = f"{place}/{name}"
            to = "/" + os.path.relpath(path, folder)
            st = os.lstat(path)
            if stat.S_ISDIR(st.st_mode):
                script.append(f"mkdir {to}")
                script.append(f"chmod {to} {stat.S_IMODE(st.st_mode):o}")
                continue
            if stat.S_ISLNK(st.st_mode):
                script.append(f"symlink {os.readlink(path)} {to}")
                continue
            if st.st_ino in names:
                script.append(f"link {names[st.st_ino]} {to}")
                continue
            names[st.st_ino] = to
            if stat.S_ISREG(st.st_mode):
                script.append(f"put {path} {to}")
                script.append(f"chmod {to} {stat.S_IMODE(st.st_mode):o}")
            else:
                script.append(f"mknod {to} {st.st_mode:o} 0")
    return script


def change(folder, seed):
    """Change FOLDER; returns the operations that change the other tree so."""
    dice = random.Random(seed)
    script = []
    tree = ext2image.folder_tree(folder)
    for key in sorted(tree):
        path = f"{folder}/{key}"
        what = dice.random()
        if not os.path.lexists(path):
            continue
        if tree[key].kind == "d":
            if what < 0.3:
                new = f"{folder}/moved-{seed}-{len(script)}"
                os.rename(path, new)
                script.append(f"rename /{key} /moved-{seed}-{len(script)}")
        elif what < 0.4:
            os.unlink(path)
            script.append(f"unlink /{key}")
        elif what < 0.6 and tree[key].kind == "-":
            size = dice.randrange(tree[key].size * 2 + 1)
            os.truncate(path, size)
            script.append(f"truncate /{key} {size}")
        elif what < 0.7:
            os.rename(path, f"{folder}/name-{seed}-{len(script)}")
            script.append(f"rename /{key} /name-{seed}-{len(script)}")
    return script


def run_script(image, lines, folder, *arguments, status=0):
    """Run the operations in LINES; FOLDER: for the file with them."""
    path = f"{folder}/script"
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("\n".join(lines) + "\n")
    return nestfs(image, "-s", path, *arguments, status=status)


def judge(image, folder):
    """e2fsck and debugfs find what is in FOLDER."""
    ext2image.check(image)
    found = ext2image.image_tree(image)
    assert found.pop("lost+found").kind == "d"
    assert ext2image.difference(ext2image.folder_tree(folder), found) == ""


@pytest.mark.parametrize("kind, block", KINDS)
def test_the_host_reads_what_our_side_wrote(kind, block, tmp_path):
    folder, image = f"{tmp_path}/folder", f"{tmp_path}/image"
    ext2image.random_folder(folder, 100 + block + len(kind))
    make(image, kind, block)
    run_script(image, script_of(folder), tmp_path)
    judge(image, folder)
    run_script(image, change(folder, block), tmp_path, "-d", str(block))
    judge(image, folder)


def test_requests_in_any_order_write_the_same(tmp_path):
    folder, image = f"{tmp_path}/folder", f"{tmp_path}/image"
    ext2image.random_folder(folder, 7)
    for seed in range(4):
        make(image, "ext3", 1024)
        run_script(image, script_of(folder), tmp_path, "-d", str(seed))
        judge(image, folder)


# ---- When something fails ---------------------------------------------------

# A bit of everything.
LIFE = ("mkdir /d; open 0 /d/f rwc; write 0 0 30000 1; fsync 0;"
        "mapwrite 0 9000 3000 2; symlink " + "x" * 100 + " /d/l;"
        "link /d/f /g; rename /g /d/h; mkdir /d/e; rename /d/e /e;"
        "append 0 70000 3; ftruncate 0 20000; fdatasync 0; unlink /d/h;"
        "readdir /d; sync; open 1 /o rwc; write 1 0 5000 4; unlink /o;"
        "close 0; close 1; truncate /d/f 100; remount ro; remount -; rmdir /e;"
        "open 2 /d/f r; read 2 0 9000; sync")
MAY_FAIL = ";".join(f"? {line.strip()}" for line in LIFE.split(";"))


def lives(kind, tmp_path, option, first, step):
    """Live with failure number FIRST, FIRST + STEP, ...; yields the image
    behind each, and what was said."""
    base, image = f"{tmp_path}/base", f"{tmp_path}/image"
    make(base, kind, 1024, size="4M")
    for number in range(FAILURES):
        shutil.copyfile(base, image)
        said = nestfs(image, option, str(first + number * step), "-v", "3",
                      "-c", MAY_FAIL, status=None)
        assert "panic" not in said and "Sanitizer" not in said, said
        assert "runtime error" not in said and "leak" not in said, said
        yield image, said


@pytest.mark.parametrize("kind", ["ext2", "ext3"])
def test_no_memory_is_an_error_and_no_more(kind, tmp_path):
    for image, _ in lives(kind, tmp_path, "-f", 1, 3):
        ext2image.check(image)


def test_failed_request_leaves_what_the_journal_can_mend(tmp_path):
    failed = 0
    for image, said in lives("ext3", tmp_path, "-F", 1, 2):
        failed += " fails" in said
        mended = hostfs.run(["/sbin/e2fsck", "-fy", image], None)
        assert "? yes" not in mended, f"{said}\n{mended}"
        ext2image.check(image)
    assert failed > 10


def test_life_without_failures_is_clean(tmp_path):
    """The control: nothing of it may fail by itself."""
    image = f"{tmp_path}/image"
    for kind in ("ext2", "ext3"):
        make(image, kind, 1024, size="4M")
        nestfs(image, "-c", LIFE)
        ext2image.check(image)
