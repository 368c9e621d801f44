/* store_open.c - what measurements of a store share: opening one, and ending
 * the program when that fails. */
#include "store_cases.h"

#include <stdio.h>
#include <unistd.h>

const char *bench_path(const struct bench *b, const char *name, char *path)
{
    (void)snprintf(path, PATH_BYTES, "%s/%s", b->dir, name);
    return path;
}

vs_store *bench_open_for(const char *path, vs_open_mode mode, int threads)
{
    const vs_store_options options = {
        .mode = mode, .seed = 42, .threads = threads};
    vs_store *store = NULL;
    vs_error err;

    if (vs_store_open(path, &options, &store, &err) != VS_OK)
        die(path, err.message);
    return store;
}

vs_store *bench_open(const char *path, vs_open_mode mode)
{
    return bench_open_for(path, mode, 0);
}

void bench_must(vs_store *store, vs_status st, const char *what)
{
    if (st != VS_OK)
        die(what, vs_store_error(store)->message);
}

void bench_remove(const char *path)
{
    static const char *const sidecars[] = {"", "-wal", "-shm", "-journal"};
    char name[PATH_BYTES + 16];

    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, sidecars[i]);
        (void)unlink(name);
    }
}
