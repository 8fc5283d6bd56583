"""cpio.py - write cpio archives in the "newc" format, the same bytes each time.

Every time stamp is zero, every owner is root and inode numbers count up from
one, so that the same content gives the same archive.

Source: cpio(5), "New ASCII Format"

SPDX-License-Identifier: MIT
"""

import os
import stat

TRAILER = "TRAILER!!!"


def _pad(data):
    """Fill up to a multiple of four bytes, as header and content must be."""
    return data + b"\0" * (-len(data) % 4)


def entry(name, mode, content=b"", inode=0, links=1):
    """One archive member: NAME has no leading slash; MODE has the type."""
    encoded = name.encode() + b"\0"
    fields = [inode, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0,
              len(encoded), 0]
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _pad(header + encoded) + _pad(content)


def with_parents(members):
    """MEMBERS, and with mode 755 the directories above them that lack."""
    members = dict(members)
    for path in list(members):
        parent = os.path.dirname(path)
        while parent != "/":
            members.setdefault(parent, (0o755, None))
            parent = os.path.dirname(parent)
    return members


def archive(members):
    """The archive of MEMBERS, a dictionary of absolute path to

    - (mode, None): a directory,
    - (mode, bytes): a file with this content,
    - (mode, str): a symbolic link to this path.

    Missing parent directories of a member are added, with mode 755.
    """
    members = with_parents(members)
    parts = []
    for inode, path in enumerate(sorted(members), 1):
        mode, content = members[path]
        kind = stat.S_IFDIR if content is None else stat.S_IFREG
        if isinstance(content, str):
            kind, content = stat.S_IFLNK, content.encode()
        links = 2 if content is None else 1
        parts.append(entry(path.lstrip("/"), kind | mode, content or b"",
                           inode, links))
    parts.append(entry(TRAILER, 0))
    return b"".join(parts)


def host_tree(path, host):
    """Members for the host's file or directory HOST, put at PATH.

    A directory comes with all below it.  Symbolic links are followed.
    Raises OSError when something cannot be read.
    """
    if os.path.isdir(host):
        members = {path: (0o755, None)}
        for name in sorted(os.listdir(host)):
            members.update(host_tree(f"{path}/{name}",
                                     os.path.join(host, name)))
        return members
    with open(host, "rb") as file:
        executable = os.fstat(file.fileno()).st_mode & 0o111
        return {path: (0o755 if executable else 0o644, file.read())}


def members_of(specs):
    """The dictionary for archive() that a list of SPECS describes:

    /PATH=HOSTFILE for a file (or a directory and all below it), /PATH/ or
    /PATH/:MODE (octal) for an empty directory, /PATH@TARGET for a symbolic
    link.
    """
    members = {}
    for spec in specs:
        path, equals, host = spec.partition("=")
        link, at, target = spec.partition("@")
        if at:
            members[link] = (0o777, target)
        elif equals:
            members.update(host_tree(path, host))
        else:
            path, _, mode = path.partition("/:")
            members[path.rstrip("/")] = (int(mode or "755", 8), None)
    return members
