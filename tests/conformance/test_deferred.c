/* test_deferred.c - creation and initialization apart: S61, S69, Q17, Q18, and
 * what TensorFlow's testControlDeps and testControlFlow say of reading before
 * the initializer has run.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

/* A scalar that is created without a value. */
#define LATER(init)      \
    ((vs_variable_spec){ \
        .shape = SCALAR, .initializer = (init), .deferred = VS_YES})

/* Reading fails, and the words tell the name. */
static void no_value(struct world *w, vs_variable *v)
{
    float x = 0;
    const vs_view view = vs_view_of(VS_F32, SCALAR, &x);

    assert_store(VS_ERR_UNINITIALIZED, w->store, vs_variable_read(v, &view));
    assert_non_null(
        strstr(vs_store_error(w->store)->message, vs_variable_name(v)));
}

/* Names without a value, joined by blanks, against what is wanted. */
static void uninitialized(struct world *w, const char *want)
{
    const vs_list_options options = {.uninitialized = true};
    const vs_variable_info *info = NULL;
    char have[256] = "";
    vs_list *list = NULL;
    size_t n = 0;

    assert_store(VS_OK, w->store, vs_list_open(w->store, &options, &list));
    while (vs_list_next(list, &info) == VS_OK)
        n += (size_t)snprintf(have + n, sizeof have - n, "%s%s",
                              n != 0 ? " " : "", info->name);
    vs_list_close(list);
    assert_string_equal(have, want);
}

/* The second run finds what the first has initialized. */
static void s69_reading_before_the_initializer_ran_fails(struct world *w)
{
    vs_variable *v = get_spec(w, "v", "v", LATER(vs_constant(0.5)));
    bool made = false;

    if (!w->again)
        no_value(w, v);
    assert_store(VS_OK, w->store, vs_variable_initialize(v, &made));
    assert_int_equal(made, !w->again);
    assert_true(value(w, v) == 0.5);
}

static void s69_what_has_no_value_can_be_listed(struct world *w)
{
    vs_variable *u;

    (void)enter(w, "a");
    u = get_spec(w, "u", "a/u", LATER(vs_ones()));
    (void)get(w, "t", "a/t");
    leave(w);
    (void)get_spec(w, "v", "v", LATER(vs_ones()));
    uninitialized(w, w->again ? "v" : "a/u v");
    assert_store(VS_OK, w->store, vs_scope_initialize(w->store, "a", NULL));
    uninitialized(w, "v");
    assert_true(value(w, u) == 1);
}

static void s61_one_can_be_initialized_without_the_others(struct world *w)
{
    vs_variable *u = get_spec(w, "u", "u", LATER(vs_zeros()));
    vs_variable *v = get_spec(w, "v", "v", LATER(vs_constant(3)));

    assert_store(VS_OK, w->store, vs_variable_initialize(v, NULL));
    assert_true(value(w, v) == 3);
    no_value(w, u);
}

/* It is the creator's initializer that counts, not that of whoever asks. */
static void q18_a_fetch_initializes_nothing(struct world *w)
{
    const vs_variable_spec now = {.shape = SCALAR,
                                  .initializer = vs_constant(9)};
    vs_variable *v = get_spec(w, "v", "v", LATER(vs_constant(4)));
    vs_variable *same;

    (void)enter_with(w, "", VS_REUSE_AUTO);
    same = get_spec(w, "v", "v", now);
    leave(w);
    assert_same(same, v);
    if (!w->again)
        no_value(w, same);
    assert_store(VS_OK, w->store, vs_variable_initialize(same, NULL));
    assert_true(value(w, v) == 4);
}

static void q18_a_value_of_ones_own_needs_no_initializer(struct world *w)
{
    float x = 7;
    const vs_view view = vs_view_of(VS_F32, SCALAR, &x);
    vs_variable *v = get_spec(w, "v", "v", LATER(vs_zeros()));

    assert_store(VS_OK, w->store, vs_variable_write(v, &view));
    assert_store(VS_OK, w->store, vs_variable_initialize(v, NULL));
    assert_true(value(w, v) == 7);
}

static void q18_a_constant_of_the_callers_cannot_wait(struct world *w)
{
    float x = 7;
    const vs_view view = vs_view_of(VS_F32, SCALAR, &x);

    get_fails(
        w, VS_ERR_INITIALIZER, "v",
        (vs_variable_spec){.initializer = vs_value(&view), .deferred = VS_YES},
        "cannot be deferred");
    members(w, NULL, NULL, "");
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(s69_reading_before_the_initializer_ran_fails),
        PROGRAM(s69_what_has_no_value_can_be_listed),
        PROGRAM(s61_one_can_be_initialized_without_the_others),
        PROGRAM(q18_a_fetch_initializes_nothing),
        PROGRAM(q18_a_value_of_ones_own_needs_no_initializer),
        PROGRAM(q18_a_constant_of_the_callers_cannot_wait),
    };

    return world_main("conformance.deferred", programs,
                      sizeof programs / sizeof programs[0]);
}
