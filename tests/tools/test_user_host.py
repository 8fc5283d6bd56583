"""The programs of user/ as ordinary Linux programs, judged on the host.

The small tools must print what the host's own print; the shell must do what
the host's sh does, and on a terminal what a person expects.

NESTLING_USER names the folder of the programs (default: BUILD/user/bin, which
`make user` fills if it is not there).

SPDX-License-Identifier: MIT
"""

import fcntl
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import time

import pexpect
import pytest

from conftest import BUILD, TOP

BIN = pathlib.Path(os.environ.get("NESTLING_USER", f"{BUILD}/user/bin"))
HOST_PATH = "/usr/local/bin:/usr/bin:/bin"
SECONDS = 10


@pytest.fixture(scope="session", autouse=True)
def programs():
    """The programs exist; only one of several test processes makes them."""
    with open(f"{TOP}/Makefile", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (BIN / "sh").exists():
            subprocess.run(["make", "-s", "user", f"BUILD={BUILD}"], cwd=TOP,
                           check=True)


def environment(path):
    """A small environment that is the same everywhere."""
    return {"PATH": str(path), "LC_ALL": "C", "TZ": "UTC0", "HOME": "/root",
            "COLUMNS": "80", "TERM": "linux"}


def run(argv, path=BIN, cwd=None, stdin=b""):
    """Run a program found by PATH: (status, standard output, errors)."""
    program = shutil.which(argv[0], path=str(path))
    done = subprocess.run([program, *argv[1:]], cwd=cwd, input=stdin,
                          capture_output=True, timeout=SECONDS, check=False,
                          env=environment(path))
    return done.returncode, done.stdout, done.stderr


def ours(script, cwd=None, stdin=b"", args=()):
    """Let our shell run SCRIPT with our tools."""
    return run(["sh", "-c", script, *args], BIN, cwd, stdin)


# --- The small tools against the host's ---------------------------------

POEM = b"""The owl and the pussy-cat went to sea
In a beautiful pea-green boat,

They took some honey, and plenty of money,
Wrapped up in a five-pound note.
The owl\tlooked up to the stars above,
"""

NUMBERS = b"10\n9\n-3\n9\n100\n\n2.5\n9 x\n"
TABLE = b"b:2:x\na:10:y\nc:1:z\na:3:w\nnone\n"


@pytest.fixture
def tree(tmp_path):
    """A folder with some of everything."""
    (tmp_path / "poem").write_bytes(POEM)
    (tmp_path / "numbers").write_bytes(NUMBERS)
    (tmp_path / "table").write_bytes(TABLE)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "unended").write_bytes(b"one\ntwo")
    (tmp_path / "bytes").write_bytes(bytes(range(256)) + bytes(100))
    (tmp_path / ".hidden").write_bytes(b"h\n")
    (tmp_path / "dir/deep").mkdir(parents=True)
    (tmp_path / "dir/file").write_bytes(b"f\n")
    (tmp_path / "dir/deep/file2").write_bytes(b"g\n")
    (tmp_path / "link").symlink_to("poem")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.link(tmp_path / "poem", tmp_path / "hard")
    return tmp_path


SAME_AS_HOST = [
    "cat poem unended empty", "cat - poem", "cat nothing poem", "cat",
    "echo a  b c", "echo -n a", "echo",
    "true", "false", "pwd",
    "ls", "ls -a", "ls -1R", "ls -i poem", "ls -d dir", "ls dir poem",
    "ls nothing poem", "ls -R dir poem", "ls -n numbers", "ls -ld dir",
    "wc poem", "wc poem numbers", "wc -l poem", "wc -lw poem table", "wc -c",
    "wc", "wc empty", "wc nothing poem", "wc -l unended",
    "grep owl poem", "grep -n o poem", "grep -c o poem numbers",
    "grep -i OWL poem", "grep -v o poem", "grep -q owl poem",
    "grep -l owl poem table", "grep zebra poem", "grep a nothing",
    "grep -E (owl|boat) poem", "grep -h a poem table", "grep -H owl poem",
    "grep x", "grep ^$ poem", "grep -cv o poem",
    "head -n 2 poem", "head -2 poem", "head poem", "head -c 7 poem",
    "head -n 1 poem table", "head -n 0 poem", "head nothing",
    "tail -n 2 poem", "tail -1 unended", "tail -n +3 poem", "tail poem",
    "tail -n 1 poem table", "tail -n 0 poem", "tail empty",
    "sort poem", "sort -n numbers", "sort -r table", "sort -u numbers",
    "sort -t : -k 2 table", "sort -nr numbers", "sort unended poem",
    "uniq numbers", "uniq -c unended", "uniq -d", "uniq -u", "uniq -c",
    "tee",
    "env -i A=1 B=2", "env -i nosuchprogram", "id -u", "id -g", "id -un",
    "uname", "uname -s", "uname -n", "uname -snrvm", "uname -m",
    "date -u +%Y-%m-%d", "date +plain",
    "hexdump -C bytes", "hexdump -C empty", "hexdump -C -n 20 poem",
    "hexdump -C -s 5 unended",
    "find", "find dir", "find . -name *e*", "find . -type d",
    "find dir -name file -type f", "find . -maxdepth 1 -type l",
    "find nothing",
    "seq 3", "seq 2 5", "seq 5 -2 0", "seq 3 1",
    "test", "test a", "test -n", "test -z", "test 1 -lt 2", "test 2 -lt 1",
    "test a = a", "test a != a", "test -e poem", "test -f dir",
    "test -d dir", "test -L link", "test -s empty", "test ! -e nothing",
    "test ( a = b ) -o c = c", "test a -a b", "test -x dir", "test 3 -ge 3",
    "test poem -ef hard", "test -e dangling", "test ! a", "test -r poem",
    "which nosuchprogram", "nice", "nice -n 3 nice",
    "sync",
]


@pytest.mark.parametrize("command", SAME_AS_HOST)
def test_tool_prints_what_the_hosts_prints(tree, command):
    """Standard output and whether it succeeded are equal."""
    argv = command.split(" ")
    stdin = b"x\nx\nabc xx aa\ny\n"
    # "ls" with the inode and the time of the same files: run in one tree.
    mine = run(argv, BIN, tree, stdin)
    host = run(argv, HOST_PATH, tree, stdin)
    if argv[0] in ("find", "ls") and "-n" not in argv and "-ld" not in argv:
        assert sorted(mine[1].split()) == sorted(host[1].split())
    elif argv[0] == "ls":
        assert mine[1].split() == host[1].split()
    else:
        assert mine[1] == host[1]
    if argv[0] == "grep":
        assert mine[0] == host[0]
    assert (mine[0] == 0) == (host[0] == 0)
    assert bool(mine[2]) == bool(host[2]), (mine[2], host[2])


# Commands that change a tree; then the whole tree must look the same.
SAME_CHANGE = [
    "mkdir new; mkdir -p x/y/z dir; rmdir dir/deep; rmdir new; mkdir dir",
    "rm poem; rm nothing; rm -f nothing; rm dir; rm -r dir; rm -rf .hidden",
    "rm link; rm -f",
    "cp poem copy; cp poem table dir; cp dir other; cp poem poem; cp link c",
    "cp -r dir other; cp -r dir other; cp -r link dangling dir; cp a b c",
    "chmod 755 poem; cp poem exec; cp nothing dir; cp poem nodir/x",
    "mv poem ode; mv table numbers dir; mv dir moved; mv nothing x; mv a b c",
    "mv dir/ moved; mv poem moved/; mv moved/deep .",
    "ln poem second; ln -s poem soft; ln -s poem soft; ln -sf table soft",
    "ln nothing x; ln -s ../poem dir; ln poem table dir; ln -s dir/file",
    "chmod 600 poem; chmod u+x,go=r table; chmod a-w numbers; chmod +x empty",
    "chmod 1777 dir; chmod g+s dir; chmod =r unended; chmod 644 nothing",
    "touch fresh; touch poem; touch -c nothing; touch nodir/x; touch a b",
    "touch -c x",
]


def snapshot(folder):
    """Names, kinds, modes, link counts, targets and contents of a tree."""
    seen = {}
    for path in sorted(folder.rglob("*")):
        info = path.lstat()
        content = None
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = path.read_bytes()
        links = 0 if path.is_dir() else info.st_nlink
        seen[str(path.relative_to(folder))] = (info.st_mode, links, content)
    return seen


@pytest.mark.parametrize("script", SAME_CHANGE)
def test_tool_changes_what_the_hosts_changes(tree, tmp_path_factory, script):
    """The same commands on two equal trees leave equal trees."""
    other = tmp_path_factory.mktemp("host") / "tree"
    subprocess.run(["cp", "-a", tree, other], check=True)
    for command in script.split("; "):
        argv = command.split(" ")
        mine = run(argv, BIN, tree)
        host = run(argv, HOST_PATH, other)
        assert (mine[0] == 0) == (host[0] == 0), command
        assert bool(mine[2]) == bool(host[2]), command
    assert snapshot(tree) == snapshot(other)


@pytest.mark.parametrize("command", [
    "cat -x", "ls -x", "mkdir", "rm -x", "rm", "cp a", "mv a", "grep", "wc -x",
    "sleep", "sleep x", "sleep -1", "head -n x", "tail -n x", "seq", "seq x",
    "sort -x", "kill", "kill -NOSUCH 1", "chmod 644",
    "mount a", "umount", "uname -x", "date x y", "time", "taskset", "nice -x",
    "sh -y", "test a b", "test 1 -eq x", "test ( a", "ln", "touch", "stat",
    "which", "find -x", "uniq -x", "env -x", "rmdir", "chmod u*x a",
])
def test_wrong_usage_is_said_and_is_status_2(command, tmp_path):
    """Usage errors: a message on standard error only, status 2."""
    status, out, errors = run(command.split(" "), BIN, tmp_path)
    assert status == 2
    assert out == b""
    assert errors != b""


@pytest.mark.parametrize("command", [
    "cat poem", "echo x", "ls", "wc poem", "grep o poem", "head poem", "seq 3",
    "sort poem", "yes", "hexdump poem", "ps", "uname", "find",
    "env", "tail poem", "uniq poem", "tee", "pwd",
])
def test_full_device_is_an_error(tree, command):
    """What cannot be written is not silently lost."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([BIN / command.split()[0], *command.split()[1:]],
                              cwd=tree, stdout=full, stderr=subprocess.PIPE,
                              input=b"abc\n", timeout=SECONDS, check=False,
                              env=environment(BIN))
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr


def test_kill_lists_and_sends_signals():
    """Names, numbers, and what a signal does."""
    assert run(["kill", "-l", "9"])[1] == b"KILL\n"
    assert run(["kill", "-l", "143"])[1] == b"TERM\n"
    assert b"SIGSTOP" in run(["kill", "-l"])[1]
    for option, signal in (["-9"], 9), (["-s", "INT"], 2), (["-SIGHUP"], 1), \
            ([], 15):
        victim = subprocess.Popen([BIN / "sleep", "100"])
        assert run(["kill", *option, str(victim.pid)])[0] == 0
        assert victim.wait(SECONDS) == -signal


def test_ps_shows_a_process():
    """A line with pid, parent, state and command line."""
    with subprocess.Popen([BIN / "sleep", "100"]) as child:
        out = run(["ps"])[1].decode()
        child.kill()
    line = [row for row in out.splitlines() if row.split()[0] == str(child.pid)]
    assert len(line) == 1
    assert line[0].split()[1] == str(os.getpid())
    assert line[0].endswith(f"{BIN}/sleep 100")


def test_free_mount_uptime_df_read_proc():
    """The numbers are the kernel's."""
    total = re.search(r"MemTotal:\s+(\d+)", pathlib.Path(
        "/proc/meminfo").read_text(encoding="utf-8")).group(1)
    assert run(["free"])[1].decode().split()[7] == total
    # In a chroot "/" may be no mount point; /proc is one everywhere.
    root = "/" if os.path.ismount("/") and " / " in pathlib.Path(
        "/proc/self/mounts").read_text(encoding="utf-8") else "/proc"
    mounts = run(["mount"])[1].decode().splitlines()
    assert any(re.match(rf"\S+ on {root} type \S+ \(", row)
               for row in mounts)
    assert re.match(r" \d\d:\d\d:\d\d up .*load average: \d+\.\d\d, ",
                    run(["uptime"])[1].decode())
    if root != "/":
        return
    disk = os.statvfs("/")
    rows = [row.split() for row in run(["df"])[1].decode().splitlines()]
    assert any(row[5] == "/" and int(row[1]) == disk.f_blocks * disk.f_frsize
               // 1024 for row in rows[1:])


def test_stat_shows_the_inode(tree):
    """Size, kind, inode, links and mode."""
    out = run(["stat", "poem"], cwd=tree)[1].decode()
    info = (tree / "poem").stat()
    assert f"Size: {info.st_size} " in out
    assert f"Inode: {info.st_ino} " in out
    assert "Links: 2" in out
    assert "regular file" in out
    assert f"Access: {info.st_mode & 0o7777:04o}" in out


def test_time_sleep_and_status():
    """time tells the clock's time, and passes the status on."""
    status, _, errors = run(["time", "sh", "-c", "sleep 0.2; exit 3"])
    assert status == 3
    assert 0.2 <= float(re.match(rb"real (\S+)", errors).group(1)) < 5
    assert run(["time", "nosuchprogram"])[0] == 127


def test_taskset_binds_a_process():
    """A process bound to the first processor that we may use is there."""
    cpu = min(os.sched_getaffinity(0))
    status, out, _ = ours(f"taskset {cpu} sh -c 'taskset -p $$'")
    assert status == 0
    assert out.decode().endswith(f"affinity list: {cpu}\n")


def test_tee_writes_both(tmp_path):
    """Files and standard output; -a appends."""
    assert run(["tee", "a", "b"], cwd=tmp_path, stdin=b"1\n")[1] == b"1\n"
    assert run(["tee", "-a", "a"], cwd=tmp_path, stdin=b"2\n")[1] == b"2\n"
    assert (tmp_path / "a").read_bytes() == b"1\n2\n"
    assert (tmp_path / "b").read_bytes() == b"1\n"


def test_mv_crosses_file_systems(tmp_path):
    """Where rename() cannot, the tree is copied and removed."""
    shm = pathlib.Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system here")
    with tempfile.TemporaryDirectory(dir=shm) as there:
        (tmp_path / "d").mkdir()
        (tmp_path / "d/f").write_bytes(b"content")
        assert run(["mv", "d", there], cwd=tmp_path)[0] == 0
        assert (pathlib.Path(there) / "d/f").read_bytes() == b"content"
        assert not (tmp_path / "d").exists()


# --- The shell's language against the host's sh --------------------------

SAME_AS_SH = [
    "echo a b;echo c", "echo 'a  b' \"c  d\" e\\ f", "echo a#b # comment",
    "true && echo yes || echo no", "false && echo yes || echo no",
    "! true; echo $?", "! false; echo $?", "false; echo $?",
    "echo one | cat | cat", "false | true; echo $?", "true | false; echo $?",
    "X=5; echo $X ${X}y \"$X\" '$X' \\$X", "X='a  b'; echo $X; echo \"$X\"",
    "X=1 env | grep ^X=", "X=1; env | grep ^X=; export X; env | grep ^X=",
    "export Y=2; env | grep ^Y; unset Y; echo [$Y]",
    "echo ${U:-default} ${U:-\"a  b\"} \"${U:-x y}\"; U=set; echo ${U:-no}",
    "echo $(echo inner | tr a-z A-Z) end", "echo \"$(printf 'a\\n\\nb\\n\\n')\"",
    "X=$(exit 3); echo $?", "X=$(false) true; echo $?", "echo $(echo $(echo x))",
    "echo \"a $(echo \"b  c\") d\"", "X=$(echo 'a)b'); echo $X",
    "echo *.txt", "echo '*'.txt \"*\" \\*", "echo a?.txt [ab]*.txt no*such",
    "X='*.txt'; echo $X \"$X\"", "echo .* | grep -c hid", "echo d/*",
    "echo a1.txt\"*\"", "echo [!a]*", "echo ~ a~ '~' ~/x",
    "echo out >f; cat f; echo more >>f; cat <f", "cat nothing 2>err; wc -l <err",
    "sh -c 'echo o; echo e >&2' >both 2>&1; cat both",
    "echo x 2>&1 >f | cat; cat f", "echo a >f b; cat f", ">made; ls made",
    "cat <nothing || echo no", "echo x >/ || echo no", "cat <>f; echo $?",
    "echo hi 3>f >&3; cat f", "exec 3>f; echo x >&3; exec 3>&-; cat f",
    "exec >f; echo captured; exec >&2", "echo x >&-; echo $?",
    "(echo sub; exit 4); echo $?", "(cd /; pwd); pwd | grep -c /",
    "X=1; (X=2; echo $X); echo $X", "(echo a; echo b) | wc -l | tr -d ' '",
    "(echo a\necho b\n)", "(exit 3) || echo $?", "(echo x) >f; cat f",
    "echo a &&\necho b", "echo a |\ncat", "echo a\\\nb", "echo 'a\nb'",
    "echo \"a\\\nb\" \"a\\\\\" \"\\$X\" \"\\x\"",
    "nosuchprogram; echo $?", "./a1.txt; echo $?", "/; echo $?", "./no; echo $?",
    "sh -c 'kill -9 $$'; echo $?", "sh -c 'exit 300'; echo $?",
    "exit 7", "false; exit", "exit 3; echo not", "sh -c 'exit 5' ; exit $?",
    "sleep 0 & wait; echo $?", "sh -c 'exit 6' & wait $!; echo $?",
    "echo bg & wait", "exec 2>f; sleep 5 & kill $!; wait $!; echo $?",
    "cat & wait; echo $?", "false & true; wait; echo $?",
    "cd d; pwd | sed s,.*/,,; cd ..; cd nothing || echo no; cd d; cd - | wc -l",
    "cd; pwd", "umask 027; umask; >u; ls -l u | cut -c 1-10",
    "printf '%s,' a\"$@\"b", 
    "echo echo sourced >s; . ./s", "echo 'X=1; exit 3' >s; . ./s; echo not",
    ": ignored; echo $?", "exec echo replaced; echo not", "exec nosuch; echo no",
    "echo $X$Y.\"\".''; printf '[%s]' '' \"\" $X \"$X\"",
    "echo a;; echo b", "echo a | | b", "(echo a", "echo 'open", "&& a", "a &&",
    "echo )", "echo \"x $(echo a", "echo >", "echo a & & b", "echo ok\necho (",
    "echo 2>f 1; cat f; echo a2>f; cat f", "echo a>f; cat f", "echo $",
    "echo 'echo script $1 $#' >s; sh s p q", "echo 'exit 9' >s; sh s; echo $?",
    "sh nothing || echo no", "cat a1.txt - <d/x | tr -d '\\n'",
    "printf 'echo noheader $1' >s; chmod +x s; ./s arg",
    "printf '#!/bin/sh\\necho header' >s; chmod +x s; ./s",
    "echo \"$$\" | grep -c '^[0-9][0-9]*$'; sh -c '(echo $$) | grep -c $$'",
    "echo a > f ; X=f ; cat $X < /dev/null ; cat < $X",
    "yes | head -n 1", "X=a; Y=$X$X Z=$Y; echo $Y $Z", "echo -n x; echo y",
    "kill -l 15", "true & X=$!; wait $X; echo $?", "echo \\# '#' a\\#",
    "echo {a,b} } {", "X=~; echo $X", "echo \"~\"", "PATH=/none; nosuch; exit $?",
]


@pytest.mark.parametrize("script", SAME_AS_SH)
def test_shell_does_what_sh_does(tmp_path_factory, script):
    """Output, status, and whether there was a message, as of the host's."""
    results = []
    for path in BIN, HOST_PATH:
        folder = tmp_path_factory.mktemp("sh") / "same"
        (folder / "d").mkdir(parents=True)
        for name in "a1.txt", "a2.txt", "b1.txt", ".hid", "d/x", "d/y z":
            (folder / name).write_bytes(b"text\n")
        # The tools are the host's in both: only the shell is judged.
        tools = f"{folder}/bin:{HOST_PATH}"
        (folder / "bin").mkdir()
        (folder / "bin/sh").symlink_to(shutil.which("sh", path=str(path)))
        done = subprocess.run(
            [folder / "bin/sh", "-c", script, "name", "p1", "p  2"],
            cwd=folder, capture_output=True, stdin=subprocess.DEVNULL,
            timeout=SECONDS, check=False, env=environment(tools))
        results.append(done)
    mine, host = results
    folder = str(tmp_path_factory.getbasetemp()).encode()
    assert re.sub(folder + rb"/sh\d+", b"", mine.stdout) == \
        re.sub(folder + rb"/sh\d+", b"", host.stdout)
    assert mine.returncode == host.returncode
    assert bool(mine.stderr) == bool(host.stderr), (mine.stderr, host.stderr)


@pytest.mark.parametrize("script, line, word", [
    ("echo a | | b", 1, "|"), ("true\n\necho )", 3, ")"),
    ("echo 'x\ny", 2, "quotes"), ("for i in 1; do", 1, "for"),
    ("true\ncat <<E\nE", 2, "here-document"), ("echo `id`", 1, "$(...)"),
    ("\t)", 1, ")"), ("(true", 1, "end"), ("true &&", 1, "end"), ("echo >\n", 1, "line"),
])
def test_syntax_error_names_line_and_reason(script, line, word):
    """sh: line N: ..., status 2, nothing of the line is run."""
    status, out, errors = ours(script)
    assert status == 2
    assert out == b""
    assert errors.decode().startswith(f"sh: line {line}: ")
    assert word in errors.decode()


@pytest.mark.parametrize("script", ["echo $((1+2))", "echo ${X#a}", "echo ${}"])
def test_missing_expansion_announces_itself(script):
    """What we do not have is an error, not a wrong answer."""
    status, out, errors = ours(script)
    assert status == 1
    assert out == b""
    assert b"not supported" in errors


PIECES = ["a", "echo", "true", "false", "$X", "${X}", "${X:-", "}", "$(", "(",
          ")", "|", "||", "&&", "&", ";", "\n", " ", " ", " ", " ", "'", '"',
          "\\", "<", ">", ">>", "2>", "&1", "*", "[", "]", "?", "~", "X=", "=",
          "#", "!", "$?", "$@", '"$@"', "$1", "cd", "exit", "export", "unset",
          "wait", "jobs", "fg", "bg", "$", "${", "-", "1", "<&", "`", "{", "."]


@pytest.mark.parametrize("seed", range(4))
def test_random_scripts_do_not_crash_the_shell(tmp_path, seed):
    """Whatever is written, the shell ends by itself."""
    generator = random.Random(seed)
    for _ in range(50):
        script = "".join(generator.choice(PIECES)
                         for _ in range(generator.randrange(1, 25)))
        done = subprocess.run([BIN / "sh", "-c", script, "name", "p q"],
                              env={"PATH": "/nonexistent"}, cwd=tmp_path,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=SECONDS, check=False)
        assert done.returncode >= 0, script


def test_script_on_standard_input_shares_it():
    """The shell reads not a byte further than the line that it runs."""
    status, out, _ = run(["sh"], stdin=b"echo a\nhead -n 1\nnot a command\ncat"
                         b"\nrest\n")
    assert (status, out[:16]) == (0, b"a\nnot a command\n"[:16])
    status, out, _ = run(["sh"], stdin=b"echo a\ncat\nnot a command\n")
    assert (status, out) == (0, b"a\nnot a command\n")


def test_many_pipes_and_much_data():
    """A long pipeline moves a megabyte and leaks no descriptor."""
    status, out, _ = ours("yes 0123456789abcde | head -n 65536 | cat | cat | "
                          "cat | cat | wc -c; ls /proc/self/fd | wc -l")
    assert status == 0
    assert out == b"1048576\n4\n"


# --- The shell on a terminal ---------------------------------------------

PROMPT = r"\r\S+:\S+[#$] \x1b\[K"


class Terminal:
    """Our shell under a pseudo-terminal, or whatever ARGV ends up as."""

    def __init__(self, folder, argv=(str(BIN / "sh"),), env=None):
        self.shell = pexpect.spawn(argv[0], list(argv[1:]), cwd=str(folder),
                                   env=env or environment(BIN),
                                   timeout=SECONDS, encoding="utf-8",
                                   dimensions=(24, 80))
        self.shell.delaybeforesend = None
        self.prompt()

    def prompt(self):
        """Wait for the prompt; what came before it."""
        self.shell.expect(PROMPT)
        return self.shell.before

    def send(self, text):
        """Type TEXT."""
        self.shell.send(text)

    def run(self, line):
        """Type a command line; what it prints."""
        self.send(line + "\r")
        self.shell.expect("\n")
        return re.sub(r"\r+\n", "\n", self.prompt())

    def start(self, line, pattern):
        """Type a command line that goes on, and wait for its PATTERN."""
        self.send(line + "\r")
        self.shell.expect(pattern)

    def told(self, line, pattern):
        """Type LINE; at its prompt or a later one the shell tells PATTERN."""
        out = self.run(line)
        if not re.search(pattern, out):
            self.eventually("echo -n", pattern)
        return out

    def eventually(self, line, pattern):
        """Repeat a command until it prints PATTERN."""
        end = time.monotonic() + SECONDS
        while True:
            out = self.run(line)
            if re.search(pattern, out):
                return out
            assert time.monotonic() < end, f"{line}: {out!r}, not {pattern}"
            time.sleep(0.02)


@pytest.fixture
def term(tmp_path):
    """A shell that waits at its prompt."""
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.shell.close(force=True)


# A program that says when it runs, so that a test need not sleep.
READY = "sh -c 'echo re''ady; exec sleep 100'"


def test_prompt_and_status(term, tmp_path):
    """The prompt shows the directory; $? is the last status."""
    assert term.run("echo hello") == "hello\n"
    assert term.run("false") == ""
    assert term.run("echo $?") == "1\n"
    (tmp_path / "sub").mkdir()
    term.send("cd sub\r")
    term.shell.expect(r"/sub[#$] ")


def test_ctrl_c_ends_the_foreground_job(term):
    """And the rest of its line, but not the shell."""
    term.start(f"{READY}; echo never", "ready")
    term.send("\x03")
    assert "never" not in term.prompt()
    assert term.run("echo $?") == "130\n"


def test_ctrl_z_fg_bg(term):
    """Stop, list, continue behind, bring back, end."""
    term.start(READY, "ready")
    term.send("\x1a")
    assert re.search(r"\[1\]\+ Stopped +sh -c", term.prompt())
    assert term.run("echo $?") == "148\n"
    assert re.search(r"\[1\]\+ Stopped", term.run("jobs"))
    assert "[1]" in term.run("bg")
    term.eventually("jobs", r"\[1\]\+ Running")
    term.start("fg", "exec sleep 100'")
    term.send("\x1a")
    assert "Stopped" in term.prompt()
    term.start("fg %1", "exec sleep 100'")
    term.send("\x03")
    term.prompt()
    assert term.run("jobs") == ""


def test_pipeline_is_stopped_as_a_whole(term):
    """All processes of a job are in its group."""
    # What cat prints tells that both are: on two CPUs the first one may run
    # before the second is born.
    term.start("sh -c 'echo re''ady; exec sleep 100' | cat", "ready")
    term.send("\x1a")
    assert "Stopped" in term.prompt()
    shell = term.run("echo $$").strip()
    states = [line.split()[4] for line in term.run("ps").splitlines()
              if re.search(r" (sleep 100|cat)$", line)
              and line.split()[1] == shell]
    assert states == ["T", "T"]
    term.run("kill %1; kill -CONT %1")
    term.eventually("jobs; echo end", r"^end")


def test_background_job_is_reported_once(term):
    """Its end is told before a prompt."""
    out = term.told("sleep 0.05 &", r"\[1\]\+ Done +sleep 0.05")
    assert re.match(r"\[1\] \d+\n", out)
    assert term.run("jobs") == ""
    term.told("sh -c 'sleep 0.05; exit 3' &", r"\[1\]\+ Exit 3")
    term.run("sleep 100 &")
    term.told("kill %1", r"\[1\]\+ Terminated")


def test_background_job_must_not_read_the_terminal(term):
    """SIGTTIN stops it; fg lets it read."""
    term.run("cat &")
    term.eventually("jobs", r"\[1\]\+ Stopped +cat")
    term.start("fg", r"cat\r+\n")
    term.send("line\r")
    term.shell.expect(r"line\r+\nline\r+\n")
    term.send("\x04")
    term.prompt()


def test_wait_is_interrupted_by_ctrl_c(term):
    """Ctrl-C is then for the shell, which lives."""
    term.run("sleep 100 &")
    term.send("wait\r")
    term.shell.expect("\n")
    time.sleep(0.1)
    term.send("\x03")
    term.prompt()
    assert term.run("echo alive") == "alive\n"
    assert "Running" in term.run("jobs")
    term.run("kill %1")


def test_two_jobs_have_numbers(term):
    """%1 and %2 can be told apart."""
    term.run("sleep 100 &")
    term.run("sleep 200 &")
    out = term.run("jobs")
    assert re.search(r"\[2\]\+ Running +sleep 200", out)
    assert re.search(r"\[1\]  Running +sleep 100", out)
    term.told("kill %1", r"\[1\].*Terminated +sleep 100")
    term.run("kill %2")


def test_terminal_modes_survive_a_killed_job(term):
    """A program that dies in raw mode leaves us a usable terminal."""
    term.run("/usr/bin/env PATH=/usr/bin:/bin sh -c 'stty raw -echo; kill -9 "
             "$$'")
    term.start("cat", "\r\n")
    term.send("echoed\r")
    term.shell.expect("echoed\r\nechoed\r\n")
    term.send("\x04")
    term.prompt()


def test_ctrl_d_ends_the_shell(term):
    """On an empty line only, with the last status."""
    term.send("false\r")
    term.prompt()
    term.send("x\x01\x04\x04")
    term.shell.expect(pexpect.EOF)
    term.shell.close()
    assert term.shell.exitstatus == 1


UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"


@pytest.mark.parametrize("keys, printed", [
    ("echo abc\x01\x06\x06\x06\x06 x", " x abc"),
    ("echo abc" + 2 * LEFT + "X", "aXbc"),
    ("echo abc" + 2 * LEFT + RIGHT + "X", "abXc"),
    ("bc\x1b[Hecho a\x1b[F!", "abc!"),
    ("bc\x1bOHecho a\x1bOF!", "abc!"),
    ("bc\x1b[1~echo a\x1b[4~!", "abc!"),
    ("echo abc\x7f\x08d", "ad"),
    ("echo abc" + LEFT + "\x1b[3~", "ab"),
    ("echo abc" + LEFT + "\x04", "ab"),
    ("echo abc def\x17x", "abc x"),
    ("echo abc def \x17x", "abc x"),
    ("junk\x15echo new", "new"),
    ("echo abc def" + 4 * LEFT + "\x0b", "abc"),
    ("echo a\x0cb", "ab"),
    ("echo \x1b[5~\x1bxunknown", "unknown"),
    ("echo \x02\x02\x02\x02\x02\x02\x05k", "k"),
])
def test_line_editing(term, keys, printed):
    """Each key does what the editor's header says."""
    out = term.run(keys)
    assert out.endswith(printed.lstrip() + "\n")


def test_long_line_scrolls(term):
    """A line longer than the terminal can be written and changed."""
    text = "".join(chr(ord("a") + i % 26) for i in range(150))
    assert term.run(f"echo {text}\x01\x06\x06\x06\x06\x06" + "X") == \
        f"X{text}\n"


def test_history(term):
    """Up, down, change of an old line, and the line that was being typed."""
    term.run("echo one")
    term.run("echo two")
    assert term.run(UP + UP).endswith("one\n")
    assert term.run(UP + UP + "X").endswith("twoX\n")
    assert term.run("echo th" + UP + UP + DOWN + DOWN + "ree") \
        .endswith("three\n")


def test_ctrl_c_drops_the_line(term):
    """Also in the middle of a command."""
    term.send("echo dropped\x03")
    assert "^C" in term.prompt()
    assert term.run("echo kept") == "kept\n"
    term.send("echo 'open\r")
    term.shell.expect("> ")
    term.send("\x03")
    term.prompt()
    assert term.run("echo $?") == "130\n"


def test_continued_line(term):
    """An open quote, && and | ask for more."""
    term.send("echo 'a\r")
    term.shell.expect("> ")
    term.send("b'\r")
    assert re.search(r"a\r+\nb\r+\n$", term.prompt())
    term.send("true &&\r")
    term.shell.expect("> ")
    term.send("echo go\r")
    assert re.search(r"go\r+\n$", term.prompt())


def test_tab_completes_names(term, tmp_path):
    """As far as it is certain; a folder gets a slash; two choices are shown."""
    (tmp_path / "alpha1").write_text("", encoding="utf-8")
    (tmp_path / "alpha2").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/inside").write_text("", encoding="utf-8")
    assert term.run("echo fol\tin\tend").endswith("folder/inside end\n")
    term.send("echo al\t\t")
    term.shell.expect("alpha1  alpha2")
    assert term.run("2").endswith("alpha2\n")
    assert term.run("echo >fol\tnew; cd fol\t; echo i*").endswith("inside\n")


def test_syntax_error_does_not_end_an_interactive_shell(term):
    """It is told, and $? is 2."""
    assert "line 1: syntax error" in term.run("echo )")
    assert term.run("echo $?") == "2\n"


def test_help_lists_the_builtins(term):
    """Every one with a line."""
    out = term.run("help")
    for name in "cd", "exit", "export", "fg", "bg", "jobs", "wait", "umask":
        assert re.search(rf"^{name} ", out, re.MULTILINE)


# --- init ----------------------------------------------------------------

def test_init_refuses_to_be_an_ordinary_process():
    """It says what it is for."""
    status, _, errors = run(["init"])
    assert status == 1
    assert b"process 1" in errors


def test_init_runs_shells_and_reaps_orphans(tmp_path):
    """As process 1 of a namespace: rc, welcome, a shell, another shell."""
    for name in "bin", "dev", "proc", "etc", "root":
        (tmp_path / name).mkdir()
    for program in "init", "sh", "ps", "sleep", "echo", "tee":
        shutil.copy(BIN / program, tmp_path / "bin")
    (tmp_path / "etc/rc").write_bytes(b"echo rc ran $$\n")
    script = (f"mount -t tmpfs none {tmp_path}/dev && "
              f"echo >{tmp_path}/dev/console && "
              f"mount --bind $(tty) {tmp_path}/dev/console && "
              f"exec chroot {tmp_path} /bin/init")
    probe = subprocess.run(["unshare", "-fpm", "true"], check=False,
                           capture_output=True)
    if os.geteuid() != 0 or probe.returncode != 0:
        pytest.skip("no right to make namespaces")
    child = pexpect.spawn("unshare", ["-fpm", "--kill-child", "sh", "-c",
                                      script], timeout=SECONDS,
                          encoding="utf-8")
    try:
        child.expect(r"rc ran \d+\r\n")
        child.expect("Welcome to Nestling.*" + PROMPT)
        child.send("ps\r")
        child.expect(r"1 +0 +0 +0 [RS] +1 +\d+ +\d+:\d\d /bin/init")
        child.expect(r"(\d+) +1 +(\d+) +(\d+) [RS] +1 +\d+ +\d+:\d\d -sh")
        assert child.match.group(1) == child.match.group(2)
        assert child.match.group(1) == child.match.group(3)
        child.expect(PROMPT)
        # A child of a subshell that has ended: init gets it, and must reap.
        child.send("(sleep 0.05 &); sleep 0.2; ps\r")
        child.expect(r"(\d+:\d\d \S.*)" + PROMPT)
        assert "[sleep]" not in child.match.group(1)
        child.send("sleep 100\r")
        child.expect("\n")
        time.sleep(0.1)
        child.send("\x03")
        child.expect(PROMPT)
        child.send("exit\r")
        child.expect("The shell has ended.*" + PROMPT)
    finally:
        child.close(force=True)
