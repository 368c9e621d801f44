/* callback.h - rules of your own, by name.
 *
 * A store keeps what a variable was made with: its initializer, regularizer
 * and constraint. Of a callback it can keep the name alone. Registered under
 * that name with an open store, the callback is found again by every run of
 * every program. A name that is not registered is an error when the callback
 * is needed (VS_ERR_CALLBACK), never when values are only read.
 *
 * A registration lasts until the store is closed. Registering a name again
 * replaces it, NULL takes it away; each sort of callback has names of its own.
 * Names are 1 to 63 letters, digits, '_', '.' or '-': VS_ERR_NAME otherwise.
 * VS_ERR_NOMEM, VS_ERR_FORKED. Thread rule: that of the store.
 */
#ifndef VARSTORE_CALLBACK_H
#define VARSTORE_CALLBACK_H

#include "varstore/export.h"
#include "varstore/getter.h"
#include "varstore/partition.h"
#include "varstore/regularize.h"
#include "varstore/rule.h"
#include "varstore/status.h"
#include "varstore/store.h"

VS_BEGIN_DECLS

VS_API vs_status vs_register_initializer(vs_store *store, const char *name,
                                         vs_fill_fn fill, void *data);
VS_API vs_status vs_register_regularizer(vs_store *store, const char *name,
                                         vs_loss_fn loss, void *data);
VS_API vs_status vs_register_constraint(vs_store *store, const char *name,
                                        vs_constrain_fn apply, void *data);
VS_API vs_status vs_register_partitioner(vs_store *store, const char *name,
                                         vs_count_fn count, void *data);
VS_API vs_status vs_register_getter(vs_store *store, const char *name,
                                    vs_getter_fn get, void *data);

VS_END_DECLS

#endif
