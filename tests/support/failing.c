/* failing.c - see failing.h. */
#include "failing.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "db/blob.h"
#include "db/db.h"
#include "db/stmt.h"

static struct {
    enum failing_what what;
    int left; /* calls until one fails; 0: none does */
    bool forever;
    bool struck;
} failing;

static bool strikes(enum failing_what what)
{
    if (failing.left == 0 || failing.what != what)
        return false;
    if (failing.left > 1) {
        failing.left--;
        return false;
    }
    failing.left = failing.forever ? 1 : 0;
    failing.struck = true;
    return true;
}

/* -------- Texts that were met. */

/* What can be done to one, and how often that is new. */
enum event { GET, STEP, RUN, N_EVENTS };
static const int news[N_EVENTS] = {1, 2, 1};

#define N_TEXTS 512
static struct text {
    const char *sql; /* a literal: its address tells */
    int n[N_EVENTS];
} texts[N_TEXTS];
static size_t n_texts;

static bool is_new(const char *sql, enum event event)
{
    size_t i = 0;

    while (i < n_texts && texts[i].sql != sql)
        i++;
    if (i == N_TEXTS)
        return false;
    if (i == n_texts)
        texts[n_texts++] = (struct text){.sql = sql};
    return texts[i].n[event]++ < news[event];
}

static bool deny(size_t size, void *ctx)
{
    (void)size;
    (void)ctx;
    return strikes(FAILING_MEMORY);
}

void failing_begin(enum failing_what what, int nth, bool forever)
{
    failing.what = what;
    failing.left = nth;
    failing.forever = forever;
    failing.struck = false;
    n_texts = 0;
    vs__alloc_hook(what == FAILING_MEMORY ? deny : NULL, NULL);
}

bool failing_end(void)
{
    failing.left = 0;
    vs__alloc_hook(NULL, NULL);
    return failing.struck;
}

/* -------- What stands in the place of the room's functions. */

/* Of whom a statement is, for the words; the newest come first. */
#define N_KNOWN 1024
static struct known {
    const struct vs__stmt *s;
    struct vs__db *db;
    const char *sql;
} known[N_KNOWN];
static size_t n_known;

static const struct known *find(const struct vs__stmt *s)
{
    for (size_t i = n_known; i > 0 && n_known - i < N_KNOWN; i--)
        if (known[(i - 1) % N_KNOWN].s == s)
            return &known[(i - 1) % N_KNOWN];
    return NULL;
}

static vs_status fail(struct vs__db *db)
{
    return vs__fail(vs__db_error(db), VS_ERR_IO, "made to fail");
}

/* What undoes is left alone: its failure is nobody's to be told. */
static bool statement_strikes(const char *sql, enum event event)
{
    if (strncmp(sql, "ROLLBACK", 8) == 0)
        return false;
    return failing.what == FAILING_TEXT
               ? is_new(sql, event) && strikes(FAILING_TEXT)
               : strikes(FAILING_STATEMENT);
}

typedef vs_status get_fn(struct vs__db *db, const char *sql,
                         struct vs__stmt **out);
get_fn __real_vs__stmt_get, __wrap_vs__stmt_get;
get_fn __real_vs__stmt_new, __wrap_vs__stmt_new;

static vs_status get(get_fn *real, struct vs__db *db, const char *sql,
                     struct vs__stmt **out)
{
    vs_status st;

    if (statement_strikes(sql, GET))
        return fail(db);
    if ((st = real(db, sql, out)) == VS_OK)
        known[n_known++ % N_KNOWN] = (struct known){*out, db, sql};
    return st;
}

vs_status __wrap_vs__stmt_get(struct vs__db *db, const char *sql,
                              struct vs__stmt **out)
{
    return get(__real_vs__stmt_get, db, sql, out);
}

vs_status __wrap_vs__stmt_new(struct vs__db *db, const char *sql,
                              struct vs__stmt **out)
{
    return get(__real_vs__stmt_new, db, sql, out);
}

typedef vs_status step_fn(struct vs__stmt *s);
step_fn __real_vs__stmt_step, __wrap_vs__stmt_step;
step_fn __real_vs__stmt_run, __wrap_vs__stmt_run;

vs_status __wrap_vs__stmt_step(struct vs__stmt *s)
{
    const struct known *k = find(s);

    return k != NULL && statement_strikes(k->sql, STEP)
               ? fail(k->db)
               : __real_vs__stmt_step(s);
}

vs_status __wrap_vs__stmt_run(struct vs__stmt *s)
{
    const struct known *k = find(s);

    if (k == NULL || !statement_strikes(k->sql, RUN))
        return __real_vs__stmt_run(s);
    vs__stmt_reset(s); /* as one that failed is */
    return fail(k->db);
}

typedef vs_status seek_fn(struct vs__blob *blob, int64_t row, size_t *n);
seek_fn __real_vs__blob_seek, __wrap_vs__blob_seek;

vs_status __wrap_vs__blob_seek(struct vs__blob *blob, int64_t row, size_t *n)
{
    return strikes(FAILING_STATEMENT) ? VS_ERR_IO
                                      : __real_vs__blob_seek(blob, row, n);
}

typedef vs_status read_fn(struct vs__blob *blob, size_t offset, void *dst,
                          size_t n);
read_fn __real_vs__blob_read, __wrap_vs__blob_read;

vs_status __wrap_vs__blob_read(struct vs__blob *blob, size_t offset, void *dst,
                               size_t n)
{
    return strikes(FAILING_STATEMENT)
               ? VS_ERR_IO
               : __real_vs__blob_read(blob, offset, dst, n);
}
