#!/bin/busybox sh
# text_filters.sh - sort, uniq, cut, tr, head, tail and their like
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

cat >fruit <<END
pear 3 green
apple 10 red
fig 2 blue
apple 9 green
banana 27 yellow
fig 2 blue
END
echo "--- sort and uniq"
sort fruit; sort -r fruit | head -n 2
sort -k 2 -n fruit; sort -k1,1 -k2,2nr fruit; sort -u fruit | wc -l
sort fruit | uniq -c; sort fruit | uniq -d; sort fruit | uniq -u | head -n 1
printf '10\n9\n2\n1\n' | sort; printf '1.5\n1.25\n-3\n' | sort -n
printf 'b:2\na:3\n' | sort -t : -k 2; printf 'B\na\nC\n' | sort -f
sort -c fruit 2>/dev/null || echo "not sorted"; sort -o sorted fruit; head -n 1 sorted
printf 'x 1\nx 2\ny 1\n' | uniq -f 1; printf 'aX\naY\n' | uniq -w 1
echo "--- cut, paste, tr"
cut -d ' ' -f 1,3 fruit; cut -c 1-3 fruit | head -n 2; cut -b 2 fruit | tr -d '\n'; echo
echo a:b:c | cut -d : -f 2-; echo none | cut -d : -f 2 -s
paste fruit fruit | head -n 1; seq 6 | paste - - -; seq 3 | paste -s -d ,
echo Hello | tr a-z A-Z; echo "a  b   c" | tr -s ' '; echo h3ll0 | tr -d 0-9
echo hello | tr -c a-y '\n'; printf 'a\tb\n' | tr '\t' _; echo abc | tr abc 123
echo "--- head, tail, wc"
seq 20 | head -n 3; seq 20 | tail -n 3; seq 20 | tail -n +18; seq 20 | head -n -18
printf abcdef | head -c 3; printf abcdef | tail -c 2; echo
wc <fruit; wc -l fruit; wc -c <fruit; wc -w <fruit; wc -L <fruit
echo "--- lines"
nl fruit | head -n 2; tac fruit | head -n 1; echo abc | rev
fold -w 10 <<END
a long line that is folded at ten columns
END
fold -s -w 12 <<END
words are kept together here
END
printf 'a\tb\n' | expand -t 4; printf '        x\n' | unexpand | od -c | head -n 1
cat -n fruit | tail -n 1; cat -A <<END
	tab
END
printf 'dos\r\n' | dos2unix | od -c; printf 'unix\n' | unix2dos | od -c
echo "--- grep"
grep apple fruit; grep -c e fruit; grep -v e fruit; grep -n fig fruit; grep -i PEAR fruit
grep -o '[0-9]*' fruit | head -n 2; grep -E '^(pear|fig)' fruit; grep -F 'g' -q fruit; echo $?
grep -l red *; grep -w 2 fruit | wc -l; grep nothing fruit; echo $?
grep -A 1 pear fruit; grep -B 1 banana fruit; grep -x 'fig 2 blue' fruit | wc -l
egrep 'a{1}p+' fruit | wc -l; fgrep . fruit; grep -e red -e yellow fruit
grep -r green . | sort; grep -s x /no/such/file; echo $?
echo "--- comparison"
sed 's/fig/date/' fruit >other
diff fruit other; echo $?; diff -u fruit other | tail -n +3; diff -q fruit other
cmp fruit other; cmp -s fruit fruit && echo equal; mkdir d1 d2; cp fruit d1; cp other d2/fruit
diff -r d1 d2 | tail -n 2
diff -u fruit other >change; cp fruit patched; patch patched <change; cmp patched other && echo patched
patch -R patched <change >/dev/null; cmp patched fruit && echo unpatched
echo "--- others"
seq 3 | tee copy; cat copy; seq 100 | shuf | sort -n | md5sum; yes x | head -n 2
seq 2 2 8; seq -s , 3; seq -w 8 10; echo "one two" | xargs -n 1; factor 12 97
strings - <<END
ab
printable text
END
printf '%5d|%-5s|%05.1f|%x|%c|%%\n' 42 ab 3.14159 255 xyz; printf '%s\n' a b; printf '\101\x42\n'
basename /a/b.c .c; dirname /a/b.c; echo -n no newline; echo; echo -e 'a\tb'; cal 2 2024
