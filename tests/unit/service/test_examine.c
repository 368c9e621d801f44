/* test_examine.c - service/examine: what a store stands on. */
#include "stores.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "findings.h"

static const char *const library_only = NULL;

static void libraries_and_guards_need_no_store(void **state)
{
    struct findings found = {""};
    const vs_examine_options options = {.on_finding = note_finding,
                                        .ctx = &found};
    vs_verdict worst = VS_VERDICT_BAD;

    (void)state;
    assert_ok(vs_examine(library_only, &options, &worst, NULL));
    assert_true(worst < VS_VERDICT_WARN);
    assert_finding(&found, "library varstore ok [" VS_VERSION "]", "");
    assert_finding(&found, "library sqlite ", "");
    assert_finding(&found, "library lz4 ", "");
    assert_finding(&found, "guard synchronous ok", "");
    assert_null(strstr(found.text, "\nplace "));
}

static void groups_come_in_order(void **state)
{
    static const char *const groups[] = {"\nguard ", "\nplace ", "\nfile ",
                                         "\nholder "};
    const char *path = test_path(state, "a.db");
    struct findings found = {""};
    const vs_examine_options options = {.on_finding = note_finding,
                                        .ctx = &found};
    const char *at = found.text;

    vs_store_close(test_open(path, VS_OPEN_CREATE_NEW));
    assert_ok(vs_examine(path, &options, NULL, NULL));
    for (size_t i = 0; i < 4; i++) {
        at = strstr(at, groups[i]);
        assert_non_null(at);
    }
}

static void a_store_that_is_open_here_stays_as_it_is(void **state)
{
    const char *path = test_path(state, "a.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    vs_variable_free(test_iota(store, "w", vs_shape_1d(3)));
    assert_ok(vs_examine(path, NULL, NULL, NULL));
    assert_store(VS_OK, store, vs_store_commit(store));
    test_sound(store);
    vs_store_close(store);
}

static void refuses(vs_status want, const char *path,
                    const vs_examine_options *options, const char *words)
{
    vs_verdict worst = VS_VERDICT_WARN;
    vs_error err = {0};

    assert_status(want, vs_examine(path, options, &worst, &err));
    assert_int_equal(worst, VS_VERDICT_WARN);
    assert_int_equal(err.status, want);
    if (strstr(err.message, words) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, words);
}

static void failures_have_their_codes(void **state)
{
    struct {
        vs_examine_options known;
        long more;
    } newer = {{.size = sizeof newer}, 1};
    const char *path = test_path(state, "a.db");

    refuses(VS_ERR_NOFILE, path, NULL, "does not exist");
    refuses(VS_ERR_MISUSE, "", NULL, "empty");
    refuses(VS_ERR_NOTASTORE, test_path(state, "."), NULL, "directory");
    test_write_file(path, "text", 4);
    refuses(VS_ERR_NOTASTORE, path, NULL, "not a SQLite file");
    refuses(VS_ERR_UNSUPPORTED, path, &newer.known, "vs_examine_options");
}

static vs_status examine(void *ctx)
{
    return vs_examine(ctx, NULL, NULL, NULL);
}

static void running_out_of_memory_is_an_error(void **state)
{
    char *path = (char *)(uintptr_t)test_path(state, "a.db");

    vs_store_close(test_open(path, VS_OPEN_CREATE_NEW));
    assert_true(test_each_allocation_failing(examine, path, false) > 5);
    assert_true(test_each_allocation_failing(examine, path, true) > 5);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libraries_and_guards_need_no_store),
        IN_DIR(groups_come_in_order),
        IN_DIR(a_store_that_is_open_here_stays_as_it_is),
        IN_DIR(failures_have_their_codes),
        IN_DIR(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("service.examine", tests, NULL, NULL);
}
