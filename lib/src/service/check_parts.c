/* check_parts.c - partitioned variables: do the parts make up the whole?
 *
 * Now and in every checkpoint each name of a part must stand beside those of
 * all the others, of the same partition, and nothing else may have the name of
 * the whole, or of a part it does not have.
 */
#include "service/check.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "model/catalog.h"
#include "model/handle.h"
#include "model/parts.h"
#include "model/whole.h"

/* Each row must be possible, and its variable have the shape of its slice. */
static vs_status check_row(struct vs__check *c, int64_t variable)
{
    struct vs__variable_row row;
    struct vs__part_row part;
    vs_slice slice;
    vs_shape shape;
    vs_status st = vs__variable_row(c->store, variable, &row);

    if (st == VS_ERR_STALE) {
        vs__check_damage(c, NULL, "a part is variable %lld, which is not there",
                         (long long)variable);
        return VS_OK;
    }
    if (st != VS_OK || (st = vs__part_row(c->store, variable, &part)) != VS_OK)
        return st == VS_DONE ? VS_OK : st; /* none by itself: a rule tells */
    (void)vs_partition_part(&part.partition, part.ordinal, &slice, NULL);
    shape = vs_slice_shape(&slice);
    if (!vs_shape_equal(&shape, &row.kind.shape))
        return vs__check_damage_to(
            c, variable, NULL,
            "its shape is not that of its slice of the whole");
    return VS_OK;
}

static vs_status check_rows(struct vs__check *c)
{
    static const char sql[] = "SELECT variable FROM part ORDER BY variable";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const int64_t variable = vs__column_i64(s, 0);

        st = vs__check_absorb(c, variable, check_row(c, variable));
        if (st != VS_OK)
            break;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* Nothing else may have the name of a whole, or of a part beyond its last. The
 * names of checkpoints were checked when they were current. */
static vs_status check_alone(struct vs__check *c, const vs_variable *v)
{
    static const char sql[] =
        "SELECT path FROM name WHERE path >= $1 AND path < $2 "
        "AND variable IS NOT NULL ORDER BY path";
    char low[VS_NAME_MAX + 16];
    char high[VS_NAME_MAX + 16];
    struct vs__name_row row;
    struct vs__stmt *s;
    size_t n = 0;
    vs_status st = vs__name_look(c->store, v->name, &row);

    if (st == VS_OK)
        vs__check_damage(c, v->name,
                         "it is a variable beside one in parts of that name");
    if ((st != VS_OK && st != VS_DONE) ||
        (st = vs__stmt_get(c->store->db, sql, &s)) != VS_OK)
        return st;
    (void)snprintf(low, sizeof low, "%s/part_0", v->name);
    (void)snprintf(high, sizeof high, "%s/part_:", v->name);
    vs__bind_text(s, 1, low, -1);
    vs__bind_text(s, 2, high, -1);
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *path = vs__column_text(s, 0);
        const int64_t ordinal = vs__part_ordinal(path, &n);

        if (ordinal >= v->partition.parts && n == strlen(v->name))
            vs__check_damage(c, path, "its name is that of a part, of %lld",
                             (long long)v->partition.parts);
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* The name of a part, now or in a checkpoint. The first part's stands for the
 * whole; the others' must have that one beside them. */
static vs_status check_name(struct vs__check *c, int64_t checkpoint,
                            const char *path, int64_t variable)
{
    char whole[VS_NAME_MAX + 1];
    struct vs__part_row part;
    vs_partition partition;
    vs_variable *v = NULL;
    size_t n = 0;
    int64_t ordinal;
    vs_status st = vs__part_row(c->store, variable, &part);

    if (st == VS_ERR_CORRUPT || st == VS_DONE || strlen(path) > VS_NAME_MAX)
        return VS_OK; /* reported elsewhere */
    if (st != VS_OK || (ordinal = vs__part_ordinal(path, &n)) < 0)
        return st;
    memcpy(whole, path, n);
    whole[n] = '\0';
    if (ordinal == 0 && part.ordinal == 0) {
        st = vs__whole_open(c->store, checkpoint, whole, &v);
        if (st == VS_OK && checkpoint == 0)
            st = check_alone(c, v);
        vs_variable_free(v);
        return st;
    }
    st = vs__whole_find(c->store, checkpoint, whole, NULL, &partition);
    if ((st == VS_OK && (ordinal != part.ordinal ||
                         !vs__partition_equal(&partition, &part.partition))) ||
        st == VS_DONE) {
        vs__check_damage(c, path, "it is no part of what has the name %s",
                         whole);
        return VS_OK;
    }
    return st;
}

/* Walks names of parts by a statement with the columns checkpoint (0: now),
 * path and variable. */
static vs_status check_names(struct vs__check *c, const char *sql)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_new(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const int64_t variable = vs__column_i64(s, 2);

        st = vs__check_absorb(c, variable,
                              check_name(c, vs__column_i64(s, 0),
                                         vs__column_text(s, 1), variable));
        if (st != VS_OK)
            break;
    }
    vs__stmt_free(s);
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__check_parts(struct vs__check *c)
{
    static const char now[] =
        "SELECT 0, n.path, p.variable FROM part AS p CROSS JOIN name AS n "
        "WHERE n.variable = p.variable";
    static const char then[] =
        "SELECT c.checkpoint, n.path, p.variable "
        "FROM checkpoint_variable AS c CROSS JOIN version AS s "
        "CROSS JOIN part AS p CROSS JOIN name AS n WHERE s.id = c.version "
        "AND p.variable = s.variable AND n.id = c.name "
        "AND EXISTS (SELECT 1 FROM part)";
    vs_status st;

    if ((st = vs__check_absorb(c, 0, check_rows(c))) != VS_OK ||
        (st = vs__check_absorb(c, 0, check_names(c, now))) != VS_OK)
        return st;
    return vs__check_absorb(c, 0, check_names(c, then));
}
