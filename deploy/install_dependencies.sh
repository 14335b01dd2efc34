#!/bin/bash
# Installs what Spillway is built from and tested with, from the distribution's packages. May be run any number of times.
#
#   deploy/install_dependencies.sh          to build, run and test
#   deploy/install_dependencies.sh --long   also what `tests/run.sh --long` needs: clang, clang-tidy, libFuzzer
set -euo pipefail

packages=(
  build-essential cmake ninja-build ccache mold pkg-config git
  libzmq3-dev cppzmq-dev libprotobuf-dev protobuf-compiler libspdlog-dev libfmt-dev libboost1.81-dev
  libsqlite3-dev libsqlitecpp-dev libhdf5-dev libtomlplusplus-dev libcli11-dev nlohmann-json3-dev
  prometheus-cpp-dev libssl-dev
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev libzstd-dev
  python3 python3-h5py python3-numpy python3-iminuit chromium
)

case "${1-}" in
  "") ;;
  --long) packages+=(clang clang-format clang-tidy libclang-rt-14-dev) ;;
  *)
    sed -n '2,5s/^# \?//p' "$0"
    [[ "$1" == --help ]] && exit 0
    exit 2
    ;;
esac

say() { printf 'install_dependencies: %s\n' "$*"; }

if ! command -v dpkg-query >/dev/null; then
  say "this system has no dpkg; Spillway is made for Debian 12, on others install by hand: ${packages[*]}" >&2
  exit 2
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  [[ "$status" == ii* ]] || missing+=("$package")
done

if ((${#missing[@]} == 0)); then
  say "all ${#packages[@]} packages are installed already; nothing to do"
  exit 0
fi

root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    say "neither root nor sudo; as root, run: apt-get install ${missing[*]}" >&2
    exit 2
  fi
  # Without a terminal nobody could type a password, so sudo must not wait for one.
  if [[ -t 0 ]]; then root=(sudo); else root=(sudo -n); fi
fi

apt() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
    -o Acquire::Retries=3 "$@" </dev/null
}

say "installing ${#missing[@]} of ${#packages[@]} packages: ${missing[*]}"
if ! { apt update && apt install --no-install-recommends "${missing[@]}"; }; then
  say "apt-get failed; look at its last lines above. Spillway is made for Debian 12 and its own packages" >&2
  exit 2
fi
say "done"
