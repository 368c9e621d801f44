/* test_counters.c - model/counters: openings by name, and marks to return to.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/counters.h"

static void count_of_a_stranger_is_zero(void **state)
{
    struct vs__counters c;

    (void)state;
    vs__counters_init(&c);
    assert_int_equal(vs__counters_get(&c, "a"), 0);
    assert_int_equal(vs__counters_suffix(&c, "a"), 0);
    vs__counters_done(&c);
}

static void what_was_forgotten_is_as_a_stranger(void **state)
{
    struct vs__counters c;

    (void)state;
    vs__counters_init(&c);
    assert_ok(vs__counters_add(&c, "a"));
    assert_int_equal(vs__counters_suffix(&c, "a"), 1);
    vs__counters_clear(&c, "b"); /* nobody has it */
    assert_int_equal(vs__counters_get(&c, "a"), 1);
    vs__counters_clear(&c, "a");
    assert_int_equal(vs__counters_get(&c, "a"), 0);
    assert_int_equal(vs__counters_suffix(&c, "a"), 0);
    vs__counters_done(&c);
}

static void every_opening_counts_under_its_full_name(void **state)
{
    struct vs__counters c;

    (void)state;
    vs__counters_init(&c);
    assert_ok(vs__counters_add(&c, "a/b"));
    assert_ok(vs__counters_add(&c, "a/b"));
    assert_int_equal(vs__counters_get(&c, "a/b"), 2);
    assert_int_equal(vs__counters_get(&c, "a"), 0);
    vs__counters_done(&c);
}

static void suffix_is_the_smallest_that_is_free(void **state)
{
    struct vs__counters c;

    (void)state;
    vs__counters_init(&c);
    assert_ok(vs__counters_add(&c, "d_1"));
    assert_ok(vs__counters_add(&c, "d_3"));
    assert_int_equal(vs__counters_suffix(&c, "d"), 0);
    assert_ok(vs__counters_add(&c, "d"));
    assert_int_equal(vs__counters_suffix(&c, "d"), 2);
    assert_ok(vs__counters_add(&c, "d_2"));
    assert_int_equal(vs__counters_suffix(&c, "d"), 4);
    vs__counters_done(&c);
}

static void zero_below_spares_the_name_and_its_neighbours(void **state)
{
    static const char *const names[] = {"a",   "a/b", "a/b/c", "a-b",
                                        "a.b", "a0",  "ab/c",  "b"};
    static const int left[] = {1, 0, 0, 1, 1, 1, 1, 1};
    struct vs__counters c;

    (void)state;
    vs__counters_init(&c);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_ok(vs__counters_add(&c, names[i]));
    vs__counters_zero_below(&c, "a");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(vs__counters_get(&c, names[i]), left[i]);
    vs__counters_zero_below(&c, ""); /* leaving "" at the root: S8 */
    assert_int_equal(vs__counters_get(&c, "b"), 1);
    vs__counters_done(&c);
}

static void return_forgets_everything_since_the_mark(void **state)
{
    struct vs__counters c;
    size_t mark;

    (void)state;
    vs__counters_init(&c);
    assert_ok(vs__counters_add(&c, "a/d"));
    assert_ok(vs__counters_add(&c, "a/d_1"));
    assert_ok(vs__counters_mark(&c, "m", &mark));
    assert_ok(vs__counters_add(&c, "a/d"));
    assert_ok(vs__counters_add(&c, "new"));
    vs__counters_zero_below(&c, "a");
    assert_ok(vs__counters_add(&c, "a/d_1"));
    assert_ok(vs__counters_add(&c, "a/e"));
    assert_int_equal(vs__counters_get(&c, "a/d"), 0);

    vs__counters_return(&c, mark);
    assert_int_equal(vs__counters_get(&c, "a/d"), 1);
    assert_int_equal(vs__counters_get(&c, "a/d_1"), 1);
    assert_int_equal(vs__counters_get(&c, "a/e"), 0);
    assert_int_equal(vs__counters_get(&c, "new"), 0);
    assert_int_equal(vs__counters_get(&c, "m"), 1); /* counted before */
    vs__counters_done(&c);
}

static void marks_nest(void **state)
{
    struct vs__counters c;
    size_t outer;
    size_t inner;

    (void)state;
    vs__counters_init(&c);
    assert_ok(vs__counters_mark(&c, "m", &outer));
    assert_ok(vs__counters_add(&c, "d"));
    assert_ok(vs__counters_mark(&c, "m", &inner));
    assert_ok(vs__counters_add(&c, "d"));
    vs__counters_return(&c, inner);
    assert_int_equal(vs__counters_get(&c, "d"), 1);
    assert_int_equal(vs__counters_get(&c, "m"), 2);
    vs__counters_return(&c, outer);
    assert_int_equal(vs__counters_get(&c, "d"), 0);
    assert_int_equal(vs__counters_get(&c, "m"), 1);
    vs__counters_done(&c);
}

static void suffixes_taken_since_the_mark_are_free_again(void **state)
{
    struct vs__counters c;
    size_t mark;

    (void)state;
    vs__counters_init(&c);
    assert_ok(vs__counters_add(&c, "d"));
    assert_ok(vs__counters_mark(&c, "m", &mark));
    assert_int_equal(vs__counters_suffix(&c, "d"), 1);
    assert_ok(vs__counters_add(&c, "d_1"));
    assert_int_equal(vs__counters_suffix(&c, "d"), 2);
    vs__counters_return(&c, mark);
    assert_int_equal(vs__counters_suffix(&c, "d"), 1);
    vs__counters_done(&c);
}

static void suffixes_restart_after_zeroing_under_a_mark(void **state)
{
    struct vs__counters c;
    size_t mark;

    (void)state;
    vs__counters_init(&c);
    assert_ok(vs__counters_mark(&c, "m", &mark));
    assert_ok(vs__counters_add(&c, "a/d"));
    assert_ok(vs__counters_add(&c, "a/d_1"));
    assert_int_equal(vs__counters_suffix(&c, "a/d"), 2);
    vs__counters_zero_below(&c, "a");
    assert_ok(vs__counters_add(&c, "a/d"));
    assert_int_equal(vs__counters_suffix(&c, "a/d"), 1);
    vs__counters_return(&c, mark);
    vs__counters_done(&c);
}

/* The table against a plain one: some thousand random steps. */

#define N_NAMES 24
#define N_DEEP  6

struct plain {
    int64_t now[N_NAMES];
    int64_t saved[N_DEEP][N_NAMES];
    size_t marks[N_DEEP];
    int n_marks;
};

static void name_of(int i, char *out)
{
    static const char *const parts[] = {"a",     "b",     "a/d",
                                        "a/d_1", "a/d/e", "b/d"};

    (void)snprintf(out, 32, "%s%s", parts[i % 6],
                   i / 6 == 0   ? ""
                   : i / 6 == 1 ? "_1"
                   : i / 6 == 2 ? "_2"
                                : "/x");
}

static void plain_zero_below(struct plain *p, const char *name)
{
    const size_t n = strlen(name);
    char other[32];

    for (int i = 0; i < N_NAMES; i++) {
        name_of(i, other);
        if (strncmp(other, name, n) == 0 && other[n] == '/')
            p->now[i] = 0;
    }
}

static void step(struct vs__counters *c, struct plain *p, uint32_t dice)
{
    const int i = (int)(dice >> 8) % N_NAMES;
    char name[32];

    name_of(i, name);
    if (dice % 8 < 4) {
        assert_ok(vs__counters_add(c, name));
        /* two numbers can share a name */
        for (int k = 0; k < N_NAMES; k++) {
            char other[32];

            name_of(k, other);
            if (strcmp(name, other) == 0)
                p->now[k]++;
        }
    } else if (dice % 8 < 6) {
        vs__counters_zero_below(c, name);
        plain_zero_below(p, name);
    } else if (dice % 8 == 6 && p->n_marks < N_DEEP) {
        assert_ok(vs__counters_mark(c, "m", &p->marks[p->n_marks]));
        memcpy(p->saved[p->n_marks++], p->now, sizeof p->now);
    } else if (p->n_marks > 0) {
        vs__counters_return(c, p->marks[--p->n_marks]);
        memcpy(p->now, p->saved[p->n_marks], sizeof p->now);
    }
}

static void table_agrees_with_one_that_copies(void **state)
{
    struct vs__counters c;
    struct plain p;
    uint32_t dice = 12345;

    (void)state;
    vs__counters_init(&c);
    memset(&p, 0, sizeof p);
    for (int i = 0; i < 20000; i++) {
        dice = dice * 1664525u + 1013904223u;
        step(&c, &p, dice >> 4);
        for (int k = 0; k < N_NAMES; k++) {
            char name[32];

            name_of(k, name);
            assert_int_equal(vs__counters_get(&c, name), p.now[k]);
        }
    }
    vs__counters_done(&c);
}

static void ten_thousand_defaults_take_no_time(void **state)
{
    struct vs__counters c;
    char name[32];

    (void)state;
    vs__counters_init(&c);
    assert_ok(vs__counters_add(&c, "d"));
    for (int i = 1; i <= 10000; i++) {
        assert_int_equal(vs__counters_suffix(&c, "d"), i);
        (void)snprintf(name, sizeof name, "d_%d", i);
        assert_ok(vs__counters_add(&c, name));
        vs__counters_zero_below(&c, name);
    }
    vs__counters_done(&c);
}

static vs_status fill(void *ctx)
{
    struct vs__counters c;
    char name[32];
    size_t mark;
    vs_status st;

    (void)ctx;
    vs__counters_init(&c);
    st = vs__counters_add(&c, "a");
    if (st == VS_OK)
        st = vs__counters_mark(&c, "a", &mark);
    for (int i = 0; i < 40 && st == VS_OK; i++) {
        (void)snprintf(name, sizeof name, "a/%d", i);
        st = vs__counters_add(&c, name);
        assert_int_equal(vs__counters_get(&c, name), st == VS_OK);
    }
    if (st == VS_OK) {
        vs__counters_zero_below(&c, "a"); /* needs no memory: cannot fail */
        vs__counters_return(&c, mark);
        assert_int_equal(vs__counters_get(&c, "a"), 2);
    }
    vs__counters_done(&c);
    return st;
}

static void memory_that_runs_out_counts_nothing(void **state)
{
    (void)state;
    assert_true(test_each_allocation_failing(fill, NULL, false) > 40);
    assert_true(test_each_allocation_failing(fill, NULL, true) > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(count_of_a_stranger_is_zero),
        cmocka_unit_test(what_was_forgotten_is_as_a_stranger),
        cmocka_unit_test(every_opening_counts_under_its_full_name),
        cmocka_unit_test(suffix_is_the_smallest_that_is_free),
        cmocka_unit_test(zero_below_spares_the_name_and_its_neighbours),
        cmocka_unit_test(return_forgets_everything_since_the_mark),
        cmocka_unit_test(marks_nest),
        cmocka_unit_test(suffixes_taken_since_the_mark_are_free_again),
        cmocka_unit_test(suffixes_restart_after_zeroing_under_a_mark),
        cmocka_unit_test(table_agrees_with_one_that_copies),
        cmocka_unit_test(ten_thousand_defaults_take_no_time),
        cmocka_unit_test(memory_that_runs_out_counts_nothing),
    };

    return cmocka_run_group_tests_name("model.counters", tests, NULL, NULL);
}
