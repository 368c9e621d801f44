/* test_flush.c - db/flush: the log is moved by us alone, and stays small. */
#include "dbtest.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "faulty.h"

#define FRAME ((int64_t)VS__PAGE_BYTES + 24)

/* What a copy of the main file, without its log, counts. */
static int64_t count_without_log(void **state, const char *path)
{
    const char *copy = test_path(state, "copy.db");
    struct vs__db *db = NULL;
    int64_t n;

    (void)unlink(test_path(state, "copy.db-wal"));
    (void)unlink(test_path(state, "copy.db-shm"));
    copy_file(path, copy);
    assert_ok(open_as(copy, VS_OPEN_READ, &db, NULL));
    n = ask(db, "SELECT n FROM counter");
    vs__db_close(db);
    return n;
}

static void a_flush_moves_the_log_into_the_file(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    assert_ok(vs__db_flush(db));
    assert_ok(add_one(db));
    assert_int_equal(count_without_log(state, path), 0);
    assert_ok(vs__db_flush(db));
    assert_int_equal(count_without_log(state, path), 1);
    vs__db_close(db);
}

static void closing_does_so_too(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    assert_ok(add_one(db));
    vs__db_close(db);
    assert_int_equal(count_without_log(state, path), 1);
}

static int leaves_a_log(void *ctx)
{
    struct vs__db *db = NULL;

    must(open_as(ctx, VS_OPEN_WRITE, &db, NULL) == VS_OK);
    must(add_one(db) == VS_OK);
    return 0; /* as if killed */
}

static void the_log_of_a_dead_process_is_moved_at_the_next_close(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;

    vs__db_close(make_store(path));
    in_child(leaves_a_log, (char *)(uintptr_t)path);
    assert_int_equal(count_without_log(state, path), 0);
    assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
    vs__db_close(db);
    assert_int_equal(count_without_log(state, path),
                     0); /* a reader writes nothing */
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    vs__db_close(db);
    assert_int_equal(count_without_log(state, path), 1);
}

static void closing_waits_for_nobody(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db *other = NULL;
    int64_t begin;

    assert_ok(open_as(path, VS_OPEN_WRITE, &other, NULL));
    assert_ok(add_one(db));
    assert_ok(vs__txn_begin(other, VS_TXN_WRITE));
    begin = vs__monotonic_ns();
    vs__db_close(db);
    assert_true(vs__monotonic_ns() - begin < INT64_C(1000000000));
    assert_ok(vs__txn_end(other, VS_OK));
    vs__db_close(other);
    assert_int_equal(count_without_log(state, path), 1);
}

static void a_flush_in_the_wrong_place_is_refused(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db *reader = NULL;

    assert_ok(vs__txn_begin(db, VS_TXN_READ));
    assert_status(VS_ERR_MISUSE, vs__db_flush(db));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(open_as(path, VS_OPEN_READ, &reader, NULL));
    assert_status(VS_ERR_READONLY, vs__db_flush(reader));
    vs__db_close(reader);
    vs__db_close(db);
}

static void a_flush_takes_its_turn_among_the_writers(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db *other = NULL;

    assert_ok(open_patient(path, VS_OPEN_WRITE, 50, &other, NULL));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_ERR_BUSY, vs__db_flush(other));
    assert_non_null(strstr(vs__db_error(other)->message, "has been writing"));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__db_flush(other));
    vs__db_close(other);
    vs__db_close(db);
}

static void a_reader_holds_a_flush_up_only_briefly(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db *reader = NULL;

    assert_ok(vs__db_flush(db));
    assert_ok(open_as(path, VS_OPEN_READ, &reader, NULL));
    assert_ok(vs__txn_begin(reader, VS_TXN_READ));
    assert_ok(add_one(db));
    assert_ok(vs__db_flush(db)); /* as far as readers allow: not at all */
    assert_false(db->log.moved);
    assert_int_equal(ask(reader, "SELECT n FROM counter"), 0);
    assert_ok(vs__txn_end(reader, VS_OK));
    assert_ok(vs__db_flush(db));
    assert_true(db->log.moved);
    vs__db_close(reader);
    vs__db_close(db);
}

static void in_rollback_mode_there_is_nothing_to_move(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(run_sql(db, "PRAGMA journal_mode = DELETE"));
    db->place.wal_seen = false; /* its end is not a stranger's doing */
    assert_ok(vs__db_flush(db));
    assert_ok(add_one(db));
    vs__db_close(db);
}

/* -------- Caps. */

static void set_caps(struct vs__db *db, int64_t soft, int64_t hard)
{
    db->log.soft_bytes = soft * FRAME;
    db->log.hard_bytes = hard * FRAME;
}

static void the_caps_are_those_of_the_product(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_int_equal(db->log.soft_bytes, 16 << 20);
    assert_int_equal(db->log.hard_bytes, 256 << 20);
    assert_int_equal(db->log.frame_bytes, FRAME);
    vs__db_close(db);
}

static void a_commit_past_the_soft_cap_empties_the_log(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    int64_t most = 0;

    set_caps(db, 20, 1000);
    for (int i = 0; i < 200; i++) {
        assert_ok(add_one(db));
        most = db->log.n_frames > most ? db->log.n_frames : most;
    }
    assert_true(most <= 21);
    assert_true(vs__place_bytes(db->place.wal) <= 32 + 22 * FRAME);
    assert_sound(db);
    vs__db_close(db);
}

static void inner_commits_do_not_flush(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    set_caps(db, 1, 1000);
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    for (int i = 0; i < 5; i++)
        assert_ok(add_one(db));
    assert_null(db->helper);
    assert_ok(vs__txn_end(db, VS_OK));
    assert_non_null(db->helper);
    vs__db_close(db);
}

/* While a long reader is in the way, trying after each commit costs only. */
static void attempts_become_rare_under_a_long_reader(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db *reader = NULL;
    int64_t last = 0;
    int n_attempts = 0;

    assert_ok(open_as(path, VS_OPEN_READ, &reader, NULL));
    assert_ok(vs__txn_begin(reader, VS_TXN_READ));
    set_caps(db, 10, 1000);
    for (int i = 0; i < 200; i++) {
        assert_ok(add_one(db));
        n_attempts += db->log.n_tried != last;
        last = db->log.n_tried;
    }
    assert_true(db->log.n_frames >= 200);
    assert_in_range(n_attempts, 5, 20);
    assert_ok(vs__txn_end(reader, VS_OK));
    vs__db_close(reader);
    vs__db_close(db);
}

static void past_the_hard_cap_a_reader_ends_writing(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;
    struct vs__db *reader = NULL;
    vs_status st = VS_OK;
    int n = 0;

    vs__db_close(make_store(path));
    assert_ok(open_patient(path, VS_OPEN_WRITE, 40, &db, NULL));
    assert_ok(open_as(path, VS_OPEN_READ, &reader, NULL));
    assert_ok(vs__txn_begin(reader, VS_TXN_READ));
    set_caps(db, 4, 10);
    for (; n < 100 && st == VS_OK; n++)
        st = add_one(db);
    assert_status(VS_ERR_BUSY, st);
    assert_in_range(n, 30, 43); /* a frame each, and some before */
    assert_non_null(strstr(vs__db_error(db)->message, "its log has "));
    assert_non_null(strstr(vs__db_error(db)->message, "a reader keeps it"));
    assert_non_null(strstr(vs__db_error(db)->hint, "end the reader"));
    assert_status(VS_ERR_BUSY, add_one(db));
    assert_ok(vs__txn_end(reader, VS_OK));
    assert_ok(add_one(db));
    assert_true(db->log.n_frames < 5); /* started anew */
    vs__db_close(reader);
    vs__db_close(db);
}

static void past_the_hard_cap_a_writer_waits_for_readers(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;
    struct vs__db *reader = NULL;
    int64_t longest = 0;

    vs__db_close(make_store(path));
    assert_ok(open_patient(path, VS_OPEN_WRITE, 400, &db, NULL));
    assert_ok(open_as(path, VS_OPEN_READ, &reader, NULL));
    assert_ok(vs__txn_begin(reader, VS_TXN_READ));
    set_caps(db, 1000, 10);
    for (int i = 0; i < 12; i++) {
        const int64_t begin = vs__monotonic_ns();
        int64_t ms;

        assert_ok(add_one(db));
        ms = (vs__monotonic_ns() - begin) / 1000000;
        longest = ms > longest ? ms : longest;
    }
    assert_in_range(longest, 100, 400); /* a quarter of its patience */
    assert_ok(vs__txn_end(reader, VS_OK));
    vs__db_close(reader);
    vs__db_close(db);
}

/* -------- The disk fails while the log is moved. */

static void a_flush_that_fails_to_sync_is_told(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db;

    faulty_begin();
    db = make_store(path);
    faulty_arm(FAULTY_SYNC, "a.db", 1, SQLITE_IOERR_FSYNC, EIO, true);
    assert_status(VS_ERR_IO, vs__db_flush(db));
    assert_true(faulty_struck());
    faulty_disarm();
    assert_status(VS_ERR_IO, add_one(db));
    vs__db_close(db);
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_ok(add_one(db));
    assert_sound(db);
    vs__db_close(db);
    faulty_end();
}

static void a_commit_counts_even_if_the_log_cannot_be_moved(void **state)
{
    struct vs__db *db;

    faulty_begin();
    db = make_store(test_path(state, "a.db"));
    set_caps(db, 1, 1000);
    faulty_arm(FAULTY_WRITE, "a.db", 1, SQLITE_FULL, ENOSPC, true);
    for (int i = 0; i < 4; i++)
        assert_ok(add_one(db));
    assert_true(faulty_struck());
    assert_int_equal(vs__db_error(db)->status, VS_OK);
    assert_int_equal(ask(db, "SELECT n FROM counter"), 4);
    faulty_disarm();
    assert_ok(vs__db_flush(db));
    assert_sound(db);
    vs__db_close(db);
    faulty_end();
}

/* What the disk did not confirm is not moved either, nor cut. */
static void after_a_failed_sync_no_log_is_moved(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    set_caps(db, 1, 1000);
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(run_sql(db, "UPDATE counter SET n = 5"));
    db->poisoned = true; /* within the transaction */
    assert_ok(vs__txn_end(db, VS_OK));
    assert_null(db->helper);
    vs__db_close(db);
    assert_ok(open_as(test_path(state, "a.db"), VS_OPEN_READ, &db, NULL));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 5);
    vs__db_close(db);
}

/* -------- Several processes. */

#define SOFT 64 /* frames */

struct load {
    const char *path;
    int n_commits;     /* of each writer */
    int64_t soft;      /* in frames */
    atomic_int n_busy; /* writers at work: readers go on until they end */
    atomic_int most;   /* frames that were ever in use */
};

static int writes(void *ctx)
{
    struct load *load = ctx;
    const struct vs__db_options options = {VS_OPEN_WRITE, VS_SYNC_NORMAL, 20000,
                                           TEST_ID};
    struct vs__db *db = NULL;

    must(vs__db_open(load->path, &options, &db, NULL) == VS_OK);
    must(vs__db_ready(db) == VS_OK);
    set_caps(db, load->soft, 100000);
    for (int i = 0; i < load->n_commits; i++) {
        int most = atomic_load(&load->most);

        must(add_one(db) == VS_OK);
        while (db->log.n_frames > most &&
               !atomic_compare_exchange_weak(&load->most, &most,
                                             (int)db->log.n_frames))
            ;
    }
    vs__db_close(db);
    atomic_fetch_sub(&load->n_busy, 1);
    return 0;
}

/* Reads for some milliseconds at a time, nearly always. */
static int reads(void *ctx)
{
    struct load *load = ctx;
    struct vs__db *db = NULL;
    const struct timespec ms = {0, 3000000};

    must(open_as(load->path, VS_OPEN_READ, &db, NULL) == VS_OK);
    while (atomic_load(&load->n_busy) > 0) {
        must(vs__txn_begin(db, VS_TXN_READ) == VS_OK);
        (void)nanosleep(&ms, NULL);
        must(vs__txn_end(db, VS_OK) == VS_OK);
    }
    vs__db_close(db);
    return 0;
}

/* Runs writers and readers to their end; returns the most frames in use. */
static int run_load(void **state, int n_writers, int n_readers, int n_commits,
                    int64_t soft)
{
    struct load *load = mmap(NULL, sizeof *load, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct vs__db *db = NULL;
    pid_t pids[8];
    int most;

    assert_true(load != MAP_FAILED);
    load->path = test_path(state, "a.db");
    load->n_commits = n_commits;
    load->soft = soft;
    atomic_init(&load->n_busy, n_writers);
    atomic_init(&load->most, 0);
    vs__db_close(make_store(load->path));
    for (int i = 0; i < n_writers + n_readers; i++)
        pids[i] = start_child(i < n_writers ? writes : reads, load);
    for (int i = 0; i < n_writers + n_readers; i++)
        join_child(pids[i]);
    assert_ok(open_as(load->path, VS_OPEN_WRITE, &db, NULL));
    assert_int_equal(ask(db, "SELECT n FROM counter"),
                     (int64_t)n_writers * n_commits);
    assert_sound(db);
    vs__db_close(db);
    most = atomic_load(&load->most);
    (void)munmap(load, sizeof *load);
    return most;
}

static void writers_that_flush_all_the_time_lose_nothing(void **state)
{
    (void)run_load(state, 4, 1, 100, 1);
}

static void the_log_stays_small_under_writers_and_short_readers(void **state)
{
    const int most = run_load(state, 2, 4, 2000, SOFT);

    /* Without flushes it would be 4000 and more; twice the cap is usual, and
     * a busy machine keeps readers on the processor for longer than they ask. */
    print_message("at most %d frames in use, soft cap %d\n", most, SOFT);
    assert_true(most <= 8 * SOFT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_flush_moves_the_log_into_the_file),
        with_dir(closing_does_so_too),
        with_dir(the_log_of_a_dead_process_is_moved_at_the_next_close),
        with_dir(closing_waits_for_nobody),
        with_dir(a_flush_in_the_wrong_place_is_refused),
        with_dir(a_flush_takes_its_turn_among_the_writers),
        with_dir(a_reader_holds_a_flush_up_only_briefly),
        with_dir(in_rollback_mode_there_is_nothing_to_move),
        with_dir(the_caps_are_those_of_the_product),
        with_dir(a_commit_past_the_soft_cap_empties_the_log),
        with_dir(inner_commits_do_not_flush),
        with_dir(attempts_become_rare_under_a_long_reader),
        with_dir(past_the_hard_cap_a_reader_ends_writing),
        with_dir(past_the_hard_cap_a_writer_waits_for_readers),
        with_dir(a_flush_that_fails_to_sync_is_told),
        with_dir(a_commit_counts_even_if_the_log_cannot_be_moved),
        with_dir(after_a_failed_sync_no_log_is_moved),
        with_dir(writers_that_flush_all_the_time_lose_nothing),
        with_dir(the_log_stays_small_under_writers_and_short_readers),
    };

    return cmocka_run_group_tests_name("db.flush", tests, NULL, NULL);
}
