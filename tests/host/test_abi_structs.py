"""test_abi_structs.py - every structure in kernel/include/abi is laid out as
Linux's own.

One line a structure: our header and structure, the host's header and structure,
and members whose offsets and sizes must agree ("ours=theirs" if the names
differ).  Two programs print them; the outputs must be equal.

SPDX-License-Identifier: MIT
"""

import re
import subprocess

import pytest

from conftest import TOP

STRUCTS = """
stat abi_stat <asm/stat.h> struct stat: st_dev st_ino st_nlink st_mode
    st_uid st_gid st_rdev st_size st_blksize st_blocks
    st_atim.tv_sec=st_atime st_mtim.tv_nsec=st_mtime_nsec
    st_ctim.tv_sec=st_ctime
stat abi_statx <linux/stat.h> struct statx: stx_mask stx_blksize
    stx_attributes stx_nlink stx_uid stx_mode stx_ino stx_size stx_blocks
    stx_attributes_mask stx_atime stx_btime stx_mtime stx_ctime
    stx_rdev_major stx_dev_minor
statfs abi_statfs <asm/statfs.h> struct statfs: f_blocks f_fsid f_namelen
    f_flags
dirent abi_dirent64 <dirent.h> struct dirent64: d_off d_reclen d_type d_name
fcntl abi_flock <linux/fcntl.h> struct flock: l_start l_len l_pid
uio abi_iovec <linux/uio.h> struct iovec: iov_len
poll abi_pollfd <asm/poll.h> struct pollfd: revents
termios abi_termios <asm/termbits.h> struct termios: c_cc
termios abi_winsize <asm/termios.h> struct winsize: ws_col
time abi_timespec <linux/time.h> struct timespec: tv_nsec
time abi_timeval <linux/time.h> struct timeval: tv_usec
time abi_timezone <linux/time.h> struct timezone:
time abi_itimerval <linux/time.h> struct itimerval: it_value
time abi_itimerspec <time.h> struct itimerspec: it_value
time abi_tms <linux/times.h> struct tms: tms_cutime
time abi_utimbuf <linux/utime.h> struct utimbuf:
resource abi_rlimit <linux/resource.h> struct rlimit:
resource abi_rusage <linux/resource.h> struct rusage: ru_stime ru_maxrss
    ru_minflt ru_nivcsw
sched abi_sched_param <sched.h> struct sched_param:
signal abi_sigaction <asm/signal.h> struct sigaction: flags=sa_flags
    restorer=sa_restorer mask=sa_mask
signal abi_stack <signal.h> stack_t: ss_flags ss_size
signal abi_siginfo <signal.h> siginfo_t: si_code si_pid si_uid si_value
    si_status si_utime si_stime si_addr si_timerid si_overrun
signal abi_sigcontext <asm/sigcontext.h> struct sigcontext: r8 rdi rsp rip
    rflags=eflags cs err trapno oldmask cr2 fpstate
futex abi_robust_list_head <linux/futex.h> struct robust_list_head:
    futex_offset
utsname abi_utsname <linux/utsname.h> struct new_utsname: machine
sysinfo abi_sysinfo <linux/sysinfo.h> struct sysinfo: loads totalram procs
    mem_unit
elf abi_elf64_ehdr <elf.h> Elf64_Ehdr: e_phoff e_phnum e_shstrndx
elf abi_elf64_phdr <elf.h> Elf64_Phdr: p_filesz p_align
elf abi_elf64_shdr <elf.h> Elf64_Shdr: sh_link
elf abi_elf64_sym <elf.h> Elf64_Sym: st_value
poll abi_fd_set <sys/select.h> fd_set:
signal abi_ucontext <sys/ucontext.h> ucontext_t: uc_stack uc_mcontext
    uc_sigmask
"""
ROWS = [line.strip() for line in
        re.sub(r"\n +", " ", STRUCTS).strip().split("\n")]


def show(tmp_path, name, header, struct, members):
    """What a program prints about STRUCT."""
    lines = ["#include <stddef.h>", f"#include <{header}>",
             "#include <stdio.h>", "int main(void) {",
             f'printf("%zu\\n", sizeof({struct}));']
    for member in members:
        size = f"sizeof((({struct} *)0)->{member})"
        if member in ("d_name", "uc_sigmask"):
            size = "(size_t)0"  # Only its place is fixed.
        lines.append(f'printf("{members.index(member)} %zu %zu\\n", '
                     f'offsetof({struct}, {member}), {size});')
    source = tmp_path / f"{name}.c"
    source.write_text("\n".join(lines) + "\n}\n")
    subprocess.run(["gcc", "-w", "-D_GNU_SOURCE", f"-I{TOP}/kernel/include",
                    "-o", tmp_path / name, source], check=True)
    return subprocess.run([tmp_path / name], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split()[1])
def test_struct(row, tmp_path):
    header, ours, their_header, theirs, members = re.match(
        r"(\w+) (\w+) <([\w/.]+)> ([\w ]+): ?(.*)", row).groups()
    pairs = [m.split("=") if "=" in m else (m, m) for m in members.split()]
    mine = show(tmp_path, "ours", f"abi/{header}.h", f"struct {ours}",
                [p[0] for p in pairs])
    hosts = show(tmp_path, "host", their_header, theirs,
                 [p[1] for p in pairs])
    if ours in ("abi_dirent64", "abi_ucontext"):
        # Theirs has room for a name, or for libc's larger signal set.
        mine, hosts = (t.split("\n", 1)[1] for t in (mine, hosts))
    assert mine == hosts
