/* counters.c - openings by scope name, with marks to return to.
 *
 * The workload is some hundred names, a few per scope opened, and loops that
 * open the same default name thousands of times. So a name is found by binary
 * search, and each name remembers how far its suffixes are taken.
 *
 * A mark copies nothing: while one is set, every change of a number is noted
 * and undone on return, as in a savepoint. Names stay in the table while notes
 * point to them, with number 0 if need be; without a mark, zeroed names go.
 * Returning and zeroing never allocate: room for their notes is taken earlier,
 * where a failure can still be told.
 */
#include "model/counters.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "varstore/variable.h"

struct vs__count {
    int64_t n;       /* openings */
    int64_t taken;   /* "name_1" .. "name_taken" were all opened */
    int64_t returns; /* `taken` holds while the table's count is this one */
    char name[];     /* full scope name */
};

struct vs__change {
    struct vs__count *count; /* whose number changed */
    int64_t before;          /* the number before; ABSENT: not in the table */
};

#define ABSENT (-1)

void vs__counters_init(struct vs__counters *counters)
{
    memset(counters, 0, sizeof *counters);
}

void vs__counters_done(struct vs__counters *counters)
{
    for (size_t i = 0; i < counters->n; i++)
        vs__free(counters->counts[i]);
    vs__free(counters->counts);
    vs__free(counters->changes);
    vs__counters_init(counters);
}

/* Index of the first name that is not below `name` in byte order. */
static size_t lower_bound(const struct vs__counters *counters, const char *name)
{
    size_t low = 0;
    size_t high = counters->n;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (strcmp(counters->counts[mid]->name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Index of `name`, or counters->n. */
static size_t find(const struct vs__counters *counters, const char *name)
{
    const size_t at = lower_bound(counters, name);

    if (at < counters->n && strcmp(counters->counts[at]->name, name) == 0)
        return at;
    return counters->n;
}

int64_t vs__counters_get(const struct vs__counters *counters, const char *name)
{
    const size_t at = find(counters, name);

    return at < counters->n ? counters->counts[at]->n : 0;
}

void vs__counters_clear(struct vs__counters *counters, const char *name)
{
    const size_t at = find(counters, name);

    if (at < counters->n)
        counters->counts[at]->n = 0;
}

/* Makes room for `more` names. While a mark is set it also keeps the invariant
 * that one note more per name (zeroing all of them) needs no memory. */
static bool keep_room(struct vs__counters *counters, size_t more)
{
    const size_t n = counters->n + more;
    struct vs__count **counts = vs__grow(counters->counts, n, &counters->cap,
                                         sizeof(struct vs__count *));
    struct vs__change *changes;

    if (counts == NULL)
        return false;
    counters->counts = counts;
    if (counters->n_marks == 0)
        return true;
    changes = vs__grow(counters->changes, counters->n_changes + 1 + n,
                       &counters->cap_changes, sizeof *changes);
    if (changes == NULL)
        return false;
    counters->changes = changes;
    return true;
}

/* Notes what a number was, if somebody will return to it. */
static void note(struct vs__counters *counters, struct vs__count *count,
                 int64_t before)
{
    if (counters->n_marks == 0)
        return;
    assert(counters->n_changes < counters->cap_changes);
    counters->changes[counters->n_changes].count = count;
    counters->changes[counters->n_changes].before = before;
    counters->n_changes++;
}

static struct vs__count *make_count(const char *name)
{
    const size_t n = strlen(name) + 1;
    struct vs__count *count = vs__alloc(sizeof *count + n);

    if (count != NULL) {
        memset(count, 0, sizeof *count);
        memcpy(count->name, name, n);
    }
    return count;
}

static void insert(struct vs__counters *counters, size_t at,
                   struct vs__count *count)
{
    memmove(counters->counts + at + 1, counters->counts + at,
            (counters->n - at) * sizeof(struct vs__count *));
    counters->counts[at] = count;
    counters->n++;
}

/* Frees the names [from, to). */
static void remove_run(struct vs__counters *counters, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        vs__free(counters->counts[i]);
    memmove(counters->counts + from, counters->counts + to,
            (counters->n - to) * sizeof(struct vs__count *));
    counters->n -= to - from;
}

vs_status vs__counters_add(struct vs__counters *counters, const char *name)
{
    const size_t at = lower_bound(counters, name);
    const bool known =
        at < counters->n && strcmp(counters->counts[at]->name, name) == 0;
    struct vs__count *count;

    if (!keep_room(counters, known ? 0 : 1))
        return VS_ERR_NOMEM;
    if (known) {
        count = counters->counts[at];
        note(counters, count, count->n);
    } else {
        count = make_count(name);
        if (count == NULL)
            return VS_ERR_NOMEM;
        insert(counters, at, count);
        note(counters, count, ABSENT);
    }
    count->n++;
    return VS_OK;
}

/* The run [*from, *to) of names strictly below `name`. */
static void run_below(const struct vs__counters *counters, const char *name,
                      size_t *from, size_t *to)
{
    const size_t n = strlen(name);
    char bound[VS_NAME_MAX + 2];

    assert(n <= VS_NAME_MAX);
    memcpy(bound, name, n);
    bound[n] = '/';
    bound[n + 1] = '\0';
    *from = lower_bound(counters, bound);
    bound[n] = '/' + 1;
    *to = lower_bound(counters, bound);
}

void vs__counters_zero_below(struct vs__counters *counters, const char *name)
{
    size_t from;
    size_t to;

    run_below(counters, name, &from, &to);
    if (from == to)
        return;
    if (counters->n_marks == 0) {
        remove_run(counters, from, to);
        return;
    }
    for (size_t i = from; i < to; i++) {
        struct vs__count *count = counters->counts[i];

        if (count->n != 0)
            note(counters, count, count->n);
        count->n = 0;
        count->taken = 0; /* its suffixes stand beside it: zeroed with it */
    }
}

int64_t vs__counters_suffix(struct vs__counters *counters, const char *name)
{
    const size_t at = find(counters, name);
    struct vs__count *count;
    char candidate[VS_NAME_MAX + 24];
    int64_t k = 0;

    if (at == counters->n || counters->counts[at]->n == 0)
        return 0;
    count = counters->counts[at];
    if (count->returns == counters->returns)
        k = count->taken; /* nothing was forgotten since */
    do {
        k++;
        (void)snprintf(candidate, sizeof candidate, "%s_%" PRId64, name, k);
    } while (vs__counters_get(counters, candidate) != 0);
    count->taken = k - 1;
    count->returns = counters->returns;
    return k;
}

vs_status vs__counters_mark(struct vs__counters *counters, const char *name,
                            size_t *mark)
{
    vs_status st;

    counters->n_marks++; /* so that the room for notes is made */
    st = vs__counters_add(counters, name);
    if (st == VS_OK)
        *mark = counters->n_changes;
    else
        counters->n_marks--;
    return st;
}

/* Undoes the newest change. */
static void undo(struct vs__counters *counters)
{
    const struct vs__change *change = &counters->changes[--counters->n_changes];

    if (change->before == ABSENT) {
        const size_t at = find(counters, change->count->name);

        remove_run(counters, at, at + 1);
    } else {
        change->count->n = change->before;
    }
}

void vs__counters_return(struct vs__counters *counters, size_t mark)
{
    assert(counters->n_marks != 0 && mark <= counters->n_changes);
    if (counters->n_changes > mark)
        counters->returns++;
    while (counters->n_changes > mark)
        undo(counters);
    counters->n_marks--;
    if (counters->n_marks == 0)
        counters->n_changes = 0; /* the note of the outermost mark's opening */
}
