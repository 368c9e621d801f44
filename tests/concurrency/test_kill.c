/* test_kill.c - what a writer was told is committed survives its SIGKILL.
 *
 * A writer commits transactions numbered 1, 2, 3, ... and tells each through a
 * pipe after the commit has returned. It is killed at a random instant; then
 * another process looks. The store must hold the last transaction told, or the
 * one after it, all of it and nothing of a later one.
 */
#include "crowd.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_KILLS 20
#define N_SLOTS 7                 /* variables that take turns */
#define N_LARGE (288 * 1024 + 13) /* elements of the large one: two chunks */
#define MADE_AT 5 /* every so many transactions make a variable */

/* The variables of one transaction. */
struct set {
    vs_store *store;
    vs_context *ctx;
    vs_variable *number;         /* of the transaction: i64 */
    vs_variable *slots[N_SLOTS]; /* slot i % N_SLOTS holds i: i64 */
    vs_variable *large;          /* all elements i: i32 */
    int32_t *elements;
};

static vs_status get_scalar(struct set *s, const char *name, vs_variable **out)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_variable_spec spec = {.dtype = VS_I64, .shape = &scalar};

    return vs_get_variable(s->ctx, name, &spec, out);
}

static vs_status set_get(struct set *s)
{
    const vs_shape vector = vs_shape_1d(N_LARGE);
    const vs_variable_spec spec = {.dtype = VS_I32, .shape = &vector};
    vs_status st = get_scalar(s, "number", &s->number);

    for (int i = 0; i < N_SLOTS && st == VS_OK; i++) {
        char name[32];

        (void)snprintf(name, sizeof name, "slot_%d", i);
        st = get_scalar(s, name, &s->slots[i]);
    }
    if (st == VS_OK)
        st = vs_get_variable(s->ctx, "large", &spec, &s->large);
    return st;
}

static bool set_open(struct member *m, struct set *s)
{
    const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};

    memset(s, 0, sizeof *s);
    s->elements = calloc(N_LARGE, sizeof *s->elements);
    s->store = s->elements != NULL ? member_open(m) : NULL;
    return s->store != NULL &&
           member_ok(m, s->store, vs_context_new(s->store, &s->ctx)) &&
           member_ok(m, s->store, vs_scope_enter(s->ctx, "", &sharing, NULL)) &&
           member_ok(m, s->store, set_get(s));
}

static void set_close(struct set *s)
{
    vs_variable_free(s->number);
    for (int i = 0; i < N_SLOTS; i++)
        vs_variable_free(s->slots[i]);
    vs_variable_free(s->large);
    vs_context_free(s->ctx);
    vs_store_close(s->store);
    free(s->elements);
}

static vs_status write_number(vs_variable *v, int64_t x)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_view view = vs_view_const(VS_I64, &scalar, &x);

    return vs_variable_write(v, &view);
}

static vs_status read_number(vs_variable *v, int64_t *x)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_view view = vs_view_of(VS_I64, &scalar, x);

    return vs_variable_read(v, &view);
}

static void made_name(int64_t i, char name[32])
{
    (void)snprintf(name, 32, "made/%lld", (long long)(i / MADE_AT));
}

/* Transaction i; an odd one writes the large variable too. */
static vs_status set_write(struct set *s, int64_t i)
{
    const vs_shape vector = vs_shape_1d(N_LARGE);
    vs_view view = vs_view_of(VS_I32, &vector, s->elements);
    vs_variable *made = NULL;
    char name[32];
    vs_status st = vs_store_begin(s->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    for (int k = 0; k < N_LARGE; k++)
        s->elements[k] = (int32_t)i;
    made_name(i, name);
    st = write_number(s->slots[i % N_SLOTS], i);
    if (st == VS_OK && i % 2 == 1)
        st = vs_variable_write(s->large, &view);
    if (st == VS_OK && i % MADE_AT == 0)
        st = get_scalar(s, name, &made);
    if (st == VS_OK)
        st = write_number(s->number, i);
    vs_variable_free(made);
    if (st == VS_OK)
        return vs_store_commit(s->store);
    (void)vs_store_rollback(s->store);
    return st;
}

/* The writer: goes on from the transaction that the store holds. */
static void write_for_ever(struct member *m, int ack)
{
    struct set s;
    int64_t i = 0;

    if (set_open(m, &s) && member_ok(m, s.store, read_number(s.number, &i)))
        while (member_ok(m, s.store, member_call(m, set_write(&s, ++i))))
            if (write(ack, &i, sizeof i) != (ssize_t)sizeof i)
                break;
    set_close(&s);
}

/* What a look at the store found. */
struct witness {
    struct member member;
    int64_t told;      /* last transaction that the writer told */
    int64_t number;    /* that the store holds */
    int n_wrong;       /* variables that hold something else than they should */
    int64_t n_damages; /* that vs_check told */
};

static int64_t last_with(int64_t number, int64_t modulus, int64_t rest)
{
    const int64_t back = ((number - rest) % modulus + modulus) % modulus;

    return number - back > 0 ? number - back : 0;
}

/* Every variable must hold what transaction `number` and those before left. */
static vs_status compare(struct set *s, struct witness *w)
{
    const vs_shape vector = vs_shape_1d(N_LARGE);
    const vs_view view = vs_view_of(VS_I32, &vector, s->elements);
    const int64_t large = last_with(w->number, 2, 1);
    vs_variable *made = NULL;
    char name[32];
    vs_status st = VS_OK;

    for (int i = 0; i < N_SLOTS && st == VS_OK; i++) {
        int64_t x = -1;

        st = read_number(s->slots[i], &x);
        w->n_wrong += x != last_with(w->number, N_SLOTS, i);
    }
    if (st == VS_OK)
        st = vs_variable_read(s->large, &view);
    for (int k = 0; k < N_LARGE && st == VS_OK; k++)
        w->n_wrong += s->elements[k] != large;
    for (int64_t i = MADE_AT; i <= w->number && st == VS_OK; i += MADE_AT) {
        made_name(i, name);
        st = vs_variable_open(s->store, name, &made);
        vs_variable_free(made);
        made = NULL;
    }
    if (st != VS_OK)
        return st;
    made_name(w->number + MADE_AT, name); /* nothing of a later one */
    st = vs_variable_open(s->store, name, &made);
    w->n_wrong += st == VS_OK;
    vs_variable_free(made);
    return st == VS_ERR_NOTFOUND ? VS_OK : st;
}

static void testify(struct member *m)
{
    struct witness *w = (struct witness *)m;
    const vs_check_options options = {.read_data = true};
    vs_check_report report = {0};
    struct set s;

    if (set_open(m, &s) &&
        member_ok(m, s.store, read_number(s.number, &w->number)) &&
        member_ok(m, s.store, compare(&s, w)) &&
        member_ok(m, s.store, vs_check(s.store, &options, &report)))
        w->n_damages = report.n_damages;
    set_close(&s);
}

/* Starts a writer, kills it after `us` microseconds of work, and gives the
 * last transaction it told. */
static int64_t kill_a_writer(const char *path, unsigned us, int64_t told)
{
    struct member m = {.path = path};
    int64_t i = 0;
    int ack[2];
    int how = 0;
    pid_t pid;

    assert_int_equal(pipe(ack), 0);
    (void)fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(ack[0]);
        write_for_ever(&m, ack[1]);
        print_error("writer: %s: %s\n", vs_status_word(m.st), m.words);
        _exit(1);
    }
    (void)close(ack[1]);
    if (read(ack[0], &i, sizeof i) == (ssize_t)sizeof i) /* it has begun */
        told = i;
    (void)usleep(us);
    assert_int_equal(kill(pid, SIGKILL), 0);
    while (read(ack[0], &i, sizeof i) == (ssize_t)sizeof i)
        told = i;
    (void)close(ack[0]);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFSIGNALED(how)); /* else the writer gave up by itself */
    return told;
}

static void told_transactions_survive_sigkill(void **state)
{
    const char *path = test_path(state, "k.vars.db");
    const int64_t start = now_ns();
    int64_t told = 0;
    int after = 0;
    unsigned dice = 20;

    for (int k = 0; k < N_KILLS; k++) {
        struct crowd crowd;
        const struct witness *w;

        dice = dice * 1664525 + 1013904223;
        told = kill_a_writer(path, (dice >> 8) % 150000, told);
        crowd_processes(&crowd, 1, sizeof(struct witness), path, 0, testify);
        w = crowd_slot(&crowd, 0);
        if (w->member.st != VS_OK)
            print_error("%s: %s\n", vs_status_word(w->member.st),
                        w->member.words);
        assert_ok(w->member.st);
        assert_in_range(w->number, told, told + 1);
        assert_int_equal(w->n_wrong, 0);
        assert_int_equal(w->n_damages, 0);
        after += w->number != told;
        told = w->number;
        crowd_done(&crowd);
    }
    assert_true(told > N_KILLS);
    print_message("%d kills, %lld transactions, %d committed but not told, "
                  "%.2f s\n",
                  N_KILLS, (long long)told, after,
                  (double)(now_ns() - start) / 1e9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(told_transactions_survive_sigkill,
                                        test_dir_setup, test_dir_teardown),
    };

    return cmocka_run_group_tests_name("concurrency.kill", tests, NULL, NULL);
}
