#!/bin/busybox sh
# shell_language.sh - ash: loops, functions, expansions, here-documents
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

echo "--- loops"
for i in 1 2 3; do printf '%s ' "$i"; done; echo
i=0; while [ $i -lt 3 ]; do i=$((i + 1)); echo "while $i"; done
until [ $i -eq 0 ]; do i=$((i - 1)); done; echo "until $i"
for i in a b c d; do
	case $i in
	b) continue ;;
	d) break ;;
	esac
	echo "loop $i"
done
for word in "two words" 'a*b' *; do echo "<$word>"; done

echo "--- functions"
add() { local sum=$(($1 + $2)); echo $sum; return 3; }
add 2 40; echo "status $?"
depth() { [ "$1" -eq 0 ] && echo bottom || depth $(($1 - 1)); }
depth 50
outer() { local v=inner; show; }
show() { echo "v is $v"; }
v=global; outer; show
count() { echo "$# arguments, first <$1>"; shift; echo "then <$*>"; }
count "a b" c "d  e"

echo "--- parameters"
path=/usr/lib/file.tar.gz
echo "${path##*/} ${path%/*} ${path%%.*} ${path#*.} ${#path}"
unset none; empty=
echo "${none:-default} ${empty:-default} ${empty-unset} ${path:+set}"
echo "${none:=assigned} $none ${path:5:3} ${path/lib/bin}"
(echo "${missing:?is missing}") 2>/dev/null; echo "status $?"
set -- x "y z" w
for p in "$@"; do echo "[$p]"; done
for p in $*; do echo "($p)"; done
IFS=:; set -- a:b:c; echo "$*"; set -- $1; echo "$# $2"; IFS=' 	
'

echo "--- arithmetic"
echo $((7 / 2)) $((-7 % 3)) $((1 << 10)) $((0x1f & 12)) $((5 > 3 ? 1 : 2))
echo $((2 ** 10)) $((~5)) $((1 && 0 || 1)) $((010)) $((x = 4, x * x))
n=5; echo $((n++)) $n $((--n)) $((n += 10))

echo "--- case"
for f in main.c lib.h README x1 ''; do
	case $f in
	*.[ch]) echo "$f: source" ;;
	[A-Z]*) echo "$f: capital" ;;
	x? | y?) echo "$f: two letters" ;;
	'') echo "empty" ;;
	*) echo "other" ;;
	esac
done

echo "--- here-documents"
name=world
cat <<END
hello $name, $((6 * 7)), $(echo nested)
	tab kept \$name
END
cat <<-'END'
	tab removed, $name kept
	END
cat <<A; cat <<B
first
A
second
B
while read -r a b; do echo "$b $a"; done <<END
one two three
four five
END

echo "--- quoting and substitution"
echo "a\"b" 'c"d' e\ f "$(echo "inner \"quotes\"")" `echo old`
x='$HOME *'; echo "$x"; eval "y=\"evaluated \$name\""; echo "$y"
printf '%s|' "$(printf 'line\n\n\n')" end; echo
echo a{b,c}d ~root | sed 's/ .*//'

echo "--- lists and status"
true && echo and; false || echo or; ! false; echo "not $?"
{ echo group; false; }; echo $?
(exit 9); echo $?
false | true; echo "pipe $?"
set -o pipefail; false | true; echo "pipefail $?"; set +o pipefail
[ -n "" ] || [ a = a -a 2 -gt 1 ] && echo test
[[ abc = a* ]] && echo double
if false; then echo no; elif true; then echo elif; else echo no; fi

echo "--- options and builtins"
(set -e; false; echo unreached); echo "set -e $?"
(set -u; echo "$undefined_variable") 2>/dev/null; echo "set -u $?"
(set -f; echo *); set -- -a -b value rest
while getopts ab: opt; do echo "$opt <$OPTARG>"; done; shift $((OPTIND - 1))
echo "$1"
echo "one two" | { read -r a b; echo "$b-$a"; }
printf 'a\\b\n' | { read x; echo "$x"; }
type cd >/dev/null && command -v echo; alias hi='echo hello'; unalias hi
export exported=yes; sh -c 'echo $exported $0 $1' zero one
readonly fixed=1; (fixed=2) 2>/dev/null; echo "readonly $?"
umask 027; umask; pwd | sed 's/.*\///'; cd /; pwd; cd - >/dev/null; : nothing
echo "$(trap 'echo bye' EXIT; echo work)"
