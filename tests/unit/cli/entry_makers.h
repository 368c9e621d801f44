/* entry_makers.h - lists of names for the tests, without a file. */
#ifndef VS_TEST_ENTRY_MAKERS_H
#define VS_TEST_ENTRY_MAKERS_H

#include "pick.h"

/* A list of f32 scalars of 4 bytes with these names; entries are v[0 .. n). */
static inline struct entries entries_of(struct entry *v,
                                        const char *const *names, size_t n)
{
    struct entries list = {v, n, n, NULL};

    for (size_t i = 0; i < n; i++)
        v[i] = (struct entry){.name = names[i],
                              .dtype = VS_F32,
                              .n_elements = 1,
                              .n_bytes = 4,
                              .stored_bytes = 4};
    return list;
}

#endif
