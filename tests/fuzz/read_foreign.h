/* read_foreign.h - what the fuzzers of foreign formats do with their bytes:
 * open them as a file and read all there is, two ways that must agree.
 */
#ifndef VS_FUZZ_READ_FOREIGN_H
#define VS_FUZZ_READ_FOREIGN_H

#include <string.h>

#include "format/file.h"
#include "format/input.h"
#include "fuzz.h"

/* Memory of exactly `n` bytes, so that the sanitizer sees one too far. */
static inline void *memory_of(size_t n)
{
    void *p = malloc(n != 0 ? n : 1);

    must(p != NULL);
    return p;
}

struct taken {
    uint8_t *to;
    int64_t next;
    size_t size; /* of an element */
};

static inline vs_status take(int64_t first, int64_t n, const void *src,
                             void *ctx)
{
    struct taken *t = ctx;

    must(first == t->next && n > 0);
    memcpy(t->to + (size_t)first * t->size, src, (size_t)n * t->size);
    t->next = first + n;
    return VS_OK;
}

static inline void read_tensor(vs_file *file, size_t i)
{
    const vs_file_entry *entry = vs_file_get(file, i);
    uint8_t *streamed = memory_of((size_t)entry->n_bytes);
    uint8_t *read = memory_of((size_t)entry->n_bytes);
    struct taken t = {streamed, 0, vs_dtype_size(entry->dtype)};
    const vs_sink sink = {take, &t};
    const vs_view view = vs_view_of(entry->dtype, &entry->shape, read);

    must(vs_file_find(file, entry->name) == (int64_t)i);
    must(vs_file_read_to(file, i, sink, NULL) == VS_OK);
    must(t.next == entry->n_elements);
    must(vs_file_read(file, i, NULL, &view, NULL) == VS_OK);
    must(memcmp(streamed, read, (size_t)entry->n_bytes) == 0);
    free(streamed);
    free(read);
}

/* Takes `bytes` over. A file that opens is read whole; one that does not says
 * why. */
static inline void read_foreign(uint8_t *bytes, size_t n)
{
    struct vs__input in = vs__input_of(bytes, n);
    const char *key;
    const char *value;
    vs_file *file = NULL;
    vs_error err;
    vs_status st;

    in.close = free;
    st = vs__file_open_input(&in, "array", &file, &err);
    if (st != VS_OK) {
        must(st == VS_ERR_FORMAT || st == VS_ERR_UNSUPPORTED ||
             st == VS_ERR_TOOBIG);
        must(file == NULL && err.status == st && err.message[0] != '\0');
        return;
    }
    for (size_t i = 0; i < vs_file_count(file); i++)
        read_tensor(file, i);
    for (size_t i = 0; vs_file_metadata(file, i, &key, &value) == VS_OK; i++)
        must(strlen(key) + strlen(value) < n);
    vs_file_close(file);
}

#endif
