/* foreign.c - see foreign.h. */
#include "service/foreign.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "model/store.h"

/* The largest rectangle of the tensor that begins at element `first`, is made
 * of whole inner axes and has at most `n` elements, as a slice. Returns its
 * elements. */
static int64_t rectangle(const vs_shape *shape, int64_t first, int64_t n,
                         vs_slice *out)
{
    int64_t inner[VS_MAX_RANK] = {1}; /* elements per step of an axis */
    int64_t size = 1;
    int axis = 0;

    for (int i = shape->rank - 1; i >= 0; i--) {
        inner[i] = size;
        size *= shape->dims[i];
    }
    *out = vs_slice_all(shape);
    if (shape->rank == 0)
        return 1;
    while (axis < shape->rank - 1 &&
           (first % inner[axis] != 0 || inner[axis] > n))
        axis++;
    for (int i = 0; i <= axis; i++) {
        out->start[i] = first / inner[i] % shape->dims[i];
        out->count[i] = 1;
    }
    size = shape->dims[axis] - out->start[axis];
    out->count[axis] = n / inner[axis] < size ? n / inner[axis] : size;
    return out->count[axis] * inner[axis];
}

static vs_status fill(int64_t first, int64_t n, void *dst, void *ctx)
{
    struct vs__foreign *f = ctx;
    const vs_file_entry *entry = vs_file_get(f->file, f->index);
    const int64_t element = (int64_t)vs_dtype_size(entry->dtype);
    uint8_t *at = dst;
    vs_status st = VS_OK;

    vs__clear(&f->why);
    for (int64_t done = 0; done < n && st == VS_OK;) {
        vs_slice slice;
        const int64_t k =
            rectangle(&entry->shape, first + done, n - done, &slice);
        const vs_shape shape = vs_slice_shape(&slice);
        const vs_view view = vs_view_of(entry->dtype, &shape, at);

        st = vs_file_read(f->file, f->index, &slice, &view, &f->why);
        at += k * element;
        done += k;
    }
    if (st == VS_OK && f->proof != NULL)
        vs__proof_add(f->proof, dst, n);
    if (st == VS_OK)
        st = vs__meter_add(f->meter, n * element, &f->why);
    return st;
}

vs_source vs__foreign_source(struct vs__foreign *f)
{
    const vs_source source = {fill, f};

    return source;
}

vs_status vs__foreign_refuse_own(vs_store *store, const char *path,
                                 const char *verb)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    vs_error *err = vs__store_words(store);
    const char *own = vs__db_file(store->db);
    const size_t cap = strlen(own) + sizeof "-journal";
    struct stat theirs;
    struct stat ours;
    char *beside;
    vs_status st = VS_OK;

    if (stat(path, &theirs) != 0)
        return VS_OK; /* it is not there, or opening it will tell why */
    beside = vs__alloc(cap);
    if (beside == NULL)
        return vs__fail_nomem(err);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        (void)snprintf(beside, cap, "%s%s", own, suffixes[i]);
        if (stat(beside, &ours) == 0 && ours.st_dev == theirs.st_dev &&
            ours.st_ino == theirs.st_ino) {
            st =
                vs__fail(err, VS_ERR_MISUSE,
                         "cannot %s '%.400s': it is a file of the store itself",
                         verb, path);
            break;
        }
    }
    vs__free(beside);
    return st;
}
