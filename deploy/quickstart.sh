#!/bin/bash
# From a fresh clone to a running demonstration: installs what is needed, builds, and takes 300 gates (21 s) of two simulated
# detectors at two facilities, deploy/configs/demo.toml, through the whole chain at real-time speed, with the page.
#
#   deploy/quickstart.sh          the page stays up over the finished run until Ctrl-C
#   deploy/quickstart.sh --once   take the run, print its summary, and exit
#
# Data go to $SPILLWAY_DATA, or to build/demo-data.
set -euo pipefail
cd "$(dirname "$0")/.."

once=false
case "${1-}" in
  "") ;;
  --once) once=true ;;
  *)
    sed -n '2,8s/^# \?//p' "$0"
    [[ "$1" == --help ]] && exit 0
    exit 2
    ;;
esac

say() { printf '\n== %s\n' "$*"; }

say "installing what is needed"
deploy/install_dependencies.sh

say "building (a few minutes the first time)"
deploy/build.sh release executables

bin=$PWD/build/release/bin
data=$(realpath -m "${SPILLWAY_DATA:-build/demo-data}")
mkdir -p "$data"

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port=8080
while taken "$port" && ((port < 8180)); do port=$((port + 1)); done
url="http://127.0.0.1:$port/"

run=("$bin/spillway" run deploy/configs/demo.toml --gates 300 --speed realtime --data "$data")

if $once; then
  say "taking 21 s of data; its page is at $url until it ends"
  exec "${run[@]}" --define "web.port=$port"
fi

"$bin/spillway-web" --data "$data" --port "$port" >/dev/null &
web=$!
trap 'kill "$web" 2>/dev/null || true; wait "$web" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
for _ in $(seq 100); do
  if taken "$port"; then break; fi
  kill -0 "$web" 2>/dev/null || { echo "quickstart: spillway-web ended at once; its reason stands above" >&2; exit 2; }
  sleep 0.1
done

say "taking 21 s of data; look at $url"
if [[ -n "${DISPLAY-}${WAYLAND_DISPLAY-}" ]] && command -v xdg-open >/dev/null; then
  xdg-open "$url" >/dev/null 2>&1 || true
fi
status=0
"${run[@]}" --define web.enabled=false || status=$?

say "the run has ended; the page stays at $url until Ctrl-C"
wait "$web" || true
exit "$status"
