/* cut.h - the first value of a part: cut out of that of the whole, so that how
 * a variable is partitioned does not show in it (Q14), or drawn by itself.
 */
#ifndef VS_MODEL_CUT_H
#define VS_MODEL_CUT_H

#include <stdint.h>

#include "model/handle.h"
#include "varstore/rule.h"

struct vs__cut {
    vs_source whole; /* what a part is cut out of */
    int64_t at;      /* its first element there */
    int64_t run;     /* elements that follow each other there */
    int64_t stride;  /* from one such run to the next */
    size_t element;  /* bytes of one */
};

/* A source of the elements of a part, which is not drawn by itself, out of
 * those of the whole. `cut` is the caller's memory, and what the source needs.
 */
vs_source vs__cut_out(struct vs__cut *cut, const vs_variable *part,
                      vs_source whole);

/* The shape for which the initializer of a variable or part is made ready: that
 * of the whole, from which fans follow. Only orthogonal kinds and lists, if they
 * are made part by part, are made for each as it is. */
const vs_shape *vs__cut_shape(const vs_variable *v, vs_initializer_kind kind);

#endif
