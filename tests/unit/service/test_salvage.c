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
    assert_non_null(strstr(t.text, "b/tied 0\n"));
    assert_non_null(strstr(t.text, "- 2\n"));
    assert_null(strstr(t.text, "- 1\n"));
    assert_starts(store, "a/small", 1);
    assert_starts(store, "c/twin", 0);
    assert_false(scene_exists(store, "a/large"));
    assert_false(scene_exists(store, "b/tied")); /* no older value either */
    starts_at(store, find(store, "first"), "a/large", 0);
    starts_at(store, find(store, "first"), "b/tied", 0);
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

/* -------- Partitioned variables, rules, and what is said of scopes. */

static void create_cut(vs_store *store, const char *name, int64_t rows,
                       int64_t n_parts)
{
    vs_shape shape = vs_shape_2d(rows, 3);
    vs_variable_spec spec = {.shape = &shape};
    vs_variable *v = NULL;
    vs_view view;
    float values[60];

    for (int i = 0; i < 60; i++)
        values[i] = (float)(100 * n_parts + i);
    view = vs_view_of(VS_F32, &shape, values);
    spec.initializer = vs_value(&view);
    spec.regularizer = vs_l2_regularizer(0.5);
    spec.constraint = vs_non_neg();
    spec.partitioner = vs_fixed_size_partitioner(n_parts, 0);
    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, &v));
    vs_variable_free(v);
}

/* e/cut in three parts and e/tied, its alias, in checkpoint 1; in two parts in
 * checkpoint 2 and now; e/late in four parts, now alone. */
static void make_cut(const char *path)
{
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    create_cut(store, "e/cut", 20, 3);
    assert_store(VS_OK, store, vs_variable_alias(store, "e/cut", "e/tied"));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_delete(store, "e/tied"));
    assert_store(VS_OK, store, vs_variable_delete(store, "e/cut"));
    create_cut(store, "e/cut", 20, 2);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    create_cut(store, "e/late", 20, 4);
    assert_store(VS_OK, store, vs_variable_alias(store, "e/late", "e/other"));
    assert_store(VS_OK, store, vs_scope_seal(store, "e", "here"));
    vs_store_close(store);
}

static vs_salvage_report salvage_cut(void **state, const char *sql,
                                     struct told *t)
{
    const char *path = test_path(state, "cut.db");
    const vs_salvage_options options = {.on_lost = on_lost, .ctx = t};
    vs_salvage_report report;
    vs_store *store;

    memset(t, 0, sizeof *t);
    make_cut(path);
    if (sql != NULL)
        scene_sql(path, sql);
    store = test_open(path, VS_OPEN_READ);
    assert_store(
        VS_OK, store,
        vs_salvage(store, test_path(state, "new.db"), &options, &report));
    vs_store_close(store);
    return report;
}

/* A variable in that many parts (0: whole), with the rules it was made with. */
static void is_cut(vs_store *store, int64_t checkpoint, const char *name,
                   int64_t n_parts, float first)
{
    const char *regularizer = "";
    const char *constraint = "";
    vs_variable *v = NULL;
    float *values;

    assert_store(VS_OK, store,
                 checkpoint == 0
                     ? vs_variable_open(store, name, &v)
                     : vs_variable_open_at(store, checkpoint, name, &v));
    assert_int_equal(vs_variable_n_parts(v), n_parts);
    values = test_read_f32(v);
    assert_true(values[0] == first && values[1] == first + 1);
    free(values);
    if (n_parts > 0) {
        vs_variable *part = vs_variable_part(v, 0);

        assert_store(VS_OK, store,
                     vs_variable_rules(part, &regularizer, &constraint));
        assert_non_null(strstr(regularizer, "l2"));
        assert_non_null(strstr(constraint, "non_neg"));
    }
    vs_variable_free(v);
}

static void partitions_rules_and_seals_come_over(void **state)
{
    struct told t;
    const vs_salvage_report report = salvage_cut(state, NULL, &t);
    vs_store *store = salvaged(state);
    vs_mark_list *list = NULL;
    const vs_mark *mark = NULL;
    vs_variable *a = NULL;
    vs_variable *b = NULL;

    assert_string_equal(t.text, "");
    assert_int_equal(report.n_checkpoints, 2);
    is_cut(store, 0, "e/cut", 2, 200);
    is_cut(store, 0, "e/late", 4, 400);
    is_cut(store, 1, "e/cut", 3, 300);
    is_cut(store, 1, "e/tied", 3, 300);
    is_cut(store, 2, "e/cut", 2, 200);
    assert_false(scene_exists(store, "e/tied"));
    assert_store(VS_OK, store, vs_variable_open(store, "e/late", &a));
    assert_store(VS_OK, store, vs_variable_open(store, "e/other", &b));
    assert_true(vs_variable_same(a, b));
    vs_variable_free(a);
    vs_variable_free(b);
    assert_store(VS_OK, store, vs_mark_list_open(store, VS_MARK_SEALED, &list));
    assert_store(VS_OK, store, vs_mark_list_next(list, &mark));
    assert_string_equal(mark->scope, "e");
    assert_string_equal(mark->made.site, "here");
    vs_mark_list_close(list);
    vs_store_close(store);
}

#define VALUE_OF(name)                                             \
    "UPDATE small SET bytes = zeroblob(length(bytes)) WHERE "      \
    "version = (SELECT current FROM variable AS v JOIN name AS n " \
    "ON n.variable = v.id WHERE n.path = '" name "')"

/* The parts that can be read are variables of their own, and so is what the
 * alias led to. */
static void of_a_damaged_partition_the_other_parts_come_over(void **state)
{
    struct told t;
    const vs_salvage_report report =
        salvage_cut(state, VALUE_OF("e/late/part_1"), &t);
    vs_store *store = salvaged(state);

    assert_int_equal(report.n_checkpoints, 2);
    assert_string_equal(t.text, "e/late 0\ne/late/part_1 0\n"
                                "e/other 0\ne/other/part_1 0\n");
    assert_false(scene_exists(store, "e/late"));
    is_cut(store, 0, "e/late/part_0", 0, 400);
    assert_false(scene_exists(store, "e/late/part_1"));
    is_cut(store, 0, "e/late/part_2", 0, 430);
    is_cut(store, 0, "e/other/part_2", 0, 430);
    is_cut(store, 0, "e/cut", 2, 200);
    vs_store_close(store);
}

/* A name that is gone. */
static void of_a_partition_without_a_name_likewise(void **state)
{
    struct told t;

    (void)salvage_cut(state, "DELETE FROM name WHERE path = 'e/late/part_0'",
                      &t);
    vs_store_close(salvaged(state));
    assert_non_null(strstr(t.text, "e/late 0\n"));
}

/* What is damaged now was cut otherwise in the checkpoints, which are whole. */
static void a_damaged_partition_leaves_older_states_alone(void **state)
{
    struct told t;
    const vs_salvage_report report =
        salvage_cut(state, VALUE_OF("e/cut/part_1"), &t);
    vs_store *store = salvaged(state);

    assert_int_equal(report.n_checkpoints, 1); /* the second has that value */
    assert_non_null(strstr(t.text, "e/cut 0\n"));
    is_cut(store, 1, "e/cut", 3, 300);
    is_cut(store, 0, "e/cut/part_0", 0, 200);
    assert_false(scene_exists(store, "e/cut/part_1"));
    vs_store_close(store);
}

/* The checkpoint has the same variable as one; what is left of it now is in the
 * way of a part that comes over alone. */
static void a_part_that_is_left_now_takes_the_place_of_its_whole(void **state)
{
    const char *path = test_path(state, "cut.db");
    struct told t = {.n = 0};
    const vs_salvage_options options = {.on_lost = on_lost, .ctx = &t};
    vs_salvage_report report;
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    create_cut(store, "x", 20, 2);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    scene_write(store, "x/part_0", 7);
    scene_write(store, "x/part_1", 8);
    vs_store_close(store);
    scene_sql(path, VALUE_OF("x/part_1"));
    store = test_open(path, VS_OPEN_READ);
    assert_store(
        VS_OK, store,
        vs_salvage(store, test_path(state, "new.db"), &options, &report));
    vs_store_close(store);
    assert_string_equal(t.text, "x 0\nx/part_1 0\n");
    assert_int_equal(report.n_checkpoints, 1);
    store = salvaged(state);
    is_cut(store, 1, "x", 2, 200);
    assert_starts(store, "x/part_0", 7);
    assert_false(scene_exists(store, "x"));
    assert_false(scene_exists(store, "x/part_1"));
    vs_store_close(store);
}

static void a_rule_that_is_damaged_is_lost_alone(void **state)
{
    struct told t;
    vs_store *store;

    (void)salvage_cut(state,
                      "UPDATE rule SET spec = '{}' WHERE kind = 'constraint' "
                      "AND variable = (SELECT variable FROM name WHERE path = "
                      "'e/late/part_0')",
                      &t);
    assert_string_equal(t.text, "e/late 0\n");
    store = salvaged(state);
    assert_true(scene_exists(store, "e/late"));
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_sound_store_comes_over_whole),
        IN_DIR(what_a_damaged_chunk_holds_is_lost),
        IN_DIR(partitions_rules_and_seals_come_over),
        IN_DIR(of_a_damaged_partition_the_other_parts_come_over),
        IN_DIR(of_a_partition_without_a_name_likewise),
        IN_DIR(a_damaged_partition_leaves_older_states_alone),
        IN_DIR(a_part_that_is_left_now_takes_the_place_of_its_whole),
        IN_DIR(a_rule_that_is_damaged_is_lost_alone),
        IN_DIR(a_name_that_lies_is_lost),
        IN_DIR(a_checkpoint_without_its_row_is_lost_alone),
        IN_DIR(what_stands_at_the_new_path_stays),
        IN_DIR(it_can_be_stopped),
        IN_DIR(running_out_of_memory_is_no_loss),
    };

    return cmocka_run_group_tests_name("service.salvage", tests, NULL, NULL);
}
