/* test_place.c - db/place: what stands at the path, and stays there. */
#include "dbtest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/un.h>
#include <unistd.h>

/* statfs as it would be on another file system; 0: as it is. Linked in by
 * --wrap=statfs. */
static long pretended_type;

int __real_statfs(const char *path, struct statfs *out);
int __wrap_statfs(const char *path, struct statfs *out);

int __wrap_statfs(const char *path, struct statfs *out)
{
    int rc = __real_statfs(path, out);

    if (rc == 0 && pretended_type != 0)
        out->f_type = pretended_type;
    return rc;
}

static int open_real_type(void **state)
{
    pretended_type = 0;
    return test_dir_teardown(state);
}

static void refuses(const char *path, vs_open_mode mode, vs_status want,
                    const char *words)
{
    struct vs__db *db = NULL;
    vs_error err = {0};

    assert_status(want, open_as(path, mode, &db, &err));
    assert_null(db);
    assert_int_equal(err.status, want);
    if (strstr(err.message, words) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, words);
    assert_non_null(strstr(err.message, path));
}

static void a_missing_file_is_said(void **state)
{
    const char *path = test_path(state, "no.db");

    refuses(path, VS_OPEN_READ, VS_ERR_NOFILE, "does not exist");
    refuses(path, VS_OPEN_WRITE, VS_ERR_NOFILE, "does not exist");
    assert_false(file_exists(path));
}

static void a_missing_directory_is_named(void **state)
{
    const char *path = test_path(state, "no/a.db");
    struct vs__db *db = NULL;
    vs_error err = {0};

    assert_status(VS_ERR_NOFILE, open_as(path, VS_OPEN_CREATE, &db, &err));
    assert_non_null(strstr(err.message, "directory '"));
    assert_non_null(strstr(err.message, "/no' does not exist"));
    refuses(test_path(state, "no/"), VS_OPEN_CREATE, VS_ERR_NOFILE,
            "names a directory");
    refuses(test_path(state, "no/."), VS_OPEN_CREATE, VS_ERR_NOFILE,
            "names a directory");
    refuses(test_path(state, "no/.."), VS_OPEN_CREATE, VS_ERR_NOFILE,
            "names a directory");
}

static void a_file_is_no_directory(void **state)
{
    test_write_file(test_path(state, "file"), "x", 1);

    refuses(test_path(state, "file/a.db"), VS_OPEN_READ, VS_ERR_NOFILE,
            "Not a directory");
}

static void what_is_no_regular_file_is_no_store(void **state)
{
    const char *pipe = test_path(state, "pipe");
    const char *sock = test_path(state, "sock");
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_true(strlen(sock) < sizeof at.sun_path);
    memcpy(at.sun_path, sock, strlen(sock) + 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    refuses(test_path(state, "."), VS_OPEN_READ, VS_ERR_NOTASTORE,
            "is a directory");
    refuses(test_path(state, "."), VS_OPEN_CREATE, VS_ERR_NOTASTORE,
            "is a directory");
    refuses(pipe, VS_OPEN_WRITE, VS_ERR_NOTASTORE, "is a pipe");
    refuses(sock, VS_OPEN_READ, VS_ERR_NOTASTORE, "is a socket");
    refuses("/dev/null", VS_OPEN_CREATE, VS_ERR_NOTASTORE, "is a device");
    (void)close(fd);
}

static void an_empty_file_is_no_store_yet(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;

    test_write_file(path, "", 0);
    refuses(path, VS_OPEN_READ, VS_ERR_NOTASTORE, "is empty");
    refuses(path, VS_OPEN_WRITE, VS_ERR_NOTASTORE, "is empty");
    assert_int_equal(vs__place_bytes(path), 0);
    assert_ok(open_as(path, VS_OPEN_CREATE, &db, NULL));
    vs__db_close(db);
}

static void create_new_refuses_any_file(void **state)
{
    const char *path = test_path(state, "a.db");

    test_write_file(path, "", 0);
    refuses(path, VS_OPEN_CREATE_NEW, VS_ERR_EXISTS, "already exists");
    assert_int_equal(vs__place_bytes(path), 0);
}

static void links_are_followed_to_the_file(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *dir = test_path(state, "elsewhere");
    const char *link = test_path(state, "elsewhere/link.db");
    struct vs__db *db = make_store(path);

    vs__db_close(db);
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(symlink("../a.db", link), 0);
    assert_ok(open_as(link, VS_OPEN_WRITE, &db, NULL));
    assert_ok(add_one(db));
    assert_string_equal(vs__db_path(db), link);
    vs__db_close(db);
    assert_false(file_exists(test_path(state, "elsewhere/link.db-wal")));
    assert_true(file_exists(test_path(state, "a.db-wal")));
}

static void a_link_to_nothing_is_not_created_through(void **state)
{
    const char *link = test_path(state, "link.db");

    assert_int_equal(symlink("nothing.db", link), 0);
    refuses(link, VS_OPEN_READ, VS_ERR_NOFILE, "does not exist");
    refuses(link, VS_OPEN_CREATE, VS_ERR_NOFILE, "symbolic link");
    assert_false(file_exists(test_path(state, "nothing.db")));
}

static void a_relative_path_outlives_a_change_of_directory(void **state)
{
    char *cwd = getcwd(NULL, 0);
    struct vs__db *db;

    assert_int_equal(chdir(test_path(state, ".")), 0);
    db = make_store("a.db");
    assert_int_equal(chdir("/"), 0);
    assert_ok(add_one(db));
    vs__db_close(db);
    assert_int_equal(chdir(cwd), 0);
    free(cwd);
    assert_true(file_exists(test_path(state, "a.db")));
}

static void too_long_a_path_is_refused_unmade(void **state)
{
    char name[600];
    const char *dir;
    const char *path;

    memset(name, 'd', 250);
    name[250] = '\0';
    dir = test_path(state, name);
    assert_int_equal(mkdir(dir, 0700), 0);
    name[250] = '/';
    memset(name + 251, 'f', 250);
    name[501] = '\0';
    path = test_path(state, name);
    refuses(path, VS_OPEN_CREATE, VS_ERR_TOOBIG, "bytes");
    assert_false(file_exists(path));
}

static void a_new_file_obeys_the_umask(void **state)
{
    const char *path = test_path(state, "a.db");
    const mode_t before = umask(027);
    struct vs__db *db = make_store(path);
    struct stat info;

    (void)umask(before);
    vs__db_close(db);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_int_equal(stat(test_path(state, "a.db-wal"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void known_network_file_systems_are_named(void **state)
{
    (void)state;
    assert_string_equal(vs__place_network(0x6969), "NFS");
    assert_string_equal(vs__place_network(0xff534d42), "CIFS");
    assert_string_equal(vs__place_network(0xffffffffff534d42), "CIFS");
    assert_string_equal(vs__place_network(0x01021997), "9P");
    assert_string_equal(vs__place_network(0x65735546), "FUSE");
    assert_null(vs__place_network(0xef53));     /* ext4 */
    assert_null(vs__place_network(0x58465342)); /* XFS */
    assert_null(vs__place_network(0x01021994)); /* tmpfs */
    assert_null(vs__place_network(0x9123683e)); /* btrfs */
    assert_null(vs__place_network(0x2fc12fc1)); /* ZFS */
    assert_null(vs__place_network(0x794c7630)); /* overlayfs */
    assert_null(vs__place_network(0x12345678)); /* unknown */
}

static void a_network_file_system_is_refused(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *absent = test_path(state, "b.db");

    vs__db_close(make_store(path));
    pretended_type = 0x6969;
    refuses(path, VS_OPEN_READ, VS_ERR_NETWORK, "NFS");
    refuses(path, VS_OPEN_WRITE, VS_ERR_NETWORK, "NFS");
    refuses(absent, VS_OPEN_CREATE, VS_ERR_NETWORK, "NFS");
    assert_false(file_exists(absent));
}

static void what_lies_beside_must_be_files(void **state)
{
    static const char *const endings[] = {"-wal", "-journal", "-shm"};
    const char *path = test_path(state, "a.db");
    const char *victim = test_path(state, "victim");
    struct vs__db *db = NULL;

    test_write_file(victim, "mine", 4);
    vs__db_close(make_store(path));
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char name[600];

        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        (void)unlink(name);
        assert_int_equal(mkfifo(name, 0600), 0);
        refuses(path, VS_OPEN_READ, VS_ERR_NOTASTORE, "is a pipe");
        refuses(path, VS_OPEN_CREATE, VS_ERR_NOTASTORE, "is a pipe");
        assert_int_equal(unlink(name), 0);
        assert_int_equal(symlink(victim, name), 0);
        refuses(path, VS_OPEN_WRITE, VS_ERR_NOTASTORE, "is a symbolic link");
        assert_int_equal(unlink(name), 0);
        assert_int_equal(mkdir(name, 0700), 0);
        refuses(path, VS_OPEN_READ, VS_ERR_NOTASTORE, "is a directory");
        assert_int_equal(rmdir(name), 0);
    }
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    vs__db_close(db);
}

static void a_replaced_file_ends_writing(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *copy = test_path(state, "copy.db");
    struct vs__db *db = make_store(path);

    assert_ok(add_one(db));
    copy_file(path, copy);
    assert_int_equal(rename(copy, path), 0);
    assert_status(VS_ERR_IO, add_one(db));
    assert_non_null(strstr(vs__db_error(db)->message, "replaced"));
    assert_non_null(strstr(vs__db_error(db)->hint, "open the store again"));
    assert_int_equal(vs__txn_depth(db), 0);
    assert_status(VS_ERR_IO, vs__db_flush(db));
    vs__db_close(db);
}

static void a_removed_log_ends_writing(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    assert_ok(add_one(db));
    assert_int_equal(unlink(test_path(state, "a.db-wal")), 0);
    assert_status(VS_ERR_IO, add_one(db));
    assert_non_null(strstr(vs__db_error(db)->message, "log removed"));
    vs__db_close(db);
}

static void another_log_in_its_place_ends_writing(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(add_one(db));
    assert_int_equal(
        rename(test_path(state, "a.db-wal"), test_path(state, "old")), 0);
    test_write_file(test_path(state, "a.db-wal"), "", 0);
    assert_status(VS_ERR_IO, add_one(db));
    vs__db_close(db);
}

#define with_types(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, open_real_type)

/* A file that cannot be looked at is not taken for an empty one. */
static void what_cannot_be_looked_at_has_no_size(void **state)
{
    const char *path = test_path(state, "a.db");

    assert_int_equal(vs__place_bytes(path), 0);
    test_write_file(path, "abc", 3);
    assert_int_equal(vs__place_bytes(path), 3);
    assert_int_equal(vs__place_bytes("/dev/null/a.db"), -1);
}

static void so_does_a_file_of_that_number_on_another_device(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    db->place.dev++;
    assert_status(VS_ERR_IO, add_one(db));
    assert_non_null(strstr(vs__db_error(db)->message, "replaced"));
    vs__db_close(db);
}

/* -------- The topmost folder, whose name ends in a slash already. */

static int works_at_the_top(void *ctx)
{
    const int back = open("/", O_RDONLY | O_DIRECTORY);
    struct vs__db *db;

    must(back >= 0);
    must(chroot(ctx) == 0 && chdir("/") == 0);
    db = make_store("/a.db");
    must(strcmp(db->place.file, "/a.db") == 0);
    vs__db_close(db);
    must(open_as("/a.db", VS_OPEN_WRITE, &db, NULL) == VS_OK);
    must(strcmp(db->place.wal, "/a.db-wal") == 0);
    must(strcmp(db->place.dir, "/") == 0);
    vs__db_close(db);
    must(fchdir(back) == 0 && chroot(".") == 0 && close(back) == 0);
    return 0;
}

static void a_store_may_stand_in_the_topmost_folder(void **state)
{
    if (geteuid() != 0) {
        print_message("only root can move the top: not run\n");
        skip();
    }
    in_child(works_at_the_top, (char *)(uintptr_t)test_path(state, "."));
    assert_true(file_exists(test_path(state, "a.db")));
}

/* -------- Somebody else's big write. */

static struct vs__place place_of(const char *file, const char *journal)
{
    return (struct vs__place){.file = (char *)(uintptr_t)file,
                              .journal = (char *)(uintptr_t)journal};
}

static void a_write_gets_on_as_long_as_the_file_changes(void **state)
{
    struct vs__place place =
        place_of(test_path(state, "a.db"), test_path(state, "a.db-journal"));
    const struct timespec then[2] = {{1000, 0}, {1000, 0}};

    assert_false(vs__place_moves(&place)); /* there is no write */
    test_write_file(place.journal, "x", 1);
    assert_false(vs__place_moves(&place)); /* nor a file */
    test_write_file(place.file, "x", 1);
    assert_int_equal(utimensat(AT_FDCWD, place.file, then, 0), 0);
    assert_true(vs__place_moves(&place));
    assert_false(vs__place_moves(&place));
    test_write_file(place.file, "xx", 2);
    assert_int_equal(utimensat(AT_FDCWD, place.file, then, 0), 0);
    assert_true(vs__place_moves(&place)); /* within the clock's grain */
    assert_false(vs__place_moves(&place));
}

static void what_is_not_there_is_nobodys(void **state)
{
    struct vs__place place =
        place_of(test_path(state, "a.db"), test_path(state, "a.db-journal"));

    assert_false(vs__place_owned(&place));
    test_write_file(place.file, "x", 1);
    assert_true(vs__place_owned(&place));
}

static void a_reader_without_locks_looks_at_file_and_log(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct stat info;

    assert_ok(vs__db_flush(db));
    vs__db_close(db);
    assert_int_equal(unlink(test_path(state, "a.db-wal")), 0);
    assert_ok(open_as(test_path(state, "a.db"), VS_OPEN_READ, &db, NULL));
    assert_int_equal(stat(db->place.file, &info), 0);
    (void)unlink(db->place.wal);
    assert_ok(vs__place_still(db));
    test_write_file(db->place.wal, "x", 1);
    assert_status(VS_ERR_IO, vs__place_still(db));
    assert_int_equal(unlink(db->place.wal), 0);
    assert_ok(vs__place_still(db));
    db->place.mtime_ns++;
    assert_status(VS_ERR_IO, vs__place_still(db));
    db->place.mtime_ns--;
    db->place.ino++;
    assert_status(VS_ERR_IO, vs__place_still(db));
    db->place.ino--;
    vs__db_close(db);
}

/* SQLite removes what stands beside an empty file. */
static void an_empty_file_with_a_log_is_no_store_yet(void **state)
{
    static const char *const endings[] = {"-wal", "-journal"};
    const char *path = test_path(state, "a.db");

    for (size_t i = 0; i < 2; i++) {
        char name[600];

        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        test_write_file(path, "", 0);
        test_write_file(name, "begun", 5);
        refuses(path, VS_OPEN_WRITE, VS_ERR_NOTASTORE, "is empty");
        (void)unlink(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_missing_file_is_said),
        with_dir(a_missing_directory_is_named),
        with_dir(a_file_is_no_directory),
        with_dir(what_is_no_regular_file_is_no_store),
        with_dir(an_empty_file_is_no_store_yet),
        with_dir(create_new_refuses_any_file),
        with_dir(links_are_followed_to_the_file),
        with_dir(a_link_to_nothing_is_not_created_through),
        with_dir(a_relative_path_outlives_a_change_of_directory),
        with_dir(too_long_a_path_is_refused_unmade),
        with_dir(a_new_file_obeys_the_umask),
        cmocka_unit_test(known_network_file_systems_are_named),
        with_types(a_network_file_system_is_refused),
        with_dir(what_lies_beside_must_be_files),
        with_dir(a_replaced_file_ends_writing),
        with_dir(a_removed_log_ends_writing),
        with_dir(another_log_in_its_place_ends_writing),
        with_dir(what_cannot_be_looked_at_has_no_size),
        with_dir(so_does_a_file_of_that_number_on_another_device),
        with_dir(a_store_may_stand_in_the_topmost_folder),
        with_dir(a_write_gets_on_as_long_as_the_file_changes),
        with_dir(what_is_not_there_is_nobodys),
        with_dir(a_reader_without_locks_looks_at_file_and_log),
        with_dir(an_empty_file_with_a_log_is_no_store_yet),
    };

    return cmocka_run_group_tests_name("db.place", tests, NULL, NULL);
}
