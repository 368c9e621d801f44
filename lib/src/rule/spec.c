/* spec.c - rules to text. Reading them back is spec_read.c's. */
#include "rule/spec.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/never.h"
#include "rule/constrain.h"
#include "rule/custom.h"
#include "rule/initializer.h"
#include "rule/regularize.h"
#include "rule/spec_names.h"
#include "varstore/tensor.h"

/* Text that grows in a buffer of VS__SPEC_MAX, which holds any spec. */
struct text {
    char *at;
    size_t n;
};

VS_PRINTF(2, 3)
static void put(struct text *t, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(t->at + t->n, VS__SPEC_MAX - t->n, fmt, args);
    va_end(args);
    if (vs__never(n < 0 || (size_t)n >= VS__SPEC_MAX - t->n))
        return;
    t->n += (size_t)n;
}

static void put_number(struct text *t, const char *name, double x)
{
    char number[VS_ELEMENT_TEXT_MAX];
    const char *quote = isfinite(x) ? "" : "\"";

    vs_element_text(VS_F64, &x, 0, number);
    put(t, ",\"%s\":%s%s%s", name, quote, number, quote);
}

static void put_integer(struct text *t, const char *name, int64_t x)
{
    put(t, ",\"%s\":%" PRId64, name, x);
}

/* Names of callbacks need no escapes. */
static void put_name(struct text *t, const char *name)
{
    if (name != NULL)
        put(t, ",\"name\":\"%s\"", name);
}

static struct text begin(char *out)
{
    struct text t = {out, 0};

    out[0] = '\0';
    return t;
}

static const struct vs__initializer_kind *find(vs_initializer_kind kind)
{
    const struct vs__initializer_kind *row = NULL;

    for (size_t i = 0; (row = vs__initializer_kind_at(i)) != NULL; i++)
        if (row->kind == kind)
            break;
    return row;
}

void vs__spec_of_initializer(const vs_initializer *init, char out[VS__SPEC_MAX])
{
    const struct vs__initializer_kind *row = find(init->kind);
    struct text t = begin(out);

    if (row == NULL)
        return;
    put(&t, "{\"kind\":\"%s\"", row->name);
    if (row->first != NULL)
        put_number(&t, row->first, init->a);
    if (row->second != NULL)
        put_number(&t, row->second, init->b);
    if (row->kind == VS_INIT_VARIANCE_SCALING)
        put(&t, ",\"mode\":\"%s\",\"distribution\":\"%s\"",
            vs__fan_name(init->fan), vs__scaling_name(init->scaling));
    if (row->random && init->seed != VS_NO_SEED)
        put_integer(&t, "seed", init->seed);
    if (row->kind == VS_INIT_CUSTOM)
        put_name(&t, init->name);
    put(&t, "}");
}

static void put_regularizer(struct text *t, const vs_regularizer *r)
{
    put(t, "{\"kind\":\"%s\"", vs__regularizer_names[r->kind]);
    if (r->kind == VS_REGULARIZER_L1_L2) {
        put_number(t, "l1", r->l1);
        put_number(t, "l2", r->l2);
    }
    if (r->kind == VS_REGULARIZER_CUSTOM)
        put_name(t, r->name);
    if (r->kind == VS_REGULARIZER_SUM) {
        put(t, ",\"of\":[");
        for (size_t i = 0; i < r->n_list; i++) {
            put(t, i > 0 ? "," : "");
            put_regularizer(t, &r->list[i]); /* no sums: one level */
        }
        put(t, "]");
    }
    put(t, "}");
}

void vs__spec_of_regularizer(const vs_regularizer *regularizer,
                             char out[VS__SPEC_MAX])
{
    struct text t = begin(out);

    if (regularizer->kind != VS_REGULARIZER_DEFAULT)
        put_regularizer(&t, regularizer);
}

void vs__spec_of_constraint(const vs_constraint *c, char out[VS__SPEC_MAX])
{
    struct text t = begin(out);

    if (c->kind == VS_CONSTRAINT_DEFAULT)
        return;
    put(&t, "{\"kind\":\"%s\"", vs__constraint_names[c->kind]);
    if (c->kind >= VS_CONSTRAINT_MAX_NORM && c->kind != VS_CONSTRAINT_CUSTOM)
        put_integer(&t, "axes", c->axes);
    if (c->kind == VS_CONSTRAINT_MIN_MAX_NORM)
        put_number(&t, "min", c->min);
    if (c->kind == VS_CONSTRAINT_MAX_NORM ||
        c->kind == VS_CONSTRAINT_MIN_MAX_NORM)
        put_number(&t, "max", c->max);
    if (c->kind == VS_CONSTRAINT_MIN_MAX_NORM)
        put_number(&t, "rate", c->rate);
    if (c->kind == VS_CONSTRAINT_CUSTOM)
        put_name(&t, c->name);
    put(&t, "}");
}

void vs__spec_of_partitioner(const vs_partitioner *p, char out[VS__SPEC_MAX])
{
    struct text t = begin(out);

    if (p->kind == VS_PARTITIONER_DEFAULT)
        return;
    put(&t, "{\"kind\":\"%s\"", vs__partitioner_names[p->kind]);
    if (p->kind == VS_PARTITIONER_CUSTOM) {
        put_name(&t, p->name);
    } else if (p->kind != VS_PARTITIONER_NONE) {
        put_integer(&t, "axis", p->axis);
        put_integer(&t, "parts", p->parts);
        put_integer(&t, "bytes", p->bytes);
    }
    if (p->per_part)
        put_integer(&t, "per_part", 1);
    put(&t, "}");
}

static bool is_name(const char *name)
{
    return name != NULL && vs__callback_name_check("rule", name, NULL) == VS_OK;
}

bool vs__spec_tells_initializer(const vs_initializer *init)
{
    if (init->kind == VS_INIT_CUSTOM)
        return is_name(init->name);
    if (init->kind == VS_INIT_VARIANCE_SCALING)
        return vs__fan_name(init->fan) != NULL &&
               vs__scaling_name(init->scaling) != NULL;
    return init->kind != VS_INIT_VALUE && init->kind != VS_INIT_LIST &&
           init->kind != VS_INIT_SOURCE;
}

bool vs__spec_tells_regularizer(const vs_regularizer *r)
{
    bool tells = vs__regularizer_check(r, NULL) == VS_OK &&
                 (r->kind != VS_REGULARIZER_CUSTOM || r->name != NULL);

    for (size_t i = 0; tells && r->kind == VS_REGULARIZER_SUM && i < r->n_list;
         i++)
        tells = vs__spec_tells_regularizer(&r->list[i]); /* no sums */
    return tells;
}

bool vs__spec_tells_constraint(const vs_constraint *c)
{
    return vs__constraint_check(c, NULL) == VS_OK &&
           (c->kind != VS_CONSTRAINT_CUSTOM || c->name != NULL);
}

bool vs__spec_tells_partitioner(const vs_partitioner *p)
{
    if (p->kind == VS_PARTITIONER_CUSTOM)
        return is_name(p->name);
    return (size_t)p->kind < VS__N_PARTITIONERS && p->axis >= -VS_MAX_RANK &&
           p->axis < VS_MAX_RANK;
}
