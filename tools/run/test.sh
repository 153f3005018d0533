#!/usr/bin/env bash
# Build and run the tests of one preset.
set -euo pipefail

# run_tests [--fast] [preset] [ctest arguments]
run_tests() {
    local preset=dev arguments=()
    while [ $# -gt 0 ]; do
        case $1 in
            --fast) arguments+=(-LE 'slow|gpio-host') ;;
            -*)
                arguments+=("$@")
                break
                ;;
            *) preset=$1 ;;
        esac
        shift
    done
    build_preset "$preset"
    need_gpio_host "$preset" "${arguments[@]}"
    need_contract "$preset" "${arguments[@]}"
    need_web "$preset" "${arguments[@]}"
    test_preset "$preset" "${arguments[@]}"
}

# need_gpio_host <preset> [ctest arguments]: the machine with GPIO chips, if a test that is to run
# needs it. Without it such a test fails, and says so.
need_gpio_host() {
    local count
    count=$(count_tests "$@" -L '^gpio-host$')
    [ "$count" -gt 0 ] || return 0
    # In a shell of its own: what fails there is told by the tests, once all others have run.
    (need_packages gpio-host && tests/gpio-host/kernel.sh) ||
        say "without its kernel, the $count tests on the GPIO host will fail"
}

# need_contract <preset> [ctest arguments]: what checks the contract, if a test that is to run
# needs it. It would come with the first such test, but then nobody would see why that takes long.
need_contract() {
    [ "$(count_tests "$@" -L '^contract$')" -eq 0 ] || tests/contract/packages.sh ||
        say "without its packages, the tests of the contract will fail"
}

# need_web <preset> [ctest arguments]: likewise what builds and drives the pages.
need_web() {
    [ "$(count_tests "$@" -L '^web')" -eq 0 ] || web/packages.sh ||
        say "without their packages, the tests of the pages will fail"
    [ "$(count_tests "$@" -L '^web-slow$')" -eq 0 ] || (need_packages web) ||
        say "without a browser, the tests of the pages will fail"
}

# count_tests <preset> [ctest arguments]
count_tests() {
    local preset=$1
    shift
    ctest --test-dir "build/$preset" -N "$@" | awk '/^Total Tests: / { n = $3 } END { print n + 0 }'
}

# test_preset <preset> [ctest arguments]: the last line is the count.
test_preset() {
    local preset=$1 status=0 started=$SECONDS wrap=()
    shift
    local report="build/$preset/tests.xml"
    rm -f "$report"
    if [ "$preset" = tsan ] && must_fix_addresses; then
        wrap=(setarch "$(uname -m)" -R)
    fi
    local progress=()
    [ ! -t 1 ] || progress=(--progress)
    say "testing $preset"
    # The report goes where ctest runs, wherever the tree is.
    "${wrap[@]}" ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j 2 \
        --output-junit "$PWD/$report" "${progress[@]}" "$@" || status=$?
    [ -f "$report" ] || fail "no test ran"
    local total failed skipped
    total=$(report_count "$report" tests)
    failed=$(report_count "$report" failures)
    skipped=$(report_count "$report" skipped)
    say "testing $preset: done in $((SECONDS - started)) s"
    [ "$skipped" -eq 0 ] || say "$skipped skipped, because this machine lacks what they need"
    echo "$((total - failed - skipped)) passed, $failed failed"
    return "$status"
}

# The attribute of <testsuite>, which cmake writes on lines of their own or on one.
report_count() {
    grep -oE "(^|[[:space:]])$2=\"[0-9]+\"" "$1" | head -n 1 | tr -dc '0-9'
}

# g++ 12's thread sanitizer does not start where the kernel shuffles addresses this widely.
must_fix_addresses() {
    local bits
    bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)
    [ "$bits" -gt 28 ] && setarch "$(uname -m)" -R true 2>/dev/null
}
