/* test_calls.c - every call of the manual, each statement and each allocation
 * of it failing in its turn: the call says so, nothing has happened, and the
 * same handle can do it then. It runs on a file; what else can fail is tried on
 * the simulated disk, by fault_sweep.c.
 */
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failing.h"

/* -------- The tries. */

/* What must not be there after a failure. */
static vs_store_info look(struct scene *c)
{
    vs_store_info info;

    assert_ok(vs_store_describe(c->store, &info));
    return info;
}

static void assert_unchanged(const char *name, int k, const vs_store_info *was,
                             const vs_store_info *is)
{
    if (was->n_variables != is->n_variables ||
        was->n_aliases != is->n_aliases || was->n_chunks != is->n_chunks ||
        was->stored_bytes != is->stored_bytes ||
        was->n_deferred != is->n_deferred ||
        was->n_checkpoints != is->n_checkpoints)
        fail_msg("%s, failing %d: something was left", name, k);
}

struct
try {
    void *bytes; /* of the store */
    size_t n;
    const char *path;
    const char *wal; /* the log beside it */
    enum failing_what what;
    bool forever;
    bool inside;  /* a transaction, which is undone then */
    bool damaged; /* the store is, by us */
};

static void assert_failed(const struct try *t, const char *name, int k,
                          vs_status st)
{
    const vs_status want = t->what == FAILING_MEMORY ? VS_ERR_NOMEM : VS_ERR_IO;

    if (st != want)
        fail_msg("%s, failing %d%s%s: %s, want %s", name, k,
                 t->forever ? " and all after it" : "",
                 t->inside ? " inside a transaction" : "", vs_status_word(st),
                 vs_status_word(want));
}

static int next_after(const struct try *t, int k)
{
    return t->what == FAILING_TEXT ? (int)test_stride()
                                   : 1 + k / 16; /* the more, the fewer */
}

/* One call on a store of its own, each thing failing in its turn, until it runs
 * through. Memory is only asked for once: then each try has a fresh handle. */
static void try_call(struct scene *c, const struct try *t,
                     const struct call *call)
{
    const bool again = t->what == FAILING_MEMORY;
    vs_store_info was;

    (void)remove(t->wal); /* of the call before */
    test_write_file(t->path, t->bytes, t->n);
    scene_open(c, t->path);
    was = look(c);
    for (int k = 1;; k += next_after(t, k)) {
        vs_store_info is;
        vs_status st;
        bool struck;

        if (again && k > 1) {
            scene_close(c);
            scene_open(c, t->path);
        }
        if (t->inside)
            assert_ok(vs_store_begin(c->store, VS_TXN_WRITE));
        failing_begin(t->what, k, t->forever);
        st = call->call(c);
        struck = failing_end();
        if (t->inside)
            assert_ok(vs_store_rollback(c->store));
        if (!struck) {
            assert_store(VS_OK, c->store, st);
            break;
        }
        if (st != VS_OK || !again || (call->flags & CALL_MANAGES) == 0)
            assert_failed(t, call->name, k, st);
        is = look(c);
        if (t->inside || (call->flags & CALL_BY_STEPS) == 0)
            assert_unchanged(call->name, k, &was, &is);
    }
    if (!t->damaged)
        test_sound(c->store);
    scene_close(c);
}

static void try_table(struct scene *c, const struct try *t,
                      const struct call *call)
{
    for (; call->name != NULL; call++)
        if (!t->inside || (call->flags & CALL_ITSELF) == 0)
            try_call(c, t, call);
}

static void try_all(void **state, enum failing_what what, bool forever,
                    bool inside)
{
    const struct call *const tables[] = {calls_of_values, calls_of_names,
                                         calls_of_scopes, calls_of_states};
    struct try t = {.what = what, .forever = forever, .inside = inside};
    struct scene c = {0};
    const char *made = test_path(state, "made.db");

    t.path = test_path(state, "t.db");
    t.wal = test_path(state, "t.db-wal");
    scene_make(state, &c, made);
    t.bytes = test_read_file(made, &t.n);
    assert_non_null(t.bytes);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        try_table(&c, &t, tables[i]);
    free(t.bytes);
    if (inside)
        return;
    scene_spoil(&c, made);
    t.damaged = true;
    t.bytes = test_read_file(made, &t.n);
    assert_non_null(t.bytes);
    try_table(&c, &t, calls_on_damage);
    free(t.bytes);
}

static void a_failed_statement_is_told_and_undone(void **state)
{
    try_all(state, FAILING_STATEMENT, false, false);
}

/* Wherever in a call: above, the more there are, the fewer are tried. */
static void so_is_the_first_of_each_text(void **state)
{
    try_all(state, FAILING_TEXT, false, false);
}

static void so_are_all_from_one_on(void **state)
{
    try_all(state, FAILING_STATEMENT, true, false);
}

static void so_is_one_inside_a_transaction(void **state)
{
    try_all(state, FAILING_STATEMENT, false, true);
}

static void memory_that_runs_out_is_told_and_undone(void **state)
{
    try_all(state, FAILING_MEMORY, false, false);
}

int main(void)
{
#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)
    const struct CMUnitTest tests[] = {
        with_dir(a_failed_statement_is_told_and_undone),
        with_dir(so_is_the_first_of_each_text),
        with_dir(so_are_all_from_one_on),
        with_dir(so_is_one_inside_a_transaction),
        with_dir(memory_that_runs_out_is_told_and_undone),
    };

    return cmocka_run_group_tests_name("fault.calls", tests, NULL, NULL);
}
