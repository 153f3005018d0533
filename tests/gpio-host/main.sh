#!/bin/bash
# Inside the machine, once it is up: the one command of this run or the orders of many, and the end.
set -euo pipefail
run=/run/gpio-host
tools=$(<"$run/tools")
export PATH="$tools:$PATH"
# shellcheck source=SCRIPTDIR/command.sh
source "$tools/command.sh"
# shellcheck source=SCRIPTDIR/orders.sh
source "$tools/orders.sh"

status=0
if [ -e "$run/orders" ]; then
    serve_orders "$(<"$run/orders")"
else
    run_command "$run" </dev/null >/dev/ttyS0 2>/dev/ttyS1 || status=$?
fi
cat /proc/uptime >"$run/uptime"
echo "$status" >"$run/status"
if [ -e "$run/systemd" ]; then
    stty -F /dev/ttyS0 >/dev/null
    sync
    systemctl poweroff -ff
fi
