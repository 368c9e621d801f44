/* world.c - see world.h. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void world_open(struct world *w)
{
    vs_store_options options = {
        .mode = VS_OPEN_CREATE, .sync = VS_SYNC_NORMAL, .program = "world"};
    vs_error err;

    if (vs_store_open(w->path, &options, &w->store, &err) != VS_OK)
        fail_msg("%s", err.message);
    assert_store(VS_OK, w->store, vs_context_new(w->store, &w->ctx));
    w->root = vs_scope_current(w->ctx);
    if (w->again || w->sharing)
        w->root = enter_with(w, "", VS_REUSE_AUTO);
    w->n_got = 0;
}

static void world_close(struct world *w)
{
    while (w->n_held > 0)
        vs_variable_free(w->held[--w->n_held]);
    vs_context_free(w->ctx);
    vs_store_close(w->store);
    w->ctx = NULL;
    w->store = NULL;
}

static int64_t count_rows(struct world *w)
{
    vs_store_info info;

    assert_store(VS_OK, w->store, vs_store_describe(w->store, &info));
    return info.n_variables;
}

/* The program's own scopes are to be left by it. */
static void run(struct world *w, const struct program *program)
{
    world_open(w);
    program->body(w);
    assert_ptr_equal(vs_scope_current(w->ctx), w->root);
    if (w->again) {
        assert_int_equal(w->n_got, w->n_first);
        assert_int_equal(count_rows(w), w->n_rows);
    } else {
        w->n_first = w->n_got;
        w->n_rows = count_rows(w);
    }
    test_sound(w->store);
    world_close(w);
}

struct subject {
    const struct program *program;
    struct world *world; /* NULL until setup, and after teardown */
    void *dir;           /* of test_dir_setup */
    bool twice;
};

static int setup(void **state)
{
    struct subject *s = *state;

    s->world = calloc(1, sizeof *s->world);
    if (s->world == NULL || test_dir_setup(&s->dir) != 0)
        return -1;
    s->world->path = test_path(&s->dir, "w.vars.db");
    s->world->sharing = s->program->sharing;
    return 0;
}

static int teardown(void **state)
{
    struct subject *s = *state;

    world_close(s->world);
    for (int i = 0; i < WORLD_MAX; i++)
        free(s->world->names[i]);
    free(s->world);
    return test_dir_teardown(&s->dir);
}

static void run_subject(void **state)
{
    const struct subject *s = *state;

    run(s->world, s->program);
    if (s->twice) {
        s->world->again = true;
        run(s->world, s->program);
    }
}

int world_main(const char *group, const struct program *programs, size_t n)
{
    struct CMUnitTest *tests = calloc(2 * n, sizeof *tests);
    struct subject *subjects = calloc(2 * n, sizeof *subjects);
    char(*names)[128] = calloc(n, sizeof *names);
    int failed = 1;

    if (tests == NULL || subjects == NULL || names == NULL)
        goto out;
    for (size_t i = 0; i < 2 * n; i++) {
        subjects[i].program = &programs[i / 2];
        subjects[i].twice = i % 2 == 1;
        if (subjects[i].twice)
            (void)snprintf(names[i / 2], sizeof names[0], "%s, restarted",
                           programs[i / 2].name);
        tests[i].name = subjects[i].twice ? names[i / 2] : programs[i / 2].name;
        tests[i].test_func = run_subject;
        tests[i].setup_func = setup;
        tests[i].teardown_func = teardown;
        tests[i].initial_state = &subjects[i];
    }
    failed = _cmocka_run_group_tests(group, tests, 2 * n, NULL, NULL);
out:
    free(names);
    free(subjects);
    free(tests);
    return failed;
}

vs_scope *enter_options(struct world *w, const char *name,
                        vs_scope_options options)
{
    vs_scope *scope = NULL;

    assert_store(VS_OK, w->store,
                 vs_scope_enter(w->ctx, name, &options, &scope));
    assert_ptr_equal(vs_scope_current(w->ctx), scope);
    return scope;
}

vs_scope *enter_with(struct world *w, const char *name, vs_reuse reuse)
{
    return enter_options(w, name, (vs_scope_options){.reuse = reuse});
}

vs_scope *enter(struct world *w, const char *name)
{
    return enter_with(w, name, VS_REUSE_INHERIT);
}

vs_scope *enter_default(struct world *w, const char *name)
{
    return enter_options(w, NULL, (vs_scope_options){.default_name = name});
}

vs_scope *reenter_with(struct world *w, const vs_scope *scope, vs_reuse reuse)
{
    const vs_scope_options options = {.reuse = reuse};
    vs_scope *out = NULL;

    assert_store(VS_OK, w->store,
                 vs_scope_reenter(w->ctx, scope, &options, &out));
    return out;
}

vs_scope *reenter(struct world *w, const vs_scope *scope)
{
    return reenter_with(w, scope, VS_REUSE_INHERIT);
}

void leave(struct world *w)
{
    assert_store(VS_OK, w->store, vs_scope_leave(vs_scope_current(w->ctx)));
}

vs_scope *captured(struct world *w, const char *name)
{
    vs_scope *scope = vs_scope_capture(enter(w, name));

    leave(w);
    return scope;
}

void at(struct world *w, const char *name)
{
    assert_string_equal(vs_scope_name(vs_scope_current(w->ctx)), name);
}

static void assert_words(struct world *w, vs_status want, const char *words)
{
    const vs_error *err = vs_store_error(w->store);

    assert_int_equal(err->status, want);
    if (strstr(err->message, words) == NULL)
        fail_msg("\"%s\" does not tell \"%s\"", err->message, words);
}

void enter_fails(struct world *w, vs_status want, const char *name,
                 vs_scope_options options, const char *words)
{
    vs_scope *before = vs_scope_current(w->ctx);
    vs_scope *out = before;

    assert_store(want, w->store, vs_scope_enter(w->ctx, name, &options, &out));
    assert_words(w, want, words);
    assert_ptr_equal(out, before);
    assert_ptr_equal(vs_scope_current(w->ctx), before);
}

static int64_t id_of(struct world *w, vs_variable *v)
{
    const vs_variable_info *info = NULL;

    assert_store(VS_OK, w->store, vs_variable_describe(v, &info));
    return info->id;
}

static void hold(struct world *w, vs_variable *v)
{
    assert_true(w->n_held < WORLD_MAX);
    w->held[w->n_held++] = v;
}

/* Writes down what was got, or compares it with the first run. */
static void remember(struct world *w, vs_variable *v)
{
    const int i = w->n_got++;

    assert_true(i < WORLD_MAX);
    if (w->again) {
        assert_true(i < w->n_first);
        assert_string_equal(vs_variable_name(v), w->names[i]);
        assert_int_equal(id_of(w, v), w->ids[i]);
        return;
    }
    w->names[i] = strdup(vs_variable_name(v));
    w->ids[i] = id_of(w, v);
}

vs_variable *get_spec(struct world *w, const char *name, const char *full,
                      vs_variable_spec spec)
{
    vs_variable *v = NULL;

    assert_store(VS_OK, w->store, vs_get_variable(w->ctx, name, &spec, &v));
    hold(w, v);
    assert_string_equal(vs_variable_name(v), full);
    assert_int_equal(vs_store_error(w->store)->status, VS_OK);
    remember(w, v);
    return v;
}

vs_variable *get(struct world *w, const char *name, const char *full)
{
    return get_spec(w, name, full, (vs_variable_spec){.shape = SCALAR});
}

void get_fails(struct world *w, vs_status want, const char *name,
               vs_variable_spec spec, const char *words)
{
    vs_variable *v = NULL;

    assert_store(want, w->store, vs_get_variable(w->ctx, name, &spec, &v));
    assert_words(w, want, words);
    assert_null(v);
}

void taken(struct world *w, const char *name)
{
    const vs_variable_spec spec = {.shape = SCALAR};
    vs_variable *v = NULL;

    if (vs_scope_reuse(vs_scope_current(w->ctx)) == VS_REUSE_NONE) {
        get_fails(w, VS_ERR_EXISTS, name, spec, "already exists");
        return;
    }
    assert_true(w->again);
    assert_store(VS_OK, w->store, vs_get_variable(w->ctx, name, &spec, &v));
    hold(w, v);
}

void missing(struct world *w, const char *name)
{
    assert_int_equal(vs_scope_reuse(vs_scope_current(w->ctx)), VS_REUSE_TRUE);
    get_fails(w, VS_ERR_NOTFOUND, name, (vs_variable_spec){.shape = SCALAR},
              "does not exist");
}

double value(struct world *w, vs_variable *v)
{
    char element[16];
    double x = 0;
    vs_view view =
        vs_view_of(vs_variable_dtype(v), vs_variable_shape(v), element);

    assert_int_equal(vs_variable_shape(v)->rank, 0);
    assert_store(VS_OK, w->store, vs_variable_read(v, &view));
    vs_to_double(vs_variable_dtype(v), element, 1, &x);
    return x;
}

void members(struct world *w, const char *scope, const char *collection,
             const char *want)
{
    const vs_list_options options = {.scope = scope, .collection = collection};
    const vs_variable_info *info = NULL;
    char have[2048] = "";
    vs_list *list = NULL;
    size_t n = 0;
    vs_status st;

    assert_store(VS_OK, w->store, vs_list_open(w->store, &options, &list));
    while ((st = vs_list_next(list, &info)) == VS_OK) {
        n += (size_t)snprintf(have + n, sizeof have - n, "%s%s",
                              n != 0 ? " " : "", info->name);
        assert_true(n < sizeof have);
    }
    vs_list_close(list);
    assert_store(VS_DONE, w->store, st);
    assert_string_equal(have, want);
}
