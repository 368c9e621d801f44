#!/usr/bin/env bash
# hostile.sh - names that a stranger chose reach no terminal as they are.
source "$(dirname "$0")/lib.sh"

# The cursor, a title, a line, the direction of text, an unseen character.
esc="{$(entry 'a\u001b[31mred' F32 1 0 4)"
esc+=",$(entry 'b\u202etxt.exe' F32 1 4 8)"
esc+=",$(entry 'c\nFAKE' F32 1 8 12)"
esc+=",$(entry 'd\u009b2J\u007f' F32 1 12 16)"
esc+=",$(entry 'e\u200b\\' F32 1 16 20)"
esc+=',"__metadata__":{"k\u001b]0;t\u0007":"v\u001b[2J"}}'
head -c 20 /dev/zero | safetensors h.safetensors "$esc"

# No byte below blank but line feeds (and tabs with --plain), no DEL, no C1, no
# direction, nothing unseen.
harmless() { # FILE
    local low='[\x00-\x08\x0b-\x1f\x7f]'
    local high='\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]'
    ! LC_ALL=C grep -nP "$low|$high" "$1" ||
        fail "$1 has hostile characters"
}
evil=$'a\033[31mred'
for command in ls 'ls -l' 'ls -1' 'ls --plain' 'ls --json' 'ls --fold' tree 'tree --plain' \
    'tree --json' 'tree --separator .' info 'info --plain' 'info --json'; do
    # shellcheck disable=SC2086
    run 0 $command h.safetensors
    harmless out
done
for command in show 'show --plain' 'show --json' 'cat --json'; do
    # shellcheck disable=SC2086
    run 0 $command h.safetensors "$evil"
    harmless out
done
run 0 ls -1 h.safetensors
out_is << 'E2'
a\x1b[31mred
b\u202etxt.exe
c\nFAKE
d\u009b2J\x7f
e\u200b\\
E2
run 0 ls -1 h.safetensors "$evil"
run 0 ls --json h.safetensors
field out '$.variables[0].name' "$evil"
field out '$.variables[2].name' $'c\nFAKE'

# -0 alone gives them as they are.
run 0 ls -0 h.safetensors 'a*'
[[ $(tr '\0' '|' < out) == "$evil|" ]] || fail "-0 changed a name"

# They come back in errors and differences.
run 10 show h.safetensors "${evil}d"
harmless err
err_has 'did you mean a\x1b[31mred?'
run 10 --json show h.safetensors "${evil}d"
harmless err
json err error/1
run 10 ls $'no\033[31m.db'
harmless err
cp h.safetensors "$(printf 'f\033[2J.safetensors')"
run 0 info "$(printf 'f\033[2J.safetensors')"
harmless out
run 10 info "$(printf 'g\033[2J.safetensors')"
harmless err
err_has 'did you mean'
head -c 20 /dev/zero | tr '\0' '\1' | safetensors i.safetensors "${esc/red/blu}"
for form in '' --plain --json; do
    # shellcheck disable=SC2086
    run 1 diff h.safetensors i.safetensors $form
    harmless out
done
run 2 import h.safetensors -o new.db
harmless err
run 2 $'l\033[31m'
harmless err
run 2 ls $'--l\033[31m' x
harmless err

# Bytes that are no text.
run 10 ls $'\xff\xfe.db'
LC_ALL=C grep -q '\\xff\\xfe' err || fail "stray bytes were not escaped"
run 10 --json ls $'\xff\xfe.db'
json err error/1

# A header that lies, or that is deep.
for header in '' '{' '[]' '{"a":1}' "{$(entry a F32 -1 0 4)}" "{$(entry a F32 1 4 8)}" \
    "{$(entry a F32 4611686018427387904,4 0 4)}"; do
    printf 1234 | safetensors bad.safetensors "$header"
    got=0
    varstore ls bad.safetensors > out 2> err || got=$?
    [[ $got == 10 || $got == 12 || $got == 16 ]] || fail "exit code $got for $header"
    harmless err
done
slashes=$(head -c 3000 /dev/zero | tr '\0' /)
printf 1234 | safetensors deep.safetensors "{$(entry "$slashes" F32 1 0 4)}"
run 0 tree deep.safetensors
run 0 ls deep.safetensors
