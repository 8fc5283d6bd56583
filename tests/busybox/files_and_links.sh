#!/bin/busybox sh
# files_and_links.sh - cp, mv, ln, rm, stat, find, test, touch and their like
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
echo "--- making"
mkdir -p a/b/c a/d; mkdir a 2>/dev/null; echo "exists $?"; mkdir -m 700 private
stat -c '%n %F %a' a a/b/c private
echo text >a/file; touch a/empty; touch -d '2020-01-02 03:04:05' a/old
stat -c '%n %s %Y %h %F' a/old; stat -c '%a %u %g' a/file
ln a/file a/hard; ln -s file a/soft; ln -s nowhere a/dangling; ln -sf empty a/soft2; ln -sfn d a/dirlink
stat -c '%n %h %F' a/file a/soft; stat -L -c '%n %F' a/soft; readlink a/soft; readlink -f a/soft | sed "s|$work||"
realpath a/../a/b | sed "s|$work||"; ln a/file a/hard 2>/dev/null; echo "exists $?"
mkfifo a/fifo; stat -c '%F' a/fifo; mknod a/null c 1 3; stat -c '%F %t %T' a/null
truncate -s 10000 a/sparse; stat -c %s a/sparse; fallocate -l 5000 a/alloc; stat -c %s a/alloc
echo "--- listing"
ls a; ls -a a | head -n 3; ls -d a/*; ls -1 a/b; ls -p a | grep /; ls -F a | sort
ls -ln a/file | cut -d ' ' -f 1; ls -lnd a | cut -c 1-10; ls -R a/b; ls -S a | head -n 1; ls -r a | head -n 1
ls nothing 2>/dev/null; echo "missing $?"; [ "$(ls -i a/file | cut -d ' ' -f 1)" = "$(ls -i a/hard | cut -d ' ' -f 1)" ] && echo same inode
echo "--- copying"
cp a/file copy; cat copy; cp -r a tree; ls tree; cp -a a archive; stat -c '%Y %F' archive/old; stat -c %F archive/soft
cp -p a/old kept; stat -c %Y kept; cp a/file a/b/c; cat a/b/c/file; cp a/file a/empty tree/b; ls tree/b
cp nothing x 2>/dev/null; echo "missing $?"; cp a x 2>/dev/null; echo "directory $?"; cp -L a/soft real; stat -c %F real
echo "--- moving"
mv copy moved; cat moved; mv moved tree/d; ls tree/d; mv tree/d tree/e; ls tree; mv -n a/file a/empty 2>/dev/null; wc -c <a/empty
mv a/b a/b/c 2>/dev/null; echo "into itself $?"
echo "--- modes"
chmod 640 a/file; stat -c %a a/file; chmod u+x,g-r,o=rw a/file; stat -c %a a/file; chmod -R go-rwx tree; stat -c %a tree tree/e
chown 5:6 a/empty; stat -c '%u %g' a/empty; chgrp 7 a/empty; stat -c '%u %g' a/empty; chmod +t a/d; stat -c %A a/d
[ -x a/file ] && echo executable; [ -d a ] && [ -f a/file ] && [ -L a/soft ] && [ -p a/fifo ] && [ -c a/null ] && echo kinds
[ -e a/dangling ] || echo dangling; [ a/file -ef a/hard ] && echo same; [ a/file -nt a/old ] && echo newer; test -s a/empty; echo $?
echo "--- finding"
find a | sort; find a -type f | sort; find a -type l | wc -l; find a -name '*e' | sort; find a -type d -empty | sort
find a -size +1 -type f | sort; find a -maxdepth 1 -mindepth 1 -type d | sort; find a -perm 640; find a -links 2 -type f | sort
find a -newer a/old -type f | wc -l; find a -name file -exec cat {} \; | sort -u; find a -type f -print0 | xargs -0 ls | sort
find a -name b -prune -o -type f -print | sort; find a -user 5; find a -type p -o -type c | sort; find . -name 'x*' | wc -l
find tree -type f -name moved -exec rm {} +; find tree -name moved; find a -type f -exec echo {} + | wc -w; which cat | sed 's/.*\///'
echo "--- removing"
rm a/hard; stat -c %h a/file; rm nothing 2>/dev/null; echo "missing $?"; rm -f nothing; echo "forced $?"; rm a 2>/dev/null; echo "directory $?"
rmdir a 2>/dev/null; echo "not empty $?"; rmdir -p a/b/c 2>/dev/null; echo $?; rm -r tree archive; unlink kept; ls
mktemp -d tmpXXXXXX >/dev/null; ls -d tmp?????? | wc -l; t=$(mktemp); [ -f "$t" ] && rm "$t" && echo "temporary file"
df -P -a /proc | wc -l; du -s a >/dev/null && echo du; sync; pwd | sed "s|$work||"
echo "--- deep"
d=deep; for i in 1 2 3 4 5 6 7 8 9 10; do d=$d/$i; done; mkdir -p $d; echo end >$d/leaf; find deep | wc -l; rm -rf deep; ls -d deep 2>/dev/null; echo $?
i=0; mkdir many; while [ $i -lt 200 ]; do : >many/$i; i=$((i + 1)); done; ls many | wc -l; rm many/1*; ls many | wc -l; rm -r many
