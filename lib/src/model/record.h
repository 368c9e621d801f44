/* record.h - digests of rows: is a row what was written, and in its place?
 *
 * SQLite hands out what stands in a page, right or not. So the rows by which a
 * value is found carry a digest of themselves, their keys included; whoever
 * reads one compares it. lib/FORMAT.md tells over what each is. Counts, which
 * change for reasons outside of the row, are not in it.
 */
#ifndef VS_MODEL_RECORD_H
#define VS_MODEL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/digest.h"
#include "model/store.h"
#include "varstore/tensor.h"

/* Is this the digest that stands in column `i`? */
bool vs__record_is(struct vs__stmt *s, int i, const struct vs__digest *want);

/* Reads the type of a variable; false if there can be none like this. */
bool vs__type_decode(int64_t dtype, const char *text, vs_shape *shape);

#define VS__RECORD_NUMBERS 9

/* The record of a row with these columns: VS__RECORD_NUMBERS or less, then
 * texts. */
struct vs__digest vs__record_of(const int64_t *numbers, size_t n_numbers,
                                const char *const *texts, size_t n_texts);

/* A row of name, but for its path. */
struct vs__name_row {
    int64_t id;
    int64_t variable; /* 0: not in use now, and the others are 0 too */
    bool alias;
    bool trainable; /* the variable's, as those below are */
    bool is_part;
    vs_dtype dtype;
    vs_shape shape;
};

/* The columns of a name, which stands as `n` in the statement, that its record
 * is over beside its path, and the record. */
#define VS__NAME                                                 \
    "n.id, n.variable, n.alias, n.dtype, n.shape, n.trainable, " \
    "n.is_part, n.record"
#define VS__N_NAME 8

/* The record of a name's row. */
struct vs__digest vs__name_record(const struct vs__name_row *row,
                                  const char *path);

/* Compares the record of the current row's name: VS__NAME stands from column
 * `i` on. `out` (may be NULL) receives the row. VS_ERR_CORRUPT, also if it has
 * more than VS_NAME_MAX bytes: whoever goes on may copy it. */
vs_status vs__name_check(vs_store *store, struct vs__stmt *s, int i,
                         const char *path, struct vs__name_row *out);

/* A path that is not found may have been lost: a key that was damaged turns
 * the search away from itself, or from others. Wherever that happens, the
 * search ends beside that key, so both neighbours of the place are compared
 * with their records. VS_ERR_CORRUPT. */
vs_status vs__name_gap(vs_store *store, const char *path);

/* The same for the neighbour before that place alone, for those who go on to
 * read the one behind. */
vs_status vs__name_before(vs_store *store, const char *path);

/* Whether there is no name from one path to another, these included; if so,
 * what vs__name_gap would say of any of them. */
vs_status vs__names_none(vs_store *store, const char *first, const char *last,
                         bool *out);

/* Compares the records of all names that lead somewhere, and of what they lead
 * to: what is copied from these rows in one statement is not seen one by one.
 */
vs_status vs__names_verify(vs_store *store);

/* The columns of a variable, which stands as `v` in the statement, that never
 * change: what its record is over, before the current version. */
#define VS__FACTS                                                      \
    "v.dtype, v.shape, v.n_elements, v.n_bytes, "                      \
    "v.trainable, v.initializer, v.origin, v.site, v.at_ms, v.reuse, " \
    "v.is_part"
#define VS__N_FACTS      11
#define VS__FACT_IS_PART 10 /* among them */

/* The same as a struct. */
struct vs__facts {
    int64_t variable;
    int64_t dtype;
    int64_t n_elements;
    int64_t n_bytes;
    int64_t trainable;
    int64_t origin;
    int64_t at_ms;
    int64_t reuse;
    int64_t is_part;
    const char *shape;
    const char *initializer; /* NULL counts as "" */
    const char *site;
};

struct vs__digest vs__facts_digest(const struct vs__facts *facts);

/* Reads them, if VS__FACTS stand from column `i` on; texts are borrowed from
 * the row. */
struct vs__facts vs__facts_read(int64_t variable, struct vs__stmt *s, int i);

#define VS__DEFERRED (-1) /* variable.current while there is no value yet */

/* The record of a variable's row; `current` is 0 if it has no version. */
struct vs__digest vs__variable_record(const struct vs__digest *facts,
                                      int64_t current);

/* Compares the record of the current row's variable, whose facts were read:
 * its current and record stand in the columns `i` and `i` + 1. `digest` (may be
 * NULL) receives that of the facts. VS_ERR_CORRUPT. */
vs_status vs__facts_check(vs_store *store, const struct vs__facts *facts,
                          struct vs__stmt *s, int i, struct vs__digest *digest);

/* The same of a row that is not read before: VS__FACTS, current and record
 * stand from column `i` on. */
vs_status vs__variable_check(vs_store *store, int64_t variable,
                             struct vs__stmt *s, int i,
                             struct vs__digest *digest);

/* The record of a version's row. */
struct vs__digest vs__version_record(int64_t id, int64_t variable,
                                     int64_t n_chunks, int64_t at_ms,
                                     const struct vs__digest *digest);

/* The mark of a row of checkpoint_variable: a number that statements can make
 * for all names at once, and that no changed bit leaves as it is. The modulus
 * is prime, so that a power of two is never a multiple of it. */
int64_t vs__saved_mark(int64_t checkpoint, int64_t name, int64_t version,
                       int64_t alias);

#define VS__MARK_SQL(checkpoint, name, version, alias)  \
    "((((" checkpoint " % 2147483647 * 1000003 + " name \
    " % 2147483647) % 2147483647 * 1000003 + " version  \
    " % 2147483647) % 2147483647 * 1000003) + " alias ") % 2147483647"

/* Compares the mark of the current row's place in a checkpoint: checkpoint,
 * name, version, alias and mark stand from column `i` on. VS_ERR_CORRUPT. */
vs_status vs__saved_check(vs_store *store, struct vs__stmt *s, int i);

/* A name that a checkpoint seems not to have: are the rows beside its place
 * what was written? As vs__name_gap. VS_ERR_CORRUPT. */
vs_status vs__saved_gap(vs_store *store, int64_t checkpoint, int64_t name);

/* Has a checkpoint (if there is one) all the names that it was saved with, and
 * are their rows what was written? Reads them all. VS_ERR_CORRUPT. */
vs_status vs__saved_complete(vs_store *store, int64_t checkpoint);

#endif
