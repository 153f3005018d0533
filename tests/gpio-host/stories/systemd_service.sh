#!/usr/bin/env bash
# Under systemd a service gets the devices it is allowed, and no other. Needs run.sh --systemd.
set -euo pipefail
systemctl is-active multi-user.target
read -r device _ < <(sim-chip.sh up a expander-a 4)
fenced=(systemd-run --quiet --wait --collect -p DevicePolicy=closed)
"${fenced[@]}" -p 'DeviceAllow=char-gpiochip rw' head -c 0 "/dev/$device"
! "${fenced[@]}" head -c 0 "/dev/$device"
