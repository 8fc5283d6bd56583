"""test_gdb.py - real GDB with our commands, attached to real machines.

What a command says is compared with what somebody else says: BusyBox inside
the machine, QEMU's monitor, or the kernel itself.

SPDX-License-Identifier: MIT
"""

import os
import re
import subprocess
import time

import pytest

from conftest import BUILD, TOP

KERNEL = f"{BUILD}/kernel/nestling.elf"
MARK = "@@@"


class Session:
    """A machine, and GDB that did some commands on it.

    output: of the command; status: of tools/run; log: the kernel's;
    said: {GDB command: what it printed}, of the last if it was given twice.
    """

    def __init__(self, folder, commands, run, seconds=60):
        socket, log = f"{folder}/gdb", f"{folder}/log"
        with subprocess.Popen(
                [f"{TOP}/tools/run", "--build", BUILD, "--gdb-socket", socket,
                 "--log", log, "--timeout", str(seconds), *run],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL) as machine:
            try:
                self.said = self._gdb(commands, socket, machine, seconds)
                self.output = machine.communicate(timeout=seconds)[0].decode()
            finally:
                machine.kill()
        self.status = machine.returncode
        with open(log, encoding="utf-8", errors="replace") as file:
            self.log = file.read()

    def _gdb(self, commands, socket, machine, seconds):
        """Run GDB; {command: what it printed}."""
        while not os.path.exists(socket):
            assert machine.poll() is None, "tools/run has ended"
            time.sleep(0.02)
        words = []
        for number, command in enumerate(commands):
            words += ["-ex", f"echo {MARK}{number}\\n", "-ex", command]
        done = subprocess.run(
            ["gdb", "-q", "-nx", "-batch", "-ex", "set width 0",
             "-x", f"{TOP}/tools/gdb/nestling.py",
             "-ex", f"target remote {socket}", *words, KERNEL],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.STDOUT, timeout=seconds, check=False)
        self.text = done.stdout
        assert not re.search("Python Exception|do not fit|Traceback",
                             done.stdout), done.stdout
        parts = re.split(rf"^{MARK}(\d+)\n", done.stdout, flags=re.M)[1:]
        return {commands[int(number)]: said
                for number, said in zip(parts[::2], parts[1::2])}

    def __getitem__(self, command):
        return self.said[command]


# ---- A running machine ------------------------------------------------------

# All of it is printed before GDB stops the machine in the last command.
SCRIPT = """exec 5>>/tmp/file; echo 12345 >&5
busybox ps -o pid,ppid,stat,comm; echo @; cat /proc/$$/maps; echo @
busybox ls -l /proc/$$/fd; echo @; busybox sleep 1; exit 0"""
ADDRESSES = ["kernel_main", "&bootinfo", "page_array", "$rsp",
             "0x401000", "0x40000000", "0x123456789000"]
RUNNING = ["break sys_clock_nanosleep", "continue", "kern ps",
           "kern areas 3", "kern files 3", "kern bt", "kern bt 1",
           "kern bt 3", "kern bt cpu1", "kern bt 99", "kern frames",
           "print page_free_count()", "kern log 0", "kern log 2",
           "kern locks", "kern help", "kern nonsense", "info threads",
           "monitor cpu 0", "kern pt 0x400000 3", "kern pt 0x400000 77",
           "kern pt", "kern areas", "kern files 77", "bt",
           "monitor info mem"]
# The entries of a walk, as QEMU's monitor reads them.
XP = 'python import re; [gdb.execute("monitor xp/1gx " + where) for where ' \
    'in re.findall("[0-9] at (0x[0-9a-f]+): ", ' \
    'gdb.execute("kern pt {}", False, True))]'
for _address in ADDRESSES:
    RUNNING += [f"kern pt {_address}", f"print/x (long) {_address}",
                XP.format(_address),
                f"monitor gva2gpa (unsigned long) {_address}"]


@pytest.fixture(scope="module", name="running")
def make_running(tmp_path_factory):
    """A machine stopped where its third process begins to sleep."""
    commands = []
    for command in RUNNING:             # the monitor knows no expressions
        if command.startswith("monitor gva2gpa"):
            expression = command.removeprefix("monitor gva2gpa ")
            command = f'eval "monitor gva2gpa 0x%lx", {expression}'
        commands.append(command)
    session = Session(tmp_path_factory.mktemp("gdb"), commands,
                      ["--", "/bin/busybox", "sh", "-c", SCRIPT])
    assert session.status == 0, session.text
    session.parts = session.output.split("@\n")
    return session


def test_ps_lists_what_busybox_ps_lists(running):
    columns = [line.split() for line in running["kern ps"].splitlines()]
    ours = {(words[0], words[2], words[6]) for words in columns[1:]
            if words[0] != "-"}
    theirs = {(words[0], words[1], words[3]) for words in
              (line.split() for line in running.parts[0].splitlines()[1:])}
    # The ps itself has ended; the sleep has begun.
    last = max(theirs, key=lambda row: int(row[0]))
    assert theirs - {last} == {row for row in ours if int(row[0]) <= 3}
    assert [words[3] for words in columns[1:4]] == \
        ["sleeping", "sleeping", "sleeping"]
    assert len(ours) == 4
    assert columns[-1][3:7:3] == ["idle", "idle0"]


def test_areas_are_those_of_proc_maps(running):
    ours = [(int(words[0], 16), int(words[1], 16), words[4],
             int(words[5], 16), " ".join(words[6:])) for words in
            (line.split() for line in
             running["kern areas 3"].splitlines()[1:-1])]
    theirs = []
    for line in running.parts[1].splitlines():
        bounds, rights, offset, _, _, *name = line.split()
        start, end = bounds.split("-")
        theirs.append((int(start, 16), int(end, 16), rights, int(offset, 16),
                       " ".join(name)))
    assert ours == theirs


def test_resident_pages_add_up(running):
    *rows, last = running["kern areas 3"].splitlines()[1:]
    resident = sum(int(row.split()[3].replace(",", "")) for row in rows)
    assert f"{resident:,} KiB resident" in last


def test_files_are_those_of_proc_fd(running):
    lines = running["kern files 3"].splitlines()
    head = next(i for i, line in enumerate(lines) if "POSITION" in line)
    ours = {line.split()[0]: line.split()[-1] for line in lines[head + 1:]}
    theirs = dict(re.findall(r"(\d+) -> (\S+)$", running.parts[2], re.M))
    assert ours == theirs
    assert lines[0] == "cwd  /" and lines[2] == "exe  /bin/busybox"
    [appended] = [line.split() for line in lines if line.endswith("/tmp/file")]
    assert appended[2:6] == ["file", "w", "append", "6"]


def entries(said):
    """[(level, entry)] of kern pt's lines."""
    return [(int(level), int(entry, 16)) for level, entry in
            re.findall(r"^level (\d).*: (0x[0-9a-f]{16}) ", said, re.M)]


@pytest.mark.parametrize("address", ADDRESSES)
def test_pt_translates_as_qemu_does(running, address):
    said = running[f"kern pt {address}"]
    qemu = running['eval "monitor gva2gpa 0x%lx", '
                   f'(unsigned long) {address}']
    ours = re.search(r"physical (0x[0-9a-f]+)", said)
    if "Unmapped" in qemu:
        assert ours is None and "not present" in said
    else:
        assert int(ours[1], 16) == int(qemu.split("gpa: ")[1], 16)


@pytest.mark.parametrize("address", ADDRESSES)
def test_pt_shows_the_entries_that_qemu_reads(running, address):
    qemu = re.findall(r": (0x[0-9a-f]{16})", running[XP.format(address)])
    ours = [entry for _, entry in entries(running[f"kern pt {address}"])]
    assert ours == [int(entry, 16) for entry in qemu] and len(ours) >= 1


@pytest.mark.parametrize("address", ["kernel_main", "&bootinfo",
                                     "page_array", "$rsp", "0x401000"])
def test_pt_tells_the_rights_that_qemu_tells(running, address):
    va = int(running[f"print/x (long) {address}"].split("= ")[1], 16)
    [rights] = [line.split()[2] for line in
                running["monitor info mem"].replace("\r", "").splitlines()
                if "-" in line and int(line[:16], 16) <= va <
                int(line[17:33], 16)]
    said = running[f"kern pt {address}"].splitlines()[-1]
    assert (rights[0] == "u") == said.startswith("user and kernel")
    assert (rights[2] == "w") == ("write" in said)


def test_pt_tells_flags_in_words(running):
    for address, words in (
            ("kernel_main", "read-only, kernel, accessed, global"),
            ("&bootinfo", "writable, kernel, no-execute, accessed, dirty, "
             "global"), ("0x401000", "read-only, user, accessed")):
        assert running[f"kern pt {address}"].splitlines()[-2].endswith(
            f": {words}")
    assert "page of 2 MiB at" in running["kern pt page_array"]


def test_pt_of_another_process_and_mistakes(running):
    assert "tables of process 3" in running["kern pt 0x400000 3"]
    assert "user and kernel: read" in running["kern pt 0x400000 3"]
    assert running["kern pt 0x400000 77"] == \
        "kern: there is no process 77: kern ps lists them\n"
    assert "an address is missing" in running["kern pt"]
    assert "a process is missing" in running["kern areas"]
    assert "no process 77" in running["kern files 77"]
    assert "no thread 99" in running["kern bt 99"]
    assert "there is no CPU 1" in running["kern bt cpu1"]


def test_bt_of_this_cpu_comes_from_the_system_call(running):
    said = running["kern bt"]
    assert re.search(r"CPU 0 runs busybox \(\d+\)\n#0  sys_clock_nanosleep",
                     said)
    assert "dispatch (frame=" in said and "<entry into the kernel>" in said
    assert running["bt"].startswith("#0  sys_clock_nanosleep")


def test_bt_of_sleepers_shows_where_they_sleep(running):
    assert "waits for wait" in running["kern bt 3"]
    frames = re.findall(r"^#(\d+) .*?(\w+) \(", running["kern bt 3"], re.M)
    assert [int(number) for number, _ in frames] == list(range(len(frames)))
    names = [name for _, name in frames]
    assert "proc_wait" in names and names[-1] == "dispatch"
    assert re.search(r"^from user mode at 0x[45]", running["kern bt 3"], re.M)
    assert "poll" in running["kern bt 1"]


def test_frames_add_up_to_what_the_kernel_counts(running):
    said = running["kern frames"].replace(",", "")
    free = int(running["print page_free_count()"].split("= ")[1])
    head = re.search(r"^(\d+) KiB of RAM .* (\d+) KiB are free", said)
    assert int(head[2]) == 4 * free
    blocks = sum(int(kib) for kib in re.findall(
        r"^ +\d+ +\d+ +\d+ +(\d+)$", said, re.M))
    hands = sum(int(n) for n in re.findall(r"(?:CPU \d|depot): (\d+)",
                                           said.replace("\n", " ")))
    assert blocks // 4 + hands == free
    states = dict(re.findall(r"^ +(PAGE_\w+) +(\d+)", said, re.M))
    assert sum(map(int, states.values())) * 4 >= int(head[1])
    assert "damaged" not in said


def test_log_is_what_the_console_showed(running):
    ours = [line.split(": ", 1)[1]
            for line in running["kern log 0"].splitlines()
            if "] debug " not in line]
    theirs = [line.split("] ", 1)[1] for line in running.log.splitlines()
              if line.startswith("[")]
    assert ours == theirs[:len(ours)] and len(ours) > 5
    assert running["kern log 2"] == \
        "\n".join(running["kern log 0"].splitlines()[-2:]) + "\n"


def test_help_lists_every_command(running):
    listed = set(re.findall(r"^kern (\w+)", running["kern help"], re.M))
    assert listed == {"ps", "bt", "pt", "areas", "frames", "files", "locks",
                      "log", "help"}
    assert "nonsense" in running["kern nonsense"]
    assert running["kern locks"] == "No lock is held.\n"


def test_make_gdb_without_a_machine_says_what_is_missing(tmp_path):
    done = subprocess.run(["make", "-s", "-C", TOP, f"BUILD={tmp_path}",
                           "gdb"], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=False)
    assert done.returncode != 0
    assert "First, in another terminal: make qemu-gdb\n" in done.stdout


def test_welcome_is_two_lines(running):
    before = running.text.split("0x000000000000fff0 in")[0].splitlines()
    assert len(before) == 2 and "kern help" in before[0]


# ---- The way there ----------------------------------------------------------

EVERYTHING = ["kern ps", "kern bt", "kern bt 1", "kern pt &bootinfo",
              "kern areas 1", "kern frames", "kern files 1", "kern locks",
              "kern log"]


@pytest.fixture(scope="module", name="booting")
def make_booting(tmp_path_factory):
    """A machine stopped at several places on its way to a program."""
    entry = "*((unsigned long) &boot_entry - 0xffffffff80000000)"
    stops = [("reset", []),
             ("entry", [f"break {entry}", "continue"]),
             ("high", ["break boot_high", "continue", "stepi"]),
             ("main", ["break kernel_main", "continue"]),
             ("mm", ["break mm_init", "continue"]),
             ("pid", ["delete", "break pid_alloc", "continue"]),
             ("program", ["delete", "break run_getpid", "continue"])]
    commands = []
    for name, way in stops:
        commands += way + ["info registers rip",
                           f"echo stopped: {name}\\n", *EVERYTHING]
    commands += ["info locals", "next", "print n", "print $program()",
                 "break sys_getpid", "continue", "bt", "delete"]
    session = Session(tmp_path_factory.mktemp("gdb"), commands,
                      ["--cpus", "2", "--", "/bin/bench", "getpid"])
    assert session.status == 0 and session.output.startswith("getpid\t"), \
        session.text
    parts = re.split(r"stopped: (\w+)\n", session.text)
    session.at = dict(zip(parts[1::2], parts[2::2]))
    session.before = dict(zip(parts[1::2], parts[::2]))
    return session


def test_nothing_is_claimed_before_there_is_a_kernel(booting):
    for place in ("reset", "entry"):
        assert booting.at[place].count("the kernel does not run yet") == \
            len(EVERYTHING)


def test_breakpoints_work_across_the_switch_to_long_mode(booting):
    assert re.search(r"rip +0x2[0-9a-f]{5} ", booting.before["entry"])
    assert "boot_high () at kernel/x86/boot.S" in booting.before["high"]
    assert "hit Breakpoint 3, kernel_main (info=" in booting.before["main"]
    assert "kernel/main.c:" in booting.before["main"]


def test_half_booted_kernel_is_told_as_far_as_it_is(booting):
    assert "no CPU has its struct cpu yet" in booting.at["main"]
    assert "the log is still empty" in booting.at["main"]
    assert "there is no page allocator yet" in booting.at["mm"]
    assert "Nestling on GRUB" in booting.at["mm"]
    assert "there is no thread 1" in booting.at["mm"]
    assert "boot_high () at" in booting.at["mm"]
    assert re.search(r"- +- +- running +\d +- +boot\b", booting.at["pid"])
    assert "KiB are free" in booting.at["pid"]


def test_held_spinlock_is_shown(booting):
    assert re.search(r"CPU \d holds spinlock '.*proc", booting.at["pid"])


def test_symbols_of_a_program_are_there_when_it_runs(booting):
    assert "run_getpid (n=" in booting.before["program"]
    assert "user/bench/" in booting.before["program"]
    assert "start = " in booting["info locals"]
    assert booting["print $program()"].endswith('= "/bin/bench"\n')


def test_backtrace_crosses_into_the_program(booting):
    said = booting["bt"]
    names = re.findall(r"^#\d+ +(?:0x\w+ in )?(\S+) \(", said, re.M)
    assert names[0] == "sys_getpid" and "run_getpid" in names and \
        names[-1] == "main"


# ---- Mutexes, waiters, and a panic ------------------------------------------

FORGE = [
    "set $w = (struct waiter *) &log_ring[500]",
    "set $q = &mutex->waiters.waiters",
    "set var $w->thread = &'sched.c'::idle_threads[0]",
    "set var $w->link.next = $q", "set var $w->link.prev = $q",
    "set var $q->next = &$w->link", "set var $q->prev = &$w->link",
    "kern locks",
    "set var $q->next = $q", "set var $q->prev = $q",
]


@pytest.fixture(scope="module", name="panicked")
def make_panicked(tmp_path_factory):
    """A machine whose kernel found that a mutex has lost its owner."""
    commands = ["break proc_clone", "continue", "delete",
                "set var proc_lock.holder = &cpus[1]", "break wait_and_take",
                "continue", "kern locks 1", "set var proc_lock.holder = 0",
                "delete", "break sys_clock_nanosleep", "continue", "delete",
                "break mutex_unlock", "continue", "print mutex", *FORGE,
                "set var mutex->owner = 0", "delete", "continue 1", "up",
                "kern bt", "kern bt 1", "frame", "kern log", "kern ps",
                "kern areas 1", "kern files 1", "kern frames",
                "info threads", "continue"]
    return Session(tmp_path_factory.mktemp("gdb"), commands,
                   ["--cpus", "2", "--", "/bin/busybox", "sleep", "1"])


def test_mutex_and_waiter_are_shown(panicked):
    mutex = re.search(r"0x[0-9a-f]+", panicked["print mutex"])[0]
    assert re.search(rf"busybox \(\d+\) holds mutex '\w+', rank \d+, at "
                     rf"{mutex}\n    idle0 waits for it\n",
                     panicked["kern locks"])


def test_spinning_cpu_is_shown(panicked):
    assert re.search(r"^CPU \d spins for 'proc', which CPU 1 holds$",
                     panicked["kern locks 1"], re.M)


def test_selected_frame_is_kept(panicked):
    assert panicked["up"].startswith("#1 ")
    assert panicked["frame"] == panicked["up"]


def test_panicked_machine_stays_and_answers(panicked):
    assert "The kernel panicked: assertion failed: mutex_held(mutex)" in \
        panicked["continue 1"]
    names = re.findall(r"^#\d+ +(?:0x\w+ in )?(\w+) \(", panicked["kern bt"],
                       re.M)
    assert names[0] == "power_panic_exit" and "mutex_unlock" in names
    assert "KERNEL PANIC: assertion failed" in panicked["kern log"]
    assert " busybox" in panicked["kern ps"]
    assert "dispatch (" in panicked["kern bt 1"]
    assert "[stack]" in panicked["kern areas 1"]
    assert "/dev/console" in panicked["kern files 1"]
    assert "KiB are free" in panicked["kern frames"]
    assert "cpu_halt" in panicked["info threads"]


def test_panic_goes_on_to_its_exit_status(panicked):
    assert panicked.status == 126
    assert "KERNEL PANIC: assertion failed" in panicked.log


# ---- Backwards --------------------------------------------------------------

def test_replay_goes_backwards(tmp_path):
    recording = f"{tmp_path}/run"
    subprocess.run([f"{TOP}/tools/run", "--build", BUILD, "--record",
                    recording, "--", "/bin/bench", "getpid"], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60)
    commands = ["break run_getpid", "continue", "kern ps", "delete",
                "watch last_pid", "reverse-continue", "info symbol $pc",
                "print $program()", "kern bt", "kill"]
    session = Session(tmp_path, commands, ["--replay", recording], 120)
    assert "run_getpid (n=" in session["continue"]
    assert " bench" in session["kern ps"]
    assert "pid_alloc" in session["info symbol $pc"], session.text
    assert session["print $program()"].endswith('= "/sbin/agent"\n')
    assert "sys_fork" in session["kern bt"] and \
        "<entry into the kernel>" in session["kern bt"]
