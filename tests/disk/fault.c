/* fault.c - see fault.h. */
#include "fault.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

static struct {
    atomic_int kind; /* 0: disarmed */
    atomic_long n;   /* calls since fault_arm */
    long k;
    bool forever;
    atomic_bool struck;
    char where[128];
    atomic_long n_blocks;
    sqlite3_mem_methods mem; /* SQLite's own */
} fault;

void fault_arm(enum fault_kind kind, long k, bool forever)
{
    fault.k = k;
    fault.forever = forever;
    fault.where[0] = '\0';
    atomic_store(&fault.n, 0);
    atomic_store(&fault.struck, false);
    atomic_store(&fault.kind, (int)kind);
}

long fault_disarm(void)
{
    atomic_store(&fault.kind, 0);
    return atomic_load(&fault.n);
}

bool fault_struck(void)
{
    return atomic_load(&fault.struck);
}

const char *fault_where(void)
{
    return fault.where;
}

bool fault_strikes(enum fault_kind kind, const char *call, const char *name)
{
    long n;

    if (atomic_load(&fault.kind) != (int)kind)
        return false;
    n = atomic_fetch_add(&fault.n, 1) + 1;
    if (fault.k == 0 || n < fault.k || (n > fault.k && !fault.forever))
        return false;
    if (!atomic_exchange(&fault.struck, true))
        (void)snprintf(fault.where, sizeof fault.where, "%s %s", call, name);
    return true;
}

bool fault_disk(const char *call, const char *name, bool needs_room)
{
    if (fault_strikes(FAULT_IO, call, name)) {
        errno = EIO;
        return true;
    }
    if (needs_room && fault_strikes(FAULT_FULL, call, name)) {
        errno = ENOSPC;
        return true;
    }
    return false;
}

bool fault_is_full(void)
{
    return atomic_load(&fault.kind) == FAULT_FULL;
}

long fault_n_blocks(void)
{
    return atomic_load(&fault.n_blocks);
}

/* -------- SQLite's memory. */

static void *mem_malloc(int n)
{
    void *p;

    if (fault_strikes(FAULT_ALLOC, "SQLite", "malloc"))
        return NULL;
    p = fault.mem.xMalloc(n);
    if (p != NULL)
        atomic_fetch_add(&fault.n_blocks, 1);
    return p;
}

static void mem_free(void *p)
{
    if (p != NULL)
        atomic_fetch_sub(&fault.n_blocks, 1);
    fault.mem.xFree(p);
}

static void *mem_realloc(void *p, int n)
{
    if (fault_strikes(FAULT_ALLOC, "SQLite", "realloc"))
        return NULL;
    return fault.mem.xRealloc(p, n);
}

/* -------- The library's memory: refused by its own door, counted by wrapping
 * (its frees do not pass the door). */

static bool deny(size_t size, void *ctx)
{
    (void)size;
    (void)ctx;
    return fault_strikes(FAULT_ALLOC, "varstore", "alloc");
}

void *__real_vs__alloc(size_t size);
void *__real_vs__calloc(size_t n, size_t size);
void *__real_vs__realloc(void *p, size_t size);
void *__real_vs__grow(void *items, size_t n, size_t *cap, size_t size);
void *__real_vs__alloc_aligned(size_t align, size_t size);
char *__real_vs__strdup(const char *text);
void __real_vs__free(void *p);
void *__wrap_vs__alloc(size_t size);
void *__wrap_vs__calloc(size_t n, size_t size);
void *__wrap_vs__realloc(void *p, size_t size);
void *__wrap_vs__grow(void *items, size_t n, size_t *cap, size_t size);
void *__wrap_vs__alloc_aligned(size_t align, size_t size);
char *__wrap_vs__strdup(const char *text);
void __wrap_vs__free(void *p);

static void *counted(void *p)
{
    if (p != NULL)
        atomic_fetch_add(&fault.n_blocks, 1);
    return p;
}

void *__wrap_vs__alloc(size_t size)
{
    return counted(__real_vs__alloc(size));
}

void *__wrap_vs__calloc(size_t n, size_t size)
{
    return counted(__real_vs__calloc(n, size));
}

void *__wrap_vs__realloc(void *p, size_t size)
{
    void *q = __real_vs__realloc(p, size);

    return p == NULL ? counted(q) : q;
}

void *__wrap_vs__grow(void *items, size_t n, size_t *cap, size_t size)
{
    void *grown = __real_vs__grow(items, n, cap, size);

    return items == NULL ? counted(grown) : grown;
}

void *__wrap_vs__alloc_aligned(size_t align, size_t size)
{
    return counted(__real_vs__alloc_aligned(align, size));
}

char *__wrap_vs__strdup(const char *text)
{
    return counted(__real_vs__strdup(text));
}

void __wrap_vs__free(void *p)
{
    if (p != NULL)
        atomic_fetch_sub(&fault.n_blocks, 1);
    __real_vs__free(p);
}

void fault_begin(void)
{
    sqlite3_mem_methods ours;

    if (fault.mem.xMalloc != NULL)
        return;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &fault.mem) != SQLITE_OK)
        abort();
    ours = fault.mem;
    ours.xMalloc = mem_malloc;
    ours.xFree = mem_free;
    ours.xRealloc = mem_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) != SQLITE_OK)
        abort();
    vs__alloc_hook(deny, NULL);
}
