/* spec_read.c - text back to rules.
 *
 * A spec is a flat object that begins with its kind: it is read into a list of
 * fields first, and each kind then takes those it has. None may be left.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "rule/custom.h"
#include "rule/initializer.h"
#include "rule/spec.h"
#include "rule/spec_names.h"

#define MAX_FIELDS 16

struct field {
    const char *key;
    struct vs__json_token value; /* no object; an array only as the last */
};

struct fields {
    const char *kind; /* the value of "kind" */
    struct field at[MAX_FIELDS];
    size_t n;
    size_t taken; /* how many were asked for */
    bool array;   /* stopped at the '[' of the last field */
};

static vs_status refuse(const char *why, vs_error *err)
{
    return vs__fail(err, VS_ERR_FORMAT, "spec: %s", why);
}

/* The field of that key, or NULL. Each is asked for once. */
static const struct field *take(struct fields *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->at[i].key, key) == 0) {
            f->taken++;
            return &f->at[i];
        }
    return NULL;
}

static vs_status note_kind(struct fields *f, vs_error *err)
{
    const struct field *kind = take(f, "kind");

    if (kind != f->at || kind->value.kind != VS__JSON_STRING)
        return refuse("it does not begin with a kind", err);
    f->kind = kind->value.text;
    return VS_OK;
}

/* Reads an object whose '{' was read, to its end or to an array in it. */
static vs_status read_fields(struct vs__json *json, struct fields *f,
                             vs_error *err)
{
    struct vs__json_token token;
    enum vs__json_kind kind;
    vs_status st;

    memset(f, 0, sizeof *f);
    for (;;) {
        if ((st = vs__json_next(json, &token, err)) != VS_OK)
            return st;
        if (token.kind == VS__JSON_OBJECT_END)
            return note_kind(f, err);
        if (f->n == MAX_FIELDS)
            return refuse("too many fields", err);
        f->at[f->n].key = token.text;
        if ((st = vs__json_next(json, &f->at[f->n].value, err)) != VS_OK)
            return st;
        kind = f->at[f->n++].value.kind;
        f->array = kind == VS__JSON_ARRAY;
        if (f->array)
            return note_kind(f, err);
        if (kind != VS__JSON_STRING && kind != VS__JSON_NUMBER)
            return refuse("a field is neither a number nor text", err);
    }
}

/* Begins reading `text`, which is copied to `memory`, and reads its fields. */
static vs_status begin(struct vs__json *json, const char *text,
                       struct vs__spec *memory, struct fields *f, vs_error *err)
{
    const size_t n = strlen(text);
    struct vs__json_token token;
    vs_status st;

    if (n >= sizeof memory->text)
        return refuse("too long", err);
    memcpy(memory->text, text, n + 1);
    vs__json_begin(json, (uint8_t *)memory->text, n, "spec");
    if ((st = vs__json_want(json, VS__JSON_OBJECT, &token, err)) != VS_OK)
        return st;
    return read_fields(json, f, err);
}

/* No field is left over. */
static vs_status all_taken(const struct fields *f, vs_error *err)
{
    return f->taken == f->n
               ? VS_OK
               : vs__fail(err, VS_ERR_FORMAT, "spec: a field that %s has not",
                          f->kind);
}

/* Nothing may follow. */
static vs_status end(struct vs__json *json, const struct fields *f,
                     vs_error *err)
{
    struct vs__json_token token;

    if (f->array)
        return refuse("an array where none can be", err);
    return vs__json_want(json, VS__JSON_END, &token, err);
}

/* Reads a text that is one object without arrays, or "" (VS_DONE). */
static vs_status read_flat(const char *text, struct vs__spec *memory,
                           struct fields *f, vs_error *err)
{
    struct vs__json json;
    vs_status st;

    if (text[0] == '\0')
        return VS_DONE;
    st = begin(&json, text, memory, f, err);
    return st == VS_OK ? end(&json, f, err) : st;
}

/* A number, or "nan", "inf", "-inf". */
static vs_status get_number(struct fields *f, const char *key, double *out,
                            vs_error *err)
{
    const struct field *field = take(f, key);
    char text[64];

    if (field == NULL || field->value.n >= sizeof text)
        return vs__fail(err, VS_ERR_FORMAT, "spec: %s has no number '%s'",
                        f->kind, key);
    memcpy(text, field->value.text, field->value.n);
    text[field->value.n] = '\0';
    if (vs_element_parse(VS_F64, text, out, NULL) != VS_OK)
        return vs__fail(err, VS_ERR_FORMAT, "spec: '%s' of %s is no number",
                        key, f->kind);
    return VS_OK;
}

static vs_status get_integer(struct fields *f, const char *key, int64_t *out,
                             vs_error *err)
{
    const struct field *field = take(f, key);
    char text[64];

    if (field == NULL || field->value.kind != VS__JSON_NUMBER ||
        field->value.n >= sizeof text)
        return vs__fail(err, VS_ERR_FORMAT, "spec: %s has no integer '%s'",
                        f->kind, key);
    memcpy(text, field->value.text, field->value.n);
    text[field->value.n] = '\0';
    if (vs_element_parse(VS_I64, text, out, NULL) != VS_OK)
        return vs__fail(err, VS_ERR_FORMAT, "spec: '%s' of %s is no integer",
                        key, f->kind);
    return VS_OK;
}

/* A text, or NULL. */
static const char *get_text(struct fields *f, const char *key)
{
    const struct field *field = take(f, key);

    return field != NULL && field->value.kind == VS__JSON_STRING
               ? field->value.text
               : NULL;
}

/* Of a callback, if there is one; what no callback can be called is refused. */
static vs_status get_name(struct fields *f, const char **out, vs_error *err)
{
    const struct field *field = take(f, "name");

    if (field == NULL)
        return VS_OK;
    *out = field->value.text;
    return field->value.kind == VS__JSON_STRING &&
                   vs__callback_name_check(f->kind, *out, NULL) == VS_OK
               ? VS_OK
               : refuse("a name that no callback can have", err);
}

static vs_status unknown(const char *what, struct fields *f, vs_error *err)
{
    return vs__fail(err, VS_ERR_UNSUPPORTED,
                    "%s '%.100s' is not known to this library", what, f->kind);
}

/* The place of a word in a list of `n`; false if it is not there. */
static bool place(const char *const *names, int n, const char *name, int *out)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) {
            *out = i;
            return true;
        }
    return false;
}

static vs_status get_scaling(struct fields *f, vs_initializer *init,
                             vs_error *err)
{
    const char *mode = get_text(f, "mode");
    const char *law = get_text(f, "distribution");
    int fan = 0;
    int scaling = 0;

    while (mode != NULL && vs__fan_name((vs_fan)fan) != NULL &&
           strcmp(vs__fan_name((vs_fan)fan), mode) != 0)
        fan++;
    while (law != NULL && vs__scaling_name((vs_scaling)scaling) != NULL &&
           strcmp(vs__scaling_name((vs_scaling)scaling), law) != 0)
        scaling++;
    if (mode == NULL || law == NULL || vs__fan_name((vs_fan)fan) == NULL ||
        vs__scaling_name((vs_scaling)scaling) == NULL)
        return refuse("a mode or distribution that is none", err);
    init->fan = (vs_fan)fan;
    init->scaling = (vs_scaling)scaling;
    return VS_OK;
}

static vs_status read_initializer(struct fields *f, vs_initializer *out,
                                  vs_error *err)
{
    const struct vs__initializer_kind *row = NULL;
    vs_status st = VS_OK;

    for (size_t i = 0; (row = vs__initializer_kind_at(i)) != NULL; i++)
        if (strcmp(row->name, f->kind) == 0)
            break;
    if (row == NULL)
        return unknown("initializer", f, err);
    *out = vs_initializer_of(row->kind, 0, 0, VS_NO_SEED);
    if (row->first != NULL)
        st = get_number(f, row->first, &out->a, err);
    if (st == VS_OK && row->second != NULL)
        st = get_number(f, row->second, &out->b, err);
    if (st == VS_OK && row->kind == VS_INIT_VARIANCE_SCALING)
        st = get_scaling(f, out, err);
    if (st == VS_OK && row->random && f->taken < f->n)
        st = get_integer(f, "seed", &out->seed, err);
    if (row->kind == VS_INIT_CUSTOM)
        st = get_name(f, &out->name, err);
    return st == VS_OK ? all_taken(f, err) : st;
}

vs_status vs__spec_to_initializer(const char *text, struct vs__spec *memory,
                                  vs_initializer *out, vs_error *err)
{
    vs_initializer init = vs_initializer_of(VS_INIT_DEFAULT, 0, 0, VS_NO_SEED);
    struct fields f;
    vs_status st = read_flat(text, memory, &f, err);

    if (st == VS_OK)
        st = read_initializer(&f, &init, err);
    if (st != VS_OK && st != VS_DONE)
        return st;
    *out = init;
    return VS_OK;
}

vs_status vs__initializer_stored(const char *text, struct vs__spec *memory,
                                 vs_initializer *out, vs_error *err)
{
    vs_initializer init;
    vs_error why;
    vs_status st = vs__spec_to_initializer(text, memory, &init, &why);
    const struct vs__initializer_kind *row = NULL;

    for (size_t i = 0; st == VS_OK && (row = vs__initializer_kind_at(i)); i++)
        if (row->kind == init.kind)
            break;
    if (st == VS_OK && row == NULL)
        st = refuse("there is none", &why);
    if (st == VS_OK && row->random && init.seed == VS_NO_SEED)
        st = refuse("its seed is missing", &why);
    if (st != VS_OK)
        return vs__fail(err, VS_ERR_CORRUPT, "initializer '%.200s': %s", text,
                        why.message);
    if (init.kind == VS_INIT_VALUE || init.kind == VS_INIT_LIST ||
        init.kind == VS_INIT_SOURCE)
        return vs__fail(err, VS_ERR_INITIALIZER,
                        "initializer '%.200s': what it held is not stored",
                        text);
    *out = init;
    return VS_OK;
}

static vs_status read_regularizer(struct fields *f, vs_regularizer *out,
                                  vs_error *err)
{
    int kind = 0;
    vs_status st = VS_OK;

    if (!place(vs__regularizer_names, VS__N_REGULARIZERS, f->kind, &kind))
        return unknown("regularizer", f, err);
    *out = vs_regularizer_of((vs_regularizer_kind)kind, 0, 0);
    if (out->kind == VS_REGULARIZER_L1_L2 &&
        (st = get_number(f, "l1", &out->l1, err)) == VS_OK)
        st = get_number(f, "l2", &out->l2, err);
    if (out->kind == VS_REGULARIZER_CUSTOM)
        st = get_name(f, &out->name, err);
    if (out->kind == VS_REGULARIZER_SUM && (!f->array || take(f, "of") == NULL))
        return refuse("a sum without its terms", err);
    return st == VS_OK ? all_taken(f, err) : st;
}

/* The terms of a sum, from behind the '[' to the end of the text. */
static vs_status read_terms(struct vs__json *json, struct vs__spec *memory,
                            vs_regularizer *sum, vs_error *err)
{
    struct vs__json_token token;
    struct fields f;
    vs_status st;

    sum->list = memory->terms;
    while ((st = vs__json_next(json, &token, err)) == VS_OK &&
           token.kind == VS__JSON_OBJECT) {
        if (sum->n_list == VS_REGULARIZER_TERMS)
            return refuse("too many terms of a sum", err);
        if ((st = read_fields(json, &f, err)) != VS_OK)
            return st;
        if (f.array)
            return refuse("a sum inside a sum", err);
        st = read_regularizer(&f, &memory->terms[sum->n_list], err);
        if (st != VS_OK)
            return st;
        sum->n_list++;
    }
    if (st != VS_OK)
        return st;
    if (token.kind != VS__JSON_ARRAY_END)
        return refuse("a term of a sum is no object", err);
    st = vs__json_want(json, VS__JSON_OBJECT_END, &token, err);
    return st == VS_OK ? vs__json_want(json, VS__JSON_END, &token, err) : st;
}

vs_status vs__spec_to_regularizer(const char *text, struct vs__spec *memory,
                                  vs_regularizer *out, vs_error *err)
{
    vs_regularizer r = vs_regularizer_of(VS_REGULARIZER_DEFAULT, 0, 0);
    struct vs__json json;
    struct fields f;
    vs_status st = VS_OK;

    if (text[0] != '\0') {
        if ((st = begin(&json, text, memory, &f, err)) != VS_OK ||
            (st = read_regularizer(&f, &r, err)) != VS_OK)
            return st;
        st = r.kind == VS_REGULARIZER_SUM ? read_terms(&json, memory, &r, err)
                                          : end(&json, &f, err);
    }
    if (st == VS_OK)
        *out = r;
    return st;
}

static vs_status read_constraint(struct fields *f, vs_constraint *out,
                                 vs_error *err)
{
    int64_t axes = 0;
    int kind = 0;
    vs_status st = VS_OK;

    if (!place(vs__constraint_names, VS__N_CONSTRAINTS, f->kind, &kind))
        return unknown("constraint", f, err);
    *out = vs_constraint_of((vs_constraint_kind)kind, 0, 0, 0, 1);
    if (out->kind >= VS_CONSTRAINT_MAX_NORM &&
        out->kind != VS_CONSTRAINT_CUSTOM)
        st = get_integer(f, "axes", &axes, err);
    if (axes < 0 || axes > UINT32_MAX)
        return refuse("axes of a constraint that are none", err);
    out->axes = (uint32_t)axes;
    if (st == VS_OK && (out->kind == VS_CONSTRAINT_MAX_NORM ||
                        out->kind == VS_CONSTRAINT_MIN_MAX_NORM))
        st = get_number(f, "max", &out->max, err);
    if (st == VS_OK && out->kind == VS_CONSTRAINT_MIN_MAX_NORM &&
        (st = get_number(f, "min", &out->min, err)) == VS_OK)
        st = get_number(f, "rate", &out->rate, err);
    if (out->kind == VS_CONSTRAINT_CUSTOM)
        st = get_name(f, &out->name, err);
    return st == VS_OK ? all_taken(f, err) : st;
}

vs_status vs__spec_to_constraint(const char *text, struct vs__spec *memory,
                                 vs_constraint *out, vs_error *err)
{
    vs_constraint c = vs_constraint_of(VS_CONSTRAINT_DEFAULT, 0, 0, 0, 0);
    struct fields f;
    vs_status st = read_flat(text, memory, &f, err);

    if (st == VS_OK)
        st = read_constraint(&f, &c, err);
    if (st != VS_OK && st != VS_DONE)
        return st;
    *out = c;
    return VS_OK;
}

static vs_status read_partitioner(struct fields *f, vs_partitioner *out,
                                  vs_error *err)
{
    const struct field *per_part;
    uint64_t one = 0;
    int64_t axis = 0;
    int kind = 0;
    vs_status st = VS_OK;

    if (!place(vs__partitioner_names, VS__N_PARTITIONERS, f->kind, &kind))
        return unknown("partitioner", f, err);
    *out = vs_partitioner_of((vs_partitioner_kind)kind, 0, 0, 0);
    if (out->kind == VS_PARTITIONER_CUSTOM) {
        st = get_name(f, &out->name, err);
    } else if (out->kind != VS_PARTITIONER_NONE) {
        if ((st = get_integer(f, "axis", &axis, err)) == VS_OK &&
            (st = get_integer(f, "parts", &out->parts, err)) == VS_OK)
            st = get_integer(f, "bytes", &out->bytes, err);
        if (axis < -VS_MAX_RANK || axis >= VS_MAX_RANK)
            return refuse("an axis that is none", err);
        out->axis = (int)axis;
    }
    per_part = take(f, "per_part");
    out->per_part = per_part != NULL;
    if (out->per_part && !(vs__json_u64(&per_part->value, &one) && one == 1))
        return refuse("'per_part' is not 1", err);
    return st == VS_OK ? all_taken(f, err) : st;
}

vs_status vs__spec_to_partitioner(const char *text, struct vs__spec *memory,
                                  vs_partitioner *out, vs_error *err)
{
    vs_partitioner p = vs_partitioner_of(VS_PARTITIONER_DEFAULT, 0, 0, 0);
    struct fields f;
    vs_status st = read_flat(text, memory, &f, err);

    if (st == VS_OK)
        st = read_partitioner(&f, &p, err);
    if (st != VS_OK && st != VS_DONE)
        return st;
    *out = p;
    return VS_OK;
}
