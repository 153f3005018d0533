#!/usr/bin/env bash
# One seed is one run, to the byte, whichever compiler built it.
# same.sh <preset> <other preset>: both are built
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
differ=0
for seed in 500 501 502 503 504 505; do
    for preset in "$1" "$2"; do
        # Whether a promise was kept is for the tests to say: here it is the same, or not.
        "build/$preset/bin/simulate" --story --from "$seed" >"$work/$preset" 2>&1 || true
    done
    [ "$(wc -l <"$work/$1")" -gt 50 ] || { echo "seed $seed: no transcript" && differ=1; }
    cmp "$work/$1" "$work/$2" || { echo "seed $seed: $1 and $2 tell it differently" && differ=1; }
done
exit "$differ"
