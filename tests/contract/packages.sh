#!/usr/bin/env bash
# packages.sh: installs what package-lock.json names, once for this machine; packages.sh --where
# says where it is, or will be. CONTRACT_CACHE names another folder.
set -euo pipefail
export LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/../../tools/run/say.sh
source "$here/../../tools/run/say.sh"

cache=${CONTRACT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lucheng/contract}
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
        fail "npm could not fetch what checks the contract, for the reason above; then again:" \
            "tests/contract/packages.sh"
    }
    mv "$fresh" "$folder"
}

case ${1:-} in
    --where) echo "$folder" ;;
    '')
        [ ! -d "$folder/node_modules" ] || exit 0
        mkdir -p "$cache"
        exec 9>"$cache/.lock"
        flock 9
        # Another may have installed them meanwhile.
        [ -d "$folder/node_modules" ] || timed "fetching what checks the contract" install_packages
        ;;
    *) fail "there is only --where, not '$1'" ;;
esac
