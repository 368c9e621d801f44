/* dbtest.h - what the tests of this room share. */
#ifndef VS_DBTEST_H
#define VS_DBTEST_H

#include "support.h"

#include "db/db.h"
#include "db/engine.h"
#include "db/stmt.h"
#include "db/txn.h"

/* A test with a folder of its own. */
#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

#define TEST_ID 0x56535452u /* the application id in all of them */

/* In a child or a thread, where cmocka cannot be told: prints and returns 1. */
#define must(condition)                                              \
    do {                                                             \
        if (!(condition)) {                                          \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
                          #condition);                               \
            return 1;                                                \
        }                                                            \
    } while (0)

/* vs__db_open with a patience of 5 s, or as given. */
vs_status open_as(const char *path, vs_open_mode mode, struct vs__db **out,
                  vs_error *err);
vs_status open_patient(const char *path, vs_open_mode mode, int64_t busy_ms,
                       struct vs__db **out, vs_error *err);

/* A new store with a table `counter (id, n)`, whose row 1 is 0, and a table
 * `blob (id, bytes)`; asserts that all goes well. */
struct vs__db *make_store(const char *path);

/* One statement (a literal) without results. */
vs_status run_sql(struct vs__db *db, const char *sql);

/* The first column of the first row; -1 if there is no row. Asserts. */
int64_t ask(struct vs__db *db, const char *sql);

/* One write transaction that adds 1 to the counter. */
vs_status add_one(struct vs__db *db);

/* One write transaction that adds a row with `n` random bytes to `blob`. */
vs_status add_blob(struct vs__db *db, size_t n);

/* A door between two processes: gate_pass waits for gate_open. A child may not
 * open a store that is open in its parent, so it is started before. */
struct gate {
    int fds[2];
};
struct gate make_gate(void);
void gate_open(const struct gate *gate);
void gate_pass(const struct gate *gate);
void end_gate(const struct gate *gate);

/* Forks; the child ends with what `body` returns. */
pid_t start_child(int (*body)(void *ctx), void *ctx);
/* Waits for a child and asserts that it returned 0. */
void join_child(pid_t pid);
/* The two together. */
void in_child(int (*body)(void *ctx), void *ctx);

/* Asserts that integrity_check has nothing to say. */
void assert_sound(struct vs__db *db);

bool file_exists(const char *path);

/* In a child, whom root may do all for: gives that up, for good. */
int become_nobody(void);

/* Copies a file in another process: a descriptor of an open store that is
 * closed here would drop our locks. */
void copy_file(const char *from, const char *to);

#endif
