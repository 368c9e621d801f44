#!/usr/bin/env bash
# fresh.sh BUILD CC CXX - installs the build into an empty prefix, moves that
# prefix, and uses it from outside: find_package with both libraries,
# pkg-config with plain compilers (C and C++, shared and static), the command
# line and its manual.
set -euo pipefail
build=$1 cc=$2 cxx=$3
project=$(cd "$(dirname "$0")" && pwd)/project
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

say() { echo "-- $*"; }

say "install"
cmake --install "$build" --prefix "$dir/first" > install.log
mv first prefix # nothing may point to where it was installed

say "find_package"
cmake -S "$project" -B outside -G Ninja -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_PREFIX_PATH="$dir/prefix" > configure.log || {
    cat configure.log
    exit 1
}
cmake --build outside > build.log || {
    cat build.log
    exit 1
}
outside/with_shared shared.vars.db
outside/with_static static.vars.db
ldd outside/with_shared | grep 'libvarstore\.so\.0 => .*/prefix/' > linked
if ldd outside/with_static | grep libvarstore; then
    echo "with_static uses the shared library"
    exit 1
fi

say "pkg-config"
PKG_CONFIG_PATH=$(dirname "$(find prefix -name varstore.pc)")
LD_LIBRARY_PATH=$(dirname "$(find "$PWD/prefix" -name libvarstore.so)")
export PKG_CONFIG_PATH LD_LIBRARY_PATH
read -ra cflags < <(pkg-config --cflags varstore)
read -ra libs < <(pkg-config --libs varstore)
read -ra all < <(pkg-config --static --libs varstore)
"$cc" -Wall -Wextra -Werror "${cflags[@]}" "$project/main.c" "${libs[@]}" -o in_c
"$cxx" -x c++ -Wall -Wextra -Werror "${cflags[@]}" "$project/main.c" \
    -x none "${libs[@]}" -o in_cxx
"$cc" "${cflags[@]}" "$project/main.c" "${all[@]/-lvarstore/-l:libvarstore.a}" -o in_c_static
./in_c c.vars.db
./in_cxx cxx.vars.db
LD_LIBRARY_PATH='' ./in_c_static c_static.vars.db

say "README.md's example, by README.md's command"
readme=$project/../../../README.md
awk '/^```c$/ {on = 1; next} /^```$/ {on = 0} on' "$readme" > readme.c
bash -c "$(grep '^ *cc readme.c ' "$readme")"
./readme

say "version"
[[ $(pkg-config --modversion varstore) == "$(./in_c --version)" ]]

say "command line"
LD_LIBRARY_PATH='' prefix/bin/varstore ls c.vars.db | grep 'layer/kernel/0' > listed
[[ -s prefix/share/man/man1/varstore.1 ]]
say "installed files: $(wc -l < install.log)"
