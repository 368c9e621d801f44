/* foreign.h - a tensor of a foreign file as a source, and the one file that
 * must not be treated as foreign: the store's own.
 */
#ifndef VS_SERVICE_FOREIGN_H
#define VS_SERVICE_FOREIGN_H

#include <stdint.h>

#include "service/meter.h"
#include "service/proof.h"
#include "varstore/file.h"
#include "varstore/rule.h"
#include "varstore/store.h"

/* What a source over a file reads from. */
struct vs__foreign {
    vs_file *file;           /* borrowed */
    size_t index;            /* of the tensor in it */
    struct vs__meter *meter; /* told of what was read; borrowed */
    vs_error why;            /* of the last failure, else VS_OK */
    struct vs__proof *proof; /* gets what was read, if it has begun; borrowed,
                                or NULL */
};

/* A source over the tensor; `f` is borrowed as long as it is used. A failure
 * is kept in f->why, whatever words the reader of the source finds for it.
 * Each fill is at most 2 * rank - 1 reads of the file; one if it asks for
 * whole rows. */
vs_source vs__foreign_source(struct vs__foreign *f);

/* VS_ERR_MISUSE if the path leads to the store's file or one beside it, by
 * whatever link: to open it would drop this process's locks, to write it
 * would be the end of it. `verb` is what is refused, such as "import". */
vs_status vs__foreign_refuse_own(vs_store *store, const char *path,
                                 const char *verb);

#endif
