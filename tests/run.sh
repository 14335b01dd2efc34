#!/bin/bash
# Builds everything and runs every test; the last lines are ctest's summary.
#
#   tests/run.sh          one optimised build with assertions
#   tests/run.sh --long   also formatting, clang-tidy, the sanitizers, a minute of each fuzz target, and the long tests
set -euo pipefail
cd "$(dirname "$0")/.."

long=false
case "${1-}" in
  "") ;;
  --long) long=true ;;
  *)
    sed -n '2,5s/^# \?//p' "$0"
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

if $long; then
  say "formatting"
  sources '*.cpp' '*.hpp' | xargs clang-format --dry-run -Werror

  say "clang-tidy"
  sources '*.cpp' ':!tests' | xargs -n 4 -P "$(nproc)" clang-tidy -p build/release --quiet

  say "address and undefined-behaviour sanitizers"
  deploy/build.sh asan
  ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
    ctest --preset asan -j2

  say "thread sanitizer"
  deploy/build.sh tsan
  TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp:halt_on_error=1" \
    ctest --preset tsan -j2

  say "fuzzing, a minute for each target"
  tests/fuzz/run.sh --seconds 60

  say "all tests at their full length"
  export SPILLWAY_LONG=1
fi

ctest --preset release -j2
