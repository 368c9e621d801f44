/* check_values.c - names, variables and versions: each row against the rules
 * that reading it would apply, and each version against what it consists of.
 */
#include "service/check.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "model/catalog.h"
#include "model/mark.h"
#include "model/path.h"
#include "model/record.h"
#include "model/rules.h"
#include "model/value.h"
#include "rule/initializer.h"
#include "rule/spec.h"
#include "tensor/stats.h"

/* A name repeats what its variable is for life. A variable whose own row is not
 * right is told elsewhere. */
static void check_repeated(struct vs__check *c, struct vs__stmt *s,
                           const char *path)
{
    const int facts = VS__N_NAME + 1;
    const bool leads = !vs__column_null(s, 1);

    if (leads && (vs__column_null(s, facts) ||
                  vs__variable_check(c->store, vs__column_i64(s, 1), s, facts,
                                     NULL) != VS_OK))
        return;
    /* Without a variable these columns are NULL, which reads as 0 and "". */
    if (vs__column_i64(s, 3) != vs__column_i64(s, facts) ||
        strcmp(vs__column_text(s, 4), vs__column_text(s, facts + 1)) != 0 ||
        vs__column_i64(s, 5) != vs__column_i64(s, facts + 4) ||
        vs__column_i64(s, 6) != vs__column_i64(s, facts + VS__FACT_IS_PART))
        vs__check_damage(c, path,
                         "what it tells of its variable is not that of %s",
                         leads ? "its variable" : "a name without variable");
}

static vs_status check_names(struct vs__check *c)
{
    static const char sql[] =
        "SELECT " VS__NAME ", n.path, " VS__FACTS ", v.current, v.record "
        "FROM name AS n LEFT JOIN variable AS v ON v.id = n.variable "
        "ORDER BY n.path";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *path = vs__column_text(s, VS__N_NAME);
        vs_error why;

        if (!vs__column_null(s, 1))
            c->report.n_names++;
        if (vs__path_check(path, &why) != VS_OK)
            vs__check_damage(c, path, "not a name: %s", why.message);
        if (vs__name_check(c->store, s, 0, path, NULL) != VS_OK)
            vs__check_damage(c, path, "%s", vs__store_words(c->store)->message);
        else
            check_repeated(c, s, path);
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

static vs_status check_marks(struct vs__check *c)
{
    static const char sql[] = "SELECT " VS__MARK_COLUMNS
                              " FROM scope_mark AS m ORDER BY m.mark, m.scope";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *scope = vs__column_text(s, 1);
        vs_error why;

        if (vs__mark_check(c->store, s) != VS_OK)
            vs__check_damage(c, NULL, "%s", vs__store_words(c->store)->message);
        if (scope[0] != '\0' && vs__path_check(scope, &why) != VS_OK)
            vs__check_damage(c, NULL, "a mark of no scope: %s", why.message);
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

static vs_status check_origins(struct vs__check *c)
{
    static const char sql[] =
        "SELECT " VS__ORIGIN_COLUMNS " FROM origin ORDER BY id";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK)
        if (vs__origin_check(c->store, s) != VS_OK)
            vs__check_damage(c, NULL, "%s", vs__store_words(c->store)->message);
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

static vs_status check_variables(struct vs__check *c)
{
    static const char sql[] = "SELECT id FROM variable ORDER BY id";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const int64_t id = vs__column_i64(s, 0);
        struct vs__variable_row row;

        st = vs__check_absorb(c, id, vs__variable_row(c->store, id, &row));
        if (st != VS_OK)
            break;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* A deferred variable lives on its initializer. */
static vs_status check_initializer(struct vs__check *c, int64_t variable,
                                   const char *spec)
{
    struct vs__filling filling = {.dtype = VS_DTYPE_NONE};
    struct vs__variable_row row;
    struct vs__spec memory;
    vs_initializer init;
    vs_error why;
    vs_status st = vs__variable_row(c->store, variable, &row);

    if (st == VS_ERR_CORRUPT)
        return VS_OK; /* reported elsewhere */
    if (st != VS_OK)
        return st;
    if ((st = vs__initializer_stored(spec, &memory, &init, &why)) == VS_OK &&
        init.kind != VS_INIT_CUSTOM) /* whose maker need not be here */
        st = vs__filling_make(&init, "", 0, row.kind.dtype, &row.kind.shape,
                              &filling, &why);
    vs__filling_done(&filling);
    /* Memory is for filling; whatever failed is the initializer's. */
    return st == VS_OK ? VS_OK
                       : vs__check_damage_to(c, variable, NULL, why.message);
}

static vs_status check_deferred(struct vs__check *c)
{
    static const char sql[] =
        "SELECT id, initializer FROM variable WHERE current = -1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK)
        if ((st = check_initializer(c, vs__column_i64(s, 0),
                                    vs__column_text(s, 1))) != VS_OK)
            break;
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* A rule as whoever applies it reads it; another kind is told elsewhere. */
static vs_status check_spec(struct vs__check *c, int64_t variable,
                            const char *kind)
{
    vs_regularizer regularizer;
    vs_constraint constraint;
    struct vs__spec memory;

    if (strcmp(kind, VS__REGULARIZER) == 0)
        return vs__rule_regularizer(c->store, variable, &memory, &regularizer);
    if (strcmp(kind, VS__CONSTRAINT) == 0)
        return vs__rule_constraint(c->store, variable, &memory, &constraint);
    return VS_OK;
}

static vs_status check_specs(struct vs__check *c)
{
    static const char sql[] =
        "SELECT variable, kind FROM rule ORDER BY variable, kind";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const int64_t id = vs__column_i64(s, 0);

        st = vs__check_absorb(c, id, check_spec(c, id, vs__column_text(s, 1)));
        if (st != VS_OK)
            break;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* The head is the checkpoint last saved or restored, or 0. */
static vs_status check_head(struct vs__check *c)
{
    static const char sql[] = "SELECT 1 FROM checkpoint WHERE id = $1";
    struct vs__stmt *s;
    int64_t head = 0;
    vs_status st = vs__store_head(c->store, &head);

    if (st != VS_OK || head == 0)
        return st;
    if ((st = vs__stmt_get(c->store->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_i64(s, 1, head);
    st = vs__stmt_step(s);
    vs__stmt_reset(s);
    if (st == VS_DONE)
        vs__check_damage(c, NULL, "the head, checkpoint %lld, is not there",
                         (long long)head);
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__check_names(struct vs__check *c)
{
    vs_status st;

    if ((st = vs__check_absorb(c, 0, check_names(c))) != VS_OK ||
        (st = vs__check_absorb(c, 0, check_marks(c))) != VS_OK ||
        (st = vs__check_absorb(c, 0, check_origins(c))) != VS_OK ||
        (st = vs__check_absorb(c, 0, check_variables(c))) != VS_OK ||
        (st = vs__check_absorb(c, 0, check_specs(c))) != VS_OK ||
        (st = vs__check_absorb(c, 0, check_deferred(c))) != VS_OK)
        return st;
    return vs__check_absorb(c, 0, check_head(c));
}

/* One version: its record, its content against its digest, and the
 * statistics of a small value, which shows that they can be made. */
static vs_status check_version(struct vs__check *c, int64_t version,
                               int64_t variable, struct vs__tally *tally)
{
    struct vs__variable_row row;
    int64_t stored;
    vs_status st = vs__variable_row(c->store, variable, &row);

    if (st == VS_ERR_CORRUPT || st == VS_ERR_STALE)
        return VS_OK; /* reported with the variable, or its lack */
    if (st != VS_OK)
        return st;
    st = vs__value_sum(c->store, &row.kind, version,
                       row.kind.plan.n_chunks == 0 ? tally : NULL, &stored);
    return vs__check_absorb_version(c, variable, version, st);
}

static vs_status check_rows(struct vs__check *c, struct vs__tally *tally)
{
    static const char sql[] = "SELECT id, variable FROM version ORDER BY id";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__tally_init(tally);
    while ((st = vs__stmt_step(s)) == VS_OK) {
        c->report.n_versions++;
        st =
            check_version(c, vs__column_i64(s, 0), vs__column_i64(s, 1), tally);
        if (st != VS_OK)
            break;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* The version whose chunks are being compared. */
struct cut {
    int64_t version;               /* version.id; 0: none yet */
    bool known;                    /* its variable can be read */
    struct vs__kind_of_value kind; /* if known */
};

/* Finds how the version of the current row is cut. */
static vs_status find_cut(struct vs__check *c, struct cut *cut, int64_t version,
                          int64_t variable)
{
    struct vs__variable_row row;
    vs_status st = vs__variable_row(c->store, variable, &row);

    if (st != VS_OK && st != VS_ERR_CORRUPT && st != VS_ERR_STALE)
        return st;
    cut->version = version;
    cut->known = st == VS_OK;
    if (cut->known)
        cut->kind = row.kind;
    return VS_OK;
}

/* Compares the chunk in the current row with what must stand there. */
static void compare_cut(struct vs__check *c, const struct cut *cut,
                        struct vs__stmt *s)
{
    const struct vs__plan *plan = &cut->kind.plan;
    const int64_t ordinal = vs__column_i64(s, 2);
    const int64_t dtype = vs__column_i64(s, 3);
    const int64_t bytes = vs__column_i64(s, 4);
    int64_t want;

    if (!cut->known || ordinal < 0 || ordinal >= plan->n_chunks)
        return; /* reported elsewhere */
    want = vs__plan_count(plan, ordinal) * (int64_t)plan->element;
    if (dtype == (int64_t)cut->kind.dtype && bytes == want)
        return;
    (void)vs__check_absorb_version(
        c, cut->kind.variable, cut->version,
        vs__fail(vs__store_words(c->store), VS_ERR_CORRUPT,
                 "version %lld: chunk %lld has %lld bytes of dtype %lld, "
                 "want %lld of dtype %d",
                 (long long)cut->version, (long long)ordinal, (long long)bytes,
                 (long long)dtype, (long long)want, (int)cut->kind.dtype));
}

/* Compares the chunks of all versions with the plans of their variables. */
static vs_status check_cuts(struct vs__check *c)
{
    static const char sql[] =
        "SELECT s.id, s.variable, k.ordinal, c.dtype, c.raw_bytes "
        "FROM version_chunk AS k CROSS JOIN version AS s CROSS JOIN chunk AS c "
        "WHERE s.id = k.version AND c.id = k.chunk "
        "ORDER BY k.version, k.ordinal";
    struct cut cut = {.version = 0};
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const int64_t version = vs__column_i64(s, 0);

        if (version != cut.version &&
            (st = find_cut(c, &cut, version, vs__column_i64(s, 1))) != VS_OK)
            break;
        compare_cut(c, &cut, s);
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__check_versions(struct vs__check *c)
{
    struct vs__tally *tally = vs__alloc(sizeof *tally);
    vs_status st;

    if (tally == NULL)
        return vs__fail_nomem(vs__store_words(c->store));
    st = vs__check_absorb(c, 0, check_rows(c, tally));
    vs__free(tally);
    return st == VS_OK ? vs__check_absorb(c, 0, check_cuts(c)) : st;
}
