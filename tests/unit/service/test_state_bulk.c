/* test_state_bulk.c - whole states in bulk transactions: what they replace gives
 * its space to the next.
 */
#include "states.h"

#include <sys/stat.h>

static void save(vs_store *store, const struct memory_state *m)
{
    assert_store(VS_OK, store,
                 vs_state_save(store, m->items, N_ITEMS, NULL, NULL));
}

static int64_t file_bytes(vs_store *store)
{
    vs_store_info info;

    assert_store(VS_OK, store, vs_store_describe(store, &info));
    return info.file_bytes;
}

/* Else each page of it would be read and written to the journal before it is
 * written anew. */
static void a_bulk_write_frees_what_it_replaces_at_its_end(void **state)
{
    enum { TENSORS = 4, N = 1 << 20 }; /* of 4 MiB */
    static const char *const names[TENSORS] = {"a", "b", "c", "d"};
    const vs_shape shape = vs_shape_1d(N);
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
    float *values = calloc(N + TENSORS, sizeof *values);
    vs_store *store =
        test_open(test_path(state, "s.vars.db"), VS_OPEN_CREATE_NEW);
    vs_state_item items[TENSORS] = {{0}};
    int64_t n = 0;
    struct stat journal;

    assert_non_null(values);
    for (int i = 0; i < TENSORS; i++) {
        items[i].name = names[i];
        items[i].view = vs_view_of(VS_F32, &shape, values + i);
    }
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < N + TENSORS; i++)
            values[i] = (float)((i % 9973 * 7919 + round) % 65537) / 3;
        assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_BULK));
        assert_store(VS_OK, store,
                     vs_state_save(store, items, TENSORS, &make, NULL));
        assert_int_equal(stat(test_path(state, "s.vars.db-journal"), &journal),
                         0);
        assert_true(journal.st_size < 2000000);
        assert_store(VS_OK, store, vs_store_commit(store));
        if (round == 1) /* from now on there is what was freed before */
            n = file_bytes(store);
        assert_true(round < 2 || file_bytes(store) <= n + 131072);
        test_sound(store);
    }
    vs_store_close(store);
    free(values);
}

static void in_a_bulk_write_what_is_replaced_can_come_back(void **state)
{
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);

    for (int kept = 0; kept < 2; kept++) {
        assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_BULK));
        state_fill(&m, 1, 50);
        save(store, &m);
        assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
        state_fill(&m, 3, 60);
        save(store, &m);
        assert_store(VS_OK, store, vs_store_rollback(store));
        state_fill(&m, 1, 1);
        state_fill(&m, 3, 1);
        save(store, &m);
        state_fill(&m, 0, 70);
        save(store, &m);
        assert_store(VS_OK, store,
                     kept ? vs_store_commit(store) : vs_store_rollback(store));
        assert_starts(store, "a/kernel", 2);
        assert_starts(store, "b/kernel", 4);
        assert_starts(store, "a/bias", kept ? 70 : 1);
        test_sound(store);
        state_fill(&m, 0, 1);
    }
    vs_store_close(store);
    state_free(&m);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(a_bulk_write_frees_what_it_replaces_at_its_end),
        WITH_DIR(in_a_bulk_write_what_is_replaced_can_come_back),
    };

    return cmocka_run_group_tests_name("service.state_bulk", tests, NULL, NULL);
}
