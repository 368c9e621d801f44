/* test_mark_damaged.c - model/mark: marks whose keys turn a search away from
 * them, and what a search that finds nothing has compared.
 */
#include "pages.h"
#include "scene.h"

#include <stdlib.h>
#include <string.h>

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "m.db"), VS_OPEN_CREATE_NEW);
}

static vs_store *closed_and_spoilt(void **state, vs_store *store,
                                   const char *sql)
{
    const char *path = test_path(state, "m.db");

    vs_store_close(store);
    scene_sql(path, sql);
    return test_open(path, VS_OPEN_WRITE);
}

static void assert_tells(vs_store *store, const char *words)
{
    if (strstr(vs_store_error(store)->message, words) == NULL)
        fail_msg("%s, want %s", vs_store_error(store)->message, words);
}

/* The search for a seal that is not there ends at the last one; a seal around it
 * is then looked for from the first on. */
static void the_first_seal_is_compared_wherever_another_is_missed(void **state)
{
    vs_store *store = fresh(state);
    const vs_mark *mark = NULL;
    vs_mark_list *list = NULL;

    assert_store(VS_OK, store, vs_scope_seal(store, "a", NULL));
    assert_store(VS_OK, store, vs_scope_seal(store, "b", NULL));
    assert_store(VS_OK, store, vs_scope_seal(store, "c", NULL));
    assert_store(VS_ERR_NOTFOUND, store, vs_scope_unseal(store, "z"));
    store = closed_and_spoilt(state, store,
                              "UPDATE scope_mark SET at_ms = 1 "
                              "WHERE scope = 'a'");
    assert_store(VS_ERR_CORRUPT, store, vs_scope_unseal(store, "z"));
    assert_tells(store, "scope 'a': the row of its mark is not what was");
    assert_store(VS_OK, store, vs_scope_unseal(store, "b"));
    assert_store(VS_OK, store, vs_mark_list_open(store, VS_MARK_SEALED, &list));
    assert_store(VS_ERR_CORRUPT, store, vs_mark_list_next(list, &mark));
    vs_mark_list_close(list);
    vs_store_close(store);
}

/* In the bytes of scope_mark's one row that begins so: the kinds of its columns
 * mark, scope, origin, site, at_ms and record. Makes the kind at `place` the one
 * of NULL, which no column here can have; the record of the row still fits. */
static vs_store *with_null(void **state, vs_store *store,
                           const uint8_t kinds[6], size_t place)
{
    const char *path = test_path(state, "m.db");
    uint8_t head[7] = {sizeof head};
    uint8_t *bytes;
    uint8_t *at;
    size_t n = 0;

    vs_store_close(store);
    scene_sql(path, "UPDATE meta SET value = value"); /* all in the file */
    memcpy(head + 1, kinds, 6);
    bytes = test_read_file(path, &n);
    at = memmem(bytes, n, head, sizeof head);
    assert_non_null(at);
    at[1 + place] = 0;
    test_write_file(path, bytes, n);
    free(bytes);
    pages_sum(path);
    return test_open(path, VS_OPEN_WRITE);
}

#define ONE      9
#define ZERO     8
#define TEXT(n)  (13 + 2 * (n))
#define BYTES(n) (12 + 2 * (n))
#define TIME     5

/* The root is sealed. Its key is before all others, and less than none. */
static void a_scope_that_is_null_is_not_in_order(void **state)
{
    static const uint8_t kinds[] = {ONE,     TEXT(0), ONE,
                                    TEXT(0), TIME,    BYTES(16)};
    vs_store *store = fresh(state);

    assert_store(VS_OK, store, vs_scope_seal(store, "", NULL));
    assert_store(VS_OK, store, vs_scope_seal(store, "s", NULL));
    store = with_null(state, store, kinds, 1);
    assert_store(VS_ERR_CORRUPT, store, vs_scope_unseal(store, "r"));
    assert_tells(store, "the marks of scopes are not in order");
    assert_store(VS_ERR_CORRUPT, store, vs_scope_move(store, "r", "q", NULL));
    assert_tells(store, "the marks of scopes are not in order");
    vs_store_close(store);
}

/* A mark of no kind that is known, whose record somebody made fit. */
static void a_mark_that_is_null_is_not_in_order(void **state)
{
    static const uint8_t kinds[] = {ZERO,    TEXT(1), ONE,
                                    TEXT(0), TIME,    BYTES(16)};
    vs_store *store = fresh(state);
    const vs_mark *mark = NULL;
    vs_mark_list *list = NULL;

    assert_store(VS_OK, store, vs_scope_seal(store, "s", NULL));
    store = closed_and_spoilt(state, store,
                              "UPDATE scope_mark SET mark = 0" SCENE_SEAL);
    assert_store(VS_OK, store,
                 vs_mark_list_open(store, VS_MARK_RESERVED, &list));
    assert_store(VS_DONE, store, vs_mark_list_next(list, &mark));
    vs_mark_list_close(list);
    store = with_null(state, store, kinds, 0);
    assert_store(VS_OK, store,
                 vs_mark_list_open(store, VS_MARK_RESERVED, &list));
    assert_store(VS_ERR_CORRUPT, store, vs_mark_list_next(list, &mark));
    assert_tells(store, "the marks of scopes are not in order");
    vs_mark_list_close(list);
    vs_store_close(store);
}

/* Behind the last seal come the reservations, which are none, be they in the
 * scope that moves. */
static void a_reservation_behind_a_seal_is_no_seal(void **state)
{
    vs_store *store = fresh(state);
    vs_context *ctx = NULL;
    vs_scope *scope = NULL;

    vs_variable_free(test_iota(store, "a/w", vs_shape_1d(2)));
    assert_store(VS_OK, store, vs_context_new(store, &ctx));
    assert_store(VS_OK, store, vs_scope_reserve(ctx, "a/run", NULL, &scope));
    assert_store(VS_OK, store, vs_scope_seal(store, "a.b", NULL));
    assert_store(VS_OK, store, vs_scope_move(store, "a", "z", NULL));
    assert_store(VS_OK, store, vs_scope_move(store, "z", "a", NULL));
    assert_store(VS_OK, store, vs_scope_seal(store, "a/b", NULL));
    assert_store(VS_ERR_SEALED, store, vs_scope_move(store, "a", "z", NULL));
    assert_tells(store, "a cannot be moved: scope 'a/b' is sealed");
    vs_context_free(ctx);
    test_sound(store);
    vs_store_close(store);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(the_first_seal_is_compared_wherever_another_is_missed),
        with_dir(a_scope_that_is_null_is_not_in_order),
        with_dir(a_mark_that_is_null_is_not_in_order),
        with_dir(a_reservation_behind_a_seal_is_no_seal),
    };

    return cmocka_run_group_tests_name("model.mark_damaged", tests, NULL, NULL);
}
