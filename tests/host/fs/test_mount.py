"""test_mount.py - what ext2 refuses, what it says then, and what it leaves.

Images come from mke2fs and debugfs; nestfs mounts them.

SPDX-License-Identifier: MIT
"""

import re
import shutil
import struct
import subprocess
import tempfile

import pytest

import ext2image
import hostfs

MOUNT_FAILED = 3
SUPER = 1024            # where the superblock is
DEBUGFS_SECONDS = 60

# Members of the superblock: name -> (offset, format).
MEMBERS = {
    "s_inodes_count": (0, "I"), "s_blocks_count": (4, "I"),
    "s_first_data_block": (20, "I"), "s_log_block_size": (24, "I"),
    "s_blocks_per_group": (32, "I"), "s_inodes_per_group": (40, "I"),
    "s_magic": (56, "H"), "s_state": (58, "H"), "s_errors": (60, "H"),
    "s_rev_level": (76, "I"), "s_first_ino": (84, "I"),
    "s_inode_size": (88, "H"), "s_feature_incompat": (96, "I"),
    "s_feature_ro_compat": (100, "I"), "s_reserved_gdt_blocks": (206, "H"),
    "s_journal_inum": (224, "I"), "s_journal_dev": (228, "I"),
    "s_error_count": (404, "I"),
}


@pytest.fixture(scope="module", autouse=True)
def build_programs():
    hostfs.build()


def nestfs(image, *options, script="", status=0):
    """What nestfs says."""
    argv = [f"{hostfs.CHECKED}/nestfs", image, *options]
    if script:
        argv += ["-c", script]
    return hostfs.run(argv, status)


def member(image, name):
    """A member of the superblock."""
    offset, code = MEMBERS[name]
    with open(image, "rb") as file:
        file.seek(SUPER + offset)
        return struct.unpack(f"<{code}", file.read(struct.calcsize(code)))[0]


def poke(image, name, value):
    """Set a member of the superblock."""
    offset, code = MEMBERS[name]
    with open(image, "r+b") as file:
        file.seek(SUPER + offset)
        file.write(struct.pack(f"<{code}", value))


def change(image, *commands):
    """Let debugfs carry out COMMANDS on IMAGE."""
    with tempfile.NamedTemporaryFile("w", suffix=".debugfs") as file:
        file.write("".join(f"{command}\n" for command in commands))
        file.flush()
        subprocess.run(["debugfs", "-w", "-f", file.name, image], check=True,
                       env=ext2image.ENVIRONMENT, timeout=DEBUGFS_SECONDS,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make(tmp_path, kind="ext2", block=1024, options=(), files=None):
    """An image with FILES: name -> bytes."""
    image = f"{tmp_path}/image"
    folder = tmp_path / "folder"
    folder.mkdir(exist_ok=True)
    for name, data in (files or {}).items():
        (folder / name).write_bytes(data)
    ext2image.make(image, kind, f"{8 * block // 1024}M", block, str(folder),
                   options if kind == "ext2" else
                   ["-J", f"size={block // 1024}", *options])
    return image


def fields(image, name):
    """What debugfs says of a file."""
    return ext2image.debugfs(image, [f"stat {name}"])[0]


# ---- Refused ----------------------------------------------------------------

@pytest.mark.parametrize("features, names", (
    ("extent", ("extent",)),
    ("64bit,extent", ("64bit", "extent")),
    ("flex_bg", ("flex_bg",)),
    ("meta_bg,^resize_inode", ("meta_bg",)),
    ("inline_data,extent", ("inline_data", "extent")),
    ("encrypt", ("encrypt",)),
    ("casefold", ("casefold",)),
    ("mmp", ("mmp",)),
    ("ea_inode", ("ea_inode",)),
    ("large_dir", ("large_dir",)),
))
def test_unknown_incompat_features_are_named(features, names, tmp_path):
    image = make(tmp_path, options=["-O", features])
    for mode in ([], ["-r"]):
        said = nestfs(image, "-t", "ext2", *mode, status=MOUNT_FAILED)
        for name in names:
            assert f"unknown feature: {name}\n" in said, said
    ext2image.check(image)


def test_unknown_incompat_bit_without_a_name(tmp_path):
    image = make(tmp_path)
    poke(image, "s_feature_incompat", 0x80000002)
    said = nestfs(image, "-t", "ext2", status=MOUNT_FAILED)
    assert "unknown feature: incompat bit 31" in said


@pytest.mark.parametrize("features, name", (
    ("huge_file", "huge_file"), ("uninit_bg", "uninit_bg"),
    ("dir_nlink", "dir_nlink"), ("extra_isize", "extra_isize"),
    ("metadata_csum", "metadata_csum"), ("verity", "verity"),
))
def test_unknown_ro_compat_features_are_read(features, name, tmp_path):
    image = make(tmp_path, options=["-O", features], files={"a": b"text\n"})
    said = nestfs(image, "-t", "ext2", status=MOUNT_FAILED)
    assert f"unknown feature: {name}\n" in said and "Read-only" in said, said
    said = nestfs(image, "-t", "ext2", "-r", "-T")
    assert "/a 100644 1 5 " in said, said
    ext2image.check(image)


@pytest.mark.parametrize("options", (
    ["-O", "^sparse_super,^resize_inode"], ["-O", "sparse_super2"],
    ["-O", "^filetype"], ["-O", "^dir_index"], ["-I", "128"], ["-r", "0"],
    ["-g", "1024"], ["-b", "2048", "-g", "2048"], ["-b", "4096"], ["-m", "50"],
), ids=" ".join)
def test_shapes_of_a_file_system(options, tmp_path):
    """Groups with and without copies, small groups, old inodes, ..."""
    image = make(tmp_path, options=options, files={"a": b"a" * 300000})
    ext2image.make(image, "ext2", "40M", None, str(tmp_path / "folder"),
                   options)
    writes = "".join(f"write 0 {at} 500000 1; "
                     for at in range(0, 30000000, 500000))
    nestfs(image, "-t", "ext2", script=f"mkdir /d; open 0 /d/f rwc; {writes}"
           "close 0; unlink /a; mkdir /d/e; "
           "mkdir /g; open 0 /g/f rwc; write 0 70000000 5000 1; close 0")
    ext2image.check(image)
    nestfs(image, "-t", "ext2", script="unlink /d/f; rmdir /d/e; rmdir /d")
    ext2image.check(image)


def test_types_and_journals(tmp_path):
    image = make(tmp_path, "ext2")
    said = nestfs(image, "-t", "ext3", "-v", "8", status=MOUNT_FAILED)
    assert "it has no journal: mount it as ext2" in said
    image = make(tmp_path, "ext3")
    nestfs(image, "-t", "ext2", script="mkdir /d")
    ext2image.check(image)
    nestfs(image, "-t", "ext3", "-x", script="mkdir /e; sync")
    said = nestfs(image, "-t", "ext2", status=MOUNT_FAILED)
    assert "must be replayed: mount it as ext3" in said
    said = nestfs(image, "-t", "ext3", "-v", "8", "-r", "-T")
    assert "transactions replayed" in said and "/e 040755" in said, said


WRONG = (
    ("s_magic", 0xef54, "no ext2 file system"),
    ("s_rev_level", 2, "revision"),
    ("s_log_block_size", 3, "larger than 4 KiB"),
    ("s_log_block_size", 0xffffffff, "larger than 4 KiB"),
    ("s_first_data_block", 0, "s_first_data_block"),
    ("s_first_data_block", 0xffffffff, "s_first_data_block"),
    ("s_inode_size", 0, "s_inode_size"),
    ("s_inode_size", 0xffff, "s_inode_size"),
    ("s_inode_size", 192, "s_inode_size"),
    ("s_inode_size", 2048, "s_inode_size"),
    ("s_first_ino", 0, "s_first_ino"),
    ("s_first_ino", 0xffffffff, "s_first_ino"),
    ("s_blocks_per_group", 0, "s_blocks_per_group"),
    ("s_blocks_per_group", 8193, "s_blocks_per_group"),
    ("s_blocks_per_group", 0xffffffff, "s_blocks_per_group"),
    ("s_inodes_per_group", 0, "s_first_ino"),
    ("s_inodes_per_group", 0xffffffff, "s_inodes_per_group"),
    ("s_blocks_count", 0, "s_blocks_count"),
    ("s_blocks_count", 1, "s_blocks_count"),
    ("s_blocks_count", 0xffffffff, "larger than its device"),
    ("s_blocks_count", 100, "table is not in it"),
    ("s_inodes_count", 0, "s_inodes_count"),
    ("s_inodes_count", 0xffffffff, "s_inodes_count"),
    ("s_reserved_gdt_blocks", 0xffff, "descriptors do not fit"),
)


@pytest.mark.parametrize("name, value, message", WRONG)
def test_wrong_superblock_is_refused(name, value, message, tmp_path):
    image = make(tmp_path)
    poke(image, name, value)
    said = nestfs(image, "-t", "ext2", status=MOUNT_FAILED)
    assert message in said and "Invalid argument" in said, said


@pytest.mark.parametrize("field, value, message", (
    ("block_bitmap", 1, "block bitmap is not in it"),
    ("block_bitmap", 0xffffffff, "block bitmap is not in it"),
    ("inode_bitmap", 8190 + 8192, "inode bitmap is not in it"),
    ("inode_table", 2, "inode table is not in it"),
    ("inode_table", 8100, "inode table is not in it"),
))
def test_wrong_descriptor_is_refused(field, value, message, tmp_path):
    image = make(tmp_path)
    ext2image.run(["debugfs", "-w", "-R",
                   f"set_block_group 0 {field} {value}", image])
    said = nestfs(image, "-t", "ext2", status=MOUNT_FAILED)
    assert f"group 0: its {message}" in said, said


def test_journal_that_is_none(tmp_path):
    image = make(tmp_path, "ext3")
    poke(image, "s_journal_inum", 0)
    said = nestfs(image, "-t", "ext3", status=MOUNT_FAILED)
    assert "journal on another device" in said
    for number in (2, 7, 0xffffffff):
        poke(image, "s_journal_inum", number)
        said = nestfs(image, "-t", "ext3", status=MOUNT_FAILED)
        assert f"inode {number} is no journal" in said, said


def test_copy_of_the_journals_inode(tmp_path):
    image = make(tmp_path, "ext3")
    change(image, "set_inode_field <8> size 0",
           "set_inode_field <8> block[IND] 0")
    said = nestfs(image, "-t", "ext3", script="mkdir /d")
    assert "its copy is used" in said


def test_options(tmp_path):
    image = make(tmp_path, "ext3")
    for bad in ("data=writeback", "errors=panic", "commit=", "commit=x",
                "commit=12345678", "nonsense", "ro,foo"):
        said = nestfs(image, "-o", bad, status=MOUNT_FAILED)
        assert "bad option" in said and "Invalid argument" in said, said
    nestfs(image, "-o", "data=journal,commit=3,errors=remount-ro,noatime",
           script="mkdir /d; remount ro; remount rw,data=journal; mkdir /e")
    ext2image.check(image)
    nestfs(image, script="? remount data=journal; mkdir /f")
    ext2image.check(image)


# ---- What the superblock tells ------------------------------------------------

def test_state_while_mounted(tmp_path):
    image = make(tmp_path, "ext2")
    nestfs(image, "-x", script="mkdir /d; sync")
    assert member(image, "s_state") & 1 == 0
    image = make(tmp_path, "ext3")
    nestfs(image, "-x", script="mkdir /d; sync")
    assert member(image, "s_state") & 1 == 1
    assert member(image, "s_feature_incompat") & 4
    nestfs(image, "-r")
    nestfs(image)
    assert not member(image, "s_feature_incompat") & 4
    ext2image.check(image)


@pytest.mark.parametrize("kind", ("ext2", "ext3"))
def test_read_only_remount_is_a_clean_disk(kind, tmp_path):
    image = make(tmp_path, kind)
    nestfs(image, "-x", script="mkdir /d; open 0 /f rwc; write 0 0 9 1; "
           "? remount ro; close 0; remount ro; ? mkdir /e")
    ext2image.check(image)
    tree = ext2image.image_tree(image)
    assert "d" in tree and "e" not in tree


def test_dirty_ext2_stays_dirty(tmp_path):
    """Only e2fsck may say that a disk that was not unmounted is clean."""
    image = make(tmp_path, "ext2")
    nestfs(image, "-x", script="mkdir /d")
    said = nestfs(image, script="mkdir /e")
    assert "run e2fsck" in said
    assert member(image, "s_state") & 1 == 0


def test_read_only_mount_changes_nothing(tmp_path):
    image = make(tmp_path, "ext3", files={"a": b"x" * 5000})
    with open(image, "rb") as file:
        before = file.read()
    nestfs(image, "-r", "-T", script="? mkdir /d; ? truncate /a 1")
    with open(image, "rb") as file:
        assert file.read() == before
    nestfs(image, "-r", script="remount rw; mkdir /d; remount ro; ? mkdir /e")
    ext2image.check(image)
    assert "d" in ext2image.image_tree(image)


def test_large_file_is_noted(tmp_path):
    image = make(tmp_path, "ext3", options=["-O", "^large_file"])
    nestfs(image, script="open 0 /f rwc; ftruncate 0 2147483647; close 0")
    assert not member(image, "s_feature_ro_compat") & 2
    nestfs(image, script="truncate /f 2147483648")
    assert member(image, "s_feature_ro_compat") & 2
    ext2image.check(image)


@pytest.mark.parametrize("block, most", ((1024, 17247252480),
                                         (4096, 2194719883264)))
def test_largest_file_is_linuxs(block, most, tmp_path):
    image = make(tmp_path, "ext3", block)
    said = nestfs(image, "-p", script=f"open 0 /f rwc; "
                  f"write 0 {most - 5} 10 1; ? write 0 {most} 1 1; "
                  f"ftruncate 0 {most}; ? ftruncate 0 {most + 1}; close 0")
    assert f"write 0 {most - 5} 10 1: 5\n" in said, said
    assert said.count("File too large") == 2, said
    ext2image.check(image)


@pytest.mark.parametrize("kind", ("ext2", "ext3"))
def test_nobody_need_ask(kind, tmp_path):
    """Data, names and times reach the disk without any sync."""
    image = make(tmp_path, kind)
    nestfs(image, "-x", script="open 0 /f rwc; write 0 0 9000 1; sleep 20000; "
           "write 0 0 9000 2; sleep 40000")
    if kind == "ext3":
        ext2image.run(["e2fsck", "-fp", image])
    ext2image.check(image)
    tree = ext2image.image_tree(image)
    assert tree["f"].size == 9000, tree
    times = re.findall(r"^ *[cm]+time: 0x(\w+)", fields(image, "f"), re.M)
    created = re.search(r"crtime: 0x(\w+)", fields(image, "f"))[1]
    assert int(times[0], 16) >= int(created, 16) + 20, fields(image, "f")


# ---- Inodes -------------------------------------------------------------------

def test_attributes_survive_a_store(tmp_path):
    """Members that we only carry: years up to 2446, nanoseconds, wide ids."""
    image = make(tmp_path, files={"a": b"a"})
    change(image, "set_inode_field a mtime 0xf0000000",
           "set_inode_field a mtime_extra 0x7",
           "set_inode_field a uid 0x12345", "set_inode_field a gid 0x54321",
           "set_inode_field a generation 77")
    before = fields(image, "a")
    nestfs(image, script="chmod /a 600")
    after = fields(image, "a")
    for key in ("User", "Group", "Generation", "mtime"):
        old = re.search(rf"{key}: +\S+( -- )?", before)
        assert old and old[0] in after, after
    assert re.search(r"mtime: 0xf0000000:0+7", after), after
    ext2image.check(image)


def test_device_numbers(tmp_path):
    image = make(tmp_path)
    nestfs(image, script="mknod /old 020600 0x103; mknod /new 060600 0x12305")
    assert "major/minor number: 01:03" in fields(image, "old")
    wide = fields(image, "new")
    assert "(New-style)" in wide or "number: " in wide, wide
    said = nestfs(image, "-T")
    assert "/old 020600" in said and "/new 060600" in said, said
    ext2image.check(image)


@pytest.mark.parametrize("field, value, message", (
    ("flags", 0x80000, "has extents"),
    ("flags", 0x10000000, "has its data inside"),
    ("mode", 0, "is not in use"),
    ("mode", 0o030644, "is of no known type"),
    ("links_count", 0, "is not in use"),
    ("size", 0xffffffffffff, "is larger than a file can be"),
    ("extra_isize", 3, "wrong i_extra_isize"),
    ("extra_isize", 0xfff0, "wrong i_extra_isize"),
    ("file_acl", 3, "attributes where they cannot be"),
))
def test_damaged_inode_is_refused(field, value, message, tmp_path):
    image = make(tmp_path, files={"a": b"a", "b": b"b"})
    change(image, f"set_inode_field a {field} {value}")
    said = nestfs(image, "-p", script="? open 0 /a r; open 1 /b r; close 1")
    assert message in said and "Input/output error" in said, said
    assert member(image, "s_state") & 2 and member(image, "s_error_count") == 1


@pytest.mark.parametrize("block", ("block[0]", "block[IND]", "block[DIND]"))
@pytest.mark.parametrize("value", (1, 3, 8192, 0xffffffff))
def test_block_that_cannot_be_a_files(block, value, tmp_path):
    """In the group's metadata, or outside: neither read nor freed."""
    image = make(tmp_path, files={"a": b"a" * 400000, "b": b"b"})
    change(image, f"set_inode_field a {block} {value}")
    said = nestfs(image, "-p", script="open 0 /a r; ? read 0 0 400000; "
                  "close 0; ? truncate /a 0; ? unlink /a; open 1 /b r; "
                  "read 1 0 1; close 1")
    assert "Input/output error" in said and "cannot be" in said, said
    assert "read 1 0 1: 1\n" in said, said


def test_immutable_and_append_only(tmp_path):
    image = make(tmp_path, files={"i": b"i", "a": b"a"})
    change(image, "set_inode_field i flags 0x10",
           "set_inode_field a flags 0x20")
    said = nestfs(image, "-p", script="? open 0 /i rw; ? truncate /i 0; "
                  "? chmod /i 600; open 0 /i r; close 0; ? open 0 /a rw; "
                  "? truncate /a 0; open 0 /a rwa; append 0 5 1; "
                  "? ftruncate 0 0; close 0")
    assert said.count("Operation not permitted") == 6, said
    assert "append 0 5 1: 5" in said
    ext2image.check(image)


def test_attribute_block_goes_with_the_file(tmp_path):
    image = make(tmp_path, options=["-I", "128"], files={"a": b"", "b": b""})
    change(image, "ea_set a user.x value", "ea_set b user.y value")
    ext2image.check(image)
    nestfs(image, script="unlink /a; truncate /b 10000; truncate /b 0")
    ext2image.check(image)
    assert "user.y" in ext2image.debugfs(image, ["ea_list b"])[0]


# ---- Disks that fail ------------------------------------------------------------

SCRIPT = """? mkdir /x; ? open 0 /x/f rwc; ? write 0 0 300000 7;
    ? write 0 3000000 5000 8; ? fsync 0; ? ftruncate 0 100001;
    ? mapwrite 0 150 100 3; ? ftruncate 0 200000; ? mapwrite 0 150000 3000 3;
    ? open 1 /x/g rwc; ? append 1 70000 3; ? unlink /x/g; ? append 1 10000 4;
    ? close 0; ? close 1; ? truncate /x/f 5000000; ? remount ro; ? remount rw;
    ? open 2 /x/q rwc; ? write 2 8000 10 2; ? close 2; ? sync"""


def survives(image, copy, *options):
    """Run SCRIPT on a copy of IMAGE, which must end in good order."""
    shutil.copy(image, copy)
    said = nestfs(copy, *options, script=SCRIPT, status=None)
    for word in ("panic", "leak", "Sanitizer"):
        assert word not in said, f"{options}: {said}"


@pytest.mark.parametrize("mode", ("ordered", "journal"))
def test_every_request_fails_once(mode, tmp_path):
    """Whatever fails: e2fsck has nothing to do but replay, and nothing leaks."""
    image = make(tmp_path, "ext3")
    for number in range(1, 80, 3):
        survives(image, f"{image}.copy", "-o", f"data={mode}",
                 "-F", str(number))
        ext2image.run(["e2fsck", "-fp", f"{image}.copy"])
        ext2image.check(f"{image}.copy")


@pytest.mark.parametrize("kind", ("ext2", "ext3"))
def test_every_allocation_fails_once(kind, tmp_path):
    image = make(tmp_path, kind)
    for number in range(1, 200, 7):
        survives(image, f"{image}.copy", "-f", str(number))
        ext2image.check(f"{image}.copy")


# ---- Bitmaps that lie -----------------------------------------------------------

def test_bitmap_that_frees_metadata_is_not_used(tmp_path):
    image = make(tmp_path)
    change(image, "freeb 1 40")         # superblock, bitmaps, inode table
    said = nestfs(image, "-p", script="? open 0 /f rwc; ? write 0 0 50000 1; "
                  "sync; ? close 0")
    assert "blocks of the group itself as free" in said, said
    assert "No space left on device" in said, said
    assert "BLOCKS:\n\n" in fields(image, "f")


@pytest.mark.parametrize("option, later", (("continue", "mkdir /e 755: 0\n"),
                                           ("remount-ro", "Read-only")))
def test_errors_option(option, later, tmp_path):
    image = make(tmp_path, files={"a": b"a"})
    change(image, "set_inode_field a mode 0")
    said = nestfs(image, "-p", "-o", f"errors={option}",
                  script="? open 0 /a r; ? mkdir /e")
    assert later in said, said
    assert ("is read-only from now on" in said) == (option == "remount-ro")
    assert member(image, "s_state") & 2


def test_errors_as_the_superblock_says(tmp_path):
    image = make(tmp_path, files={"a": b"a"})
    change(image, "set_inode_field a mode 0")
    for value in (2, 3):
        poke(image, "s_errors", value)
        said = nestfs(image, "-p", script="? open 0 /a r; ? mkdir /e")
        assert "is read-only from now on" in said, said
