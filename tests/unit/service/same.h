/* same.h - whether two stores, or two states of one, have the same names with
 * the same values.
 */
#ifndef VS_TEST_SAME_H
#define VS_TEST_SAME_H

#include "stores.h"

#include <string.h>

/* The next name of a list that has a value; NULL: none. */
static inline const vs_variable_info *same_next(vs_store *store, vs_list *list)
{
    const vs_variable_info *info = NULL;
    vs_status st;

    while ((st = vs_list_next(list, &info)) == VS_OK)
        if (info->version != 0)
            return info;
    assert_store(VS_DONE, store, st);
    return NULL;
}

static inline void assert_same(const vs_variable_info *a,
                               const vs_variable_info *b)
{
    if (a == NULL || b == NULL || strcmp(a->name, b->name) != 0)
        fail_msg("'%s' is there, want '%s'", b != NULL ? b->name : "",
                 a != NULL ? a->name : "");
    if ((a->alias_of == NULL) != (b->alias_of == NULL) ||
        a->dtype != b->dtype || !vs_shape_equal(&a->shape, &b->shape) ||
        a->trainable != b->trainable || a->part != b->part ||
        a->n_parts != b->n_parts ||
        memcmp(a->digest, b->digest, sizeof a->digest) != 0)
        fail_msg(
            "%s, alias of %s, part %lld of %lld, want an alias of %s, part "
            "%lld of %lld; or its value is another",
            a->name, b->alias_of != NULL ? b->alias_of : "-",
            (long long)b->part, (long long)b->n_parts,
            a->alias_of != NULL ? a->alias_of : "-", (long long)a->part,
            (long long)a->n_parts);
    if (a->alias_of != NULL)
        assert_string_equal(a->alias_of, b->alias_of);
}

/* Names and values of a state (0: now) of one store, and of one of another;
 * those without a value are left out. */
static inline void assert_same_states(vs_store *one, int64_t first,
                                      vs_store *other, int64_t second)
{
    const vs_list_options options[] = {{.checkpoint = first},
                                       {.checkpoint = second}};
    vs_list *lists[2] = {NULL, NULL};
    const vs_variable_info *a;

    assert_store(VS_OK, one, vs_list_open(one, &options[0], &lists[0]));
    assert_store(VS_OK, other, vs_list_open(other, &options[1], &lists[1]));
    do {
        const vs_variable_info *b = same_next(other, lists[1]);

        a = same_next(one, lists[0]);
        if (a != NULL || b != NULL)
            assert_same(a, b);
    } while (a != NULL);
    vs_list_close(lists[0]);
    vs_list_close(lists[1]);
}

#endif
