#!/bin/bash
# The product from end to end, in a real kernel: two computers on one network find each other by
# their announcements and pair by a code; then one flips the other's slides, by its command line and
# by a browser that shows the web remote, and a reader of /dev/input gets exactly the keys. The browser
# moves the pointer, types and switches a pin, too, once the owner has allowed that. Prints a transcript;
# exit status 0 if every check holds. Takes two minutes: the kernel has one processor, and a browser is
# large.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")

if [ "${1-}" != inside ]; then
    cd "$here/../.."
    cargo build --quiet --package deskconnd --package deskconn-cli
    cargo build --quiet --package deskconn-virtual-input --examples
    programs=${CARGO_TARGET_DIR:-target}/debug
    exec "$here/run" --timeout 580 --memory 1024M "$programs/deskconnd" "$programs/deskconn" \
        "$programs/examples/read_events" -- \
        'bash tests/vm/pair-and-flip.sh inside'
fi

. "$here/checks"

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

# A lamp and a door on a chip of two lines, both off.
chip=/sys/kernel/config/gpio-sim/rig
mkdir -p $chip/bank0/line{0,1}
echo 2 >$chip/bank0/num_lines
echo LAMP >$chip/bank0/line0/name
echo DOOR >$chip/bank0/line1/name
echo 1 >$chip/live
sim=$(echo /sys/devices/platform/gpio-sim.0/gpiochip*)

cat >"$homes/a/.config/deskconn/deskconnd.toml" <<'END'
[device]
name = "study"
[components.input]
layout = "us"
[components.gpio.lines.lamp]
line = "LAMP"
title = "Lamp"
direction = "output"
[components.gpio.lines.door]
line = "DOOR"
direction = "input"
END

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
    exec 4< <(exec read_events --name "DeskConn Slides" --timeout 60 --count "$1" 2>&1)
    read -r _reading <&4
    shift
    for action in "$@"; do
        (at b deskconn --on study call "org.deskconn.slides.$action") >&2
    done
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
exec 4< <(exec read_events --timeout 500 --name 'DeskConn Slides' --count 4 2>&1)
read -r _reading <&4
exec 5< <(exec read_events --timeout 500 --name 'DeskConn Pointer' --until BTN_LEFT 2>&1)
read -r _reading <&5
exec 6< <(exec read_events --timeout 500 --name 'DeskConn Keyboard' --count 6 2>&1)
read -r _reading <&6
(DESKCONN_URL=http://10.77.0.1:5020/ DESKCONN_CODE=${code// /} DESKCONN_PATIENCE=200 \
    at b node web/e2e/kernel.mjs) >"$homes/browser" 2>&1 &
browser=$!
wait "$pair"
check 'Next and Previous in the browser' \
    'KEY_PAGEDOWN 1,KEY_PAGEDOWN 0,KEY_PAGEUP 1,KEY_PAGEUP 0' "$(paste -sd, <&4)"
device=$(at a deskconn devices --json | sed 's/.*"id":"\([a-z2-7]*\)".*/\1/')
(at a deskconn grant "$device" --force input gpio:lamp gpio:door) >"$homes/grant"
check 'a finger on its touchpad, which then taps' 'REL_X,REL_Y,BTN_LEFT' \
    "$(sed 's/ .*//' <&5 | awk '!seen[$0]++' | paste -sd,)"
check 'what is typed in it' 'KEY_H 1,KEY_H 0,KEY_I 1,KEY_I 0,KEY_ENTER 1,KEY_ENTER 0' "$(paste -sd, <&6)"
until [ "$(cat "$sim/sim_gpio0/value")" = 1 ]; do kill -0 $browser || break; done
check 'its switch' 1 "$(cat "$sim/sim_gpio0/value")"
echo pull-up >"$sim/sim_gpio1/pull"
status=0
wait $browser || status=$?
check 'it shows that the door opens' 0 $status
[ $status = 0 ] || cat "$homes/browser"

kill "$daemon"
status=0
wait "$daemon" || status=$?
check 'the daemon ends well' 0 "$status"
check 'and takes its keyboard with it' 0 "$(grep -c 'Name="DeskConn Slides"' /proc/bus/input/devices || true)"

[ $failed = 0 ] || cat "$homes"/{daemon,pair,joined,refused}
exit $failed
