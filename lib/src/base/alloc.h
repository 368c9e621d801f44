/* alloc.h - every allocation of the library, with a door for injected faults.
 *
 * Sizes are multiplied by vs__mul, vs__calloc and vs__grow only, which notice
 * overflow.
 */
#ifndef VS_BASE_ALLOC_H
#define VS_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Uninitialised memory, zeroed memory for n items, a resized block (which
 * stays as it was on failure). NULL when memory ran out. Size 0 is made 1. */
void *vs__alloc(size_t size);
void *vs__calloc(size_t n, size_t size);
void *vs__realloc(void *p, size_t size);

/* `items`, moved where need be so that `n` (at least 1) of `size` bytes have
 * room; `*cap` is how many have. It doubles, so that adding one by one costs
 * the same each time. NULL, with both as they were, when memory ran out or
 * their bytes are no number. */
void *vs__grow(void *items, size_t n, size_t *cap, size_t size);

/* Memory aligned to `align`, a power of two >= sizeof(void *). */
void *vs__alloc_aligned(size_t align, size_t size);

/* Frees what any of these returned; NULL is fine. */
void vs__free(void *p);

/* A copy of `text`; NULL when memory ran out. */
char *vs__strdup(const char *text);

/* Checked arithmetic: false, with *out untouched, if the result overflows. */
bool vs__mul(size_t a, size_t b, size_t *out);
bool vs__mul_i64(int64_t a, int64_t b, int64_t *out);
bool vs__add_i64(int64_t a, int64_t b, int64_t *out);

/* For tests: `deny` is asked before each allocation and makes it fail by
 * returning true. NULL takes the hook away. Set it while no other thread
 * allocates. */
void vs__alloc_hook(bool (*deny)(size_t size, void *ctx), void *ctx);

#endif
