#!/bin/bash
# What pressing Tab offers. Arguments: the spillway executable, a data folder with runs 1 and 2.
set -u
program=$1 data=$2
root=$(cd "$(dirname "$0")/../../.." && pwd)
source "$root/deploy/completion/spillway.bash"
failed=0

# offers WORD... -- EXPECTED...: completing the last WORD must offer each of EXPECTED.
offers() {
  COMP_WORDS=("$program")
  while [[ $1 != -- ]]; do COMP_WORDS+=("$1"); shift; done
  shift
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _spillway
  local expected
  for expected in "$@"; do
    if [[ " ${COMPREPLY[*]} " != *" $expected "* ]]; then
      echo "completing '${COMP_WORDS[*]:1}' offers '${COMPREPLY[*]}', not '$expected'" >&2
      failed=1
    fi
  done
  if (($# == 0)) && ((${#COMPREPLY[@]} > 0)); then
    echo "completing '${COMP_WORDS[*]:1}' offers '${COMPREPLY[*]}', not nothing" >&2
    failed=1
  fi
}

cd "$root" || exit 1
offers "" -- run check config status stop runs show comment verify recover export prune clean generate primitives expect sensitivity
offers ver -- verify
offers --ver -- --version
offers run -- run
offers run --r -- --replay
offers run --d -- --duration --define --data
offers run --speed "" -- realtime max
offers run --gates "" --
offers run deploy/configs/rec -- deploy/configs/recorded.toml
offers run dep -- deploy/
offers prune -- prune
offers prune --d -- --dry-run --data
offers config --explain readout.ring -- readout.ring_bytes
offers show --data "$data" "" -- latest 1 2
offers verify --data "$data" la -- latest
offers comment --data "$data" "" --
offers generate --s -- --set
offers generate --set T -- T02 T1
offers primitives frames.bin --isa avx -- avx2 avx512
offers stop zzz --
offers expect "" -- ess level facilities
offers expect ess --d -- --detector --distance-m
offers sensitivity ess --parameter "" -- sin2w nsi r_emu
offers sensitivity ess --detector xe -- xe xe+ar
offers expect ess --years "" --
offers sensitivity level --fit cevns -- cevns_norm cevns_shape
offers sensitivity level --s -- --systematics --shape --seed
offers fit-templates --b -- --background
offers fit-templates --data deploy/configs/rec -- deploy/configs/recorded.toml
exit $failed
