#!/bin/bash
# Slides keys through a real kernel: a reader of /dev/input must get exactly what each action
# should press, from a keyboard that has no other keys and that never outlives its process.
# Prints a transcript; exit status 0 if every check holds.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")

if [ "${1-}" != inside ]; then
    cd "$here/../.."
    cargo build --quiet --package deskconn-slides --package deskconn-virtual-input --examples
    programs=${CARGO_TARGET_DIR:-target}/debug/examples
    exec "$here/run" "$programs/press" "$programs/read_events" -- 'bash tests/vm/slides-keys.sh inside'
fi

. "$here/checks"

# Starts a keyboard whose keys are those of viewer $1; commands for it go to descriptor 3.
plug_in() {
    coproc PRESS { exec press --profile "$1"; }
    press=$PRESS_PID
    exec 3>&"${PRESS[1]}"
    read -r _ready <&"${PRESS[0]}"
}

unplug() {
    exec 3>&-
    eval "exec ${PRESS[1]}>&-"
    wait "$press"
}

# The next $1 events after the commands $2..., in one line.
after() {
    exec 4< <(exec read_events --name "DeskConn Slides" --count "$1" 2>&1)
    read -r _reading <&4
    printf '%s\n' "${@:2}" >&3
    paste -sd, <&4
}

# ACTION gives these EVENTs and no more: "next" follows it, and its events must come next.
presses() { # VIEWER ACTION EVENT...
    local what="$1 $2" action=$2 expected
    shift 2
    expected=$(IFS=,; echo "$*,KEY_PAGEDOWN 1,KEY_PAGEDOWN 0")
    check "$what, next" "$expected" "$(after $(($# + 2)) "$action" next)"
}

holds() { # VIEWER ACTION EVENT...
    local what="$1 $2" action=$2
    shift 2
    check "$what held" "$(IFS=,; echo "$*")" "$(after $# "hold $action")"
}

keyboards() { grep -c 'Name="DeskConn Slides"' /proc/bus/input/devices || true; }

plug_in generic
check 'one keyboard' 1 "$(keyboards)"
check 'it has these keys only' \
    KEY_ESC,KEY_W,KEY_P,KEY_LEFTCTRL,KEY_F,KEY_G,KEY_LEFTSHIFT,KEY_B,KEY_LEFTALT,KEY_F5,KEY_HOME,KEY_PAGEUP,KEY_LEFT,KEY_RIGHT,KEY_END,KEY_PAGEDOWN \
    "$(read_events --name "DeskConn Slides" --list | paste -sd,)"
presses generic next 'KEY_PAGEDOWN 1' 'KEY_PAGEDOWN 0'
presses generic previous 'KEY_PAGEUP 1' 'KEY_PAGEUP 0'
presses generic first 'KEY_HOME 1' 'KEY_HOME 0'
presses generic last 'KEY_END 1' 'KEY_END 0'
presses generic start 'KEY_F5 1' 'KEY_F5 0'
presses generic start_current 'KEY_LEFTSHIFT 1' 'KEY_F5 1' 'KEY_F5 0' 'KEY_LEFTSHIFT 0'
presses generic stop 'KEY_ESC 1' 'KEY_ESC 0'
presses generic black 'KEY_B 1' 'KEY_B 0'
presses generic white 'KEY_W 1' 'KEY_W 0'
unplug
check 'no keyboard once its process has ended' 0 "$(keyboards)"

plug_in okular
presses okular start \
    'KEY_LEFTCTRL 1' 'KEY_HOME 1' 'KEY_HOME 0' 'KEY_LEFTCTRL 0' \
    'KEY_LEFTCTRL 1' 'KEY_LEFTSHIFT 1' 'KEY_P 1' 'KEY_P 0' 'KEY_LEFTSHIFT 0' 'KEY_LEFTCTRL 0'
holds okular start_current 'KEY_LEFTCTRL 1' 'KEY_LEFTSHIFT 1' 'KEY_P 1'
presses okular release 'KEY_P 0' 'KEY_LEFTSHIFT 0' 'KEY_LEFTCTRL 0'

holds okular start_current 'KEY_LEFTCTRL 1' 'KEY_LEFTSHIFT 1' 'KEY_P 1'
kill -KILL "$press"
wait "$press" 2>/dev/null || true
check 'no keyboard once its process was killed with keys down' 0 "$(keyboards)"

exit $failed
