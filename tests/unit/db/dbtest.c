/* dbtest.c - see dbtest.h. */
#include "dbtest.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

vs_status open_patient(const char *path, vs_open_mode mode, int64_t busy_ms,
                       struct vs__db **out, vs_error *err)
{
    const struct vs__db_options options = {mode, VS_SYNC_FULL, busy_ms,
                                           TEST_ID};

    struct vs__db *db = NULL;
    vs_status st = vs__db_open(path, &options, &db, err);

    if (st == VS_OK && (st = vs__db_ready(db)) != VS_OK) {
        if (err != NULL)
            *err = *vs__db_error(db);
        vs__db_close(db);
    }
    if (st == VS_OK)
        *out = db;
    return st;
}

vs_status open_as(const char *path, vs_open_mode mode, struct vs__db **out,
                  vs_error *err)
{
    return open_patient(path, mode, 20000, out, err);
}

vs_status run_sql(struct vs__db *db, const char *sql)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(db, sql, &s);

    return st == VS_OK ? vs__stmt_run(s) : st;
}

int64_t ask(struct vs__db *db, const char *sql)
{
    struct vs__stmt *s = NULL;
    vs_status st;
    int64_t n = -1;

    assert_ok(vs__stmt_get(db, sql, &s));
    st = vs__stmt_step(s);
    if (st == VS_OK)
        n = vs__column_i64(s, 0);
    else
        assert_status(VS_DONE, st);
    vs__stmt_reset(s);
    return n;
}

struct vs__db *make_store(const char *path)
{
    struct vs__db *db = NULL;
    vs_error err = {0};

    if (open_as(path, VS_OPEN_CREATE_NEW, &db, &err) != VS_OK)
        print_error("%s\n", err.message);
    assert_non_null(db);
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(run_sql(db, "CREATE TABLE counter (id INTEGER PRIMARY KEY, "
                          "n INTEGER NOT NULL) STRICT"));
    assert_ok(run_sql(db, "CREATE TABLE blob (id INTEGER PRIMARY KEY, "
                          "bytes BLOB NOT NULL) STRICT"));
    assert_ok(run_sql(db, "INSERT INTO counter (id, n) VALUES (1, 0)"));
    assert_ok(vs__txn_end(db, VS_OK));
    return db;
}

vs_status add_one(struct vs__db *db)
{
    vs_status st = vs__txn_begin(db, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = run_sql(db, "UPDATE counter SET n = n + 1 WHERE id = 1");
    return vs__txn_end(db, st);
}

vs_status add_blob(struct vs__db *db, size_t n)
{
    static const char sql[] =
        "INSERT INTO blob (bytes) VALUES (randomblob($1))";
    struct vs__stmt *s;
    vs_status st = vs__txn_begin(db, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    if ((st = vs__stmt_get(db, sql, &s)) == VS_OK) {
        vs__bind_i64(s, 1, (int64_t)n);
        st = vs__stmt_run(s);
    }
    return vs__txn_end(db, st);
}

struct gate make_gate(void)
{
    struct gate gate;

    assert_int_equal(pipe(gate.fds), 0);
    return gate;
}

void gate_open(const struct gate *gate)
{
    const ssize_t n = write(gate->fds[1], "", 1);

    (void)n;
}

void gate_pass(const struct gate *gate)
{
    char byte;

    while (read(gate->fds[0], &byte, 1) < 0 && errno == EINTR)
        ;
}

void end_gate(const struct gate *gate)
{
    (void)close(gate->fds[0]);
    (void)close(gate->fds[1]);
}

pid_t start_child(int (*body)(void *ctx), void *ctx)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid != 0)
        return pid;
    if (body(ctx) == 0) /* by exec: what it had to leave is no leak */
        (void)execl("/bin/true", "true", (char *)NULL);
    _exit(1);
}

void join_child(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

void in_child(int (*body)(void *ctx), void *ctx)
{
    join_child(start_child(body, ctx));
}

static void tell(const char *what, void *ctx)
{
    print_error("%s\n", what);
    ++*(int *)ctx;
}

void assert_sound(struct vs__db *db)
{
    int n = 0;

    assert_ok(vs__db_check(db, tell, &n));
    assert_int_equal(n, 0);
}

static int copy(void *ctx)
{
    const char *const *names = ctx;
    size_t n = 0;
    void *bytes = test_read_file(names[0], &n);

    must(bytes != NULL);
    test_write_file(names[1], bytes, n);
    free(bytes);
    return 0;
}

void copy_file(const char *from, const char *to)
{
    const char *names[2] = {from, to};

    in_child(copy, names);
}

int become_nobody(void)
{
    if (geteuid() != 0)
        return 0;
    must(setgroups(0, NULL) == 0);
    must(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    return 0;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
