#!/bin/busybox sh
# sed_scripts.sh - sed: addresses, substitution, hold space, branches
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

seq 1 10 >ten
cat >poem <<END
the quick brown fox
jumps over the lazy dog
THE END
END
sed -n 3p ten; sed -n '2,4p' ten; sed '$d' ten | tail -n 1; sed -n '$=' ten
sed -n '/5/,/7/p' ten; sed '2,9d' ten; sed -n '2,+1p' ten; sed '3!d' ten
sed 's/o/0/' poem; sed 's/o/0/g' poem; sed 's/o/0/2' poem; sed -n 's/the/THE/gp' poem
sed 's/\(quick\) \(brown\)/\2 \1/' poem; sed -E 's/([a-z]+) ([a-z]+)/\2 \1/' poem
sed 's/the/[&]/I' poem; sed 's|/|-|g' <<END
a/b/c
END
sed -e 's/a/1/' -e 's/b/2/' <<END
ab
END
sed 'y/abc/xyz/' <<END
aabbcc
END
sed '2i\
inserted' poem; sed '1a\
appended' poem; sed '2c\
changed' poem
sed -n '1!G;h;$p' ten | tr '\n' ' '; echo
sed 'N;s/\n/ /' ten; sed -n 'x;2p' ten; sed '/jumps/q' poem; sed '2q' ten
sed ':a;s/^\(x*\)o/\1x/;ta' <<END
ooo end
END
sed -n '/fox/{s/fox/cat/;p;}' poem; sed '/^$/d' <<END
a

b
END
sed 's/.*/"&"/;s/"/<</;s/"/>>/' ten | head -n 2
sed -n 'l' <<END
tab	here
END
sed = ten | sed 'N;s/\n/: /' | head -n 2
cp poem edited; sed -i 's/fox/wolf/' edited; cat edited; sed -i.bak 1d edited; wc -l <edited; wc -l <edited.bak
sed -n '/quick/w found' poem; cat found; echo inserted >more; sed '1r more' poem | head -n 2
cat >script.sed <<END
# A script in a file.
s/quick/slow/
/lazy/ {
	s/lazy/busy/
	s/dog/cat/
}
END
sed -f script.sed poem; sed -n '$p' ten poem
printf 'no newline' | sed s/no/one/; echo; sed 's/x*/-/g' <<END
abc
END
sed 'D;P' ten; sed '$!N;P;D' ten | wc -l; sed 's/[[:space:]]*$//;s/\t/ /g' poem | head -n 1
sed -n '/BEGIN/,$p' <<END
skip
BEGIN
keep
END
sed 's/a/b' poem 2>/dev/null; echo "error $?"; sed p /no/such/file 2>/dev/null; echo "missing $?"
