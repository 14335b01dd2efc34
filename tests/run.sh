#!/bin/bash
# Builds everything and runs every test; the last lines are ctest's summary.
#
#   tests/run.sh          one optimised build with assertions
#   tests/run.sh --long   also formatting, clang-tidy, the sanitizers, a minute of each fuzz target, and the long tests:
#                         some two hours on two cores, an hour of it with a readout's memory under watch beside the rest
set -euo pipefail
cd "$(dirname "$0")/.."

long=false
case "${1-}" in
  "") ;;
  --long) long=true ;;
  *)
    sed -n '2,6s/^# \?//p' "$0"
    [[ "$1" == --help ]] && exit 0
    exit 2
    ;;
esac

say() { printf '\n== %s\n' "$*"; }
sources() { git ls-files --cached --others --exclude-standard -- "$@"; }

if $long; then
  deploy/install_dependencies.sh --long
else
  deploy/install_dependencies.sh
fi
deploy/build.sh release

if ! $long; then
  exec ctest --preset release -j2
fi

# Each check is made, whatever the others found.
failed=()
check() {
  say "$1"
  "${@:2}" || failed+=("$1")
}
formatted() { sources '*.cpp' '*.hpp' | xargs clang-format --dry-run -Werror; }
tidy() { sources '*.cpp' ':!tests' | xargs -n 4 -P "$(nproc)" clang-tidy -p build/release --quiet; }
sanitized() { deploy/build.sh "$1" && ctest --preset "$1" -j2; }
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp:halt_on_error=1"

say "an hour's soak has begun beside the rest: build/soak.txt"
SPILLWAY_LONG=1 ctest --preset release -R '^system\.soak$' > build/soak.txt 2>&1 &
soak=$!
trap 'kill $soak 2> /dev/null || true' EXIT

check "formatting" formatted
check "clang-tidy" tidy
check "address and undefined-behaviour sanitizers" sanitized asan
check "thread sanitizer" sanitized tsan
check "fuzzing, a minute for each target" tests/fuzz/run.sh --seconds 60
check "the soak" wait $soak
tail -n 20 build/soak.txt
export SPILLWAY_LONG=1
check "all tests at their full length" ctest --preset release -j2 -E '^system\.soak$'

for name in "${failed[@]}"; do printf 'FAILED: %s\n' "$name"; done
((${#failed[@]} == 0))
