/* test_scopes.c - defaults of scopes and re-entering them: S12-S22, E9-E12,
 * E23, Q22. */
#include "world.h"

#define SCALARS         \
    (vs_variable_spec)  \
    {                   \
        .shape = SCALAR \
    }

static void s12_the_current_scope_is_a_live_object(struct world *w)
{
    const vs_initializer three = vs_constant(3);
    vs_scope *a = enter(w, "a");

    assert_ptr_equal(vs_scope_current(w->ctx), a);
    vs_scope_set_initializer(vs_scope_current(w->ctx), &three);
    vs_scope_set_dtype(vs_scope_current(w->ctx), VS_F64);
    assert_true(value(w, get(w, "v", "a/v")) == 3);
    assert_int_equal(vs_scope_dtype(a), VS_F64);
    leave(w);
    assert_int_equal(vs_scope_dtype(w->root), VS_DTYPE_NONE);
}

static void s12_setters_reach_later_calls_and_later_children(struct world *w)
{
    vs_scope *a = enter(w, "a");
    vs_variable *v;

    (void)enter(w, "open");
    vs_scope_set_dtype(a, VS_I32);
    v = get(w, "v", "a/open/v");
    assert_int_equal(vs_variable_dtype(v), VS_F32);
    leave(w);
    v = get(w, "later", "a/later");
    assert_int_equal(vs_variable_dtype(v), VS_I32);
    (void)enter(w, "child");
    v = get(w, "v", "a/child/v");
    assert_int_equal(vs_variable_dtype(v), VS_I32);
    leave(w);
    leave(w);
}

static void s13_a_child_inherits_each_default(struct world *w)
{
    (void)enter_options(
        w, "a",
        (vs_scope_options){.dtype = VS_F64, .initializer = vs_constant(5)});
    (void)enter(w, "b");
    assert_int_equal(vs_scope_dtype(vs_scope_current(w->ctx)), VS_F64);
    assert_true(value(w, get(w, "v", "a/b/v")) == 5);
    (void)enter_options(w, "c", (vs_scope_options){.dtype = VS_I8});
    assert_int_equal(vs_variable_dtype(get(w, "v", "a/b/c/v")), VS_I8);
    assert_true(value(w, get(w, "u", "a/b/c/u")) == 5);
    leave(w);
    leave(w);
    leave(w);
}

static void s14_only_setters_take_a_default_away(struct world *w)
{
    vs_scope *b;

    (void)enter_options(w, "a", (vs_scope_options){.dtype = VS_F64});
    b = enter_options(w, "b", (vs_scope_options){.dtype = VS_DTYPE_NONE});
    assert_int_equal(vs_variable_dtype(get(w, "v", "a/b/v")), VS_F64);
    vs_scope_set_dtype(b, VS_DTYPE_NONE);
    assert_int_equal(vs_variable_dtype(get(w, "u", "a/b/u")), VS_F32);
    leave(w);
    leave(w);
}

static void e11_a_scope_needs_a_name(struct world *w) /* S15 */
{
    enter_fails(w, VS_ERR_MISUSE, NULL, (vs_scope_options){.size = 0},
                "neither a name nor a default name");
    assert_status(VS_ERR_MISUSE, vs_scope_enter(w->ctx, NULL, NULL, NULL));
    at(w, "");
}

static void e9_a_bad_reuse_mode_is_refused(struct world *w) /* S37 */
{
    enter_fails(w, VS_ERR_MISUSE, "a", (vs_scope_options){.reuse = 4},
                "VS_REUSE_INHERIT, _NONE, _TRUE or _AUTO");
    enter_fails(w, VS_ERR_MISUSE, "a",
                (vs_scope_options){.reuse = (vs_reuse)-1}, "reuse mode");
}

/* E12 has no counterpart: a name is a string and a scope a vs_scope, by type.
 * What can be mixed up is whose scope it is. */
static void e12_a_scope_of_another_context_is_refused(struct world *w)
{
    vs_context *other = NULL;

    assert_store(VS_OK, w->store, vs_context_new(w->store, &other));
    assert_status(
        VS_ERR_MISUSE,
        vs_scope_reenter(w->ctx, vs_scope_current(other), NULL, NULL));
    vs_context_free(other);
    at(w, "");
}

static void s16_a_captured_name_is_absolute(struct world *w)
{
    vs_scope *ab;

    (void)enter(w, "a");
    ab = captured(w, "b");
    leave(w);
    (void)enter(w, "x");
    (void)enter(w, "y");
    (void)reenter(w, ab);
    at(w, "a/b");
    (void)get(w, "v", "a/b/v");
    (void)enter(w, "c");
    at(w, "a/b/c");
    leave(w);
    leave(w);
    at(w, "x/y");
    leave(w);
    leave(w);
    vs_scope_release(ab);
}

static void s17_defaults_come_from_the_captured_scope(struct world *w)
{
    vs_scope *a = vs_scope_capture(
        enter_options(w, "a", (vs_scope_options){.dtype = VS_F64}));

    leave(w);
    (void)enter_options(
        w, "x",
        (vs_scope_options){.dtype = VS_I8, .initializer = vs_constant(9)});
    (void)reenter(w, a);
    assert_int_equal(vs_variable_dtype(get(w, "v", "a/v")), VS_F64);
    assert_int_equal(vs_scope_initializer(vs_scope_current(w->ctx)).kind,
                     VS_INIT_DEFAULT);
    leave(w);
    leave(w);
    vs_scope_release(a);
}

static void s17_arguments_override_the_captured_defaults(struct world *w)
{
    const vs_scope_options ints = {.dtype = VS_I32};
    vs_scope *a = vs_scope_capture(
        enter_options(w, "a", (vs_scope_options){.dtype = VS_F64}));
    vs_scope *again = NULL;

    leave(w);
    assert_store(VS_OK, w->store, vs_scope_reenter(w->ctx, a, &ints, &again));
    assert_int_equal(vs_variable_dtype(get(w, "v", "a/v")), VS_I32);
    assert_int_equal(vs_scope_dtype(a), VS_F64);
    leave(w);
    vs_scope_release(a);
}

static void s18_reuse_of_the_surroundings_is_ignored(struct world *w)
{
    vs_scope *creating = captured(w, "c");
    vs_scope *reusing = vs_scope_capture(enter_with(w, "r", VS_REUSE_TRUE));

    leave(w);
    (void)enter_with(w, "x", VS_REUSE_TRUE);
    (void)reenter(w, creating);
    assert_int_equal(vs_scope_reuse(vs_scope_current(w->ctx)),
                     w->again ? VS_REUSE_AUTO : VS_REUSE_NONE);
    (void)get(w, "v", "c/v");
    leave(w);
    leave(w);
    (void)reenter(w, creating);
    (void)reenter(w, reusing);
    missing(w, "v");
    leave(w);
    leave(w);
    vs_scope_release(creating);
    vs_scope_release(reusing);
}

static void s18_an_argument_overrides_the_captured_flag(struct world *w)
{
    static const vs_reuse given[] = {VS_REUSE_INHERIT, VS_REUSE_NONE,
                                     VS_REUSE_TRUE, VS_REUSE_AUTO};
    static const vs_reuse flags[] = {VS_REUSE_TRUE, VS_REUSE_AUTO};

    for (int f = 0; f < 2; f++) {
        vs_scope *c = vs_scope_capture(enter_with(w, "c", flags[f]));

        leave(w);
        for (int g = 0; g < 4; g++) {
            const vs_scope *again = reenter_with(w, c, given[g]);

            assert_int_equal(vs_scope_reuse(again),
                             g < 2 ? flags[f] : given[g]);
            leave(w);
        }
        vs_scope_release(c);
    }
}

static void s20_changes_to_the_copy_do_not_flow_back(struct world *w)
{
    vs_scope *a = captured(w, "a");

    vs_scope_set_dtype(reenter(w, a), VS_I32);
    vs_scope_reuse_variables(vs_scope_current(w->ctx));
    leave(w);
    assert_int_equal(vs_scope_dtype(a), VS_DTYPE_NONE);
    assert_int_not_equal(vs_scope_reuse(a), VS_REUSE_TRUE);
    (void)reenter(w, a);
    assert_int_equal(vs_variable_dtype(get(w, "v", "a/v")), VS_F32);
    leave(w);
    vs_scope_release(a);
}

static void g19_changes_to_the_captured_show_later(struct world *w) /* S20 */
{
    vs_scope *a = captured(w, "a");
    vs_scope *again;

    vs_scope_reuse_variables(a);
    vs_scope_set_dtype(a, VS_I32);
    again = reenter(w, a);
    assert_int_equal(vs_scope_reuse(again), VS_REUSE_TRUE);
    assert_int_equal(vs_scope_dtype(again), VS_I32);
    missing(w, "v");
    leave(w);
    (void)enter(w, "a"); /* by string: another object */
    assert_int_not_equal(vs_scope_reuse(vs_scope_current(w->ctx)),
                         VS_REUSE_TRUE);
    (void)get(w, "u", "a/u");
    leave(w);
    vs_scope_release(a);
}

static void s22_the_root_can_be_captured(struct world *w)
{
    vs_scope *root = vs_scope_capture(w->root);

    (void)enter(w, "deep/down");
    (void)reenter(w, root);
    at(w, "");
    (void)get(w, "v", "v");
    (void)enter(w, "a");
    at(w, "a");
    leave(w);
    leave(w);
    at(w, "deep/down");
    leave(w);
    vs_scope_release(root);
}

static void e23_leaving_out_of_order_changes_nothing(struct world *w)
{
    vs_scope *a = vs_scope_capture(enter(w, "a"));
    vs_scope *b = enter(w, "b");

    assert_store(VS_ERR_NESTING, w->store, vs_scope_leave(a));
    at(w, "a/b");
    (void)get(w, "v", "a/b/v");
    assert_store(VS_OK, w->store, vs_scope_leave(b));
    assert_store(VS_OK, w->store, vs_scope_leave(a));
    assert_store(VS_ERR_NESTING, w->store, vs_scope_leave(a));
    at(w, "");
    vs_scope_release(a);
}

static void e23_the_root_cannot_be_left(struct world *w)
{
    vs_context *other = NULL;

    assert_store(VS_OK, w->store, vs_context_new(w->store, &other));
    assert_status(VS_ERR_NESTING, vs_scope_leave(vs_scope_current(other)));
    assert_string_equal(vs_scope_name(vs_scope_current(other)), "");
    vs_context_free(other);
}

static void s108_a_failure_inside_leaves_the_scope_before(struct world *w)
{
    vs_variable *v = NULL;
    const vs_variable_spec shapeless = {.size = 0};
    vs_status st = VS_OK;

    VS_WITH_SCOPE (st, w->ctx, "a", NULL) {
        VS_WITH_SCOPE (st, w->ctx, "b", NULL)
            st = vs_get_variable(w->ctx, "v", &shapeless, &v);
    }
    assert_status(VS_ERR_NEEDSHAPE, st);
    assert_int_equal(vs_store_error(w->store)->status, VS_ERR_NEEDSHAPE);
    at(w, "");
    members(w, NULL, NULL, "");
}

static void q22_contexts_share_variables_and_nothing_else(struct world *w)
{
    const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO, .dtype = VS_F64};
    const vs_variable_spec spec = SCALARS;
    vs_context *other = NULL;
    vs_variable *v = NULL;
    vs_scope *a = NULL;

    (void)get(w, "a/v", "a/v");
    assert_store(VS_OK, w->store, vs_context_new(w->store, &other));
    assert_ok(vs_scope_enter(other, "a", &sharing, &a));
    at(w, "");
    vs_scope_set_dtype(a, VS_DTYPE_NONE);
    assert_store(VS_OK, w->store, vs_get_variable(other, "v", &spec, &v));
    assert_same(v, w->held[0]);
    vs_variable_free(v);
    vs_context_free(other);
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(s12_the_current_scope_is_a_live_object),
        PROGRAM(s12_setters_reach_later_calls_and_later_children),
        PROGRAM(s13_a_child_inherits_each_default),
        PROGRAM(s14_only_setters_take_a_default_away),
        PROGRAM(e11_a_scope_needs_a_name),
        PROGRAM(e9_a_bad_reuse_mode_is_refused),
        PROGRAM(e12_a_scope_of_another_context_is_refused),
        PROGRAM(s16_a_captured_name_is_absolute),
        PROGRAM(s17_defaults_come_from_the_captured_scope),
        PROGRAM(s17_arguments_override_the_captured_defaults),
        PROGRAM(s18_reuse_of_the_surroundings_is_ignored),
        PROGRAM(s18_an_argument_overrides_the_captured_flag),
        PROGRAM(s20_changes_to_the_copy_do_not_flow_back),
        PROGRAM(g19_changes_to_the_captured_show_later),
        PROGRAM(s22_the_root_can_be_captured),
        PROGRAM(e23_leaving_out_of_order_changes_nothing),
        PROGRAM(e23_the_root_cannot_be_left),
        PROGRAM(s108_a_failure_inside_leaves_the_scope_before),
        PROGRAM(q22_contexts_share_variables_and_nothing_else),
    };

    return world_main("conformance.scopes", programs,
                      sizeof programs / sizeof programs[0]);
}
