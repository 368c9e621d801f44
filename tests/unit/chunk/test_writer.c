/* test_writer.c - chunk/writer: a source is asked for each element once and in
 * order, whatever was taken ahead, and every chunk lands in its place.
 */
#include "pools.h"

#include "base/fail.h"
#include "chunk/writer.h"
#include "tensor/walk.h"

#define MOST_STAGED 64 /* encoder.c's places for such short chunks */

/* A source that says how it was asked. Element i of u32 is i / run + base. */
struct asked {
    int64_t next;   /* first element not asked for yet */
    int64_t calls;  /* so far */
    int64_t fails;  /* the call that fails, from 1; 0: none */
    vs_status with; /* what that call gives */
    uint32_t base;  /* see above */
    int64_t run;    /* equal elements in a row; 0: noise instead */
    int64_t differ; /* an element that is another one; -1: none */
};

static vs_status fill(int64_t first, int64_t n, void *dst, void *ctx)
{
    struct asked *a = ctx;
    uint32_t *to = dst;

    assert_int_equal(first, a->next);
    a->next += n;
    if (++a->calls == a->fails)
        return a->with;
    if (a->run == 0)
        fill_noise(dst, 4 * (size_t)n, (uint64_t)first + 1);
    for (int64_t i = 0; i < n && a->run != 0; i++)
        to[i] = (uint32_t)((first + i) / a->run) + a->base;
    if (a->differ >= first && a->differ < first + n)
        to[a->differ - first] ^= 1;
    return VS_OK;
}

static struct asked counting(uint32_t base)
{
    const struct asked a = {.base = base, .run = 1, .differ = -1};

    return a;
}

/* A value of n u32, by its plan. */
static void begin(struct vs__writer *w, struct base *b, int64_t n,
                  struct asked *a)
{
    const vs_shape shape = vs_shape_1d(n);
    const struct vs__plan plan = vs__plan_make(VS_U32, &shape, CHUNK);
    const vs_source source = {fill, a};

    vs__writer_init(w, &b->pool, VS_U32, &plan, source);
}

/* Writes all of it as a version. */
static void write_version(struct base *b, int64_t version, int64_t n,
                          int64_t previous, struct asked *a,
                          struct vs__chunk_list *list)
{
    struct vs__writer w;

    begin(&w, b, n, a);
    vs__chunk_list_init(list);
    assert_ok(vs__writer_finish(&w, previous, list));
    assert_ok(vs__chunks_attach(&b->pool, version, list));
    assert_int_equal(list->n, w.plan.n_chunks);
    vs__writer_done(&w);
}

/* Asserts that a list of chunks holds what the source gives. */
static void assert_holds(struct base *b, const struct vs__chunk_list *list,
                         struct asked a, int64_t n)
{
    const int64_t per = CHUNK / 4;
    struct vs__digest chain = {{0}};
    uint32_t want[CHUNK / 4];
    uint32_t got[CHUNK / 4];

    a.next = 0;
    a.fails = 0;
    for (int64_t i = 0; i < list->n; i++) {
        const int64_t count = n - i * per < per ? n - i * per : per;
        struct vs__digest digest;

        assert_ok(fill(i * per, count, want, &a));
        assert_ok(vs__pool_get(&b->pool, list->chunks[i], VS_U32, got,
                               4 * (size_t)count, &digest));
        assert_memory_equal(got, want, 4 * (size_t)count);
        vs__digest_chain(&chain, digest.bytes, VS__DIGEST_BYTES);
    }
    assert_int_equal(a.next, n);
    assert_true(vs__digest_equal(&chain, &list->chain));
}

static void a_value_is_cut_and_put_in_order(void **state)
{
    const int64_t n = 7 * CHUNK / 4 + 3;
    struct asked a = counting(0);
    struct vs__chunk_list list;
    struct base b;

    base_open(&b, state);
    write_version(&b, 1, n, 0, &a, &list);
    assert_int_equal(list.n, 8);
    assert_int_equal(a.next, n);
    assert_int_equal(n_chunks(&b), 8);
    assert_holds(&b, &list, a, n);
    vs__chunk_list_done(&list);
    base_close(&b);
}

static void what_was_staged_is_not_asked_for_again(void **state)
{
    const int64_t n = 5 * CHUNK / 4 + 1;
    struct asked a = counting(0);
    struct vs__chunk_list list;
    struct vs__writer w;
    struct base b;

    base_open(&b, state);
    begin(&w, &b, n, &a);
    assert_ok(vs__writer_stage(&w, 0));
    assert_int_equal(w.n_fed, 6);
    assert_int_equal(a.next, n);
    assert_int_equal(n_chunks(&b), 0); /* no transaction was needed */
    vs__chunk_list_init(&list);
    assert_ok(vs__writer_finish(&w, 0, &list));
    assert_int_equal(a.next, n);
    assert_holds(&b, &list, a, n);
    vs__writer_done(&w);
    vs__writer_done(&w);
    vs__chunk_list_done(&list);
    base_close(&b);
}

/* Of which only a part fits: the rest is taken later. */
static void staging_is_bounded(void **state)
{
    const int64_t n = 100 * CHUNK / 4;
    struct asked noise = counting(0);
    struct vs__chunk_list list;
    struct vs__writer w;
    struct base b;

    base_open(&b, state);
    noise.run = 0;
    begin(&w, &b, n, &noise);
    assert_ok(vs__writer_stage(&w, 0));
    assert_int_equal(w.n_fed, MOST_STAGED);
    assert_int_equal(noise.next, MOST_STAGED * CHUNK / 4);
    assert_int_equal(n_chunks(&b), 0);
    vs__chunk_list_init(&list);
    assert_ok(vs__writer_finish(&w, 0, &list));
    assert_int_equal(noise.next, n);
    assert_int_equal(noise.calls, w.plan.n_chunks);
    assert_holds(&b, &list, noise, n);
    vs__chunk_list_done(&list);
    vs__writer_done(&w);
    base_close(&b);
}

static void a_staged_chunk_that_is_known_is_shared(void **state)
{
    const int64_t n = 4 * CHUNK / 4;
    struct asked a = counting(0);
    struct asked again = counting(0);
    struct vs__chunk_list list;
    struct vs__chunk_list second;
    struct vs__writer w;
    struct base b;

    base_open(&b, state);
    begin(&w, &b, n, &again);
    assert_ok(vs__writer_stage(&w, 0));
    write_version(&b, 1, n, 0, &a, &list); /* somebody was quicker */
    vs__chunk_list_init(&second);
    assert_ok(vs__writer_finish(&w, 0, &second));
    assert_int_equal(n_chunks(&b), 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(second.chunks[i], list.chunks[i]);
        assert_int_equal(refs(&b, list.chunks[i]), 2);
    }
    assert_true(vs__digest_equal(&list.chain, &second.chain));
    vs__writer_done(&w);
    vs__chunk_list_done(&list);
    vs__chunk_list_done(&second);
    base_close(&b);
}

static void equal_chunks_of_one_value_are_one(void **state)
{
    const int64_t n = 9 * CHUNK / 4;
    struct asked zeros = counting(0);
    struct vs__chunk_list list;
    struct vs__writer w;
    struct base b;

    base_open(&b, state);
    zeros.run = n;
    begin(&w, &b, n, &zeros);
    assert_ok(vs__writer_stage(&w, 0));
    vs__chunk_list_init(&list);
    assert_ok(vs__writer_finish(&w, 0, &list));
    assert_int_equal(n_chunks(&b), 1);
    assert_int_equal(refs(&b, list.chunks[0]), 9);
    assert_holds(&b, &list, zeros, n);
    vs__writer_done(&w);
    vs__chunk_list_done(&list);
    base_close(&b);
}

static void a_changed_element_makes_one_new_chunk(void **state)
{
    const int64_t n = 6 * CHUNK / 4;
    struct asked a = counting(0);
    struct asked changed = counting(0);
    struct vs__chunk_list list[2];
    struct base b;

    base_open(&b, state);
    write_version(&b, 1, n, 0, &a, &list[0]);
    changed.differ = 2 * CHUNK / 4 + 5;
    write_version(&b, 2, n, 1, &changed, &list[1]);
    assert_int_equal(n_chunks(&b), 7);
    for (int i = 0; i < 6; i++)
        assert_int_equal(list[0].chunks[i] == list[1].chunks[i], i != 2);
    assert_holds(&b, &list[0], a, n);
    assert_holds(&b, &list[1], changed, n);
    vs__chunk_list_done(&list[0]);
    vs__chunk_list_done(&list[1]);
    base_close(&b);
}

/* With the version before it at hand, an unchanged chunk is not even read. */
static void unchanged_chunks_are_not_read(void **state)
{
    const int64_t n = 3 * CHUNK / 4;
    struct asked a = counting(0);
    struct asked same = counting(0);
    struct asked stranger = counting(0);
    struct vs__chunk_list list[2];
    struct vs__writer w;
    struct base b;

    base_open(&b, state);
    write_version(&b, 1, n, 0, &a, &list[0]);
    for (int i = 0; i < 3; i++)
        spoil(&b, list[0].chunks[i]);
    write_version(&b, 2, n, 1, &same, &list[1]);
    assert_int_equal(n_chunks(&b), 3);
    vs__chunk_list_done(&list[1]);
    begin(&w, &b, n, &stranger);
    vs__chunk_list_init(&list[1]);
    assert_status(VS_ERR_CORRUPT, vs__writer_finish(&w, 0, &list[1]));
    assert_words(&b, "chunk 1: ");
    vs__writer_done(&w);
    vs__chunk_list_done(&list[0]);
    vs__chunk_list_done(&list[1]);
    base_undo(&b);
}

static void a_previous_version_with_a_hole_is_damage(void **state)
{
    const int64_t n = 3 * CHUNK / 4;
    struct asked a = counting(0);
    struct asked again = counting(1);
    struct vs__chunk_list list;
    struct vs__writer w;
    struct base b;

    base_open(&b, state);
    write_version(&b, 1, n, 0, &a, &list);
    vs__chunk_list_done(&list);
    tell(&b, "DELETE FROM version_chunk WHERE version = $1 AND ordinal = 1", 1);
    begin(&w, &b, n, &again);
    vs__chunk_list_init(&list);
    assert_status(VS_ERR_CORRUPT, vs__writer_finish(&w, 1, &list));
    assert_words(&b, "version 1: its chunk 1 is missing");
    vs__writer_done(&w);
    vs__chunk_list_done(&list);
    base_undo(&b);
}

/* Staged against one version, finished against another: what seemed to be
 * there may be gone, and its number another chunk's. */
static void what_was_staged_against_another_version_is_put_anew(void **state)
{
    const int64_t n = 3 * CHUNK / 4;
    struct asked a = counting(0);
    struct asked same = counting(0);
    struct asked other = counting(9);
    struct vs__chunk_list list[3];
    struct vs__writer w;
    struct base b;

    base_open(&b, state);
    write_version(&b, 1, n, 0, &a, &list[0]);
    begin(&w, &b, n, &same);
    assert_ok(vs__writer_stage(&w, 1));
    assert_ok(vs__chunks_drop(&b.pool, 1));
    write_version(&b, 2, n, 0, &other, &list[1]); /* takes up its numbers */
    assert_int_equal(list[1].chunks[0], list[0].chunks[0]);
    vs__chunk_list_init(&list[2]);
    assert_ok(vs__writer_finish(&w, 2, &list[2]));
    assert_int_equal(n_chunks(&b), 6);
    assert_holds(&b, &list[2], same, n);
    assert_holds(&b, &list[1], other, n);
    vs__writer_done(&w);
    for (int i = 0; i < 3; i++)
        vs__chunk_list_done(&list[i]);
    base_close(&b);
}

/* All that is in the two tables, in order, as one digest. */
static struct vs__digest tables(struct base *b)
{
    static const char sql[] =
        "SELECT c.id, c.refs, c.digest, c.histogram, f.bytes FROM chunk AS c "
        "JOIN frame AS f ON f.chunk = c.id ORDER BY c.id";
    struct vs__digest chain = {{0}};
    struct vs__stmt *s = NULL;

    assert_ok(vs__stmt_new(b->db, sql, &s));
    while (vs__stmt_step(s) == VS_OK) {
        const int64_t numbers[2] = {vs__column_i64(s, 0), vs__column_i64(s, 1)};

        vs__digest_chain(&chain, numbers, sizeof numbers);
        for (int i = 2; i < 5; i++) {
            size_t n = 0;
            const void *bytes = vs__column_blob(s, i, &n);
            const struct vs__digest digest = vs__digest_of(bytes, n);

            vs__digest_chain(&chain, digest.bytes, sizeof digest.bytes);
        }
    }
    vs__stmt_free(s);
    return chain;
}

/* A value with new, equal and known chunks, given as a source, as plain memory
 * and as strided memory, by so many workers. */
static struct vs__digest write_by(const char *path, int threads, int how)
{
    enum { N = 300 * CHUNK / 4 };
    const vs_shape shape = vs_shape_2d(N / 100, 100);
    const struct vs__plan plan = vs__plan_make(VS_U32, &shape, CHUNK);
    struct asked a = counting(0);
    uint32_t *values = memory(4 * (size_t)N);
    uint32_t *spread = memory(8 * (size_t)N);
    vs_view view = vs_view_of(VS_U32, &shape, values);
    struct vs__chunk_list list;
    struct vs__digest digest;
    struct vs__writer w;
    struct base b;

    for (int64_t i = 0; i < N; i++) {
        values[i] = (uint32_t)(i % 50000 < 20000 ? i % 7000 : 5);
        spread[2 * i] = values[i];
    }
    if (how == 2) {
        view.data = spread;
        view.strides[0] *= 2;
        view.strides[1] *= 2;
    }
    assert_ok(base_try(&b, path));
    b.pool.threads = threads;
    a.run = CHUNK / 4; /* some chunks that are there already */
    write_version(&b, 1, 20 * CHUNK / 4, 0, &a, &list);
    vs__chunk_list_done(&list);
    vs__writer_init(&w, &b.pool, VS_U32, &plan, vs__view_source(&view));
    if (how == 0)
        w.view = NULL;
    vs__chunk_list_init(&list);
    if (threads % 2 == 0)
        assert_ok(vs__writer_stage(&w, 0));
    assert_ok(vs__writer_finish(&w, 0, &list));
    assert_ok(vs__chunks_attach(&b.pool, 2, &list));
    for (int64_t i = 0; i < plan.n_chunks; i++) {
        uint32_t got[CHUNK / 4];
        const int64_t count = vs__plan_count(&plan, i);

        assert_ok(vs__pool_get(&b.pool, list.chunks[i], VS_U32, got,
                               4 * (size_t)count, NULL));
        assert_memory_equal(got, values + vs__plan_first(&plan, i),
                            4 * (size_t)count);
    }
    vs__writer_done(&w);
    vs__chunk_list_done(&list);
    digest = tables(&b);
    base_undo(&b);
    free(values);
    free(spread);
    return digest;
}

static void what_is_stored_does_not_depend_on_the_workers(void **state)
{
    static const int numbers[] = {2, 3, 8};
    const char *path = base_file(state);
    const struct vs__digest want = write_by(path, 1, 0);

    for (size_t i = 0; i < 3; i++)
        for (int how = 0; how < 3; how++) {
            const struct vs__digest got = write_by(path, numbers[i], how);

            assert_true(vs__digest_equal(&want, &got));
        }
}

/* A source may itself write to the store it is written to. */
static vs_status write_another(int64_t first, int64_t n, void *dst, void *ctx)
{
    struct base *b = ctx;
    struct asked a = counting((uint32_t)first + 1000);
    struct vs__chunk_list list;

    write_version(b, 100 + first, 2 * CHUNK / 4, 0, &a, &list);
    vs__chunk_list_done(&list);
    memset(dst, (int)(first % 251), 4 * (size_t)n);
    return VS_OK;
}

static void two_values_can_be_written_at_once(void **state)
{
    const vs_shape shape = vs_shape_1d(70 * CHUNK / 4);
    const struct vs__plan plan = vs__plan_make(VS_U32, &shape, CHUNK);
    struct vs__chunk_list list;
    struct vs__writer w;
    struct base b;

    base_open(&b, state);
    b.pool.threads = 2;
    vs__writer_init(&w, &b.pool, VS_U32, &plan, (vs_source){write_another, &b});
    vs__chunk_list_init(&list);
    assert_ok(vs__writer_finish(&w, 0, &list));
    for (int64_t i = 0; i < plan.n_chunks; i++) {
        uint8_t got[CHUNK];

        assert_ok(
            vs__pool_get(&b.pool, list.chunks[i], VS_U32, got, CHUNK, NULL));
        assert_int_equal(got[0], vs__plan_first(&plan, i) % 251);
        assert_int_equal(got[CHUNK - 1], got[0]);
    }
    vs__writer_done(&w);
    vs__chunk_list_done(&list);
    base_close(&b);
}

static void a_source_that_fails_stops_the_staging(void **state)
{
    struct asked a = counting(0);
    struct vs__writer w;
    struct base b;

    base_open(&b, state);
    a.fails = 3;
    a.with = VS_ERR_CANCELLED;
    begin(&w, &b, 5 * CHUNK / 4, &a);
    assert_status(VS_ERR_CANCELLED, vs__writer_stage(&w, 0));
    assert_words(&b, "the source of the value failed: ");
    vs__writer_done(&w);
    base_close(&b);
}

static void a_source_that_fails_stops_the_writing(void **state)
{
    struct asked a = counting(0);
    struct vs__chunk_list list;
    struct vs__writer w;
    struct base b;

    base_open(&b, state);
    a.fails = 3;
    a.with = VS_ERR_CANCELLED;
    begin(&w, &b, 5 * CHUNK / 4, &a);
    vs__chunk_list_init(&list);
    assert_status(VS_ERR_CANCELLED, vs__writer_finish(&w, 0, &list));
    assert_words(&b, "the source of the value failed: ");
    assert_int_equal(a.calls, 3);
    vs__writer_done(&w);
    vs__chunk_list_done(&list);
    base_undo(&b);
}

/* What a source calls may have found words for its failure. */
static vs_status fail_in_words(int64_t first, int64_t n, void *dst, void *ctx)
{
    (void)first;
    (void)n;
    (void)dst;
    return vs__fail(ctx, VS_ERR_IO, "the words of the source");
}

static void the_words_of_a_source_stay(void **state)
{
    const vs_shape shape = vs_shape_1d(5 * CHUNK / 4);
    const struct vs__plan plan = vs__plan_make(VS_U32, &shape, CHUNK);
    struct vs__writer w;
    struct base b;

    base_open(&b, state);
    vs__writer_init(&w, &b.pool, VS_U32, &plan,
                    (vs_source){fail_in_words, vs__db_error(b.db)});
    assert_status(VS_ERR_IO, vs__writer_stage(&w, 0));
    assert_words(&b, "the words of the source");
    vs__writer_done(&w);
    base_close(&b);
}

/* Such as VS_DONE, on which a transaction would be kept. */
static void a_status_that_is_no_error_is_misuse(void **state)
{
    struct asked a = counting(0);
    struct vs__chunk_list list;
    struct vs__writer w;
    struct base b;

    base_open(&b, state);
    a.fails = 3;
    a.with = VS_DONE;
    begin(&w, &b, 5 * CHUNK / 4, &a);
    vs__chunk_list_init(&list);
    assert_status(VS_ERR_MISUSE, vs__writer_finish(&w, 0, &list));
    assert_words(&b, "the source of the value gave status 1, want 0 or an");
    vs__writer_done(&w);
    vs__chunk_list_done(&list);
    base_undo(&b);
}

static vs_status stage_and_finish(void *ctx)
{
    const char *const *path = ctx;
    struct asked a = counting(0);
    struct vs__chunk_list list;
    struct vs__writer w;
    struct base b;
    vs_status st = base_try(&b, *path);

    if (st != VS_OK)
        return st;
    begin(&w, &b, 3 * CHUNK / 4, &a);
    vs__chunk_list_init(&list);
    if ((st = vs__writer_stage(&w, 0)) == VS_OK)
        st = vs__writer_finish(&w, 0, &list);
    vs__writer_done(&w);
    vs__chunk_list_done(&list);
    base_undo(&b);
    return st;
}

static void memory_that_runs_out_is_told(void **state)
{
    const char *path = base_file(state);

    assert_in_range(
        test_each_allocation_failing(stage_and_finish, &path, false), 10, 1000);
    (void)test_each_allocation_failing(stage_and_finish, &path, true);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(a_value_is_cut_and_put_in_order),
        WITH_DIR(what_was_staged_is_not_asked_for_again),
        WITH_DIR(staging_is_bounded),
        WITH_DIR(a_staged_chunk_that_is_known_is_shared),
        WITH_DIR(equal_chunks_of_one_value_are_one),
        WITH_DIR(a_changed_element_makes_one_new_chunk),
        WITH_DIR(unchanged_chunks_are_not_read),
        WITH_DIR(a_previous_version_with_a_hole_is_damage),
        WITH_DIR(what_was_staged_against_another_version_is_put_anew),
        WITH_DIR(what_is_stored_does_not_depend_on_the_workers),
        WITH_DIR(two_values_can_be_written_at_once),
        WITH_DIR(a_source_that_fails_stops_the_staging),
        WITH_DIR(a_source_that_fails_stops_the_writing),
        WITH_DIR(the_words_of_a_source_stay),
        WITH_DIR(a_status_that_is_no_error_is_misuse),
        WITH_DIR(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("chunk.writer", tests, NULL, NULL);
}
