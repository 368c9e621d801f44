/* test_initialize.c - model/initialize: variables created without a value, and
 * how they get it.
 */
#include "stores.h"

#include <stdlib.h>
#include <string.h>

#include "model/handle.h"
#include "model/record.h"

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "v.db"), VS_OPEN_CREATE_NEW);
}

static vs_store *reopen(void **state, vs_store *store, vs_open_mode mode)
{
    vs_store_close(store);
    return test_open(test_path(state, "v.db"), mode);
}

/* A float32 variable whose values are drawn, without a value if that is said.
 */
static vs_variable *make(vs_store *store, const char *name, vs_shape shape,
                         vs_tristate deferred)
{
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_random_normal(0, 1, 7),
                                   .site = "net.c:3",
                                   .deferred = deferred};
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, &v));
    return v;
}

static vs_variable *defer(vs_store *store, const char *name, vs_shape shape)
{
    return make(store, name, shape, VS_YES);
}

static void assert_empty(vs_variable *v)
{
    int64_t n = 0;
    float *values;
    vs_view view;

    assert_ok(vs_shape_count(vs_variable_shape(v), &n));
    values = calloc((size_t)n, sizeof *values);
    view = vs_view_of(VS_F32, vs_variable_shape(v), values);
    assert_store(VS_ERR_UNINITIALIZED, vs_variable_store(v),
                 vs_variable_read(v, &view));
    free(values);
}

static vs_status take_nothing(int64_t first, int64_t n, const void *src,
                              void *ctx)
{
    (void)first;
    (void)n;
    (void)src;
    (void)ctx;
    return VS_ERR_CANCELLED;
}

static void what_needs_a_value_tells_that_there_is_none(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = defer(store, "a/w", vs_shape_2d(2, 3));
    const vs_slice all = vs_slice_all(vs_variable_shape(v));
    float values[6] = {0};
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);
    vs_bucket *buckets = calloc(VS_BUCKETS_MAX, sizeof *buckets);
    int n = 0;
    int64_t version = -1;
    vs_stats stats;

#define NONE(call) assert_store(VS_ERR_UNINITIALIZED, store, (call))
    NONE(vs_variable_read(v, &view));
    assert_string_equal(vs_store_error(store)->message,
                        "variable a/w has no value yet: it was created "
                        "deferred and nobody has initialized it");
    assert_non_null(
        strstr(vs_store_error(store)->hint, "vs_variable_initialize"));
    NONE(vs_variable_read_slice(v, &all, &view));
    NONE(vs_variable_read_to(v, (vs_sink){take_nothing, NULL}));
    NONE(vs_variable_write_slice(v, &all, &view));
    NONE(vs_variable_assign_add(v, &view));
    NONE(vs_variable_assign_sub(v, &view));
    NONE(vs_variable_compare_and_swap(v, 1, &view, NULL));
    NONE(vs_variable_version(v, &version));
    NONE(vs_variable_stats(v, &stats));
    NONE(vs_variable_histogram(v, buckets, &n));
    assert_int_equal(version, -1);
    free(buckets);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void it_is_there_for_everybody(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec again = {.shape = &shape};
    const vs_variable_info *info = NULL;
    const char *const *keys = NULL;
    vs_store_info about;
    vs_variable *v = NULL;

    vs_variable_free(defer(store, "w", vs_shape_2d(2, 3)));
    store = reopen(state, store, VS_OPEN_WRITE);
    assert_store(VS_ERR_EXISTS, store,
                 vs_variable_create(store, "w", &again, NULL));
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    assert_int_equal(vs_variable_shape(v)->dims[1], 3);
    assert_store(VS_OK, store, vs_variable_describe(v, &info));
    assert_int_equal(info->version, 0);
    assert_int_equal(info->stored_bytes, 0);
    assert_int_equal(info->written_ms, 0);
    assert_int_equal(info->n_bytes, 24);
    assert_string_equal(info->initializer,
                        "{\"kind\":\"random_normal\",\"mean\":0,\"stddev\":1,"
                        "\"seed\":7}");
    assert_string_equal(info->created.site, "net.c:3");
    assert_store(VS_OK, store, vs_variable_collections(v, &keys));
    assert_string_equal(keys[0], VS_TRAINABLE_VARIABLES);
    assert_store(VS_OK, store, vs_store_describe(store, &about));
    assert_int_equal(about.n_variables, 1);
    assert_int_equal(about.n_deferred, 1);
    assert_int_equal(about.n_parameters, 6);
    assert_int_equal(about.logical_bytes, 0);
    assert_empty(v);
    vs_variable_free(v);
    vs_store_close(store);
}

/* Initializes in an opening of its own, and compares with a variable that was
 * created with its value at once. */
static void assert_as_if_made_at_once(void **state, vs_shape shape)
{
    vs_store *store = fresh(state);
    const size_t n = (size_t)(shape.dims[0] * shape.dims[1]);
    vs_variable *v = NULL;
    bool made = false;
    float *want;
    float *have;

    vs_variable_free(defer(store, "late", shape));
    vs_variable_free(make(store, "soon", shape, VS_NO));
    store = reopen(state, store, VS_OPEN_WRITE);
    assert_store(VS_OK, store, vs_variable_open(store, "soon", &v));
    want = test_read_f32(v);
    vs_variable_free(v);
    assert_store(VS_OK, store, vs_variable_open(store, "late", &v));
    assert_store(VS_OK, store, vs_variable_initialize(v, &made));
    assert_true(made);
    have = test_read_f32(v);
    assert_memory_equal(have, want, n * sizeof *have);
    free(have);
    free(want);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void a_small_one_gets_what_it_was_to_have(void **state)
{
    assert_as_if_made_at_once(state, vs_shape_2d(2, 3));
}

static void a_large_one_gets_what_it_was_to_have(void **state)
{
    assert_as_if_made_at_once(state, vs_shape_2d(700, 800));
}

static void it_happens_once(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = defer(store, "w", vs_shape_1d(2));
    float values[2] = {5, 6};
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);
    int64_t before = 0;
    int64_t after = 0;
    bool made = false;
    float *read;

    assert_store(VS_OK, store, vs_variable_initialize(v, &made));
    assert_true(made);
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    assert_store(VS_OK, store, vs_variable_version(v, &before));
    assert_store(VS_OK, store, vs_variable_initialize(v, &made));
    assert_false(made);
    assert_store(VS_OK, store, vs_variable_initialize(v, NULL));
    assert_store(VS_OK, store, vs_variable_version(v, &after));
    assert_int_equal(after, before);
    read = test_read_f32(v);
    assert_true(read[0] == 5);
    free(read);
    vs_variable_free(v);
    vs_store_close(store);
}

static void a_write_is_a_first_value_too(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = defer(store, "w", vs_shape_1d(3000));
    float *values = calloc(3000, sizeof *values);
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);
    bool made = true;
    float *read;

    values[2999] = 9;
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    assert_store(VS_OK, store, vs_variable_initialize(v, &made));
    assert_false(made);
    read = test_read_f32(v);
    assert_true(read[2999] == 9);
    free(read);
    free(values);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void what_is_rolled_back_was_no_value(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = defer(store, "w", vs_shape_2d(70, 80));
    bool made = false;

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    assert_store(VS_OK, store, vs_variable_initialize(v, &made));
    assert_true(made);
    free(test_read_f32(v));
    assert_store(VS_OK, store, vs_store_rollback(store));
    assert_empty(v);
    assert_store(VS_OK, store, vs_variable_initialize(v, &made));
    assert_true(made);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static vs_status fill_nothing(int64_t first, int64_t n, void *dst, void *ctx)
{
    (void)first;
    (void)n;
    (void)dst;
    (void)ctx;
    return VS_OK;
}

static vs_status fill_twos(const char *name, vs_dtype dtype,
                           const vs_shape *shape, int64_t first, int64_t n,
                           void *dst, void *data)
{
    float *to = dst;

    (void)name;
    (void)dtype;
    (void)shape;
    (void)first;
    (void)data;
    for (int64_t i = 0; i < n; i++)
        to[i] = 2;
    return VS_OK;
}

static void what_cannot_be_stored_cannot_be_deferred(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(2);
    float values[2] = {0, 0};
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    const vs_variable_spec specs[] = {
        {.initializer = vs_value(&view), .deferred = VS_YES},
        {.shape = &shape,
         .initializer = vs_constant_list(&view),
         .deferred = VS_YES},
        {.shape = &shape,
         .initializer = vs_from_source((vs_source){fill_nothing, NULL}),
         .deferred = VS_YES},
        {.shape = &shape, .dtype = VS_C64, .deferred = VS_YES},
        {.shape = &shape,
         .initializer = vs_custom_initializer(NULL, fill_twos, NULL),
         .deferred = VS_YES},
    };

    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++)
        assert_store(VS_ERR_INITIALIZER, store,
                     vs_variable_create(store, "w", &specs[i], NULL));
    vs_store_close(store);
}

static void a_callback_is_known_by_its_name(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec spec = {
        .shape = &shape,
        .initializer = vs_custom_initializer("twos", fill_twos, NULL),
        .deferred = VS_YES};
    vs_variable *v = NULL;
    float *values;

    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, &v));
    assert_store(VS_ERR_CALLBACK, store, vs_variable_initialize(v, NULL));
    assert_empty(v);
    vs_variable_free(v);
    test_sound(store);
    store = reopen(state, store, VS_OPEN_WRITE);
    assert_store(VS_OK, store,
                 vs_register_initializer(store, "twos", fill_twos, NULL));
    assert_store(VS_OK, store, vs_scope_initialize(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    values = test_read_f32(v);
    assert_true(values[0] == 2 && values[1] == 2);
    free(values);
    vs_variable_free(v);
    vs_store_close(store);
}

static void names_can_be_changed_before_the_value_comes(void **state)
{
    vs_store *store = fresh(state);
    const vs_list_options empty = {.uninitialized = true};
    const vs_variable_info *info = NULL;
    vs_list *list = NULL;
    vs_variable *v = defer(store, "a/w", vs_shape_1d(2));

    assert_store(VS_OK, store, vs_variable_alias(store, "a/w", "b/w"));
    assert_store(VS_OK, store, vs_variable_copy(store, "a/w", "c/w"));
    assert_store(VS_OK, store, vs_variable_rename(store, "a/w", "d/w"));
    assert_store(VS_OK, store, vs_scope_move(store, "c", "e", NULL));
    assert_store(VS_OK, store, vs_list_open(store, &empty, &list));
    for (const char *const *want =
             (const char *const[]){"b/w", "d/w", "e/w", NULL};
         *want != NULL; want++) {
        assert_store(VS_OK, store, vs_list_next(list, &info));
        assert_string_equal(info->name, *want);
        assert_int_equal(info->version, 0);
    }
    assert_store(VS_DONE, store, vs_list_next(list, &info));
    vs_list_close(list);
    test_sound(store);
    assert_store(VS_OK, store, vs_variable_initialize(v, NULL));
    free(test_read_f32(v));
    vs_variable_free(v);
    assert_store(VS_OK, store, vs_variable_open(store, "e/w", &v));
    assert_empty(v);
    vs_variable_free(v);
    vs_store_close(store);
}

static void one_that_is_deleted_leaves_nothing(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = defer(store, "w", vs_shape_1d(2));
    float values[2];
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);
    vs_store_info about;

    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_store(VS_ERR_STALE, store, vs_variable_read(v, &view));
    assert_store(VS_ERR_STALE, store, vs_variable_initialize(v, NULL));
    assert_store(VS_ERR_STALE, store, vs_variable_write(v, &view));
    vs_variable_free(v);
    assert_store(VS_OK, store, vs_store_describe(store, &about));
    assert_int_equal(about.n_variables, 0);
    assert_int_equal(about.n_deferred, 0);
    test_sound(store);
    vs_store_close(store);
}

static void a_scope_is_initialized_as_a_whole(void **state)
{
    vs_store *store = fresh(state);
    const char *const names[] = {"a/u", "a/w", "a/x", "b/w"};
    int64_t n = -1;
    vs_variable *v = NULL;

    for (size_t i = 0; i < 4; i++)
        vs_variable_free(defer(store, names[i], vs_shape_1d(2)));
    vs_variable_free(test_iota(store, "a/v", vs_shape_1d(2)));
    assert_store(VS_OK, store, vs_variable_alias(store, "a/u", "a/t"));
    assert_store(VS_ERR_NAME, store, vs_scope_initialize(store, "a//b", &n));
    assert_int_equal(n, -1);
    assert_store(VS_OK, store, vs_scope_initialize(store, "a", &n));
    assert_int_equal(n, 3);
    assert_store(VS_OK, store, vs_variable_open(store, "b/w", &v));
    assert_empty(v);
    vs_variable_free(v);
    assert_store(VS_OK, store, vs_scope_initialize(store, NULL, &n));
    assert_int_equal(n, 1);
    assert_store(VS_OK, store, vs_scope_initialize(store, NULL, NULL));
    test_sound(store);
    vs_store_close(store);
}

static void parts_get_what_the_whole_was_to_have(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_2d(5, 2);
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_random_normal(0, 1, 7),
                                   .partitioner =
                                       vs_fixed_size_partitioner(2, 0),
                                   .deferred = VS_YES};
    float want[10];
    vs_variable *v = NULL;
    bool made = false;
    float *have;

    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, &v));
    assert_empty(v);
    assert_store(VS_ERR_UNINITIALIZED, store,
                 vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_initialize(v, &made));
    assert_true(made);
    assert_store(VS_OK, store, vs_variable_initialize(v, &made));
    assert_false(made);
    have = test_read_f32(v);
    assert_ok(vs_initializer_fill(&spec.initializer, "w", 42, VS_F32, &shape,
                                  want, NULL));
    assert_memory_equal(have, want, sizeof want);
    free(have);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void only_who_writes_initializes(void **state)
{
    vs_store *store = fresh(state);
    const vs_list_options both = {.uninitialized = true, .checkpoint = 1};
    vs_list *list = NULL;
    vs_variable *v = NULL;

    vs_variable_free(defer(store, "w", vs_shape_1d(2)));
    store = reopen(state, store, VS_OPEN_READ);
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    assert_store(VS_ERR_READONLY, store, vs_variable_initialize(v, NULL));
    assert_store(VS_ERR_READONLY, store,
                 vs_scope_initialize(store, NULL, NULL));
    assert_store(VS_ERR_MISUSE, store, vs_list_open(store, &both, &list));
    vs_variable_free(v);
    vs_store_close(store);
}

/* Changes the one variable's row, and makes its record fit. */
static void change_spec(vs_store *store, const char *spec)
{
    static const char change[] = "UPDATE variable SET initializer = $1";
    static const char read[] = "SELECT " VS__FACTS ", v.id FROM variable AS v";
    static const char sign[] = "UPDATE variable SET record = $1";
    struct vs__digest record;
    struct vs__facts facts;
    struct vs__stmt *s;

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    assert_store(VS_OK, store, vs__stmt_get(store->db, change, &s));
    vs__bind_text(s, 1, spec, -1);
    assert_store(VS_OK, store, vs__stmt_run(s));
    assert_store(VS_OK, store, vs__stmt_get(store->db, read, &s));
    assert_store(VS_OK, store, vs__stmt_step(s));
    facts = vs__facts_read(vs__column_i64(s, VS__N_FACTS), s, 0);
    record = vs__facts_digest(&facts);
    record = vs__variable_record(&record, VS__DEFERRED);
    vs__stmt_reset(s);
    assert_store(VS_OK, store, vs__stmt_get(store->db, sign, &s));
    vs__bind_blob(s, 1, record.bytes, sizeof record.bytes);
    assert_store(VS_OK, store, vs__stmt_run(s));
    assert_store(VS_OK, store, vs_store_commit(store));
}

static void a_spec_that_was_changed_is_damage(void **state)
{
    static const char *const specs[] = {
        NULL, "", "{\"kind\":\"source\"}", "{\"kind\":\"zer\"}",
        "{\"kind\":\"random_uniform\",\"low\":2,\"high\":1,\"seed\":1}"};
    vs_store *store = fresh(state);
    vs_variable *v = defer(store, "w", vs_shape_1d(2));

    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        vs_check_report report;

        change_spec(store, specs[i]);
        assert_store(VS_ERR_CORRUPT, store, vs_variable_initialize(v, NULL));
        assert_store(VS_OK, store, vs_check(store, NULL, &report));
        assert_int_not_equal(report.n_damages, 0);
    }
    vs_variable_free(v);
    vs_store_close(store);
}

/* For the runs in which an allocation fails. */
struct scene {
    vs_store *store;
    vs_variable *v;
};

static vs_status initialize_and_take_back(void *ctx)
{
    struct scene *scene = ctx;
    bool made = false;
    vs_status st = vs_store_begin(scene->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = vs_variable_initialize(scene->v, &made);
    if (st == VS_OK && !made)
        st = VS_ERR_STALE;
    (void)vs_store_rollback(scene->store);
    return st;
}

static vs_status initialize_all_and_take_back(void *ctx)
{
    struct scene *scene = ctx;
    int64_t n = 0;
    vs_status st = vs_store_begin(scene->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = vs_scope_initialize(scene->store, "a", &n);
    if (st == VS_OK && n != 2)
        st = VS_ERR_STALE;
    (void)vs_store_rollback(scene->store);
    return st;
}

static vs_status create_and_delete(void *ctx)
{
    struct scene *scene = ctx;
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec spec = {.shape = &shape, .deferred = VS_YES};
    vs_status st = vs_store_begin(scene->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = vs_variable_create(scene->store, "new", &spec, NULL);
    (void)vs_store_rollback(scene->store);
    return st;
}

static void memory_may_run_out(void **state)
{
    struct scene scene = {.store = fresh(state)};

    scene.v = defer(scene.store, "a/w", vs_shape_2d(70, 80));
    vs_variable_free(defer(scene.store, "a/v", vs_shape_1d(2)));
    for (int forever = 0; forever < 2; forever++) {
        assert_true(test_each_allocation_failing(initialize_and_take_back,
                                                 &scene, forever) > 0);
        assert_true(test_each_allocation_failing(initialize_all_and_take_back,
                                                 &scene, forever) > 0);
        assert_true(test_each_allocation_failing(create_and_delete, &scene,
                                                 forever) > 0);
    }
    vs_variable_free(scene.v);
    test_sound(scene.store);
    vs_store_close(scene.store);
}

#define TEST(fn) \
    cmocka_unit_test_setup_teardown(fn, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_needs_a_value_tells_that_there_is_none),
        TEST(it_is_there_for_everybody),
        TEST(a_small_one_gets_what_it_was_to_have),
        TEST(a_large_one_gets_what_it_was_to_have),
        TEST(it_happens_once),
        TEST(a_write_is_a_first_value_too),
        TEST(what_is_rolled_back_was_no_value),
        TEST(what_cannot_be_stored_cannot_be_deferred),
        TEST(a_callback_is_known_by_its_name),
        TEST(names_can_be_changed_before_the_value_comes),
        TEST(one_that_is_deleted_leaves_nothing),
        TEST(a_scope_is_initialized_as_a_whole),
        TEST(parts_get_what_the_whole_was_to_have),
        TEST(only_who_writes_initializes),
        TEST(a_spec_that_was_changed_is_damage),
        TEST(memory_may_run_out),
    };

    return cmocka_run_group_tests_name("model.initialize", tests, NULL, NULL);
}
