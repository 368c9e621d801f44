/* test_restore_damaged.c - service/restore: what comes back of a damaged file.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"

/* Restores checkpoint 1 of a damaged file: what comes back is right, or it is
 * refused. Whether it was. `summed`: the pages' sums were made to fit. */
static bool restore_damaged(const char *path, const char *whole, size_t n,
                            bool summed)
{
    char log[600];
    vs_store *store;
    vs_status st;

    (void)snprintf(log, sizeof log, "%s-wal", path);
    (void)remove(log);
    test_write_file(path, whole, n);
    if (summed)
        pages_sum(path);
    store = test_open(path, VS_OPEN_WRITE);
    st = vs_checkpoint_restore(store, 1, NULL, NULL);
    if (st == VS_OK) {
        assert_starts(store, "a/small", 0);
        assert_starts(store, "a/large", 0);
    } else {
        assert_store(VS_ERR_CORRUPT, store, st);
    }
    vs_store_close(store);
    return st != VS_OK;
}

/* Whichever place of a name is changed into another name, or is found under
 * another number, what is restored is right or refused. */
static void change_each_place(void **state, bool summed)
{
    const char *path = test_path(state, "r.db");
    size_t n = 0;
    int places = 0;
    int renamed = 0;
    int renumbered = 0;
    char *whole;

    vs_store_close(scene_make(path));
    whole = test_read_file(path, &n);
    for (size_t at = 1; at + 7 <= n; at++) {
        if (memcmp(whole + at, "a/large", 7) != 0)
            continue;
        places++;
        memcpy(whole + at, "a/small", 7);
        renamed += restore_damaged(path, whole, n, summed);
        memcpy(whole + at, "a/large", 7);
        for (int bit = 0; bit < 8; bit++) {
            whole[at - 1] ^= (char)(1 << bit);
            renumbered += restore_damaged(path, whole, n, summed);
            whole[at - 1] ^= (char)(1 << bit);
        }
    }
    assert_int_equal(places, 3);
    assert_int_equal(renamed, 3);
    assert_true(renumbered >= 8); /* the id; the variable is only a way */
    free(whole);
}

/* A name stands in its row, under its id and under its variable. */
static void a_name_that_was_changed_anywhere_is_not_restored_wrongly(
    void **state)
{
    change_each_place(state, false);
}

static void nor_is_one_in_a_page_that_is_as_it_was_written(void **state)
{
    change_each_place(state, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_name_that_was_changed_anywhere_is_not_restored_wrongly,
            test_dir_setup, test_dir_teardown),
        cmocka_unit_test_setup_teardown(
            nor_is_one_in_a_page_that_is_as_it_was_written, test_dir_setup,
            test_dir_teardown),
    };

    return cmocka_run_group_tests_name("service.restore_damaged", tests, NULL,
                                       NULL);
}
