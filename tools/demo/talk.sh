# Sourced by a script that speaks to a cabinet and hears it. It sets `bin`, `home`, `fail`, and
# opens `events`, what `cabinetctl watch` prints.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
ctl() { "$bin/cabinetctl" "$@"; }
kiosk() { ctl kiosk --socket "$home/control.sock" "$@" | sed 's/^/    /'; }

# Shows the journal as it arrives, up to an entry of this kind.
until_event() {
    local line
    while read -r -t 60 -u "$events" line; do
        printf '    %s\n' "$line"
        [[ $line != *" $1 "* ]] || return 0
    done
    fail "no '$1' came within a minute"
}
