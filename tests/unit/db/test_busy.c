/* test_busy.c - db/busy: fair waiting, up to a deadline. */
#include "dbtest.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"

static void a_nap_is_short_and_of_random_length(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    int64_t shortest = INT64_MAX;
    int64_t total = 0;

    vs__wait_arm(db, 10000);
    for (int i = 0; i < 50; i++) {
        const int64_t begin = vs__monotonic_ns();
        int64_t ns;

        assert_true(vs__wait_nap(db));
        ns = vs__monotonic_ns() - begin;
        assert_true(ns >= 50000);
        shortest = ns < shortest ? ns : shortest;
        total += ns;
    }
    vs__wait_disarm(db);
    assert_true(shortest < total / 50); /* they differ */
    vs__db_close(db);
}

static void there_is_no_nap_past_the_deadline(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    vs__wait_arm(db, 0);
    assert_false(vs__wait_nap(db));
    vs__wait_arm(db, 5);
    while (vs__wait_nap(db))
        ;
    assert_true(vs__wait_ms(db) >= 5);
    assert_true(vs__wait_ms(db) < 100);
    vs__wait_arm(db, INT64_MAX);
    assert_true(vs__wait_nap(db));
    vs__wait_disarm(db);
    vs__db_close(db);
}

static void two_connections_are_out_of_step(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *a = make_store(path);
    struct vs__db *b = NULL;

    assert_ok(open_as(path, VS_OPEN_WRITE, &b, NULL));
    assert_int_not_equal(a->wait.random, b->wait.random);
    vs__db_close(b);
    vs__db_close(a);
}

static int64_t time_await(struct vs__db *db)
{
    const int64_t begin = vs__monotonic_ns();

    vs__wait_arm(db, 1000);
    vs__turn_await(db);
    vs__wait_disarm(db);
    return vs__monotonic_ns() - begin;
}

static void who_met_another_writer_steps_back_for_a_while(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *a = make_store(path);
    struct vs__db *b = NULL;

    assert_ok(open_as(path, VS_OPEN_WRITE, &b, NULL));
    b->options.busy_ms = 5;
    assert_ok(add_one(b));
    assert_int_equal(b->wait.n_steps, 0);
    assert_true(b->wait.turn_ns > 0);
    assert_ok(vs__txn_begin(a, VS_TXN_WRITE));
    assert_status(VS_ERR_BUSY, add_one(b));
    assert_ok(vs__txn_end(a, VS_OK));
    assert_int_equal(b->wait.n_steps, 16);
    b->wait.turn_ns = 100000000; /* however long it took, at most 2 ms */
    for (int i = 0; i < 16; i++)
        assert_true(time_await(b) >= 1000000);
    assert_int_equal(b->wait.n_steps, 0);
    vs__db_close(b);
    vs__db_close(a);
}

struct waiter {
    const char *path;
    int64_t busy_ms;
    struct gate locked;
};

static int waits_in_vain(void *ctx)
{
    const struct waiter *w = ctx;
    struct vs__db *db = NULL;
    int64_t begin;
    int64_t ms;

    gate_pass(&w->locked);
    must(open_as(w->path, VS_OPEN_WRITE, &db, NULL) == VS_OK);
    db->options.busy_ms = w->busy_ms;
    begin = vs__monotonic_ns();
    must(add_one(db) == VS_ERR_BUSY);
    ms = (vs__monotonic_ns() - begin) / 1000000;
    must(ms >= w->busy_ms && ms <= w->busy_ms + 500);
    must(strstr(vs__db_error(db)->message, "busy: another process has been "
                                           "writing for ") != NULL);
    must(vs__txn_depth(db) == 0);
    vs__db_close(db);
    return 0;
}

static void ignore_signal(int signal)
{
    (void)signal;
}

/* A signal every millisecond: sleeps end early, the wait does not. */
static int waits_in_a_storm(void *ctx)
{
    const struct itimerval every_ms = {{0, 1000}, {0, 1000}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = ignore_signal};
    int failed;

    must(sigaction(SIGALRM, &action, NULL) == 0);
    must(setitimer(ITIMER_REAL, &every_ms, NULL) == 0);
    failed = waits_in_vain(ctx);
    must(setitimer(ITIMER_REAL, &never, NULL) == 0);
    return failed;
}

static void keep_waiting(void **state, int64_t busy_ms, int (*body)(void *ctx))
{
    struct waiter w = {test_path(state, "a.db"), busy_ms, make_gate()};
    const pid_t pid = start_child(body, &w);
    struct vs__db *db = make_store(w.path);

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    gate_open(&w.locked);
    join_child(pid);
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(add_one(db));
    vs__db_close(db);
    end_gate(&w.locked);
}

static void the_deadline_is_kept(void **state)
{
    keep_waiting(state, 300, waits_in_vain);
}

static void without_patience_there_is_no_wait(void **state)
{
    keep_waiting(state, 0, waits_in_vain);
}

static void signals_neither_shorten_nor_break_the_wait(void **state)
{
    keep_waiting(state, 300, waits_in_a_storm);
}

#define N_EACH 250

struct counting {
    const char *path;
    struct gate start;
    int results[2]; /* a pipe: the longest wait of each, in ns */
};

static int counts(void *ctx)
{
    const struct counting *c = ctx;
    struct vs__db *db = NULL;
    int64_t longest = 0;

    gate_pass(&c->start);
    must(open_as(c->path, VS_OPEN_WRITE, &db, NULL) == VS_OK);
    for (int i = 0; i < N_EACH; i++) {
        const int64_t begin = vs__monotonic_ns();
        int64_t ns;

        must(add_one(db) == VS_OK);
        ns = vs__monotonic_ns() - begin;
        longest = ns > longest ? ns : longest;
    }
    vs__db_close(db);
    must(write(c->results[1], &longest, sizeof longest) == sizeof longest);
    return 0;
}

static void four_processes_count_and_none_starves(void **state)
{
    struct counting c = {test_path(state, "a.db"), make_gate(), {-1, -1}};
    struct vs__db *db = make_store(c.path);
    int64_t longest = 0;
    pid_t pids[4];

    vs__db_close(db);
    assert_int_equal(pipe(c.results), 0);
    for (size_t i = 0; i < 4; i++)
        pids[i] = start_child(counts, &c);
    for (size_t i = 0; i < 4; i++)
        gate_open(&c.start);
    for (size_t i = 0; i < 4; i++) {
        int64_t ns = 0;

        join_child(pids[i]);
        assert_int_equal(read(c.results[0], &ns, sizeof ns), sizeof ns);
        longest = ns > longest ? ns : longest;
    }
    print_message("longest wait: %.1f ms\n", (double)longest / 1e6);
    assert_true(longest < INT64_C(20000) * 1000000); /* the deadline */
    assert_ok(open_as(c.path, VS_OPEN_READ, &db, NULL));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 4 * N_EACH);
    assert_sound(db);
    vs__db_close(db);
    end_gate(&c.start);
    (void)close(c.results[0]);
    (void)close(c.results[1]);
}

static void a_statement_by_itself_waits_too(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db *other = NULL;
    int64_t began;

    assert_ok(open_patient(path, VS_OPEN_WRITE, 60, &other, NULL));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    began = vs__monotonic_ns();
    assert_status(VS_ERR_BUSY, run_sql(other, "UPDATE counter SET n = 1"));
    assert_true(vs__monotonic_ns() - began >= INT64_C(50000000));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(run_sql(other, "UPDATE counter SET n = 1"));
    vs__db_close(other);
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_nap_is_short_and_of_random_length),
        with_dir(there_is_no_nap_past_the_deadline),
        with_dir(two_connections_are_out_of_step),
        with_dir(who_met_another_writer_steps_back_for_a_while),
        with_dir(the_deadline_is_kept),
        with_dir(without_patience_there_is_no_wait),
        with_dir(signals_neither_shorten_nor_break_the_wait),
        with_dir(four_processes_count_and_none_starves),
        with_dir(a_statement_by_itself_waits_too),
    };

    return cmocka_run_group_tests_name("db.busy", tests, NULL, NULL);
}
