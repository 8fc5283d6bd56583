#!/bin/busybox sh
# shell_jobs.sh - ash: pipelines, redirections, background jobs, traps
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

echo "--- redirections"
echo one >file; echo two >>file; cat <file
{ echo out; echo err >&2; } 2>errors | cat; cat errors
ls nothing >both 2>&1; echo "status $?"; wc -l <both
exec 5>five; echo "to five" >&5; exec 5>&-; cat five
exec 6<file; read -r a <&6; read -r b <&6; echo "$b $a"; exec 6<&-
cat <file >copy; cmp file copy && echo same
echo clobber >file; (set -C; echo no >file) 2>/dev/null; echo "noclobber $?"
: >empty; [ -s empty ] || echo "is empty"
(echo x >/dev/full) 2>/dev/null; echo "full $?"

echo "--- pipelines"
seq 1 1000 | tr '\n' ' ' | wc -w
yes | head -n 3
yes 2>/dev/null | sed 5q | tail -n 1
echo data | tee t1 t2 | cat - t1 t2 | sort | uniq -c | sed 's/^ *//'
cat /dev/zero | head -c 100000 | wc -c
seq 5 | while read -r n; do echo $((n * n)); done | paste -s -d +
mkfifo pipe; (echo through the fifo >pipe) & cat pipe; wait

echo "--- background"
sleep 0.05 & first=$!; sh -c 'exit 7' & second=$!
wait $second; echo "second $?"; wait $first; echo "first $?"
(sleep 100) & kill $!; wait $! 2>/dev/null; echo "killed $?"
sleep 100 & kill -9 $!; wait $! 2>/dev/null; echo "killed $?"
for n in 1 2 3 4; do (echo "job $n" >job$n) & done; wait; cat job1 job2 job3 job4
sh -c 'kill -USR1 $$'; echo "status $?"
sh -c 'kill -STOP $$' &
until [ "$(cut -d ' ' -f 3 /proc/$!/stat)" = T ]; do sleep 0.01; done
kill -CONT $!; wait $!; echo "continued $?"
kill -0 $$ && echo alive; kill -0 $first 2>/dev/null || echo gone
kill -l 15; kill -l 9

echo "--- traps"
sh -c 'trap "echo got TERM" TERM; kill -TERM $$; echo after'
sh -c 'trap "echo leaving" EXIT; exit 4'; echo "status $?"
sh -c 'trap "" INT; kill -INT $$; echo ignored'
sh -c 'trap "echo one; exit 5" USR1; kill -USR1 $$; echo unreached'; echo $?
sh -c 'trap "echo caught" USR2; (sleep 0.05; kill -USR2 $$) & wait; echo $?'
(trap 'echo sub' EXIT)
sh -c 'trap "echo x" HUP; trap' ; sh -c 'trap - HUP; kill -HUP $$'; echo $?

echo "--- time limits"
timeout 0.1 sleep 10; echo "timeout $?"
timeout 5 true; echo "in time $?"
timeout -s KILL 0.1 sh -c 'trap "" TERM; sleep 10'; echo "killed $?"

echo "--- exec and environment"
sh -c 'exec echo replaced; echo unreached'
env -i A=1 B=2 "$(command -v env)" | sort
(exec /no/such/program) 2>/dev/null; echo "not found $?"
(exec /dev/null) 2>/dev/null; echo "not executable $?"
printf '#!/bin/busybox sh\necho "script $1"\n' >script; chmod +x script
./script argument
echo 'echo "no first line"' >plain; chmod +x plain; ./plain
printf '%s\n' a b c | xargs -n 1 echo item
seq 6 | xargs -n 2 -P 3 sh -c 'echo $(($0 + $1))' | sort -n
printf 'a b\0c\0' | xargs -0 -n 1 echo
setsid sh -c 'echo own session'
