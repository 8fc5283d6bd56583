#!/bin/busybox sh
# large_data.sh - megabytes through long pipelines and many files
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

seq 1 10000 >numbers; md5sum numbers
sort -r numbers | md5sum; sort -n -r numbers | head -n 3; shuf numbers | sort -n | cmp - numbers && echo sorted
awk '{ s += $1 } END { print s }' numbers; sed 's/1/one/g' numbers | tr -d '\n' | wc -c; grep -c 7 numbers; cut -c 1-2 numbers | sort | uniq -c | sort -rn | head -n 3
cat numbers numbers numbers numbers | gzip | gunzip | md5sum; tar -cf - numbers | bzip2 | bunzip2 | tar -xOf - numbers | sha1sum
head -c 250000 /dev/zero | tr '\0' x | wc -c; yes abcdefg | head -c 125000 | sha256sum; dd if=/dev/zero bs=64k count=8 2>/dev/null | md5sum
mkdir many; split() { awk -v n=500 '{ f = "many/" int((NR - 1) / n); print > f }' numbers; }; split; ls many | wc -l; cat $(ls many/* | sort -t / -k 2 -n) | cmp - numbers && echo joined
find many -type f | xargs wc -l | tail -n 1 | tr -s ' '; find many -type f -exec md5sum {} + | sort -k 2 | md5sum
cp numbers a; i=0; while [ $i -lt 3 ]; do cat a a >b; mv b a; i=$((i + 1)); done; wc -c <a; tail -n 1 a; rm a
cat numbers | while read -r n; do [ "$n" -gt 500 ] && break; echo "$n"; done | tail -n 1
tac numbers | head -n 2; nl numbers | tail -n 1; paste numbers numbers | awk '$1 != $2' | wc -l; rev numbers | sort | md5sum; od -A n -t x1 numbers | md5sum
comm=$(diff numbers numbers); echo "[$comm]"; sed 5000d numbers | diff - numbers; base64 numbers | base64 -d | cmp - numbers && echo decoded
for i in 1 2 3 4; do (sort numbers | md5sum >sum$i) & done; wait; cat sum* | uniq | wc -l
