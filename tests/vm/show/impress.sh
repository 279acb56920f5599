#!/bin/bash
# A real slide show of LibreOffice Impress, from start to end, turned by a caller through the daemon and the X
# server that it is on. What is seen are the pixels of the screen. Prints a transcript; exit status 0 if every
# check holds. `make show` installs what it needs.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "$here/../../.."
cargo build --quiet --package deskconnd --package deskconn-cli
PATH=$(readlink -f "${CARGO_TARGET_DIR:-target}/debug"):$PATH

. "$here/stage"

# A home and a screen of its own. All that is started ends with it.
HOME=$(mktemp -d) xvfb=
export HOME XDG_CONFIG_HOME=$HOME/config XDG_STATE_HOME=$HOME/state XDG_RUNTIME_DIR=$HOME/run
unset DBUS_SESSION_BUS_ADDRESS WAYLAND_DISPLAY XAUTHORITY XDG_SESSION_TYPE
mkdir -m 700 "$XDG_RUNTIME_DIR"
# shellcheck disable=SC2046 # a list of processes
trap 'kill $(jobs -p) $xvfb 2>/dev/null; rm -rf "$HOME"' EXIT
exec 4< <(exec Xvfb -displayfd 1 -screen 0 800x600x24 -nolisten tcp -noreset 2>"$HOME/xvfb.log")
xvfb=$!
read -r number <&4
export DISPLAY=:$number
openbox >"$HOME/openbox.log" 2>&1 &
daemon 'profile = "libreoffice-impress"
backend = "x11"'
python3 "$here/make_presentation.py" >"$HOME/slides.fodp"
SAL_USE_VCLPLUGIN=gen soffice --norestore --nologo --nofirststartwizard "$HOME/slides.fodp" >"$HOME/soffice.log" 2>&1 &

# Waits for a window with TEXT in its title, or for there to be none, for two minutes; says what there is.
window() { # TEXT there|none
    local seen='' begin=$SECONDS
    until [ "$seen" = "$2" ] || [ $((SECONDS - begin)) -gt 120 ]; do
        seen=none
        if xwininfo -root -tree | grep -q "$1"; then seen=there; fi
    done
    echo "$seen"
}

check 'the editor' there "$(window 'slides.fodp.*Impress' there)"
check 'it shows the first slide' red "$(becomes red)"
turn start
check 'start' there "$(window 'Presenting' there)"
# A slide is wider than the screen is: there is nothing above and below.
check 'the show has the whole screen' black "$(becomes black corner)"
check 'the first slide' red "$(becomes red)"
turn next
check 'next' green "$(becomes green)"
turn next
check 'next' blue "$(becomes blue)"
turn previous
check 'previous' green "$(becomes green)"
turn black
check 'black' black "$(becomes black)"
turn black
check 'black again: the slide' green "$(becomes green)"
turn white
check 'white' white "$(becomes white)"
turn white
check 'white again: the slide' green "$(becomes green)"
turn first
check 'first' red "$(becomes red)"
turn last
check 'last' blue "$(becomes blue)"
turn stop
check 'stop' none "$(window 'Presenting' none)"

finish "$HOME/xvfb.log" "$HOME/soffice.log"
