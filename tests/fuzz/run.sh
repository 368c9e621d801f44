#!/usr/bin/env bash
# run.sh BUILD TARGET SECONDS - fuzzes one target from its kept corpus, and keeps
# what reaches new code: corpus/TARGET.hex, the smallest set of inputs that
# libFuzzer knows, within KEPT bytes. A finding is left in the current folder.
set -euo pipefail
build=${1:?usage: run.sh BUILD TARGET SECONDS}
target=${2:?}
seconds=${3:?}
kept=${KEPT:-60000}
here=$(cd "$(dirname "$0")" && pwd)
program=$build/tests/fuzz/fuzz_$target
corpus=$here/corpus/$target.hex
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/seeds" "$work/found" "$work/least"

unpack() { # a line each becomes a file
    python3 - "$corpus" "$work/seeds" << 'END'
import pathlib, sys
corpus, folder = map(pathlib.Path, sys.argv[1:])
lines = corpus.read_text().split("\n") if corpus.exists() else []
for i, line in enumerate(line for line in lines if not line.startswith("#")):
    (folder / str(i)).write_bytes(bytes.fromhex(line))
END
}
pack() { # the shortest first, as many as fit
    python3 - "$work/least" "$kept" << 'END'
import pathlib, sys
inputs = sorted((path.read_bytes() for path in pathlib.Path(sys.argv[1]).iterdir()),
                key=lambda data: (len(data), data))
room = int(sys.argv[2])
for data in inputs:
    room -= 2 * len(data) + 1
    if data and room >= 0:
        print(data.hex())
END
}

unpack
"$program" -max_total_time="$seconds" -print_final_stats=1 -verbosity=0 \
    "$work/found" "$work/seeds"
"$program" -merge=1 -verbosity=0 "$work/least" "$work/found" "$work/seeds"
pack > "$work/packed"
mv "$work/packed" "$corpus"
printf '%s: %d inputs, %d bytes\n' "$target" "$(wc -l < "$corpus")" "$(wc -c < "$corpus")"
