/* salvage.c - what can still be proved of a damaged store, into a new one.
 *
 * Paths are gathered from the table of names and from an index, each as far as
 * it can be read. Then every state is made again in the new store, the
 * oldest checkpoint first and the present last, by the calls that anybody has:
 * what they give has passed its digests (rescue.h). A checkpoint comes over
 * whole or not at all; of the present, what can be read. What is said of scopes
 * comes last, since nothing can be made in a sealed one. The damaged store is
 * only read.
 */
#include "varstore/maintain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "base/never.h"
#include "base/options.h"
#include "model/catalog.h"
#include "model/handle.h"
#include "model/mark.h"
#include "model/parts.h"
#include "model/path.h"
#include "model/store.h"
#include "service/checkpoint.h"
#include "service/rescue.h"
#include "varstore/checkpoint.h"
#include "varstore/mark.h"
#include "varstore/variable.h"

#define PATHS_MAX ((size_t)1 << 32) /* bytes of all paths, in memory */

struct salvage {
    struct vs__rescue rescue;   /* the two stores, and the paths */
    vs_salvage_options options; /* as given, padded */
    vs_salvage_report report;   /* so far */
    struct vs__buf text;        /* paths, each with its NUL */
    struct vs__buf ids;         /* checkpoints, oldest first: int64_t */
    int64_t n_met;              /* names of a checkpoint that were found */
};

static vs_store *from(const struct salvage *g)
{
    return g->rescue.from;
}

static vs_store *to(const struct salvage *g)
{
    return g->rescue.to;
}

static void lost(struct salvage *g, const char *name, int64_t checkpoint,
                 const char *what)
{
    g->report.n_lost++;
    if (g->options.on_lost != NULL)
        g->options.on_lost(name, checkpoint, what, g->options.ctx);
}

static void lost_rule(const char *name, const char *what, void *ctx)
{
    lost(ctx, name, 0, what);
}

/* Adds the first column of each row, a path, as far as the rows can be read:
 * `*whole` tells whether that was to the end. */
static vs_status add_paths(struct salvage *g, const char *sql, bool *whole)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(from(g)->db, sql, &s);

    *whole = false;
    if (st != VS_OK)
        return vs__is_damage(st) ? VS_OK : st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *path = vs__column_text(s, 0);

        if (vs__buf_add(&g->text, path, strlen(path) + 1) != VS_OK) {
            st = vs__fail_nomem(vs__store_words(from(g)));
            break;
        }
    }
    vs__stmt_reset(s);
    *whole = st == VS_DONE;
    return *whole || vs__is_damage(st) ? VS_OK : st;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Points to the paths, in order, each once. */
static vs_status sort_paths(struct salvage *g)
{
    const char *at = vs__buf_text(&g->text);
    const char *end = at + g->text.len;
    size_t n = 0;
    size_t kept = 0;

    for (const char *p = at; p < end; p += strlen(p) + 1)
        n++;
    g->rescue.paths = vs__calloc(n + 1, sizeof *g->rescue.paths);
    g->rescue.made_of = vs__calloc(n + 1, sizeof *g->rescue.made_of);
    if (g->rescue.paths == NULL || g->rescue.made_of == NULL)
        return vs__fail_nomem(vs__store_words(from(g)));
    for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
        g->rescue.paths[i] = at;
    qsort(g->rescue.paths, n, sizeof *g->rescue.paths, compare_texts);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 ||
            strcmp(g->rescue.paths[kept - 1], g->rescue.paths[i]) != 0)
            g->rescue.paths[kept++] = g->rescue.paths[i];
    g->rescue.n_paths = kept;
    return VS_OK;
}

static vs_status add_checkpoints(struct salvage *g)
{
    static const char sql[] = "SELECT id FROM checkpoint ORDER BY id";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(from(g)->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const int64_t id = vs__column_i64(s, 0);

        if ((st = vs__buf_add(&g->ids, &id, sizeof id)) != VS_OK)
            break;
    }
    vs__stmt_reset(s);
    if (vs__is_damage(st))
        lost(g, NULL, 0, vs__store_words(from(g))->message);
    return st == VS_DONE || vs__is_damage(st) ? VS_OK : st;
}

static vs_status gather(struct salvage *g)
{
    static const char all[] = "SELECT path FROM name ORDER BY path";
    /* SQLite only: this index has the paths of the present names, and what is
     * damaged in the table does not keep it from giving them. */
    static const char present[] =
        "SELECT path FROM name INDEXED BY name_variable "
        "WHERE variable IS NOT NULL ORDER BY variable";
    bool whole[2];
    vs_status st;

    if ((st = add_paths(g, all, &whole[0])) != VS_OK ||
        (st = add_paths(g, present, &whole[1])) != VS_OK ||
        (st = sort_paths(g)) != VS_OK)
        return st;
    if (!whole[0] && !whole[1])
        lost(g, NULL, 0, "there may be names that cannot be read any more");
    return add_checkpoints(g);
}

/* A variable that names of parts belong to, while the paths are walked. */
struct whole {
    const char *path; /* of a part of it; NULL: none yet */
    size_t n;         /* bytes of its own name, at the start of that */
    int64_t n_parts;  /* that it is in, if it was opened */
    bool done;        /* it was copied as one: its parts are */
    bool empty;       /* it has no value, so its parts are none either */
    bool told;        /* that it could not be */
};

/* Has a checkpoint, which was verified, this name? What other names are like does
 * not matter to it. */
static vs_status is_saved(struct salvage *g, int64_t checkpoint,
                          const char *path, bool *out)
{
    static const char sql[] =
        "SELECT 1 FROM name AS n CROSS JOIN checkpoint_variable AS c "
        "WHERE n.path = $1 AND c.checkpoint = $2 AND c.name = n.id";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(from(g)->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, path, -1);
    vs__bind_i64(s, 2, checkpoint);
    st = vs__stmt_step(s);
    vs__stmt_reset(s);
    *out = st == VS_OK;
    return st == VS_DONE ? VS_OK : st;
}

/* Opens what a name led to in a state (0: now). What no name can be was changed,
 * or somebody else wrote it: a checkpoint that was verified has none. */
static vs_status open_in(struct salvage *g, int64_t checkpoint,
                         const char *path, vs_variable **out)
{
    struct vs__name_row row;
    vs_error why;
    vs_status st;

    if (checkpoint != 0)
        return vs_variable_open_at(from(g), checkpoint, path, out);
    if (vs__path_check(path, &why) == VS_OK)
        return vs_variable_open(from(g), path, out);
    st = vs__name_look(from(g), path, &row);
    if (vs__never(st == VS_OK)) /* it refuses the same, if the name is in use */
        return VS_ERR_CORRUPT;
    return st == VS_DONE ? VS_ERR_NOTFOUND : st;
}

/* A name that was met, but leads nowhere now: its row says so (VS_OK), unless a
 * search finds none (VS_ERR_CORRUPT). */
static vs_status look_again(struct salvage *g, const char *path)
{
    static const char sql[] = "SELECT 1 FROM name WHERE path = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(from(g)->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, path, -1);
    st = vs__stmt_step(s);
    vs__stmt_reset(s);
    return st != VS_DONE ? st
                         : vs__fail(vs__store_words(from(g)), VS_ERR_CORRUPT,
                                    "its row is there, but a search does not "
                                    "find it");
}

/* What became of a name. */
struct outcome {
    bool part; /* it is a part of a partitioned variable, by itself now */
    bool lost; /* it is an alias without its variable, and that was told */
};

/* One name of one state (0: the present): aliases in the second round. */
static vs_status copy_name(struct salvage *g, int64_t checkpoint,
                           const char *path, bool aliases, struct outcome *out)
{
    const vs_variable_info *info = NULL;
    vs_variable *v = NULL;
    vs_status st = open_in(g, checkpoint, path, &v);

    if (st == VS_OK && (st = vs_variable_describe(v, &info)) == VS_OK) {
        out->part = info->part >= 0 && info->alias_of == NULL;
        if (info->version == 0) {
            st = VS_ERR_UNINITIALIZED;
        } else if (info->alias_of == NULL && !aliases) {
            st = vs__rescue_value(&g->rescue, path, v, info);
        } else if (info->alias_of != NULL && aliases) {
            st = vs__rescue_alias(&g->rescue, path, info);
            out->lost = checkpoint == 0 && vs__is_damage(st);
        }
    }
    vs_variable_free(v);
    if (!out->lost)
        return st;
    lost(g, path, 0, vs__store_words(from(g))->message);
    return VS_OK;
}

/* A partitioned variable as one, when the first name of a part of it is met. If
 * it cannot be had as one, its parts come over as variables of their own. */
static vs_status copy_whole(struct salvage *g, int64_t checkpoint,
                            const char *path, size_t n, bool aliases,
                            struct whole *whole)
{
    char name[VS_NAME_MAX + 1];
    vs_variable *v = NULL;
    struct outcome outcome = {false, false};
    vs_status st;

    whole->path = path;
    whole->n = n;
    whole->n_parts = 0;
    whole->done = false;
    whole->empty = false;
    whole->told = false;
    (void)snprintf(name, sizeof name, "%.*s", (int)n, path);
    st = open_in(g, checkpoint, name, &v);
    if (st == VS_OK)
        whole->n_parts = vs_variable_n_parts(v);
    vs_variable_free(v);
    if (st == VS_ERR_NOTFOUND || (st == VS_OK && whole->n_parts == 0))
        return VS_OK;
    if (st == VS_OK)
        st = copy_name(g, checkpoint, name, aliases, &outcome);
    whole->empty = st == VS_ERR_UNINITIALIZED;
    whole->done = (st == VS_OK && !outcome.lost) || whole->empty;
    whole->told = outcome.lost;
    if (whole->done || whole->told)
        return VS_OK;
    if (checkpoint != 0 || !vs__is_damage(st))
        return st;
    if (!aliases)
        lost(g, name, 0, vs__store_words(from(g))->message);
    whole->told = true;
    return VS_OK;
}

/* A name of a part that comes over alone. */
static void tell_alone(struct salvage *g, struct whole *whole)
{
    char name[VS_NAME_MAX + 1];

    if (whole->told)
        return;
    whole->told = true;
    (void)snprintf(name, sizeof name, "%.*s", (int)whole->n, whole->path);
    lost(g, name, 0,
         "a part of it is missing: the others come over as variables of their "
         "own");
}

/* A name of a part that its whole does not have. */
static vs_status refuse_beyond(struct salvage *g, int64_t checkpoint,
                               const char *path)
{
    vs_variable *v = NULL;
    const vs_status st = open_in(g, checkpoint, path, &v);

    vs_variable_free(v);
    return st != VS_OK ? st
                       : vs__fail(vs__store_words(from(g)), VS_ERR_CORRUPT,
                                  "its name is that of a part, of fewer");
}

static vs_status copy_path(struct salvage *g, int64_t checkpoint,
                           const char *path, int round, struct whole *whole)
{
    struct outcome outcome = {false, false};
    size_t n = 0;
    const int64_t ordinal = vs__part_ordinal(path, &n);
    bool beyond = false;
    bool saved = true;
    vs_status st;

    if (checkpoint != 0 &&
        (st = is_saved(g, checkpoint, path, &saved)) != VS_OK)
        return st;
    if (!saved)
        return round == 0 ? vs__rescue_drop(&g->rescue, path) : VS_OK;
    g->n_met += round == 0;
    if (ordinal >= 0) {
        if ((whole->path == NULL || whole->n != n ||
             strncmp(whole->path, path, n) != 0) &&
            (st = copy_whole(g, checkpoint, path, n, round == 1, whole)) !=
                VS_OK)
            return st;
        beyond = whole->done && ordinal >= whole->n_parts;
        if (whole->done && !beyond)
            return whole->empty ? vs__rescue_drop(&g->rescue, path) : VS_OK;
    }
    st = beyond ? refuse_beyond(g, checkpoint, path)
                : copy_name(g, checkpoint, path, round == 1, &outcome);
    if (checkpoint == 0 && round == 0 && st == VS_ERR_NOTFOUND &&
        (st = look_again(g, path)) == VS_OK)
        st = VS_ERR_NOTFOUND;
    if (st == VS_ERR_UNINITIALIZED) /* nothing is lost but an older value */
        return vs__rescue_drop(&g->rescue, path);
    if (st == VS_ERR_NOTFOUND || (checkpoint == 0 && vs__is_damage(st))) {
        if (st != VS_ERR_NOTFOUND && round == 0)
            lost(g, path, 0, vs__store_words(from(g))->message);
        return round == 0 ? vs__rescue_drop(&g->rescue, path) : VS_OK;
    }
    if (st == VS_OK && outcome.part && round == 0 && n != 0)
        tell_alone(g, whole);
    return st;
}

/* Makes the new store have this state. The present is made as far as it can
 * be; a checkpoint is given up at the first damage. */
static vs_status copy_state(struct salvage *g, int64_t checkpoint)
{
    vs_status st = VS_OK;

    for (int round = 0; round < 2 && st == VS_OK; round++) {
        struct whole whole = {.path = NULL};

        for (size_t i = 0; i < g->rescue.n_paths && st == VS_OK; i++)
            st = copy_path(g, checkpoint, g->rescue.paths[i], round, &whole);
    }
    return st;
}

/* What nobody could have saved it with was changed, or forged. */
static vs_status check_labels(struct salvage *g, const vs_save_options *save)
{
    vs_error *err = vs__store_words(from(g));
    vs_error why;

    if (vs__checkpoint_check(from(g), save) == VS_OK)
        return VS_OK;
    why = *err;
    return vs__fail(err, VS_ERR_CORRUPT, "%s", why.message);
}

/* Saves the state under what the checkpoint was labelled with. */
static vs_status save_again(struct salvage *g, int64_t checkpoint)
{
    const vs_checkpoint_info *info = NULL;
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_checkpoint_list *list = NULL;
    vs_status st = vs__checkpoint_list_at(from(g), checkpoint, &list);

    if (st == VS_OK && (st = vs_checkpoint_list_next(list, &info)) == VS_OK) {
        save.step = info->step;
        save.message = info->message;
        save.metrics = info->metrics;
        save.n_metrics = info->n_metrics;
        save.tags = info->tags;
        st = check_labels(g, &save);
    }
    if (st == VS_OK)
        st =
            vs__rescue_fail(&g->rescue, vs_checkpoint_save(to(g), &save, NULL));
    vs_checkpoint_list_close(list);
    return st;
}

static vs_status copy_checkpoint(struct salvage *g, int64_t checkpoint)
{
    struct vs__checkpoint_row row;
    vs_status st = vs_store_begin(to(g), VS_TXN_WRITE);

    if (st != VS_OK)
        return vs__rescue_fail(&g->rescue, st);
    g->n_met = 0;
    if ((st = vs__checkpoint_row(from(g), checkpoint, &row)) == VS_OK &&
        (st = vs__checkpoint_verify(from(g), &row)) == VS_OK &&
        (st = copy_state(g, checkpoint)) == VS_OK)
        st = g->n_met == row.n_names
                 ? save_again(g, checkpoint)
                 : vs__fail(vs__store_words(from(g)), VS_ERR_CORRUPT,
                            "%lld of its names can be found, want %lld",
                            (long long)g->n_met, (long long)row.n_names);
    if (st == VS_OK) {
        g->report.n_checkpoints++;
        return vs__rescue_fail(&g->rescue, vs_store_commit(to(g)));
    }
    (void)vs_store_rollback(to(g));
    if (!vs__is_damage(st))
        return st;
    /* What was noted may have been undone. */
    memset(g->rescue.made_of, 0, g->rescue.n_paths * sizeof *g->rescue.made_of);
    lost(g, NULL, checkpoint, vs__store_words(from(g))->message);
    return VS_OK;
}

static vs_status copy_present(struct salvage *g)
{
    vs_store_info info;
    vs_status st = vs_store_begin(to(g), VS_TXN_WRITE);

    if (st != VS_OK)
        return vs__rescue_fail(&g->rescue, st);
    g->rescue.present = true;
    if ((st = copy_state(g, 0)) != VS_OK) {
        (void)vs_store_rollback(to(g));
        return st;
    }
    if ((st = vs_store_commit(to(g))) == VS_OK &&
        (st = vs_store_describe(to(g), &info)) == VS_OK)
        g->report.n_names = info.n_variables + info.n_aliases;
    return vs__rescue_fail(&g->rescue, st);
}

static vs_status copy_marks_of(struct salvage *g, vs_mark_kind kind)
{
    const vs_mark *mark = NULL;
    vs_mark_list *list = NULL;
    vs_status st = vs_mark_list_open(from(g), kind, &list);

    while (st == VS_OK && (st = vs_mark_list_next(list, &mark)) == VS_OK) {
        vs_error why;

        if (mark->scope[0] != '\0' &&
            vs__path_check(mark->scope, &why) != VS_OK)
            lost(g, NULL, 0, why.message);
        else
            st = vs__rescue_fail(
                &g->rescue,
                vs__mark_put(to(g), kind, mark->scope, mark->made.site));
    }
    vs_mark_list_close(list);
    if (vs__is_damage(st))
        lost(g, NULL, 0, vs__store_words(from(g))->message);
    return st == VS_DONE || vs__is_damage(st) ? VS_OK : st;
}

/* Which scopes are sealed, and which reserved. */
static vs_status copy_marks(struct salvage *g)
{
    vs_status st =
        vs__rescue_fail(&g->rescue, vs_store_begin(to(g), VS_TXN_WRITE));

    if (st != VS_OK)
        return st;
    if ((st = copy_marks_of(g, VS_MARK_SEALED)) == VS_OK &&
        (st = copy_marks_of(g, VS_MARK_RESERVED)) == VS_OK)
        return vs__rescue_fail(&g->rescue, vs_store_commit(to(g)));
    (void)vs_store_rollback(to(g));
    return st;
}

static vs_status copy_all(struct salvage *g)
{
    vs_status st = gather(g);

    for (size_t at = 0; st == VS_OK && at < g->ids.len; at += sizeof(int64_t)) {
        int64_t id;

        memcpy(&id, g->ids.data + at, sizeof id);
        st = copy_checkpoint(g, id);
    }
    if (st == VS_OK)
        st = copy_present(g);
    return st == VS_OK ? copy_marks(g) : st;
}

static vs_status open_new(struct salvage *g, const char *path)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .chunk_bytes = from(g)->chunk_bytes,
                                      .seed = from(g)->seed};
    vs_error err;
    const vs_status st = vs_store_open(path, &options, &g->rescue.to, &err);

    return st == VS_OK
               ? VS_OK
               : vs__fail(vs__store_words(from(g)), st, "%s", err.message);
}

vs_status vs_salvage(vs_store *store, const char *path,
                     const vs_salvage_options *options, vs_salvage_report *out)
{
    struct salvage g;
    vs_status st = vs__db_enter(store->db);

    if (st != VS_OK)
        return st;
    memset(&g, 0, sizeof g);
    g.rescue.from = store;
    g.rescue.on_lost = lost_rule;
    g.rescue.ctx = &g;
    vs__buf_init(&g.text, PATHS_MAX);
    vs__buf_init(&g.ids, PATHS_MAX);
    if ((st = vs__options_take(&g.options, sizeof g.options, options,
                               "vs_salvage_options", vs__store_words(store))) !=
            VS_OK ||
        (st = open_new(&g, path)) != VS_OK)
        goto out;
    g.rescue.meter.progress = g.options.progress;
    vs__db_lenient_begin(store->db);
    st = copy_all(&g);
    vs__db_lenient_end(store->db);
    g.report.n_bytes = g.rescue.n_bytes;
    if (st == VS_OK && out != NULL)
        *out = g.report;
out:
    vs_store_close(g.rescue.to);
    vs__free((void *)g.rescue.paths);
    vs__free(g.rescue.made_of);
    vs__buf_done(&g.ids);
    vs__buf_done(&g.text);
    return st;
}
