"""paths.py - names of files, and kern files.

SPDX-License-Identifier: MIT
"""

from . import kernel, procs
from .kernel import NotThere, container, text

DEPTH_MAX = 256         # names in a path, before the tree is called damaged


def _up(dentry):
    """DENTRY as seen from above: the root of a mount becomes the place that
    it covers.  None: it is the top of everything."""
    for _ in range(DEPTH_MAX):
        mount = dentry["mount"]
        if int(mount) == 0 or int(mount["root"]) != int(dentry.address):
            return dentry
        if int(mount["mountpoint"]) == 0:
            return None
        dentry = mount["mountpoint"].dereference()
    raise NotThere("the tree of mounts is damaged")


def dentry_path(dentry):
    """The path of a struct dentry, from the top of everything."""
    names = []
    nameless = kernel.defines("fs/mount.h", "MOUNT_NAMELESS")
    mount = dentry["mount"]
    if int(mount) != 0 and \
            int(mount["flags"]) & nameless.get("MOUNT_NAMELESS", 0):
        return text(dentry["name"]["text"])
    gone = not dentry["hashed"] and int(mount) != 0 and \
        int(mount["root"]) != int(dentry.address)
    here = _up(dentry)
    while here is not None and len(names) < DEPTH_MAX:
        names.append(text(here["name"]["text"]))
        here = _up(here["parent"].dereference())
    return "/" + "/".join(reversed(names)) + (" (deleted)" if gone else "")


def object_path(obj):
    """What a struct vm_object is: a file's path, or how its kind is called."""
    name = int(obj["ops"]["name"])
    try:
        cache_ops = {int(kernel.variable(kind, "pagecache.c").address)
                     for kind in ("ram_object_ops", "store_object_ops")}
    except NotThere:
        cache_ops = set()
    if int(obj["ops"]) in cache_ops:
        cache = container(obj.address, "pagecache", "object")
        if int(cache["ops"]) != 0:
            name = int(cache["ops"]["name"])
        if name == kernel.address("inode_cache_name"):
            inode = container(obj.address, "inode", "cache.object")
            alias = inode["alias"]
            return dentry_path(alias.dereference()) if int(alias) != 0 \
                else "(deleted)"
    return f"object at {int(obj.address):#x}"


def file_path(file):
    """The path of a struct file."""
    if int(file["dentry"]) == 0:
        return "?"
    return dentry_path(file["dentry"].dereference())


# ---- kern files ------------------------------------------------------------

KINDS = {"S_IFREG": "file", "S_IFDIR": "dir", "S_IFCHR": "char",
         "S_IFBLK": "block", "S_IFIFO": "pipe", "S_IFLNK": "link",
         "S_IFSOCK": "socket"}


def kind(inode):
    """What an inode is, in a word."""
    types = kernel.defines("include/abi/stat.h", r"S_IF\w+")
    bits = int(inode["mode"]) & types["S_IFMT"]
    return next((KINDS[name] for name, value in types.items()
                 if name in KINDS and value == bits), f"{bits:#o}")


def access(file):
    """Like "rw append nonblock": how a file was opened."""
    bits = kernel.defines("include/abi/fcntl.h", r"O_\w+")
    opened = int(file["flags"])
    how = {bits["O_RDONLY"]: "r", bits["O_WRONLY"]: "w",
           bits["O_RDWR"]: "rw"}.get(opened & bits["O_ACCMODE"], "-")
    words = [name[2:].lower() for name in
             ("O_APPEND", "O_NONBLOCK", "O_DIRECT", "O_PATH")
             if opened & bits.get(name, 0)]
    return " ".join([how, *words])


def files(words):
    """kern files PID - the open files of a process

    REFS: how many descriptors and mappings share this opening (and its
    position)."""
    if not words:
        raise NotThere("kern files PID: a process is missing")
    proc = procs.find_process(procs.number(words[0], "process"))
    task = proc["leader"]
    table = task["thread"]["files"] if int(task) != 0 else None
    if table is None or int(table) == 0:
        raise NotThere(f"process {words[0]} has no files any more")
    context = task["thread"]["fs"]
    if int(context) != 0:
        print(f"cwd  {dentry_path(context['cwd'].dereference())}")
        print(f"root {dentry_path(context['root'].dereference())}")
    if int(proc["exe"]) != 0:
        print(f"exe  {file_path(proc['exe'].dereference())}")
    print(f"{'FD':>4} {'REFS':>4} {'KIND':<6} {'OPEN FOR':<14} "
          f"{'POSITION':>9} PATH")
    for fd in range(int(table["size"])):
        word = int(table["cloexec"][fd // 64])
        file = table["files"][fd]
        if int(file) == 0:
            continue
        file = file.dereference()
        how = access(file) + (" cloexec" if word >> fd % 64 & 1 else "")
        print(f"{fd:>4} {int(file['refs']['count']):>4}"
              f" {kind(file['inode'].dereference()):<6} {how:<14} "
              f"{int(file['pos']):>9,} {file_path(file)}")
