/* test_snapshot.c - a reader never sees half of a transaction.
 *
 * A writer replaces a tensor of 3 MiB and the variable that holds its sum, in
 * one transaction, again and again; readers compare the two in read
 * transactions until the writer says that it is done.
 */
#include "crowd.h"

#include <stdlib.h>

#define N_NUMBERS (3 * 256 * 1024) /* 32-bit: 3 MiB */
#define N_WRITES  200
#define N_READERS 1

struct watcher {
    struct member member;
    int64_t n_seen;     /* pairs read */
    int64_t n_distinct; /* different ones */
    int64_t n_mixed;    /* whose sum was another's: none, or all is lost */
    int64_t last_write; /* the writer's number in the last pair */
};

static void fill(uint32_t *numbers, uint32_t write)
{
    uint32_t x = write * 2654435761u + 1;

    for (int i = 0; i < N_NUMBERS; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        numbers[i] = x;
    }
    numbers[0] = write;
}

static uint64_t sum_of(const uint32_t *numbers)
{
    uint64_t sum = 0;

    for (int i = 0; i < N_NUMBERS; i++)
        sum = sum * 6364136223846793005u + numbers[i];
    return sum;
}

/* The two variables and memory for their values. */
struct pair {
    vs_store *store;
    vs_variable *tensor;
    vs_variable *sum_variable;
    uint32_t *numbers;
    uint64_t sum;
};

static vs_view tensor_view(struct pair *p)
{
    const vs_shape shape = vs_shape_1d(N_NUMBERS);

    return vs_view_of(VS_U32, &shape, p->numbers);
}

static vs_view sum_view(struct pair *p)
{
    const vs_shape shape = vs_shape_scalar();

    return vs_view_of(VS_U64, &shape, &p->sum);
}

static vs_status pair_get(struct pair *p)
{
    const vs_shape vector = vs_shape_1d(N_NUMBERS);
    const vs_shape scalar = vs_shape_scalar();
    const vs_variable_spec tensor = {.dtype = VS_U32, .shape = &vector};
    const vs_variable_spec sum = {.dtype = VS_U64, .shape = &scalar};
    const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
    vs_context *ctx = NULL;
    vs_status st = vs_context_new(p->store, &ctx);

    VS_WITH_SCOPE (st, ctx, "pair", &sharing) {
        st = vs_get_variable(ctx, "tensor", &tensor, &p->tensor);
        if (st == VS_OK)
            st = vs_get_variable(ctx, "sum", &sum, &p->sum_variable);
    }
    vs_context_free(ctx);
    return st;
}

static bool pair_open(struct member *m, struct pair *p)
{
    p->tensor = NULL;
    p->sum_variable = NULL;
    p->numbers = calloc(N_NUMBERS, sizeof *p->numbers);
    p->store = p->numbers != NULL ? member_open(m) : NULL;
    return p->store != NULL && member_ok(m, p->store, pair_get(p));
}

static void pair_close(struct pair *p)
{
    vs_variable_free(p->tensor);
    vs_variable_free(p->sum_variable);
    vs_store_close(p->store);
    free(p->numbers);
}

static vs_status pair_write(struct pair *p)
{
    const vs_view tensor = tensor_view(p);
    const vs_view sum = sum_view(p);
    vs_status st = vs_store_begin(p->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = vs_variable_write(p->tensor, &tensor);
    if (st == VS_OK)
        st = vs_variable_write(p->sum_variable, &sum);
    if (st == VS_OK)
        return vs_store_commit(p->store);
    (void)vs_store_rollback(p->store);
    return st;
}

static vs_status pair_read(struct pair *p)
{
    const vs_view tensor = tensor_view(p);
    const vs_view sum = sum_view(p);
    vs_status st = vs_store_begin(p->store, VS_TXN_READ);
    vs_status ended;

    if (st != VS_OK)
        return st;
    st = vs_variable_read(p->sum_variable, &sum);
    if (st == VS_OK)
        st = vs_variable_read(p->tensor, &tensor);
    ended = vs_store_commit(p->store);
    return st != VS_OK ? st : ended;
}

static void write_all(struct member *m)
{
    struct pair p;

    if (pair_open(m, &p))
        for (uint32_t i = 1; i <= (uint32_t)m->n_todo && m->st == VS_OK; i++) {
            fill(p.numbers, i);
            p.sum = sum_of(p.numbers);
            (void)member_ok(m, p.store, member_call(m, pair_write(&p)));
        }
    pair_close(&p);
}

static void read_all(struct member *m)
{
    const int64_t deadline = now_ns() + INT64_C(120000000000);
    struct watcher *w = (struct watcher *)m;
    struct pair p;

    if (pair_open(m, &p))
        while (m->st == VS_OK && w->last_write < m->n_todo &&
               now_ns() < deadline) {
            if (!member_ok(m, p.store, member_call(m, pair_read(&p))))
                break;
            w->n_seen++;
            w->n_distinct += (int64_t)p.numbers[0] != w->last_write;
            w->last_write = p.numbers[0];
            w->n_mixed += p.sum != sum_of(p.numbers);
        }
    pair_close(&p);
}

static void write_or_read(struct member *m)
{
    if (m->me == 0)
        write_all(m);
    else
        read_all(m);
}

static void a_pair_written_together_is_read_together(void **state)
{
    const char *path = test_path(state, "s.vars.db");
    struct crowd crowd;

    crowd_processes(&crowd, 1 + N_READERS, sizeof(struct watcher), path,
                    N_WRITES, write_or_read);
    crowd_report(&crowd, "pairs of 3 MiB and a sum");
    for (int i = 1; i <= N_READERS; i++) {
        const struct watcher *w = crowd_slot(&crowd, i);

        print_message("reader %d: %lld pairs, %lld different ones, worst read "
                      "%.1f ms\n",
                      i, (long long)w->n_seen, (long long)w->n_distinct,
                      (double)w->member.worst_ns / 1e6);
        assert_int_equal(w->n_mixed, 0);
        assert_int_equal(w->last_write, N_WRITES);
        assert_true(w->n_distinct >= 5);
    }
    crowd_done(&crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_pair_written_together_is_read_together, test_dir_setup,
            test_dir_teardown),
    };

    return cmocka_run_group_tests_name("concurrency.snapshot", tests, NULL,
                                       NULL);
}
