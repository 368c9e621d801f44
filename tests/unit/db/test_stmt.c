/* test_stmt.c - db/stmt: statements, kept by their literal. */
#include "dbtest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct vs__db *make_table(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(run_sql(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, x)"));
    return db;
}

/* Stores what `bind` binds; returns a statement at the row it became. */
static struct vs__stmt *round_trip(struct vs__db *db,
                                   void (*bind)(struct vs__stmt *s))
{
    static const char put[] = "INSERT INTO t (x) VALUES ($1)";
    static const char get[] = "SELECT x, typeof(x) FROM t";
    struct vs__stmt *s = NULL;

    assert_ok(vs__stmt_get(db, put, &s));
    bind(s);
    assert_ok(vs__stmt_run(s));
    assert_ok(vs__stmt_get(db, get, &s));
    assert_ok(vs__stmt_step(s));
    return s;
}

static void bind_min(struct vs__stmt *s)
{
    vs__bind_i64(s, 1, INT64_MIN);
}

static void integers_come_back(void **state)
{
    struct vs__db *db = make_table(state);
    struct vs__stmt *s = round_trip(db, bind_min);

    assert_true(vs__column_i64(s, 0) == INT64_MIN);
    assert_false(vs__column_null(s, 0));
    vs__stmt_reset(s);
    vs__db_close(db);
}

static void bind_tiny(struct vs__stmt *s)
{
    vs__bind_f64(s, 1, 4.9406564584124654e-324);
}

static void reals_come_back(void **state)
{
    struct vs__db *db = make_table(state);
    struct vs__stmt *s = round_trip(db, bind_tiny);

    assert_true(vs__column_f64(s, 0) == 4.9406564584124654e-324);
    vs__stmt_reset(s);
    vs__db_close(db);
}

static void bind_part(struct vs__stmt *s)
{
    vs__bind_text(s, 1, "layer1/kernel", 6);
}

static void a_part_of_a_text_can_be_bound(void **state)
{
    struct vs__db *db = make_table(state);
    struct vs__stmt *s = round_trip(db, bind_part);

    assert_string_equal(vs__column_text(s, 0), "layer1");
    vs__stmt_reset(s);
    vs__db_close(db);
}

static void bind_no_text(struct vs__stmt *s)
{
    vs__bind_text(s, 1, NULL, -1);
}

static void no_text_is_null_and_reads_as_empty(void **state)
{
    struct vs__db *db = make_table(state);
    struct vs__stmt *s = round_trip(db, bind_no_text);
    size_t n = 7;

    assert_true(vs__column_null(s, 0));
    assert_string_equal(vs__column_text(s, 0), "");
    assert_non_null(vs__column_blob(s, 0, &n));
    assert_int_equal(n, 0);
    assert_status(VS_DONE, vs__stmt_step(s));
    vs__stmt_reset(s);
    vs__db_close(db);
}

static void bind_bytes(struct vs__stmt *s)
{
    vs__bind_blob(s, 1, "a\0b", 3);
}

static void bytes_come_back(void **state)
{
    struct vs__db *db = make_table(state);
    struct vs__stmt *s = round_trip(db, bind_bytes);
    size_t n = 0;
    const void *bytes = vs__column_blob(s, 0, &n);

    assert_int_equal(n, 3);
    assert_memory_equal(bytes, "a\0b", 3);
    vs__stmt_reset(s);
    vs__db_close(db);
}

static void bind_no_bytes(struct vs__stmt *s)
{
    vs__bind_blob(s, 1, NULL, 0);
}

static void no_bytes_are_an_empty_blob(void **state)
{
    struct vs__db *db = make_table(state);
    struct vs__stmt *s = round_trip(db, bind_no_bytes);

    assert_false(vs__column_null(s, 0));
    assert_string_equal(vs__column_text(s, 1), "blob");
    vs__stmt_reset(s);
    vs__db_close(db);
}

static void bind_null(struct vs__stmt *s)
{
    vs__bind_null(s, 1);
}

static void null_comes_back(void **state)
{
    struct vs__db *db = make_table(state);
    struct vs__stmt *s = round_trip(db, bind_null);

    assert_true(vs__column_null(s, 0));
    vs__stmt_reset(s);
    vs__db_close(db);
}

static void a_literal_is_prepared_once(void **state)
{
    static const char sql[] = "SELECT n FROM counter";
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct vs__stmt *first = NULL;
    struct vs__stmt *again = NULL;

    assert_ok(vs__stmt_get(db, sql, &first));
    vs__stmt_reset(first);
    assert_ok(vs__stmt_get(db, sql, &again));
    assert_ptr_equal(first, again);
    vs__stmt_reset(again);
    vs__db_close(db);
}

static void many_literals_are_told_apart(void **state)
{
    static char sql[300][32];
    struct vs__db *db = make_store(test_path(state, "a.db"));
    const size_t before = db->stmts.n;

    for (int i = 0; i < 300; i++)
        (void)snprintf(sql[i], sizeof sql[i], "SELECT %d", i);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 300; i++)
            assert_int_equal(ask(db, sql[i]), i);
    assert_int_equal(db->stmts.n, before + 300);
    assert_true(db->stmts.n <= db->stmts.n_slots / 2);
    vs__db_close(db);
}

static void a_reset_statement_has_no_bindings(void **state)
{
    static const char sql[] = "SELECT $1 IS NULL";
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct vs__stmt *s = NULL;

    assert_ok(vs__stmt_get(db, sql, &s));
    vs__bind_i64(s, 1, 5);
    assert_ok(vs__stmt_step(s));
    assert_int_equal(vs__column_i64(s, 0), 0);
    vs__stmt_reset(s);
    assert_int_equal(ask(db, sql), 1);
    vs__stmt_reset(NULL);
    vs__db_close(db);
}

static void parameters_are_numbered_by_first_use(void **state)
{
    static const char sql[] = "SELECT $2 * 100 + $1 * 10 + $2";
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct vs__stmt *s = NULL;

    assert_ok(vs__stmt_get(db, sql, &s));
    vs__bind_i64(s, 1, 7); /* the name $2 comes first */
    vs__bind_i64(s, 2, 4);
    assert_ok(vs__stmt_step(s));
    assert_int_equal(vs__column_i64(s, 0), 747);
    vs__stmt_reset(s);
    vs__db_close(db);
}

static void the_end_stays_the_end(void **state)
{
    static const char sql[] = "SELECT n FROM counter";
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct vs__stmt *s = NULL;

    assert_ok(vs__stmt_get(db, sql, &s));
    assert_ok(vs__stmt_step(s));
    assert_status(VS_DONE, vs__stmt_step(s));
    assert_status(VS_DONE, vs__stmt_step(s)); /* SQLite would start over */
    vs__stmt_reset(s);
    vs__db_close(db);
}

static void a_failed_bind_is_told_by_the_step(void **state)
{
    static const char sql[] = "SELECT $1";
    static const char big[1];
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct vs__stmt *s = NULL;

    assert_ok(vs__stmt_get(db, sql, &s));
    vs__bind_i64(s, 2, 1); /* there is no second */
    vs__bind_i64(s, 1, 1);
    assert_status(VS_ERR_MISUSE, vs__stmt_step(s));
    assert_status(VS_ERR_MISUSE, vs__stmt_step(s));
    vs__stmt_reset(s);
    assert_ok(vs__stmt_get(db, sql, &s));
    vs__bind_blob(s, 1, big, (size_t)30 << 20); /* refused, so not read */
    assert_status(VS_ERR_TOOBIG, vs__stmt_run(s));
    assert_ok(vs__stmt_get(db, sql, &s));
    vs__bind_i64(s, 1, 1);
    assert_ok(vs__stmt_run(s)); /* and forgotten by the reset */
    vs__db_close(db);
}

static void a_failed_step_fails_again(void **state)
{
    static const char sql[] = "INSERT INTO counter (id, n) VALUES (1, 1)";
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct vs__stmt *s = NULL;

    assert_ok(vs__stmt_get(db, sql, &s));
    assert_status(VS_ERR_CORRUPT, vs__stmt_step(s));
    assert_status(VS_ERR_CORRUPT, vs__stmt_step(s));
    vs__stmt_reset(s);
    assert_ok(add_one(db));
    vs__db_close(db);
}

static void a_statement_that_does_not_fit_is_damage(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct vs__stmt *s = NULL;

    assert_status(VS_ERR_CORRUPT,
                  vs__stmt_get(db, "SELECT no_column FROM counter", &s));
    assert_status(VS_ERR_CORRUPT, vs__stmt_new(db, "SELECT * FROM no", &s));
    assert_null(s);
    vs__db_close(db);
}

static void a_private_statement_stays_while_others_run(void **state)
{
    static const char sql[] = "SELECT id FROM blob ORDER BY id";
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct vs__stmt *list = NULL;

    for (int i = 0; i < 3; i++)
        assert_ok(add_blob(db, 10));
    assert_ok(vs__stmt_new(db, sql, &list));
    for (int64_t i = 1; i <= 3; i++) {
        assert_ok(vs__stmt_step(list));
        assert_int_equal(vs__column_i64(list, 0), i);
        assert_int_equal(ask(db, sql), 1);
    }
    assert_status(VS_DONE, vs__stmt_step(list));
    vs__stmt_free(list);
    vs__stmt_free(NULL);
    vs__db_close(db);
}

static void inserts_and_changes_are_counted(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(run_sql(db, "INSERT INTO blob (id, bytes) VALUES (41, x'00')"));
    assert_int_equal(vs__db_last_id(db), 41);
    assert_ok(run_sql(db, "INSERT INTO blob (bytes) VALUES (x'00')"));
    assert_int_equal(vs__db_last_id(db), 42);
    assert_ok(run_sql(db, "UPDATE blob SET bytes = x'01' WHERE id > 0"));
    assert_int_equal(vs__db_changes(db), 2);
    assert_ok(run_sql(db, "DELETE FROM blob WHERE id = 7"));
    assert_int_equal(vs__db_changes(db), 0);
    vs__db_close(db);
}

static void statements_follow_a_changed_schema(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db *other = NULL;

    assert_int_equal(ask(db, "SELECT n FROM counter"), 0);
    assert_ok(open_as(path, VS_OPEN_WRITE, &other, NULL));
    assert_ok(run_sql(other, "CREATE INDEX i ON counter (n)"));
    vs__db_close(other);
    assert_ok(add_one(db));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 1);
    vs__db_close(db);
}

struct prepared {
    struct vs__db *db;
    char (*sql)[32];
};

static vs_status prepare_many(void *ctx)
{
    const struct prepared *p = ctx;
    struct vs__stmt *s;
    vs_status st = VS_OK;

    for (int i = 0; i < 100 && st == VS_OK; i++)
        if ((st = vs__stmt_get(p->db, p->sql[i], &s)) == VS_OK)
            st = vs__stmt_run(s);
    if (st == VS_OK && (st = vs__stmt_new(p->db, "SELECT 1", &s)) == VS_OK)
        vs__stmt_free(s);
    return st;
}

static void a_statement_in_use_is_not_given_twice(void **state)
{
    static const char sql[] = "SELECT n FROM counter";
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct vs__stmt *again = NULL;
    struct vs__stmt *s = NULL;

    assert_ok(vs__stmt_get(db, sql, &s));
    assert_ok(vs__stmt_step(s));
    assert_status(VS_ERR_MISUSE, vs__stmt_get(db, sql, &again));
    assert_null(again);
    assert_non_null(strstr(vs__db_error(db)->message, "two places at once"));
    assert_status(VS_DONE, vs__stmt_step(s)); /* it goes on */
    vs__stmt_reset(s);
    assert_int_equal(ask(db, sql), 0);
    vs__db_close(db);
}

static int frees_what_it_inherited(void *ctx)
{
    vs__stmt_free(ctx);
    return 0;
}

static void a_child_may_free_its_copy(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct vs__stmt *s = NULL;

    assert_ok(vs__stmt_new(db, "SELECT n FROM counter", &s));
    assert_ok(vs__stmt_step(s));
    in_child(frees_what_it_inherited, s);
    assert_status(VS_DONE, vs__stmt_step(s));
    vs__stmt_free(s);
    vs__db_close(db);
}

static void running_out_of_memory_is_an_error(void **state)
{
    static char sql[100][32];
    struct prepared p = {make_store(test_path(state, "a.db")), sql};

    for (int i = 0; i < 100; i++)
        (void)snprintf(sql[i], sizeof sql[i], "SELECT %d", i);
    assert_true(test_each_allocation_failing(prepare_many, &p, false) > 5);
    vs__db_close(p.db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(integers_come_back),
        with_dir(reals_come_back),
        with_dir(a_part_of_a_text_can_be_bound),
        with_dir(no_text_is_null_and_reads_as_empty),
        with_dir(bytes_come_back),
        with_dir(no_bytes_are_an_empty_blob),
        with_dir(null_comes_back),
        with_dir(a_literal_is_prepared_once),
        with_dir(many_literals_are_told_apart),
        with_dir(a_reset_statement_has_no_bindings),
        with_dir(parameters_are_numbered_by_first_use),
        with_dir(the_end_stays_the_end),
        with_dir(a_failed_bind_is_told_by_the_step),
        with_dir(a_failed_step_fails_again),
        with_dir(a_statement_that_does_not_fit_is_damage),
        with_dir(a_private_statement_stays_while_others_run),
        with_dir(inserts_and_changes_are_counted),
        with_dir(statements_follow_a_changed_schema),
        with_dir(a_statement_in_use_is_not_given_twice),
        with_dir(a_child_may_free_its_copy),
        with_dir(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("db.stmt", tests, NULL, NULL);
}
