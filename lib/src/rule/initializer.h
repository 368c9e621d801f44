/* initializer.h - an initializer made ready for one variable: a source of its
 * elements (filling.c), and the checks that come before. Its spec: spec.h.
 */
#ifndef VS_RULE_INITIALIZER_H
#define VS_RULE_INITIALIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rule/distribution.h"
#include "rule/matrix.h"
#include "varstore/rule.h"
#include "varstore/tensor.h"

/* Everything needed to produce elements; the caller's memory. Elements may be
 * asked for in any order, except of VS_INIT_SOURCE. */
struct vs__filling {
    vs_initializer init; /* resolved: never VS_INIT_DEFAULT */
    const char *name;    /* of the variable, borrowed; for VS_INIT_CUSTOM */
    vs_dtype dtype;
    vs_shape shape;                 /* fully known */
    struct vs__distribution random; /* of the random kinds */
    uint8_t element[16];      /* of zeros, ones and constant; of an identity the
                              gain; of a list the last one */
    struct vs__matrix matrix; /* of the orthogonal kinds */
};

/* Resolves VS_INIT_DEFAULT by dtype, derives the seed (from `name` and
 * `store_seed` if the initializer has VS_NO_SEED), checks kind against dtype,
 * shape and parameters. Errors as vs_initializer_fill. */
vs_status vs__filling_make(const vs_initializer *init, const char *name,
                           uint64_t store_seed, vs_dtype dtype,
                           const vs_shape *shape, struct vs__filling *out,
                           vs_error *err);

/* True if TensorFlow gives each part of a partitioned variable what it would
 * give a variable of that shape, not a slice: random numbers, and a list. */
bool vs__filling_by_part(const struct vs__filling *filling);

/* Elements [first, first + n) of a list, as `dtype`; and one as a double, of a
 * list that is not complex. */
void vs__list_take(const vs_view *list, vs_dtype dtype, int64_t first,
                   int64_t n, void *dst);
double vs__list_number(const vs_view *list, int64_t i);

/* Frees what filling it has allocated. A zeroed one is fine. */
void vs__filling_done(struct vs__filling *filling);

/* A source over it, for rooms that write variables. VS_INIT_SOURCE passes the
 * caller's through. The orthogonal kinds compute and keep a matrix at the
 * first run (VS_ERR_NOMEM): one run at a time. */
vs_source vs__filling_source(struct vs__filling *filling);

/* True if that source cannot fail, at no element. */
bool vs__filling_sure(const struct vs__filling *filling);

/* What a kind is called, in specs and in words. */
struct vs__initializer_kind {
    vs_initializer_kind kind;
    bool random;        /* has a seed */
    const char *name;   /* "random_normal" */
    const char *first;  /* name of parameter `a`, or NULL */
    const char *second; /* name of parameter `b`, or NULL */
};

/* The kinds, from 0 on; NULL behind the last. VS_INIT_DEFAULT is none. */
const struct vs__initializer_kind *vs__initializer_kind_at(size_t i);

#endif
