/* test_verify.c - model/verify: fetches whose arguments are not what the
 * variable was made with are told, refused, or both.
 */
#include "stores.h"

#include <string.h>

static const vs_shape two = {1, {2}};
static const char *const mine[] = {"mine", NULL};
static const char *const ours[] = {"ours", "mine", NULL};

struct fixture {
    vs_store *store;
    vs_context *ctx;
    int n_warnings;
    char warning[400];
};

static void warned(const char *message, void *data)
{
    struct fixture *f = data;

    f->n_warnings++;
    (void)strncpy(f->warning, message, sizeof f->warning - 1);
}

/* A variable "v" in "mine", not trainable, with both rules. */
static void begin(void **state, struct fixture *f, bool verify)
{
    const vs_context_options options = {
        .verify = verify, .warn = warned, .data = f};
    const vs_variable_spec spec = {.shape = &two,
                                   .trainable = VS_NO,
                                   .collections = mine,
                                   .regularizer = vs_l1_regularizer(1),
                                   .constraint = vs_non_neg()};
    vs_variable *v = NULL;

    memset(f, 0, sizeof *f);
    f->store = test_open(test_path(state, "v.db"), VS_OPEN_CREATE_NEW);
    assert_ok(vs_context_new_with(f->store, &options, &f->ctx));
    assert_store(VS_OK, f->store, vs_get_variable(f->ctx, "v", &spec, &v));
    vs_variable_free(v);
    vs_scope_reuse_variables(vs_scope_current(f->ctx));
}

static void end(struct fixture *f)
{
    vs_context_free(f->ctx);
    vs_store_close(f->store);
}

/* Fetches; `words` are those of the difference, NULL: there is none. */
static void fetch(struct fixture *f, vs_variable_spec spec, vs_status want,
                  const char *words)
{
    vs_variable *v = NULL;

    f->n_warnings = 0;
    f->warning[0] = '\0';
    assert_store(want, f->store, vs_get_variable(f->ctx, "v", &spec, &v));
    assert_int_equal(v != NULL, want == VS_OK);
    vs_variable_free(v);
    assert_int_equal(f->n_warnings > 0, words != NULL);
    if (words == NULL)
        return;
    assert_non_null(strstr(f->warning, words));
    if (want == VS_ERR_DIFFERS)
        assert_non_null(strstr(vs_store_error(f->store)->message, words));
}

static void fetch_all(struct fixture *f, vs_status want)
{
    fetch(f, (vs_variable_spec){.shape = &two}, VS_OK, NULL);
    fetch(f, (vs_variable_spec){.collections = mine}, VS_OK, NULL);
    fetch(f, (vs_variable_spec){.trainable = VS_NO}, VS_OK, NULL);
    fetch(f,
          (vs_variable_spec){.regularizer = vs_l1_regularizer(1),
                             .constraint = vs_non_neg()},
          VS_OK, NULL);
    fetch(f, (vs_variable_spec){.collections = ours}, want,
          "collections without");
    fetch(f, (vs_variable_spec){.collections = mine + 1}, want,
          "says nothing of it");
    fetch(f, (vs_variable_spec){.trainable = VS_YES}, want, "trainable no");
    fetch(f, (vs_variable_spec){.regularizer = vs_l1_regularizer(2)}, want,
          "regularizer");
    fetch(f, (vs_variable_spec){.constraint = vs_unit_norm(0)}, want,
          "constraint");
}

static void who_verifies_is_refused(void **state)
{
    struct fixture f;

    begin(state, &f, true);
    fetch_all(&f, VS_ERR_DIFFERS);
    end(&f);
}

static void who_only_listens_is_told(void **state)
{
    struct fixture f;

    begin(state, &f, false);
    fetch_all(&f, VS_OK);
    end(&f);
}

/* Those two are the library's doing. */
static void what_comes_by_itself_is_no_difference(void **state)
{
    const char *const none[] = {NULL};
    const vs_variable_spec spec = {.shape = &two,
                                   .collections = none,
                                   .regularizer = vs_l1_regularizer(1)};
    struct fixture f;
    vs_variable *v = NULL;

    begin(state, &f, true);
    assert_store(VS_OK, f.store, vs_variable_create(f.store, "w", &spec, &v));
    vs_variable_free(v);
    assert_store(VS_OK, f.store, vs_get_variable(f.ctx, "w", &spec, &v));
    vs_variable_free(v);
    assert_int_equal(f.n_warnings, 0);
    end(&f);
}

static void a_trainable_one_is_told_too(void **state)
{
    const vs_variable_spec spec = {.shape = &two};
    const vs_variable_spec other = {.trainable = VS_NO};
    struct fixture f;
    vs_variable *v = NULL;

    begin(state, &f, true);
    assert_store(VS_OK, f.store, vs_variable_create(f.store, "w", &spec, &v));
    vs_variable_free(v);
    v = NULL;
    assert_store(VS_ERR_DIFFERS, f.store,
                 vs_get_variable(f.ctx, "w", &other, &v));
    assert_non_null(strstr(f.warning, "trainable yes"));
    assert_null(v);
    end(&f);
}

/* Whether or not the variable would have it: nobody could make one so. */
static void a_rule_that_is_none_is_no_difference(void **state)
{
    const vs_regularizer_kind none = (vs_regularizer_kind)99;
    struct fixture f;

    begin(state, &f, true);
    fetch(&f, (vs_variable_spec){.regularizer = vs_regularizer_of(none, 0, 0)},
          VS_ERR_MISUSE, NULL);
    fetch(&f, (vs_variable_spec){.regularizer = vs_sum_regularizer(NULL, 1000)},
          VS_ERR_MISUSE, NULL);
    fetch(&f, (vs_variable_spec){.constraint = vs_max_norm(-1, 0)},
          VS_ERR_MISUSE, NULL);
    end(&f);
}

static void nobody_need_listen_to_be_refused(void **state)
{
    const vs_context_options options = {.verify = true};
    const vs_variable_spec spec = {.trainable = VS_YES};
    struct fixture f;
    vs_context *ctx = NULL;
    vs_variable *v = NULL;

    begin(state, &f, false);
    assert_ok(vs_context_new_with(f.store, &options, &ctx));
    vs_scope_reuse_variables(vs_scope_current(ctx));
    assert_store(VS_ERR_DIFFERS, f.store, vs_get_variable(ctx, "v", &spec, &v));
    assert_non_null(strstr(vs_store_error(f.store)->message,
                           "made with trainable no, the call that fetches it "
                           "says yes"));
    assert_null(v);
    assert_int_equal(f.n_warnings, 0);
    vs_context_free(ctx);
    end(&f);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(who_verifies_is_refused),
        with_dir(who_only_listens_is_told),
        with_dir(what_comes_by_itself_is_no_difference),
        with_dir(a_trainable_one_is_told_too),
        with_dir(a_rule_that_is_none_is_no_difference),
        with_dir(nobody_need_listen_to_be_refused),
    };

    return cmocka_run_group_tests_name("model.verify", tests, NULL, NULL);
}
