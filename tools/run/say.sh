#!/usr/bin/env bash
# How the script speaks: what it does, how long it took, what to do when it fails.
set -euo pipefail

say() { printf '==> %s\n' "$*"; }

fail() {
    printf '==> FAILED: %s\n' "$*" >&2
    exit 1
}

# timed <what> <command...>: says what is done before, and how long it took after.
timed() {
    local what=$1 started=$SECONDS
    shift
    say "$what"
    "$@" || return $?
    say "$what: done in $((SECONDS - started)) s"
}
