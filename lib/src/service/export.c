/* export.c - variables of one state into a file of another program.
 *
 * The same state gives the same bytes: tensors and metadata stand in an order
 * that follows from them, and nothing tells when or by whom it was written.
 * Values are compared with their digests on the way, chunk by chunk.
 */
#include "varstore/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/options.h"
#include "format/output.h"
#include "service/foreign.h"
#include "service/inventory.h"
#include "service/meter.h"
#include "service/outlet.h"
#include "service/subset.h"

struct export
{
    vs_store *store;                /* borrowed */
    vs_export_options options;      /* as given, padded */
    struct vs__subset subset;       /* its scope */
    struct vs__inventory inventory; /* what is to be written */
    struct vs__output *output;      /* owned; NULL: none, or committed */
    struct vs__outlet outlet;       /* the format, over the output */
    int64_t element;                /* bytes of one, of what is being written */
    struct vs__meter meter;         /* of raw bytes written */
};

static vs_status take_piece(int64_t first, int64_t n, const void *src,
                            void *ctx)
{
    struct export *ex = ctx;
    vs_error *err = vs__store_words(ex->store);
    vs_status st = vs__outlet_append(&ex->outlet, src, n, err);

    (void)first;
    return st == VS_OK ? vs__meter_add(&ex->meter, n * ex->element, err) : st;
}

/* Opens the file, writes the header, then the values in the format's order. */
static vs_status write_all(struct export *ex, const char *path)
{
    vs_error *err = vs__store_words(ex->store);
    const vs_sink sink = {take_piece, ex};
    size_t i;
    vs_status st = vs__output_open(
        path, ex->options.overwrite ? VS__OUTPUT_REPLACE : VS__OUTPUT_NEW,
        &ex->output, err);

    if (st != VS_OK || (st = vs__outlet_begin(&ex->outlet, ex->output,
                                              &ex->inventory, err)) != VS_OK)
        return st;
    while ((st = vs__outlet_next(&ex->outlet, &i, err)) == VS_OK) {
        const struct vs__holding *h = &ex->inventory.holdings[i];

        ex->element = (int64_t)h->kind.plan.element;
        st = vs__holding_read_to(ex->store, h, sink);
        if (st != VS_OK)
            return st;
    }
    return st == VS_DONE ? vs__outlet_end(&ex->outlet, err) : st;
}

static vs_status run(struct export *ex, const char *path)
{
    vs_status st = vs__inventory_take(&ex->inventory, ex->store, &ex->subset,
                                      ex->options.checkpoint);

    if (st != VS_OK)
        return st;
    ex->meter.total = ex->inventory.n_bytes;
    return write_all(ex, path);
}

/* What can be decided without looking into the store. */
static vs_status prepare(struct export *ex, const char *path,
                         const vs_export_options *given)
{
    vs_error *err = vs__store_words(ex->store);
    vs_status st;

    if (path == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "an export needs a path");
    if ((st = vs__options_take(&ex->options, sizeof ex->options, given,
                               "vs_export_options", err)) != VS_OK ||
        (st = vs__subset_make(&ex->subset, ex->options.scope, err)) != VS_OK ||
        (st = vs__outlet_choose(&ex->outlet, ex->options.format, path, err)) !=
            VS_OK)
        return st;
    ex->meter.progress = ex->options.progress;
    return vs__foreign_refuse_own(ex->store, path, "export to");
}

/* The file is synced and named after the snapshot has been let go: both can
 * take their time. */
vs_status vs_export(vs_store *store, const char *path,
                    const vs_export_options *given, vs_transfer_report *report)
{
    struct export ex;
    vs_status st = vs__db_enter(store->db);

    if (st != VS_OK)
        return st;
    memset(&ex, 0, sizeof ex);
    ex.store = store;
    if ((st = prepare(&ex, path, given)) == VS_OK &&
        (st = vs__store_begin(store, VS_TXN_READ)) == VS_OK)
        st = vs__store_end(store, run(&ex, path));
    if (st == VS_OK) {
        st = vs__output_commit(ex.output, vs__store_words(store));
        ex.output = NULL;
    }
    if (st == VS_OK && report != NULL) {
        memset(report, 0, sizeof *report);
        report->n_tensors = (int64_t)ex.inventory.n;
        report->n_bytes = ex.inventory.n_bytes;
        report->n_ties = (int64_t)ex.inventory.n_ties;
    }
    vs__output_abandon(ex.output);
    vs__outlet_done(&ex.outlet);
    vs__inventory_done(&ex.inventory);
    return st;
}
