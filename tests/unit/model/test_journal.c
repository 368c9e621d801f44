/* test_journal.c - model/journal: creations since a position. */
#include "stores.h"

#include <stdio.h>
#include <string.h>

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "v.db"), VS_OPEN_CREATE_NEW);
}

static void make(vs_store *store, const char *name)
{
    vs_variable_free(test_iota(store, name, vs_shape_1d(2)));
}

/* Gets a variable in a scope of this mode. */
static void get(vs_store *store, vs_reuse reuse, const char *name)
{
    const vs_scope_options options = {.reuse = reuse};
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec spec = {.shape = &shape, .site = "net.c:9"};
    vs_context *ctx = NULL;
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_context_new(store, &ctx));
    assert_store(VS_OK, store, vs_scope_enter(ctx, "", &options, NULL));
    assert_store(VS_OK, store, vs_get_variable(ctx, name, &spec, &v));
    vs_variable_free(v);
    vs_context_free(ctx);
}

static int64_t position(vs_store *store)
{
    int64_t at = -1;

    assert_store(VS_OK, store, vs_journal_position(store, &at));
    return at;
}

/* The entries as "NAME:MODE NAME:MODE", "-" for no name. */
static void assert_told(vs_store *store, vs_journal_options options,
                        const char *want)
{
    vs_journal *journal = NULL;
    const vs_creation *made = NULL;
    char have[512] = "";
    size_t n = 0;
    vs_status st;

    assert_store(VS_OK, store, vs_journal_open(store, &options, &journal));
    while ((st = vs_journal_next(journal, &made)) == VS_OK)
        n += (size_t)snprintf(
            have + n, sizeof have - n, "%s%s:%d", n != 0 ? " " : "",
            made->name != NULL ? made->name : "-", (int)made->reuse);
    vs_journal_close(journal);
    assert_store(VS_DONE, store, st);
    assert_string_equal(have, want);
}

static void creations_are_told_in_their_order(void **state)
{
    vs_store *store = fresh(state);
    int64_t before;

    assert_int_equal(position(store), 0);
    make(store, "z");
    get(store, VS_REUSE_NONE, "b/u");
    before = position(store);
    get(store, VS_REUSE_AUTO, "b/u"); /* a fetch */
    get(store, VS_REUSE_AUTO, "b/t");
    get(store, VS_REUSE_AUTO, "a/w");
    assert_store(VS_OK, store, vs_variable_copy(store, "b/t", "c"));
    assert_true(position(store) > before);
    assert_told(store, (vs_journal_options){.size = 0},
                "z:0 b/u:1 b/t:3 a/w:3 c:0");
    assert_told(store, (vs_journal_options){.after = before},
                "b/t:3 a/w:3 c:0");
    assert_told(store,
                (vs_journal_options){.reuse = VS_REUSE_AUTO, .scope = "b"},
                "b/t:3");
    assert_told(store, (vs_journal_options){.reuse = VS_REUSE_NONE}, "b/u:1");
    assert_told(store, (vs_journal_options){.after = position(store)}, "");
    vs_store_close(store);
    store = test_open(test_path(state, "v.db"), VS_OPEN_READ);
    assert_told(store,
                (vs_journal_options){.after = before, .reuse = VS_REUSE_AUTO},
                "b/t:3 a/w:3");
    test_sound(store);
    vs_store_close(store);
}

static void an_entry_goes_with_its_variable(void **state)
{
    vs_store *store = fresh(state);
    int64_t before;

    make(store, "a");
    make(store, "b");
    make(store, "c");
    assert_store(VS_OK, store, vs_variable_rename(store, "a", "z"));
    assert_store(VS_OK, store, vs_variable_alias(store, "b", "also"));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    make(store, "d");
    assert_store(VS_OK, store, vs_variable_delete(store, "c"));
    before = position(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "d"));
    assert_told(store, (vs_journal_options){.size = 0}, "z:0 b:0 -:0");
    assert_told(store, (vs_journal_options){.scope = "y"}, "");
    make(store, "e"); /* not at a position that was used */
    assert_told(store, (vs_journal_options){.after = before}, "e:0");
    vs_store_close(store);
}

static void an_entry_tells_who_when_and_where(void **state)
{
    vs_store *store = fresh(state);
    vs_journal *journal = NULL;
    const vs_creation *made = NULL;

    get(store, VS_REUSE_AUTO, "w");
    assert_store(VS_OK, store, vs_journal_open(store, NULL, &journal));
    assert_store(VS_OK, store, vs_journal_next(journal, &made));
    assert_string_equal(made->created.program, "test");
    assert_string_equal(made->created.site, "net.c:9");
    assert_true(made->created.pid > 0);
    assert_true(made->created.at_ms > 1500000000000);
    assert_int_equal(made->position, position(store));
    assert_store(VS_DONE, store, vs_journal_next(journal, &made));
    get(store, VS_REUSE_AUTO, "later");
    assert_store(VS_OK, store, vs_journal_next(journal, &made));
    assert_string_equal(made->name, "later");
    vs_journal_close(journal);
    vs_journal_close(NULL);
    vs_store_close(store);
}

static void what_cannot_be_asked_is_refused(void **state)
{
    vs_store *store = fresh(state);
    const vs_journal_options bad[] = {
        {.reuse = VS_REUSE_TRUE}, {.reuse = (vs_reuse)9}, {.after = -1}};
    const vs_journal_options scope = {.scope = "a//b"};
    vs_journal *journal = NULL;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_store(VS_ERR_MISUSE, store,
                     vs_journal_open(store, &bad[i], &journal));
    assert_store(VS_ERR_NAME, store, vs_journal_open(store, &scope, &journal));
    assert_null(journal);
    vs_store_close(store);
}

static void options_of_a_later_library_are_refused(void **state)
{
    vs_store *store = fresh(state);
    struct {
        vs_journal_options known;
        uint64_t more;
    } later = {{.size = sizeof later}, 1};
    vs_journal *journal = NULL;

    assert_store(VS_ERR_UNSUPPORTED, store,
                 vs_journal_open(store, &later.known, &journal));
    assert_non_null(strstr(vs_store_error(store)->message,
                           "vs_journal_options sets a field"));
    assert_null(journal);
    vs_store_close(store);
}

static void the_root_is_the_scope_of_all(void **state)
{
    vs_store *store = fresh(state);

    make(store, "a/w");
    make(store, "b");
    assert_store(VS_OK, store, vs_variable_delete(store, "b"));
    make(store, "c");
    assert_told(store, (vs_journal_options){.scope = ""}, "a/w:0 c:0");
    assert_told(store, (vs_journal_options){.scope = NULL}, "a/w:0 c:0");
    assert_told(store, (vs_journal_options){.scope = "a"}, "a/w:0");
    vs_store_close(store);
}

static vs_status walk(void *ctx)
{
    vs_store *store = ctx;
    vs_journal *journal = NULL;
    const vs_creation *made = NULL;
    int64_t at = 0;
    vs_status st = vs_journal_position(store, &at);

    if (st == VS_OK && (st = vs_journal_open(store, NULL, &journal)) == VS_OK)
        st = vs_journal_next(journal, &made);
    vs_journal_close(journal);
    return st;
}

static void memory_may_run_out(void **state)
{
    vs_store *store = fresh(state);

    make(store, "w");
    vs_store_close(store);
    for (int forever = 0; forever < 2; forever++) {
        store = test_open(test_path(state, "v.db"), VS_OPEN_READ);
        assert_true(test_each_allocation_failing(walk, store, forever) > 0);
        vs_store_close(store);
    }
}

#define TEST(fn) \
    cmocka_unit_test_setup_teardown(fn, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(creations_are_told_in_their_order),
        TEST(an_entry_goes_with_its_variable),
        TEST(an_entry_tells_who_when_and_where),
        TEST(what_cannot_be_asked_is_refused),
        TEST(options_of_a_later_library_are_refused),
        TEST(the_root_is_the_scope_of_all),
        TEST(memory_may_run_out),
    };

    return cmocka_run_group_tests_name("model.journal", tests, NULL, NULL);
}
