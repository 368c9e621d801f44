/* check_harm.c - see check_harm.h. */
#include "service/check_harm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define DAMAGED_MAX 512 /* chunks whose users are looked for at a time */
#define USERS_MAX   8   /* variables that are told for one chunk */
#define WHAT_MAX    240 /* bytes of the words for one */

/* A variable that has, or had, a damaged chunk. */
struct user {
    int64_t variable;     /* variable.id; 0: it cannot be found */
    int64_t last;         /* checkpoint that was added last */
    struct vs__harm harm; /* when that was and is */
};

struct damaged {
    int64_t chunk;                /* chunk.id */
    struct user users[USERS_MAX]; /* n_users of them */
    int n_users;                  /* found so far */
    bool more;                    /* there are more than that */
    char what[WHAT_MAX];          /* in words */
};

struct vs__harms {
    struct vs__check *check;                    /* borrowed */
    struct damaged damaged[DAMAGED_MAX];        /* n_damaged, by chunk */
    int n_damaged;                              /* gathered */
    int64_t variables[DAMAGED_MAX * USERS_MAX]; /* n_variables, in order */
    size_t n_variables;                         /* of all users */
};

struct vs__harms *vs__harms_new(struct vs__check *c)
{
    struct vs__harms *h = vs__calloc(1, sizeof *h);

    if (h != NULL)
        h->check = c;
    return h;
}

void vs__harms_free(struct vs__harms *h)
{
    vs__free(h);
}

/* The damaged chunk with this number, or NULL. */
static struct damaged *find(struct vs__harms *h, int64_t chunk)
{
    int low = 0;
    int high = h->n_damaged;

    while (low < high) {
        const int middle = low + (high - low) / 2;

        if (h->damaged[middle].chunk < chunk)
            low = middle + 1;
        else
            high = middle;
    }
    return low < h->n_damaged && h->damaged[low].chunk == chunk
               ? &h->damaged[low]
               : NULL;
}

/* The user that a variable is of a damaged chunk, or NULL. */
static struct user *user_of(struct damaged *d, int64_t variable)
{
    for (int i = 0; i < d->n_users; i++)
        if (d->users[i].variable == variable)
            return &d->users[i];
    return NULL;
}

/* Checkpoints come in order, each perhaps several times. */
static void add_checkpoint(struct user *user, int64_t checkpoint)
{
    struct vs__harm *harm = &user->harm;

    if (user->last == checkpoint)
        return;
    user->last = checkpoint;
    if (harm->n_checkpoints < VS__HARMED_MAX)
        harm->checkpoints[harm->n_checkpoints] = checkpoint;
    harm->n_checkpoints++;
}

/* `d` may be NULL: the chunk is not damaged. */
static void add_version(struct damaged *d, int64_t variable, bool current)
{
    struct user *user;

    if (d == NULL)
        return;
    user = user_of(d, variable);
    if (user == NULL && d->n_users == USERS_MAX) {
        d->more = true;
        return;
    }
    if (user == NULL) {
        user = &d->users[d->n_users++];
        user->variable = variable;
        user->harm.chunk = d->chunk;
    }
    if (current)
        user->harm.current = true;
}

/* Who has the damaged chunks, or deltas from them? */
static vs_status find_variables(struct vs__harms *h)
{
    static const char sql[] = "SELECT k.chunk, c.base, s.variable, s.current "
                              "FROM version_chunk AS k "
                              "LEFT JOIN version AS s ON s.id = k.version "
                              "LEFT JOIN chunk AS c ON c.id = k.chunk";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(h->check->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const int64_t variable = vs__column_i64(s, 2); /* NULL reads as 0 */
        const bool current = vs__column_i64(s, 3) == 1;

        add_version(find(h, vs__column_i64(s, 0)), variable, current);
        add_version(find(h, vs__column_i64(s, 1)), variable, current);
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* So that a version of somebody else costs one search. */
static void sort_variables(struct vs__harms *h)
{
    h->n_variables = 0;
    for (int i = 0; i < h->n_damaged; i++)
        for (int k = 0; k < h->damaged[i].n_users; k++)
            h->variables[h->n_variables++] = h->damaged[i].users[k].variable;
    qsort(h->variables, h->n_variables, sizeof h->variables[0], compare);
}

static bool is_harmed(const struct vs__harms *h, int64_t variable)
{
    return bsearch(&variable, h->variables, h->n_variables,
                   sizeof h->variables[0], compare) != NULL;
}

/* Notes the checkpoint with those of a version's chunks that are damaged. */
static vs_status note_checkpoint(struct vs__harms *h, int64_t checkpoint,
                                 int64_t version, int64_t variable)
{
    static const char sql[] = "SELECT k.chunk, c.base FROM version_chunk AS k "
                              "LEFT JOIN chunk AS c ON c.id = k.chunk "
                              "WHERE k.version = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(h->check->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, version);
    while ((st = vs__stmt_step(s)) == VS_OK)
        for (int i = 0; i < 2; i++) {
            struct damaged *d = find(h, vs__column_i64(s, i));
            struct user *user = d != NULL ? user_of(d, variable) : NULL;

            if (user != NULL)
                add_checkpoint(user, checkpoint);
        }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

static vs_status find_checkpoints(struct vs__harms *h)
{
    static const char sql[] =
        "SELECT k.checkpoint, k.version, s.variable "
        "FROM checkpoint_variable AS k JOIN version AS s ON s.id = k.version "
        "ORDER BY k.checkpoint, k.name";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(h->check->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const int64_t variable = vs__column_i64(s, 2);

        if (is_harmed(h, variable) &&
            (st = note_checkpoint(h, vs__column_i64(s, 0), vs__column_i64(s, 1),
                                  variable)) != VS_OK)
            break;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

static vs_status tell(struct vs__check *c, const struct damaged *d)
{
    const struct vs__harm nobody = {.chunk = d->chunk};
    char words[WHAT_MAX + 64];
    vs_status st = VS_OK;

    if (d->n_users == 0)
        return vs__check_damage_to(c, 0, &nobody, d->what);
    for (int i = 0; i < d->n_users && st == VS_OK; i++)
        st = vs__check_damage_to(c, d->users[i].variable, &d->users[i].harm,
                                 d->what);
    if (st != VS_OK || !d->more)
        return st;
    (void)snprintf(words, sizeof words, "%s; it is in more than %d variables",
                   d->what, USERS_MAX);
    return vs__check_damage_to(c, 0, &nobody, words);
}

vs_status vs__harms_tell(struct vs__harms *h)
{
    vs_status st;

    if (h->n_damaged == 0)
        return VS_OK;
    if ((st = vs__check_absorb(h->check, 0, find_variables(h))) != VS_OK)
        return st;
    sort_variables(h);
    if ((st = vs__check_absorb(h->check, 0, find_checkpoints(h))) != VS_OK)
        return st;
    for (int i = 0; i < h->n_damaged && st == VS_OK; i++)
        st = tell(h->check, &h->damaged[i]);
    h->n_damaged = 0;
    return st;
}

vs_status vs__harms_add(struct vs__harms *h, int64_t chunk)
{
    vs_error *err = vs__store_words(h->check->store);
    struct damaged *d;
    vs_status st;

    if (h->n_damaged == DAMAGED_MAX) {
        const vs_error why = *err; /* finding names needs the words */

        if ((st = vs__harms_tell(h)) != VS_OK)
            return st;
        *err = why;
    }
    d = &h->damaged[h->n_damaged++];
    memset(d, 0, sizeof *d);
    d->chunk = chunk;
    (void)snprintf(d->what, sizeof d->what, "%.*s", WHAT_MAX - 1, err->message);
    vs__clear(err);
    return VS_OK;
}

static vs_status add_current(struct vs__check *c, int64_t version,
                             struct vs__harm *harm)
{
    static const char sql[] = "SELECT EXISTS (SELECT 1 FROM version "
                              "WHERE id = $1 AND current = 1)";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, version);
    if ((st = vs__stmt_step(s)) == VS_OK)
        harm->current = vs__column_i64(s, 0) == 1;
    vs__stmt_reset(s);
    return st;
}

vs_status vs__harm_version(struct vs__check *c, int64_t version,
                           struct vs__harm *harm)
{
    static const char sql[] = "SELECT checkpoint FROM checkpoint_variable "
                              "WHERE version = $1 ORDER BY checkpoint, name";
    struct user user = {.harm = *harm};
    struct vs__stmt *s;
    vs_status st = add_current(c, version, &user.harm);

    if (st == VS_OK && c->searches < VS__CHECK_SEARCHES &&
        (st = vs__stmt_get(c->store->db, sql, &s)) == VS_OK) {
        c->searches++;
        vs__bind_i64(s, 1, version);
        while ((st = vs__stmt_step(s)) == VS_OK)
            add_checkpoint(&user, vs__column_i64(s, 0));
        vs__stmt_reset(s);
    }
    *harm = user.harm;
    return st == VS_DONE ? VS_OK : st;
}
