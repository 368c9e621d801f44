/* test_holders.c - db/holders: who has a store open, and what he holds. */
#include "dbtest.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/holders.h"
#include "findings.h"

static void lock_bytes_have_meanings(void **state)
{
    const uint64_t main = 0x40000000;

    (void)state;
    assert_int_equal(vs__holds_of(false, true, main, main), VS__HOLDS_WRITE);
    assert_int_equal(vs__holds_of(false, true, main + 1, main + 1),
                     VS__HOLDS_WRITE);
    assert_int_equal(vs__holds_of(false, false, main + 2, main + 511),
                     VS__HOLDS_SHARED);
    assert_int_equal(vs__holds_of(false, true, main + 2, main + 511),
                     VS__HOLDS_ALONE);
    assert_int_equal(vs__holds_of(false, true, 0, 100), 0);
    assert_int_equal(vs__holds_of(true, true, 120, 120), VS__HOLDS_WRITE);
    assert_int_equal(vs__holds_of(true, true, 121, 121), VS__HOLDS_MOVE);
    assert_int_equal(vs__holds_of(true, false, 124, 124), VS__HOLDS_READ);
    assert_int_equal(vs__holds_of(true, false, 128, 128), VS__HOLDS_SHARED);
    assert_int_equal(vs__holds_of(true, false, 0, 119), 0);
}

static void the_systems_list_is_read(void **state)
{
    const struct vs__held_file files[] = {{makedev(8, 2), 100, false},
                                          {makedev(8, 2), 101, true}};
    static const char text[] =
        "1: POSIX  ADVISORY  READ 70 08:02:100 1073741826 1073742335\n"
        "2: POSIX  ADVISORY  WRITE 71 08:02:101 120 120\n"
        "2: -> POSIX  ADVISORY  WRITE 72 08:02:101 120 120\n"
        "3: FLOCK  ADVISORY  WRITE 73 08:02:100 0 EOF\n"
        "4: POSIX  ADVISORY  WRITE 74 08:03:100 0 EOF\n"
        "5: POSIX  ADVISORY  WRITE 75 08:02:100 0 EOF\n"
        "6: OFDLCK ADVISORY  READ -1 08:02:101 124 124\n"
        "7: nonsense\n"
        "8: POSIX  ADVISORY  READ 70 08:02:101 128 128";
    struct vs__holders h;

    (void)state;
    memset(&h, 0, sizeof h);
    vs__holders_add_locks(&h, text, files, 2);
    assert_int_equal(h.n, 3);
    assert_int_equal(h.v[0].pid, 70);
    assert_int_equal(h.v[0].holds, VS__HOLDS_SHARED);
    assert_int_equal(h.v[1].pid, 71);
    assert_int_equal(h.v[1].holds, VS__HOLDS_WRITE);
    assert_int_equal(h.v[2].pid, 75);
    assert_int_equal(h.v[2].holds, VS__HOLDS_WRITE | VS__HOLDS_ALONE);
    assert_int_equal(h.unseen, VS__HOLDS_READ);
}

struct holding {
    const char *path;
    void (*hold)(struct vs__db *db);
    struct gate ready;
    struct gate done;
};

static int holds(void *ctx)
{
    const struct holding *h = ctx;
    struct vs__db *db = NULL;

    must(open_as(h->path, VS_OPEN_WRITE, &db, NULL) == VS_OK);
    h->hold(db);
    gate_open(&h->ready);
    gate_pass(&h->done);
    vs__db_close(db);
    return 0;
}

static void just_reads(struct vs__db *db)
{
    assert_ok(vs__txn_begin(db, VS_TXN_READ));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 1);
}

static void begins_to_write(struct vs__db *db)
{
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
}

static void begins_a_big_write(struct vs__db *db)
{
    assert_ok(vs__txn_begin_bulk(db, INT64_C(64) << 20));
    assert_true(db->bulk);
}

/* What a child that does this is found to hold, by the list or by asking. */
static unsigned found_of(void **state, void (*hold)(struct vs__db *db),
                         bool probe, struct findings *found)
{
    struct holding h = {test_path(state, "a.db"), hold, make_gate(),
                        make_gate()};
    struct vs__place place = {.file = (char *)(uintptr_t)h.path};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = found}, .group = "g"};
    struct vs__holders holders;
    struct vs__db *db = make_store(h.path);
    unsigned holds_all = 0;
    pid_t pid;

    assert_ok(add_one(db));
    vs__db_close(db);
    pid = start_child(holds, &h);
    gate_pass(&h.ready);
    assert_ok(vs__holders_find(&place, probe, &holders, NULL));
    vs__holders_tell(&holders, &f);
    for (int i = 0; i < holders.n; i++)
        if (holders.v[i].pid == pid)
            holds_all = holders.v[i].holds;
    gate_open(&h.done);
    join_child(pid);
    end_gate(&h.ready);
    end_gate(&h.done);
    (void)unlink(h.path);
    return holds_all;
}

static void a_reader_is_found(void **state)
{
    struct findings found = {""};
    const unsigned all = found_of(state, just_reads, true, &found);

    assert_true((all & VS__HOLDS_OPEN) != 0);
    assert_true((all & VS__HOLDS_SHARED) != 0);
    assert_true((all & VS__HOLDS_WRITE) == 0);
    assert_finding(&found, "g pid-", "has it open");
}

static void a_writer_is_found(void **state)
{
    struct findings found = {""};

    assert_true((found_of(state, begins_to_write, true, &found) &
                 VS__HOLDS_WRITE) != 0);
    assert_finding(&found, "g pid-", "is writing");
    assert_true((found_of(state, begins_to_write, false, &found) &
                 VS__HOLDS_WRITE) != 0);
}

static void a_big_write_is_found(void **state)
{
    struct findings found = {""};

    assert_true((found_of(state, begins_a_big_write, true, &found) &
                 VS__HOLDS_ALONE) != 0);
    assert_finding(&found, "g pid-", "keeps everybody out");
}

struct stray {
    const char *path;
    struct gate ready;
    struct gate done;
};

static int only_opens_the_file(void *ctx)
{
    const struct stray *s = ctx;
    const int fd = open(s->path, O_RDONLY);

    must(fd >= 0);
    gate_open(&s->ready);
    gate_pass(&s->done);
    (void)close(fd);
    return 0;
}

static void who_opened_it_by_other_means_is_found(void **state)
{
    struct stray s = {test_path(state, "a.db"), make_gate(), make_gate()};
    struct vs__place place = {.file = (char *)(uintptr_t)s.path};
    struct findings found = {""};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = &found}, .group = "g"};
    struct vs__holders holders;
    pid_t pid;

    vs__db_close(make_store(s.path));
    pid = start_child(only_opens_the_file, &s);
    gate_pass(&s.ready);
    assert_ok(vs__holders_find(&place, false, &holders, NULL));
    vs__holders_tell(&holders, &f);
    gate_open(&s.done);
    join_child(pid);
    assert_finding(&found, "g pid-", "without a lock");
    assert_int_equal(f.worst, VS_VERDICT_NOTE);
    end_gate(&s.ready);
    end_gate(&s.done);
}

/* From a namespace of processes of its own the holder has no number. */
static int finds_it_unseen(void *ctx)
{
    struct vs__place place = {.file = ctx};
    struct vs__holders holders;
    int how = 0;
    pid_t pid;

    if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) {
        print_message("no namespace can be had: not run\n");
        return 0;
    }
    pid = fork();
    must(pid >= 0);
    if (pid > 0) {
        must(waitpid(pid, &how, 0) == pid);
        return how != 0;
    }
    must(getpid() == 1);
    must(vs__holders_find(&place, false, &holders, NULL) == VS_OK);
    must(holders.unseen == 0);
    must(vs__holders_find(&place, true, &holders, NULL) == VS_OK);
    must((holders.unseen & VS__HOLDS_SHARED) != 0);
    _exit(0);
}

static void who_cannot_be_seen_is_found_by_his_lock(void **state)
{
    struct holding h = {test_path(state, "a.db"), just_reads, make_gate(),
                        make_gate()};
    struct vs__db *db = make_store(h.path);
    pid_t pid;

    assert_ok(add_one(db));
    vs__db_close(db);
    pid = start_child(holds, &h);
    gate_pass(&h.ready);
    in_child(finds_it_unseen, (char *)(uintptr_t)h.path);
    gate_open(&h.done);
    join_child(pid);
    end_gate(&h.ready);
    end_gate(&h.done);
}

static void the_unseen_and_the_hidden_are_told(void **state)
{
    static struct vs__holders h = {.unseen = VS__HOLDS_SHARED | VS__HOLDS_WRITE,
                                   .n_hidden = 7,
                                   .more = true};
    struct findings found = {""};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = &found}, .group = "g"};

    (void)state;
    vs__holders_tell(&h, &f);
    assert_finding(&found, "g others note", "256");
    assert_finding(&found, "g unseen note", "is writing");
    assert_finding(&found, "g hidden note [7 processes]", "other users");
    assert_null(strstr(found.text, "nobody"));
}

static void this_process_is_not_told(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__place place = {.file = (char *)(uintptr_t)path};
    struct findings found = {""};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = &found}, .group = "g"};
    struct vs__db *db = make_store(path);
    struct vs__holders holders;

    assert_ok(vs__holders_find(&place, false, &holders, NULL));
    vs__holders_tell(&holders, &f);
    assert_finding(&found, "g nobody ok [0 processes]", "");
    vs__db_close(db);
}

static vs_status find(void *ctx)
{
    struct vs__place place = {.file = ctx};
    struct vs__holders holders;
    vs_error err;

    return vs__holders_find(&place, true, &holders, &err);
}

static void running_out_of_memory_is_an_error(void **state)
{
    char *path = (char *)(uintptr_t)test_path(state, "a.db");
    const int fd = open(test_path(state, "b"), O_CREAT | O_RDWR, 0600);

    /* So that the system's list of locks is not empty. */
    assert_int_equal(flock(fd, LOCK_EX), 0);
    vs__db_close(make_store(path));
    (void)test_each_allocation_failing(find, path, false);
    (void)test_each_allocation_failing(find, path, true);
    assert_int_equal(close(fd), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lock_bytes_have_meanings),
        cmocka_unit_test(the_systems_list_is_read),
        with_dir(a_reader_is_found),
        with_dir(a_writer_is_found),
        with_dir(a_big_write_is_found),
        with_dir(who_opened_it_by_other_means_is_found),
        with_dir(who_cannot_be_seen_is_found_by_his_lock),
        cmocka_unit_test(the_unseen_and_the_hidden_are_told),
        with_dir(this_process_is_not_told),
        with_dir(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("db.holders", tests, NULL, NULL);
}
