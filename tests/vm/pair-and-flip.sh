#!/bin/bash
# The product from end to end, in a real kernel: two computers on one network find each other by
# their announcements and pair by a code; then one flips the other's slides, by its command line and
# by a browser that shows the web remote, and a reader of /dev/input gets exactly the keys. Prints a
# transcript; exit status 0 if every check holds. Takes two minutes: the kernel has one processor,
# and a browser is large.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")

if [ "${1-}" != inside ]; then
    cd "$here/../.."
    cargo build --quiet --package deskconnd --package deskconn-cli
    cargo build --quiet --package deskconn-slides --examples
    programs=${CARGO_TARGET_DIR:-target}/debug
    exec "$here/run" --timeout 580 --memory 1024M "$programs/deskconnd" "$programs/deskconn" "$programs/examples/read_keys" -- \
        'bash tests/vm/pair-and-flip.sh inside'
fi

failed=0
check() { # WHAT EXPECTED GOT
    if [ "$2" = "$3" ]; then
        echo "ok: $1: $3"
    else
        echo "FAILED: $1: expected: $2, got: $3"
        failed=1
    fi
}

# The two computers have a /run of their own, so nothing they need may be there.
homes=$(mktemp -d)
PATH=$(dirname "$(readlink -f "$(command -v deskconn)")"):$PATH

coproc LAB { exec tests/netns/up; }
read -r _ lab <&"${LAB[0]}"

# Runs a command of the user at one of the computers.
at() { # a|b COMMAND...
    HOME=$homes/$1 XDG_RUNTIME_DIR=$homes/$1 exec tests/netns/enter "$lab" "$@"
}
mkdir -p "$homes/a/.config/deskconn" "$homes/b"
printf '[device]\nname = "study"\n' >"$homes/a/.config/deskconn/deskconnd.toml"

# The rest of the first line of FILE that contains WORDS; waits for it as long as the program that
# writes it runs.
line() { # FILE WORDS PROGRAM
    local found=
    until [ -n "$found" ]; do
        kill -0 "$3" || { cat "$1" >&2 && return 1; }
        found=$(sed -n "/$2/{s/.*$2//p;q}" "$1")
    done
    echo "$found"
}

at a deskconnd >"$homes/daemon" 2>&1 &
daemon=$!
check 'slides' ready "$(line "$homes/daemon" '  slides *' $daemon)"

at a deskconn pair >"$homes/pair" 2>&1 &
pair=$!
code=$(line "$homes/pair" 'Code ' $pair)
exec 5< <(at b deskconn discover --watch --json)
found=$(grep --max-count=1 '"pairing":true' <&5)
exec 5<&- # which ends it
check 'found by its announcement' study "$(sed 's/.*"name":"\([^"]*\)".*/\1/' <<<"$found")"
(at b deskconn join study --code "$code") >"$homes/joined"
wait "$pair"
check 'both show the same words' \
    "$(sed -n 's/^Words //p' "$homes/pair")" "$(sed -n 's/^Words //p' "$homes/joined")"

# The keys after ACTION... by the other computer, in one line.
after() { # COUNT ACTION...
    local action
    exec 4< <(exec read_keys --timeout 60 --count "$1" 2>&1)
    read -r _reading <&4
    shift
    for action in "$@"; do
        (at b deskconn --on study call "org.deskconn.slides.$action") >&2
    done
    paste -sd, <&4
}

# The keys after the other computer's browser has paired by CODE and tapped and pressed Next.
after_the_browser() { # CODE
    exec 4< <(exec read_keys --timeout 400 --count 4 2>&1)
    read -r _reading <&4
    (DESKCONN_URL=http://10.77.0.1:5020/ DESKCONN_CODE=${1// /} DESKCONN_PATIENCE=200 \
        at b node --test-force-exit web/e2e/remote.test.mjs) >"$homes/browser" || cat "$homes/browser" >&2
    paste -sd, <&4
}
check 'next' 'KEY_PAGEDOWN 1,KEY_PAGEDOWN 0' "$(after 2 next)"
check 'previous, black' 'KEY_PAGEUP 1,KEY_PAGEUP 0,KEY_B 1,KEY_B 0' "$(after 4 previous black)"

device=$(at a deskconn devices --json | sed 's/.*"id":"\([a-z2-7]*\)".*/\1/')
(at a deskconn unpair "$device") >"$homes/unpair"
status=0
(at b deskconn --on study call org.deskconn.slides.next) 2>"$homes/refused" || status=$?
check 'refused once it is removed' 4 "$status"

at a deskconn pair --ttl 15m >"$homes/pair" 2>&1 &
pair=$!
code=$(line "$homes/pair" 'Code ' $pair)
check 'Next in the browser, twice' \
    'KEY_PAGEDOWN 1,KEY_PAGEDOWN 0,KEY_PAGEDOWN 1,KEY_PAGEDOWN 0' "$(after_the_browser "$code")"
wait "$pair"

kill "$daemon"
status=0
wait "$daemon" || status=$?
check 'the daemon ends well' 0 "$status"
check 'and takes its keyboard with it' 0 "$(grep -c 'Name="DeskConn Slides"' /proc/bus/input/devices || true)"

[ $failed = 0 ] || cat "$homes"/{daemon,pair,joined,refused}
exit $failed
