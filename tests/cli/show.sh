#!/usr/bin/env bash
# show.sh - all about one variable.
source "$(dirname "$0")/lib.sh"

small_store a.db
run 0 show a.db layer_0/kernel
out_has 'layer_0/kernel   f32 [2,3]  trainable'
out_has '  elements     6'
out_has '  bytes        24 B'
out_has '  stored       24 B  (1.00)  inline'
out_like '^  version      1  written '
out_like '^  digest       [0-9a-f]{32}$'
out_like '^  created      .* by varstore, pid [0-9]+ on .*, at varstore set$'
out_has '  also named   tied'
out_has '  collections  trainable_variables  variables'
out_has '  values       1 2 3 4 5 6'
out_has '  min 1   mean 3.5   max 6   std 1.708   ‖·‖₂ 9.539   zeros 0 %   NaN 0   Inf 0'
run 0 show a.db tied
out_has '  alias of     layer_0/kernel'
run 0 show a.db layer_0/kernel:0 # as TensorFlow writes it

run 0 show --plain a.db step
out_has "$(printf 'value\t7')"
out_has "$(printf 'min\t7')"

# NaN, infinities and zeros are counted and stay out of the rest.
varstore set -q a.db odd '[nan,inf,-inf,0,2,4]' --dtype f32
run 0 show --json a.db odd
json out show/1
field out '$.stats.nans' 1
field out '$.stats.infs' 2
field out '$.stats.zeros' 1
field out '$.stats.min' 0
field out '$.stats.mean' 2
field out '$.histogram[0].exponent' 1
field out '$.histogram[1].count' 1
field out '$.created.program' varstore
field out '$.collections[0]' trainable_variables

# A histogram, and the same from a foreign file, which has to be read for it.
row=$(printf '%s,' -3 -2 -2 -1 -1 -1 -1 0 0 0 0 0 0 1 1 1 1 2 2 3)
varstore set -q a.db bell "[${row%,}]" --dtype f32
run 0 show a.db bell
out_like '^  -3 [▁▂▃▄▅▆▇█]+ 3$'
grep -F ' mean ' out > stored
grep -F '█' out >> stored
varstore export -q a.db a.safetensors --scope bell
run 0 show a.safetensors bell
{ grep -F ' mean ' out && grep -F '█' out; } | diff stored - || fail "statistics differ"
run 0 show --json a.safetensors bell
json out show/1
field out '$.params' 20
field out '$.stats.zeros' 6

# In a checkpoint; not there.
varstore save -q a.db
varstore set -q a.db step 8
run 0 show --plain a.db@latest step
out_has "$(printf 'value\t7')"
run 10 show a.db layer_0/kernl
err_is << 'E2'
error: layer_0/kernl not found in a.db
hint: did you mean layer_0/kernel?
see: varstore ls a.db
E2
run 10 show a.db layer_0
err_is << 'E2'
error: layer_0 not found in a.db
hint: layer_0 is a scope
see: varstore ls a.db 'layer_0/**'
E2
run 10 show a.db kernl@x
run 2 show a.db
err_has 'show: missing NAME'
