#!/usr/bin/env bash
# run.sh [CPU [CTEST ARGUMENT...]] - builds for another processor and runs its
# programs under qemu: aarch64, which has kernels of its own (NEON), or s390x,
# which has the highest byte first, so that frames are made but no stores. With
# CC=clang by clang, else by gcc. As root on Debian 12, for apt.
#
# Without arguments of ctest it runs what depends on the processor: the unit
# tests up to the room chunk, the stores that were kept, and the reader in
# Python of what is written there. With -L unit or -L conformance it takes half
# an hour and more, since qemu does not like a thousand allocations to fail. How
# long anything takes says nothing of the processor.
#
# The libraries of that processor go to VARSTORE_EMULATE, by default a folder
# in the user's cache; nothing of them is installed. The build is
# build/emulate-CPU-CC.
set -euo pipefail
cd "$(dirname "$0")/../.."

cpu=${1:-aarch64}
shift $(($# > 0 ? 1 : 0))
case $cpu in
aarch64) arch=arm64 ;;
s390x) arch=s390x ;;
*) echo "usage: $0 [aarch64 | s390x] [CTEST ARGUMENT...]" >&2 && exit 2 ;;
esac
root=${VARSTORE_EMULATE:-${XDG_CACHE_HOME:-$HOME/.cache}/varstore-emulate}/$cpu
cc=${CC:-gcc}
build=build/emulate-$cpu-$cc
export VARSTORE_EMULATOR="qemu-$cpu -L /usr/$cpu-linux-gnu"

# apt with lists of its own: the system stays one of a single architecture.
apt_for() {
    apt-get -q -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
        -o Dir::State="$root/apt" -o Dir::State::status="$root/apt/status" \
        -o Dir::Cache="$root/apt" -o APT::Sandbox::User=root "$@"
}

tools() {
    local missing=()
    command -v "$cpu-linux-gnu-gcc" > /dev/null || missing+=("gcc-$cpu-linux-gnu")
    command -v "$cc" > /dev/null || missing+=("$cc")
    command -v "qemu-$cpu" > /dev/null || missing+=(qemu-user)
    ((${#missing[@]} == 0)) || apt-get install -y "${missing[@]}"
}

libraries() {
    local deb
    [[ -e $root/done ]] && return
    rm -rf "$root"
    mkdir -p "$root"/apt/lists/partial "$root"/apt/archives/partial "$root"/sys
    : > "$root/apt/status"
    apt_for update
    (cd "$root" && apt_for download libsqlite3-0 libsqlite3-dev liblz4-1 \
        liblz4-dev libxxhash-dev libcmocka0 libcmocka-dev)
    for deb in "$root"/*.deb; do
        dpkg -x "$deb" "$root/sys"
    done
    rm -rf "$root"/apt "$root"/*.deb
    touch "$root/done"
}

tools
libraries
cmake -S . -B "$build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$PWD/tests/emulate/toolchain.cmake" \
    -DVARSTORE_CPU="$cpu" -DVARSTORE_CC="$cc" -DVARSTORE_SYSROOT="$root/sys" \
    -DCMAKE_CROSSCOMPILING_EMULATOR="${VARSTORE_EMULATOR// /;}"
cmake --build "$build"
case $#$cpu in
0aarch64) set -- -L '^(base|tensor|codec|rule|format|chunk|compat)$' ;;
0s390x) set -- -R '^((base|tensor|codec|rule)[.]|format[.][^p]|compat[.]v)' ;;
esac
exec ctest --test-dir "$build" --output-on-failure -j "$(nproc)" "$@"
