#!/usr/bin/env bash
# Configure and compile one preset in build/<preset>.
set -euo pipefail

# A compiler on the heavy headers takes up to 1.5 GB: fewer at once on a small machine.
jobs() {
    local cores free_mb
    cores=$(nproc)
    free_mb=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
    local fits=$((free_mb / 1500))
    [ "$fits" -ge 1 ] || fits=1
    echo "${JOBS:-$((cores < fits ? cores : fits))}"
}

# build_preset <preset> [target...]
build_preset() {
    local preset=$1
    shift
    local targets=()
    [ $# -eq 0 ] || targets=(--target "$@")
    case $preset in
        clang | fuzz) need_packages lint ;;
    esac
    configure_preset "$preset"
    # Two builds of one folder at a time would damage each other.
    exec 9>"build/$preset/.lock"
    flock -n 9 || timed "waiting for the other build of $preset" flock 9
    timed "building $preset" cmake --build "build/$preset" -j "$(jobs)" "${targets[@]}" 9>&- ||
        fail "the build of $preset stopped at the error above"
    exec 9>&-
}

configure_preset() {
    local preset=$1 folder="build/$1"
    grep -q "\"name\": \"$preset\"" CMakePresets.json || fail "there is no preset '$preset'"
    if [ -f "$folder/CMakeCache.txt" ] &&
        ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$folder/CMakeCache.txt"; then
        say "$folder was built in another place: starting over"
        rm -rf "$folder"
    fi
    if [ ! -f "$folder/build.ninja" ] || [ CMakePresets.json -nt "$folder/build.ninja" ]; then
        mkdir -p "$folder"
        timed "configuring $preset" configure_quietly "$preset" ||
            fail "cmake could not configure $preset; its last lines are above," \
                "all of them in $folder/configure.log"
        # Left alone when nothing differs, and then the presets would look newer for ever.
        touch "$folder/build.ninja"
    fi
}

configure_quietly() {
    cmake --preset "$1" >"build/$1/configure.log" 2>&1 || {
        tail -n 20 "build/$1/configure.log" >&2
        return 1
    }
}

run_demo() {
    build_preset dev programs
    [ -x tools/demo/demo.sh ] || fail "tools/demo/demo.sh is missing"
    BUILD_DIR="$PWD/build/dev" exec tools/demo/demo.sh "$@"
}

run_bench() {
    build_preset release programs benches
    [ -x tools/bench/bench.sh ] || fail "tools/bench/bench.sh is missing"
    BUILD_DIR="$PWD/build/release" exec tools/bench/bench.sh "$@"
}

run_simulate() {
    build_preset sim simulate
    exec build/sim/bin/simulate --jobs "$(nproc)" "$@"
}

run_mutants() {
    build_preset sim simulate_mutants
    exec build/sim/bin/simulate_mutants --mutants --jobs "$(nproc)" --seeds 10000 "$@"
}

# run_fuzz [target] [seconds]: libFuzzer from the corpus in the tree; without a target, all in turn.
# What it finds stays in build/fuzz, and goes into the tree when it was a bug.
run_fuzz() {
    local target=${1:-all} seconds=${2:-600}
    [[ $seconds =~ ^[0-9]+$ ]] || fail "seconds are a number, not '$seconds'"
    if [ "$target" = all ]; then
        for target in codec kiosk config database; do
            fuzz_one "$target" "$seconds"
        done
        return
    fi
    [ -d "tests/fuzz/corpus/$target" ] || fail "there is no tests/fuzz/corpus/$target"
    fuzz_one "$target" "$seconds"
}

fuzz_one() {
    local target=$1 seconds=$2 inputs
    build_preset fuzz "fuzz_$target"
    mkdir -p "build/fuzz/corpus/$target" "build/fuzz/found"
    mapfile -t inputs <"build/fuzz/inputs/$target.txt"
    local arguments=(-max_total_time="$seconds" -max_len=70000 -timeout=20 -print_final_stats=1
        -artifact_prefix="build/fuzz/found/$target-")
    [ ! -f "tests/fuzz/$target.dict" ] || arguments+=(-dict="tests/fuzz/$target.dict")
    # The first folder is the one it writes to.
    timed "fuzzing $target for $seconds s" "build/fuzz/bin/fuzz_$target" "${arguments[@]}" \
        "build/fuzz/corpus/$target" "${inputs[@]}" ||
        fail "the input that did it is in build/fuzz/found; mend the bug, and keep the input in" \
            "tests/fuzz/corpus/$target"
}
