#!/usr/bin/env bash
# demo.sh BUILD [--quick] [--seed N] - a training run that cannot be killed.
#
# Trains a small language model in peace, trains it again under SIGKILL while
# another process reads, and proves that both runs end with the same bits.
# Ends with 0 only if everything was as claimed. About 20 s and 40 MB below
# BUILD/demo; --quick is a shorter one, for the test suite.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

build=$(cd "$1" && pwd)
shift
seed=$((10#$(date +%N) % 32768))
steps=1200 every=40 dir=$build/demo
while (($# > 0)); do
    case $1 in
    --quick) steps=180 every=12 dir=$build/demo-quick ;;
    --seed) seed=$2 && shift ;;
    *) echo "usage: demo.sh BUILD [--quick] [--seed N]" >&2 && exit 2 ;;
    esac
    shift
done
RANDOM=$seed

train=$build/lib/examples/train
evaluate=$build/lib/examples/evaluate
PATH=$build/cli:$PATH
# What ends each life: S soon after its start, T while it trains, W in a save.
lives=(S T W S T W T W W)

pid='' follower=''
# Never leave a process of ours behind, however this script ends.
trap '[[ -z $pid ]] || kill -9 "$pid" 2>/dev/null || true
      [[ -z $follower ]] || kill "$follower" 2>/dev/null || true' EXIT

bold='' plain=''
[[ ! -t 1 ]] || bold=$'\e[1m' plain=$'\e[0m'
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '   %s\n' "$*"; }
fail() {
    printf '\nFAILED: %s\n' "$*" >&2
    exit 1
}
# Shows a command and runs it.
show() {
    printf '\n$ %s\n' "$*"
    "$@"
}
# As show, for a command that is expected to end with this exit code.
show_exit() {
    local want=$1 got=0
    shift
    show "$@" || got=$?
    [[ $got == "$want" ]] || fail "exit code $got instead of $want from: $*"
}
# A random whole number below $1, in $chance: a subshell would draw its own.
draw() { chance=$(((RANDOM * 32768 + RANDOM) % $1)); }
# Sleeps a random time below $1 ms, without starting a program for it.
doze() {
    draw $(($1 * 1000))
    read -r -t "$(printf '0.%06d' "$chance")" -u "$quiet" || true
}
# The last word of the last line of a file that begins with this.
last() { awk -v key="$1" 'index($0, key) == 1 {w = $NF} END {print w}' "$2"; }
# The mean loss of the first and the last tenth of the steps in a log.
losses() {
    awk '/: loss/ {n++; l[n] = $4 + 0} END {
        k = int(n / 10)
        for (i = 1; i <= k; i++) { a += l[i]; b += l[n - k + i] }
        printf "%.2f %.2f\n", a / k, b / k
    }' "$1"
}

rm -rf "$dir"
mkdir -p "$dir"
cd "$dir"
options=(--steps "$steps" --every "$every" --report 1)

say "1. Train in peace: store A, $steps steps, a checkpoint every $every"
"$train" "${options[@]}" A.vars.db > A.log 2>&1 || fail "$(tail -n 3 A.log)"
head -n 1 A.log | sed 's/^/   /'
awk -v n=$((steps / 6)) '/: loss/ && $2 % n == 0 { print "   " $0 }' A.log
read -r loss_first loss_last < <(losses A.log)
awk -v a="$loss_first" -v b="$loss_last" 'BEGIN {exit !(b < 0.9 * a)}' ||
    fail "the model learns nothing: loss $loss_first at first, $loss_last at last"
save_ms=$(awk '/saved checkpoint/ {sum += $(NF - 1); n++} END {printf "%d", sum / n + 1}' A.log)
note "loss $loss_first at first, $loss_last at last; a save takes about $save_ms ms"

say "2. Train again, killed ${#lives[@]} times: store B (seed $seed)"
# Another process reads the store all the while, waiting for it to appear.
"$evaluate" --until "$steps" B.vars.db > evaluate.log 2>&1 &
follower=$!
mkfifo said silence
exec {quiet}<> silence

# Starts the trainer and kills it: the $1-th life, which ends as $2 says and
# not before step $3.
n_in_save=0
: > B.log
live() {
    local line step code=0 ended=0
    : > life.log
    "$train" "${options[@]}" B.vars.db > said 2>&1 &
    pid=$!
    exec 3< said
    if [[ $2 == S ]]; then
        doze 40
    else
        while read -r -u 3 line; do
            echo "$line" >> life.log
            step=${line#step }
            step=${step%%:*}
            [[ $line == "step "* && $step -ge $3 ]] || continue
            [[ $2 == W && $line != *": saving" ]] || break
        done
        if [[ $2 == W ]]; then doze "$save_ms"; else doze 10; fi
    fi
    kill -9 "$pid" 2>/dev/null || ended=1
    wait "$pid" 2> /dev/null || code=$?
    pid=''
    cat <&3 >> life.log
    exec 3<&-
    [[ $code == 137 && $ended == 0 ]] ||
        fail "life $1 ended by itself (exit $code): $(tail -n 3 life.log)"
    what="after '$(tail -n 1 life.log)'"
    if [[ $(tail -n 1 life.log) == *': saving' ]]; then
        what+="   <- inside a save"
        n_in_save=$((n_in_save + 1))
    fi
    [[ -s life.log ]] || what="before it could say a word"
    note "life $1, killed $what"
    cat life.log >> B.log
}

stretch=$(((steps - 2 * every) / ${#lives[@]}))
for i in "${!lives[@]}"; do
    draw "$stretch"
    live $((i + 1)) "${lives[i]}" $((i * stretch + 1 + chance))
done
"$train" "${options[@]}" B.vars.db > life.log 2>&1 || fail "$(tail -n 3 life.log)"
cat life.log >> B.log
note "life $((${#lives[@]} + 1)), left in peace: $(grep -m 1 '^resumed' life.log), now at $steps"
note "kills: ${#lives[@]}, of them inside a save: $n_in_save"
note "steps trained: $(grep -c ': loss' B.log) to get $steps, the rest lost to kills"

wait "$follower" || fail "the evaluator: $(tail -n 3 evaluate.log)"
follower=''
n_seen=$(grep -c '^checkpoint' evaluate.log) || fail "the evaluator saw no checkpoint"
note "meanwhile the evaluator read $n_seen checkpoints:"
awk -v n="$n_seen" '
    /^checkpoint/ && ++i > 2 && i <= n - 2 { if (i == 3) print "      ..."; next }
    { print "      " $0 }' evaluate.log

say "3. Compare: the run that was killed and the one that was not"
show_exit 0 varstore check A.vars.db --read-data
show_exit 0 varstore check B.vars.db --read-data
show_exit 0 varstore diff A.vars.db B.vars.db
show varstore export A.vars.db A.safetensors
show varstore export B.vars.db B.safetensors
show_exit 0 cmp A.safetensors B.safetensors
"$evaluate" A.vars.db > A.loss
"$evaluate" B.vars.db > B.loss
"$evaluate" --at live B.vars.db > B.live
[[ $(last checkpoint A.loss) == "$(last checkpoint B.loss)" &&
    $(last checkpoint A.loss) == "$(last live: B.live)" ]] ||
    fail "losses differ: $(cat A.loss B.loss B.live)"
note "held-out loss of both, in another process: $(last checkpoint A.loss)"
# The comparison must be able to fail.
code=0
varstore diff A.vars.db@latest~1 B.vars.db --stat > differ.log || code=$?
[[ $code == 1 ]] || fail "one checkpoint earlier diff ends with $code: $(tail -n 3 differ.log)"
note "one checkpoint earlier they differ: $(tail -n 1 differ.log)"

say "What is in store A"
show varstore info A.vars.db
show varstore tree A.vars.db
show varstore ls A.vars.db
show varstore log A.vars.db
show varstore show A.vars.db model/hidden/kernel
show_exit 1 varstore diff "A.vars.db@step:$((every * 5))" A.vars.db@latest --stat

say "Shown: ${#lives[@]} kills ($n_in_save inside a save) and not one bit lost."
