/* test_salvage_rows.c - service/salvage: rows that disagree or cannot be, though
 * each has its digest, and pages that cannot be read, cost what they are about
 * and nothing else.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct told {
    char text[16384]; /* "NAME CHECKPOINT: WORDS\n" for each */
    size_t n;
};

static void on_lost(const char *name, int64_t checkpoint, const char *what,
                    void *ctx)
{
    struct told *t = ctx;

    t->n += (size_t)snprintf(t->text + t->n, sizeof t->text - t->n,
                             "%.40s %lld: %.200s\n", name != NULL ? name : "-",
                             (long long)checkpoint, what);
    assert_true(t->n < sizeof t->text);
}

/* Salvages a store; what comes out is sound. */
static vs_salvage_report salvage(const char *path, const char *out,
                                 struct told *t)
{
    const vs_salvage_options options = {.on_lost = on_lost, .ctx = t};
    vs_store *store = test_open(path, VS_OPEN_READ);
    vs_salvage_report report;

    memset(t, 0, sizeof *t);
    assert_store(VS_OK, store, vs_salvage(store, out, &options, &report));
    vs_store_close(store);
    store = test_open(out, VS_OPEN_READ);
    test_sound(store);
    vs_store_close(store);
    return report;
}

/* scene.h's, with a rule, a mark and a whole. */
static void make(const char *path)
{
    const vs_shape shape = vs_shape_2d(6, 2);
    vs_store *store = scene_make(path);
    vs_variable_spec spec = {.shape = &shape,
                             .regularizer = vs_l2_regularizer(0.5)};

    assert_store(VS_OK, store, vs_variable_create(store, "ruled", &spec, NULL));
    spec.partitioner = vs_fixed_size_partitioner(2, 0);
    assert_store(VS_OK, store, vs_variable_create(store, "whole", &spec, NULL));
    assert_store(VS_OK, store, vs_scope_seal(store, "sealed", NULL));
    vs_store_close(store);
}

#define N_NAMES 7 /* b/tied, and two parts, counted */

struct row_case {
    const char *sql;       /* how it is made, or the page that is spoilt */
    const char *lost[3];   /* in order; NULL: no more */
    int64_t n_names;       /* that come over */
    int64_t n_checkpoints; /* likewise */
};

#define BOTH "- 1: ", "- 2: "

static const struct row_case cases[] = {
    {"UPDATE name SET path = 'a//mall' WHERE path = 'a/small'",
     {BOTH, "a//mall 0: "},
     N_NAMES - 1,
     0},
    {"UPDATE name SET path = 'a//mall' WHERE path = 'a/small'" SCENE_SEAL,
     {BOTH, "a//mall 0: not a name: "},
     N_NAMES - 1,
     0},
    {"UPDATE name SET path = replace(hex(zeroblob(2000)), '0', 'n') WHERE "
     "path = 'ruled'" SCENE_SEAL,
     {"nnnnnnnnnn"},
     N_NAMES - 1,
     2},
    {"UPDATE name SET path = 'rul//' WHERE path = 'ruled'; " SCENE_BEHIND(
         "name_variable",
         "UPDATE name SET path = 'ruled' WHERE path = 'rul//'" SCENE_SEAL),
     {NULL}, /* only the index has such a name */
     N_NAMES,
     2},
    {"UPDATE name SET path = 'rules' WHERE path = 'ruled'",
     {"rules 0: "}, /* no checkpoint has it */
     N_NAMES - 1,
     2},
    {"UPDATE name SET path = 'whole/part_5' WHERE path = 'ruled'" SCENE_SEAL,
     {"whole/part_5 0: its name is that of a part"},
     N_NAMES - 1,
     2},
    {"UPDATE name SET path = 'whole/part_5' WHERE path = "
     "'whole/part_1'" SCENE_SEAL,
     {"whole 0: "}, /* both parts are variables of their own then */
     N_NAMES,
     2},
    {"UPDATE name SET path = 'odd' WHERE path = 'whole/part_1'" SCENE_SEAL,
     {"whole 0: "}, /* likewise, under a name that is no part's */
     N_NAMES,
     2},
    {"UPDATE name SET path = replace(hex(zeroblob(11000000)), '0', 'x') WHERE "
     "path = 'whole/part_1'" SCENE_SEAL,
     {"- 0: there may be names", "whole 0: "},
     N_NAMES - 1,
     2},
    {"UPDATE checkpoint SET message = replace(hex(zeroblob(11000000)), '0', "
     "'x') WHERE id = 1" SCENE_SEAL,
     {"- 1: "},
     N_NAMES,
     1},
    {"DELETE FROM version WHERE variable = 3", /* c/twin */
     {BOTH, "c/twin 0: "},
     N_NAMES - 1,
     0},
    {"DELETE FROM variable WHERE id = 3", {BOTH, "c/twin 0: "}, N_NAMES - 1, 0},
    {"UPDATE checkpoint SET step = -5 WHERE id = 2" SCENE_SEAL,
     {"- 2: step -5"},
     N_NAMES,
     1},
    {"UPDATE tag SET name = 'latest' WHERE name = 'best'" SCENE_SEAL,
     {"- 2: "},
     N_NAMES,
     1},
    {"UPDATE collection SET key = '' WHERE variable = 1 AND key = 'variables'",
     {"a/small 0: a collection's key has 0 bytes"},
     N_NAMES,
     2},
    {"UPDATE rule SET spec = '{}', record = record(variable, kind, '{}') "
     "WHERE variable = (SELECT variable FROM name WHERE path = 'ruled')",
     {"ruled 0: "},
     N_NAMES,
     2},
    {"UPDATE scope_mark SET site = 'x'", {"- 0: "}, N_NAMES, 2},
    {"UPDATE scope_mark SET scope = 'a//b'" SCENE_SEAL, {"- 0: "}, N_NAMES, 2},
};

static void assert_lost(const struct row_case *c, const struct told *t)
{
    const char *at = t->text;

    for (size_t i = 0; i < 3 && c->lost[i] != NULL; i++) {
        at = strstr(at, c->lost[i]);
        if (at == NULL)
            fail_msg("%s\nwant '%s', told was:\n%s", c->sql, c->lost[i],
                     t->text);
    }
}

static void expect_salvaged(const char *path, const char *out,
                            const struct row_case *c, struct told *t)
{
    const vs_salvage_report report = salvage(path, out, t);

    assert_lost(c, t);
    if (report.n_names != c->n_names ||
        report.n_checkpoints != c->n_checkpoints)
        fail_msg("%s\n%lld names and %lld checkpoints came over:\n%s", c->sql,
                 (long long)report.n_names, (long long)report.n_checkpoints,
                 t->text);
    assert_int_equal(remove(out), 0);
}

static void a_row_that_cannot_be_costs_what_it_is_about(void **state)
{
    const char *path = test_path(state, "made.db");
    const char *out = test_path(state, "out.db");
    size_t bytes = 0;
    void *whole;
    struct told t;

    make(path);
    whole = test_read_file(path, &bytes);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_write_file(path, whole, bytes);
        scene_sql(path, cases[i].sql);
        expect_salvaged(path, out, &cases[i], &t);
    }
    free(whole);
}

/* The page at the root of a table or an index becomes noise. */
static void spoil_root(const char *path, const char *name)
{
    char sql[200];
    size_t page = 0;
    size_t n = 0;
    char *bytes;

    (void)snprintf(sql, sizeof sql,
                   "SELECT (rootpage - 1) * (SELECT page_size FROM "
                   "pragma_page_size) FROM sqlite_schema WHERE name = '%s'",
                   name);
    page = (size_t)scene_number(path, sql);
    bytes = test_read_file(path, &n);
    assert_true(page > 0 && page + 4096 <= n);
    memset(bytes + page, 0xee, 4096);
    test_write_file(path, bytes, n);
    free(bytes);
}

static void a_page_that_cannot_be_read_costs_what_stands_in_it(void **state)
{
    static const struct row_case pages[] = {
        {"name_variable", {BOTH, "b/tied 0: "}, N_NAMES - 1, 0},
        {"name", {BOTH, "a/large 0: "}, 0, 0}, /* each is told */
        {"name", {"- 0: there may be names"}, 0, 0},
        {"checkpoint", {"- 0: "}, N_NAMES, 0},
        {"scope_mark", {"- 0: "}, N_NAMES, 2},
        {"collection_variable", {"a/large 0: "}, N_NAMES, 2},
        {"small",
         {
             BOTH,
             "a/small 0: ",
         },
         3,
         0},
    };
    const char *path = test_path(state, "made.db");
    const char *out = test_path(state, "out.db");
    size_t bytes = 0;
    void *whole;
    struct told t;

    make(path);
    whole = test_read_file(path, &bytes);
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        test_write_file(path, whole, bytes);
        spoil_root(path, pages[i].sql);
        if (strstr(pages[i].lost[0], "there may be") != NULL)
            spoil_root(path, "name_variable");
        expect_salvaged(path, out, &pages[i], &t);
    }
    free(whole);
}

/* While the store is open, as no process with this library would. */
static void an_index_that_somebody_drops_meanwhile_is_a_damage(void **state)
{
    const char *path = test_path(state, "made.db");
    struct told t = {.n = 0};
    const vs_salvage_options options = {.on_lost = on_lost, .ctx = &t};
    vs_salvage_report report;
    vs_store *store;

    make(path);
    store = test_open(path, VS_OPEN_READ);
    scene_sql(path, "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema "
                    "WHERE name = 'name_variable'; PRAGMA schema_version = "
                    "99");
    assert_store(
        VS_OK, store,
        vs_salvage(store, test_path(state, "out.db"), &options, &report));
    assert_string_equal(t.text, "");
    assert_int_equal(report.n_names, N_NAMES);
    assert_int_equal(report.n_checkpoints, 2);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_row_that_cannot_be_costs_what_it_is_about),
        IN_DIR(an_index_that_somebody_drops_meanwhile_is_a_damage),
        IN_DIR(a_page_that_cannot_be_read_costs_what_stands_in_it),
    };

    return cmocka_run_group_tests_name("service.salvage_rows", tests, NULL,
                                       NULL);
}
