#!/bin/bash
# What `cmake --install` puts where. Arguments: the build folder, an empty folder to install to.
set -eu
build=$1 prefix=$2
cmake --install "$build" --prefix "$prefix" >/dev/null
for file in bin/spillway bin/spillway-run-control bin/spillway-front-end bin/spillway-readout bin/spillway-trigger \
  bin/spillway-event-builder bin/spillway-online bin/spillway-web share/spillway/configs/recorded.toml \
  share/bash-completion/completions/spillway share/doc/spillway/LICENSE; do
  [[ -f "$prefix/$file" ]] || { echo "$file was not installed" >&2; exit 1; }
done
[[ -n $(ls "$prefix/share/spillway/page") ]] || { echo "the page was not installed" >&2; exit 1; }
"$prefix/bin/spillway" --version | grep -q '^spillway [0-9]'
"$prefix/bin/spillway" check "$prefix/share/spillway/configs/recorded.toml" >/dev/null
