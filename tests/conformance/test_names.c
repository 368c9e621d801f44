/* test_names.c - what a variable is called: S2-S11, Q20, E13. */
#include "world.h"

#include <string.h>

#define ANY             \
    (vs_variable_spec)  \
    {                   \
        .shape = SCALAR \
    }

static void s1_opening_a_scope_stores_nothing(struct world *w)
{
    (void)enter(w, "a");
    (void)enter(w, "b/c");
    leave(w);
    leave(w);
    members(w, NULL, NULL, "");
}

static void s2_full_name_is_scope_slash_name(struct world *w)
{
    (void)get(w, "v", "v");
    (void)enter(w, "a");
    (void)get(w, "v", "a/v");
    leave(w);
    members(w, NULL, NULL, "a/v v");
}

static void s3_a_string_scope_is_appended(struct world *w)
{
    (void)enter(w, "a");
    (void)enter(w, "b");
    at(w, "a/b");
    (void)get(w, "v", "a/b/v");
    leave(w);
    at(w, "a");
    leave(w);
    at(w, "");
}

static void s4_a_path_is_one_scope_counted_whole(struct world *w)
{
    (void)enter(w, "a");
    (void)enter(w, "b/c");
    at(w, "a/b/c");
    leave(w);
    at(w, "a");
    (void)enter_default(w, "b"); /* a/b was never opened */
    at(w, "a/b");
    leave(w);
    (void)enter(w, "b");
    (void)enter_default(w, "c"); /* a/b/c was, and a/b was left since */
    at(w, "a/b/c");
    leave(w);
    leave(w);
    leave(w);
    (void)enter(w, "x/y");
    leave(w);
    (void)enter(w, "x");
    (void)enter_default(w, "y");
    at(w, "x/y_1");
    leave(w);
    leave(w);
}

static void s5_a_name_may_hold_slashes(struct world *w)
{
    vs_variable *v = get(w, "a/b", "a/b");

    (void)enter_with(w, "a", VS_REUSE_TRUE);
    assert_same(get(w, "b", "a/b"), v);
    leave(w);
}

static void s6_the_alphabet_of_names(struct world *w)
{
    (void)get(w, "Az09_.-", "Az09_.-");
    (void)get(w, ".dot", ".dot");
    (void)get(w, "7up", "7up");
    (void)enter(w, "a");
    (void)get(w, "_under", "a/_under");
    (void)get(w, "-dash", "a/-dash");
    leave(w);
    get_fails(w, VS_ERR_NAME, "_under", ANY, "'_' at byte 1");
    get_fails(w, VS_ERR_NAME, "-dash", ANY, "'-' at byte 1");
}

static void e13_illegal_characters_are_named(struct world *w)
{
    get_fails(w, VS_ERR_NAME, "a b", ANY, "'a b' is not a valid name");
    get_fails(w, VS_ERR_NAME, "caf\xc3\xa9", ANY, "0xc3 at byte 4");
    get_fails(w, VS_ERR_NAME, "a\\b", ANY, "'\\' at byte 2");
    enter_fails(w, VS_ERR_NAME, "a:0", (vs_scope_options){.size = 0},
                "'a:0' is not a valid scope name");
    enter_fails(w, VS_ERR_NAME, NULL, (vs_scope_options){.default_name = "a*"},
                "'*' at byte 2");
    members(w, NULL, NULL, "");
}

static void s7_degenerate_names_are_refused(struct world *w)
{
    static const char *const names[] = {"", "/", "/a", "a/", "a//b", NULL};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        get_fails(w, VS_ERR_NAME, names[i], ANY, "");
    (void)enter(w, "foo");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        get_fails(w, VS_ERR_NAME, names[i], ANY, "");
    enter_fails(w, VS_ERR_NAME, "", (vs_scope_options){.size = 0}, "foo");
    enter_fails(w, VS_ERR_NAME, "a/", (vs_scope_options){.size = 0}, "foo/a/");
    leave(w);
}

static void s9_case_counts(struct world *w)
{
    assert_different(get(w, "w", "w"), get(w, "W", "W"));
}

static void s10_a_scope_opens_any_number_of_times(struct world *w)
{
    for (int i = 0; i < 3; i++) {
        const char name[] = {(char)('a' + i), '\0'};
        const char full[] = {'s', '/', name[0], '\0'};

        (void)enter(w, "s");
        at(w, "s");
        (void)get(w, name, full);
        leave(w);
    }
}

static void s11_a_scope_outlives_its_block(struct world *w)
{
    vs_scope *s = captured(w, "s");

    (void)reenter(w, s);
    (void)get(w, "v", "s/v");
    leave(w);
    (void)reenter(w, s);
    taken(w, "v");
    leave(w);
    vs_scope_release(s);
}

static void q20_an_output_number_is_ignored(struct world *w)
{
    vs_variable *v = get(w, "w:0", "w");
    vs_variable *opened = NULL;

    (void)enter_with(w, "", VS_REUSE_TRUE);
    assert_same(get(w, "w:0", "w"), v);
    leave(w);
    assert_store(VS_OK, w->store, vs_variable_open(w->store, "w:0", &opened));
    assert_same(opened, v);
    vs_variable_free(opened);
    get_fails(w, VS_ERR_NAME, "w:1", ANY, "':' at byte 2");
}

static void q20_a_name_has_at_most_1023_bytes(struct world *w)
{
    char name[VS_NAME_MAX + 2];

    memset(name, 'n', sizeof name);
    name[VS_NAME_MAX] = '\0';
    (void)get(w, name, name);
    name[VS_NAME_MAX] = 'n';
    name[VS_NAME_MAX + 1] = '\0';
    get_fails(w, VS_ERR_NAME, name, ANY, "1024");
    name[VS_NAME_MAX - 1] = '\0';
    (void)enter(w, "s");
    get_fails(w, VS_ERR_NAME, name, ANY, "1024");
    leave(w);
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(s1_opening_a_scope_stores_nothing),
        PROGRAM(s2_full_name_is_scope_slash_name),
        PROGRAM(s3_a_string_scope_is_appended),
        PROGRAM(s4_a_path_is_one_scope_counted_whole),
        PROGRAM(s5_a_name_may_hold_slashes),
        PROGRAM(s6_the_alphabet_of_names),
        PROGRAM(e13_illegal_characters_are_named),
        PROGRAM(s7_degenerate_names_are_refused),
        PROGRAM(s9_case_counts),
        PROGRAM(s10_a_scope_opens_any_number_of_times),
        PROGRAM(s11_a_scope_outlives_its_block),
        PROGRAM(q20_an_output_number_is_ignored),
        PROGRAM(q20_a_name_has_at_most_1023_bytes),
    };

    return world_main("conformance.names", programs,
                      sizeof programs / sizeof programs[0]);
}
