"""test_mounted_errors.py - a disk fails below a mounted file system.

QEMU's blkdebug answers requests of chosen sectors with an error.  The program
gets it, the rest of the system goes on, the file system becomes read-only
where it must, and says so; afterwards e2fsck finds nothing wrong.

SPDX-License-Identifier: MIT
"""

import re

import pytest

import ext2image
from test_virtio import Box

BLOCK = 1024
SECTORS = BLOCK // 512
JOURNAL = "<8>"
MOUNT = "mkdir -p /mnt && mount -t {kind} /dev/vda /mnt || exit 9\n"

READ_ONE = """cat /mnt/bad >/dev/null; echo "bad $?"
cat /mnt/good | md5sum; echo x >/mnt/new && sync && echo written"""
LIST_ONE = """cat /mnt/dir/file; echo "dir $?"
cat /mnt/good | md5sum"""
OVERWRITE = """dd if=/dev/zero of=/mnt/bad bs=1k count=9 conv=notrunc,fsync
echo "bad $?"; sync
dd if=/dev/zero of=/mnt/good bs=1k count=9 conv=notrunc,fsync; echo "good $?" """
COMMIT = """echo x >/mnt/new; dd if=/dev/zero of=/mnt/new2 bs=1k count=3 conv=fsync
echo "first $?"
echo y >/mnt/later; echo "second $?"
cat /mnt/good | md5sum; grep vda /proc/mounts"""


def make(image, tmp_path, kind):
    """An image with the files bad, good and dir/file."""
    tree = tmp_path / "tree"
    (tree / "dir").mkdir(parents=True)
    for name in ("bad", "good", "dir/file"):
        (tree / name).write_bytes(name.encode() * 5000)
    ext2image.make(image, kind, "8M", BLOCK, str(tree))


def blocks(image, name):
    """The blocks of a file of the image, as debugfs knows them."""
    text = ext2image.debugfs(image, [f"blocks {name}"])[0]
    return [int(word) for word in re.findall(r"\d+", text)]


def inject(path, iotype, sectors):
    """Write blkdebug's rules: errors for requests that touch SECTORS; all of
    that type if there are none."""
    wheres = [f'sector = "{sector}"\n' for sector in sectors] or [""]
    path.write_text("".join(
        f'[inject-error]\nevent = "none"\niotype = "{iotype}"\n'
        f'errno = "5"\nonce = "off"\n{where}' for where in wheres))
    return path


def fail(tmp_path, kind, iotype, name, script, which=0):
    """Run SCRIPT on a disk on which block WHICH of file NAME fails; (output,
    kernel's log, image)."""
    image = str(tmp_path / "disk.img")
    make(image, tmp_path, kind)
    sectors = []
    if name:
        sectors = [blocks(image, name)[which] * SECTORS]
    rules = inject(tmp_path / "rules", iotype, sectors)
    with Box([f"{image},blkdebug={rules}"], cpus=2) as box:
        output, status = box.sh(MOUNT.format(kind=kind) + script)
        log = box.text()
        box.vm.power_off()
    assert status != 9, output + log
    return output, log, image


@pytest.mark.parametrize("kind", ("ext2", "ext3"))
def test_read_error_in_a_file(kind, tmp_path):
    output, log, image = fail(tmp_path, kind, "read", "/bad", READ_ONE)
    assert "bad 1" in output and "Input/output error" in output, output
    assert "written" in output, output + log
    ext2image.check(image)


@pytest.mark.parametrize("kind", ("ext2", "ext3"))
def test_read_error_in_a_directory(kind, tmp_path):
    output, _, image = fail(tmp_path, kind, "read", "/dir", LIST_ONE)
    assert "dir 1" in output and "Input/output error" in output, output
    ext2image.check(image)


@pytest.mark.parametrize("kind", ("ext2", "ext3"))
def test_write_error_in_a_file_is_told_by_fsync(kind, tmp_path):
    output, log, image = fail(tmp_path, kind, "write", "/bad", OVERWRITE, 3)
    assert "bad 1" in output and "Input/output error" in output, output + log
    assert "good 0" in output, output + log
    ext2image.check(image)


@pytest.mark.parametrize("iotype", ("write", "flush"))
def test_error_in_the_log_ends_all_changes(iotype, tmp_path):
    """The journal cannot be written (its third block), or nothing reaches the
    medium: no change may follow, or it would be half a change."""
    name = JOURNAL if iotype == "write" else ""
    if iotype == "flush":
        image = str(tmp_path / "disk.img")
        make(image, tmp_path, "ext3")
        rules = inject(tmp_path / "rules", iotype, [])
        with Box([f"{image},blkdebug={rules}"], cpus=2) as box:
            output, status = box.sh(MOUNT.format(kind="ext3") + COMMIT)
            log = box.text()
            box.vm.power_off()
        if status == 9:
            assert "Input/output error" in output, output
            ext2image.check(image)
            return
    else:
        output, log, image = fail(tmp_path, "ext3", iotype, name, COMMIT, 2)
    assert "first 1" in output, output + log
    assert "second 1" in output and "Read-only" in output, output + log
    assert re.search(r"/mnt ext3 ro[, ]", output), output + log
    assert "read-only" in log, log
    # What had committed is replayed; nothing else has happened.
    ext2image.run(["e2fsck", "-fp", image])
    ext2image.check(image)
