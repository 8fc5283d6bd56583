#!/bin/busybox sh
# awk_programs.sh - awk: fields, arrays, functions, formats, input
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

cat >staff <<END
Beth	21	0
Dan	19	0
Kathy	15.50	10
Mark	25	20
Mary	22.50	22
Susie	17	18
END
awk '$3 > 0 { print $1, $2 * $3 }' staff
awk '$3 == 0' staff; awk 'NR % 2 { print NR ": " $0 }' staff; awk 'END { print NR, NF, $1 }' staff
awk '{ pay += $2 * $3 } END { printf "%.2f %d\n", pay, pay / NR }' staff
awk '$2 > max { max = $2; who = $1 } END { print who, max }' staff
awk '{ names = names $1 " " } END { print names; print length(names) }' staff
awk -F : '{ print $2 }' <<END
a:b:c
END
awk 'BEGIN { FS = ","; OFS = "-" } { $1 = $1; print }' <<END
x,y,z
END
awk '{ for (i = NF; i > 0; i--) printf "%s%s", $i, i > 1 ? " " : "\n" }' staff | head -n 2
awk '{ n[$3 > 0 ? "paid" : "unpaid"]++ } END { print n["paid"], n["unpaid"] }' staff
awk '{ line[NR] = $1 } END { for (i = NR; i; i--) print line[i] }' staff
awk 'BEGIN { a["x"]; if ("x" in a) print "in"; delete a["x"]; print ("x" in a) }'
awk 'BEGIN { n = split("2026-11-21", d, "-"); print n, d[1], d[3] }'
awk 'function fact(n) { return n <= 1 ? 1 : n * fact(n - 1) } BEGIN { print fact(10) }'
awk 'BEGIN { s = "banana"; gsub(/an/, "<&>", s); print s; sub(/b/, "B", s); print s }'
awk 'BEGIN { print substr("hello", 2, 3), index("hello", "ll"), toupper("abc"), tolower("ABC") }'
awk 'BEGIN { if (match("foobar", /o+/)) print RSTART, RLENGTH }'
awk 'BEGIN { printf "%5.2f|%-6s|%03d|%x|%c|%e\n", 3.14159, "ab", 7, 255, 65, 12345.678 }'
awk 'BEGIN { print 7 % 3, 2 ^ 10, 1 / 4, int(-3.7) }'
awk 'BEGIN { print 1 == 1.0, "a" < "b", "10" < "9", 10 < 9, !0 }'
awk 'BEGIN { while (i < 3) { i++; if (i == 2) continue; print i } do i--; while (i > 0); print i }'
awk '/Kathy/,/Mary/' staff; awk '!/a/' staff; awk '$1 ~ /^M/ && $3 > 20' staff
awk -v limit=20 '$2 > limit { print $1 }' staff; awk '{ print > ($3 > 0 ? "paid" : "not") }' staff; wc -l <paid; wc -l <not
awk 'BEGIN { while ((getline line < "staff") > 0) n++; print n; close("staff") }'
awk 'BEGIN { "echo from a command" | getline x; print x; print "b\na" | "sort"; close("sort") }'
awk 'BEGIN { print ENVIRON["VAR"]; exit 3 }' ; echo $?
VAR=value awk 'BEGIN { print ENVIRON["VAR"], ARGC, ARGV[1] }' arg
awk 'BEGIN { RS = ""; FS = "\n" } { print NR ": " $1 }' <<END
first
block

second
block
END
seq 1 1000 | awk '{ s += $1; q += $1 * $1 } END { print s, q }'
awk 'BEGIN { for (i = 0; i < 20000; i++) t[i % 100] += i; print t[7], t[99] }'
seq 1 100 | awk '{ p = 1; for (i = 2; i * i <= $1; i++) if ($1 % i == 0) p = 0; if (p && $1 > 1) printf "%d ", $1 } END { print "" }'
awk 'NR == FNR { a[$1] = $2; next } $1 in a { print $1, a[$1], $3 }' staff staff | head -n 2
cat >count.awk <<'END'
# Counts words, most frequent first.
{ for (i = 1; i <= NF; i++) words[$i]++ }
END { for (w in words) print words[w], w }
END
awk -f count.awk <<END | sort -k1,1nr -k2
to be or not to be that is to be
END
awk 'BEGIN { system("exit 4"); print system("exit 5") }'
awk '{ $2 = ""; print; print NF }' staff | head -n 2; awk '{ NF = 2; print }' staff | head -n 1
awk 'BEGIN { printf "%s %s %s\n", "a", "b" }' 2>/dev/null; awk 'BEGIN {' 2>/dev/null; echo "syntax $?"
awk 'BEGIN { srand(1); x = rand(); print (x >= 0 && x < 1) }'
awk 'BEGIN { print length(), substr("x", 0), -3 % 2, 1e3, 0x10 + 0, "3x" + 4 }' </dev/null
