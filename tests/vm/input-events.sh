#!/bin/bash
# Pointer and keyboard through a real kernel: a reader of /dev/input gets what callers do, text is right in
# every layout as the desktops' own library reads it, and nothing stays down when a caller leaves or the
# daemon is killed. Prints a transcript; exit status 0 if every check holds.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")

if [ "${1-}" != inside ]; then
    cd "$here/../.."
    cargo build --quiet --package deskconnd --package deskconn-cli
    cargo build --quiet --package deskconn-virtual-input --examples
    programs=${CARGO_TARGET_DIR:-target}/debug
    exec "$here/run" --timeout 180 "$programs/deskconnd" "$programs/deskconn" "$programs/examples/read_events" -- \
        'bash tests/vm/input-events.sh inside'
fi

. "$here/checks"

log=$(mktemp)
start() { # LAYOUT
    mkdir -p ~/.config/deskconn
    printf '[listen]\ntcp = []\n[discovery]\nannounce = false\n[components.input]\nlayout = "%s"\n' "$1" \
        >~/.config/deskconn/deskconnd.toml
    : >"$log"
    deskconnd >>"$log" 2>&1 &
    daemon=$!
    until grep -q '^  input ' "$log"; do kill -0 $daemon || { cat "$log"; exit 1; }; done
}
stop() { kill $daemon && wait $daemon; }
call() { deskconn call "org.deskconn.input.$1" "${@:2}"; } # VERB [-k ARGUMENT=VALUE]
# The next COUNT events of a device, on descriptor 4.
listen() { # pointer|keyboard COUNT
    exec 4< <(exec read_events --name "DeskConn ${1^}" --count "$2" 2>&1)
    read -r _reading <&4
}
heard() { paste -sd, <&4; }

start us
check 'it says that it runs' ready "$(sed -n 's/^  input *//p' "$log")"

listen pointer 2
call move -k dx=7 -k dy=-3
check 'the pointer moves' 'REL_X 7,REL_Y -3' "$(heard)"
listen pointer 4
call button -k button=left
call button -k button=right
check 'buttons' 'BTN_LEFT 1,BTN_LEFT 0,BTN_RIGHT 1,BTN_RIGHT 0' "$(heard)"
listen pointer 3
call scroll -k dy=0.5
call scroll -k dy=0.5
check 'the wheel' 'REL_WHEEL_HI_RES -60,REL_WHEEL_HI_RES -60,REL_WHEEL -1' "$(heard)"
listen keyboard 4
call key -k key=t -k 'modifiers=["ctrl"]'
check 'a key with a modifier' 'KEY_LEFTCTRL 1,KEY_T 1,KEY_T 0,KEY_LEFTCTRL 0' "$(heard)"
refused=$(call key -k key=power 2>&1 || true)
check 'a key that is none' 'error: there is no key `power` (org.deskconn.error.invalid_argument)' "${refused%%$'\n'*}"

# A session that ends while it holds a button lets go of it: each call is a session of its own.
listen pointer 2
call button -k button=left -k action=press
check 'who leaves lets go' 'BTN_LEFT 1,BTN_LEFT 0' "$(heard)"

listen keyboard 2000
for _ in $(seq 4); do call type -k text="$(printf 'x%.0s' {1..400})" & done
read -r _first <&4
kill -KILL $daemon
wait
devices() { grep -c 'Name="DeskConn [KP]' /proc/bus/input/devices || true; }
check 'the daemon is killed while it types: its devices are gone, and every key with them' 0 "$(devices)"
exec 4<&-

text() { # LAYOUT TEXT
    start "$1"
    exec 4< <(exec read_events --name 'DeskConn Keyboard' --until KEY_F12 2>&1)
    read -r _reading <&4
    call type -k text="$2"
    call key -k key=f12
    check "text in the layout $1" "$2" "$(grep -v KEY_F12 <&4 | python3 tests/vm/decode_keys.py "$1")"
    stop
}
text us 'Hello, World! ~/a_b|c <d@e.f> "100%"'
text gb 'Hello, World! £20 or €22, ~/a_b|c\d <d@e.f> "#1"'
text de 'Grüße, Welt! ~/a_b|c\d <d@e.f> {x} é à ê ^ €5 µ'
text fr 'à bientôt ! Noël, été, ça : ~/a_b|c\d <d@e.f> {x} €5 §'

start de
refused=$(call type -k text='naïve ☂' 2>&1 || true)
check 'what the layout lacks is named, and nothing is typed' \
    'error: the layout `de` has no key for `ï`, `☂` (org.deskconn.error.invalid_argument)' "${refused%%$'\n'*}"
stop

[ $failed = 0 ] || cat "$log"
exit $failed
