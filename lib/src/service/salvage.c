/* salvage.c - what can still be proved of a damaged store, into a new one.
 *
 * Paths are gathered from the table of names and from its index, each as far
 * as it can be read. Then every state is made again in the new store, the
 * oldest checkpoint first and the present last, by the calls that anybody has:
 * what they give has passed its digests. A checkpoint comes over whole or not
 * at all; of the present, what can be read. The damaged store is only read.
 */
#include "varstore/maintain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "base/options.h"
#include "model/store.h"
#include "service/checkpoint.h"
#include "service/meter.h"
#include "varstore/checkpoint.h"
#include "varstore/variable.h"

#define PATHS_MAX ((size_t)1 << 32) /* bytes of all paths, in memory */

struct salvage {
    vs_store *from;             /* damaged; borrowed */
    vs_store *to;               /* owned */
    vs_salvage_options options; /* as given, padded */
    vs_salvage_report report;   /* so far */
    struct vs__meter meter;     /* of raw bytes copied */
    struct vs__buf text;        /* paths, each with its NUL */
    struct vs__buf ids;         /* checkpoints, oldest first: int64_t */
    const char **paths;         /* n_paths, in order, each once */
    size_t n_paths;
};

/* Damage, or what follows from it, as opposed to a failure of ours. */
static bool is_damage(vs_status st)
{
    return st == VS_ERR_CORRUPT || st == VS_ERR_STALE || st == VS_ERR_NOTFOUND;
}

static void lost(struct salvage *g, const char *name, int64_t checkpoint,
                 const char *what)
{
    g->report.n_lost++;
    if (g->options.on_lost != NULL)
        g->options.on_lost(name, checkpoint, what, g->options.ctx);
}

/* Adds the first column of each row, a path, as far as the rows can be read. */
static vs_status add_paths(struct salvage *g, const char *sql)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(g->from->db, sql, &s);

    if (st != VS_OK)
        return is_damage(st) ? VS_OK : st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *path = vs__column_text(s, 0);

        if ((st = vs__buf_add(&g->text, path, strlen(path) + 1)) != VS_OK)
            break;
    }
    vs__stmt_reset(s);
    if (st == VS_ERR_NOMEM || st == VS_ERR_TOOBIG)
        return vs__fail_nomem(vs__store_words(g->from));
    return st == VS_DONE || is_damage(st) ? VS_OK : st;
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
    g->paths = vs__calloc(n + 1, sizeof *g->paths);
    if (g->paths == NULL)
        return vs__fail_nomem(vs__store_words(g->from));
    for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
        g->paths[i] = at;
    qsort(g->paths, n, sizeof *g->paths, compare_texts);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || strcmp(g->paths[kept - 1], g->paths[i]) != 0)
            g->paths[kept++] = g->paths[i];
    g->n_paths = kept;
    return VS_OK;
}

static vs_status add_checkpoints(struct salvage *g)
{
    static const char sql[] = "SELECT id FROM checkpoint ORDER BY id";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(g->from->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const int64_t id = vs__column_i64(s, 0);

        if ((st = vs__buf_add(&g->ids, &id, sizeof id)) != VS_OK)
            break;
    }
    vs__stmt_reset(s);
    if (is_damage(st))
        lost(g, NULL, 0, vs__store_words(g->from)->message);
    return st == VS_DONE || is_damage(st) ? VS_OK : st;
}

static vs_status gather(struct salvage *g)
{
    static const char table[] = "SELECT path FROM name ORDER BY id";
    static const char index[] = "SELECT path FROM name ORDER BY path";
    vs_status st;

    if ((st = add_paths(g, table)) != VS_OK ||
        (st = add_paths(g, index)) != VS_OK || (st = sort_paths(g)) != VS_OK)
        return st;
    return add_checkpoints(g);
}

/* A failure of the new store is one of ours: its words go to the caller. */
static vs_status fail_new(struct salvage *g, vs_status st)
{
    if (st != VS_OK)
        (void)vs__fail(vs__store_words(g->from), VS_ERR_IO, "the new store: %s",
                       vs__store_words(g->to)->message);
    return st != VS_OK ? VS_ERR_IO : VS_OK;
}

/* Does the new store have the name, with this dtype and shape? A name of
 * another kind is taken away. */
static vs_status find_twin(struct salvage *g, const char *path,
                           const vs_variable *v, vs_variable **out)
{
    vs_variable *twin = NULL;
    vs_status st = vs_variable_open(g->to, path, &twin);

    *out = NULL;
    if (st == VS_ERR_NOTFOUND)
        return VS_OK;
    if (st != VS_OK)
        return fail_new(g, st);
    if (vs_variable_dtype(twin) == vs_variable_dtype(v) &&
        vs_shape_equal(vs_variable_shape(twin), vs_variable_shape(v))) {
        *out = twin;
        return VS_OK;
    }
    vs_variable_free(twin);
    return fail_new(g, vs_variable_delete(g->to, path));
}

/* Puts a value that was read under its name in the new store. */
static vs_status put(struct salvage *g, const char *path, vs_variable *v,
                     const char *site, const vs_view *value)
{
    const char *const none[] = {NULL};
    const char *const *keys = none;
    vs_variable *twin = NULL;
    vs_status st = vs_variable_collections(v, &keys);

    if (st != VS_OK && !is_damage(st))
        return st;
    if (st != VS_OK)
        keys = none;
    if ((st = find_twin(g, path, v, &twin)) != VS_OK)
        return st;
    if (twin != NULL) {
        st = fail_new(g, vs_variable_write(twin, value));
    } else {
        vs_variable_spec spec = {.dtype = vs_variable_dtype(v),
                                 .shape = vs_variable_shape(v),
                                 .site = site};

        spec.initializer = vs_value(value);
        spec.trainable = vs_variable_trainable(v) ? VS_YES : VS_NO;
        spec.collections = keys;
        st = fail_new(g, vs_variable_create(g->to, path, &spec, NULL));
    }
    vs_variable_free(twin);
    return st;
}

/* Reads a whole value into memory of its own, and puts it. */
static vs_status copy_value(struct salvage *g, const char *path, vs_variable *v,
                            const vs_variable_info *info)
{
    const size_t bytes = (size_t)info->n_bytes;
    void *memory = vs__alloc_aligned(64, bytes != 0 ? bytes : 1);
    const vs_view view =
        vs_view_of(vs_variable_dtype(v), vs_variable_shape(v), memory);
    vs_status st;

    if (memory == NULL)
        return vs__fail_nomem(vs__store_words(g->from));
    if ((st = vs_variable_read(v, &view)) == VS_OK &&
        (st = put(g, path, v, info->created.site, &view)) == VS_OK)
        st = vs__meter_add(&g->meter, info->n_bytes, vs__store_words(g->from));
    vs__free(memory);
    if (st == VS_OK)
        g->report.n_bytes += info->n_bytes;
    return st;
}

/* Makes the alias again, if it is not there, once its first name is. */
static vs_status copy_alias(struct salvage *g, const char *path,
                            const vs_variable_info *info)
{
    vs_variable *there = NULL;
    vs_status st = vs_variable_open(g->to, path, &there);

    vs_variable_free(there);
    if (st == VS_OK)
        return VS_OK;
    return st == VS_ERR_NOTFOUND
               ? fail_new(g, vs_variable_alias(g->to, info->alias_of, path))
               : fail_new(g, st);
}

/* One name of one state (0: the present): aliases in the second round. */
static vs_status copy_name(struct salvage *g, int64_t checkpoint,
                           const char *path, bool aliases)
{
    const vs_variable_info *info = NULL;
    vs_variable *v = NULL;
    vs_status st = checkpoint == 0
                       ? vs_variable_open(g->from, path, &v)
                       : vs_variable_open_at(g->from, checkpoint, path, &v);

    if (st == VS_OK && (st = vs_variable_describe(v, &info)) == VS_OK &&
        (info->alias_of != NULL) == aliases)
        st = aliases ? copy_alias(g, path, info) : copy_value(g, path, v, info);
    vs_variable_free(v);
    return st;
}

/* Takes a name away that the state does not have. */
static vs_status drop_name(struct salvage *g, const char *path)
{
    const vs_status st = vs_variable_delete(g->to, path);

    return st == VS_ERR_NOTFOUND ? VS_OK : fail_new(g, st);
}

/* Makes the new store have this state. The present is made as far as it can
 * be; a checkpoint is given up at the first damage. */
static vs_status copy_state(struct salvage *g, int64_t checkpoint)
{
    vs_status st = VS_OK;

    for (int round = 0; round < 2 && st == VS_OK; round++)
        for (size_t i = 0; i < g->n_paths && st == VS_OK; i++) {
            const char *path = g->paths[i];

            st = copy_name(g, checkpoint, path, round == 1);
            if (st == VS_ERR_UNINITIALIZED)
                st = VS_OK; /* it has no value that could be lost */
            if (st == VS_ERR_NOTFOUND || (checkpoint == 0 && is_damage(st))) {
                if (st != VS_ERR_NOTFOUND && round == 0)
                    lost(g, path, 0, vs__store_words(g->from)->message);
                st = round == 0 ? drop_name(g, path) : VS_OK;
            }
        }
    return st;
}

/* Saves the state under what the checkpoint was labelled with. */
static vs_status save_again(struct salvage *g, int64_t checkpoint)
{
    const vs_checkpoint_info *info = NULL;
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_checkpoint_list *list = NULL;
    vs_status st = vs__checkpoint_list_at(g->from, checkpoint, &list);

    if (st == VS_OK && (st = vs_checkpoint_list_next(list, &info)) == VS_OK) {
        save.step = info->step;
        save.message = info->message;
        save.metrics = info->metrics;
        save.n_metrics = info->n_metrics;
        save.tags = info->tags;
        st = fail_new(g, vs_checkpoint_save(g->to, &save, NULL));
    }
    vs_checkpoint_list_close(list);
    return st;
}

static vs_status copy_checkpoint(struct salvage *g, int64_t checkpoint)
{
    struct vs__checkpoint_row row;
    vs_status st = vs_store_begin(g->to, VS_TXN_WRITE);

    if (st != VS_OK)
        return fail_new(g, st);
    if ((st = vs__checkpoint_row(g->from, checkpoint, &row)) == VS_OK &&
        (st = vs__checkpoint_verify(g->from, &row)) == VS_OK &&
        (st = copy_state(g, checkpoint)) == VS_OK)
        st = save_again(g, checkpoint);
    if (st == VS_OK) {
        g->report.n_checkpoints++;
        return fail_new(g, vs_store_commit(g->to));
    }
    (void)vs_store_rollback(g->to);
    if (!is_damage(st))
        return st;
    lost(g, NULL, checkpoint, vs__store_words(g->from)->message);
    return VS_OK;
}

static vs_status copy_present(struct salvage *g)
{
    vs_store_info info;
    vs_status st = vs_store_begin(g->to, VS_TXN_WRITE);

    if (st != VS_OK)
        return fail_new(g, st);
    if ((st = copy_state(g, 0)) != VS_OK) {
        (void)vs_store_rollback(g->to);
        return st;
    }
    if ((st = vs_store_commit(g->to)) == VS_OK &&
        (st = vs_store_describe(g->to, &info)) == VS_OK)
        g->report.n_names = info.n_variables + info.n_aliases;
    return fail_new(g, st);
}

static vs_status copy_all(struct salvage *g)
{
    vs_status st = gather(g);

    for (size_t at = 0; st == VS_OK && at < g->ids.len; at += sizeof(int64_t)) {
        int64_t id;

        memcpy(&id, g->ids.data + at, sizeof id);
        st = copy_checkpoint(g, id);
    }
    return st == VS_OK ? copy_present(g) : st;
}

static vs_status open_new(struct salvage *g, const char *path)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .chunk_bytes = g->from->chunk_bytes,
                                      .seed = g->from->seed};
    vs_error err;
    const vs_status st = vs_store_open(path, &options, &g->to, &err);

    return st == VS_OK
               ? VS_OK
               : vs__fail(vs__store_words(g->from), st, "%s", err.message);
}

vs_status vs_salvage(vs_store *store, const char *path,
                     const vs_salvage_options *options, vs_salvage_report *out)
{
    struct salvage g;
    vs_status st = vs__db_enter(store->db);

    if (st != VS_OK)
        return st;
    memset(&g, 0, sizeof g);
    g.from = store;
    vs__buf_init(&g.text, PATHS_MAX);
    vs__buf_init(&g.ids, PATHS_MAX);
    if ((st = vs__options_take(&g.options, sizeof g.options, options,
                               "vs_salvage_options", vs__store_words(store))) !=
            VS_OK ||
        (st = open_new(&g, path)) != VS_OK)
        goto out;
    g.meter.progress = g.options.progress;
    st = copy_all(&g);
    if (st == VS_OK && out != NULL)
        *out = g.report;
out:
    vs_store_close(g.to);
    vs__free((void *)g.paths);
    vs__buf_done(&g.ids);
    vs__buf_done(&g.text);
    return st;
}
