/* steps_store.c - steps on the store: opening it, checkpoints, the log, files.
 * See steps.h and steps.c.
 */
#include "db/engine.h"
#include "model/store.h"
#include "steps.h"

static vs_error last_words; /* of a step that has no store to ask */

const char *world_words(const struct world *w)
{
    const vs_error *err = w->store != NULL ? vs_store_error(w->store) : NULL;

    return err != NULL && err->status != VS_OK ? err->message
                                               : last_words.message;
}

void world_keep_words(const struct world *w, vs_status st)
{
    if (st != VS_OK)
        last_words = *vs_store_error(w->store);
}

vs_status world_end_txn(struct world *w, vs_status st)
{
    if (st == VS_OK)
        return vs_store_commit(w->store);
    last_words = *vs_store_error(w->store);
    (void)vs_store_rollback(w->store);
    return st;
}

/* -------- Opening and closing. */

static vs_status open_as(struct world *w, vs_open_mode mode, vs_store **out)
{
    (void)w;
    return world_open(mode, VS_SYNC_FULL, out, &last_words);
}

/* A call that failed may leave a store that it began; that one is no new one,
 * but can be ended. */
vs_status open_new(struct world *w)
{
    return open_as(w, w->again ? VS_OPEN_CREATE : VS_OPEN_CREATE_NEW,
                   &w->store);
}

vs_status open_or_create(struct world *w)
{
    return open_as(w, VS_OPEN_CREATE, &w->store);
}

vs_status open_write(struct world *w)
{
    return open_as(w, VS_OPEN_WRITE, &w->store);
}

vs_status open_read(struct world *w)
{
    return open_as(w, VS_OPEN_READ, &w->store);
}

vs_status close_store(struct world *w)
{
    vs_context_free(w->ctx);
    w->ctx = NULL;
    vs_store_close(w->store);
    w->store = NULL;
    return VS_OK;
}

vs_status open_other(struct world *w)
{
    return open_as(w, VS_OPEN_READ, &w->other);
}

vs_status close_other(struct world *w)
{
    vs_store_close(w->other);
    w->other = NULL;
    return VS_OK;
}

static vs_status told(vs_store *store, vs_status st)
{
    if (st != VS_OK)
        last_words = *vs_store_error(store);
    return st;
}

vs_status other_begins_to_read(struct world *w)
{
    return told(w->other, vs_store_begin(w->other, VS_TXN_READ));
}

vs_status other_reads_no_more(struct world *w)
{
    return told(w->other, vs_store_rollback(w->other));
}

/* -------- Checkpoints. */

vs_status save_plain(struct world *w)
{
    return vs_checkpoint_save(w->store, NULL, NULL);
}

vs_status save_tagged(struct world *w)
{
    const vs_metric metrics[] = {{"loss", 0.5}, {"accuracy", 0.25}};
    const char *const tags[] = {"best", NULL};
    const vs_save_options options = {.step = 10,
                                     .message = "the first",
                                     .metrics = metrics,
                                     .n_metrics = 2,
                                     .tags = tags};

    return vs_checkpoint_save(w->store, &options, NULL);
}

/* All variables and a checkpoint in one transaction. */
vs_status save_many(struct world *w)
{
    vs_status st = vs_store_begin(w->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = write_many(w);
    if (st == VS_OK)
        st = save_plain(w);
    return world_end_txn(w, st);
}

vs_status restore_first(struct world *w)
{
    return vs_checkpoint_restore(w->store, 1, NULL, NULL);
}

vs_status restore_exact(struct world *w)
{
    const vs_restore_options options = {.exact = true};

    return vs_checkpoint_restore(w->store, 1, &options, NULL);
}

vs_status delete_first(struct world *w)
{
    return vs_checkpoint_delete(w->store, 1);
}

vs_status delete_second(struct world *w)
{
    return vs_checkpoint_delete(w->store, 2);
}

vs_status tag_second(struct world *w)
{
    return vs_tag_set(w->store, "best", 2);
}

vs_status untag(struct world *w)
{
    return vs_tag_remove(w->store, "best");
}

/* -------- The log. */

vs_status flush(struct world *w)
{
    return vs_store_flush(w->store);
}

/* A commit after which the log is moved by itself. */
vs_status write_past_the_cap(struct world *w)
{
    struct vs__log *log = &w->store->db->log;
    vs_status st;

    log->soft_bytes = 2 * log->frame_bytes;
    st = write_source(w);
    log->soft_bytes = VS__LOG_SOFT_BYTES;
    return st;
}

/* -------- Big writes. */

/* With the smallest cache there is, so that pages reach the file at once. */
static vs_status bulk_begin(struct world *w)
{
    struct vs__db *db = w->store->db;

    (void)vs__engine_exec(db, db->conn, "PRAGMA cache_size = 1");
    return vs_store_begin(w->store, VS_TXN_BULK);
}

vs_status bulk_write(struct world *w)
{
    vs_status st = bulk_begin(w);

    return st == VS_OK ? world_end_txn(w, write_large(w)) : st;
}

vs_status bulk_and_undo(struct world *w)
{
    vs_status st = bulk_begin(w);

    if (st != VS_OK)
        return st;
    st = write_large(w);
    return st == VS_OK ? vs_store_rollback(w->store) : world_end_txn(w, st);
}

/* -------- Files. */

vs_status import_auto(struct world *w)
{
    const vs_import_options options = {.reuse = VS_REUSE_AUTO};

    return vs_import(w->store, WORLD_IMPORT, &options, NULL);
}

vs_status import_new(struct world *w)
{
    const vs_import_options options = {.scope = "imported"};

    return vs_import(w->store, WORLD_IMPORT, &options, NULL);
}

vs_status export_new(struct world *w)
{
    const vs_export_options options = {.overwrite = w->again};

    return vs_export(w->store, WORLD_EXPORT, &options, NULL);
}

vs_status export_over(struct world *w)
{
    const vs_export_options options = {.overwrite = true, .scope = "net"};

    return vs_export(w->store, WORLD_EXPORT, &options, NULL);
}

vs_status export_import(struct world *w)
{
    const vs_export_options options = {.checkpoint = 1};

    return vs_export(w->store, WORLD_IMPORT, &options, NULL);
}
