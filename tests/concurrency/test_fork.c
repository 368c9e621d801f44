/* test_fork.c - a handle inherited through fork is refused, and the parent
 * goes on with it as if nothing had happened. */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a parent has open. */
struct family {
    vs_store *store;
    vs_context *ctx;
    vs_variable *v;
};

static void family_open(void **state, struct family *f)
{
    const vs_shape shape = vs_shape_1d(3);
    const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
    const vs_variable_spec spec = {.shape = &shape, .initializer = vs_zeros()};

    f->store = test_open(test_path(state, "f.vars.db"), VS_OPEN_CREATE);
    assert_store(VS_OK, f->store, vs_context_new(f->store, &f->ctx));
    assert_store(VS_OK, f->store, vs_scope_enter(f->ctx, "", &sharing, NULL));
    assert_store(VS_OK, f->store, vs_get_variable(f->ctx, "v", &spec, &f->v));
}

static void family_close(struct family *f)
{
    vs_variable_free(f->v);
    vs_context_free(f->ctx);
    test_sound(f->store);
    vs_store_close(f->store);
}

/* Runs `child` in a forked process; it returns 0, or the number of the call
 * that did not do what it should. */
static void in_child(struct family *f, int (*child)(struct family *f))
{
    pid_t pid;
    int how = -1;

    (void)fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(child(f));
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
}

static void write_all(struct family *f, float x)
{
    const vs_shape shape = vs_shape_1d(3);
    const float values[3] = {x, x, x};
    const vs_view view = vs_view_const(VS_F32, &shape, values);

    assert_store(VS_OK, f->store, vs_variable_write(f->v, &view));
}

static void assert_all(struct family *f, float x)
{
    float *values = test_read_f32(f->v);

    for (int i = 0; i < 3; i++)
        assert_true(values[i] == x);
    free(values);
}

#define REFUSED(n, call)             \
    do {                             \
        if ((call) != VS_ERR_FORKED) \
            return (n);              \
    } while (0)

static int every_call_is_refused(struct family *f)
{
    const vs_shape shape = vs_shape_1d(3);
    const vs_variable_spec spec = {.shape = &shape};
    const vs_variable_info *info = NULL;
    float values[3] = {9, 9, 9};
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_variable *v = NULL;
    vs_context *ctx = NULL;
    vs_list *list = NULL;
    vs_store_info store;
    int64_t version = 0;

    REFUSED(1, vs_variable_read(f->v, &view));
    REFUSED(2, vs_variable_write(f->v, &view));
    REFUSED(3, vs_variable_assign_add(f->v, &view));
    REFUSED(4, vs_variable_version(f->v, &version));
    REFUSED(5, vs_variable_describe(f->v, &info));
    REFUSED(6, vs_get_variable(f->ctx, "v", &spec, &v));
    REFUSED(7, vs_get_variable(f->ctx, "new", &spec, &v));
    REFUSED(8, vs_variable_open(f->store, "v", &v));
    REFUSED(9, vs_variable_create(f->store, "new", &spec, &v));
    REFUSED(10, vs_variable_delete(f->store, "v"));
    REFUSED(11, vs_store_begin(f->store, VS_TXN_READ));
    REFUSED(12, vs_store_begin(f->store, VS_TXN_WRITE));
    REFUSED(13, vs_store_describe(f->store, &store));
    REFUSED(14, vs_store_flush(f->store));
    REFUSED(15, vs_context_new(f->store, &ctx));
    REFUSED(16, vs_list_open(f->store, NULL, &list));
    REFUSED(17, vs_checkpoint_save(f->store, NULL, NULL));
    return v != NULL || ctx != NULL || list != NULL || values[0] != 9;
}

static int freeing_is_allowed(struct family *f)
{
    vs_variable_free(f->v);
    vs_context_free(f->ctx);
    vs_store_close(f->store);
    return 0;
}

static int an_open_transaction_is_not_the_childs(struct family *f)
{
    REFUSED(1, vs_store_commit(f->store));
    REFUSED(2, vs_store_rollback(f->store));
    return freeing_is_allowed(f);
}

static void a_child_is_refused_and_the_parent_goes_on(void **state)
{
    struct family f;

    family_open(state, &f);
    write_all(&f, 1);
    in_child(&f, every_call_is_refused);
    assert_all(&f, 1);
    write_all(&f, 2);
    assert_all(&f, 2);
    family_close(&f);
}

static void a_child_may_free_what_it_inherited(void **state)
{
    struct family f;

    family_open(state, &f);
    in_child(&f, freeing_is_allowed);
    for (int i = 0; i < 20; i++) { /* locks and files are still the parent's */
        write_all(&f, (float)i);
        assert_all(&f, (float)i);
    }
    family_close(&f);
}

static void a_transaction_survives_a_fork_in_it(void **state)
{
    struct family f;

    family_open(state, &f);
    write_all(&f, 1);
    assert_store(VS_OK, f.store, vs_store_begin(f.store, VS_TXN_WRITE));
    write_all(&f, 2);
    in_child(&f, an_open_transaction_is_not_the_childs);
    write_all(&f, 3);
    assert_store(VS_OK, f.store, vs_store_commit(f.store));
    assert_all(&f, 3);
    family_close(&f);
}

/* Others must still be kept out by the parent's locks after a child has closed
 * its copies of the descriptors. */
static void the_parents_lock_outlives_the_child(void **state)
{
    const char *path = test_path(state, "f.vars.db");
    const vs_store_options impatient = {.mode = VS_OPEN_WRITE, .busy_ms = -1};
    vs_store *other = NULL;
    struct family f;

    family_open(state, &f);
    assert_store(VS_OK, f.store, vs_store_begin(f.store, VS_TXN_WRITE));
    write_all(&f, 4);
    in_child(&f, freeing_is_allowed);
    assert_ok(vs_store_open(path, &impatient, &other, NULL));
    assert_store(VS_ERR_BUSY, other, vs_store_begin(other, VS_TXN_WRITE));
    assert_store(VS_OK, f.store, vs_store_commit(f.store));
    assert_store(VS_OK, other, vs_store_begin(other, VS_TXN_WRITE));
    assert_store(VS_OK, other, vs_store_rollback(other));
    vs_store_close(other);
    assert_all(&f, 4);
    family_close(&f);
}

/* A handle whose threads have started, and have connections to the file: the
 * child has neither, and must wait for none of them. */
static void threads_of_a_handle_stay_with_the_parent(void **state)
{
    enum { N = 8 << 18 }; /* 8 MiB */
    const vs_shape shape = vs_shape_1d(N);
    const vs_store_options options = {.mode = VS_OPEN_CREATE, .threads = 3};
    float *values = calloc(N, sizeof *values);
    const vs_state_item item = {.name = "large",
                                .view = vs_view_of(VS_F32, &shape, values)};
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
    struct family f = {0};

    assert_non_null(values);
    assert_ok(
        vs_store_open(test_path(state, "f.vars.db"), &options, &f.store, NULL));
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++)
            values[i] = (float)(i * (round + 1));
        assert_store(VS_OK, f.store,
                     vs_state_save(f.store, &item, 1, &make, NULL));
        memset(values, 0, N * sizeof *values);
        assert_store(VS_OK, f.store, vs_state_load(f.store, &item, 1, NULL));
        in_child(&f, freeing_is_allowed);
        assert_store(VS_OK, f.store, vs_state_load(f.store, &item, 1, NULL));
        assert_true(values[N - 1] == (float)((N - 1) * (round + 1)));
    }
    family_close(&f);
    free(values);
}

#define TEST(fn) \
    cmocka_unit_test_setup_teardown(fn, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_child_is_refused_and_the_parent_goes_on),
        TEST(a_child_may_free_what_it_inherited),
        TEST(a_transaction_survives_a_fork_in_it),
        TEST(the_parents_lock_outlives_the_child),
        TEST(threads_of_a_handle_stay_with_the_parent),
    };

    return cmocka_run_group_tests_name("concurrency.fork", tests, NULL, NULL);
}
