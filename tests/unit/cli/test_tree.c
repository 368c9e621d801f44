/* test_tree.c - cli/tree: names as a tree of scopes with sums. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entry_makers.h"
#include "tree.h"

#define MAX 16

/* The nodes as "depth label variables [last]" lines. */
static char *drawn(const char *const *names, size_t n, size_t skip,
                   char separator)
{
    struct entry v[MAX];
    struct entries list = entries_of(v, names, n);
    struct tree tree;
    struct text t = {NULL, 0, 0};

    tree_init(&tree, &list, skip, separator);
    for (size_t i = 0; i < tree.n; i++) {
        const struct node *node = &tree.nodes[i];

        text_printf(&t, "%d ", node->depth);
        text_add(&t, node->label, node->n_label);
        text_printf(&t, "%s %d%s\n", node->entry != NULL ? "*" : "",
                    (int)node->n_variables, node->last ? " last" : "");
        assert_int_equal(node->n_bytes, 4 * node->n_variables);
    }
    assert_int_equal(tree.total.n_variables, n);
    tree_done(&tree);
    text_add(&t, "", 0);
    return t.p;
}

static void scopes_stand_above_what_is_in_them(void **state)
{
    const char *const names[] = {"b", "a/x/w", "a/w", "a/x/b"};
    char *text = drawn(names, 4, 0, '/');

    (void)state;
    assert_string_equal(text, "0 a 3\n"
                              "1 w* 1\n"
                              "1 x 2 last\n"
                              "2 b* 1\n"
                              "2 w* 1 last\n"
                              "0 b* 1 last\n");
    free(text);
}

static void a_name_can_be_a_scope_too(void **state)
{
    /* In byte order "a-b" and "a.b" lie between "a" and "a/b". */
    const char *const names[] = {"a", "a-b", "a.b", "a/b"};
    char *text = drawn(names, 4, 0, '/');

    (void)state;
    assert_string_equal(text, "0 a* 2\n"
                              "1 b* 1 last\n"
                              "0 a-b* 1\n"
                              "0 a.b* 1 last\n");
    free(text);
}

static void another_separator_and_a_scope_left_out(void **state)
{
    const char *const names[] = {"m.l.0.w", "m.l.1.w"};
    char *text = drawn(names, 2, 2, '.');

    (void)state;
    assert_string_equal(text, "0 l 2 last\n"
                              "1 0 1\n"
                              "2 w* 1 last\n"
                              "1 1 1 last\n"
                              "2 w* 1 last\n");
    free(text);
}

static void the_same_label_elsewhere_is_another_scope(void **state)
{
    const char *const names[] = {"a/x/w", "b/x/w"};
    char *text = drawn(names, 2, 0, '/');

    (void)state;
    assert_string_equal(text, "0 a 1\n1 x 1 last\n2 w* 1 last\n"
                              "0 b 1 last\n1 x 1 last\n2 w* 1 last\n");
    free(text);
}

static void aliases_add_nothing(void **state)
{
    const char *const names[] = {"a/w", "b/w"};
    struct entry v[2];
    struct entries list = entries_of(v, names, 2);
    struct tree tree;

    (void)state;
    v[1].alias_of = "a/w";
    tree_init(&tree, &list, 0, '/');
    assert_int_equal(tree.total.n_variables, 1);
    assert_int_equal(tree.total.n_bytes, 4);
    tree_done(&tree);
}

static void endless_depth_is_cut(void **state)
{
    char *deep = calloc(1, 2001);
    const char *names[1];
    struct entry v[1];
    struct entries list;
    struct tree tree;

    (void)state;
    memset(deep, '/', 2000);
    names[0] = deep;
    list = entries_of(v, names, 1);
    tree_init(&tree, &list, 0, '/');
    assert_int_equal(tree.n, TREE_DEPTH_MAX);
    assert_int_equal(tree.nodes[tree.n - 1].n_label,
                     2000 - (TREE_DEPTH_MAX - 1));
    tree_done(&tree);
    free(deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scopes_stand_above_what_is_in_them),
        cmocka_unit_test(a_name_can_be_a_scope_too),
        cmocka_unit_test(another_separator_and_a_scope_left_out),
        cmocka_unit_test(the_same_label_elsewhere_is_another_scope),
        cmocka_unit_test(aliases_add_nothing),
        cmocka_unit_test(endless_depth_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
