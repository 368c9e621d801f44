/* parts.c - see parts.h. */
#include "model/parts.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/never.h"
#include "model/catalog.h"
#include "model/handle.h"
#include "model/record.h"
#include "tensor/shape.h"

#define PART "/part_" /* between the whole's name and the ordinal (S87) */

/* The record of a row: the numbers in the order of VS__PART_COLUMNS. */
static struct vs__digest record_of(const int64_t numbers[6], const char *shape)
{
    return vs__record_of(numbers, 6, &shape, 1);
}

vs_status vs__part_insert(vs_store *store, int64_t variable,
                          const struct vs__part_row *row)
{
    static const char sql[] = "INSERT INTO part (variable, ordinal, n_parts, "
                              "axis, first, drawn, shape, record) "
                              "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    const vs_partition *partition = &row->partition;
    int64_t numbers[] = {
        variable, row->ordinal,      partition->parts, partition->axis,
        0,        row->drawn ? 1 : 0};
    char shape[VS_SHAPE_TEXT_MAX];
    struct vs__digest record;
    vs_slice slice;
    struct vs__stmt *s;
    vs_status st = vs_partition_part(partition, row->ordinal, &slice,
                                     vs__store_words(store));

    /* Who writes the row has made or read the partition. */
    if (vs__never(st != VS_OK) ||
        (st = vs__stmt_get(store->db, sql, &s)) != VS_OK)
        return st;
    numbers[4] = slice.start[partition->axis];
    record = record_of(numbers, vs_shape_text(&partition->shape, shape));
    for (int i = 0; i < 6; i++)
        vs__bind_i64(s, i + 1, numbers[i]);
    vs__bind_text(s, 7, shape, -1);
    vs__bind_blob(s, 8, record.bytes, VS__DIGEST_BYTES);
    return vs__stmt_run(s);
}

vs_status vs__part_forget(vs_store *store, int64_t variable)
{
    static const char sql[] = "DELETE FROM part WHERE variable = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, variable);
    return vs__stmt_run(s);
}

/* False if a row cannot be, whatever its record. */
static bool decode_row(const int64_t numbers[6], const char *shape_text,
                       struct vs__part_row *out)
{
    const int64_t axis = numbers[3];
    int64_t counts[VS_MAX_RANK];
    vs_shape shape;
    vs_slice slice;

    if (vs_shape_parse(shape_text, &shape, NULL) != VS_OK ||
        vs__shape_check(&shape, VS_U8, true, "", NULL) != VS_OK || axis < 0 ||
        axis >= shape.rank)
        return false;
    for (int i = 0; i < shape.rank; i++)
        counts[i] = i == axis ? numbers[2] : 1;
    out->ordinal = numbers[1];
    out->drawn = numbers[5] != 0;
    return vs_partition_make(&shape, counts, shape.rank, &out->partition,
                             NULL) == VS_OK &&
           out->partition.axis == axis &&
           vs_partition_part(&out->partition, out->ordinal, &slice, NULL) ==
               VS_OK &&
           slice.start[axis] == numbers[4];
}

vs_status vs__part_read(vs_store *store, struct vs__stmt *s, int i,
                        struct vs__part_row *out)
{
    const char *shape = vs__column_text(s, i + 6);
    struct vs__part_row row;
    struct vs__digest want;
    int64_t numbers[6];

    for (int k = 0; k < 6; k++)
        numbers[k] = vs__column_i64(s, i + k);
    want = record_of(numbers, shape);
    if (!vs__record_is(s, i + 7, &want))
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "variable %" PRId64 ": its row as a part is not what "
                        "was written",
                        numbers[0]);
    if (!decode_row(numbers, shape, &row))
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "variable %" PRId64 " is part %" PRId64 " of %" PRId64
                        " of shape '%.200s', cut at %" PRId64
                        " of axis %" PRId64 ", which cannot be",
                        numbers[0], numbers[1], numbers[2], shape, numbers[4],
                        numbers[3]);
    *out = row;
    return VS_OK;
}

vs_status vs__part_of(vs_store *store, const struct vs__variable_row *variable,
                      struct vs__part_row *out)
{
    static const char sql[] =
        "SELECT " VS__PART_COLUMNS " FROM part AS p WHERE p.variable = $1";
    struct vs__stmt *s;
    vs_status st;

    if (!variable->is_part)
        return VS_DONE;
    if ((st = vs__stmt_get(store->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_i64(s, 1, variable->kind.variable);
    if ((st = vs__stmt_step(s)) == VS_OK)
        st = vs__part_read(store, s, 0, out);
    else if (st == VS_DONE)
        st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                      "variable %" PRId64 ": its row as a part is not there",
                      variable->kind.variable);
    vs__stmt_reset(s);
    return st;
}

vs_status vs__part_row(vs_store *store, int64_t variable,
                       struct vs__part_row *out)
{
    struct vs__variable_row row;
    vs_status st = vs__variable_row(store, variable, &row);

    if (st == VS_ERR_STALE)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "variable %" PRId64 " is not there", variable);
    return st == VS_OK ? vs__part_of(store, &row, out) : st;
}

bool vs__partition_equal(const vs_partition *a, const vs_partition *b)
{
    return a->parts == b->parts && a->axis == b->axis &&
           vs_shape_equal(&a->shape, &b->shape);
}

int64_t vs__part_ordinal(const char *path, size_t *n_whole)
{
    const char *slash = strrchr(path, '/');
    const char *digits;
    int64_t ordinal = 0;

    if (slash == NULL || slash == path ||
        strncmp(slash, PART, sizeof PART - 1) != 0)
        return -1;
    digits = slash + sizeof PART - 1;
    if (digits[0] == '\0' || (digits[0] == '0' && digits[1] != '\0'))
        return -1;
    for (const char *p = digits; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || ordinal > (INT64_MAX - 9) / 10)
            return -1;
        ordinal = 10 * ordinal + (*p - '0');
    }
    *n_whole = (size_t)(slash - path);
    return ordinal;
}

bool vs__part_name(const char *whole, int64_t ordinal, char *out)
{
    char name[VS_NAME_MAX + sizeof PART + 24];
    const int n =
        snprintf(name, sizeof name, "%s" PART "%" PRId64, whole, ordinal);

    if (n > VS_NAME_MAX)
        return false;
    memcpy(out, name, (size_t)n + 1);
    return true;
}

/* True if a name that leads somewhere, and whose row was checked, is that of a
 * part of `whole`, or of a part of something partitioned that has such a name.
 */
static bool stands_for_part(const char *path, const char *whole)
{
    const size_t want = strlen(whole);
    char outer[VS_NAME_MAX + 1];
    size_t n = 0;

    if (vs__part_ordinal(path, &n) < 0)
        return false;
    assert(n <= VS_NAME_MAX);
    if (n == want)
        return true;
    memcpy(outer, path, n);
    outer[n] = '\0';
    return vs__part_ordinal(outer, &n) >= 0 && n == want;
}

/* The variable that a name leads to, now or in a checkpoint. VS_DONE: none. */
static vs_status leads_to(vs_store *store, int64_t checkpoint, const char *path,
                          int64_t *variable)
{
    int64_t version = 0;
    struct vs__name_row row;
    vs_status st;

    if (checkpoint != 0)
        return vs__saved_look(store, checkpoint, path, &version, variable);
    if ((st = vs__name_look(store, path, &row)) == VS_OK)
        *variable = row.variable;
    return st;
}

vs_status vs__whole_find(vs_store *store, int64_t checkpoint, const char *path,
                         int64_t *variable, vs_partition *out)
{
    char name[VS_NAME_MAX + 1];
    struct vs__part_row row;
    int64_t first = 0;
    vs_status st;

    if (!vs__part_name(path, 0, name))
        return VS_DONE;
    if ((st = leads_to(store, checkpoint, name, &first)) != VS_OK ||
        (st = vs__part_row(store, first, &row)) != VS_OK)
        return st;
    if (variable != NULL)
        *variable = first;
    if (out != NULL)
        *out = row.partition;
    return VS_OK;
}

vs_status vs__part_reserved(vs_store *store, const char *path)
{
    char whole[VS_NAME_MAX + 1];
    vs_partition partition;
    size_t n = 0;
    vs_status st;

    if (vs__part_ordinal(path, &n) < 0)
        return VS_OK;
    memcpy(whole, path, n);
    whole[n] = '\0';
    st = vs__whole_find(store, 0, whole, NULL, &partition);
    if (st != VS_OK)
        return st == VS_DONE ? VS_OK : st;
    return vs__fail(vs__store_words(store), VS_ERR_PARTITION,
                    "the name %.256s is reserved: variable %.256s is "
                    "partitioned into %" PRId64,
                    path, whole, partition.parts);
}

vs_status vs__parts_vacant(vs_store *store, const char *path)
{
    static const char sql[] =
        "SELECT " VS__NAME ", n.path FROM name AS n "
        "WHERE n.path >= $1 AND n.path < $2 ORDER BY n.path";
    char low[VS_NAME_MAX + sizeof PART];
    char high[VS_NAME_MAX + sizeof PART];
    struct vs__stmt *s;
    vs_status st;

    (void)snprintf(low, sizeof low, "%s" PART "0", path);
    (void)snprintf(high, sizeof high, "%s" PART ":", path); /* behind '9' */
    if ((st = vs__name_gap(store, low)) != VS_OK ||
        (st = vs__name_gap(store, high)) != VS_OK ||
        (st = vs__stmt_get(store->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_text(s, 1, low, -1);
    vs__bind_text(s, 2, high, -1);
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *found = vs__column_text(s, VS__N_NAME);

        if ((st = vs__name_check(store, s, 0, found, NULL)) != VS_OK)
            break;
        if (vs__column_null(s, 1) || !stands_for_part(found, path))
            continue;
        st = vs__fail(vs__store_words(store), VS_ERR_PARTITION, /* E21 */
                      "variable %.256s cannot be partitioned: variable %.256s "
                      "already exists",
                      path, found);
        break;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}
