#!/usr/bin/env bash
# run.sh <check> [arguments]: one of the .cjs files here, with the packages it needs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/packages.sh"
NODE_PATH=$("$here/packages.sh" --where)/node_modules
export NODE_PATH
check=$1
shift
exec node "$here/$check.cjs" "$@"
