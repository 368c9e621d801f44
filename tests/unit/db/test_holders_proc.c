/* test_holders_proc.c - db/holders: what /proc shows, and what it does not. */
#include "dbtest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "db/holders.h"
#include "findings.h"

/* -------- Another /proc; linked in by --wrap. */

static struct {
    const char *name;  /* what begins with this ... */
    const char *other; /* is this one's file; NULL: cannot be opened, */
    int error;         /* with this errno */
    bool no_folder;    /* folders cannot be read */
    bool no_list;      /* nor /proc itself */
    bool no_lock;      /* nobody tells of locks */
    bool no_clock;
    bool endless; /* files have no end */
} posed;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__real_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd);
int __real_fcntl(int fd, int what, ...);
int __wrap_fcntl(int fd, int what, void *arg);
int __real_clock_gettime(clockid_t id, struct timespec *out);
int __wrap_clock_gettime(clockid_t id, struct timespec *out);
ssize_t __real_read(int fd, void *out, size_t n);
ssize_t __wrap_read(int fd, void *out, size_t n);

int __wrap_open(const char *path, int flags, ...)
{
    if (posed.name != NULL &&
        strncmp(path, posed.name, strlen(posed.name)) == 0) {
        errno = posed.error;
        return posed.other != NULL ? __real_open(posed.other, flags) : -1;
    }
    return __real_open(path, flags);
}

DIR *__wrap_opendir(const char *path)
{
    return posed.no_list ? NULL : __real_opendir(path);
}

DIR *__wrap_fdopendir(int fd)
{
    return posed.no_folder ? NULL : __real_fdopendir(fd);
}

int __wrap_fcntl(int fd, int what, void *arg)
{
    return posed.no_lock && what == F_GETLK ? -1 : __real_fcntl(fd, what, arg);
}

int __wrap_clock_gettime(clockid_t id, struct timespec *out)
{
    return posed.no_clock ? -1 : __real_clock_gettime(id, out);
}

ssize_t __wrap_read(int fd, void *out, size_t n)
{
    if (!posed.endless)
        return __real_read(fd, out, n);
    memset(out, 'x', n);
    return (ssize_t)n;
}

static int end_posing(void **state)
{
    memset(&posed, 0, sizeof posed);
    return test_dir_teardown(state);
}

#define POSING(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, end_posing)

/* -------- A process that has the file open. */

struct holding {
    const char *path;
    struct gate ready;
    struct gate done;
    pid_t pid;
};

static int holds(void *ctx)
{
    const struct holding *h = ctx;
    struct vs__db *db = NULL;

    must(open_as(h->path, VS_OPEN_READ, &db, NULL) == VS_OK);
    gate_open(&h->ready);
    gate_pass(&h->done);
    vs__db_close(db);
    return 0;
}

static struct holding begin_holding(void **state)
{
    struct holding h = {test_path(state, "a.db"), make_gate(), make_gate(), 0};

    vs__db_close(make_store(h.path));
    h.pid = start_child(holds, &h);
    gate_pass(&h.ready);
    return h;
}

static void end_holding(const struct holding *h)
{
    gate_open(&h->done);
    join_child(h->pid);
    end_gate(&h->ready);
    end_gate(&h->done);
}

/* What he is found to hold. */
static unsigned found_of(const struct holding *h, bool probe,
                         struct vs__holders *out)
{
    struct vs__place place = {.file = (char *)(uintptr_t)h->path};

    assert_ok(vs__holders_find(&place, probe, out, NULL));
    for (int i = 0; i < out->n; i++)
        if (out->v[i].pid == h->pid)
            return out->v[i].holds;
    return 0;
}

static void each_source_is_enough(void **state)
{
    struct holding h = begin_holding(state);
    struct vs__holders found;

    posed.name = "/proc/locks";
    posed.error = ENOENT;
    assert_int_equal(found_of(&h, false, &found), VS__HOLDS_OPEN);
    assert_true((found_of(&h, true, &found) & VS__HOLDS_SHARED) != 0);
    posed.name = NULL;
    posed.no_list = true;
    assert_int_equal(found_of(&h, false, &found), VS__HOLDS_SHARED);
    posed.no_list = false;
    posed.no_folder = true;
    assert_int_equal(found_of(&h, false, &found), VS__HOLDS_SHARED);
    posed.no_folder = false;
    posed.no_lock = true;
    assert_int_equal(found_of(&h, true, &found),
                     VS__HOLDS_SHARED | VS__HOLDS_OPEN);
    end_holding(&h);
}

static void a_list_without_an_end_is_left_alone(void **state)
{
    struct holding h = begin_holding(state);
    struct vs__holders found;

    posed.endless = true;
    assert_int_equal(found_of(&h, false, &found), VS__HOLDS_OPEN);
    posed.endless = false;
    end_holding(&h);
}

/* A process may end while it is looked at. */
static void who_has_just_gone_is_not_hidden(void **state)
{
    struct holding h = begin_holding(state);
    struct vs__holders found;

    posed.name = "/proc/1/";
    posed.error = ENOENT;
    (void)found_of(&h, false, &found);
    assert_int_equal(found.n_hidden, 0);
    posed.error = EACCES;
    (void)found_of(&h, false, &found);
    assert_int_equal(found.n_hidden, 1);
    end_holding(&h);
}

/* Of others' processes nobody sees the files. */
static int finds_them_hidden(void *ctx)
{
    struct vs__place place = {.file = ctx};
    struct findings found = {""};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = &found}, .group = "g"};
    struct vs__holders holders;

    must(become_nobody() == 0);
    must(vs__holders_find(&place, false, &holders, NULL) == VS_OK);
    vs__holders_tell(&holders, &f);
    must(holders.n_hidden > 0);
    must(strstr(found.text, "g hidden note [") != NULL);
    must(strstr(found.text, "no visible process has it open") != NULL);
    return 0;
}

static void others_processes_are_hidden(void **state)
{
    const char *path = test_path(state, "a.db");

    if (geteuid() != 0) {
        print_message("only root can be two users: not run\n");
        skip();
    }
    test_write_file(path, "x", 1);
    assert_int_equal(chmod(test_path(state, "."), 0755), 0);
    in_child(finds_them_hidden, (char *)(uintptr_t)path);
}

/* -------- Lists of locks. */

static void only_locks_of_the_store_count(void **state)
{
    const struct vs__held_file file = {makedev(8, 2), 100, false};
    static const char text[] =
        "1: POSIX  ADVISORY  WRITE 70 09:02:100 1073741826 1073742335\n"
        "2: POSIX  ADVISORY  WRITE 71 08:02:100 0 99\n";
    struct vs__holders h;

    (void)state;
    memset(&h, 0, sizeof h);
    vs__holders_add_locks(&h, text, &file, 1);
    assert_int_equal(h.n, 0);
    assert_int_equal(h.all, 0);
}

static void more_than_can_be_told_are_said_to_be_more(void **state)
{
    const struct vs__held_file file = {makedev(8, 2), 100, false};
    struct vs__holders h;

    (void)state;
    memset(&h, 0, sizeof h);
    for (int i = 0; i < VS__HOLDERS_MAX + 2; i++) {
        char line[80];

        assert_false(h.more && i <= VS__HOLDERS_MAX);
        (void)snprintf(line, sizeof line,
                       "1: POSIX ADVISORY READ %d 08:02:100 1073741826 EOF",
                       100000 + i);
        vs__holders_add_locks(&h, line, &file, 1);
    }
    assert_int_equal(h.n, VS__HOLDERS_MAX);
    assert_true(h.more);
}

/* -------- What a process is called. */

static void tell_of(const char *path, const char *stat, struct findings *found)
{
    static struct vs__holders h = {.n = 1, .v = {{.pid = 999999999}}};
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = found}, .group = "g"};

    test_write_file(path, stat, strlen(stat));
    found->text[0] = '\0';
    vs__holders_tell(&h, &f);
}

static void a_process_may_be_called_anything(void **state)
{
    static const struct {
        const char *stat;
        const char *start;
    } cases[] = {
        {"", "g pid-999999999 ok [?]"},
        {"7 no brackets", "g pid-999999999 ok [?]"},
        {"7 (cut", "g pid-999999999 ok [?]"},
        {"7 )(", "g pid-999999999 ok [?]"},
        {"7 (a) b) S 1 2", "g pid-999999999 ok [a) b]"},
        {"7 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 99",
         "g pid-999999999 ok [sh]"},
    };
    const char *path = test_path(state, "stat");
    struct findings found;

    posed.name = "/proc/999999999/stat";
    posed.other = path;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tell_of(path, cases[i].stat, &found);
        assert_finding(&found, cases[i].start, "(unknown user");
    }
    posed.other = NULL;
    tell_of(path, "", &found);
    assert_finding(&found, "g pid-999999999 ok [?]", "(unknown user)");
    posed.other = path;
    posed.no_clock = true;
    tell_of(path, cases[5].stat, &found);
    assert_finding(&found, "g pid-999999999 ok [sh]", "(unknown user)");
    posed.no_clock = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POSING(each_source_is_enough),
        POSING(a_list_without_an_end_is_left_alone),
        POSING(who_has_just_gone_is_not_hidden),
        POSING(others_processes_are_hidden),
        cmocka_unit_test(only_locks_of_the_store_count),
        cmocka_unit_test(more_than_can_be_told_are_said_to_be_more),
        POSING(a_process_may_be_called_anything),
    };

    return cmocka_run_group_tests_name("db.holders_proc", tests, NULL, NULL);
}
