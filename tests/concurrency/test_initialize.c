/* test_initialize.c - eight processes race to initialize the same variables.
 */
#include "crowd.h"

#include <stdio.h>

#define N_NAMES   60
#define N_MEMBERS 8

struct starter {
    struct member member;
    bool made[N_NAMES]; /* the value came from this member */
    float saw[N_NAMES]; /* read right after */
};

static void name_of(int i, char name[32])
{
    (void)snprintf(name, 32, "layer_%d/w", i);
}

static void start_all(struct member *m)
{
    struct starter *s = (struct starter *)m;
    const vs_shape shape = vs_shape_scalar();
    vs_store *store = member_open(m);

    if (store == NULL)
        return;
    for (int i = 0; i < N_NAMES && m->st == VS_OK; i++) {
        const vs_view view = vs_view_of(VS_F32, &shape, &s->saw[i]);
        vs_variable *v = NULL;
        char name[32];

        name_of(i, name);
        if (member_ok(m, store, vs_variable_open(store, name, &v)) &&
            member_ok(m, store,
                      member_call(m, vs_variable_initialize(v, &s->made[i]))))
            (void)member_ok(m, store, vs_variable_read(v, &view));
        vs_variable_free(v);
    }
    vs_store_close(store);
}

static void one_of_all_gives_the_value_and_all_see_it(void **state)
{
    const char *path = test_path(state, "v.db");
    const vs_shape shape = vs_shape_scalar();
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer =
                                       vs_random_normal(0, 1, VS_NO_SEED),
                                   .deferred = VS_YES};
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
    struct crowd crowd;
    char name[32];

    for (int i = 0; i < N_NAMES; i++) {
        name_of(i, name);
        assert_store(VS_OK, store,
                     vs_variable_create(store, name, &spec, NULL));
    }
    vs_store_close(store);
    crowd_processes(&crowd, N_MEMBERS, sizeof(struct starter), path, N_NAMES,
                    start_all);
    crowd_report(&crowd, "initialize");
    for (int i = 0; i < N_NAMES; i++) {
        const struct starter *first = crowd_slot(&crowd, 0);
        int n_made = 0;

        for (int k = 0; k < N_MEMBERS; k++) {
            const struct starter *s = crowd_slot(&crowd, k);

            n_made += s->made[i];
            assert_true(s->saw[i] == first->saw[i]);
        }
        assert_int_equal(n_made, 1);
    }
    crowd_done(&crowd);
    store = test_open(path, VS_OPEN_READ);
    test_sound(store);
    vs_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            one_of_all_gives_the_value_and_all_see_it, test_dir_setup,
            test_dir_teardown),
    };

    return cmocka_run_group_tests_name("concurrency.initialize", tests, NULL,
                                       NULL);
}
