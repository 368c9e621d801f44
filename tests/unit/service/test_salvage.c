/* test_salvage.c - service/salvage: what comes out of a damaged store. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct told {
    char text[4096]; /* "NAME CHECKPOINT\n" for each */
    size_t n;
};

static void on_lost(const char *name, int64_t checkpoint, const char *what,
                    void *ctx)
{
    struct told *t = ctx;

    assert_true(what[0] != '\0');
    t->n += (size_t)snprintf(t->text + t->n, sizeof t->text - t->n, "%s %lld\n",
                             name != NULL ? name : "-", (long long)checkpoint);
    assert_true(t->n < sizeof t->text);
}

/* Spoils a scene by SQL (NULL: not at all) and salvages it. */
static vs_salvage_report salvage(void **state, const char *sql, struct told *t)
{
    const char *path = test_path(state, "scene.db");
    const vs_salvage_options options = {.on_lost = on_lost, .ctx = t};
    vs_salvage_report report;
    size_t before_n = 0;
    size_t after_n = 0;
    vs_store *store;
    void *before;
    void *after;

    memset(t, 0, sizeof *t);
    vs_store_close(scene_make(path));
    if (sql != NULL)
        scene_sql(path, sql);
    before = test_read_file(path, &before_n);
    store = test_open(path, VS_OPEN_READ);
    assert_store(
        VS_OK, store,
        vs_salvage(store, test_path(state, "new.db"), &options, &report));
    vs_store_close(store);
    after = test_read_file(path, &after_n);
    assert_int_equal(before_n, after_n);
    assert_memory_equal(before, after, before_n);
    free(before);
    free(after);
    assert_int_equal(report.n_lost == 0, t->n == 0);
    return report;
}

static vs_store *salvaged(void **state)
{
    vs_store *store = test_open(test_path(state, "new.db"), VS_OPEN_READ);

    test_sound(store);
    return store;
}

static int64_t find(vs_store *store, const char *ref)
{
    int64_t id = 0;

    assert_store(VS_OK, store, vs_checkpoint_find(store, ref, &id));
    return id;
}

static void starts_at(vs_store *store, int64_t checkpoint, const char *name,
                      float start)
{
    vs_variable *v = NULL;
    float *values;

    assert_store(VS_OK, store,
                 vs_variable_open_at(store, checkpoint, name, &v));
    values = test_read_f32(v);
    assert_true(values[0] == start && values[1] == start + 1);
    free(values);
    vs_variable_free(v);
}

static void a_sound_store_comes_over_whole(void **state)
{
    struct told t;
    const vs_salvage_report report = salvage(state, NULL, &t);
    vs_store *store = salvaged(state);
    const char *const *keys = NULL;
    vs_variable *a = NULL;
    vs_variable *b = NULL;

    assert_int_equal(report.n_lost, 0);
    assert_int_equal(report.n_names, 4);
    assert_int_equal(report.n_checkpoints, 2);
    assert_starts(store, "a/small", 1);
    assert_starts(store, "a/large", 1);
    assert_starts(store, "c/twin", 0);
    assert_false(scene_exists(store, "d/gone"));
    assert_int_equal(find(store, "step:10"), find(store, "first"));
    assert_int_equal(find(store, "second"), find(store, "best"));
    starts_at(store, find(store, "first"), "a/small", 0);
    starts_at(store, find(store, "first"), "d/gone", 0);
    starts_at(store, find(store, "best"), "a/large", 1);
    assert_store(VS_OK, store, vs_variable_open(store, "a/large", &a));
    assert_store(VS_OK, store, vs_variable_open(store, "b/tied", &b));
    assert_true(vs_variable_same(a, b));
    assert_store(VS_OK, store, vs_variable_collections(a, &keys));
    assert_string_equal(keys[0], "trainable_variables");
    vs_variable_free(a);
    vs_variable_free(b);
    vs_store_close(store);
}

/* A chunk of the present value of a/large, which checkpoint 2 has as well. */
static void what_a_damaged_chunk_holds_is_lost(void **state)
{
    struct told t;
    const vs_salvage_report report = salvage(
        state,
        "UPDATE frame SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || "
        "x'5a' AS BLOB) WHERE chunk = (SELECT max(chunk) FROM version_chunk "
        "WHERE version = (SELECT current FROM variable WHERE id = 2))",
        &t);
    vs_store *store = salvaged(state);

    assert_int_equal(report.n_checkpoints, 1);
    assert_non_null(strstr(t.text, "a/large 0\n"));
    assert_non_null(strstr(t.text, "- 2\n"));
    assert_null(strstr(t.text, "- 1\n"));
    assert_starts(store, "a/small", 1);
    assert_starts(store, "c/twin", 0);
    assert_false(scene_exists(store, "a/large"));
    starts_at(store, find(store, "first"), "a/large", 0);
    vs_store_close(store);
}

static void a_name_that_lies_is_lost(void **state)
{
    struct told t;
    const vs_salvage_report report = salvage(
        state, "UPDATE name SET variable = 3 WHERE path = 'a/small'", &t);
    vs_store *store = salvaged(state);

    assert_non_null(strstr(t.text, "a/small 0\n"));
    assert_int_equal(report.n_checkpoints, 0); /* both have that name */
    assert_false(scene_exists(store, "a/small"));
    assert_starts(store, "a/large", 1);
    assert_starts(store, "b/tied", 1);
    vs_store_close(store);
}

static void a_checkpoint_without_its_row_is_lost_alone(void **state)
{
    struct told t;
    const vs_salvage_report report =
        salvage(state, "UPDATE checkpoint SET step = 11 WHERE id = 1", &t);
    vs_store *store = salvaged(state);

    assert_string_equal(t.text, "- 1\n");
    assert_int_equal(report.n_checkpoints, 1);
    assert_int_equal(report.n_names, 4);
    vs_store_close(store);
}

static void what_stands_at_the_new_path_stays(void **state)
{
    const char *path = test_path(state, "scene.db");
    const char *there = test_path(state, "there.db");
    vs_store *store = scene_make(path);
    size_t n = 0;
    char *bytes;

    test_write_file(there, "mine", 4);
    assert_store(VS_ERR_EXISTS, store, vs_salvage(store, there, NULL, NULL));
    bytes = test_read_file(there, &n);
    assert_int_equal(n, 4);
    assert_memory_equal(bytes, "mine", 4);
    free(bytes);
    assert_store(VS_ERR_EXISTS, store, vs_salvage(store, path, NULL, NULL));
    vs_store_close(store);
}

static int stop(int64_t done, int64_t total, void *ctx)
{
    (void)done;
    (void)total;
    (void)ctx;
    return 1;
}

static void it_can_be_stopped(void **state)
{
    vs_store *store = scene_make(test_path(state, "scene.db"));
    const vs_salvage_options options = {.progress = {stop, NULL}};

    assert_store(VS_ERR_CANCELLED, store,
                 vs_salvage(store, test_path(state, "new.db"), &options, NULL));
    vs_store_close(store);
}

struct places {
    const char *from;
    const char *to;
};

static vs_status salvage_all(void *ctx)
{
    const struct places *places = ctx;
    vs_store *store = NULL;
    vs_status st = vs_store_open(places->from, NULL, &store, NULL);

    (void)remove(places->to);
    if (st == VS_OK)
        st = vs_salvage(store, places->to, NULL, NULL);
    vs_store_close(store);
    /* What the new store is short of is told as its failure. */
    return st == VS_ERR_IO ? VS_ERR_NOMEM : st;
}

static void running_out_of_memory_is_no_loss(void **state)
{
    struct places places;

    places.from = test_path(state, "scene.db");
    places.to = test_path(state, "new.db");
    vs_store_close(scene_make(places.from));
    assert_true(test_each_allocation_failing(salvage_all, &places, false) > 10);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_sound_store_comes_over_whole),
        IN_DIR(what_a_damaged_chunk_holds_is_lost),
        IN_DIR(a_name_that_lies_is_lost),
        IN_DIR(a_checkpoint_without_its_row_is_lost_alone),
        IN_DIR(what_stands_at_the_new_path_stays),
        IN_DIR(it_can_be_stopped),
        IN_DIR(running_out_of_memory_is_no_loss),
    };

    return cmocka_run_group_tests_name("service.salvage", tests, NULL, NULL);
}
