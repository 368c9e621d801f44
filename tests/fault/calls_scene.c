/* calls_scene.c - see calls.h: the store that each call starts from. */
#include "calls.h"

#include <stdio.h>
#include <string.h>

#include "db/stmt.h"
#include "model/store.h"

/* A regularizer of one's own. */
static vs_status sum(const vs_view *view, double *out, void *data)
{
    (void)data;
    *out = (double)view->shape.dims[0];
    return VS_OK;
}

void scene_open(struct scene *c, const char *path)
{
    /* One thread: what fails is counted. */
    const vs_store_options options = {.mode = VS_OPEN_WRITE,
                                      .sync = VS_SYNC_NORMAL,
                                      .program = "test",
                                      .threads = 1};
    vs_error err;
    const vs_status st = vs_store_open(path, &options, &c->store, &err);

    if (st != VS_OK)
        print_error("%s\n", err.message);
    assert_ok(st);
    assert_ok(vs_context_new(c->store, &c->ctx));
    assert_ok(vs_register_regularizer(c->store, "r", sum, NULL));
}

void scene_keep(struct scene *c)
{
    static const char *const names[SCENE_KEPT - 1] = {
        "a/w", "a/b", "again", "p", "q", "d", "e"};

    for (size_t i = 0; i < SCENE_KEPT - 1; i++)
        assert_ok(vs_variable_open(c->store, names[i], &c->kept[i]));
}

void scene_close(struct scene *c)
{
    for (size_t i = 0; i < SCENE_KEPT; i++) {
        vs_variable_free(c->kept[i]);
        c->kept[i] = NULL;
    }
    vs_context_free(c->ctx);
    vs_store_close(c->store);
}

static void make_a_w(vs_store *store)
{
    const vs_view view = view_of_many();
    const char *const keys[] = {VS_GLOBAL_VARIABLES, "mine", NULL};
    const vs_variable_spec spec = {.initializer = vs_value(&view),
                                   .regularizer = vs_l2_regularizer(0.1),
                                   .constraint = vs_non_neg(),
                                   .collections = keys};
    vs_variable *v = NULL;

    assert_ok(vs_variable_create(store, "a/w", &spec, &v));
    vs_variable_free(v);
}

static void make_p(vs_context *ctx)
{
    const vs_shape shape = vs_shape_2d(6, 4);
    const vs_variable_spec spec = {
        .shape = &shape,
        .initializer = vs_glorot_uniform(3),
        .partitioner = vs_fixed_size_partitioner(3, 0),
        .regularizer = vs_custom_regularizer("r", NULL, NULL),
        .constraint = vs_unit_norm(0)};
    vs_variable *v = NULL;

    assert_ok(vs_get_variable(ctx, "p", &spec, &v));
    vs_variable_free(v);
}

/* Cut across its rows: each part has two chunks, and some of every row. */
static void make_q(vs_context *ctx)
{
    const vs_shape shape = vs_shape_2d(2, 1400);
    const vs_variable_spec spec = {
        .shape = &shape, .partitioner = vs_fixed_size_partitioner(2, 1)};
    vs_variable *v = NULL;

    assert_ok(vs_get_variable(ctx, "q", &spec, &v));
    vs_variable_free(v);
}

/* In parts, and without a value yet. */
static void make_e(vs_context *ctx)
{
    const vs_shape shape = vs_shape_1d(6);
    const vs_variable_spec spec = {.shape = &shape,
                                   .partitioner =
                                       vs_fixed_size_partitioner(2, 0),
                                   .deferred = VS_YES};
    vs_variable *v = NULL;

    assert_ok(vs_get_variable(ctx, "e", &spec, &v));
    vs_variable_free(v);
}

static void make_d(vs_store *store)
{
    const vs_shape shape = vs_shape_1d(2000);
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_random_normal(0, 1, 5),
                                   .deferred = VS_YES};
    vs_variable *v = NULL;

    assert_ok(vs_variable_create(store, "d", &spec, &v));
    vs_variable_free(v);
}

void scene_make(void **state, struct scene *c, const char *path)
{
    const vs_store_options options = {
        .mode = VS_OPEN_CREATE_NEW, .chunk_bytes = 4096, .program = "test"};
    const char *const first[] = {"t", NULL};
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_scope *scope = NULL;
    int64_t id = 0;

    c->foreign = test_path(state, "in.safetensors");
    c->out = test_path(state, "out");
    c->out_log = test_path(state, "out-wal");
    assert_ok(vs_store_open(path, &options, &c->store, NULL));
    assert_ok(vs_context_new(c->store, &c->ctx));
    assert_ok(vs_register_regularizer(c->store, "r", sum, NULL));
    make_a_w(c->store);
    make_p(c->ctx);
    make_q(c->ctx);
    vs_variable_free(test_iota(c->store, "a/b", vs_shape_1d(3)));
    assert_ok(vs_variable_alias(c->store, "a/w", "again"));
    save.step = 4;
    save.tags = first;
    assert_ok(vs_checkpoint_save(c->store, &save, &id));
    assert_ok(vs_export(c->store, c->foreign, NULL, NULL));
    assert_ok(call_adds(c));
    assert_ok(call_writes_parts(c));
    assert_ok(vs_checkpoint_save(c->store, NULL, &id));
    vs_variable_free(test_iota(c->store, "late", vs_shape_1d(N)));
    make_d(c->store);
    make_e(c->ctx);
    assert_ok(vs_scope_seal(c->store, "sealed", NULL));
    assert_ok(vs_scope_reserve(c->ctx, "reserved", NULL, &scope));
    assert_ok(vs_scope_leave(scope));
    scene_close(c);
}

void scene_spoil(struct scene *c, const char *path)
{
    static const char *const damages[] = {
        "UPDATE frame SET bytes = x'' WHERE chunk = 1",
        "UPDATE chunk SET refs = refs + 1 WHERE id = 2",
        "UPDATE chunk SET codec = 9 WHERE id = 3",
        "UPDATE small SET bytes = zeroblob(length(bytes)) WHERE version = "
        "(SELECT min(version) FROM small)",
        "UPDATE variable SET trainable = 7 WHERE id = "
        "(SELECT variable FROM name WHERE path = 'late')",
        "UPDATE variable SET initializer = '{}' WHERE current = -1",
        "UPDATE part SET first = 1 WHERE ordinal = 1",
        "UPDATE name SET path = 'a//b' WHERE path = 'a/b'",
        "UPDATE rule SET spec = '{}' WHERE kind = 'constraint' AND variable = "
        "(SELECT variable FROM name WHERE path = 'a/w')",
        "UPDATE scope_mark SET site = 'x'",
        "UPDATE checkpoint SET message = 'x' WHERE id = 2",
        "UPDATE tag SET checkpoint = 9",
        "DELETE FROM origin",
    };

    scene_open(c, path);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct vs__stmt *s;

        assert_ok(vs__store_begin(c->store, VS_TXN_WRITE));
        assert_ok(vs__stmt_new(c->store->db, damages[i], &s));
        assert_ok(vs__store_end(c->store, vs__stmt_run(s)));
        vs__stmt_free(s);
    }
    scene_close(c);
}
