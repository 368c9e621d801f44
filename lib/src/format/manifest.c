/* manifest.c - two growing lists, sorted once. */
#include "format/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

void vs__manifest_done(struct vs__manifest *m)
{
    vs__free(m->tensors);
    vs__free(m->pairs);
    vs__free(m->text);
    memset(m, 0, sizeof *m);
}

vs_status vs__manifest_add(struct vs__manifest *m,
                           const struct vs__stored *tensor, vs_error *err)
{
    struct vs__stored *list =
        vs__grow(m->tensors, m->n_tensors + 1, &m->cap_tensors, sizeof *list);

    if (list == NULL)
        return vs__fail_nomem(err);
    m->tensors = list;
    m->tensors[m->n_tensors++] = *tensor;
    return VS_OK;
}

vs_status vs__manifest_add_pair(struct vs__manifest *m,
                                const struct vs__pair *pair, vs_error *err)
{
    struct vs__pair *list =
        vs__grow(m->pairs, m->n_pairs + 1, &m->cap_pairs, sizeof *list);

    if (list == NULL)
        return vs__fail_nomem(err);
    m->pairs = list;
    m->pairs[m->n_pairs++] = *pair;
    return VS_OK;
}

static int compare_names(const void *a, const void *b)
{
    const struct vs__stored *x = a;
    const struct vs__stored *y = b;

    return strcmp(x->entry.name, y->entry.name);
}

static int compare_keys(const void *a, const void *b)
{
    const struct vs__pair *x = a;
    const struct vs__pair *y = b;

    return strcmp(x->key, y->key);
}

vs_status vs__manifest_sort(struct vs__manifest *m, const char *what,
                            vs_error *err)
{
    if (m->n_tensors > 1)
        qsort(m->tensors, m->n_tensors, sizeof *m->tensors, compare_names);
    if (m->n_pairs > 1)
        qsort(m->pairs, m->n_pairs, sizeof *m->pairs, compare_keys);
    for (size_t i = 1; i < m->n_tensors; i++)
        if (compare_names(&m->tensors[i - 1], &m->tensors[i]) == 0)
            return vs__fail(err, VS_ERR_FORMAT,
                            "%s: tensor '%.200s' occurs twice", what,
                            m->tensors[i].entry.name);
    for (size_t i = 1; i < m->n_pairs; i++)
        if (compare_keys(&m->pairs[i - 1], &m->pairs[i]) == 0)
            return vs__fail(err, VS_ERR_FORMAT,
                            "%s: metadata key '%.200s' occurs twice", what,
                            m->pairs[i].key);
    return VS_OK;
}

int64_t vs__manifest_find(const struct vs__manifest *m, const char *name)
{
    struct vs__stored key;
    const struct vs__stored *found;

    if (m->n_tensors == 0)
        return -1;
    key.entry.name = name;
    found = bsearch(&key, m->tensors, m->n_tensors, sizeof *m->tensors,
                    compare_names);
    return found != NULL ? found - m->tensors : -1;
}
