#!/bin/bash
# Pins through a real kernel: lines of a simulated chip are set by callers and by a schedule whose clock
# the test sets, watched from outside, and left in their safe state however the daemon ends. Prints a
# transcript; exit status 0 if every check holds.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")

if [ "${1-}" != inside ]; then
    cd "$here/../.."
    cargo build --quiet --package deskconnd --package deskconn-cli
    cargo build --quiet --package deskconn-gpio --examples
    programs=${CARGO_TARGET_DIR:-target}/debug
    exec "$here/run" --timeout 180 "$programs/deskconnd" "$programs/deskconn" "$programs/examples/panic_with_pin" -- \
        'bash tests/vm/gpio-lines.sh inside'
fi

. "$here/checks"

# A chip of eight lines. Nothing pulls but what the test says: a line that is let go goes up here, so that
# "off" is what somebody drives.
chip=/sys/kernel/config/gpio-sim/rig
mkdir -p $chip/bank0/line{0,1,2,3}
echo 8 >$chip/bank0/num_lines
echo rig >$chip/bank0/label
for line in 0 1 2 3; do echo GPIO$((10 + line)) >$chip/bank0/line$line/name; done
echo 1 >$chip/live
sim=$(echo /sys/devices/platform/gpio-sim.0/gpiochip*)
voltage() { cat "$sim/sim_gpio$1/value"; } # LINE
pull() { echo "pull-$2" >"$sim/sim_gpio$1/pull"; } # LINE up|down
lamp=0 fan=1 panel=2 door=3
for line in $lamp $fan $panel; do pull $line up; done

# Waits until LINE has VALUE, and says it.
becomes() { # LINE VALUE
    until [ "$(voltage "$1")" = "$2" ]; do :; done
    voltage "$1"
}

export TZ=Europe/Berlin
mkdir -p ~/.config/deskconn
cat >~/.config/deskconn/deskconnd.toml <<'END'
[listen]
tcp = []
[discovery]
announce = false
[components.gpio.lines.lamp]
line = "GPIO10"
title = "Lamp"
direction = "output"
[components.gpio.lines.fan]
chip = "rig"
line = 1
direction = "output"
active_low = true
[components.gpio.lines.panel]
line = "GPIO12"
direction = "output"
schedule = [{ from = "10:00", until = "16:00" }]
[components.gpio.lines.door]
line = "GPIO13"
direction = "input"
debounce_ms = 5
END

date -s '2026-06-01 09:30' >/dev/null
log=$(mktemp)
start() {
    : >"$log"
    deskconnd >>"$log" 2>&1 &
    daemon=$!
    until grep -q '^  gpio ' "$log"; do kill -0 $daemon || { cat "$log"; exit 1; }; done
}
call() { deskconn call "org.deskconn.gpio.$1" "${@:2}"; } # LINE.VERB [-k ARGUMENT=VALUE]
field() { sed -n "s/^ *\"$1\": \(.*[^,]\),\?$/\1/p"; } # NAME of an answer
keeper() { pgrep --full -- --keep-pins; }
# The next COUNT events of LINE, without their times; descriptor 4 is open when they can come.
listen() { # LINE COUNT
    exec 4< <(exec deskconn subscribe "org.deskconn.gpio.$1.on_change" --count "$2" 2>&1)
    read -r _subscribed <&4
}
heard() { sed -n 's/.*"kwargs":{\([^}]*\)}.*/\1/p' <&4 | sed 's/"at":[0-9]*,\?//; s/,$//; s/"//g' | paste -sd' '; }

start
check 'it says that it runs' ready "$(sed -n 's/^  gpio *//p' "$log")"
check 'the lamp begins off' 0 "$(voltage $lamp)"
check 'the fan, whose line is active low, begins off' 1 "$(voltage $fan)"
check 'the panel is not on before ten' 0 "$(voltage $panel)"

listen lamp 3
call lamp.write -k value=true >&2
check 'the lamp is switched on' 1 "$(voltage $lamp)"
call lamp.toggle >&2
check 'and off' 0 "$(voltage $lamp)"
call lamp.pulse -k for_ms=200 >&2
check 'a pulse ends' 0 "$(becomes $lamp 0)"
check 'all of it was told' 'by:owner,value:true by:owner,value:false by:owner,doing:pulse,value:true' "$(heard)"
call fan.write -k value=true >&2
check 'the fan is switched on' 0 "$(voltage $fan)"
refused=$(call lamp.pulse -k for_ms=60001 2>&1 || true)
check 'too long a pulse is refused' 'error: `for_ms` is a number from 1 to 60000 (org.deskconn.error.invalid_argument)' "${refused%%$'\n'*}"
refused=$(call door.write -k value=true 2>&1 || true)
check 'an input is not set' 'error: door is an input (org.deskconn.error.denied)' "${refused%%$'\n'*}"

listen door 2
pull $door up
until [ "$(call door.read | field value)" = true ]; do :; done
pull $door down
check 'edges are told' 'value:true value:false' "$(heard)"

check 'it says what comes next' '"2026-06-01 10:00"' "$(call panel.status | field local)"
listen panel 1
date -s '2026-06-01 09:59:59' >/dev/null
check 'the panel is on from ten' 1 "$(becomes $panel 1)"
check 'and that is told' 'by:schedule,value:true' "$(heard)"
check 'it says what comes next' '"2026-06-01 16:00"' "$(call panel.status | field local)"
date -s '2026-06-01 17:00' >/dev/null
check 'the clock is set forward: the panel is off' 0 "$(becomes $panel 0)"
date -s '2026-06-01 12:00' >/dev/null
check 'the clock is set back: it is on' 1 "$(becomes $panel 1)"
call lamp.set_schedule -k 'windows=[{"from":"22:00","until":"06:00","days":["fri"]}]' >&2

holding=$(keeper)
call lamp.write -k value=true >&2
kill -KILL $daemon
check 'the daemon is killed: the lamp is off' 0 "$(becomes $lamp 0)"
check 'the fan is off' 1 "$(becomes $fan 1)"
check 'the panel is off' 0 "$(becomes $panel 0)"
check 'a keeper holds them so' "$holding" "$(keeper)"

start
check 'the next daemon has them: the panel is on at noon' 1 "$(becomes $panel 1)"
check 'by a keeper of its own' 1 "$(keeper | grep -vc "$holding")"
check 'a schedule that was set is there again' '"2026-06-05 22:00"' "$(call lamp.schedule | field local)"

listen lamp 2
call lamp.write -k value=true >&2
kill -KILL "$(keeper)"
check 'a keeper that is killed has a successor: the lamp is off' 0 "$(becomes $lamp 0)"
check 'and that is told' 'by:owner,value:true value:false' "$(heard)"
check 'the panel is on' 1 "$(becomes $panel 1)"

# Ends keeper or daemon while the lines stay open elsewhere, so that it shows what they were driven to.
after_the_end_of() { # PROCESS SIGNAL TO
    coproc HOLD { exec python3 tests/vm/hold_lines.py "$1"; }
    read -r _holding <&"${HOLD[0]}"
    kill "-$2" "$3"
    until ! kill -0 "$1" 2>/dev/null || [ "$(sed -n 's/^State:\s*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)" = Z ]; do :; done
    voltage $lamp
    eval "exec ${HOLD[1]}>&-"
    wait "$HOLD_PID"
}
call lamp.write -k value=true >&2
check 'the daemon is told to end: the lamp is off' 0 "$(after_the_end_of "$(keeper)" TERM $daemon)"
status=0
wait $daemon || status=$?
check 'it ends well' 0 "$status"
check 'and lets go of the lines' 1 "$(voltage $lamp)"

start
call lamp.write -k value=true >&2
kill -KILL $daemon
wait $daemon 2>/dev/null || true
call_off=$(after_the_end_of "$(keeper)" TERM "$(keeper)")
check 'a keeper without a daemon ends when told' "0 " "$call_off $(keeper)"

mkfifo /tmp/panic
panic_with_pin GPIO10 </tmp/panic >/tmp/on 2>/dev/null &
panicking=$!
exec 5>/tmp/panic
until grep -q on /tmp/on; do :; done
check 'a program has the lamp on' 1 "$(voltage $lamp)"
coproc HOLD { exec python3 tests/vm/hold_lines.py $panicking; }
read -r _holding <&"${HOLD[0]}"
echo >&5
wait $panicking || true
check 'it has panicked: the lamp is off' 0 "$(voltage $lamp)"

[ $failed = 0 ] || cat "$log"
exit $failed
