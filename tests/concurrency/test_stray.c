/* test_stray.c - a program that opens and closes the file of its store by
 * itself: POSIX takes all its locks away, and it does not know. What it was
 * told is committed must not get lost by that, whatever others do meanwhile.
 */
#include "stores.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_COMMITS 5

/* What the careless process tells after each call. */
struct word {
    vs_status st;
    int64_t told;  /* the last number that was committed */
    int64_t value; /* that it has read; -1: it could not */
};

struct careless {
    pid_t pid;
    int says[2]; /* from it */
    int goes[2]; /* to it: one byte for each step */
};

static vs_status put(vs_variable *v, int64_t x)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_view view = vs_view_const(VS_I64, &scalar, &x);

    return vs_variable_write(v, &view);
}

static vs_status get(vs_variable *v, int64_t *x)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_view view = vs_view_of(VS_I64, &scalar, x);

    return vs_variable_read(v, &view);
}

static void say(const struct careless *c, const struct word *w)
{
    if (write(c->says[1], w, sizeof *w) != (ssize_t)sizeof *w)
        _exit(3);
}

static void wait_to_go(const struct careless *c)
{
    char byte;

    if (read(c->goes[0], &byte, 1) != 1)
        _exit(3);
}

/* Commits 1, closes the file once too often; then reads, and commits more. */
static void be_careless(const struct careless *c, const char *path)
{
    const vs_store_options options = {.mode = VS_OPEN_WRITE};
    struct word w = {VS_OK, 0, -1};
    vs_store *store = NULL;
    vs_variable *v = NULL;

    w.st = vs_store_open(path, &options, &store, NULL);
    if (w.st == VS_OK)
        w.st = vs_variable_open(store, "x", &v);
    if (w.st == VS_OK)
        w.st = put(v, 1);
    w.told = w.st == VS_OK;
    (void)close(open(path, O_RDONLY)); /* no lock of this process is left */
    say(c, &w);
    wait_to_go(c);
    if (get(v, &w.value) != VS_OK)
        w.value = -1;
    for (int64_t i = 1; i <= N_COMMITS && w.st == VS_OK; i++)
        if ((w.st = put(v, 100 + i)) == VS_OK)
            w.told = 100 + i;
    say(c, &w);
    wait_to_go(c);
    _exit(4); /* it is killed before */
}

static void start(struct careless *c, const char *path)
{
    assert_int_equal(pipe(c->says), 0);
    assert_int_equal(pipe(c->goes), 0);
    c->pid = fork();
    assert_true(c->pid >= 0);
    if (c->pid == 0) {
        (void)close(c->goes[1]); /* who waits sees the other's end */
        be_careless(c, path);
    }
    (void)close(c->says[1]);
    (void)close(c->goes[0]);
}

static struct word hear(const struct careless *c)
{
    struct word w = {VS_ERR_IO, 0, 0};

    assert_int_equal(read(c->says[0], &w, sizeof w), (int)sizeof w);
    return w;
}

static void go(const struct careless *c)
{
    assert_int_equal(write(c->goes[1], "", 1), 1);
}

static void kill_it(struct careless *c)
{
    int how = 0;

    assert_int_equal(kill(c->pid, SIGKILL), 0);
    assert_int_equal(waitpid(c->pid, &how, 0), c->pid);
    assert_true(WIFSIGNALED(how));
    (void)close(c->says[0]);
    (void)close(c->goes[1]);
}

static void make(const char *path)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_variable_spec spec = {.dtype = VS_I64, .shape = &scalar};
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    assert_store(VS_OK, store, vs_variable_create(store, "x", &spec, NULL));
    vs_store_close(store);
}

/* What another process does meanwhile; the number it has committed. */
typedef int64_t meanwhile(const char *path);

static int64_t commits_and_closes(const char *path)
{
    vs_store *store = test_open(path, VS_OPEN_WRITE);
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_open(store, "x", &v));
    assert_store(VS_OK, store, put(v, 50));
    vs_variable_free(v);
    vs_store_close(store);
    return 50;
}

/* It finds nobody else, and leaves the log for its one transaction. */
static int64_t writes_in_bulk(const char *path)
{
    vs_store *store = test_open(path, VS_OPEN_WRITE);
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_open(store, "x", &v));
    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_BULK));
    assert_store(VS_OK, store, put(v, 50));
    vs_variable_free(test_iota(store, "new", vs_shape_1d(300000)));
    assert_store(VS_OK, store, vs_store_commit(store));
    vs_variable_free(v);
    vs_store_close(store);
    return 50;
}

static int64_t opens_and_closes(const char *path)
{
    vs_store_close(test_open(path, VS_OPEN_WRITE));
    vs_store_close(test_open(path, VS_OPEN_READ));
    return 1;
}

/* The careless one is told of nothing that is lost, and reads nothing that
 * never was; else it is told that something is wrong. */
static void try_it(void **state, meanwhile *other, bool goes_on)
{
    const char *path = test_path(state, "s.vars.db");
    struct careless c;
    struct word w;
    vs_store *store;
    vs_variable *v = NULL;
    int64_t x = -1;
    int64_t committed;

    make(path);
    start(&c, path);
    w = hear(&c);
    assert_ok(w.st);
    committed = other(path);
    go(&c);
    w = hear(&c);
    if (goes_on)
        assert_ok(w.st);
    else
        assert_int_equal(w.st, VS_ERR_IO);
    assert_true(w.value == -1 || w.value == 1 || w.value == committed);
    kill_it(&c);
    store = test_open(path, VS_OPEN_WRITE);
    assert_store(VS_OK, store, vs_variable_open(store, "x", &v));
    assert_store(VS_OK, store, get(v, &x));
    assert_int_equal(x, w.told > 1 ? w.told : committed);
    test_sound(store);
    vs_variable_free(v);
    vs_store_close(store);
}

static void nothing_is_lost_when_another_comes_and_goes(void **state)
{
    try_it(state, opens_and_closes, true);
}

static void nothing_is_lost_when_another_commits_and_closes(void **state)
{
    try_it(state, commits_and_closes, true);
}

static void writing_ends_when_another_has_left_the_log(void **state)
{
    try_it(state, writes_in_bulk, false);
}

#define TEST(fn) \
    cmocka_unit_test_setup_teardown(fn, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_lost_when_another_comes_and_goes),
        TEST(nothing_is_lost_when_another_commits_and_closes),
        TEST(writing_ends_when_another_has_left_the_log),
    };

    return cmocka_run_group_tests_name("concurrency.stray", tests, NULL, NULL);
}
