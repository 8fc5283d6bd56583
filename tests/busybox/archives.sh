#!/bin/busybox sh
# archives.sh - tar, cpio, gzip and other packers, there and back
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

umask 022; export TZ=UTC0
mkdir -p t/sub; echo one >t/one; seq 1 3000 >t/sub/many; ln -s one t/link; : >t/empty; chmod 640 t/one
ln t/one t/hard; touch -d '2021-03-04 05:06:07' t t/* t/sub/* t/sub
check() { (cd "$1" && find t | sort | xargs stat -c '%n %F %a'; md5sum t/one t/sub/many; readlink t/link; stat -c '%h %Y' t/one); }
echo "--- tar"
tar -cf t.tar t; tar -tf t.tar | sort; mkdir x; tar -xf t.tar -C x; check x; rm -r x
tar -czf t.tgz t; gzip -t t.tgz; echo $?; mkdir x; tar -xzf t.tgz -C x; diff -r t x/t; echo "diff $?"; rm -r x
tar -cjf t.tbz t; tar -tjf t.tbz | wc -l; tar -cf - t | (mkdir x; cd x; tar -xf -); check x; rm -r x
tar -xOf t.tar t/sub/many | md5sum; tar -tf t.tar t/sub | sort; tar -tvf t.tar t/empty | cut -c 1-10
tar -xf /dev/null 2>/dev/null; echo "empty $?"; head -c 700 t.tar | tar -tf - 2>/dev/null >&2; echo "short $?"
echo "--- cpio"
find t | sort | cpio -o -H newc 2>/dev/null >t.cpio; cpio -t <t.cpio 2>/dev/null | sort; mkdir x; (cd x; cpio -idm <../t.cpio 2>/dev/null); check x; rm -r x
echo t/one | cpio -o -H newc 2>/dev/null | head -c 6; echo; echo garbage | cpio -t 2>/dev/null; echo "garbage $?"
echo "--- compression"
for pack in gzip bzip2; do
	cp t/sub/many many; $pack many; ls many*; $pack -d many.*; cmp many t/sub/many && echo "$pack and back"; rm many
	$pack -c t/one | $pack -dc; echo garbage | $pack -dc 2>/dev/null; echo "garbage $?"
done
gzip -c t/sub/many | zcat | md5sum; bzip2 -c t/sub/many | bzcat | md5sum; gzip -9 -c t/sub/many | gunzip | wc -c
head -c 20000 /dev/zero | gzip | wc -c; seq 1 100 | gzip -n 2>/dev/null | gunzip 2>/dev/null | tail -n 1
gzip -c t/one >joined.gz; gzip -c t/one >>joined.gz; zcat joined.gz; [ "$(gzip -c t/sub/many | wc -c)" -lt "$(wc -c <t/sub/many)" ] && echo smaller
echo "--- text codes"
base64 <t/one; seq 20 | base64 | base64 -d | md5sum; uuencode t/one name <t/one; uuencode -m name <t/one | tail -n 2
uuencode name <t/sub/many | uudecode -o back; cmp back t/sub/many && echo uu; xxd -p t/one; xxd -p t/one | xxd -r -p
