# bash completion for spillway. It asks `spillway` itself for commands, options, keys and runs, so it never goes stale.

# $2 may be a command and its subcommand.
_spillway_options() { "$1" $2 --help 2>/dev/null | awk '/^  -/ {n = split($1, names, ","); for (i = 1; i <= n; i++) if (names[i] ~ /^--/) print names[i]}'; }
_spillway_commands() { "$1" ${2-} --help 2>/dev/null | awk '/^Subcommands:/ {on = 1; next} on && /^  [a-z]/ {print $1} /^[^ ]/ {on = 0}'; }
_spillway_keys() {
  "$1" config --explain 2>/dev/null |
    awk '/^\[/ {section = $1; gsub(/[][]|\.<name>/, "", section)} /^  [a-z]/ {print section "." $1}'
}
_spillway_runs() {
  local program=$1 i data=()
  for ((i = 1; i + 1 < ${#COMP_WORDS[@]}; i++)); do
    [[ ${COMP_WORDS[i]} == --data ]] && data=(--data "${COMP_WORDS[i + 1]}")
  done
  echo latest
  "$program" runs "${data[@]}" 2>/dev/null | awk '$1 ~ /^[0-9]+$/ {print $1}'
}

_spillway_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }
# Folders end in a slash, so that the next key goes into them.
_spillway_files() {
  local pattern=$1 word=$2
  mapfile -t COMPREPLY < <(compgen -d -S / -- "$word"; [[ -n $pattern ]] && compgen -f -X "!$pattern" -- "$word")
  compopt -o nospace 2>/dev/null
}

_spillway() {
  local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    if [[ $word == -* ]]; then
      _spillway_words "$(_spillway_options "$program" "")" "$word"
    else
      _spillway_words "$(_spillway_commands "$program")" "$word"
    fi
    return
  fi
  case $before in
    --signal | --background) _spillway_files "*" "$word"; return ;;
    --data) [[ $command == fit-templates ]] && { _spillway_files "*" "$word"; return; } ;;&
    --data | --csv) _spillway_files "" "$word"; return ;;
    --replay) _spillway_files "*" "$word"; return ;;
    --out) _spillway_files "*" "$word"; return ;;
    --set) _spillway_words "N60 N15 AR T02 T1" "$word"; return ;;
    --algorithm) _spillway_words "threshold abs_running_sum" "$word"; return ;;
    --isa) _spillway_words "scalar avx2 avx512" "$word"; return ;;
    --speed) _spillway_words "realtime max" "$word"; return ;;
    --explain) _spillway_words "$(_spillway_keys "$program")" "$word"; return ;;
    --plot) _spillway_files "*.svg" "$word"; return ;;
    --parameter) _spillway_words "sin2w mu_numu r_ee r_mumu r_emu nsi" "$word"; return ;;
    --detector) _spillway_words "csi si xe ge ar c3f8 xe+ar tpc_ar tpc_kr tpc_ne tpc_he all" "$word"; return ;;
    --pulls) _spillway_words "shared separate" "$word"; return ;;
    --fit) _spillway_words "nue_ar cevns_norm cevns_shape" "$word"; return ;;
    --systematics) _spillway_words "on off" "$word"; return ;;
    --shape) _spillway_words "fitted printed" "$word"; return ;;
    --position) _spillway_words "A B C" "$word"; return ;;
    --r-emu-power) _spillway_words "1 2" "$word"; return ;;
    --gates | --duration | --seed | --define | --keep-bytes | --years | --distance-m | --exposure | --at | --frames \
      | --threshold | --links) return ;;
  esac
  if [[ $command == @(expect|sensitivity) ]]; then
    if ((COMP_CWORD == 2)) && [[ $word != -* ]]; then
      _spillway_words "$(_spillway_commands "$program" "$command")" "$word"
      return
    fi
    command+=" ${COMP_WORDS[2]-}"
  fi
  if [[ $word == -* ]]; then
    _spillway_words "$(_spillway_options "$program" "$command")" "$word"
    return
  fi
  case $command in
    run | check) _spillway_files "*.toml" "$word" ;;
    show | stop | export) _spillway_words "$(_spillway_runs "$program")" "$word" ;;
    comment) ((COMP_CWORD > 2)) || _spillway_words "$(_spillway_runs "$program")" "$word" ;;
    verify)
      _spillway_files "*.h5" "$word"
      local files=("${COMPREPLY[@]}")
      _spillway_words "$(_spillway_runs "$program")" "$word"
      COMPREPLY+=("${files[@]}")
      ;;
    primitives) _spillway_files "*" "$word" ;;
    recover) _spillway_files "*.h5*" "$word" ;;
  esac
}

complete -F _spillway spillway
