/* test_forked.c - every call of the manual in a process that was forked with the
 * store open: each is refused, and the parent's store is as it was.
 */
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* How many calls were not refused. */
static int try_table(struct scene *c, const struct call *call)
{
    int n = 0;

    for (; call->name != NULL; call++) {
        const vs_status want =
            (call->flags & CALL_OFF_THE_STORE) != 0 ? VS_OK : VS_ERR_FORKED;
        const vs_status st = call->call(c);

        if (st == want)
            continue;
        print_error("%s: %s, want %s\n", call->name, vs_status_word(st),
                    vs_status_word(want));
        n++;
    }
    return n;
}

static int try_all(struct scene *c)
{
    return try_table(c, calls_of_values) + try_table(c, calls_of_names) +
           try_table(c, calls_of_scopes) + try_table(c, calls_of_states);
}

/* Handles to values are refused by themselves, those of a local variable, too,
 * which is in another database. */
static int try_handles(vs_variable *v, vs_variable *local)
{
    float values[3] = {0, 0, 0};
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);
    vs_variable *const both[] = {v, local};
    int n = 0;

    for (size_t i = 0; i < 2; i++) {
        n += vs_variable_read(both[i], &view) != VS_ERR_FORKED;
        n += vs_variable_write(both[i], &view) != VS_ERR_FORKED;
        n += vs_variable_assign_add(both[i], &view) != VS_ERR_FORKED;
        n += vs_variable_compare_and_swap(both[i], 1, &view, NULL) !=
             VS_ERR_FORKED;
        n += vs_variable_initialize(both[i], NULL) != VS_ERR_FORKED;
    }
    return n;
}

static void so_it_is_by_local_variables(void **state)
{
    struct scene c = {0};
    const char *path = test_path(state, "f.db");
    const vs_shape shape = vs_shape_1d(3);
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_constant(5)};
    vs_variable *v = NULL;
    vs_variable *local = NULL;
    float *values;
    int how = -1;
    pid_t pid;

    scene_make(state, &c, path);
    scene_open(&c, path);
    assert_store(VS_OK, c.store, vs_variable_open(c.store, "a/b", &v));
    assert_store(VS_OK, c.store,
                 vs_get_local_variable(c.ctx, "local", &spec, &local));
    (void)fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        exit(try_handles(v, local) == 0 ? 0 : 1);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
    values = test_read_f32(local);
    assert_true(values[0] == 5 && values[2] == 5);
    free(values);
    vs_variable_free(local);
    vs_variable_free(v);
    scene_close(&c);
}

static void refused(void **state, bool keep)
{
    struct scene c = {0};
    const char *path = test_path(state, "f.db");
    void *before;
    void *after;
    size_t n_before = 0;
    size_t n_after = 0;
    int how = -1;
    pid_t pid;

    scene_make(state, &c, path);
    scene_open(&c, path);
    if (keep)
        scene_keep(&c);
    before = test_read_file(path, &n_before);
    (void)fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) /* by exit: what it reached is counted */
        exit(try_all(&c) == 0 ? 0 : 1);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
    after = test_read_file(path, &n_after);
    assert_int_equal(n_before, n_after);
    assert_memory_equal(before, after, n_before);
    free(before);
    free(after);
    assert_ok(call_writes_columns(&c));
    test_sound(c.store);
    scene_close(&c);
}

static void a_forked_process_is_refused_by_each_call(void **state)
{
    refused(state, false);
}

static void so_it_is_with_handles_that_were_open(void **state)
{
    refused(state, true);
}

int main(void)
{
#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)
    const struct CMUnitTest tests[] = {
        with_dir(a_forked_process_is_refused_by_each_call),
        with_dir(so_it_is_with_handles_that_were_open),
        with_dir(so_it_is_by_local_variables),
    };

    return cmocka_run_group_tests_name("fault.forked", tests, NULL, NULL);
}
