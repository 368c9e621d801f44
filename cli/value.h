/* value.h - a tensor as one writes it: 3.5, [1, 2], [[1,2],[3,4]].
 *
 * Elements are separated by commas or blanks, so that what cat prints is read
 * back. Nothing recurses, and at most VS_MAX_RANK brackets are open.
 */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include <stdint.h>

#include "varstore/tensor.h"

/* The shape of the text, [] for a bare number, and its elements' count.
 * VS_ERR_MISUSE: not a number or a list, or rows of different lengths. */
vs_status value_shape(const char *text, vs_shape *shape, int64_t *n,
                      vs_error *err);

/* Writes the elements to `into`, which holds as many as value_shape said.
 * As value_shape, and as vs_element_parse. */
vs_status value_parse(const char *text, vs_dtype dtype, void *into,
                      vs_error *err);

#endif
