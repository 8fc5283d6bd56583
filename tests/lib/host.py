"""host.py - runs a test program on the host's Linux: the reference answer.

Layer: tests/lib   Called by: the runner of tests/user and tests/busybox

The convention: the reference of a program is what it writes (standard output
and error together) and how it ends on the host, as root in namespaces of its
own for mounts and the host's name, with a fresh tmpfs on /tmp, in "/", with
ENVIRONMENT and standard input from /dev/null.  Without root it runs in the
host's own /tmp.  The guest runs the same file in the same way, and both
answers must be equal.

SPDX-License-Identifier: MIT
"""
import functools
import os
import signal
import subprocess

ENVIRONMENT = {"PATH": "/bin:/sbin:/usr/bin:/usr/sbin", "HOME": "/"}
TIMED_OUT = 124

TOP = os.path.realpath(f"{os.path.dirname(__file__)}/../..")

# A tree that itself lies in /tmp stays in sight, by way of /mnt.
KEEP_TREE = f"""
mount --bind '{TOP}' /mnt &&
mount -t tmpfs -o mode=1777 tmpfs /tmp &&
mkdir -p '{TOP}' && mount --bind /mnt '{TOP}' && umount /mnt && exec "$@"
"""
HIDE_TMP = 'mount -t tmpfs -o mode=1777 tmpfs /tmp && exec "$@"'

# The shell gives way to the program, so that its status is not translated.
PRIVATE_TMP = ["unshare", "--mount", "--uts", "sh", "-c",
               KEEP_TREE if TOP.startswith("/tmp/") else HIDE_TMP, "sh"]


@functools.lru_cache(maxsize=None)
def has_private_tmp():
    """True if this process may make a mount namespace with its own /tmp."""
    if os.geteuid() != 0:
        return False
    done = subprocess.run(PRIVATE_TMP + ["true"], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)
    return done.returncode == 0


def host_run(argv, timeout=60):
    """Run ARGV (its first element an absolute path); give (output, status).

    output: the bytes of standard output and standard error in their order.
    status: the exit status, 128 + n after signal n, TIMED_OUT after TIMEOUT
    seconds.  Whatever the program left running in its session is killed.
    """
    command = (PRIVATE_TMP if has_private_tmp() else []) + list(argv)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             env=ENVIRONMENT, cwd="/", start_new_session=True)
    try:
        output = child.communicate(timeout=timeout)[0]
        status = child.returncode
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output = child.communicate()[0]
        status = TIMED_OUT
    return output, status if status >= 0 else 128 - status
