/* spec_names.c - see spec_names.h. */
#include "rule/spec_names.h"

#include <stddef.h>

#include "rule/spec.h"

const char *const vs__regularizer_names[VS__N_REGULARIZERS] = {
    [VS_REGULARIZER_DEFAULT] = "default", [VS_REGULARIZER_NONE] = "none",
    [VS_REGULARIZER_L1_L2] = "l1_l2",     [VS_REGULARIZER_SUM] = "sum",
    [VS_REGULARIZER_CUSTOM] = "custom",
};

const char *const vs__constraint_names[VS__N_CONSTRAINTS] = {
    [VS_CONSTRAINT_DEFAULT] = "default",
    [VS_CONSTRAINT_NONE] = "none",
    [VS_CONSTRAINT_NON_NEG] = "non_neg",
    [VS_CONSTRAINT_MAX_NORM] = "max_norm",
    [VS_CONSTRAINT_UNIT_NORM] = "unit_norm",
    [VS_CONSTRAINT_MIN_MAX_NORM] = "min_max_norm",
    [VS_CONSTRAINT_CUSTOM] = "custom",
};

const char *const vs__partitioner_names[VS__N_PARTITIONERS] = {
    [VS_PARTITIONER_DEFAULT] = "default",
    [VS_PARTITIONER_NONE] = "none",
    [VS_PARTITIONER_FIXED_SIZE] = "fixed_size",
    [VS_PARTITIONER_VARIABLE_AXIS_SIZE] = "variable_axis_size",
    [VS_PARTITIONER_MIN_MAX] = "min_max",
    [VS_PARTITIONER_CUSTOM] = "custom",
};

/* TensorFlow's words; its "normal" meant either truncated law. */
static const char *const fans[] = {
    [VS_FAN_IN] = "fan_in",
    [VS_FAN_OUT] = "fan_out",
    [VS_FAN_AVERAGE] = "fan_avg",
};

static const char *const scalings[] = {
    [VS_SCALING_TRUNCATED] = "truncated_normal",
    [VS_SCALING_TRUNCATED_1_9] = "truncated_normal_1_9",
    [VS_SCALING_NORMAL] = "untruncated_normal",
    [VS_SCALING_UNIFORM] = "uniform",
};

/* Enums come from callers: any int may be in them. */
const char *vs__fan_name(vs_fan fan)
{
    return (size_t)fan < sizeof fans / sizeof fans[0] ? fans[fan] : NULL;
}

const char *vs__scaling_name(vs_scaling scaling)
{
    return (size_t)scaling < sizeof scalings / sizeof scalings[0]
               ? scalings[scaling]
               : NULL;
}
