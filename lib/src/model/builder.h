/* builder.h - a version made from elements as they come.
 *
 * The counterpart of vs__value_make for one who is given elements instead of
 * asking for them: what has come is kept until it fills a chunk. Inside the
 * caller's transaction.
 */
#ifndef VS_MODEL_BUILDER_H
#define VS_MODEL_BUILDER_H

#include <stdint.h>

#include "chunk/list.h"
#include "model/value.h"

struct vs__builder {
    vs_store *store;                      /* borrowed */
    const struct vs__kind_of_value *kind; /* borrowed */
    int64_t previous;                     /* version it follows; 0: none */
    uint8_t *bytes;                       /* owned; NULL: nothing is kept */
    int64_t have;                         /* elements kept in it */
    int64_t ordinal;                      /* of the chunk they will be */
    struct vs__chunk_list list;           /* the chunks before it */
};

void vs__builder_init(struct vs__builder *b, vs_store *store,
                      const struct vs__kind_of_value *kind, int64_t previous);
void vs__builder_done(struct vs__builder *b);

/* Takes the next `n` elements. No more may come than the value has. */
vs_status vs__builder_add(struct vs__builder *b, const void *src, int64_t n);

/* Makes the version, when all have come; held by nobody yet. */
vs_status vs__builder_finish(struct vs__builder *b, int64_t *out);

#endif
