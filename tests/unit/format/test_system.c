/* test_system.c - format/output and format/input on a system whose calls fail,
 * each in its turn: a file that is written is whole or is not there, and no
 * signal is in the way.
 */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/input.h"
#include "format/io.h"
#include "format/output.h"

static struct {
    int left; /* calls until one fails; 0: none does */
    int error;
    int then;         /* of the call behind that; 0: it goes well */
    int taken;        /* names that somebody else has */
    bool keeps;       /* no name can be taken away */
    const char *call; /* that failed; NULL: none has */
} failing;

static bool strikes(const char *call)
{
    if (failing.left == 0 || --failing.left > 0)
        return false;
    failing.call = call;
    errno = failing.error;
    if (failing.then != 0) {
        failing.left = 1;
        failing.error = failing.then;
        failing.then = 0;
    }
    return true;
}

#define WRAP(type, call, params, args)                         \
    type __real_##call params;                                 \
    type __wrap_##call params;                                 \
    type __wrap_##call params                                  \
    {                                                          \
        return strikes(#call) ? (type)-1 : __real_##call args; \
    }
WRAP(int, fstatat, (int at, const char *path, struct stat *info, int flags),
     (at, path, info, flags))
WRAP(int, fstat, (int fd, struct stat *info), (fd, info))
WRAP(ssize_t, write, (int fd, const void *from, size_t n), (fd, from, n))
WRAP(ssize_t, pwrite, (int fd, const void *from, size_t n, off_t at),
     (fd, from, n, at))
WRAP(ssize_t, pread, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
WRAP(int, renameat2,
     (int a, const char *from, int b, const char *to, unsigned f),
     (a, from, b, to, f))
WRAP(int, renameat, (int a, const char *from, int b, const char *to),
     (a, from, b, to))
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags),
     (a, from, b, to, flags))
WRAP(int, fsync, (int fd), (fd))
WRAP(ssize_t, getrandom, (void *out, size_t n, unsigned flags), (out, n, flags))

/* It lets go of the descriptor whatever it says. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    const bool fails = strikes("close");
    const int said = errno;
    const int done = __real_close(fd);

    if (!fails)
        return done;
    errno = said;
    return -1;
}

int __real_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...)
{
    if (failing.taken > 0) {
        failing.taken--;
        errno = EEXIST;
        return -1;
    }
    return strikes("openat") ? -1 : __real_openat(at, path, flags, 0666);
}

int __real_unlinkat(int at, const char *path, int flags);
int __wrap_unlinkat(int at, const char *path, int flags);
int __wrap_unlinkat(int at, const char *path, int flags)
{
    if (!failing.keeps)
        return __real_unlinkat(at, path, flags);
    errno = EIO;
    return -1;
}

#define N (3 << 20) /* more than any buffer */

static char content[N];
static char said[VS_ERROR_MESSAGE_BYTES]; /* the words of the last failure */

static vs_status write_it(const char *path, enum vs__output_mode mode)
{
    struct vs__output *o = NULL;
    vs_error err;
    vs_status st = vs__output_open(path, mode, &o, &err);

    if (st != VS_OK)
        return st;
    if ((st = vs__output_append(o, "....", 4, &err)) == VS_OK &&
        (st = vs__output_append(o, content + 4, 100, &err)) == VS_OK &&
        (st = vs__output_append(o, content + 104, N - 204, &err)) == VS_OK &&
        (st = vs__output_append(o, content + N - 100, 100, &err)) == VS_OK &&
        (st = vs__output_amend(o, 0, content, 4, &err)) == VS_OK) {
        st = vs__output_commit(o, &err);
        o = NULL;
    }
    vs__output_abandon(o);
    if (st != VS_OK) {
        assert_int_equal(err.status, st);
        (void)snprintf(said, sizeof said, "%s", err.message);
    }
    return st;
}

/* All of it, what was there before (`old`), or nothing; and nothing beside. */
static void assert_whole_or_none(const char *path, vs_status st,
                                 const char *old)
{
    size_t n = 0;
    char *bytes = test_read_file(path, &n);
    char folder[512];
    int n_files = 0;
    DIR *dir;

    if (bytes != NULL && n == N)
        assert_memory_equal(bytes, content, N);
    else if (st == VS_OK || (bytes == NULL) != (old == NULL) ||
             (old != NULL && strcmp(bytes, old) != 0))
        fail_msg("%s failed, errno %d: %zu bytes", failing.call, failing.error,
                 n);
    (void)snprintf(folder, sizeof folder, "%.*s",
                   (int)(strrchr(path, '/') - path), path);
    dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        n_files += e->d_name[0] != '.' || strlen(e->d_name) > 2;
    assert_int_equal(closedir(dir), 0);
    assert_int_equal(n_files, bytes != NULL);
    free(bytes);
}

static bool goes_on_after(const char *call, int error)
{
    static const char *const calls[] = {"write", "pwrite", "fsync", "close",
                                        "getrandom"};

    for (size_t i = 0; error == EINTR && i < sizeof calls / sizeof calls[0];
         i++)
        if (strcmp(calls[i], call) == 0)
            return true;
    return error != EINTR && strcmp(call, "renameat2") == 0 &&
           (error == EINVAL || error == ENOSYS);
}

static void write_failing(const char *path, enum vs__output_mode mode,
                          int error)
{
    const char *old = mode == VS__OUTPUT_NEW ? NULL : "old";

    for (int k = 1;; k++) {
        vs_status st;

        (void)unlink(path);
        if (old != NULL)
            test_write_file(path, old, strlen(old));
        failing.left = k;
        failing.error = error;
        failing.call = NULL;
        st = write_it(path, mode);
        failing.left = 0;
        if (failing.call == NULL || goes_on_after(failing.call, error))
            assert_ok(st);
        assert_whole_or_none(path, st, old);
        if (failing.call == NULL)
            break;
    }
}

static void what_is_written_is_whole_or_not_there(void **state)
{
    static const int errors[] = {EINTR, EIO, ENOSPC, EINVAL, ENOSYS};
    const char *path = test_path(state, "out");

    for (int i = 0; i < N; i++)
        content[i] = (char)(i % 251 + 1);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        write_failing(path, VS__OUTPUT_NEW, errors[i]);
        write_failing(path, VS__OUTPUT_REPLACE, errors[i]);
    }
}

static vs_status read_it(const char *path)
{
    struct vs__input in;
    char bytes[100];
    vs_error err;
    vs_status st = vs__input_open(path, &in, &err);

    if (st != VS_OK)
        return st;
    assert_int_equal(in.size, 200);
    st = vs__input_read(&in, 50, bytes, sizeof bytes, &err);
    if (st == VS_OK)
        assert_memory_equal(bytes, content + 50, sizeof bytes);
    vs__input_close(&in);
    return st;
}

static void what_cannot_be_read_is_told(void **state)
{
    const char *path = test_path(state, "in");

    test_write_file(path, content, 200);
    for (int error = EINTR; error <= EIO; error++)
        for (int k = 1;; k++) {
            vs_status st;

            failing.left = k;
            failing.error = error;
            failing.call = NULL;
            st = read_it(path);
            failing.left = 0;
            if (failing.call == NULL) {
                assert_ok(st);
                break;
            }
            if (strcmp(failing.call, "close") == 0 ||
                (strcmp(failing.call, "pread") == 0 && error == EINTR))
                assert_ok(st);
            else
                assert_true(st < VS_OK);
        }
}

/* Nor is the file that has such a name touched. */
static void names_that_are_taken_are_not_tried_for_ever(void **state)
{
    const char *path = test_path(state, "out");
    struct vs__output *o = NULL;

    failing.call = NULL;
    failing.left = 0;
    failing.taken = 16;
    assert_ok(vs__output_open(path, VS__OUTPUT_NEW, &o, NULL));
    vs__output_abandon(o);
    failing.taken = 1000;
    assert_true(vs__output_open(path, VS__OUTPUT_NEW, &o, NULL) < VS_OK);
    assert_true(failing.taken > 0);
    failing.taken = 0;
    assert_whole_or_none(path, VS_ERR_IO, NULL);
}

/* Not every file system can rename only if the name is free: there the file
 * gets a second name, which fails in its own ways. */
static void a_name_that_is_taken_meanwhile_is_not_replaced(void **state)
{
    static const struct {
        int error;
        vs_status want;
    } cases[] = {{EEXIST, VS_ERR_EXISTS}, {EIO, VS_ERR_IO}};
    const char *path = test_path(state, "out");

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool seen = false;

        for (int k = 1; !seen; k++) {
            vs_status st;

            (void)unlink(path);
            failing.left = k;
            failing.error = EINVAL;
            failing.then = cases[i].error;
            failing.call = NULL;
            st = write_it(path, VS__OUTPUT_NEW);
            failing.left = 0;
            assert_non_null(failing.call);
            seen = strcmp(failing.call, "linkat") == 0;
            if (seen)
                assert_status(cases[i].want, st);
            assert_whole_or_none(path, st, NULL);
        }
    }
    failing.then = 0;
}

static void take_all_away(const char *path)
{
    char name[512];
    DIR *dir;

    (void)snprintf(name, sizeof name, "%.*s", (int)(strrchr(path, '/') - path),
                   path);
    dir = opendir(name);
    assert_non_null(dir);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        (void)unlinkat(dirfd(dir), e->d_name, 0); /* but for "." and ".." */
    assert_int_equal(closedir(dir), 0);
}

/* The folder's sync fails, and then the name cannot be taken away again. */
static void a_name_that_stays_is_told(void **state)
{
    const char *path = test_path(state, "out");
    bool seen = false;

    for (int k = 1; !seen; k++) {
        size_t n = 0;
        char *bytes;
        vs_status st;

        failing.left = k;
        failing.error = EIO;
        failing.call = NULL;
        failing.keeps = true;
        st = write_it(path, VS__OUTPUT_NEW);
        failing.left = 0;
        failing.keeps = false;
        assert_non_null(failing.call);
        bytes = test_read_file(path, &n);
        seen = bytes != NULL;
        if (seen) {
            assert_status(VS_ERR_IO, st);
            assert_int_equal(n, N);
            assert_memory_equal(bytes, content, N);
            assert_non_null(strstr(said, "; the file is there, complete"));
        }
        free(bytes);
        take_all_away(path);
    }
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(what_is_written_is_whole_or_not_there),
        with_dir(what_cannot_be_read_is_told),
        with_dir(names_that_are_taken_are_not_tried_for_ever),
        with_dir(a_name_that_is_taken_meanwhile_is_not_replaced),
        with_dir(a_name_that_stays_is_told),
    };

    return cmocka_run_group_tests_name("format.system", tests, NULL, NULL);
}
