#!/bin/bash
# Configures and builds one preset with as many compilers as memory allows, showing progress.
#
#   deploy/build.sh PRESET [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?"usage: deploy/build.sh PRESET [TARGET...]"}
shift

# The largest source takes about 1 GB to compile.
memory_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
jobs=$((memory_kb / 1300000))
((jobs < $(nproc))) || jobs=$(nproc)
((jobs > 0)) || jobs=1

cmake --preset "$preset"
targets=()
(($# == 0)) || targets=(--target "$@")
NINJA_STATUS='[%f/%t, %es] ' cmake --build --preset "$preset" --parallel "$jobs" "${targets[@]}"
