#!/usr/bin/env bash
# peer.sh BENCH_PEER - does the store's side of peers.py still do its commands?
set -euo pipefail
export LC_ALL=C
program=${1:?usage: peer.sh BENCH_PEER}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
store=$dir/x.vars.db

printf '%s\n' 'a/kernel f32 300 1024' 'a/bias bf16 9' 'n i32' > "$dir/manifest"
head -c $((300 * 4096 + 18 + 4)) "$program" > "$dir/values"
answers=$("$program" << END
state $dir
save $store 1
save $store 2 delta
load $store
tensor $store a/bias
slice $store a/kernel 100 10
frames
END
)
[[ $(grep -cE '^ok( [0-9.]+){4}$' <<< "$answers") == 6 ]] || {
    echo "not the answers to six commands that take time:"
    echo "$answers"
    exit 1
}
for wrong in 'load x' "state $dir/no" "state $dir
slice $store a/kernel 299 2" "state $dir
fly"; do
    if "$program" <<< "$wrong" > "$dir/out" 2>&1; then
        echo "done, which is wrong: $wrong"
        exit 1
    fi
done
