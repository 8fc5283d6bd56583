#!/bin/busybox sh
# editing_and_numbers.sh - ed, vi, bc, dc, expr, seq, date, printf
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

export TZ=UTC0
echo "--- ed"
seq 5 >lines
printf '%s\n' '2d' '$a' 'added at the end' . '1i' 'first' . '1,$p' w q | ed lines; cat lines
printf '%s\n' '1,$s/t/T/' '2,3p' '/added/p' '$=' 'w other' q | ed lines; cat other
printf '%s\n' 'r other' '1,$p' 'q!' | ed lines 2>&1 | tail -n 3; printf 'nonsense\nq\n' | ed lines 2>&1
echo "--- vi"
edit() { printf 'hello world\nsecond line\nthird line\n' >v; vi "$@" v </dev/null >/dev/null 2>&1; cat v; }
edit -c '%s/line/LINE/g' -c wq; edit -c '2s/second/2nd/' -c x; edit -c 1,2d -c wq; edit -c /third -c d -c wq
edit -c '1w first' -c '$r first' -c wq; cat first; edit -c '%s/o/0/g' -c '1,2w! out' -c 3d -c wq; cat out
echo "--- bc and dc"
echo '2 ^ 100; 7 / 2; scale = 5; 7 / 2; sqrt(2); 10 % 3' | bc
bc <<END
define f(n) {
	if (n <= 1) { return 1; }
	return n * f(n - 1);
}
f(25)
END
echo 'for (i = 0; i < 5; i++) i * i; ibase = 16; FF; obase = 2; A' | bc
echo 'a = 3; b = 4; sqrt(a * a + b * b); "text"; 5 > 3; 5 < 3' | bc; echo 'scale=20; 4*a(1)' | bc -l
echo '2 3 + p 4 * p 2 / p 10 % p' | dc; echo '10 k 2 v p 1 3 / p' | dc; echo '[2 * p] sx 3 lx x' | dc; dc -e '16 i FF p 2 o p'
echo "--- expr and test"
expr 2 + 3 \* 4; expr 17 % 5; expr length hello; expr substr hello 2 3; expr index hello l; expr abc : 'a\(.\)c'; expr 5 \> 3; expr 1 - 1; echo "zero $?"
expr 1 / 0 2>/dev/null; echo "division $?"; test 5 -gt 3 -a abc != abd; echo $?; [ ! -e nothing ] && echo none; [ 3 -lt x ] 2>/dev/null; echo $?
echo "--- numbers and dates"
seq 3; seq 1 3 10; seq 5 -2 1; seq 0.5 0.5 1.5; factor 360 1001 99991
date -u -d @0; date -u -d @1700000000 '+%Y-%m-%d %H:%M:%S %a %j %U'; date -u -d '2024-02-29 12:00:00' +%s; date -u -D '%d.%m.%Y' -d '24.12.2030' +%F
date -u -d 'garbage in' 2>/dev/null; echo "bad date $?"; cal 11 2026; [ "$(date +%s)" -gt 1700000000 ] && echo "the clock is set"
printf '%d %o %X %s %c|%6.2f|%-8s|%08d\n' 10 8 255 str c 2.5 left 42; printf '%b' 'a\tb\n'; printf '%s %s\n' one two three; printf '%d\n' 0x1f 010 "'A"
printf '%d\n' notanumber 2>/dev/null; echo "bad number $?"; ipcalc -n 192.168.5.7/24; ascii 2>/dev/null | head -n 1; echo 1234 | rev; echo $((0xff + 1))
