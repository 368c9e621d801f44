/* test_rescue.c - service/rescue: one variable made again in another store. */
#include "stores.h"

#include <stdlib.h>
#include <string.h>

#include "service/rescue.h"

static void no_loss(const char *name, const char *what, void *ctx)
{
    (void)ctx;
    fail_msg("%s: %s", name, what);
}

/* Two stores; the new one in its transaction. */
static struct vs__rescue begin(void **state)
{
    struct vs__rescue r = {
        .from = test_open(test_path(state, "from.db"), VS_OPEN_CREATE_NEW),
        .to = test_open(test_path(state, "to.db"), VS_OPEN_CREATE_NEW),
        .on_lost = no_loss};

    assert_store(VS_OK, r.to, vs_store_begin(r.to, VS_TXN_WRITE));
    return r;
}

static void end(struct vs__rescue *r)
{
    assert_store(VS_OK, r->to, vs_store_commit(r->to));
    test_sound(r->to);
    vs_store_close(r->to);
    vs_store_close(r->from);
}

static void create(vs_store *store, const char *name, int64_t n_parts,
                   int64_t rows)
{
    vs_shape shape = vs_shape_2d(rows, 2);
    vs_variable_spec spec = {.shape = &shape};

    if (n_parts > 0)
        spec.partitioner = vs_fixed_size_partitioner(n_parts, 0);
    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, NULL));
}

static void copy(struct vs__rescue *r, const char *name)
{
    const vs_variable_info *info = NULL;
    vs_variable *v = NULL;

    assert_store(VS_OK, r->from, vs_variable_open(r->from, name, &v));
    assert_store(VS_OK, r->from, vs_variable_describe(v, &info));
    assert_store(VS_OK, r->from, vs__rescue_value(r, name, v, info));
    vs_variable_free(v);
}

static int64_t n_parts_of(vs_store *store, const char *name)
{
    vs_variable *v = NULL;
    int64_t n;

    assert_store(VS_OK, store, vs_variable_open(store, name, &v));
    n = vs_variable_n_parts(v);
    vs_variable_free(v);
    return n;
}

static bool exists(vs_store *store, const char *name)
{
    vs_variable *v = NULL;
    const vs_status st = vs_variable_open(store, name, &v);

    vs_variable_free(v);
    return st == VS_OK;
}

static void what_was_made_of_the_same_variable_is_used_again(void **state)
{
    const char *paths[] = {"x/part_0", "x/part_1"};
    int64_t made_of[2] = {0, 0};
    struct vs__rescue r = begin(state);
    vs_variable *before = NULL;
    vs_variable *after = NULL;

    r.paths = paths;
    r.made_of = made_of;
    r.n_paths = 2;
    create(r.from, "x", 3, 10);
    copy(&r, "x");
    assert_int_equal(r.n_bytes, 80);
    assert_store(VS_OK, r.to, vs_variable_open(r.to, "x", &before));
    copy(&r, "x");
    assert_store(VS_OK, r.to, vs_variable_open(r.to, "x", &after));
    assert_true(vs_variable_same(before, after));
    assert_int_equal(vs_variable_n_parts(after), 3);
    vs_variable_free(before);
    vs_variable_free(after);
    end(&r);
}

/* Each way of being cut after each other. */
static void what_is_of_another_kind_makes_way(void **state)
{
    static const int64_t cuts[] = {0, 3, 2, 0, 2};
    const char *paths[] = {"x", "x/part_0", "x/part_1", "x/part_2"};
    struct vs__rescue r = begin(state);

    r.paths = paths;
    r.n_paths = 4;
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        create(r.from, "x", cuts[i], 10);
        copy(&r, "x");
        assert_int_equal(n_parts_of(r.to, "x"), cuts[i]);
        assert_store(VS_OK, r.from, vs_variable_delete(r.from, "x"));
    }
    end(&r);
}

static void single_names_and_a_whole_make_way_for_each_other(void **state)
{
    const char *paths[] = {"x/part_0", "x/part_1", "x/part_10", "x/part_2/y"};
    struct vs__rescue r = begin(state);

    r.paths = paths;
    r.n_paths = 4;
    create(r.to, "x/part_0", 0, 4);
    create(r.to, "x/part_10", 0, 4);
    create(r.to, "x/part_2/y", 0, 4);
    create(r.from, "x", 2, 10);
    copy(&r, "x");
    assert_int_equal(n_parts_of(r.to, "x"), 2);
    assert_false(exists(r.to, "x/part_10"));
    assert_true(exists(r.to, "x/part_2/y"));

    assert_store(VS_OK, r.from, vs_variable_delete(r.from, "x"));
    create(r.from, "x/part_1", 0, 4);
    copy(&r, "x/part_1");
    assert_false(exists(r.to, "x"));
    assert_true(exists(r.to, "x/part_1"));

    create(r.to, "y", 2, 10); /* it has no such part, but reserves the name */
    create(r.from, "y/part_7", 0, 4);
    copy(&r, "y/part_7");
    assert_false(exists(r.to, "y"));
    assert_true(exists(r.to, "y/part_7"));
    end(&r);
}

/* Names that only begin like those of parts. */
static void what_only_looks_like_a_part_stays(void **state)
{
    const char *paths[] = {"x/part_0", "x/part_01", "x/part_1", "x/part_ial"};
    struct vs__rescue r = begin(state);

    r.paths = paths;
    r.n_paths = 4;
    create(r.to, "x/part_01", 0, 4);
    create(r.to, "x/part_ial", 0, 4);
    create(r.from, "x", 2, 10);
    copy(&r, "x");
    assert_int_equal(n_parts_of(r.to, "x"), 2);
    assert_true(exists(r.to, "x/part_01"));
    assert_true(exists(r.to, "x/part_ial"));
    end(&r);
}

/* So long that nothing could be partitioned under it. */
static void an_alias_can_have_the_longest_name(void **state)
{
    const vs_variable_info info = {.alias_of = "x"};
    char name[VS_NAME_MAX + 1];
    const char *paths[] = {name, "x"};
    int64_t made_of[2] = {7, 0};
    struct vs__rescue r = begin(state);

    memset(name, 'n', VS_NAME_MAX);
    name[VS_NAME_MAX] = '\0';
    r.paths = paths;
    r.made_of = made_of;
    r.n_paths = 2;
    create(r.to, "x", 0, 10);
    assert_store(VS_OK, r.from, vs__rescue_alias(&r, name, &info));
    assert_true(exists(r.to, name));
    assert_int_equal(made_of[0], 0); /* it is of no variable */
    end(&r);
}

static void a_part_is_dropped_with_its_whole(void **state)
{
    struct vs__rescue r = begin(state);

    create(r.to, "x", 2, 10);
    create(r.to, "y", 0, 10);
    assert_store(VS_OK, r.from, vs__rescue_drop(&r, "x/part_1"));
    assert_store(VS_OK, r.from, vs__rescue_drop(&r, "y"));
    assert_store(VS_OK, r.from, vs__rescue_drop(&r, "z"));
    assert_false(exists(r.to, "x"));
    assert_false(exists(r.to, "y"));
    end(&r);
}

static void an_alias_leads_where_it_did_or_nowhere(void **state)
{
    const vs_variable_info info = {.alias_of = "x"};
    const vs_variable_info other = {.alias_of = "y"};
    struct vs__rescue r = begin(state);
    vs_variable *a = NULL;
    vs_variable *b = NULL;

    create(r.to, "x", 0, 10);
    create(r.to, "y", 2, 10);
    assert_store(VS_OK, r.from, vs__rescue_alias(&r, "tied", &other));
    assert_int_equal(n_parts_of(r.to, "tied"), 2);
    assert_store(VS_OK, r.from, vs__rescue_alias(&r, "tied", &info));
    assert_store(VS_OK, r.from, vs__rescue_alias(&r, "tied", &info));
    assert_store(VS_OK, r.to, vs_variable_open(r.to, "x", &a));
    assert_store(VS_OK, r.to, vs_variable_open(r.to, "tied", &b));
    assert_true(vs_variable_same(a, b));
    vs_variable_free(a);
    vs_variable_free(b);
    assert_store(VS_OK, r.to, vs_variable_delete(r.to, "x"));
    assert_store(VS_ERR_CORRUPT, r.from, vs__rescue_alias(&r, "tied", &info));
    assert_false(exists(r.to, "tied"));
    end(&r);
}

/* The new store cannot be written: that is no damage of the old one. */
static void a_failure_of_the_new_store_is_one(void **state)
{
    const vs_variable_info of_nothing = {.alias_of = "gone"};
    struct vs__rescue r = begin(state);

    create(r.to, "x", 0, 10);
    assert_store(VS_OK, r.to, vs_store_commit(r.to));
    vs_store_close(r.to);
    r.to = test_open(test_path(state, "to.db"), VS_OPEN_READ);
    assert_store(VS_ERR_IO, r.from, vs__rescue_drop(&r, "x"));
    assert_non_null(strstr(vs_store_error(r.from)->message, "the new store: "));
    assert_store(VS_ERR_IO, r.from, vs__rescue_alias(&r, "x", &of_nothing));
    assert_non_null(strstr(vs_store_error(r.from)->message, "the new store: "));
    assert_false(vs__is_damage(VS_ERR_IO));
    assert_false(vs__is_damage(VS_ERR_NOMEM));
    assert_true(vs__is_damage(VS_ERR_CORRUPT));
    assert_true(vs__is_damage(VS_ERR_STALE));
    assert_true(vs__is_damage(VS_ERR_NOTFOUND));
    assert_true(vs__is_damage(VS_ERR_TOOBIG));
    vs_store_close(r.to);
    vs_store_close(r.from);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(what_was_made_of_the_same_variable_is_used_again),
        IN_DIR(what_is_of_another_kind_makes_way),
        IN_DIR(single_names_and_a_whole_make_way_for_each_other),
        IN_DIR(what_only_looks_like_a_part_stays),
        IN_DIR(an_alias_can_have_the_longest_name),
        IN_DIR(a_part_is_dropped_with_its_whole),
        IN_DIR(an_alias_leads_where_it_did_or_nowhere),
        IN_DIR(a_failure_of_the_new_store_is_one),
    };

    return cmocka_run_group_tests_name("service.rescue", tests, NULL, NULL);
}
