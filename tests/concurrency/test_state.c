/* test_state.c - whole states in several threads at once, each handle with
 * threads of its own.
 *
 * Two savers replace the state, again and again, with one that is made from a
 * number; loaders take it out and look whether all of it is from one number.
 * The savers' chunks go, and their numbers are given to others, while the
 * loaders' threads read them.
 */
#include "crowd.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define N_SAVERS  2
#define N_LOADERS 2
#define N_SAVES   25 /* by each */
#define N_ITEMS   4
#define N_NUMBERS 40000 /* of each large item: 160 KB, 10 chunks */

struct worker {
    struct member member;
    int64_t n_done;  /* states saved or loaded */
    int64_t n_mixed; /* states that were made from more than one number */
    int64_t n_wrong; /* states that were made from none */
};

/* Savers that are not done yet. */
static atomic_int n_saving;

struct model {
    vs_state_item items[N_ITEMS];
    uint32_t *numbers; /* N_ITEMS times N_NUMBERS */
};

static void model_fill(struct model *m, uint32_t from)
{
    for (uint32_t i = 0; i < N_ITEMS; i++)
        for (uint32_t k = 0; k < N_NUMBERS; k++)
            m->numbers[i * N_NUMBERS + k] =
                k % 100 == 0 ? from : (from * 2654435761u + i) ^ k * 40503u;
}

static bool model_make(struct model *m)
{
    static const char *const names[N_ITEMS] = {"w/0", "w/1", "w/2", "step"};

    memset(m, 0, sizeof *m);
    m->numbers = calloc((size_t)N_ITEMS * N_NUMBERS, sizeof *m->numbers);
    for (int i = 0; i < N_ITEMS && m->numbers != NULL; i++) {
        const vs_shape shape = vs_shape_1d(i < 3 ? N_NUMBERS : 1);

        m->items[i].name = names[i];
        m->items[i].view =
            vs_view_of(VS_U32, &shape, m->numbers + (size_t)i * N_NUMBERS);
    }
    return m->numbers != NULL;
}

static vs_store *store_open(struct member *m)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE,
                                      .sync = VS_SYNC_NORMAL,
                                      .chunk_bytes = 16384,
                                      .busy_ms = 60000,
                                      .threads = 2 + m->me % 2};
    vs_store *store = NULL;
    vs_error err;

    m->st = vs_store_open(m->path, &options, &store, &err);
    return m->st == VS_OK ? store : NULL;
}

static void save(struct worker *w, vs_store *store, struct model *model)
{
    const vs_state_save_options options = {.reuse = VS_REUSE_AUTO};

    for (int i = 0; i < N_SAVES; i++) {
        model_fill(model, (uint32_t)(1 + w->member.me * N_SAVES + i));
        if (!member_ok(
                &w->member, store,
                vs_state_save(store, model->items, N_ITEMS, &options, NULL)))
            return;
        w->n_done++;
    }
}

static void load(struct worker *w, vs_store *store, struct model *model,
                 struct model *want)
{
    while (atomic_load(&n_saving) > 0 || w->n_done == 0) {
        const vs_status st = member_call(
            &w->member, vs_state_load(store, model->items, N_ITEMS, NULL));
        const uint32_t from = model->numbers[0];

        if (st == VS_ERR_NOTFOUND && w->n_done == 0)
            continue; /* nobody has saved yet */
        if (!member_ok(&w->member, store, st))
            return;
        model_fill(want, from);
        w->n_wrong += from < 1 || from > N_SAVERS * N_SAVES;
        for (size_t i = 0; i < N_ITEMS; i++)
            w->n_mixed += memcmp(model->numbers + i * N_NUMBERS,
                                 want->numbers + i * N_NUMBERS,
                                 (i < 3 ? N_NUMBERS : 1) * 4) != 0;
        w->n_done++;
    }
}

static void body(struct member *m)
{
    struct worker *w = (struct worker *)m;
    const bool saver = m->me < N_SAVERS;
    struct model model;
    struct model want;
    vs_store *store = store_open(m);

    if (model_make(&model) && model_make(&want) && store != NULL) {
        if (saver)
            save(w, store, &model);
        else
            load(w, store, &model, &want);
    }
    if (saver)
        atomic_fetch_sub(&n_saving, 1);
    vs_store_close(store);
    free(model.numbers);
    free(want.numbers);
}

static void a_loaded_state_was_saved_as_a_whole(void **state)
{
    struct crowd crowd;
    int64_t n_loaded = 0;
    vs_store *store;

    atomic_store(&n_saving, N_SAVERS);
    crowd_threads(&crowd, N_SAVERS + N_LOADERS, sizeof(struct worker),
                  test_path(state, "s.vars.db"), N_SAVES, body);
    crowd_report(&crowd, "states saved and loaded");
    for (int i = 0; i < N_SAVERS + N_LOADERS; i++) {
        const struct worker *w = crowd_slot(&crowd, i);

        assert_int_equal(w->n_mixed, 0);
        assert_int_equal(w->n_wrong, 0);
        if (i < N_SAVERS)
            assert_int_equal(w->n_done, N_SAVES);
        else
            n_loaded += w->n_done;
    }
    print_message("%lld states loaded\n", (long long)n_loaded);
    assert_true(n_loaded >= N_LOADERS);
    crowd_done(&crowd);
    store = test_open(test_path(state, "s.vars.db"), VS_OPEN_READ);
    test_sound(store);
    vs_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_loaded_state_was_saved_as_a_whole,
                                        test_dir_setup, test_dir_teardown),
    };

    return cmocka_run_group_tests_name("concurrency.state", tests, NULL, NULL);
}
