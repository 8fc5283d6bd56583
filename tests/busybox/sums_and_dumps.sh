#!/bin/busybox sh
# sums_and_dumps.sh - checksums, dd, od, hexdump, xxd, cmp
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

printf 'abc' >abc; : >empty; seq 1 5000 >numbers; head -c 100000 /dev/zero >zeros
echo "--- sums"
for f in abc empty numbers zeros; do
	for sum in md5sum sha1sum sha256sum sha512sum sha3sum crc32; do printf '%s ' $sum; $sum $f; done
done
md5sum abc numbers >sums; md5sum -c sums; echo x >>abc; md5sum -c sums 2>/dev/null; echo "changed $?"; printf abc >abc
sha256sum <numbers; cat numbers numbers | sha1sum
echo "--- dd"
dd if=numbers of=part bs=100 count=3 2>/dev/null; wc -c <part; dd if=numbers bs=10 skip=2 count=1 2>/dev/null; echo
dd if=/dev/zero of=holes bs=1 count=1 seek=50000 2>/dev/null; wc -c <holes; printf X | dd of=part bs=1 seek=5 conv=notrunc 2>/dev/null; head -n 4 part
dd if=numbers bs=512 2>/dev/null | md5sum; dd if=numbers bs=7 2>/dev/null | md5sum; dd if=abc of=padded bs=8 conv=sync 2>/dev/null; wc -c <padded
dd if=/dev/urandom bs=1000 count=10 2>/dev/null | wc -c; dd if=abc of=copy 2>&1 | head -n 2; dd if=/no/such 2>/dev/null; echo "missing $?"
dd if=abc of=/dev/full 2>/dev/null; echo "full $?"; yes | dd bs=1000 count=5 iflag=fullblock 2>/dev/null | wc -c
echo "--- dumps"
od -c abc; od -A d -t x1 abc; od -A x -t x1 -N 20 numbers; od -t d4 -N 16 zeros; od -b abc; od -j 2 -N 4 -c numbers; od -v -N 32 -t x1 zeros
hexdump -C abc; hexdump abc; hexdump -C zeros; hexdump -n 16 -e '4/1 "%02x " "\n"' numbers;
xxd abc; xxd -l 16 numbers; xxd -p abc; xxd -s 10 -l 6 numbers; printf '616263' | xxd -r -p; echo
cmp abc numbers; cmp -l abc part 2>/dev/null | head -n 3; cmp abc; strings -n 4 numbers | head -n 2; printf '\000\001text here\377' | strings
printf '\0\0\0' | od -An -tx1
