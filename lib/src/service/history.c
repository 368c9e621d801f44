/* history.c - walks checkpoints, newest first.
 *
 * Each step is a short read of its own, so that a list left open holds no
 * snapshot and does not keep the log from being moved into the file.
 */
#include "varstore/checkpoint.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "chunk/pool.h"
#include "model/store.h"
#include "service/checkpoint.h"
#include "service/tag.h"

#define TEXT_MAX ((size_t)64 << 20) /* bytes of one checkpoint's strings */

struct vs_checkpoint_list {
    vs_store *store;         /* borrowed */
    int64_t before;          /* what is next has a lower number */
    vs_checkpoint_info info; /* given out last */
    int64_t n_metrics;       /* that it was saved with */
    struct vs__buf texts;    /* message, program, keys, tags; NUL after each */
    struct vs__buf values;   /* of the metrics, as doubles */
    vs_metric *metrics;      /* info.n_metrics */
    const char **tags;       /* info.n_tags, and NULL */
};

vs_status vs_checkpoint_list_open(vs_store *store, vs_checkpoint_list **out)
{
    vs_status st = vs__db_enter(store->db);
    vs_checkpoint_list *list;

    if (st != VS_OK)
        return st;
    list = vs__calloc(1, sizeof *list);
    if (list == NULL)
        return vs__fail_nomem(vs__store_words(store));
    list->store = store;
    list->before = INT64_MAX;
    vs__buf_init(&list->texts, TEXT_MAX);
    vs__buf_init(&list->values, TEXT_MAX);
    *out = list;
    return VS_OK;
}

vs_status vs__checkpoint_list_at(vs_store *store, int64_t checkpoint,
                                 vs_checkpoint_list **out)
{
    const vs_status st = vs_checkpoint_list_open(store, out);

    if (st == VS_OK)
        (*out)->before = checkpoint + 1;
    return st;
}

/* Forgets what was given out. */
static void clear(vs_checkpoint_list *list)
{
    vs__free(list->metrics);
    vs__free(list->tags);
    list->metrics = NULL;
    list->tags = NULL;
    vs__buf_reset(&list->texts);
    vs__buf_reset(&list->values);
    memset(&list->info, 0, sizeof list->info);
}

void vs_checkpoint_list_close(vs_checkpoint_list *list)
{
    if (list == NULL)
        return;
    clear(list);
    vs__buf_done(&list->texts);
    vs__buf_done(&list->values);
    vs__free(list);
}

/* Keeps bytes in one of the list's buffers. */
static vs_status keep(vs_checkpoint_list *list, struct vs__buf *buf,
                      const void *bytes, size_t n)
{
    vs_error *err = vs__store_words(list->store);
    const vs_status st = vs__buf_add(buf, bytes, n);

    if (st == VS_ERR_TOOBIG)
        return vs__fail(err, st, "checkpoint %lld: its texts pass %zu bytes",
                        (long long)list->info.id, TEXT_MAX);
    return st == VS_OK ? VS_OK : vs__fail_nomem(err);
}

/* Keeps a text, with its NUL. */
static vs_status keep_text(vs_checkpoint_list *list, const char *text)
{
    return keep(list, &list->texts, text, strlen(text) + 1);
}

/* Takes what the statement's row says; columns as in read_row. */
static vs_status take_row(vs_checkpoint_list *list, struct vs__stmt *s)
{
    vs_checkpoint_info *info = &list->info;
    struct vs__digest root;
    vs_status st;

    info->id = vs__column_i64(s, 0);
    info->parent = vs__column_i64(s, 1);
    info->step = vs__column_null(s, 2) ? VS_NO_STEP : vs__column_i64(s, 2);
    info->at_ms = vs__column_i64(s, 3);
    info->n_names = vs__column_i64(s, 4);
    info->logical_bytes = vs__column_i64(s, 5);
    info->new_bytes = vs__column_i64(s, 6);
    st = vs__checkpoint_intact(list->store, s, 9, &root);
    if (st != VS_OK)
        return st;
    memcpy(info->root, root.bytes, sizeof info->root);
    list->n_metrics = vs__column_i64(s, 15);
    if ((st = keep_text(list, vs__column_text(s, 7))) == VS_OK)
        st = keep_text(list, vs__column_text(s, 8));
    return st;
}

/* Reads the newest checkpoint below list->before; VS_DONE if there is none. A
 * parent that is gone counts as none. */
static vs_status read_row(vs_checkpoint_list *list)
{
    static const char sql[] =
        "SELECT c.id, coalesce(p.id, 0), c.step, c.at_ms, c.n_names, "
        "c.logical_bytes, c.new_bytes, c.message, "
        "coalesce(o.program, ''), " VS__CHECKPOINT_COLUMNS
        " FROM checkpoint AS c "
        "LEFT JOIN checkpoint AS p ON p.id = c.parent "
        "LEFT JOIN origin AS o ON o.id = c.origin "
        "WHERE c.id < $1 ORDER BY c.id DESC LIMIT 1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(list->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, list->before);
    if ((st = vs__stmt_step(s)) == VS_OK)
        st = take_row(list, s);
    vs__stmt_reset(s);
    return st;
}

static vs_status read_metrics(vs_checkpoint_list *list)
{
    static const char sql[] =
        "SELECT key, value, checkpoint, key, value, record FROM metric "
        "WHERE checkpoint = $1 ORDER BY key";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(list->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, list->info.id);
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const double value = vs__column_f64(s, 1);

        if ((st = vs__metric_check(list->store, s, 2)) != VS_OK ||
            (st = keep_text(list, vs__column_text(s, 0))) != VS_OK ||
            (st = keep(list, &list->values, &value, sizeof value)) != VS_OK)
            break;
        list->info.n_metrics++;
    }
    vs__stmt_reset(s);
    if (st == VS_DONE && (int64_t)list->info.n_metrics != list->n_metrics)
        return vs__fail(vs__store_words(list->store), VS_ERR_CORRUPT,
                        "checkpoint %lld has %zu metrics, want %lld",
                        (long long)list->info.id, list->info.n_metrics,
                        (long long)list->n_metrics);
    return st == VS_DONE ? VS_OK : st;
}

/* Points the info to the texts, which no longer move. */
static vs_status point(vs_checkpoint_list *list)
{
    vs_checkpoint_info *info = &list->info;
    const char *text = vs__buf_text(&list->texts);

    list->metrics = vs__calloc(info->n_metrics, sizeof *list->metrics);
    list->tags = vs__calloc(info->n_tags + 1, sizeof *list->tags);
    if (list->metrics == NULL || list->tags == NULL)
        return vs__fail_nomem(vs__store_words(list->store));
    info->message = text;
    text += strlen(text) + 1;
    info->program = text;
    for (size_t i = 0; i < info->n_metrics; i++) {
        text += strlen(text) + 1;
        list->metrics[i].key = text;
        memcpy(&list->metrics[i].value, list->values.data + i * sizeof(double),
               sizeof(double));
    }
    for (size_t i = 0; i < info->n_tags; i++) {
        text += strlen(text) + 1;
        list->tags[i] = text;
    }
    info->metrics = list->metrics;
    info->tags = list->tags;
    return VS_OK;
}

static vs_status next(vs_checkpoint_list *list)
{
    vs_status st;

    if ((st = read_row(list)) != VS_OK || (st = read_metrics(list)) != VS_OK ||
        (st = vs__tags_of(list->store, list->info.id, &list->texts,
                          &list->info.n_tags)) != VS_OK)
        return st;
    return point(list);
}

vs_status vs_checkpoint_list_next(vs_checkpoint_list *list,
                                  const vs_checkpoint_info **out)
{
    vs_status st = vs__store_begin(list->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    clear(list);
    if ((st = vs__store_end(list->store, next(list))) != VS_OK)
        return st;
    list->before = list->info.id;
    *out = &list->info;
    return VS_OK;
}
