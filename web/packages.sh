#!/usr/bin/env bash
# Installs what package-lock.json names, once for this machine, and links it as node_modules here.
# WEB_CACHE names another folder.
set -euo pipefail
export LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/../tools/run/say.sh
source "$here/../tools/run/say.sh"

cache=${WEB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lucheng/web}
# Another lock file is another folder.
key=$(cat "$here"/package.json "$here"/package-lock.json "$here"/.npmrc | sha256sum | cut -c 1-16)
folder=$cache/$key

install_packages() {
    local fresh
    command -v npm >/dev/null || fail "npm is not there; ./run packages installs it"
    fresh=$(mktemp -d -p "$cache")
    # shellcheck disable=SC2064  # the folder of now
    trap "rm -rf '$fresh'" EXIT
    cp "$here"/package.json "$here"/package-lock.json "$here"/.npmrc "$fresh"
    (cd "$fresh" && npm ci --loglevel=error >npm.log 2>&1) || {
        tail -n 15 "$fresh/npm.log" >&2
        fail "npm could not fetch what builds the pages, for the reason above; then again:" \
            "web/packages.sh"
    }
    mv "$fresh" "$folder"
}

mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9
[ -d "$folder/node_modules" ] || timed "fetching what builds the pages" install_packages
[ "$(readlink "$here/node_modules" || true)" = "$folder/node_modules" ] ||
    ln -sfn "$folder/node_modules" "$here/node_modules"
