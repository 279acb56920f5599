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

. "$here/stage"

XDG_CONFIG_HOME=~/.config
daemon 'profile = "mupdf"'
keyboard=$(sed -n '/Name="DeskConn Slides"/,/^$/s/^H:.*\(event[0-9]*\).*/\1/p' /proc/bus/input/devices)
sed "s/EVENT/$keyboard/" "$here/xorg.conf" >/tmp/xorg.conf
export DISPLAY=:7
Xorg :7 -config /tmp/xorg.conf -noreset -nolisten tcp -logfile /tmp/xorg.log >/tmp/xorg.out 2>&1 &
until [ -e /tmp/.X11-unix/X7 ]; do kill -0 $! || { cat /tmp/xorg.out; exit 1; }; done

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

finish /tmp/xorg.out /tmp/mupdf.log
