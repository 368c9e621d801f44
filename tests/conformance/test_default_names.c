/* test_default_names.c - how default names are made unique: S24-S36, Q2, and
 * the traces G1-G14 and G16 of TensorFlow's own scope code. */
#include "world.h"

#include <stdio.h>
#include <string.h>

/* A trace is a program in TensorFlow's notation: X{...} opens X by string,
 * *d opens with the default name d, ^X enters again the first scope opened as
 * X (^ alone: the root). What has no braces is left at once; '!' is a body
 * that fails. Each default scope gets a variable w; `want` lists their names.
 */

#define N_CAPTURED 8

struct trace {
    struct world *w;
    char have[512];                 /* names of default scopes so far */
    char opened[N_CAPTURED][32];    /* scopes opened by string, as written */
    vs_scope *captured[N_CAPTURED]; /* the objects */
    int n_captured;
};

static vs_scope *trace_captured(struct trace *t, const char *name)
{
    if (name[0] == '\0')
        return t->w->root;
    for (int i = 0; i < t->n_captured; i++)
        if (strcmp(t->opened[i], name) == 0)
            return t->captured[i];
    fail_msg("trace: ^%s was not opened", name);
    return NULL;
}

static void trace_default(struct trace *t, const char *name)
{
    const char *full = vs_scope_name(enter_default(t->w, name));
    const size_t n = strlen(t->have);
    char w[64];

    (void)snprintf(t->have + n, sizeof t->have - n, "%s%s", n ? " " : "", full);
    (void)snprintf(w, sizeof w, "%s/w", full);
    (void)get(t->w, "w", w);
}

static void trace_string(struct trace *t, const char *name)
{
    vs_scope *scope = enter(t->w, strcmp(name, "\"\"") == 0 ? "" : name);

    assert_true(t->n_captured < N_CAPTURED);
    (void)snprintf(t->opened[t->n_captured], sizeof t->opened[0], "%s", name);
    t->captured[t->n_captured++] = vs_scope_capture(scope);
}

static void trace_open(struct trace *t, const char *opener)
{
    if (opener[0] == '*')
        trace_default(t, opener + 1);
    else if (opener[0] == '^')
        (void)reenter(t->w, trace_captured(t, opener + 1));
    else
        trace_string(t, opener);
}

static void trace(struct world *w, const char *program, const char *want)
{
    struct trace t = {.w = w};

    while (*program != '\0') {
        const size_t n = strcspn(program, " {}");
        char opener[32];

        if (*program == '!') {
            get_fails(w, VS_ERR_NEEDSHAPE, "x", (vs_variable_spec){.size = 0},
                      "shape");
        } else if (n != 0) {
            (void)snprintf(opener, sizeof opener, "%.*s", (int)n, program);
            trace_open(&t, opener);
            if (program[n] != '{')
                leave(w);
        }
        if (program[n] == '}')
            leave(w);
        program += n + (program[n] != '\0');
    }
    assert_string_equal(t.have, want);
    for (int i = 0; i < t.n_captured; i++)
        vs_scope_release(t.captured[i]);
}

static void g1_defaults_at_the_root_count_on(struct world *w) /* S28 */
{
    trace(w, "*d *d *d *d", "d d_1 d_2 d_3");
}

static void g2_an_explicit_opening_counts(struct world *w) /* S26 */
{
    trace(w, "d{} *d *d", "d_1 d_2");
}

static void g3_an_explicit_suffix_is_skipped(struct world *w) /* S25 */
{
    trace(w, "d_1{} *d *d *d", "d d_2 d_3");
}

static void g4_a_path_opened_before_counts(struct world *w)
{
    trace(w, "a/d{} a{ *d *d }", "a/d_1 a/d_2");
}

static void g5_leaving_restarts_what_is_below(struct world *w) /* S27 */
{
    trace(w, "a{ *d *d } a{ *d }", "a/d a/d_1 a/d");
}

static void g6_a_captured_scope_restarts_each_time(struct world *w)
{
    trace(w, "a{ *d *d } ^a{ *d *d } ^a{ *d }", "a/d a/d_1 a/d a/d_1 a/d");
}

static void g7_capture_inside_its_own_scope(struct world *w) /* S30 */
{
    trace(w, "a{ *d ^a{ *d *d } *d b{ ^a{ *d } } }",
          "a/d a/d_1 a/d_2 a/d_1 a/d_2");
}

static void g8_the_empty_scope_keeps_numbers(struct world *w) /* S8 */
{
    trace(w, "*B \"\"{} *B", "B B_1");
}

static void g9_the_captured_root_keeps_numbers(struct world *w)
{
    trace(w, "*B ^{} *B", "B B_1");
}

static void g10_the_captured_root_forgets_its_own(struct world *w)
{
    trace(w, "*B x{ ^{ *B *B } } *B", "B B_1 B_2 B_1");
}

static void g11_names_that_begin_alike_are_apart(struct world *w)
{
    trace(w, "a{ *d } ab{ *d } a{ *d d{} *d }", "a/d ab/d a/d a/d_1");
}

static void g12_variables_do_not_count(struct world *w) /* S31 */
{
    vs_variable *v = get(w, "d/w", "d/w");

    (void)enter_with(w, "", VS_REUSE_AUTO);
    (void)enter_default(w, "d");
    assert_same(get(w, "w", "d/w"), v);
    leave(w);
    leave(w);
}

static void s31_a_default_scope_can_collide(struct world *w)
{
    (void)get(w, "d/w", "d/w");
    (void)enter_default(w, "d");
    at(w, "d");
    taken(w, "w");
    leave(w);
}

static void g13_a_default_inside_its_own_name(struct world *w)
{
    trace(w, "*d{ *d } *d", "d d/d d_1");
}

static void g14_a_failing_body_counts(struct world *w) /* S32 */
{
    trace(w, "*d{ ! } *d", "d d_1");
}

static void g16_a_rerun_under_reuse_finds_the_same(struct world *w)
{
    vs_variable *v;

    (void)enter(w, "o");
    (void)enter_default(w, "d");
    v = get(w, "w", "o/d/w");
    leave(w);
    leave(w);
    (void)enter_with(w, "o", VS_REUSE_TRUE);
    (void)enter_default(w, "d");
    assert_same(get(w, "w", "o/d/w"), v);
    leave(w);
    (void)enter_default(w, "d");
    at(w, "o/d_1");
    missing(w, "w");
    leave(w);
    leave(w);
}

static void s24_a_name_makes_the_default_idle(struct world *w)
{
    (void)enter_options(w, "a", (vs_scope_options){.default_name = "d"});
    at(w, "a");
    leave(w);
    (void)enter_default(w, "d");
    at(w, "d");
    leave(w);
}

static void s26_captured_openings_count_too(struct world *w)
{
    vs_scope *d = captured(w, "d");

    (void)reenter(w, d);
    leave(w);
    (void)enter_default(w, "d");
    at(w, "d_1");
    leave(w);
    vs_scope_release(d);
}

static void s29_a_jump_forgets_openings_elsewhere_too(struct world *w)
{
    vs_scope *a = captured(w, "a");
    vs_scope *x = captured(w, "x");

    (void)reenter(w, a);
    (void)reenter(w, x);
    (void)enter_default(w, "d");
    at(w, "x/d");
    leave(w);
    leave(w);
    leave(w);
    (void)enter(w, "x");
    (void)enter_default(w, "d");
    at(w, "x/d");
    leave(w);
    leave(w);
    vs_scope_release(a);
    vs_scope_release(x);
}

static void e10_reuse_needs_a_name(struct world *w) /* S33 */
{
    enter_fails(w, VS_ERR_REUSE, NULL,
                (vs_scope_options){.default_name = "d", .reuse = VS_REUSE_TRUE},
                "'d'");
    enter_fails(w, VS_ERR_REUSE, NULL,
                (vs_scope_options){.default_name = "d", .reuse = VS_REUSE_AUTO},
                "'d'");
    (void)enter_options(
        w, NULL,
        (vs_scope_options){.default_name = "d", .reuse = VS_REUSE_NONE});
    at(w, "d"); /* refused openings did not count */
    leave(w);
}

static void s33_a_default_scope_may_inherit_reuse(struct world *w)
{
    vs_variable *v = get(w, "a/d/w", "a/d/w");

    (void)enter_with(w, "a", VS_REUSE_TRUE);
    (void)enter_default(w, "d");
    assert_same(get(w, "w", "a/d/w"), v);
    leave(w);
    leave(w);
}

static void s34_names_are_matched_whole(struct world *w)
{
    trace(w, "*scope1 *scope *scope1 *scope1_1 *scope",
          "scope1 scope scope1_1 scope1_1_1 scope_1");
}

static void s36_every_context_counts_for_itself(struct world *w)
{
    const vs_scope_options named = {.default_name = "d"};
    vs_context *other = NULL;
    vs_scope *d = NULL;

    (void)enter_default(w, "d");
    assert_store(VS_OK, w->store, vs_context_new(w->store, &other));
    assert_ok(vs_scope_enter(other, NULL, &named, &d));
    assert_string_equal(vs_scope_name(d), "d");
    vs_context_free(other);
    leave(w);
    (void)enter_default(w, "d");
    at(w, "d_1");
    leave(w);
}

static void q2_a_hundred_layers_have_a_hundred_names(struct world *w)
{
    for (int i = 0; i < 100; i++) {
        char full[32];

        (void)snprintf(full, sizeof full, i == 0 ? "layer/w" : "layer_%d/w", i);
        (void)enter_default(w, "layer");
        (void)get(w, "w", full);
        leave(w);
    }
}

int main(void)
{
    static const struct program programs[] = {
        SHARING_PROGRAM(g1_defaults_at_the_root_count_on),
        SHARING_PROGRAM(g2_an_explicit_opening_counts),
        SHARING_PROGRAM(g3_an_explicit_suffix_is_skipped),
        SHARING_PROGRAM(g4_a_path_opened_before_counts),
        SHARING_PROGRAM(g5_leaving_restarts_what_is_below),
        SHARING_PROGRAM(g6_a_captured_scope_restarts_each_time),
        SHARING_PROGRAM(g7_capture_inside_its_own_scope),
        SHARING_PROGRAM(g8_the_empty_scope_keeps_numbers),
        SHARING_PROGRAM(g9_the_captured_root_keeps_numbers),
        SHARING_PROGRAM(g10_the_captured_root_forgets_its_own),
        SHARING_PROGRAM(g11_names_that_begin_alike_are_apart),
        PROGRAM(g12_variables_do_not_count),
        PROGRAM(s31_a_default_scope_can_collide),
        SHARING_PROGRAM(g13_a_default_inside_its_own_name),
        SHARING_PROGRAM(g14_a_failing_body_counts),
        PROGRAM(g16_a_rerun_under_reuse_finds_the_same),
        PROGRAM(s24_a_name_makes_the_default_idle),
        PROGRAM(s26_captured_openings_count_too),
        PROGRAM(s29_a_jump_forgets_openings_elsewhere_too),
        PROGRAM(e10_reuse_needs_a_name),
        PROGRAM(s33_a_default_scope_may_inherit_reuse),
        SHARING_PROGRAM(s34_names_are_matched_whole),
        PROGRAM(s36_every_context_counts_for_itself),
        PROGRAM(q2_a_hundred_layers_have_a_hundred_names),
    };

    return world_main("conformance.default_names", programs,
                      sizeof programs / sizeof programs[0]);
}
