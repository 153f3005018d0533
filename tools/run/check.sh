#!/usr/bin/env bash
# Format and lint.
set -euo pipefail

cpp_folders=(protocol tls core db hal daemon tools tests cmake)

cpp_files() {
    find "${cpp_folders[@]}" -name node_modules -prune -o \
        \( -name '*.cpp' -o -name '*.hpp' \) -type f -print | sort
}

shell_files() {
    {
        find . \( -name build -o -name node_modules -o -name .git \) -prune -o \
            -name '*.sh' -type f -print
        printf '%s\n' ./run ./.ci/run
    } | sort
}

# Other versions lay out the same code in other ways, so only one may judge.
clang_format() {
    local candidate
    for candidate in clang-format-14 clang-format; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" --version | grep 'version 14\.' >/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

format_sources() {
    local tool files file off=0
    if ! tool=$(clang_format); then
        say "format: left out, it needs clang-format 14 (Debian 12)"
        return 0
    fi
    mapfile -t files < <(cpp_files)
    if [ "${1:-}" != --check ]; then
        "$tool" -i "${files[@]}"
        return
    fi
    for file in "${files[@]}"; do
        if ! "$tool" --dry-run --Werror "$file" 2>/dev/null; then
            echo "$file: not as clang-format lays it out"
            off=$((off + 1))
        fi
    done
    [ "$off" -eq 0 ] || fail "the format of $off files is off; ./run format puts it right"
}

check_shell() {
    local files
    mapfile -t files < <(shell_files)
    shellcheck "${files[@]}" || fail "shellcheck has something to say above"
}

# Files that differ from the last commit, or all where there is no git to ask.
changed_cpp_files() {
    if ! git rev-parse --verify -q HEAD >/dev/null 2>&1; then
        cpp_files
        return 0
    fi
    {
        git diff --name-only --diff-filter=d HEAD
        git ls-files --others --exclude-standard
    } | grep -E '^(protocol|tls|core|db|hal|daemon|tools|tests)/.*\.[ch]pp$' | sort -u || true
}

# clang-tidy reads .cpp files; a changed header stands for the .cpp beside it.
tidy_files() {
    case $1 in
        --all) cpp_files ;;
        --core) cpp_files | grep -E '^(protocol|tls|core)/' ;;
        --changed) changed_cpp_files ;;
        *) fail "lint knows --all, --core and --changed, not '$1'" ;;
    esac | sed 's/\.hpp$/.cpp/' | sort -u | while read -r file; do
        # Only what the build knows: the fuzz targets, for one, are built elsewhere.
        if grep -qF "\"file\": \"$PWD/$file\"" build/clang/compile_commands.json; then
            echo "$file"
        fi
    done
}

tidy() {
    local files
    command -v clang-tidy >/dev/null || fail "clang-tidy is not on the path"
    configure_preset clang
    # The list of sources in compile_commands.json is as old as the last look at the folders.
    cmake --build build/clang --target build.ninja >/dev/null 2>&1 ||
        fail "cmake could not look at the folders again"
    mapfile -t files < <(tidy_files "$1")
    if [ ${#files[@]} -eq 0 ]; then
        say "clang-tidy: no file to look at"
        return 0
    fi
    say "clang-tidy: ${#files[@]} files"
    # Findings come on stdout; stderr only counts what was suppressed in system headers.
    printf '%s\0' "${files[@]}" |
        xargs -0 -n 1 -P "$(jobs)" clang-tidy -p build/clang --quiet 2>build/clang/tidy.log ||
        fail "clang-tidy has something to say above, and in build/clang/tidy.log"
}

# All three speak before it fails.
lint() {
    local which=${1:---changed} failed=0
    (timed "format" format_sources --check) || failed=1
    (timed "shellcheck" check_shell) || failed=1
    (timed "clang-tidy $which" tidy "$which") || failed=1
    [ "$failed" -eq 0 ] || fail "lint: see above"
}
