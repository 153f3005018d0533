#!/usr/bin/env bash
# Checks the types and builds the pages into kiosk/dist, or into another folder that is named.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/packages.sh"
cd "$here/kiosk"
for project in . src/worker; do
    "$here/node_modules/.bin/tsc" -p "$project"
done
dist=${1:-dist}
"$here/node_modules/.bin/vite" build --logLevel warn --emptyOutDir --outDir "$dist"
# Packed here once, as the daemon sends them; without name and time, so that they stay the same.
for file in "$dist"/*.{html,css,js,svg}; do
    gzip -9 -n <"$file" >"$file.gz"
done
