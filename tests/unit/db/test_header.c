/* test_header.c - db/header: whose file it is, without touching it. */
#include "dbtest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faulty.h"

static void refuses(const char *path, vs_open_mode mode, vs_status want,
                    const char *words)
{
    struct vs__db *db = NULL;
    vs_error err = {0};

    assert_status(want, open_patient(path, mode, 200, &db, &err));
    if (strstr(err.message, words) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, words);
}

/* All modes refuse it, and leave no trace: no byte changed, nothing beside. */
static void refuses_untouched(void **state, const char *path, const char *words)
{
    size_t n = 0;
    size_t n_after = 0;
    char *before = test_read_file(path, &n);
    char *after;

    assert_non_null(before);
    refuses(path, VS_OPEN_READ, VS_ERR_NOTASTORE, words);
    refuses(path, VS_OPEN_WRITE, VS_ERR_NOTASTORE, words);
    refuses(path, VS_OPEN_CREATE, VS_ERR_NOTASTORE, words);
    after = test_read_file(path, &n_after);
    assert_int_equal(n, n_after);
    assert_memory_equal(before, after, n);
    assert_false(file_exists(test_path(state, "a.db-wal")));
    assert_false(file_exists(test_path(state, "a.db-shm")));
    free(before);
    free(after);
}

/* Another application's file, made by `sql`, and closed by its application. */
static void make_foreign(const char *path, const char *sql)
{
    sqlite3 *conn = NULL;

    assert_int_equal(sqlite3_open(path, &conn), SQLITE_OK);
    assert_int_equal(sqlite3_exec(conn, sql, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(conn);
}

static void a_text_file_is_not_sqlite(void **state)
{
    const char *path = test_path(state, "a.db");

    test_write_file(path, "step,loss\n1,0.5\n", 16);
    refuses_untouched(state, path, "is not a SQLite file");
}

static void zeros_are_not_sqlite(void **state)
{
    static const char zeros[4096];
    const char *path = test_path(state, "a.db");

    test_write_file(path, zeros, sizeof zeros);
    refuses_untouched(state, path, "is not a SQLite file");
}

static void another_applications_file_stays_untouched(void **state)
{
    const char *path = test_path(state, "a.db");

    make_foreign(path, "PRAGMA application_id = 43981; CREATE TABLE t (x)");
    refuses_untouched(state, path, "0x0000abcd, want 0x56535452");
}

static void so_does_one_in_wal_mode(void **state)
{
    const char *path = test_path(state, "a.db");

    make_foreign(path, "PRAGMA journal_mode = WAL; CREATE TABLE t (x)");
    refuses_untouched(state, path, "0x00000000, want 0x56535452");
}

static void and_one_with_a_journal_to_roll_back(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *journal = test_path(state, "a.db-journal");

    make_foreign(path, "CREATE TABLE t (x)");
    test_write_file(journal, "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7 and so on", 18);
    refuses_untouched(state, path, "another application");
    assert_true(file_exists(journal));
}

static void a_truncated_store_is_told_by_its_sizes(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    assert_ok(add_blob(db, 10 * VS__PAGE_BYTES));
    vs__db_close(db); /* all of it is in the main file now */
    assert_int_equal(unlink(test_path(state, "a.db-wal")), 0);
    assert_int_equal(unlink(test_path(state, "a.db-shm")), 0);
    assert_int_equal(truncate(path, 5 * VS__PAGE_BYTES), 0);
    refuses(path, VS_OPEN_WRITE, VS_ERR_CORRUPT,
            "is truncated: 163840 bytes, its header says");
    refuses(path, VS_OPEN_READ, VS_ERR_CORRUPT, "is truncated");
    /* A log might hold the rest; SQLite then finds that it does not. */
    test_write_file(test_path(state, "a.db-wal"), "no log", 6);
    refuses(path, VS_OPEN_WRITE, VS_ERR_CORRUPT,
            "is truncated: 163840 bytes, its header says");
}

static void a_damaged_header_of_a_store_is_damage(void **state)
{
    const char *path = test_path(state, "a.db");
    FILE *f;

    vs__db_close(make_store(path));
    assert_int_equal(unlink(test_path(state, "a.db-wal")), 0);
    f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, 16, SEEK_SET), 0);
    assert_int_equal(fwrite("\x12\x34", 1, 2, f), 2); /* the page size */
    (void)fclose(f);
    refuses(path, VS_OPEN_WRITE, VS_ERR_CORRUPT, "header is damaged");
}

/* -------- A crash in the middle of writing the first page. */

static int leaves_a_log(void *ctx)
{
    (void)make_store(ctx);
    return 0; /* as if killed: nothing is closed */
}

static void overwrite(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "r+b");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    (void)fclose(f);
}

static void a_torn_first_page_is_repeated_from_the_log(void **state)
{
    const char *path = test_path(state, "a.db");
    char noise[512];
    struct vs__db *db = NULL;

    in_child(leaves_a_log, (char *)(uintptr_t)path);
    memset(noise, 0x5a, sizeof noise);
    overwrite(path, noise, sizeof noise);
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_int_equal(ask(db, "SELECT count(*) FROM counter"), 1);
    assert_sound(db);
    vs__db_close(db);
}

/* The frame of a first page whose transaction had not ended: its header is that
 * of this log, its page never reached the disk. */
static void what_was_not_committed_repeats_nothing(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *log = test_path(state, "a.db-wal");
    static const uint8_t page_one[4] = {0, 0, 0, 1};
    uint8_t noise[512];
    struct vs__db *db = NULL;
    size_t n = 0;
    uint8_t *bytes;

    in_child(leaves_a_log, (char *)(uintptr_t)path);
    bytes = test_read_file(log, &n);
    assert_non_null(bytes);
    bytes = realloc(bytes, n + 24 + VS__PAGE_BYTES);
    assert_non_null(bytes);
    memset(bytes + n, 0xff, 24 + VS__PAGE_BYTES);
    memcpy(bytes + n, page_one, 4);
    memcpy(bytes + n + 8, bytes + 16, 8); /* the salt */
    test_write_file(log, bytes, n + 24 + VS__PAGE_BYTES);
    free(bytes);
    memset(noise, 0x5a, sizeof noise);
    overwrite(path, noise, sizeof noise);
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_int_equal(ask(db, "SELECT count(*) FROM counter"), 1);
    assert_sound(db);
    vs__db_close(db);
}

static void a_log_of_another_application_repeats_nothing(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *log = test_path(state, "a.db-wal");
    const char *other = test_path(state, "b.db");
    const char *other_log = test_path(state, "b.db-wal");
    sqlite3 *conn = NULL;

    assert_int_equal(sqlite3_open(other, &conn), SQLITE_OK);
    assert_int_equal(sqlite3_exec(conn,
                                  "PRAGMA journal_mode = WAL;"
                                  "CREATE TABLE t (x)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    copy_file(other_log, log);
    (void)sqlite3_close(conn);
    test_write_file(path, "neither this nor that", 21);
    refuses(path, VS_OPEN_WRITE, VS_ERR_NOTASTORE, "want 0x56535452");
    assert_true(file_exists(log));
}

/* A journal that undoes the making of a file with pages of 32 KiB. */
static void write_first_journal(const char *path)
{
    char journal[512] = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";

    journal[22] = 2;          /* sectors of 512 bytes */
    journal[26] = (char)0x80; /* pages of 32768 */
    test_write_file(path, journal, sizeof journal);
}

/* What is in the file is undone as soon as somebody reads it, so that a store
 * has to be made although the file was not empty. */
static void a_creation_that_is_undone_starts_anew(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *journal = test_path(state, "a.db-journal");
    struct vs__db *db = make_store(path);

    assert_ok(run_sql(db, "PRAGMA journal_mode = DELETE"));
    vs__db_close(db);
    for (int torn = 0; torn <= 1; torn++) {
        write_first_journal(journal);
        if (torn)
            overwrite(path, "torn torn torn torn", 19);
        assert_ok(open_as(path, VS_OPEN_CREATE, &db, NULL));
        assert_int_equal(ask(db, "SELECT count(*) FROM sqlite_schema"), 0);
        assert_int_equal(ask(db, "PRAGMA application_id"), TEST_ID);
        assert_ok(run_sql(db, "PRAGMA journal_mode = DELETE"));
        vs__db_close(db);
        assert_false(file_exists(journal));
    }
}

/* Killed in a big write, which had begun to put pages into the file. */
static int leaves_a_journal(void *ctx)
{
    struct vs__db *db = make_store(ctx);

    must(vs__txn_begin_bulk(db, INT64_C(64) << 20) == VS_OK);
    must(vs__engine_exec(db, db->conn, "PRAGMA cache_size = 10") == SQLITE_OK);
    must(run_sql(db, "UPDATE counter SET n = 7") == VS_OK);
    for (int i = 0; i < 30; i++)
        must(run_sql(db, "INSERT INTO blob (bytes) VALUES "
                         "(randomblob(300000))") == VS_OK);
    return 0;
}

static void a_torn_first_page_is_put_back_from_the_journal(void **state)
{
    const char *path = test_path(state, "a.db");
    char noise[512];
    struct vs__db *db = NULL;

    in_child(leaves_a_journal, (char *)(uintptr_t)path);
    assert_true(file_exists(test_path(state, "a.db-journal")));
    memset(noise, 0x5a, sizeof noise);
    overwrite(path, noise, sizeof noise);
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 0);
    assert_int_equal(ask(db, "SELECT count(*) FROM blob"), 0);
    assert_sound(db);
    vs__db_close(db);
}

/* A journal of pages so small that no header fits, of none, and of others. */
static void a_journal_without_a_header_puts_nothing_back(void **state)
{
    static const struct {
        unsigned char page[4];
        unsigned char number; /* of the page in its only record */
        size_t n;             /* bytes of it */
    } journals[] = {
        {{0, 0, 0, 99}, 1, 2048},
        {{0, 0, 2, 0}, 2, 2048},
        {{0, 0, 2, 0}, 1, 512 + 2},
        {{0, 0, 2, 0}, 1, 512 + 4 + 50},
    };
    const char *path = test_path(state, "a.db");
    const char *journal = test_path(state, "a.db-journal");

    for (size_t i = 0; i < sizeof journals / sizeof journals[0]; i++) {
        unsigned char bytes[2048] = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";

        bytes[19] = 1; /* there was a page */
        bytes[22] = 2; /* sectors of 512 bytes */
        memcpy(bytes + 24, journals[i].page, 4);
        bytes[512 + 3] = journals[i].number;
        test_write_file(path, "neither this nor that", 21);
        test_write_file(journal, bytes, journals[i].n);
        refuses(path, VS_OPEN_WRITE, VS_ERR_NOTASTORE, "is not a SQLite file");
    }
}

/* Pages of which the second is the first. */
static void the_first_page_may_come_later_in_the_log(void **state)
{
    const char *path = test_path(state, "a.db");
    unsigned char bytes[32 + 24 + 512 + 24 + 512] = {0x37, 0x7f, 0x06, 0x82};

    bytes[10] = 2;     /* pages of 512 bytes */
    bytes[32 + 3] = 9; /* a frame of page 9 */
    bytes[32 + 24 + 512 + 3] = 1;
    memcpy(bytes + 32 + 24 + 512 + 24, "SQLite format 3", 16);
    bytes[32 + 24 + 512 + 24 + 71] = 9; /* the application */
    test_write_file(path, "neither this nor that", 21);
    test_write_file(test_path(state, "a.db-wal"), bytes, sizeof bytes);
    refuses(path, VS_OPEN_WRITE, VS_ERR_NOTASTORE, "its id is 0x00000009");
}

/* A gigabyte that takes no room on the disk. */
static void holes_are_not_read_to_their_end(void **state)
{
    static const struct {
        const char *ending;
        unsigned char top[32];
    } cases[] = {
        {"-wal", {0x37, 0x7f, 0x06, 0x82, [11] = 100}},
        {"-journal",
         {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63,
          0xd7, [19] = 1, [22] = 2, [27] = 100}},
    };
    const char *path = test_path(state, "a.db");

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[600];

        (void)snprintf(name, sizeof name, "%s%s", path, cases[i].ending);
        test_write_file(path, "neither this nor that", 21);
        test_write_file(name, cases[i].top, sizeof cases[i].top);
        assert_int_equal(truncate(name, (off_t)1 << 30), 0);
        faulty_begin();
        faulty_arm(FAULTY_READ, cases[i].ending, (1 << 18) + 2,
                   SQLITE_IOERR_READ, EIO, true);
        refuses(path, VS_OPEN_READ, VS_ERR_NOTASTORE, "is not a SQLite file");
        assert_false(faulty_struck());
        faulty_disarm();
        faulty_end();
        assert_int_equal(unlink(name), 0);
    }
}

/* What would tell whose file it is cannot be read. */
static void cannot_be_told(const char *path, const char *suffix)
{
    char noise[512];
    struct vs__db *db = NULL;

    memset(noise, 0x5a, sizeof noise);
    overwrite(path, noise, sizeof noise);
    faulty_begin();
    for (int k = 1; k <= 3; k++) { /* top, number, header */
        faulty_arm(FAULTY_READ, suffix, k, SQLITE_IOERR_READ, EIO, false);
        assert_status(VS_ERR_IO, open_as(path, VS_OPEN_WRITE, &db, NULL));
        assert_true(faulty_struck());
        faulty_disarm();
    }
    faulty_end();
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_sound(db);
    vs__db_close(db);
}

static void a_disk_that_fails_is_no_foreign_file(void **state)
{
    const char *logged = test_path(state, "a.db");
    const char *journaled = test_path(state, "b.db");

    in_child(leaves_a_log, (char *)(uintptr_t)logged);
    cannot_be_told(logged, "-wal");
    in_child(leaves_a_journal, (char *)(uintptr_t)journaled);
    cannot_be_told(journaled, "-journal");
}

/* Garbage, a header alone, pages too small, a frame of an older log. */
static void a_log_without_a_header_repeats_nothing(void **state)
{
    static const struct {
        unsigned char magic;
        unsigned char page; /* times 256 bytes */
        unsigned char salt; /* of the frame */
        size_t n;
    } logs[] = {
        {0x99, 2, 1, 600}, {0x82, 2, 1, 20},  {0x82, 2, 1, 32},
        {0x82, 0, 1, 600}, {0x83, 2, 2, 600}, {0x82, 2, 1, 32 + 24 + 50},
    };
    const char *path = test_path(state, "a.db");
    const char *log = test_path(state, "a.db-wal");

    for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
        unsigned char bytes[600] = {0x37, 0x7f, 0x06, 0};

        bytes[3] = logs[i].magic;
        bytes[10] = logs[i].page;
        bytes[16] = 1;     /* the log's salt */
        bytes[32 + 3] = 1; /* a frame of page 1 */
        bytes[32 + 8] = logs[i].salt;
        test_write_file(path, "neither this nor that", 21);
        test_write_file(log, bytes, logs[i].n);
        refuses(path, VS_OPEN_WRITE, VS_ERR_NOTASTORE, "is not a SQLite file");
    }
}

static void another_applications_file_is_not_made_anew(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *journal = test_path(state, "a.db-journal");

    make_foreign(path, "CREATE TABLE t (x)");
    write_first_journal(journal);
    refuses(path, VS_OPEN_CREATE, VS_ERR_NOTASTORE, "another application");
    assert_true(file_exists(journal));
}

/* What wrote it last does not keep the number of pages. */
static void a_size_that_nobody_kept_is_not_compared(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__sum sum;
    size_t n = 0;
    uint8_t *page;

    vs__db_close(db);
    assert_int_equal(unlink(test_path(state, "a.db-wal")), 0);
    page = test_read_file(path, &n);
    assert_non_null(page);
    page[28] = 1; /* far more pages than there are, */
    page[92]++;   /* as of another change */
    sum = vs__sum_of(page, VS__PAGE_BYTES, 1);
    memcpy(page + VS__PAGE_BYTES - sizeof sum, &sum, sizeof sum);
    overwrite(path, page, VS__PAGE_BYTES);
    free(page);
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_sound(db);
    vs__db_close(db);
}

static void pages_of_64_kib_are_counted_as_such(void **state)
{
    const char *path = test_path(state, "a.db");

    make_foreign(path, "PRAGMA page_size = 65536;"
                       "PRAGMA application_id = 1448301650;"
                       "CREATE TABLE t (x); CREATE TABLE u (x);"
                       "CREATE TABLE v (x);");
    assert_int_equal(truncate(path, 3 * 65536), 0);
    refuses(path, VS_OPEN_WRITE, VS_ERR_CORRUPT,
            "is truncated: 196608 bytes, its header says 262144");
}

struct peer {
    char *path;
    struct gate gate;
};

static int finds_it_locked(void *ctx)
{
    const struct peer *peer = ctx;
    struct vs__db *db = NULL;
    sqlite3 *conn = NULL;

    gate_pass(&peer->gate);
    must(open_patient(peer->path, VS_OPEN_WRITE, 50, &db, NULL) == VS_OK);
    must(vs__txn_begin(db, VS_TXN_WRITE) == VS_ERR_BUSY);
    vs__db_close(db);
    must(sqlite3_open(peer->path, &conn) == SQLITE_OK);
    must(sqlite3_exec(conn, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) ==
         SQLITE_BUSY);
    (void)sqlite3_close(conn);
    return 0;
}

/* A descriptor of ours, closed, would have dropped both kinds of locks: that
 * of the writer, and that of whoever has the file open. */
static void looking_at_an_open_store_drops_no_lock(void **state)
{
    struct peer peer = {(char *)(uintptr_t)test_path(state, "a.db"),
                        make_gate()};
    const pid_t pid = start_child(finds_it_locked, &peer);
    struct vs__db *db = make_store(peer.path);
    struct vs__db *second = NULL;
    struct vs__db_options other = {VS_OPEN_READ, VS_SYNC_FULL, 0, 1};

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(open_as(peer.path, VS_OPEN_WRITE, &second, NULL));
    vs__db_close(second);
    assert_status(VS_ERR_NOTASTORE,
                  vs__db_open(peer.path, &other, &second, NULL));
    gate_open(&peer.gate);
    join_child(pid);
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
    end_gate(&peer.gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_text_file_is_not_sqlite),
        with_dir(zeros_are_not_sqlite),
        with_dir(another_applications_file_stays_untouched),
        with_dir(so_does_one_in_wal_mode),
        with_dir(and_one_with_a_journal_to_roll_back),
        with_dir(a_truncated_store_is_told_by_its_sizes),
        with_dir(a_damaged_header_of_a_store_is_damage),
        with_dir(a_torn_first_page_is_repeated_from_the_log),
        with_dir(what_was_not_committed_repeats_nothing),
        with_dir(a_log_of_another_application_repeats_nothing),
        with_dir(a_creation_that_is_undone_starts_anew),
        with_dir(a_torn_first_page_is_put_back_from_the_journal),
        with_dir(a_journal_without_a_header_puts_nothing_back),
        with_dir(the_first_page_may_come_later_in_the_log),
        with_dir(holes_are_not_read_to_their_end),
        with_dir(a_disk_that_fails_is_no_foreign_file),
        with_dir(a_log_without_a_header_repeats_nothing),
        with_dir(another_applications_file_is_not_made_anew),
        with_dir(a_size_that_nobody_kept_is_not_compared),
        with_dir(pages_of_64_kib_are_counted_as_such),
        with_dir(looking_at_an_open_store_drops_no_lock),
    };

    return cmocka_run_group_tests_name("db.header", tests, NULL, NULL);
}
