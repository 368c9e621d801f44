/* getting.h - for the tests of model/get: a store with a context, and calls that
 * are refused.
 */
#ifndef VS_TEST_GETTING_H
#define VS_TEST_GETTING_H

#include "stores.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    void *dir;
    const char *path;
    vs_store *store;
    vs_context *ctx;
};

static inline int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    if (f == NULL || test_dir_setup(&f->dir) != 0)
        return -1;
    *state = f;
    f->path = test_path(&f->dir, "get.db");
    f->store = test_open(f->path, VS_OPEN_CREATE_NEW);
    return vs_context_new(f->store, &f->ctx) != VS_OK;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;

    vs_context_free(f->ctx);
    test_sound(f->store);
    vs_store_close(f->store);
    (void)test_dir_teardown(&f->dir);
    free(f);
    return 0;
}

static inline void enter(struct fixture *f, const char *name, vs_reuse reuse)
{
    const vs_scope_options options = {.reuse = reuse};

    assert_store(VS_OK, f->store, vs_scope_enter(f->ctx, name, &options, NULL));
}

static inline void make(struct fixture *f, const char *name, vs_dtype dtype,
                        vs_shape shape)
{
    const vs_variable_spec spec = {.dtype = dtype,
                                   .shape = &shape,
                                   .initializer = vs_zeros(),
                                   .site = "here.c:1"};

    assert_store(VS_OK, f->store,
                 vs_variable_create(f->store, name, &spec, NULL));
}

static inline const char *refused(struct fixture *f, vs_status want,
                                  const char *name,
                                  const vs_variable_spec *spec)
{
    vs_variable *v = NULL;

    assert_store(want, f->store, vs_get_variable(f->ctx, name, spec, &v));
    assert_null(v);
    assert_int_equal(vs_store_error(f->store)->status, want);
    return vs_store_error(f->store)->message;
}

static inline void assert_tells(const char *message, const char *words)
{
    if (strstr(message, words) == NULL)
        fail_msg("\"%s\" does not tell \"%s\"", message, words);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif
