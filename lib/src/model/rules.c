/* rules.c - see rules.h. */
#include "model/rules.h"

#include <string.h>

#include "base/fail.h"
#include "model/callback.h"
#include "model/collection.h"
#include "model/record.h"
#include "rule/constrain.h"
#include "rule/regularize.h"

/* A rule's row says what it is about, so that it cannot be taken for that of
 * another variable. */
static struct vs__digest record_of(int64_t variable, const char *kind,
                                   const char *spec)
{
    const char *const texts[] = {kind, spec};

    return vs__record_of(&variable, 1, texts, 2);
}

/* What is kept of a callback is its name. */
static bool is_nameless(const vs_regularizer *r)
{
    if (r->kind == VS_REGULARIZER_CUSTOM)
        return r->name == NULL;
    for (size_t i = 0; r->kind == VS_REGULARIZER_SUM && i < r->n_list; i++)
        if (is_nameless(&r->list[i]))
            return true;
    return false;
}

vs_status vs__rules_check(vs_store *store, const char *path,
                          const vs_regularizer *regularizer,
                          const vs_constraint *constraint)
{
    vs_error *err = vs__store_words(store);
    vs_status st = vs__regularizer_check(regularizer, err);
    const char *what = VS__REGULARIZER;

    if (st == VS_OK)
        st = vs__constraint_check(constraint, err);
    if (st != VS_OK)
        return st;
    if (!is_nameless(regularizer)) {
        if (constraint->kind != VS_CONSTRAINT_CUSTOM ||
            constraint->name != NULL)
            return VS_OK;
        what = VS__CONSTRAINT;
    }
    (void)vs__fail(err, VS_ERR_MISUSE,
                   "variable %.256s: its %s is a callback without a name", path,
                   what);
    vs__hint(err, "register it under a name: vs_register_%s", what);
    return VS_ERR_MISUSE;
}

vs_status vs__rule_put_text(vs_store *store, int64_t variable, const char *kind,
                            const char *spec)
{
    static const char sql[] = "INSERT INTO rule (variable, kind, spec, record) "
                              "VALUES ($1, $2, $3, $4)";
    const struct vs__digest record = record_of(variable, kind, spec);
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, variable);
    vs__bind_text(s, 2, kind, -1);
    vs__bind_text(s, 3, spec, -1);
    vs__bind_blob(s, 4, record.bytes, VS__DIGEST_BYTES);
    return vs__stmt_run(s);
}

vs_status vs__rules_put(vs_store *store, int64_t variable,
                        const vs_regularizer *regularizer,
                        const vs_constraint *constraint)
{
    char spec[VS__SPEC_MAX];
    vs_status st = VS_OK;

    if (regularizer->kind > VS_REGULARIZER_NONE) {
        vs__spec_of_regularizer(regularizer, spec);
        st = vs__rule_put_text(store, variable, VS__REGULARIZER, spec);
        if (st == VS_OK)
            st = vs__collection_put(store, VS_REGULARIZATION_LOSSES, variable);
    }
    if (st == VS_OK && constraint->kind > VS_CONSTRAINT_NONE) {
        vs__spec_of_constraint(constraint, spec);
        st = vs__rule_put_text(store, variable, VS__CONSTRAINT, spec);
    }
    return st;
}

vs_status vs__rules_share(vs_store *store, int64_t from, int64_t to)
{
    static const char *const kinds[] = {VS__REGULARIZER, VS__CONSTRAINT};
    vs_status st = VS_OK;

    for (size_t i = 0; i < 2 && st == VS_OK; i++) {
        char spec[VS__SPEC_MAX];

        st = vs__rule_text(store, from, kinds[i], spec);
        if (st == VS_OK && spec[0] != '\0')
            st = vs__rule_put_text(store, to, kinds[i], spec);
    }
    return st;
}

vs_status vs__rules_forget(vs_store *store, int64_t variable)
{
    static const char sql[] = "DELETE FROM rule WHERE variable = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, variable);
    return vs__stmt_run(s);
}

static vs_status damaged(vs_store *store, int64_t variable, const char *kind,
                         const char *why)
{
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "variable %lld: the row of its %s is not what was "
                    "written%s%.200s",
                    (long long)variable, kind, why[0] != '\0' ? ": " : "", why);
}

vs_status vs__rule_text(vs_store *store, int64_t variable, const char *kind,
                        char out[VS__SPEC_MAX])
{
    static const char sql[] =
        "SELECT spec, record FROM rule WHERE variable = $1 AND kind = $2";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    out[0] = '\0';
    vs__bind_i64(s, 1, variable);
    vs__bind_text(s, 2, kind, -1);
    st = vs__stmt_step(s);
    if (st == VS_OK) {
        const char *spec = vs__column_text(s, 0);
        const size_t n = strlen(spec);
        const struct vs__digest want = record_of(variable, kind, spec);

        if (n >= VS__SPEC_MAX || !vs__record_is(s, 1, &want))
            st = damaged(store, variable, kind, "");
        else
            memcpy(out, spec, n + 1);
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__rule_regularizer(vs_store *store, int64_t variable,
                               struct vs__spec *memory, vs_regularizer *out)
{
    char text[VS__SPEC_MAX];
    vs_error why;
    vs_status st = vs__rule_text(store, variable, VS__REGULARIZER, text);

    if (st != VS_OK)
        return st;
    st = vs__spec_to_regularizer(text, memory, out, &why);
    if (st == VS_OK)
        st = vs__regularizer_check(out, &why);
    if (st != VS_OK)
        return damaged(store, variable, VS__REGULARIZER, why.message);
    vs__resolve_regularizer(store, out);
    for (size_t i = 0; i < out->n_list; i++)
        vs__resolve_regularizer(store, &memory->terms[i]);
    return VS_OK;
}

vs_status vs__rule_constraint(vs_store *store, int64_t variable,
                              struct vs__spec *memory, vs_constraint *out)
{
    char text[VS__SPEC_MAX];
    vs_error why;
    vs_status st = vs__rule_text(store, variable, VS__CONSTRAINT, text);

    if (st != VS_OK)
        return st;
    st = vs__spec_to_constraint(text, memory, out, &why);
    if (st == VS_OK)
        st = vs__constraint_check(out, &why);
    if (st != VS_OK)
        return damaged(store, variable, VS__CONSTRAINT, why.message);
    vs__resolve_constraint(store, out);
    return VS_OK;
}
