/* test_edit.c - chunk/edit: what a slice touches is changed as indexing would
 * change it, what it does not touch is shared unread.
 */
#include "values.h"

#include "chunk/edit.h"
#include "chunk/reader.h"

#define N_VALUES 20
#define N_EDITS  8

static vs_status edit(struct base *b, int64_t version, const struct value *v,
                      const vs_slice *slice, enum vs__edit how,
                      const vs_view *from, struct vs__chunk_list *out)
{
    static const struct vs__deltas whole = {.wanted = false};

    vs__chunk_list_init(out);
    return vs__chunks_edit(&b->pool, version, v->dtype, &v->plan, &v->shape,
                           slice, how, from, &whole, out);
}

/* Does to plain bytes what an edit does, in unsigned arithmetic. */
static void edit_plainly(struct value *v, const vs_slice *slice,
                         enum vs__edit how, const struct field *f)
{
    for (int64_t k = 0; k < count(&f->view.shape); k++) {
        uint8_t *to =
            v->bytes + (size_t)selected(&v->shape, slice, k) * v->size;
        uint64_t x = 0;
        uint64_t y = 0;

        memcpy(&x, to, v->size);
        memcpy(&y, element(f, k), v->size);
        y = how == VS__EDIT_SET ? y : how == VS__EDIT_ADD ? x + y : x - y;
        memcpy(to, &y, v->size);
    }
}

static void assert_value(struct base *b, int64_t version, const struct value *v)
{
    const size_t n = (size_t)v->plan.n_elements * v->size;
    const vs_slice all = vs_slice_all(&v->shape);
    uint8_t *got = memory(n);
    const vs_view view = vs_view_of(v->dtype, &v->shape, got);

    assert_ok(vs__chunks_read(&b->pool, version, v->dtype, &v->plan, &v->shape,
                              &all, &view));
    assert_memory_equal(got, v->bytes, n);
    free(got);
}

/* Edits version `k` into `k` + 1, which must be what indexing makes of it, and
 * the old one what it was. */
static void check_edit(struct base *b, struct value *v, int64_t k,
                       uint64_t *seed)
{
    const vs_slice slice = random_slice(seed, &v->shape);
    const vs_shape part = vs_slice_shape(&slice);
    const enum vs__edit how = (enum vs__edit)pick(seed, 3);
    struct field f = random_field(seed, v->dtype, &part);
    const size_t n = (size_t)v->plan.n_elements * v->size;
    struct value before = *v;
    struct vs__chunk_list list;
    struct vs__digest chain;
    int64_t n_list = 0;

    before.bytes = memory(n);
    memcpy(before.bytes, v->bytes, n);
    edit_plainly(v, &slice, how, &f);
    assert_ok(edit(b, k, v, &slice, how, &f.view, &list));
    assert_int_equal(list.n, v->plan.n_chunks);
    assert_ok(vs__chunks_attach(&b->pool, k + 1, &list));
    assert_value(b, k + 1, v);
    assert_value(b, k, &before);
    assert_ok(vs__chunks_chain(&b->pool, k + 1, &chain, &n_list));
    assert_true(vs__digest_equal(&chain, &list.chain));
    vs__chunk_list_done(&list);
    free(before.bytes);
    free(f.bytes);
}

static void any_edit_is_what_indexing_makes(void **state)
{
    static const vs_dtype dtypes[] = {VS_U8, VS_I16, VS_U32, VS_I64};
    uint64_t seed = 0x2545F4914F6CDD1D;
    struct base b;

    base_open(&b, state);
    for (int round = 0; round < N_VALUES; round++) {
        const vs_dtype dtype = dtypes[pick(&seed, 4)];
        const vs_shape shape = random_shape(&seed, vs_dtype_size(dtype));
        struct value v = value_make(&b, 1, dtype, shape, (uint64_t)round);

        for (int64_t k = 1; k <= N_EDITS; k++)
            check_edit(&b, &v, k, &seed);
        for (int64_t k = 1; k <= N_EDITS + 1; k++)
            assert_ok(vs__chunks_drop(&b.pool, k));
        free(v.bytes);
    }
    vs__pool_rest(&b.pool);
    assert_int_equal(n_chunks(&b), 0); /* every user was counted */
    base_close(&b);
}

/* 40 rows of 256 f32 in ten chunks of four. */
static struct value ten_chunks(struct base *b)
{
    struct value v = value_make(b, 1, VS_F32, vs_shape_2d(40, 256), 1);

    assert_int_equal(v.plan.n_chunks, 10);
    return v;
}

static void chunks_beside_the_slice_are_shared_unread(void **state)
{
    const vs_shape shape = vs_shape_2d(40, 256);
    const vs_slice row = vs_slice_rows(&shape, 17, 1); /* in chunk 4 */
    const vs_shape part = vs_slice_shape(&row);
    float from[256] = {1};
    const vs_view view = vs_view_of(VS_F32, &part, from);
    struct vs__chunk_list list;
    struct value v;
    struct base b;

    base_open(&b, state);
    v = ten_chunks(&b);
    for (int64_t chunk = 1; chunk <= 10; chunk++)
        if (chunk != 5)
            spoil(&b, chunk);
    assert_ok(edit(&b, 1, &v, &row, VS__EDIT_SET, &view, &list));
    for (int64_t i = 0; i < 10; i++) {
        assert_int_equal(list.chunks[i], i == 4 ? 11 : i + 1);
        assert_int_equal(refs(&b, list.chunks[i]), i == 4 ? 1 : 2);
    }
    vs__chunk_list_done(&list);
    free(v.bytes);
    base_close(&b);
}

static void a_chunk_that_is_set_whole_is_not_read(void **state)
{
    const vs_shape shape = vs_shape_2d(40, 256);
    const vs_slice rows = vs_slice_rows(&shape, 8, 8); /* chunks 2 and 3 */
    const vs_shape part = vs_slice_shape(&rows);
    float *from = memory(8 * 256 * sizeof *from);
    const vs_view view = vs_view_of(VS_F32, &part, from);
    struct vs__chunk_list list;
    struct value v;
    struct base b;
    vs_view same;

    base_open(&b, state);
    v = ten_chunks(&b);
    same = vs_view_of(VS_F32, &part, v.bytes + 8 * 256 * 4);
    spoil(&b, 3);
    spoil(&b, 4);
    assert_ok(edit(&b, 1, &v, &rows, VS__EDIT_SET, &view, &list));
    vs__chunk_list_done(&list);
    assert_ok(edit(&b, 1, &v, &rows, VS__EDIT_SET, &same, &list));
    assert_int_equal(list.chunks[2], 3); /* found by its digest */
    vs__chunk_list_done(&list);
    assert_status(VS_ERR_CORRUPT,
                  edit(&b, 1, &v, &rows, VS__EDIT_ADD, &view, &list));
    assert_words(&b, "chunk 3: ");
    vs__chunk_list_done(&list);
    free(from);
    free(v.bytes);
    base_undo(&b);
}

static void an_edit_that_changes_nothing_makes_no_chunk(void **state)
{
    const vs_shape shape = vs_shape_2d(40, 256);
    const vs_slice rows = vs_slice_rows(&shape, 3, 30);
    const vs_shape part = vs_slice_shape(&rows);
    struct vs__chunk_list list;
    struct value v;
    struct base b;
    vs_view view;

    base_open(&b, state);
    v = ten_chunks(&b);
    view = vs_view_of(VS_F32, &part, v.bytes + 3 * 256 * 4);
    assert_ok(edit(&b, 1, &v, &rows, VS__EDIT_SET, &view, &list));
    assert_int_equal(n_chunks(&b), 10);
    for (int64_t i = 0; i < 10; i++)
        assert_int_equal(refs(&b, list.chunks[i]), 2);
    vs__chunk_list_done(&list);
    free(v.bytes);
    base_close(&b);
}

static void an_empty_slice_shares_all(void **state)
{
    const vs_shape shape = vs_shape_2d(40, 256);
    const vs_slice none = vs_slice_rows(&shape, 3, 0);
    const vs_shape part = vs_slice_shape(&none);
    const vs_view view = vs_view_of(VS_F32, &part, NULL);
    struct vs__chunk_list list;
    struct value v;
    struct base b;

    base_open(&b, state);
    v = ten_chunks(&b);
    assert_ok(edit(&b, 1, &v, &none, VS__EDIT_ADD, &view, &list));
    assert_int_equal(list.n, 10);
    assert_int_equal(n_chunks(&b), 10);
    vs__chunk_list_done(&list);
    free(v.bytes);
    base_close(&b);
}

static void a_missing_chunk_is_damage_wherever_the_slice_is(void **state)
{
    const vs_shape shape = vs_shape_2d(40, 256);
    float from[256] = {1};
    struct vs__chunk_list list;
    struct value v;
    struct base b;

    base_open(&b, state);
    v = ten_chunks(&b);
    tell(&b, "DELETE FROM version_chunk WHERE version = $1 AND ordinal = 6", 1);
    for (int64_t row = 0; row < 40; row += 13) {
        const vs_slice one = vs_slice_rows(&shape, row, 1);
        const vs_shape part = vs_slice_shape(&one);
        const vs_view view = vs_view_of(VS_F32, &part, from);

        assert_status(VS_ERR_CORRUPT,
                      edit(&b, 1, &v, &one, VS__EDIT_SET, &view, &list));
        assert_words(&b, "version 1: its chunk 6 is missing");
        vs__chunk_list_done(&list);
    }
    free(v.bytes);
    base_undo(&b);
}

static void elements_are_changed_in_their_dtype(void **state)
{
    float f[] = {1, 2, 3, 4};
    const float by[] = {10, 0.5F};
    uint8_t u[] = {250, 7};
    const uint8_t ten[] = {10, 10};
    uint8_t flags[] = {1};

    (void)state;
    assert_ok(vs__edit_apply(VS__EDIT_ADD, VS_F32, f, 3, by, 2));
    assert_true(f[0] == 11 && f[1] == 2 && f[2] == 3 && f[3] == 4.5F);
    assert_ok(vs__edit_apply(VS__EDIT_SUB, VS_F32, f + 1, 1, by, 2));
    assert_true(f[0] == 11 && f[1] == -8 && f[2] == 2.5F && f[3] == 4.5F);
    assert_ok(vs__edit_apply(VS__EDIT_SET, VS_F32, f, 2, by, 2));
    assert_true(f[0] == 10 && f[1] == -8 && f[2] == 0.5F && f[3] == 4.5F);
    assert_ok(vs__edit_apply(VS__EDIT_ADD, VS_U8, u, 1, ten, 2));
    assert_true(u[0] == 4 && u[1] == 17);
    assert_status(VS_ERR_DTYPE,
                  vs__edit_apply(VS__EDIT_ADD, VS_BOOL, flags, 1, ten, 1));
    assert_status(VS_ERR_DTYPE,
                  vs__edit_apply(VS__EDIT_SUB, VS_BOOL, flags, 2, ten, 2));
    assert_int_equal(flags[0], 1);
    assert_ok(vs__edit_apply(VS__EDIT_SET, VS_U8, u, 1, ten, 0));
    assert_int_equal(u[0], 4);
}

/* The version that deltas were asked from has no such chunk. */
static void a_base_without_the_chunk_is_damage(void **state)
{
    static const struct vs__deltas deltas = {.wanted = true, .base = 2};
    static const char hole[] =
        "DELETE FROM version_chunk WHERE version = $1 AND ordinal = 4";
    const vs_shape shape = vs_shape_2d(40, 256);
    const vs_slice row = vs_slice_rows(&shape, 17, 1); /* in chunk 4 */
    const vs_shape part = vs_slice_shape(&row);
    float from[256] = {0};
    const vs_view view = vs_view_of(VS_F32, &part, from);
    struct vs__chunk_list list;
    struct value v;
    struct base b;

    base_open(&b, state);
    v = ten_chunks(&b);
    assert_ok(vs__chunks_share(&b.pool, 1, 2));
    tell(&b, hole, 2);
    vs__chunk_list_init(&list);
    assert_status(VS_ERR_CORRUPT,
                  vs__chunks_edit(&b.pool, 1, VS_F32, &v.plan, &shape, &row,
                                  VS__EDIT_SET, &view, &deltas, &list));
    assert_words(&b, "version 2: its chunk 4 is missing");
    vs__chunk_list_done(&list);
    base_undo(&b);
    free(v.bytes);
}

/* What editing without memory needs: the file and what is in it. */
struct stored {
    const char *path;
    struct value value;
};

static vs_status edit_a_slice(void *ctx)
{
    const struct stored *s = ctx;
    const vs_slice rows = vs_slice_rows(&s->value.shape, 3, 12);
    const vs_shape part = vs_slice_shape(&rows);
    float *from = memory(12 * 256 * sizeof *from);
    vs_view view = vs_view_of(VS_F32, &part, from + 12 * 256 - 1);
    struct vs__chunk_list list;
    struct base b;
    vs_status st = base_try(&b, s->path);

    view.strides[0] = -256; /* back to front: it has to be gathered */
    view.strides[1] = -1;
    if (st == VS_OK) {
        st = edit(&b, 1, &s->value, &rows, VS__EDIT_ADD, &view, &list);
        vs__chunk_list_done(&list);
        base_undo(&b);
    }
    free(from);
    return st;
}

static void memory_that_runs_out_is_told(void **state)
{
    struct stored s = {base_file(state), {0}};
    struct base b;

    assert_ok(base_try(&b, s.path));
    s.value = ten_chunks(&b);
    base_close(&b);
    assert_in_range(test_each_allocation_failing(edit_a_slice, &s, false), 10,
                    1000);
    (void)test_each_allocation_failing(edit_a_slice, &s, true);
    free(s.value.bytes);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(any_edit_is_what_indexing_makes),
        WITH_DIR(chunks_beside_the_slice_are_shared_unread),
        WITH_DIR(a_chunk_that_is_set_whole_is_not_read),
        WITH_DIR(an_edit_that_changes_nothing_makes_no_chunk),
        WITH_DIR(an_empty_slice_shares_all),
        WITH_DIR(a_missing_chunk_is_damage_wherever_the_slice_is),
        cmocka_unit_test(elements_are_changed_in_their_dtype),
        WITH_DIR(a_base_without_the_chunk_is_damage),
        WITH_DIR(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("chunk.edit", tests, NULL, NULL);
}
