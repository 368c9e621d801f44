/* test_txn_lost.c - db/txn: an inner level that cannot be undone. Nothing of it is
 * ever committed: all of the transaction is undone instead.
 */
#include "dbtest.h"

/* -------- Statements that fail; linked in by --wrap. */

static int n_before;  /* statements that go well first */
static int n_failing; /* that fail then */

vs_status __real_vs__stmt_run(struct vs__stmt *s);
vs_status __wrap_vs__stmt_run(struct vs__stmt *s);

vs_status __wrap_vs__stmt_run(struct vs__stmt *s)
{
    if (n_before > 0 || n_failing == 0) {
        n_before -= n_before > 0;
        return __real_vs__stmt_run(s);
    }
    n_failing--;
    vs__stmt_reset(s); /* as one that failed is */
    return VS_ERR_NOMEM;
}

static int64_t counter(struct vs__db *db)
{
    return ask(db, "SELECT n FROM counter");
}

/* The counter is 0, and 1 in a transaction; two more levels make it 2 and 3. */
static struct vs__db *begin_three(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    for (int i = 1; i <= 3; i++) {
        assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
        assert_ok(run_sql(db, "UPDATE counter SET n = n + 1"));
    }
    return db;
}

/* The innermost level ends for a reason of its own, which stays what it was
 * ended for; those around it fail for what kept it from being undone. */
static void lose_all(void **state, int before, int failing)
{
    struct vs__db *db = begin_three(state);

    n_before = before;
    n_failing = failing;
    assert_status(VS_ERR_NAME, vs__txn_end(db, VS_ERR_NAME));
    assert_int_equal(n_failing, 0);
    assert_true(vs__txn_lost(db));
    assert_status(VS_ERR_NOMEM, vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_ERR_NOMEM, vs__txn_end(db, VS_OK));
    assert_status(VS_ERR_NOMEM, vs__txn_end(db, VS_OK));
    assert_int_equal(sqlite3_get_autocommit(db->conn), 1);
    assert_int_equal(counter(db), 0);
    assert_ok(add_one(db));
    assert_int_equal(counter(db), 1);
    vs__db_close(db);
}

static void what_cannot_be_rolled_back_alone_goes_with_all(void **state)
{
    lose_all(state, 0, 1);
}

static void so_does_a_level_that_cannot_be_closed(void **state)
{
    lose_all(state, 1, 1);
}

/* SQLite's transaction stays open then, until the outermost level ends. */
static void nor_is_it_kept_when_all_cannot_be_undone_at_once(void **state)
{
    lose_all(state, 0, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(what_cannot_be_rolled_back_alone_goes_with_all),
        with_dir(so_does_a_level_that_cannot_be_closed),
        with_dir(nor_is_it_kept_when_all_cannot_be_undone_at_once),
    };

    return cmocka_run_group_tests_name("db.txn_lost", tests, NULL, NULL);
}
