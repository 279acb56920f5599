#!/bin/bash
# A real slide show: a PDF viewer on an X server in the real kernel, turned by a caller through the daemon
# and its virtual keyboard. What is seen are the pixels of the screen. Prints a transcript; exit status 0 if
# every check holds. `make show` installs what it needs.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")

if [ "${1-}" != inside ]; then
    cd "$here/../../.."
    cargo build --quiet --package deskconnd --package deskconn-cli
    programs=${CARGO_TARGET_DIR:-target}/debug
    exec "$here/../run" --timeout 240 --memory 768M "$programs/deskconnd" "$programs/deskconn" -- \
        'bash tests/vm/show/slide-show.sh inside'
fi

. "$here/../checks"

mkdir -p ~/.config/deskconn
cat >~/.config/deskconn/deskconnd.toml <<'END'
[listen]
tcp = []
[discovery]
announce = false
[components.input]
enabled = false
[components.slides]
profile = "mupdf"
END
log=$(mktemp)
deskconnd >"$log" 2>&1 &
daemon=$!
until grep -q '^  slides ' "$log"; do kill -0 $daemon || { cat "$log"; exit 1; }; done
check 'slides' ready "$(sed -n 's/^  slides *//p' "$log")"

keyboard=$(sed -n '/Name="DeskConn Slides"/,/^$/s/^H:.*\(event[0-9]*\).*/\1/p' /proc/bus/input/devices)
sed "s/EVENT/$keyboard/" "$here/xorg.conf" >/tmp/xorg.conf
export DISPLAY=:7
Xorg :7 -config /tmp/xorg.conf -noreset -nolisten tcp -logfile /tmp/xorg.log >/tmp/xorg.out 2>&1 &
until [ -e /tmp/.X11-unix/X7 ]; do kill -0 $! || { cat /tmp/xorg.out; exit 1; }; done

# The colour in the middle of the screen, once it is one of those of slides.
colour() { xwd -root -silent | python3 "$here/colour.py"; }
# Waits until it is COLOUR, for half a minute, and says what it is.
becomes() { # COLOUR
    local seen= begin=$SECONDS
    until [ "$seen" = "$1" ] || [ $((SECONDS - begin)) -gt 30 ]; do seen=$(colour); done
    echo "$seen"
}
turn() { deskconn call "org.deskconn.slides.$1"; }

python3 "$here/make_slides.py" >/tmp/slides.pdf
mupdf /tmp/slides.pdf >/tmp/mupdf.log 2>&1 &
check 'the first slide' red "$(becomes red)"
turn next
check 'next' green "$(becomes green)"
turn next
check 'next' blue "$(becomes blue)"
turn previous
check 'previous' green "$(becomes green)"
turn last
check 'last' blue "$(becomes blue)"
turn first
check 'first' red "$(becomes red)"

[ $failed = 0 ] || cat "$log" /tmp/xorg.out /tmp/mupdf.log
exit $failed
