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
    };

    return cmocka_run_group_tests_name("fault.forked", tests, NULL, NULL);
}
