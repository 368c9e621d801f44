/* test_inventory.c - service/inventory: values and the names they go by. */
#include "scene.h"

#include <stdio.h>
#include <string.h>

#include "model/store.h"
#include "service/inventory.h"

/* Takes an inventory and gives it as text: "name@version ... name=target". */
static vs_status take(vs_store *store, const char *scope, int64_t checkpoint,
                      char *text, size_t cap)
{
    struct vs__inventory in = {.n = 0};
    struct vs__subset subset;
    size_t n = 0;
    vs_status st;

    assert_ok(vs__subset_make(&subset, scope, NULL));
    assert_ok(vs__store_begin(store, VS_TXN_READ));
    st = vs__inventory_take(&in, store, &subset, checkpoint);
    assert_status(st, vs__store_end(store, st));
    text[0] = '\0';
    for (size_t i = 0; st == VS_OK && i < in.n; i++)
        n +=
            (size_t)snprintf(text + n, cap - n, "%s@%lld ", in.holdings[i].name,
                             (long long)in.holdings[i].version);
    for (size_t i = 0; st == VS_OK && i < in.n_ties; i++)
        n += (size_t)snprintf(text + n, cap - n, "%s=%s ", in.ties[i].name,
                              in.ties[i].target);
    if (st == VS_OK)
        (void)snprintf(text + n, cap - n, "%lld %lld", (long long)in.n_bytes,
                       (long long)in.step);
    vs__inventory_done(&in);
    return st;
}

static void each_variable_is_listed_once_under_its_first_name(void **state)
{
    vs_store *store = scene_make(test_path(state, "i.db"));
    char text[512];

    assert_ok(take(store, NULL, 0, text, sizeof text));
    assert_string_equal(text, "a/large@6 a/small@5 c/twin@3 b/tied=a/large "
                              "24048 -1");
    assert_ok(take(store, NULL, 1, text, sizeof text));
    assert_string_equal(text, "a/large@2 a/small@1 c/twin@3 d/gone@4 "
                              "b/tied=a/large 32048 10");
    vs_store_close(store);
}

static void without_its_first_name_the_next_one_stands_for_it(void **state)
{
    vs_store *store = scene_make(test_path(state, "i.db"));
    char text[512];

    assert_store(VS_OK, store, vs_variable_alias(store, "a/large", "b/also"));
    assert_ok(take(store, "b", 0, text, sizeof text));
    assert_string_equal(text, "b/also@6 b/tied=b/also 12000 -1");
    assert_ok(take(store, "b/tied", 1, text, sizeof text));
    assert_string_equal(text, "b/tied@2 12000 10");
    vs_store_close(store);
}

static void nothing_is_not_found(void **state)
{
    vs_store *store = scene_make(test_path(state, "i.db"));
    char text[512];

    assert_status(VS_ERR_NOTFOUND, take(store, "z", 0, text, sizeof text));
    assert_status(VS_ERR_NOTFOUND, take(store, "d", 0, text, sizeof text));
    assert_status(VS_ERR_NOTFOUND, take(store, NULL, 3, text, sizeof text));
    assert_status(VS_ERR_NOTFOUND, take(store, NULL, -1, text, sizeof text));
    vs_store_close(store);
    store = test_open(test_path(state, "empty.db"), VS_OPEN_CREATE_NEW);
    assert_status(VS_ERR_NOTFOUND, take(store, NULL, 0, text, sizeof text));
    assert_non_null(strstr(vs_store_error(store)->message, "at all"));
    vs_store_close(store);
}

static void a_damaged_checkpoint_is_no_state(void **state)
{
    const char *path = test_path(state, "i.db");
    vs_store *store;
    char text[512];

    vs_store_close(scene_make(path));
    scene_sql(path, "UPDATE checkpoint_variable SET version = 5 "
                    "WHERE checkpoint = 1 AND version = 1");
    store = test_open(path, VS_OPEN_READ);
    assert_status(VS_ERR_CORRUPT, take(store, NULL, 1, text, sizeof text));
    assert_ok(take(store, NULL, 2, text, sizeof text));
    vs_store_close(store);
}

/* -------- Partitioned variables. */

/* w [6,2] in three parts (variables 1 to 3) with the aliases a and z; x (4),
 * which is y too. */
static vs_store *cut(const char *path, vs_tristate deferred)
{
    const vs_shape shape = vs_shape_2d(6, 2);
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_zeros(),
                                   .deferred = deferred,
                                   .partitioner =
                                       vs_fixed_size_partitioner(3, 0)};
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, NULL));
    vs_variable_free(test_iota(store, "x", shape));
    assert_store(VS_OK, store, vs_variable_alias(store, "w", "z"));
    assert_store(VS_OK, store, vs_variable_alias(store, "x", "y"));
    assert_store(VS_OK, store, vs_variable_alias(store, "w", "a"));
    return store;
}

static void ties_of_wholes_and_others_come_in_order(void **state)
{
    vs_store *store = cut(test_path(state, "i.db"), VS_NO);
    char text[512];

    assert_ok(take(store, NULL, 0, text, sizeof text));
    assert_string_equal(text, "w@3 x@4 a=w y=x z=w 96 -1");
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_ok(take(store, NULL, 1, text, sizeof text));
    assert_string_equal(text, "w@3 x@4 a=w y=x z=w 96 -1");
    vs_store_close(store);
}

static void a_part_that_is_asked_for_alone_is_listed_by_itself(void **state)
{
    vs_store *store = cut(test_path(state, "i.db"), VS_NO);
    char text[512];

    assert_ok(take(store, "w/part_1", 0, text, sizeof text));
    assert_string_equal(text, "w/part_1@2 16 -1");
    assert_ok(take(store, "a/part_0", 0, text, sizeof text));
    assert_string_equal(text, "a/part_0@1 16 -1");
    vs_store_close(store);
}

/* So is a name that a part has beside that of its whole: it can lead to nothing
 * that is listed. */
static void a_name_of_a_part_alone_is_no_tie(void **state)
{
    vs_store *store = cut(test_path(state, "i.db"), VS_NO);
    char text[512];

    assert_store(VS_OK, store, vs_variable_alias(store, "w/part_0", "one"));
    assert_store(VS_OK, store, vs_variable_alias(store, "w", "b"));
    assert_ok(take(store, NULL, 0, text, sizeof text));
    assert_string_equal(text, "one@1 w@3 x@4 a=w b=w y=x z=w 112 -1");
    for (size_t i = 0; i < 3; i++) { /* "one" is the oldest that is left */
        static const char *const names[] = {"w", "a", "z"};

        assert_store(VS_OK, store, vs_variable_delete(store, names[i]));
    }
    assert_ok(take(store, NULL, 0, text, sizeof text));
    assert_string_equal(text, "b@3 one@1 x@4 y=x 112 -1");
    vs_store_close(store);
}

static void a_name_like_a_parts_alone_makes_no_part(void **state)
{
    const char *path = test_path(state, "i.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
    char text[512];

    vs_variable_free(test_iota(store, "q/part_0", vs_shape_1d(3)));
    vs_variable_free(test_iota(store, "q/part_1", vs_shape_1d(4)));
    assert_ok(take(store, "q", 0, text, sizeof text));
    assert_string_equal(text, "q/part_0@1 q/part_1@2 28 -1");
    vs_store_close(store);
}

static void a_whole_without_a_value_is_told_by_its_name(void **state)
{
    vs_store *store = cut(test_path(state, "i.db"), VS_YES);
    char text[512];

    assert_store(VS_ERR_UNINITIALIZED, store,
                 take(store, "w", 0, text, sizeof text));
    assert_string_equal(vs_store_error(store)->message,
                        "variable w has no value yet");
    vs_store_close(store);
}

/* -------- Rows that disagree, though each is as somebody wrote it. */

static void rows_that_disagree_make_no_inventory(void **state)
{
    static const struct {
        const char *sql;
        int64_t checkpoint;
        const char *words;
    } cases[] = {
        /* A stack of VS_NAME_MAX bytes would not hold it. */
        {"UPDATE name SET path = replace(hex(zeroblob(2000)), '0', 'n') || "
         "'/part_0' WHERE path = 'x'" SCENE_SEAL,
         0, "nnnn"},
        {"UPDATE part SET first = 3 WHERE variable = 2" SCENE_SEAL, 0,
         "variable 2 is part 1 of 3"},
        {"UPDATE part SET ordinal = 1, first = 2 WHERE variable = 1" SCENE_SEAL,
         0, "part_0: it leads to part 1"},
        {"DELETE FROM name WHERE path = 'w/part_0'", 0,
         "the first part is missing"},
        {"DELETE FROM name WHERE path = 'w/part_2'", 0,
         "variable w: part 2 of 3 is missing"},
        {"UPDATE name SET path = 'w/part_7' WHERE path = 'w/part_2'" SCENE_SEAL,
         0, "name w/part_7: it leads to part 2"},
        {"DELETE FROM variable WHERE id = 4", 1,
         "version 4 is of variable 4, which is not there"},
        {"DELETE FROM variable WHERE id = 4", 0,
         "name x: it leads to no current version"},
        {"DELETE FROM version WHERE id = 4", 0,
         "name x: it leads to no current version"},
        {"UPDATE name SET variable = 4, is_part = 0 WHERE path = "
         "'w/part_0'" SCENE_SEAL,
         0, "the first part is missing"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char file[16];
        char text[512];
        const char *path;
        vs_store *store;

        (void)snprintf(file, sizeof file, "%zu.db", i);
        path = test_path(state, file);
        store = cut(path, VS_NO);
        assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
        vs_store_close(store);
        scene_sql(path, cases[i].sql);
        store = test_open(path, VS_OPEN_READ);
        assert_store(VS_ERR_CORRUPT, store,
                     take(store, NULL, cases[i].checkpoint, text, sizeof text));
        if (strstr(vs_store_error(store)->message, cases[i].words) == NULL)
            fail_msg("%s: %s", cases[i].sql, vs_store_error(store)->message);
        vs_store_close(store);
    }
}

static vs_status take_first(void *ctx)
{
    char text[512];

    return take(ctx, NULL, 1, text, sizeof text);
}

static void running_out_of_memory_is_an_error(void **state)
{
    const char *path = test_path(state, "i.db");
    vs_store *store;

    vs_store_close(scene_make(path));
    store = test_open(path, VS_OPEN_READ);
    assert_true(test_each_allocation_failing(take_first, store, false) > 3);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(each_variable_is_listed_once_under_its_first_name),
        IN_DIR(without_its_first_name_the_next_one_stands_for_it),
        IN_DIR(nothing_is_not_found),
        IN_DIR(a_damaged_checkpoint_is_no_state),
        IN_DIR(ties_of_wholes_and_others_come_in_order),
        IN_DIR(a_part_that_is_asked_for_alone_is_listed_by_itself),
        IN_DIR(a_name_of_a_part_alone_is_no_tie),
        IN_DIR(a_name_like_a_parts_alone_makes_no_part),
        IN_DIR(a_whole_without_a_value_is_told_by_its_name),
        IN_DIR(rows_that_disagree_make_no_inventory),
        IN_DIR(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("service.inventory", tests, NULL, NULL);
}
