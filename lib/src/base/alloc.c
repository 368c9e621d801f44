/* alloc.c - the allocator behind alloc.h: libc's, with one hook for tests.
 *
 * The hook is the only mutable global of the library. It is set before and
 * cleared after a fault-injection run, never in production.
 */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define FEWEST 16 /* items that a list has room for at first */

static bool (*hook_deny)(size_t size, void *ctx);
static void *hook_ctx;

static bool denied(size_t size)
{
    return hook_deny != NULL && hook_deny(size, hook_ctx);
}

void vs__alloc_hook(bool (*deny)(size_t size, void *ctx), void *ctx)
{
    hook_ctx = ctx;
    hook_deny = deny;
}

void *vs__alloc(size_t size)
{
    return denied(size) ? NULL : malloc(size != 0 ? size : 1);
}

void *vs__calloc(size_t n, size_t size)
{
    size_t bytes;

    if (!vs__mul(n, size, &bytes) || denied(bytes))
        return NULL;
    return calloc(1, bytes != 0 ? bytes : 1);
}

void *vs__realloc(void *p, size_t size)
{
    return denied(size) ? NULL : realloc(p, size != 0 ? size : 1);
}

void *vs__grow(void *items, size_t n, size_t *cap, size_t size)
{
    size_t want = *cap > SIZE_MAX / 2 ? n : 2 * *cap;
    size_t bytes;
    void *grown;

    if (n <= *cap)
        return items;
    if (want < n)
        want = n;
    if (want < FEWEST)
        want = FEWEST;
    if (!vs__mul(want, size, &bytes) ||
        (grown = vs__realloc(items, bytes)) == NULL)
        return NULL;
    *cap = want;
    return grown;
}

void *vs__alloc_aligned(size_t align, size_t size)
{
    void *p = NULL;

    if (denied(size) || posix_memalign(&p, align, size != 0 ? size : 1) != 0)
        return NULL;
    return p;
}

void vs__free(void *p)
{
    free(p);
}

char *vs__strdup(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = vs__alloc(n);

    if (copy != NULL)
        memcpy(copy, text, n);
    return copy;
}

bool vs__mul(size_t a, size_t b, size_t *out)
{
    size_t product;

    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

bool vs__mul_i64(int64_t a, int64_t b, int64_t *out)
{
    int64_t product;

    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

bool vs__add_i64(int64_t a, int64_t b, int64_t *out)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}
