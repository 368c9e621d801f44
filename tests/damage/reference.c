/* reference.c - see reference.h. */
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pages.h"

const char *const reference_names[REFERENCE_NAMES] = {
    "bias",         "cut",        "cut/part_1", "empty",     "flags", "gone",
    "layer/kernel", "layer/late", "layer/tied", "later",     "moved", "ruled",
    "scalar",       "twin",       "zeros",      "zz/absent",
};

/* Replaces a variable's value by `start`, `start` + 1, ..., a hundred of them
 * again and again. */
static void set(vs_store *store, vs_variable *v, float start)
{
    float values[2500];
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);
    int64_t n = 0;

    assert_ok(vs_shape_count(vs_variable_shape(v), &n));
    assert_true(n <= 2500);
    for (int64_t i = 0; i < n; i++)
        values[i] = start + (float)(i % 100);
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    vs_variable_free(v);
}

static void make(vs_store *store, const char *name, vs_shape shape, float start)
{
    set(store, test_iota(store, name, shape), start);
}

static void change(vs_store *store, const char *name, float start)
{
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_open(store, name, &v));
    set(store, v, start);
}

static void make_flags(vs_store *store)
{
    uint8_t bits[5] = {1, 0, 0, 1, 1};
    const char *const kept[] = {"kept", NULL};
    const vs_shape shape = vs_shape_1d(5);
    const vs_view view = vs_view_of(VS_BOOL, &shape, bits);
    vs_variable_spec spec = {.dtype = VS_BOOL,
                             .shape = &shape,
                             .trainable = VS_NO,
                             .collections = kept,
                             .site = "reference.c:1"};
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_create(store, "flags", &spec, &v));
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    vs_variable_free(v);
}

/* Of two parts. */
static void make_cut(vs_store *store)
{
    const vs_shape shape = vs_shape_1d(6);
    const vs_variable_spec spec = {.shape = &shape,
                                   .partitioner =
                                       vs_fixed_size_partitioner(2, 0),
                                   .site = "reference.c:2"};
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_create(store, "cut", &spec, &v));
    set(store, v, 5);
}

/* One with both kinds of rules. */
static void make_ruled(vs_store *store)
{
    const vs_shape shape = vs_shape_1d(4);
    const vs_variable_spec spec = {.shape = &shape,
                                   .regularizer = vs_keras_l1_l2(0.5, 2),
                                   .constraint = vs_non_neg(),
                                   .site = "reference.c:3"};
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_create(store, "ruled", &spec, &v));
    set(store, v, 6);
}

/* One that has no value, in no checkpoint either. */
static void make_later(vs_store *store)
{
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec spec = {.shape = &shape,
                                   .deferred = VS_YES,
                                   .initializer = vs_ones(),
                                   .site = "reference.c:4"};

    assert_store(VS_OK, store, vs_variable_create(store, "later", &spec, NULL));
}

/* A value of two chunks that do not compress, or one that is a little further:
 * it can be kept as its differences from the former. */
static void move(vs_store *store, uint32_t by)
{
    const vs_write_options options = {.delta = VS_YES};
    const vs_shape shape = vs_shape_1d(1100);
    vs_variable *v = NULL;
    float values[1100];
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    uint32_t x = 1;

    for (int i = 0; i < 1100; i++) {
        x = x * UINT32_C(1664525) + UINT32_C(1013904223);
        values[i] = 1 + (float)((x >> 9) + by * (uint32_t)(i % 3)) / 8388608;
    }
    if (by == 0)
        vs_variable_free(test_iota(store, "moved", shape));
    assert_store(VS_OK, store, vs_variable_open(store, "moved", &v));
    assert_store(VS_OK, store, vs_variable_write_with(v, &view, &options));
    vs_variable_free(v);
}

/* A scope that is sealed and one that is reserved. */
static void mark(vs_store *store)
{
    vs_context *ctx = NULL;
    vs_scope *scope = NULL;

    assert_store(VS_OK, store, vs_scope_seal(store, "closed", "reference.c:5"));
    assert_store(VS_OK, store, vs_context_new(store, &ctx));
    assert_store(VS_OK, store, vs_scope_reserve(ctx, "run", NULL, &scope));
    assert_ok(vs_scope_leave(scope));
    vs_context_free(ctx);
}

static void save(vs_store *store, int64_t step, const char *tag, double loss)
{
    const char *const tags[] = {tag, NULL};
    const vs_metric metric = {"loss", loss};
    vs_save_options options = VS_SAVE_OPTIONS_INIT;

    options.step = step;
    options.message = "as it was";
    options.tags = tags;
    options.metrics = &metric;
    options.n_metrics = 1;
    options.partial = true;
    assert_store(VS_OK, store, vs_checkpoint_save(store, &options, NULL));
}

static void first_half(const char *path)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .program = "reference",
                                      .chunk_bytes = 4096,
                                      .seed = 1,
                                      .sync = VS_SYNC_NORMAL};
    vs_store *store = NULL;
    vs_error err;

    if (vs_store_open(path, &options, &store, &err) != VS_OK)
        fail_msg("%s", err.message);
    make(store, "bias", vs_shape_1d(16), 1);
    make_cut(store);
    make(store, "empty", vs_shape_1d(0), 0);
    make_flags(store);
    make(store, "gone", vs_shape_1d(4), 7);
    make(store, "layer/kernel", vs_shape_2d(50, 50), 3);
    make_later(store);
    move(store, 0);
    make_ruled(store);
    make(store, "scalar", vs_shape_scalar(), 42);
    make(store, "twin", vs_shape_1d(16), 1);
    make(store, "zeros", vs_shape_1d(1100), 0);
    assert_store(VS_OK, store,
                 vs_variable_alias(store, "layer/kernel", "layer/tied"));
    mark(store);
    save(store, 10, "first", 0.5);
    vs_store_close(store);
}

static void second_half(const char *path)
{
    vs_store *store = test_open(path, VS_OPEN_WRITE);

    change(store, "bias", 2);
    change(store, "layer/kernel", 4);
    move(store, 1);
    make(store, "layer/late", vs_shape_1d(3), 9);
    assert_store(VS_OK, store, vs_variable_delete(store, "gone"));
    save(store, 20, "best", 0.25);
    vs_store_close(store);
}

static void remove_sidecars(const char *path)
{
    static const char *const endings[] = {"-wal", "-shm", "-journal"};
    char name[640];

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        (void)unlink(name);
    }
}

void reference_make(const char *path)
{
    char old[600];
    size_t n = 0;
    void *bytes;

    (void)unlink(path);
    remove_sidecars(path);
    first_half(path);
    pages_shrink(path, REFERENCE_PAGE);
    bytes = test_read_file(path, &n);
    (void)snprintf(old, sizeof old, "%s.old", path);
    test_write_file(old, bytes, n);
    free(bytes);
    second_half(path);
    remove_sidecars(path);
    pages_need_rows(path);
    remove_sidecars(path);
}

void reference_log(const char *path)
{
    const pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        vs_store *store = test_open(path, VS_OPEN_WRITE);

        change(store, "bias", 3);
        change(store, "scalar", 43);
        save(store, 30, "third", 0.125);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* What is written, and what is deleted. */
static const char *const written[] = {"bias",  "layer/kernel", "layer/late",
                                      "moved", "twin",         "zeros"};
static const char *const deleted[] = {"flags", "ruled"};

bool reference_writes(const char *name)
{
    if (strcmp(name, "layer/tied") == 0) /* an alias of what is written */
        return true;
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++)
        if (strcmp(name, written[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof deleted / sizeof deleted[0]; i++)
        if (strcmp(name, deleted[i]) == 0)
            return true;
    return false;
}

static vs_status give_other(vs_store *store, const char *name)
{
    float values[2500];
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(store, name, &v);

    for (int i = 0; i < 2500; i++)
        values[i] = (float)(-i);
    if (st == VS_OK && vs_variable_dtype(v) == VS_F32) {
        const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);
        int64_t n = 0;

        if ((st = vs_shape_count(vs_variable_shape(v), &n)) == VS_OK &&
            n <= 2500)
            st = vs_variable_write(v, &view);
    }
    vs_variable_free(v);
    return st;
}

vs_status reference_write(const char *path)
{
    const vs_store_options options = {.mode = VS_OPEN_WRITE,
                                      .sync = VS_SYNC_NORMAL};
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_store *store = NULL;
    vs_status first = VS_OK;
    vs_status st = vs_store_open(path, &options, &store, NULL);

    if (st != VS_OK)
        return st;
#define TRY(call) \
    (void)((st = (call)) != VS_OK && first == VS_OK ? (first = st) : VS_OK)
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++)
        TRY(give_other(store, written[i]));
    for (size_t i = 0; i < sizeof deleted / sizeof deleted[0]; i++)
        TRY(vs_variable_delete(store, deleted[i]));
    save.partial = true;
    TRY(vs_checkpoint_save(store, &save, NULL));
    TRY(vs_checkpoint_delete(store, 3));
#undef TRY
    vs_store_close(store);
    return first;
}
