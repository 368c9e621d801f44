/* race.c - see race.h. */
#include "race.h"

#include <stdio.h>
#include <string.h>

#define N_VALUES 64

static void name_of(int i, char name[32])
{
    (void)snprintf(name, 32, "layer_%d/w", i);
}

static uint64_t sum_of(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    uint64_t sum = 1469598103934665603u; /* FNV-1a */

    while (n-- > 0)
        sum = (sum ^ *p++) * 1099511628211u;
    return sum;
}

static vs_variable_spec race_spec(const vs_shape *shape)
{
    const vs_variable_spec spec = {.shape = shape,
                                   .initializer =
                                       vs_random_normal(0, 1, VS_NO_SEED),
                                   .site = VS_HERE};

    return spec;
}

static vs_context *race_enter(struct member *m, vs_store *store, vs_reuse reuse)
{
    const vs_scope_options options = {.reuse = reuse};
    vs_context *ctx = NULL;

    if (member_ok(m, store, vs_context_new(store, &ctx)))
        (void)member_ok(m, store, vs_scope_enter(ctx, "", &options, NULL));
    return ctx;
}

static void share_one(struct racer *r, vs_context *ctx, vs_store *store, int i)
{
    const vs_shape shape = vs_shape_1d(N_VALUES);
    const vs_variable_spec spec = race_spec(&shape);
    const vs_variable_info *info = NULL;
    float values[N_VALUES];
    const vs_view into = vs_view_of(VS_F32, &shape, values);
    vs_variable *v = NULL;
    char name[32];

    name_of(i, name);
    if (!member_ok(
            &r->member, store,
            member_call(&r->member, vs_get_variable(ctx, name, &spec, &v))))
        return;
    if (member_ok(&r->member, store, vs_variable_read(v, &into)))
        r->sums[i] = sum_of(values, sizeof values);
    if (member_ok(&r->member, store, vs_variable_describe(v, &info)))
        memcpy(r->digests[i], info->digest, sizeof info->digest);
    vs_variable_free(v);
}

static void share_all(struct member *m)
{
    struct racer *r = (struct racer *)m;
    vs_store *store = member_open(m);
    vs_context *ctx;

    if (store == NULL)
        return;
    ctx = race_enter(m, store, VS_REUSE_AUTO);
    for (int i = 0; i < m->n_todo && m->st == VS_OK; i++)
        share_one(r, ctx, store, i);
    vs_context_free(ctx);
    vs_store_close(store);
}

static void own_all(struct member *m)
{
    const vs_shape shape = vs_shape_1d(N_VALUES);
    const vs_variable_spec spec = race_spec(&shape);
    struct racer *r = (struct racer *)m;
    vs_store *store = member_open(m);
    vs_context *ctx;

    if (store == NULL)
        return;
    ctx = race_enter(m, store, VS_REUSE_NONE);
    for (int i = 0; i < m->n_todo && m->st == VS_OK; i++) {
        vs_variable *v = NULL;
        char name[32];

        name_of(i, name);
        r->saw[i] = member_call(m, vs_get_variable(ctx, name, &spec, &v));
        r->n_won += r->saw[i] == VS_OK;
        if (r->saw[i] != VS_ERR_EXISTS)
            (void)member_ok(m, store, r->saw[i]);
        else if (strstr(vs_store_error(store)->message, "already exists") ==
                 NULL)
            (void)member_ok(m, store, VS_ERR_MISUSE);
        vs_variable_free(v);
    }
    vs_context_free(ctx);
    vs_store_close(store);
}

/* What is in the store when all are gone. */
static void assert_rows(const char *path, int n_names)
{
    vs_store *store = test_open(path, VS_OPEN_READ);
    vs_store_info info;

    assert_store(VS_OK, store, vs_store_describe(store, &info));
    assert_int_equal(info.n_variables, n_names);
    test_sound(store);
    vs_store_close(store);
}

void race_to_share(void **state, race_start *start, int n, int n_names)
{
    const char *path = test_path(state, "race.vars.db");
    struct crowd crowd;
    const struct racer *first;

    assert_true(n_names <= RACE_NAMES);
    start(&crowd, n, sizeof(struct racer), path, n_names, share_all);
    crowd_report(&crowd, "get or create");
    first = crowd_slot(&crowd, 0);
    for (int k = 1; k < n; k++) {
        const struct racer *r = crowd_slot(&crowd, k);

        assert_memory_equal(r->digests, first->digests, sizeof r->digests);
        assert_memory_equal(r->sums, first->sums, sizeof r->sums);
    }
    for (int i = 1; i < n_names; i++) /* every name has values of its own */
        assert_true(first->sums[i] != first->sums[i - 1]);
    assert_rows(path, n_names);
    crowd_done(&crowd);
}

void race_to_own(void **state, race_start *start, int n, int n_names)
{
    const char *path = test_path(state, "race.vars.db");
    struct crowd crowd;

    assert_true(n_names <= RACE_NAMES);
    start(&crowd, n, sizeof(struct racer), path, n_names, own_all);
    crowd_report(&crowd, "create only");
    for (int i = 0; i < n_names; i++) {
        int winners = 0;
        int losers = 0;

        for (int k = 0; k < n; k++) {
            const struct racer *r = crowd_slot(&crowd, k);

            winners += r->saw[i] == VS_OK;
            losers += r->saw[i] == VS_ERR_EXISTS;
        }
        assert_int_equal(winners, 1);
        assert_int_equal(losers, n - 1);
    }
    for (int k = 0; k < n; k++)
        print_message("member %d created %d of %d\n", k,
                      ((struct racer *)crowd_slot(&crowd, k))->n_won, n_names);
    assert_rows(path, n_names);
    crowd_done(&crowd);
}
