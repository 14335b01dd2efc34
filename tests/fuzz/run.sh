#!/bin/bash
# Builds each *_fuzz.cpp here with libFuzzer, address and undefined-behaviour sanitizers, and runs it.
#
#   tests/fuzz/run.sh [--seconds N] [TARGET...]     default: 60 s, all targets
#
# Inputs that were found interesting are kept in build/fuzz/corpus, inputs that crash in build/fuzz.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=60
if [[ "${1-}" == --seconds ]]; then
  seconds=$2
  shift 2
fi
targets=("$@")
(($# > 0)) || mapfile -t targets < <(basename -s .cpp tests/fuzz/*_fuzz.cpp)

out=build/fuzz
mkdir -p "$out/objects"
flags=(-std=c++20 -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
  -I. -Ibuild/release -Ibuild/release/generated -DFMT_SHARED -DSPDLOG_COMPILED_LIB -DSPDLOG_FMT_EXTERNAL -DSPDLOG_SHARED_LIB
  -DTOML_HEADER_ONLY=0 -DTOML_SHARED_LIB=1)
compile() {
  local launcher=()
  command -v ccache >/dev/null && launcher=(ccache)
  "${launcher[@]}" clang++ "${flags[@]}" -fsanitize=fuzzer-no-link -c "$1" -o "$2"
}

# What is fuzzed is pure, so it needs no more than the floors without sockets.
objects=()
for source in daq/base/*.cpp daq/model/*.cpp daq/proto/beam_pulse.cpp detectors/*.cpp detectors/*/*.cpp; do
  object="$out/objects/${source//\//_}.o"
  objects+=("$object")
  compile "$source" "$object" &
  (($(jobs -rp | wc -l) < $(nproc))) || wait -n
done
while wait -n; do :; done 2>/dev/null || [[ $? -eq 127 ]]

for target in "${targets[@]}"; do
  compile "tests/fuzz/$target.cpp" "$out/objects/$target.o"
  clang++ -fsanitize=fuzzer,address,undefined "$out/objects/$target.o" "${objects[@]}" -lspdlog -lfmt -ltomlplusplus -lcrypto \
    -o "$out/$target"
  mkdir -p "$out/corpus/$target"
  seeds=()
  [[ $target != configuration_fuzz ]] || seeds=(deploy/configs)
  printf '== %s, %s s\n' "$target" "$seconds"
  "$out/$target" -max_total_time="$seconds" -print_final_stats=1 -verbosity=0 -artifact_prefix="$out/$target-" \
    "$out/corpus/$target" "${seeds[@]}"
done
