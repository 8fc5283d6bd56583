#!/bin/busybox sh
# processes.sh - ps, kill, pidof, timeout, id, uname, free, mount and /proc
#
# Layer: tests/busybox   Judge: the same BusyBox on the host's Linux
# Every command is an applet: PATH holds links to BusyBox and nothing else.
#
# SPDX-License-Identifier: MIT
work=$(/bin/busybox mktemp -d) && cd "$work" || exit 99
/bin/busybox mkdir bin && /bin/busybox --install -s "$work/bin" || exit 99
PATH=$work/bin
trap 'cd /; rm -rf "$work"' EXIT
mkdir in && cd in || exit 99

echo "--- ps and kill"
sleep 77 & pid=$!
until [ "$(cat /proc/$pid/comm)" = sleep ]; do sleep 0.01; done
ps -o pid,comm | grep -c "^ *$pid sleep"; ps -o comm,args | grep '[s]leep 77' | wc -l; ps | head -n 1
pidof sleep | tr ' ' '\n' | grep -c "^$pid$"; kill $pid; wait $pid 2>/dev/null; echo "ended $?"; ps -o pid | grep -c "^ *$pid$"; kill $pid 2>/dev/null; echo "no such process $?"
sleep 78 & pid=$!; kill -STOP $pid; until [ "$(cut -d ' ' -f 3 /proc/$pid/stat)" = T ]; do sleep 0.01; done; echo stopped; kill -KILL $pid; wait $pid 2>/dev/null; echo $?
ps -o stat,pid | grep -c " $$\$"; kill -l | head -n 1
echo "--- /proc"
cat /proc/self/comm; tr '\0' ' ' </proc/self/cmdline | cut -d ' ' -f 2; ls /proc/self/fd | head -n 3; readlink /proc/self/exe | sed 's/.*\///'; readlink /proc/self/cwd | sed "s|$work||"
sh -c 'echo $PPID' | grep -c "^$$\$"; [ "$(sh -c 'cut -d " " -f 4 /proc/self/stat; :')" -gt 1 ] && echo parent; [ -d /proc/$$ ] && echo own; [ -d /proc/99999999 ] || echo none
grep -c -e '^MemTotal:' -e '^MemFree:' /proc/meminfo; cut -d ' ' -f 1 /proc/uptime | grep -c '[0-9]\.[0-9]'
cat /proc/loadavg | wc -w; grep -c '^cpu ' /proc/stat; grep -c ' /proc proc' /proc/mounts
echo "--- system"
uname -m; uname -s | wc -w; hostname | wc -l; id -u; id -g; whoami; id -un; groups | wc -l; nproc | grep -c '^[1-9]'; arch
free | head -n 1 | tr -s ' '; free | wc -l; uptime | grep -c 'load average'; mount | grep -c ' on /proc type proc'; df -P -a /proc | wc -l; tty; echo "tty $?"
top -b -n 1 | head -n 1 | grep -c Mem; env | grep -c ^PATH
echo "--- limits and time"
timeout 0.2 sh -c 'while :; do :; done' 2>/dev/null; echo "loop $?"; (ulimit -n 20; ulimit -n); (ulimit -f 1; dd if=/dev/zero of=big bs=1024 count=10 2>/dev/null; echo $?) 2>/dev/null; wc -c <big
start=$(date +%s); sleep 0.3; usleep 1000; end=$(date +%s); [ $((end - start)) -le 5 ] && echo "slept"; time -f '%x' true 2>&1 | head -n 1
taskset 1 sh -c 'echo pinned'; setsid true; echo $?; env FOO=bar sh -c 'echo $FOO'; env -u FOO true; echo $?; getopt ab: -a -b x rest; sh -c 'exit 300'; echo $?
echo "--- many processes"
i=0; while [ $i -lt 100 ]; do busybox true || echo failed; i=$((i + 1)); done; echo $i
for i in 1 2 3 4 5 6 7 8 9 10; do (seq 1 200 | sort -n | tail -n 1 >out$i) & done; wait; cat out* | sort -u
