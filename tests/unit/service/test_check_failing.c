/* test_check_failing.c - service/check: a check of a damaged store, each
 * statement and each allocation of it failing in its turn. It ends with that
 * failure, which is no damage; and it finds all the same when it is asked again.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failing.h"

#define N_DAMAGES 9 /* that a check tells of what make() makes */

/* The scene, and e/late and e/wrong without a value; with damages that take the
 * check all ways: of a chunk that several have, of a small value, of checkpoints
 * and what hangs on them, and of an initializer that is to be used later. */
static const char *make(void **state)
{
    const char *path = test_path(state, "scene.db");
    const vs_shape shape = vs_shape_2d(4, 4);
    const vs_variable_spec late = {.shape = &shape,
                                   .deferred = VS_YES,
                                   .initializer = vs_orthogonal(1, 7)};
    vs_store *store = scene_make(path);

    assert_store(VS_OK, store,
                 vs_variable_create(store, "e/late", &late, NULL));
    assert_store(VS_OK, store,
                 vs_variable_create(store, "e/wrong", &late, NULL));
    vs_store_close(store);
    scene_sql(path,
              "UPDATE variable SET initializer = 'noise' WHERE id = (SELECT "
              "variable FROM name WHERE path = 'e/wrong')" SCENE_SEAL);
    scene_sql(path, "UPDATE chunk SET codec = 5 WHERE id = 1;"
                    "UPDATE small SET bytes = zeroblob(48) WHERE version = 1;"
                    "UPDATE checkpoint SET message = 'x' WHERE id = 1;"
                    "UPDATE tag SET name = '' WHERE name = 'best';"
                    "UPDATE metric SET value = 7");
    return path;
}

static void note(const vs_damage *damage, void *ctx)
{
    (void)damage;
    ++*(int *)ctx;
}

static vs_status check(vs_store *store, int *n)
{
    const vs_check_options options = {
        .read_data = true, .on_damage = note, .ctx = n};
    vs_check_report report = {.n_damages = 0};
    vs_status st;

    *n = 0;
    st = vs_check(store, &options, &report);
    if (st == VS_OK)
        assert_int_equal(report.n_damages, *n);
    return st;
}

/* Each place, or the first ones of each statement; `n_all` damages are there. */
static void fail_each(const char *path, enum failing_what what, vs_status want,
                      int n_all)
{
    const vs_store_options options = {.mode = VS_OPEN_READ, .threads = 1};
    vs_store *store = NULL;
    int k = 1;
    int n = 0;

    assert_ok(vs_store_open(path, &options, &store, NULL));
    for (bool struck = true; struck; k += (int)test_stride()) {
        vs_status st;

        failing_begin(what, k, false);
        st = check(store, &n);
        struck = failing_end();
        if (st != (struck ? want : VS_OK))
            fail_msg("failing %d: %s", k, vs_status_word(st));
        assert_true(n <= n_all);
    }
    assert_in_range(k, 30, 3000);
    assert_store(VS_OK, store, check(store, &n));
    assert_int_equal(n, n_all);
    vs_store_close(store);
}

static void a_statement_that_fails_is_no_damage(void **state)
{
    fail_each(make(state), FAILING_STATEMENT, VS_ERR_IO, N_DAMAGES);
}

static void nor_is_memory_that_runs_out(void **state)
{
    fail_each(make(state), FAILING_MEMORY, VS_ERR_NOMEM, N_DAMAGES);
}

/* More chunks than are remembered at a time, so that those who have them are
 * looked for on the way too. */
static void nor_is_one_among_many_damages(void **state)
{
    const char *path = test_path(state, "many.db");
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .chunk_bytes = 4096};
    vs_store *store = NULL;

    assert_ok(vs_store_open(path, &options, &store, NULL));
    vs_variable_free(test_iota(store, "large", vs_shape_1d(520 * 1024)));
    vs_store_close(store);
    scene_sql(path, "UPDATE frame SET bytes = x''");
    fail_each(path, FAILING_TEXT, VS_ERR_IO, 520);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_statement_that_fails_is_no_damage),
        IN_DIR(nor_is_one_among_many_damages),
        IN_DIR(nor_is_memory_that_runs_out),
    };

    return cmocka_run_group_tests_name("service.check_failing", tests, NULL,
                                       NULL);
}
