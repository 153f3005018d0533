#!/usr/bin/env bash
# Checks the types and builds the pages into kiosk/dist, or into another folder that is named.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/packages.sh"
cd "$here/kiosk"
for project in . src/worker; do
    "$here/node_modules/.bin/tsc" -p "$project"
done
exec "$here/node_modules/.bin/vite" build --logLevel warn --emptyOutDir \
    --outDir "${1:-dist}"
