/* foreign.h - inputs for the tests of format/: bytes whose end is guarded.
 */
#ifndef VS_TEST_FORMAT_FOREIGN_H
#define VS_TEST_FORMAT_FOREIGN_H

#include <stdlib.h>
#include <string.h>

#include "format/file.h"
#include "format/input.h"

/* A heap copy of exactly `n` bytes; free() it. */
static inline void *copy_of(const void *bytes, size_t n)
{
    void *copy = malloc(n != 0 ? n : 1);

    assert_non_null(copy);
    if (n != 0)
        memcpy(copy, bytes, n);
    return copy;
}

static inline vs_status read_copy(void *ctx, int64_t offset, void *dst,
                                  size_t n, vs_error *err)
{
    (void)err;
    memcpy(dst, (const uint8_t *)ctx + offset, n);
    return VS_OK;
}

/* An input over a heap copy, freed when it is closed, so that a sanitizer sees
 * any read beyond the bytes. */
static inline struct vs__input input_of_copy(const void *bytes, size_t n)
{
    struct vs__input in = {read_copy, free, copy_of(bytes, n), (int64_t)n,
                           "memory"};

    return in;
}

/* vs_file_open of a copy of these bytes, under the name "array". */
static inline vs_status open_copy(const void *bytes, size_t n, vs_file **out,
                                  vs_error *err)
{
    struct vs__input in = input_of_copy(bytes, n);

    return vs__file_open_input(&in, "array", out, err);
}

#endif
