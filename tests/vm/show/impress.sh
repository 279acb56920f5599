#!/bin/bash
# A real slide show of LibreOffice Impress, from start to end, turned by a caller through the daemon and its
# virtual keyboard. What is seen are the pixels of the screen. Prints a transcript; exit status 0 if every check
# holds. It takes some minutes; `make show` installs what it needs.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")

if [ "${1-}" != inside ]; then
    cd "$here/../../.."
    cargo build --quiet --package deskconnd --package deskconn-cli
    programs=${CARGO_TARGET_DIR:-target}/debug
    exec "$here/../run" --timeout 580 --memory 1500M "$programs/deskconnd" "$programs/deskconn" -- \
        'bash tests/vm/show/impress.sh inside'
fi

profile=libreoffice-impress
. "$here/stage"

openbox >/tmp/openbox.log 2>&1 &
python3 "$here/make_presentation.py" >/tmp/slides.fodp
export SAL_USE_VCLPLUGIN=gen
soffice --norestore --nologo --nofirststartwizard /tmp/slides.fodp >/tmp/soffice.log 2>&1 &

# Waits for a window with TEXT in its title, for five minutes, and says whether there is one.
window() { # TEXT
    local begin=$SECONDS
    until xwininfo -root -tree 2>/dev/null | grep -q "$1"; do
        [ $((SECONDS - begin)) -lt 300 ] || { echo none; return; }
    done
    echo there
}
# Presses the key that starts the show, once: a show that is about to start loses its keys to a second one.
start() {
    local begin=$SECONDS
    turn start
    until xwininfo -root -tree | grep -q 'Presenting'; do
        [ $((SECONDS - begin)) -lt 180 ] || { echo no; return; }
    done
    echo on
}

check 'the editor' there "$(window 'slides.fodp.*Impress')"
check 'start' on "$(start)"
check 'the first slide' red "$(becomes red 60)"
turn next
check 'next' green "$(becomes green 60)"
turn next
check 'next' blue "$(becomes blue 60)"
turn previous
check 'previous' green "$(becomes green 60)"
turn black
check 'black' black "$(becomes black 60)"
turn black
check 'black again: the slide' green "$(becomes green 60)"
turn white
check 'white' white "$(becomes white 60)"
turn white
check 'white again: the slide' green "$(becomes green 60)"
turn first
check 'first' red "$(becomes red 60)"
turn last
check 'last' blue "$(becomes blue 60)"
turn stop
ended() {
    local begin=$SECONDS
    while xwininfo -root -tree | grep -q 'Presenting'; do
        [ $((SECONDS - begin)) -lt 60 ] || { echo no; return; }
    done
    echo yes
}
check 'stop ends the show' yes "$(ended)"

finish /tmp/soffice.log
