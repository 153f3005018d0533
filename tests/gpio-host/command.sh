#!/bin/bash
# Inside the machine: runs what the host has written down, as it would have run there.
set -euo pipefail

# run_command <folder>: with the arguments, environment and working directory in it; `boots` is how
# often this machine has booted.
run_command() {
    local arguments environment here
    mapfile -d '' -t arguments <"$1/arguments"
    mapfile -d '' -t environment <"$1/environment"
    here=$(<"$1/working-directory")
    (
        cd "$here" 2>/dev/null || cd /
        exec env -i "${environment[@]}" PATH="$PATH" HOME=/root TMPDIR=/tmp \
            GPIO_HOST_BOOT="${boots:?}" "${arguments[@]}"
    )
}
