/* test_reserve.c - eight processes ask for a scope that nobody uses. */
#include "crowd.h"

#include <stdio.h>
#include <string.h>

#define N_MEMBERS 8
#define N_SCOPES  12 /* for each member */

struct guest {
    struct member member;
    char names[N_SCOPES][32];
};

static void reserve_all(struct member *m)
{
    struct guest *g = (struct guest *)m;
    vs_store *store = member_open(m);
    vs_context *ctx = NULL;

    if (store == NULL)
        return;
    (void)member_ok(m, store, vs_context_new(store, &ctx));
    for (int i = 0; i < N_SCOPES && m->st == VS_OK; i++) {
        vs_scope *scope = NULL;

        if (!member_ok(
                m, store,
                member_call(m, vs_scope_reserve(ctx, "run", NULL, &scope))))
            break;
        (void)snprintf(g->names[i], sizeof g->names[i], "%s",
                       vs_scope_name(scope));
        (void)vs_scope_leave(scope);
    }
    vs_context_free(ctx);
    vs_store_close(store);
}

static void each_name_goes_to_one_of_them(void **state)
{
    const char *path = test_path(state, "v.db");
    bool seen[N_MEMBERS * N_SCOPES] = {false};
    struct crowd crowd;
    vs_store *store;

    crowd_processes(&crowd, N_MEMBERS, sizeof(struct guest), path, N_SCOPES,
                    reserve_all);
    crowd_report(&crowd, "reserve");
    for (int k = 0; k < N_MEMBERS; k++) {
        const struct guest *g = crowd_slot(&crowd, k);

        for (int i = 0; i < N_SCOPES; i++) {
            int number = 0;

            if (strcmp(g->names[i], "run") != 0)
                assert_int_equal(sscanf(g->names[i], "run_%d", &number), 1);
            assert_in_range(number, 0, N_MEMBERS * N_SCOPES - 1);
            assert_false(seen[number]);
            seen[number] = true;
        }
    }
    crowd_done(&crowd);
    store = test_open(path, VS_OPEN_READ);
    test_sound(store);
    vs_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_name_goes_to_one_of_them,
                                        test_dir_setup, test_dir_teardown),
    };

    return cmocka_run_group_tests_name("concurrency.reserve", tests, NULL,
                                       NULL);
}
