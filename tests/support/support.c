/* support.c - see support.h. */
#include "support.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define N_PATHS 16

struct dir {
    char path[256];
    char *paths[N_PATHS]; /* handed out by test_path */
    int n_paths;
};

void test_status(vs_status want, vs_status got, const char *call,
                 const char *file, int line)
{
    if (want == got)
        return;
    print_error("%s\n  gave %s, want %s\n", call, vs_status_word(got),
                vs_status_word(want));
    _fail(file, line);
}

int test_dir_setup(void **state)
{
    struct dir *dir = calloc(1, sizeof *dir);
    const char *base = getenv("TMPDIR");

    if (dir == NULL)
        return -1;
    (void)snprintf(dir->path, sizeof dir->path, "%s/varstore-test-XXXXXX",
                   base != NULL ? base : "/tmp");
    if (mkdtemp(dir->path) == NULL) {
        free(dir);
        return -1;
    }
    *state = dir;
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int flag,
                      struct FTW *ftw)
{
    (void)info;
    (void)flag;
    (void)ftw;
    return remove(path);
}

int test_dir_teardown(void **state)
{
    struct dir *dir = *state;

    (void)nftw(dir->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    for (int i = 0; i < dir->n_paths; i++)
        free(dir->paths[i]);
    free(dir);
    return 0;
}

const char *test_path(void **state, const char *name)
{
    struct dir *dir = *state;
    size_t cap = strlen(dir->path) + strlen(name) + 2;
    char *path = malloc(cap);

    assert_non_null(path);
    assert_true(dir->n_paths < N_PATHS);
    (void)snprintf(path, cap, "%s/%s", dir->path, name);
    dir->paths[dir->n_paths++] = path;
    return path;
}

struct countdown {
    long left;    /* allocations until one is denied */
    bool forever; /* deny all after it too */
    bool denied;  /* one was */
};

static bool deny(size_t size, void *ctx)
{
    struct countdown *c = ctx;

    (void)size;
    if (c->left > 0 && --c->left == 0) {
        c->denied = true;
        return true;
    }
    return c->denied && c->forever;
}

#define FEW 16 /* allocations, each of which fails whatever the stride is */

size_t test_stride(void)
{
    const char *text = getenv("VARSTORE_TEST_STRIDE");
    const long n = text != NULL ? strtol(text, NULL, 10) : 1;

    return n > 0 ? (size_t)n : 1;
}

int test_each_allocation_failing(vs_status (*body)(void *ctx), void *ctx,
                                 bool forever)
{
    for (long k = 1;; k += k < FEW ? 1 : (long)test_stride()) {
        struct countdown c = {k, forever, false};
        vs_status st;

        vs__alloc_hook(deny, &c);
        st = body(ctx);
        vs__alloc_hook(NULL, NULL);
        if (!c.denied) {
            assert_ok(st);
            return (int)(k - 1);
        }
        if (st != VS_ERR_NOMEM)
            print_error("allocation %ld denied\n", k);
        assert_status(VS_ERR_NOMEM, st);
    }
}

void *test_read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    long size;
    void *bytes;

    if (f == NULL)
        return NULL;
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    size = ftell(f);
    assert_true(size >= 0);
    rewind(f);
    bytes = malloc((size_t)size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)size, f), (size_t)size);
    (void)fclose(f);
    ((char *)bytes)[size] = '\0';
    *n = (size_t)size;
    return bytes;
}

void test_write_file(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}
