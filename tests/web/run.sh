#!/usr/bin/env bash
# run.sh build: the built pages are those of the sources, which the compiler of types takes.
# run.sh pictures: keeps small ones of the screens that the tests saw, in docs/screens.
# run.sh <tests>: a file of tests here, against the programs of BUILD_DIR.
set -euo pipefail
export LC_ALL=C.UTF-8 PATH="$PATH:/usr/sbin:/sbin"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
web=$(cd "$here/../../web" && pwd)
"$web/packages.sh"

check_build() {
    local fresh
    fresh=$(mktemp -d)
    # shellcheck disable=SC2064  # the folder of now
    trap "rm -rf '$fresh'" EXIT
    "$web/build.sh" "$fresh/dist" >"$fresh/log" 2>&1 || {
        cat "$fresh/log" >&2
        exit 1
    }
    diff -r "$fresh/dist" "$web/kiosk/dist" >&2 || {
        echo "web/kiosk/dist is not what the sources build: web/build.sh makes it anew" >&2
        exit 1
    }
}

case ${1:-} in
    build) check_build ;;
    pictures)
        exec node "$here/gallery.mjs" "${BUILD_DIR:-$here/../../build/dev}/screens" \
            "$here/../../docs/screens"
        ;;
    *) exec node --test "$here/$1" ;;
esac
