/* test_bulk_early.c - db/bulk: which descriptor the disk is asked by to begin. */
#include "dbtest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIG (INT64_C(64) << 20) /* what is announced; less is written */

/* As if each file stood on another device; linked in by --wrap. */
static bool elsewhere;

int __real_fstat(int fd, struct stat *out);
int __wrap_fstat(int fd, struct stat *out);

int __wrap_fstat(int fd, struct stat *out)
{
    const int rc = __real_fstat(fd, out);

    if (elsewhere)
        out->st_dev++;
    return rc;
}

static vs_status write_much(struct vs__db *db)
{
    vs_status st = run_sql(db, "UPDATE counter SET n = n + 1 WHERE id = 1");

    for (int i = 0; i < 40 && st == VS_OK; i++)
        st = run_sql(db, "INSERT INTO blob (bytes) VALUES "
                         "(randomblob(300000))");
    return st;
}

static void one_that_can_only_read_is_passed_over(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db;
    int fd;

    vs__db_close(make_store(path));
    fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_true(db->early.fd > fd);
    assert_ok(vs__txn_end(db, write_much(db)));
    assert_true(db->early.fd > fd); /* it could be asked */
    vs__db_close(db);
    (void)close(fd);
}

static void so_is_a_file_of_that_number_on_another_device(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    elsewhere = true;
    assert_ok(vs__txn_begin_bulk(db, BIG));
    elsewhere = false;
    assert_int_equal(db->early.fd, -1);
    assert_ok(vs__txn_end(db, write_much(db)));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 1);
    assert_sound(db);
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(one_that_can_only_read_is_passed_over),
        with_dir(so_is_a_file_of_that_number_on_another_device),
    };

    return cmocka_run_group_tests_name("db.bulk_early", tests, NULL, NULL);
}
