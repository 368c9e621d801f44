/* mem.c - see mem.h. */
#include "mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

static void *or_end(void *block)
{
    if (block == NULL) {
        (void)fputs("error: out of memory\n", stderr);
        exit(EXIT_SYSTEM);
    }
    return block;
}

void *mem_get(size_t n, size_t size)
{
    return or_end(calloc(n != 0 ? n : 1, size));
}

void *mem_more(void *block, size_t n, size_t size)
{
    if (n == 0)
        n = 1;
    return or_end(n <= SIZE_MAX / size ? realloc(block, n * size) : NULL);
}

char *mem_copy_n(const char *text, size_t n)
{
    char *copy = mem_get(n + 1, 1);

    memcpy(copy, text, n);
    return copy;
}

char *mem_copy(const char *text)
{
    return mem_copy_n(text, strlen(text));
}

static void reserve(struct text *t, size_t n)
{
    size_t cap = t->cap < 64 ? 64 : t->cap;

    if (n < t->cap - t->n)
        return;
    while (cap - t->n <= n)
        cap = cap > SIZE_MAX / 2 ? SIZE_MAX : cap * 2;
    t->p = mem_more(t->p, cap, 1);
    t->cap = cap;
}

void text_add(struct text *t, const char *bytes, size_t n)
{
    reserve(t, n);
    if (n != 0)
        memcpy(t->p + t->n, bytes, n);
    t->n += n;
    t->p[t->n] = '\0';
}

void text_puts(struct text *t, const char *s)
{
    text_add(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0)
        return;
    reserve(t, (size_t)n);
    va_start(args, fmt);
    (void)vsnprintf(t->p + t->n, (size_t)n + 1, fmt, args);
    va_end(args);
    t->n += (size_t)n;
}

void text_reset(struct text *t)
{
    t->n = 0;
    if (t->p != NULL)
        t->p[0] = '\0';
}

void text_done(struct text *t)
{
    free(t->p);
    t->p = NULL;
    t->n = 0;
    t->cap = 0;
}

const char *text_str(const struct text *t)
{
    return t->p != NULL ? t->p : "";
}
