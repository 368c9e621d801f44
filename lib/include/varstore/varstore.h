/* varstore.h - a persistent variable store: tf.variable_scope that survives
 * the process.
 *
 * Named, typed tensors live under scope paths in one SQLite file. Creating and
 * sharing follow TensorFlow 1.x's reuse rules, decided inside a database
 * transaction, so they hold across threads, processes, restarts and
 * checkpoints.
 *
 *     vs_store *store = NULL;
 *     vs_context *ctx = NULL;
 *     vs_variable *w = NULL;
 *     vs_error err;
 *     float weights[3 * 4];
 *     vs_store_options open = {.mode = VS_OPEN_CREATE};
 *     vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
 *     vs_shape shape = vs_shape_2d(3, 4);
 *     vs_variable_spec spec = {.shape = &shape, .site = VS_HERE};
 *     vs_view view = vs_view_of(VS_F32, &shape, weights);
 *     vs_status st = vs_store_open("run7.vars.db", &open, &store, &err);
 *
 *     if (st == VS_OK && (st = vs_context_new(store, &ctx)) == VS_OK) {
 *         VS_WITH_SCOPE (st, ctx, "layer1", &sharing) {
 *             st = vs_get_variable(ctx, "kernel", &spec, &w); // made, or found
 *         }
 *     }
 *     if (st == VS_OK && (st = vs_variable_read(w, &view)) == VS_OK) {
 *         weights[0] += 1.0f; // train
 *         st = vs_variable_write(w, &view);
 *     }
 *     if (st == VS_OK)
 *         st = vs_checkpoint_save(store, NULL, NULL);
 *
 * Caveats, before you meet them:
 *  - A vs_store and everything opened through it belong to one thread at a
 *    time; open one per thread. It does not survive fork.
 *  - Local file systems only. Do not open the store's file by other means in
 *    a process that uses it.
 *  - A scope keeps no variable: the second run of a program that creates with
 *    VS_REUSE_NONE gets VS_ERR_EXISTS. Programs that run twice use
 *    VS_REUSE_AUTO.
 *  - A write is a new version, durable when the call returns. To make many
 *    cheap, put them into one transaction (vs_store_begin).
 *
 * Read on: status.h (errors), dtype.h, tensor.h (shapes, slices, views),
 * store.h, scope.h (vs_get_variable), getter.h, rule.h (initializers),
 * partition.h, regularize.h, callback.h, variable.h, mark.h (sealed and
 * reserved scopes), journal.h (what was created since when), checkpoint.h,
 * state.h, file.h and transfer.h (other formats), maintain.h,
 * examine.h (what a store stands on).
 */
#ifndef VARSTORE_VARSTORE_H
#define VARSTORE_VARSTORE_H

#include "varstore/callback.h"
#include "varstore/checkpoint.h"
#include "varstore/dtype.h"
#include "varstore/examine.h"
#include "varstore/export.h"
#include "varstore/file.h"
#include "varstore/getter.h"
#include "varstore/journal.h"
#include "varstore/maintain.h"
#include "varstore/mark.h"
#include "varstore/partition.h"
#include "varstore/regularize.h"
#include "varstore/rule.h"
#include "varstore/scope.h"
#include "varstore/state.h"
#include "varstore/status.h"
#include "varstore/store.h"
#include "varstore/tensor.h"
#include "varstore/transfer.h"
#include "varstore/variable.h"

VS_BEGIN_DECLS

#define VS_VERSION "0.1.0"

/* The version of the library in use, as VS_VERSION. Any thread. */
VS_API const char *vs_version(void);

VS_END_DECLS

#endif
