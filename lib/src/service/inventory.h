/* inventory.h - which values a state consists of, and under which names.
 *
 * Each variable is listed once, under its first name, or if that is not in the
 * subset under the first of its others; the rest of its names are ties. A
 * partitioned variable is listed as one if the subset has the whole of it.
 */
#ifndef VS_SERVICE_INVENTORY_H
#define VS_SERVICE_INVENTORY_H

#include <stdint.h>

#include "base/buf.h"
#include "model/handle.h"
#include "model/value.h"
#include "service/subset.h"
#include "varstore/store.h"

struct vs__holding {
    const char *name;              /* in the inventory's text */
    struct vs__kind_of_value kind; /* its variable, dtype, shape */
    int64_t version;               /* of the variable in this state */
    vs_variable *whole;            /* if it is partitioned, it; owned */
};

struct vs__tie {
    const char *name;   /* in the inventory's text */
    const char *target; /* the name under which its value stands */
};

struct vs__inventory {
    struct vs__holding *holdings; /* n of them, by name; owned */
    size_t n;                     /* variables */
    struct vs__tie *ties;         /* n_ties of them, by name; owned */
    size_t n_ties;                /* other names */
    int64_t n_bytes;              /* raw, of all holdings */
    int64_t checkpoint;           /* 0: the current state */
    int64_t step;                 /* of the checkpoint, or VS_NO_STEP */
    struct vs__buf text;          /* the names, NUL after each */
};

/* Lists the names of a subset: now, or in a checkpoint (if it is not 0), which
 * is compared with its root first; inside the caller's transaction. `out` is
 * zeroed before and to be freed whatever happens.
 * VS_ERR_NOTFOUND: no such checkpoint, or nothing in the subset. */
vs_status vs__inventory_take(struct vs__inventory *out, vs_store *store,
                             const struct vs__subset *subset,
                             int64_t checkpoint);

/* Gives the value of a holding to a sink, inside the caller's transaction. */
vs_status vs__holding_read_to(vs_store *store,
                              const struct vs__holding *holding, vs_sink sink);

/* Frees what it holds; the zeroed one is fine. */
void vs__inventory_done(struct vs__inventory *inventory);

#endif
