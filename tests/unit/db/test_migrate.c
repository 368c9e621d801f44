/* test_migrate.c - db/migrate: scripts, and schemas that are not ours. */
#include "dbtest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db/migrate.h"

static const char first[] =
    "-- The first script; CREATE TABLE in_a_comment (x);\n"
    "CREATE TABLE thing (\n"
    "    id   INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice\n"
    "    name TEXT NOT NULL UNIQUE               -- 'it''s; a name'\n"
    ") STRICT;\n"
    "\n"
    "/* CREATE TABLE in_another (x); */\n"
    "CREATE INDEX thing_name ON thing (name) WHERE name <> ';'\n"
    "    ;\n"
    "INSERT INTO thing (name) VALUES ('CREATE TABLE in_a_text (x);');\n";

static const char second[] = "CREATE VIEW things AS\n"
                             "SELECT id, name FROM thing;\n"
                             "CREATE TABLE more (id INTEGER PRIMARY KEY);\n"
                             "/* CREATE TABLE in_what_never_ends (x);";

static const struct vs__migration scripts[] = {
    {1, "0001_first.sql", first},
    {2, "0002_second.sql", second},
};

static vs_status migrate(struct vs__db *db, int n)
{
    vs_status st = vs__txn_begin(db, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    return vs__txn_end(db, vs__migrate(db, scripts, n));
}

static struct vs__db *make(const char *path, int n)
{
    struct vs__db *db = NULL;

    assert_ok(open_as(path, VS_OPEN_CREATE_NEW, &db, NULL));
    assert_ok(migrate(db, n));
    return db;
}

/* A migrated store after another tool has run `sql` on it. */
static struct vs__db *make_and_change(void **state, const char *sql)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make(path, 2);
    sqlite3 *conn = NULL;

    vs__db_close(db);
    assert_int_equal(sqlite3_open(path, &conn), SQLITE_OK);
    assert_int_equal(sqlite3_exec(conn, sql, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(conn);
    assert_ok(open_patient(path, VS_OPEN_READ, 0, &db, NULL));
    return db;
}

static void refuses(struct vs__db *db, vs_status want, const char *words)
{
    assert_status(want, vs__migrate_verify(db, scripts, 2));
    if (strstr(vs__db_error(db)->message, words) == NULL)
        fail_msg("'%s' does not say '%s'", vs__db_error(db)->message, words);
    vs__db_close(db);
}

static void a_new_file_gets_every_script(void **state)
{
    struct vs__db *db = make(test_path(state, "a.db"), 2);
    int number = 0;

    assert_ok(vs__db_schema_number(db, &number));
    assert_int_equal(number, 2);
    assert_int_equal(ask(db, "SELECT count(*) FROM thing"), 1);
    assert_int_equal(ask(db, "SELECT count(*) FROM more"), 0);
    assert_ok(vs__migrate_verify(db, scripts, 2));
    vs__db_close(db);
}

static void an_older_file_gets_what_it_lacks(void **state)
{
    struct vs__db *db = make(test_path(state, "a.db"), 1);
    int number = 0;

    assert_ok(vs__migrate_verify(db, scripts, 1));
    assert_ok(vs__migrate_verify(db, scripts, 2)); /* known, and older */
    assert_ok(migrate(db, 2));
    assert_ok(vs__db_schema_number(db, &number));
    assert_int_equal(number, 2);
    assert_int_equal(ask(db, "SELECT count(*) FROM thing"), 1); /* once */
    assert_ok(vs__migrate_verify(db, scripts, 2));
    assert_ok(migrate(db, 2)); /* nothing left to do */
    vs__db_close(db);
}

static void a_newer_file_is_refused(void **state)
{
    struct vs__db *db = make(test_path(state, "a.db"), 2);

    assert_status(VS_ERR_TOONEW, migrate(db, 1));
    assert_non_null(strstr(vs__db_error(db)->message,
                           "schema number 2, this library knows up to 1"));
    assert_status(VS_ERR_TOONEW, vs__migrate_verify(db, scripts, 1));
    vs__db_close(db);
}

static void a_script_that_fails_is_named_and_undone(void **state)
{
    static const struct vs__migration broken[] = {
        {1, "0001_first.sql", first},
        {2, "0002_broken.sql", "CREATE TABLE ok (x); CREATE TABLE oops ("},
    };
    struct vs__db *db = NULL;
    bool is_new = false;

    assert_ok(open_as(test_path(state, "a.db"), VS_OPEN_CREATE, &db, NULL));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_ERR_CORRUPT, vs__txn_end(db, vs__migrate(db, broken, 2)));
    assert_non_null(
        strstr(vs__db_error(db)->message, "script 0002_broken.sql"));
    assert_ok(vs__db_is_new(db, &is_new));
    assert_true(is_new);
    vs__db_close(db);
}

static void a_script_that_ends_its_transaction_is_found_out(void **state)
{
    static const struct vs__migration broken[] = {
        {1, "0001_broken.sql", "CREATE TABLE kept (x); COMMIT;"}};
    struct vs__db *db = NULL;
    int number = -1;

    assert_ok(open_as(test_path(state, "a.db"), VS_OPEN_CREATE, &db, NULL));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_ERR_IO, vs__txn_end(db, vs__migrate(db, broken, 1)));
    assert_ok(vs__db_schema_number(db, &number));
    assert_int_equal(number, 0); /* nothing is written outside one */
    vs__db_close(db);
}

static void a_migration_needs_a_write_transaction(void **state)
{
    struct vs__db *db = NULL;

    assert_ok(open_as(test_path(state, "a.db"), VS_OPEN_CREATE, &db, NULL));
    assert_status(VS_ERR_MISUSE, vs__migrate(db, scripts, 2));
    vs__db_close(db);
}

static void a_view_more_is_not_ours(void **state)
{
    refuses(make_and_change(state, "CREATE VIEW evil AS SELECT * FROM thing"),
            VS_ERR_NOTASTORE, "view 'evil'");
}

static void a_trigger_more_is_not_ours(void **state)
{
    refuses(make_and_change(state, "CREATE TRIGGER evil AFTER INSERT ON thing "
                                   "BEGIN DELETE FROM thing; END"),
            VS_ERR_NOTASTORE, "trigger 'evil'");
}

static void statistics_of_another_tool_are_not_ours(void **state)
{
    refuses(make_and_change(state, "ANALYZE"), VS_ERR_NOTASTORE,
            "table 'sqlite_stat1'");
}

static void a_table_with_one_space_more_is_not_ours(void **state)
{
    refuses(make_and_change(state, "DROP TABLE more; "
                                   "CREATE TABLE more (id  INTEGER "
                                   "PRIMARY KEY)"),
            VS_ERR_NOTASTORE, "table 'more'");
}

static void half_of_a_statement_is_not_ours(void **state)
{
    refuses(make_and_change(state, "DROP INDEX thing_name; "
                                   "CREATE INDEX thing_name ON thing (name)"),
            VS_ERR_NOTASTORE, "index 'thing_name'");
}

static void a_column_that_computes_is_not_ours(void **state)
{
    refuses(make_and_change(state, "ALTER TABLE more ADD COLUMN "
                                   "x AS (abs(id))"),
            VS_ERR_NOTASTORE, "table 'more'");
}

static void a_statement_quoted_in_a_script_is_not_ours(void **state)
{
    refuses(make_and_change(state, "CREATE TABLE in_a_comment (x)"),
            VS_ERR_NOTASTORE, "table 'in_a_comment'");
}

static void nor_is_one_from_a_text(void **state)
{
    refuses(make_and_change(state, "CREATE TABLE in_a_text (x)"),
            VS_ERR_NOTASTORE, "table 'in_a_text'");
}

/* SQLite takes an empty text for that of an index of its own. */
static void an_index_of_sqlites_own_with_a_text_is_not_ours(void **state)
{
    refuses(make_and_change(state, "PRAGMA writable_schema = ON;"
                                   "UPDATE sqlite_schema SET sql = '' "
                                   "WHERE sql IS NULL"),
            VS_ERR_NOTASTORE, "index 'sqlite_autoindex_thing_1'");
}

/* Which it finds by its name in capitals too. */
static void nor_is_one_by_another_name(void **state)
{
    refuses(make_and_change(state, "PRAGMA writable_schema = ON;"
                                   "UPDATE sqlite_schema SET name = upper(name)"
                                   " WHERE sql IS NULL"),
            VS_ERR_NOTASTORE, "index 'SQLITE_AUTOINDEX_THING_1'");
}

static void a_missing_table_is_damage(void **state)
{
    refuses(make_and_change(state, "DROP TABLE more"), VS_ERR_CORRUPT,
            "lacks 'CREATE TABLE more '");
}

static void a_missing_index_is_damage(void **state)
{
    refuses(make_and_change(state, "DROP INDEX thing_name"), VS_ERR_CORRUPT,
            "lacks 'CREATE INDEX thing_name ON thing '");
}

static void a_negative_number_is_damage(void **state)
{
    refuses(make_and_change(state, "PRAGMA user_version = -1"), VS_ERR_CORRUPT,
            "schema number -1");
}

static void objects_of_a_later_script_do_not_count(void **state)
{
    refuses(make_and_change(state, "PRAGMA user_version = 1"), VS_ERR_NOTASTORE,
            "view 'things'");
}

static void the_last_statement_needs_no_end(void **state)
{
    static const struct vs__migration one[] = {
        {1, "0001_one.sql", "CREATE TABLE thing (x);\nCREATE TABLE last (y)"}};
    struct vs__db *db = NULL;

    assert_ok(open_as(test_path(state, "a.db"), VS_OPEN_CREATE_NEW, &db, NULL));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(vs__txn_end(db, vs__migrate(db, one, 1)));
    assert_ok(vs__txn_begin(db, VS_TXN_READ));
    assert_ok(vs__migrate_verify(db, one, 1));
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
}

static vs_status verify(void *ctx)
{
    return vs__migrate_verify(ctx, scripts, 2);
}

static void running_out_of_memory_is_an_error(void **state)
{
    struct vs__db *db = make(test_path(state, "a.db"), 2);

    assert_true(test_each_allocation_failing(verify, db, false) > 0);
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_new_file_gets_every_script),
        with_dir(an_older_file_gets_what_it_lacks),
        with_dir(a_newer_file_is_refused),
        with_dir(a_script_that_fails_is_named_and_undone),
        with_dir(a_script_that_ends_its_transaction_is_found_out),
        with_dir(a_migration_needs_a_write_transaction),
        with_dir(a_view_more_is_not_ours),
        with_dir(a_trigger_more_is_not_ours),
        with_dir(statistics_of_another_tool_are_not_ours),
        with_dir(a_table_with_one_space_more_is_not_ours),
        with_dir(half_of_a_statement_is_not_ours),
        with_dir(a_column_that_computes_is_not_ours),
        with_dir(a_statement_quoted_in_a_script_is_not_ours),
        with_dir(nor_is_one_from_a_text),
        with_dir(an_index_of_sqlites_own_with_a_text_is_not_ours),
        with_dir(nor_is_one_by_another_name),
        with_dir(a_missing_table_is_damage),
        with_dir(a_missing_index_is_damage),
        with_dir(a_negative_number_is_damage),
        with_dir(objects_of_a_later_script_do_not_count),
        with_dir(the_last_statement_needs_no_end),
        with_dir(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("db.migrate", tests, NULL, NULL);
}
