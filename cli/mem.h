/* mem.h - memory that is never NULL, and text that grows.
 *
 * A command line that runs out of memory says so and ends with the documented
 * code: whatever the store had not committed is rolled back by its next user.
 */
#ifndef CLI_MEM_H
#define CLI_MEM_H

#include <stddef.h>

#include "varstore/export.h"

/* `n` zeroed things of `size` bytes; at least one byte. free() it. */
void *mem_get(size_t n, size_t size);

/* Changes a block to `n` things of `size` bytes; what is new is not zeroed. */
void *mem_more(void *block, size_t n, size_t size);

/* A copy of the text, or of its first `n` bytes. free() it. */
char *mem_copy(const char *text);
char *mem_copy_n(const char *text, size_t n);

struct text {
    char *p;    /* `n` bytes and a NUL; NULL while nothing was added */
    size_t n;   /* bytes in use */
    size_t cap; /* bytes allocated */
};

void text_add(struct text *t, const char *bytes, size_t n);
void text_puts(struct text *t, const char *s);
void text_printf(struct text *t, const char *fmt, ...) VS_PRINTF(2, 3);

/* Forgets the content and keeps the memory; frees it. */
void text_reset(struct text *t);
void text_done(struct text *t);

/* The content as a C string, "" if there is none; until the next change. */
const char *text_str(const struct text *t);

#endif
