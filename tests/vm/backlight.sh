#!/bin/bash
# A backlight of a real kernel: the display at its end gets what the daemon is told to set, everybody
# hears when somebody else sets it, and no boost outlives who asked for it, whether that is a program
# that leaves or the daemon itself that is stopped or killed. Prints a transcript; exit status 0 if
# every check holds.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")

if [ "${1-}" != inside ]; then
    cd "$here/../.."
    cargo build --quiet --package deskconnd --package deskconn-cli
    programs=${CARGO_TARGET_DIR:-target}/debug
    exec "$here/run" --timeout 120 "$programs/deskconnd" "$programs/deskconn" -- 'bash tests/vm/backlight.sh inside'
fi

. "$here/checks"

brightness=org.deskconn.screen.brightness
mkdir -p "$HOME/.config/deskconn"
echo 'listen.tcp = []
discovery.announce = false' >"$HOME/.config/deskconn/deskconnd.toml"

# The display's levels are read one by one: nothing else may be set in between.
exec 3< <(exec python3 tests/vm/picolcd.py)
read -r first <&3
levels() { # COUNT
    local level
    for _ in $(seq "$1"); do
        read -r -t 60 level <&3
        echo "$level"
    done | paste -sd,
}
backlight=$(echo /sys/class/backlight/*)
check 'the kernel has one backlight, whose most is' "255 raw" \
    "$(cat "$backlight/max_brightness") $(cat "$backlight/type")"
check 'it begins at its most' 255 "$first"

# Starts the daemon, and waits until it has said how the screen is.
start() {
    exec 4< <(exec deskconnd 2>&1)
    daemon=$!
    local line
    while read -r line <&4; do
        case $line in *'screen  '*) check 'the component is' ready "${line##* }"; return ;; esac
    done
    return 1
}
# Reads the rest of what the daemon says, which is how its end is noticed.
ended() { cat <&4 >/dev/null; }

call() { deskconn call "$brightness.$1" "${@:2}" --json >/dev/null; }

start
call set -kpercent=50
check 'set to 50 %' 128 "$(levels 1)"
call set -kpercent=0
check 'set to 0 %, which is not black' 3 "$(levels 1)"
call step -kby=39
check 'a step of 39 %' 102 "$(levels 1)"

exec 5< <(exec deskconn subscribe "$brightness.on_change" --json 2>&1)
subscriber=$!
read -r _subscribed <&5
echo 51 >"$backlight/brightness"
check 'somebody else sets it' 51 "$(levels 1)"
read -r -t 60 event <&5
check 'and everybody is told' '"percent":20' "$(grep -o '"percent":[0-9]*' <<<"$event")"
kill $subscriber

# The command line leaves as soon as it has its answer.
call boost -kpercent=100
check 'a boost of somebody who leaves' 255,51 "$(levels 2)"

hold() {
    exec 6< <(exec python3 tests/vm/hold_boost.py "$XDG_RUNTIME_DIR/deskconn/deskconnd.sock" "$1")
    holder=$!
    read -r held <&6
    check 'a program holds a boost' boosted "$held"
}
hold 80
check 'it is bright' 204 "$(levels 1)"
kill -KILL $holder
check 'until that is killed' 51 "$(levels 1)"

hold 90
check 'it is bright' 230 "$(levels 1)"
kill -TERM $daemon
ended
check 'until the daemon is stopped' 51 "$(levels 1)"

start
hold 100
check 'it is bright' 255 "$(levels 1)"
kill -KILL $daemon
ended
check 'when the daemon is killed it stays so' 255 "$(cat "$backlight/brightness")"
start
check 'until it starts again' 51 "$(levels 1)"

kill -TERM $daemon
ended
exit $failed
