/* test_guards.c - db/guards: which SQLite, and how a connection is set up. */
#include "dbtest.h"

#include <stdlib.h>
#include <string.h>

#include "db/guards.h"
#include "findings.h"

/* A connection that is left as SQLite makes it; linked in by --wrap. */
static bool unguarded;

int __real_vs__settings_harden(sqlite3 *conn);
int __wrap_vs__settings_harden(sqlite3 *conn);

int __wrap_vs__settings_harden(sqlite3 *conn)
{
    return unguarded ? SQLITE_OK : __real_vs__settings_harden(conn);
}

static void each_version_has_its_verdict(void **state)
{
    static const struct {
        int version;
        vs_verdict verdict;
        const char *words;
    } cases[] = {
        {3036000, VS_VERDICT_BAD, "3.37"},
        {3037000, VS_VERDICT_NOTE, "write lock"},
        {3040001, VS_VERDICT_NOTE, "write lock"},
        {3044005, VS_VERDICT_NOTE, "write lock"},
        {3044006, VS_VERDICT_OK, "mended"},
        {3045000, VS_VERDICT_NOTE, "write lock"},
        {3050006, VS_VERDICT_NOTE, "write lock"},
        {3050007, VS_VERDICT_OK, "mended"},
        {3051002, VS_VERDICT_NOTE, "write lock"},
        {3051003, VS_VERDICT_OK, "no hazard"},
        {3052000, VS_VERDICT_WARN, "withdrawn"},
        {3053000, VS_VERDICT_OK, "no hazard"},
        {3053003, VS_VERDICT_NOTE, "several databases"},
        {3053004, VS_VERDICT_OK, "no hazard"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *why = NULL;

        assert_int_equal(vs__guards_verdict(cases[i].version, &why),
                         cases[i].verdict);
        assert_non_null(strstr(why, cases[i].words));
    }
}

static void the_engine_that_runs_is_told(void **state)
{
    struct findings found = {""};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = &found}, .group = "g"};

    (void)state;
    vs__guards_tell_engine(&f);
    assert_non_null(strstr(found.text, sqlite3_libversion()));
    assert_int_not_equal(f.worst, VS_VERDICT_BAD);
}

static void every_guard_is_on(void **state)
{
    struct findings found = {""};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = &found}, .group = "g"};

    (void)state;
    assert_ok(vs__guards_tell(&f, NULL));
    assert_finding(&found, "g synchronous ok [FULL]", "");
    assert_finding(&found, "g autocheckpoint ok [off]", "");
    assert_finding(&found, "g cell-size-check ok [on]", "");
    assert_finding(&found, "g trusted-schema ok [off]", "");
    assert_finding(&found, "g defensive ok [on]", "");
    if (f.worst != VS_VERDICT_OK)
        fail_msg("not ok:\n%s", found.text);
}

static void a_guard_that_is_off_is_bad(void **state)
{
    struct findings found = {""};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = &found}, .group = "g"};

    (void)state;
    unguarded = true;
    assert_ok(vs__guards_tell(&f, NULL));
    unguarded = false;
    assert_finding(&found, "g defensive bad [0]", "want 1 (on)");
    assert_finding(&found, "g checkpoint-on-close bad [0]", "unlink");
    assert_int_equal(f.worst, VS_VERDICT_BAD);
}

static vs_status tell(void *ctx)
{
    struct vs__findings f = {.group = "g"};
    vs_error err;

    (void)ctx;
    return vs__guards_tell(&f, &err);
}

static void running_out_of_memory_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(test_each_allocation_failing(tell, NULL, false), 1);
    assert_int_equal(test_each_allocation_failing(tell, NULL, true), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_version_has_its_verdict),
        cmocka_unit_test(the_engine_that_runs_is_told),
        cmocka_unit_test(every_guard_is_on),
        cmocka_unit_test(a_guard_that_is_off_is_bad),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("db.guards", tests, NULL, NULL);
}
