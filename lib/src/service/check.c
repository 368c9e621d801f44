/* check.c - is everything still what was stored? The frame of it: reporting,
 * and the order of the parts.
 *
 * The engine is asked first, then the schema's text is compared, then each
 * part looks at its tables. What one part finds does not keep the next from
 * looking.
 */
#include "service/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/never.h"
#include "base/options.h"
#include "db/migrate.h"
#include "service/check_harm.h"

#define WORDS_MAX VS_ERROR_MESSAGE_BYTES

static void report(struct vs__check *c, const char *name,
                   const struct vs__harm *harm, const char *what)
{
    vs_damage damage = {.name = name, .what = what};

    if (harm != NULL) {
        const bool all = harm->n_checkpoints <= VS__HARMED_MAX;

        damage.chunk = harm->chunk;
        damage.current = harm->current;
        damage.checkpoints = harm->checkpoints;
        damage.n_checkpoints =
            all ? (size_t)harm->n_checkpoints : VS__HARMED_MAX;
        damage.n_more = all ? 0 : harm->n_checkpoints - VS__HARMED_MAX;
    }
    c->report.n_damages++;
    if (c->options.on_damage != NULL)
        c->options.on_damage(&damage, c->options.ctx);
}

void vs__check_damage(struct vs__check *c, const char *name, const char *fmt,
                      ...)
{
    char words[WORDS_MAX];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(words, sizeof words, fmt, args);
    va_end(args);
    report(c, name, NULL, words);
}

/* Finds a path by a statement about a variable; VS_DONE: there is none. */
static vs_status path_by(struct vs__check *c, const char *sql, int64_t variable,
                         char *out)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, variable);
    if ((st = vs__stmt_step(s)) == VS_OK)
        (void)snprintf(out, VS_NAME_MAX + 1, "%s", vs__column_text(s, 0));
    vs__stmt_reset(s);
    return st;
}

/* A variable without a name is looked for in the checkpoints. There is no
 * index for that, so it is not done for ever. */
static vs_status path_of(struct vs__check *c, int64_t variable, char *out)
{
    static const char now[] = "SELECT path FROM name WHERE variable = $1 "
                              "ORDER BY alias, id LIMIT 1";
    static const char saved[] = "SELECT n.path FROM checkpoint_variable AS k "
                                "JOIN version AS s ON s.id = k.version "
                                "JOIN name AS n ON n.id = k.name "
                                "WHERE s.variable = $1 LIMIT 1";
    vs_status st = path_by(c, now, variable, out);

    if (st != VS_DONE || c->searches >= VS__CHECK_SEARCHES)
        return st;
    c->searches++;
    return path_by(c, saved, variable, out);
}

static bool is_damage(vs_status st)
{
    return st == VS_ERR_CORRUPT || st == VS_ERR_STALE ||
           st == VS_ERR_NOTFOUND || st == VS_ERR_NOTASTORE;
}

vs_status vs__check_damage_to(struct vs__check *c, int64_t variable,
                              const struct vs__harm *harm, const char *what)
{
    char path[VS_NAME_MAX + 1];
    vs_status st = VS_DONE;

    if (variable != 0)
        st = path_of(c, variable, path);
    if (st < VS_OK && !is_damage(st))
        return st;
    report(c, st == VS_OK ? path : NULL, harm, what);
    return VS_OK;
}

/* Harms a version, or what is known of that already. */
static vs_status absorb(struct vs__check *c, int64_t variable, int64_t version,
                        struct vs__harm *harm, vs_status st)
{
    char words[WORDS_MAX];

    if (!is_damage(st))
        return st;
    /* Copied: finding the name needs the store's words. */
    (void)snprintf(words, sizeof words, "%s",
                   vs__store_words(c->store)->message);
    if (version != 0 && (st = vs__harm_version(c, version, harm)) != VS_OK &&
        !is_damage(st))
        return st;
    if ((st = vs__check_damage_to(c, variable, harm, words)) == VS_OK)
        vs__clear(vs__store_words(c->store));
    return st;
}

vs_status vs__check_absorb(struct vs__check *c, int64_t variable, vs_status st)
{
    return absorb(c, variable, 0, NULL, st);
}

vs_status vs__check_absorb_version(struct vs__check *c, int64_t variable,
                                   int64_t version, vs_status st)
{
    struct vs__harm harm = {.chunk = 0};

    return absorb(c, variable, version, &harm, st);
}

vs_status vs__check_absorb_checkpoint(struct vs__check *c, int64_t checkpoint,
                                      vs_status st)
{
    struct vs__harm harm = {.checkpoints = {checkpoint}, .n_checkpoints = 1};

    return absorb(c, 0, 0, &harm, st);
}

vs_status vs__check_tick(struct vs__check *c, int64_t bytes)
{
    c->report.n_bytes_read += bytes;
    return vs__meter_add(&c->meter, bytes, vs__store_words(c->store));
}

static void told_by_engine(const char *what, void *ctx)
{
    vs__check_damage(ctx, NULL, "engine: %s", what);
}

static vs_status check_engine(struct vs__check *c)
{
    vs_status st = vs__db_check(c->store->db, told_by_engine, c);

    if ((st = vs__check_absorb(c, 0, st)) != VS_OK)
        return st;
    st = vs__migrate_verify(c->store->db, vs__schema, vs__schema_n);
    return vs__check_absorb(c, 0, st);
}

/* How much there is to be read. */
static vs_status measure(struct vs__check *c)
{
    static const char sql[] = "SELECT coalesce(sum(raw_bytes), 0) FROM chunk "
                              "WHERE raw_bytes BETWEEN 0 AND $1";
    struct vs__stmt *s;
    vs_status st;

    if (!c->options.read_data)
        return VS_OK;
    if ((st = vs__stmt_get(c->store->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_i64(s, 1, c->store->chunk_bytes);
    if ((st = vs__stmt_step(s)) == VS_OK)
        c->meter.total = vs__column_i64(s, 0);
    vs__stmt_reset(s);
    return st;
}

static vs_status check(struct vs__check *c)
{
    static vs_status (*const parts[])(struct vs__check *) = {
        check_engine,          vs__check_rules,    vs__check_names,
        vs__check_parts,       vs__check_versions, vs__check_chunks,
        vs__check_checkpoints,
    };
    vs_status st = vs__check_absorb(c, 0, measure(c));

    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && st == VS_OK; i++) {
        st = vs__check_absorb(c, 0, parts[i](c));
        if (st == VS_OK)
            st = vs__check_tick(c, 0);
    }
    return st;
}

/* Ends the transaction. SQLite does so with an error if a page was found
 * damaged in it, even if there was nothing to write; that has been told. */
static vs_status end(struct vs__check *c, vs_status st)
{
    const vs_status ended = vs__store_end(c->store, st);

    if (st != VS_OK || ended != VS_ERR_CORRUPT ||
        vs__never(c->report.n_damages == 0)) /* the engine tells such pages */
        return ended;
    vs__clear(vs__store_words(c->store));
    return VS_OK;
}

vs_status vs_check(vs_store *store, const vs_check_options *options,
                   vs_check_report *out)
{
    struct vs__check c;
    vs_status st = vs__store_begin(store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    memset(&c, 0, sizeof c);
    c.store = store;
    st = vs__options_take(&c.options, sizeof c.options, options,
                          "vs_check_options", vs__store_words(store));
    c.meter.progress = c.options.progress;
    /* What a bulk transaction has left without users is no damage. */
    if (st == VS_OK && vs__txn_writing(store->db))
        st = vs__pool_end(&store->pool, st);
    vs__db_lenient_begin(store->db);
    if (st == VS_OK)
        st = check(&c);
    vs__db_lenient_end(store->db);
    if ((st = end(&c, st)) == VS_OK && out != NULL)
        *out = c.report;
    return st;
}
