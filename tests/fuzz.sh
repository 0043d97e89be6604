#!/usr/bin/env bash
# Runs every fuzz target for a time, two side by side, and fails when one finds something.
#
#   tests/fuzz.sh SECONDS [TARGET...]
#
# What was found lies in fuzz/artifacts/TARGET; `tests/fuzz.sh --again FILE TARGET` runs it once more. The
# compiler is the stable one: RUSTC_BOOTSTRAP lets it instrument for coverage, and without a sanitizer it
# needs no other standard library. Needs cargo-fuzz, which is installed if it is missing, a C++ compiler,
# and Python 3.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -gt 0 ] || usage
export RUSTC_BOOTSTRAP=1
# Another linker, target or flags for a release need not suit the instrumentation.
unset RUSTFLAGS CARGO_TARGET_DIR
cargo fuzz --version >/dev/null 2>&1 || cargo install cargo-fuzz --locked --quiet

if [ "$1" = --again ]; then
    [ $# = 3 ] || usage
    exec cargo fuzz run --sanitizer none "$3" "$2"
fi
seconds=$1
shift
[[ $seconds =~ ^[1-9][0-9]*$ ]] || usage
mapfile -t all < <(cargo fuzz list)
targets=("${@:-${all[@]}}")
for target in "${targets[@]}"; do
    [[ " ${all[*]} " == *" $target "* ]] || { echo "no target $target; there are: ${all[*]}" >&2; exit 2; }
done

python3 tests/fuzz_seeds.py
cargo fuzz build --sanitizer none
mkdir -p fuzz/artifacts
one() {
    local log=fuzz/artifacts/$1.log
    # An input of 10 seconds or 1 GB is a fault: whatever a chart holds, time and memory are bounded.
    if cargo fuzz run --sanitizer none "$1" -- -max_total_time="$seconds" -max_len=4096 -timeout=10 \
        -rss_limit_mb=1024 -print_final_stats=1 >"$log" 2>&1; then
        # A target that ran nothing has shown nothing.
        local runs
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        if [ "${runs:-0}" -gt 1000 ]; then
            echo "$1: $runs runs, nothing found"
            return
        fi
    fi
    echo "$1: FAILED"
    tail -n 40 "$log"
    return 1
}
export -f one
export seconds
printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -c 'one {}'
