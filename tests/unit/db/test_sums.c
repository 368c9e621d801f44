/* test_sums.c - db/sums: a page that is not what was written is told. */
#include "dbtest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/migrate.h"

#define PAGE VS__PAGE_BYTES

/* A store's file. */
struct file {
    const char *path;
    uint8_t *at; /* its bytes, to be changed; freed by the test */
    size_t n;
};

static struct file look_at(const char *path)
{
    struct file file = {.path = path};

    file.at = test_read_file(path, &file.n);
    assert_non_null(file.at);
    return file;
}

/* A store of many rows, closed, with all of it in the file. */
static struct file make(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    assert_ok(run_sql(db, "CREATE TABLE thing (name TEXT PRIMARY KEY, n INT) "
                          "WITHOUT ROWID"));
    assert_ok(run_sql(db, "INSERT INTO thing (name, n) "
                          "WITH k (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                          "FROM k WHERE i < 5000) SELECT 'name ' || i, i "
                          "FROM k"));
    assert_ok(vs__db_flush(db));
    vs__db_close(db);
    (void)unlink(test_path(state, "a.db-wal"));
    (void)unlink(test_path(state, "a.db-shm"));
    return look_at(path);
}

/* The first page of the file that begins with a byte: 2 and 10 are an index's
 * inner pages and leaves (and those of a table without rowid), 13 leaves of a
 * table. Counted from 0. */
static size_t find_page(const struct file *f, uint8_t kind)
{
    for (size_t i = 1; i < f->n / PAGE; i++)
        if (f->at[i * PAGE] == kind &&
            (f->at[i * PAGE + 3] | f->at[i * PAGE + 4]) != 0)
            return i;
    fail_msg("no page begins with %d", kind);
    return 0;
}

/* Of a page: how many cells it has. One less: its last row is not there. */
static void take_a_row(uint8_t *page)
{
    const int cells = (page[3] << 8 | page[4]) - 1;

    page[3] = (uint8_t)(cells >> 8);
    page[4] = (uint8_t)cells;
}

/* Opens it with the bytes as they were changed. */
static struct vs__db *reopen(const struct file *f)
{
    struct vs__db *db = NULL;

    test_write_file(f->path, f->at, f->n);
    assert_ok(open_as(f->path, VS_OPEN_WRITE, &db, NULL));
    return db;
}

/* Has SQLite itself, as another program uses it, run something. */
static void another_program_runs(const char *path, const char *sql)
{
    sqlite3 *conn = NULL;

    assert_int_equal(sqlite3_open(path, &conn), SQLITE_OK);
    assert_int_equal(sqlite3_exec(conn, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(conn), SQLITE_OK);
}

static vs_status first_of(struct vs__db *db, const char *sql)
{
    struct vs__stmt *s;
    vs_status st = vs__txn_begin(db, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if ((st = vs__stmt_get(db, sql, &s)) == VS_OK) {
        st = vs__stmt_step(s);
        vs__stmt_reset(s);
    }
    return vs__txn_end(db, st);
}

/* By another implementation of FORMAT.md, section 10. */
static void sums_are_those_of_the_format(void **state)
{
    static const struct {
        int64_t number;
        uint8_t bytes[VS__SUM_BYTES];
    } want[] = {
        {1, {0x56, 0xc1, 0xdf, 0x0c, 0xea, 0x31, 0x4f, 0xfd}},
        {2, {0x79, 0x65, 0x1f, 0x07, 0xfd, 0x59, 0xe0, 0x91}},
        {0x102030405, {0x7e, 0x61, 0x1c, 0x05, 0xfc, 0x59, 0xe0, 0x91}},
    };
    uint8_t page[512];

    (void)state;
    for (size_t i = 0; i < sizeof page; i++)
        page[i] = (uint8_t)(i * 7 + 3);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        const struct vs__sum got = vs__sum_of(page, 512, want[i].number);

        assert_memory_equal(got.bytes, want[i].bytes, VS__SUM_BYTES);
    }
}

/* But the sum itself, and in the first page what SQLite says of changes. */
static void each_byte_counts(void **state)
{
    uint8_t page[512] = {1, 2, 3};

    (void)state;
    for (int64_t number = 1; number <= 2; number++) {
        const struct vs__sum was = vs__sum_of(page, 512, number);

        for (int i = 0; i < 512; i++) {
            const bool left_out =
                i >= 504 ||
                (number == 1 && (i == 18 || i == 19 || (i >= 24 && i < 28) ||
                                 (i >= 92 && i < 100)));
            struct vs__sum is;

            page[i] ^= 0x10;
            is = vs__sum_of(page, 512, number);
            if ((memcmp(&is, &was, sizeof is) == 0) != left_out)
                fail_msg("page %d, byte %d", (int)number, i);
            page[i] ^= 0x10;
        }
    }
}

static void every_page_of_a_new_store_has_its_sum(void **state)
{
    static const struct vs__sum none;
    struct file f = make(state);

    assert_int_equal(f.at[VS__AT_FREE], VS__SUM_BYTES);
    for (size_t i = 0; i < f.n / PAGE; i++) {
        const struct vs__sum want =
            vs__sum_of(f.at + i * PAGE, PAGE, (int64_t)i + 1);

        assert_memory_not_equal(&want, &none, sizeof want);
        assert_memory_equal(f.at + (i + 1) * PAGE - sizeof want, &want,
                            sizeof want);
    }
    free(f.at);
}

static void what_a_damaged_page_hides_is_not_denied(void **state)
{
    struct file f = make(state);
    struct vs__db *db;

    take_a_row(f.at + find_page(&f, 10) * PAGE);
    db = reopen(&f);
    assert_status(VS_ERR_CORRUPT,
                  first_of(db, "SELECT 1 FROM thing WHERE n = -1"));
    assert_non_null(strstr(vs__db_error(db)->message, "not what was written"));
    assert_status(VS_ERR_CORRUPT, first_of(db, "SELECT count(*) FROM thing"));
    /* What would be answered otherwise: */
    vs__db_lenient_begin(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM thing"), 4999);
    vs__db_lenient_end(db);
    vs__db_close(db);
    free(f.at);
}

static void who_does_not_meet_it_goes_on(void **state)
{
    struct file f = make(state);
    struct vs__db *db;

    take_a_row(f.at + find_page(&f, 10) * PAGE);
    db = reopen(&f);
    assert_status(VS_ERR_CORRUPT, first_of(db, "SELECT count(*) FROM thing"));
    assert_ok(first_of(db, "SELECT n FROM counter"));
    assert_ok(add_one(db));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 1);
    vs__db_close(db);
    free(f.at);
}

static void nothing_is_written_after_it(void **state)
{
    struct file f = make(state);
    const size_t page = find_page(&f, 10);
    struct vs__db *db;

    take_a_row(f.at + page * PAGE);
    db = reopen(&f);
    vs__db_lenient_begin(db); /* not even then */
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_ERR_CORRUPT, run_sql(db, "DELETE FROM thing"));
    assert_status(VS_ERR_CORRUPT, run_sql(db, "UPDATE counter SET n = 5"));
    assert_status(VS_ERR_CORRUPT, vs__txn_end(db, VS_ERR_CORRUPT));
    assert_int_equal(ask(db, "SELECT count(*) FROM thing"), 4999);
    assert_int_equal(ask(db, "SELECT n FROM counter"), 0);
    vs__db_lenient_end(db);
    vs__db_close(db);
    free(f.at);
}

static void no_tables_are_made_after_it(void **state)
{
    static const struct vs__migration scripts[] = {
        {.version = 1, .name = "more", .sql = "CREATE TABLE more (x)"}};
    struct file f = make(state);
    struct vs__db *db;

    f.at[PAGE - 1] ^= 1;
    db = reopen(&f);
    vs__db_lenient_begin(db);
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_ERR_CORRUPT, vs__migrate(db, scripts, 1));
    assert_status(VS_ERR_CORRUPT, vs__txn_end(db, VS_ERR_CORRUPT));
    assert_int_equal(
        ask(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'"), 0);
    vs__db_lenient_end(db);
    vs__db_close(db);
    free(f.at);
}

static void what_a_list_still_reads_is_not_forgotten(void **state)
{
    struct file f = make(state);
    struct vs__stmt *list = NULL;
    struct vs__db *db;

    f.at[(find_page(&f, 10) + 1) * PAGE - 1] ^= 1;
    db = reopen(&f);
    assert_ok(vs__stmt_new(db, "SELECT n FROM thing ORDER BY name", &list));
    assert_status(VS_ERR_CORRUPT, vs__stmt_step(list));
    assert_status(VS_ERR_CORRUPT, first_of(db, "SELECT n FROM counter"));
    vs__stmt_free(list);
    assert_ok(first_of(db, "SELECT n FROM counter"));
    vs__db_close(db);
    free(f.at);
}

/* SQLite keeps in memory where each table begins. */
static void damage_of_the_schema_is_not_forgotten(void **state)
{
    struct file f = make(state);
    struct vs__db *db;

    f.at[PAGE - 1] ^= 1; /* the first page, where it stands */
    db = reopen(&f);
    for (int i = 0; i < 3; i++) {
        assert_status(VS_ERR_CORRUPT, first_of(db, "SELECT n FROM counter"));
        assert_status(VS_ERR_CORRUPT, add_one(db));
    }
    assert_ok(vs__txn_begin_bulk(db, INT64_C(64) << 20));
    assert_false(vs__txn_bulk(db)); /* the header is not written either */
    assert_ok(vs__txn_end(db, VS_OK));
    assert_status(VS_ERR_CORRUPT, add_one(db));
    vs__db_lenient_begin(db);
    assert_int_equal(ask(db, "SELECT n FROM counter"), 0);
    vs__db_lenient_end(db);
    vs__db_close(db);
    free(f.at);
}

/* Nor where the log comes back after the schema was read: the page is one that
 * SQLite does not read again, the rest of a long text. */
static void nor_in_a_store_that_was_without_a_log(void **state)
{
    static char sql[60000];
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct file f;
    size_t page = 1;

    (void)snprintf(sql, sizeof sql, "CREATE TABLE wordy (x /* %050000d */)", 0);
    assert_ok(run_sql(db, sql));
    assert_ok(vs__db_flush(db));
    vs__db_close(db);
    (void)unlink(test_path(state, "a.db-wal")); /* or it is moved again */
    (void)unlink(test_path(state, "a.db-shm"));
    another_program_runs(path, "PRAGMA journal_mode = DELETE");
    f = look_at(path);
    while (page < f.n / PAGE && f.at[page * PAGE + 100] != '0')
        page++;
    assert_true(page < f.n / PAGE);
    f.at[page * PAGE + 100] = '1';
    db = reopen(&f);
    for (int i = 0; i < 3; i++) {
        assert_status(VS_ERR_CORRUPT, first_of(db, "SELECT n FROM counter"));
        assert_status(VS_ERR_CORRUPT, add_one(db));
    }
    vs__db_close(db);
    free(f.at);
}

/* Rows of 20000 bytes, whose pages are all damaged in a byte that SQLite does
 * not mind: more than are noted by their number. */
static struct file make_wide(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct file f;

    assert_ok(run_sql(db, "CREATE TABLE wide (i INTEGER PRIMARY KEY, x, y)"));
    assert_ok(run_sql(db, "INSERT INTO wide (x, y) "
                          "WITH k (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                          "FROM k WHERE i < 80) SELECT 1, zeroblob(20000) "
                          "FROM k"));
    assert_ok(vs__db_flush(db));
    vs__db_close(db);
    f = look_at(path);
    for (size_t i = 1; i < f.n / PAGE; i++)
        if (f.at[i * PAGE] == 13 && f.at[i * PAGE + 5] < 64) /* half full */
            f.at[(i + 1) * PAGE - 1] ^= 0x10;
    return f;
}

/* Has them changed by the journal, straight in the file: SQLite has most of them
 * written in the middle of the statement, which fails at its end. */
static int change_wide(const struct file *f, struct vs__db **out)
{
    struct vs__db *db = *out = reopen(f);

    must(vs__txn_begin_bulk(db, INT64_C(64) << 20) == VS_OK);
    must(vs__txn_bulk(db));
    must(vs__engine_exec(db, db->conn, "PRAGMA cache_size = 10") == SQLITE_OK);
    must(run_sql(db, "UPDATE counter SET n = 5") == VS_OK);
    must(run_sql(db, "UPDATE wide SET x = 2") == VS_ERR_CORRUPT);
    must(vs__sums_noted(db) > VS__SUMS_NOTED);
    return 0;
}

static void assert_pages_are_as_before(const struct file *f)
{
    struct file after = look_at(f->path);

    assert_true(after.n >= f->n);
    for (size_t i = 1; i < f->n / PAGE; i++)
        assert_memory_equal(after.at + i * PAGE, f->at + i * PAGE, PAGE);
    free(after.at);
}

static void pages_that_are_put_back_stay_damaged(void **state)
{
    struct file f = make_wide(state);
    struct vs__db *db;

    assert_int_equal(change_wide(&f, &db), 0);
    assert_status(VS_ERR_CORRUPT, vs__txn_end(db, VS_ERR_CORRUPT));
    vs__db_close(db);
    assert_pages_are_as_before(&f);
    free(f.at);
}

static int dies_while_it_changes(void *ctx)
{
    struct vs__db *db;

    return change_wide(ctx, &db);
}

static void pages_that_a_journal_puts_back_stay_damaged(void **state)
{
    struct file f = make_wide(state);
    struct vs__db *db = NULL;

    in_child(dies_while_it_changes, &f);
    assert_ok(open_as(f.path, VS_OPEN_WRITE, &db, NULL));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 0);
    assert_status(VS_ERR_CORRUPT, first_of(db, "SELECT max(x) FROM wide"));
    vs__db_close(db);
    assert_pages_are_as_before(&f);
    free(f.at);
}

static void count_pages(const char *what, void *ctx)
{
    *(int *)ctx += strstr(what, "not what was written") != NULL;
}

static void a_check_tells_each_page(void **state)
{
    struct file f = make(state);
    struct vs__db *db;
    int told = 0;

    /* A bit that nothing else would miss. */
    f.at[2 * PAGE - VS__SUM_BYTES] ^= 1;
    f.at[find_page(&f, 10) * PAGE + PAGE - 1] ^= 0x80;
    db = reopen(&f);
    vs__db_lenient_begin(db);
    assert_ok(vs__db_check(db, count_pages, &told));
    vs__db_lenient_end(db);
    assert_int_equal(told, 2);
    vs__db_close(db);
    free(f.at);
}

/* More pages than are noted by their number. */
static void many_damaged_pages_are_counted(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct file f;
    int told = 0;

    for (int i = 0; i < 100; i++)
        assert_ok(add_blob(db, 40000));
    assert_ok(vs__db_flush(db));
    vs__db_close(db);
    (void)unlink(test_path(state, "a.db-wal"));
    f = look_at(path);
    for (size_t i = 1; i < f.n / PAGE; i++)
        f.at[(i + 1) * PAGE - 1] ^= 0x10;
    db = reopen(&f);
    vs__db_lenient_begin(db);
    assert_ok(vs__db_check(db, count_pages, &told));
    assert_int_equal(told, VS__SUMS_NOTED + 1);
    vs__db_lenient_end(db);
    assert_status(VS_ERR_CORRUPT, add_blob(db, 40000));
    vs__db_close(db);
    free(f.at);
}

static void a_page_in_the_place_of_another_is_told(void **state)
{
    struct file f = make(state);
    const size_t page = find_page(&f, 10);
    struct vs__db *db;

    memcpy(f.at + page * PAGE, f.at + (page + 1) * PAGE, PAGE);
    db = reopen(&f);
    assert_status(VS_ERR_CORRUPT, first_of(db, "SELECT count(*) FROM thing"));
    vs__db_close(db);
    free(f.at);
}

static void a_store_that_keeps_no_room_for_sums_is_damaged(void **state)
{
    struct file f = make(state);
    struct vs__db *db = NULL;
    vs_error err;

    f.at[VS__AT_FREE] = 0;
    test_write_file(f.path, f.at, f.n);
    assert_status(VS_ERR_CORRUPT, open_as(f.path, VS_OPEN_READ, &db, &err));
    assert_non_null(strstr(err.message, "keeps 0 bytes of each page free"));
    free(f.at);
}

/* Not even when pages were to be mapped, as a build of SQLite may have it. */
static void no_page_goes_past_the_sums(void **state)
{
    struct file f = make(state);
    struct vs__db *db;

    take_a_row(f.at + find_page(&f, 10) * PAGE);
    db = reopen(&f);
    assert_int_equal(
        vs__engine_exec(db, db->conn, "PRAGMA mmap_size = 100000000"),
        SQLITE_OK);
    assert_status(VS_ERR_CORRUPT, first_of(db, "SELECT count(*) FROM thing"));
    vs__db_close(db);
    free(f.at);
}

static int leaves_a_log(void *ctx)
{
    struct vs__db *db = make_store(ctx);

    must(run_sql(db, "CREATE TABLE more (x)") == VS_OK);
    must(add_blob(db, 100000) == VS_OK);
    must(add_one(db) == VS_OK);
    return 0;
}

/* It moves the log when it closes, switches the journal, or writes all anew. */
static void what_other_programs_do_to_pages_is_no_damage(void **state)
{
    static const char *const ways[] = {
        "SELECT n FROM counter",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL",
        "VACUUM",
    };
    const char *path = test_path(state, "a.db");

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct vs__db *db = NULL;

        (void)unlink(path);
        in_child(leaves_a_log, (char *)(uintptr_t)path);
        another_program_runs(path, ways[i]);
        assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
        assert_int_equal(ask(db, "SELECT n FROM counter"), 1);
        assert_ok(add_one(db));
        assert_sound(db);
        assert_ok(vs__db_flush(db));
        vs__db_close(db);
        another_program_runs(path, "PRAGMA journal_mode = DELETE");
        assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
        assert_int_equal(ask(db, "SELECT n FROM counter"), 2);
        assert_sound(db);
        vs__db_close(db);
    }
}

/* Of a page that the log has, what the file says is not asked. (That SQLite may
 * read the first page before it opens the log, no test makes happen at will:
 * db.create has it now and then.) */
static void a_first_page_that_the_log_has_anew_is_not_compared(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db;
    struct file f;

    in_child(leaves_a_log, (char *)(uintptr_t)path);
    f = look_at(path);
    assert_true(f.n >= PAGE);
    f.at[PAGE / 2] ^= 0x55;
    db = reopen(&f);
    free(f.at);
    assert_int_equal(ask(db, "SELECT n FROM counter"), 1);
    assert_ok(add_one(db));
    assert_sound(db);
    vs__db_close(db);
}

static void what_another_program_writes_is_told(void **state)
{
    struct file f = make(state);
    struct vs__db *db = NULL;

    another_program_runs(f.path, "UPDATE thing SET n = 7 WHERE n = 8");
    assert_ok(open_as(f.path, VS_OPEN_WRITE, &db, NULL));
    assert_status(VS_ERR_CORRUPT, first_of(db, "SELECT count(*) FROM thing"));
    assert_non_null(strstr(vs__db_error(db)->message, "another program"));
    vs__db_close(db);
    free(f.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_the_format),
        cmocka_unit_test(each_byte_counts),
        with_dir(every_page_of_a_new_store_has_its_sum),
        with_dir(what_a_damaged_page_hides_is_not_denied),
        with_dir(who_does_not_meet_it_goes_on),
        with_dir(nothing_is_written_after_it),
        with_dir(no_tables_are_made_after_it),
        with_dir(what_a_list_still_reads_is_not_forgotten),
        with_dir(damage_of_the_schema_is_not_forgotten),
        with_dir(nor_in_a_store_that_was_without_a_log),
        with_dir(pages_that_are_put_back_stay_damaged),
        with_dir(pages_that_a_journal_puts_back_stay_damaged),
        with_dir(a_check_tells_each_page),
        with_dir(many_damaged_pages_are_counted),
        with_dir(a_page_in_the_place_of_another_is_told),
        with_dir(no_page_goes_past_the_sums),
        with_dir(a_store_that_keeps_no_room_for_sums_is_damaged),
        with_dir(what_other_programs_do_to_pages_is_no_damage),
        with_dir(a_first_page_that_the_log_has_anew_is_not_compared),
        with_dir(what_another_program_writes_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
