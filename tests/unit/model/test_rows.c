/* test_rows.c - model: rows that cannot be although their digests fit, and
 * indexes that lie. What a call meets is told, with what it is about; nothing
 * is taken for what it is not.
 */
#include "pages.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* a f32[3] (variable 1), its alias b; c f32[2] (2), in the collection "mine"; p
 * f32[4] in two parts (3, 4), in "mine" too; d f32[2] (5), without a value; e
 * f32[2] (6), with a regularizer. Checkpoint 1 has them all. The scopes "s" and
 * "s.t" are sealed. big f32[3000] (7) has the one chunk. */
static void make(const char *path)
{
    const vs_shape two = vs_shape_1d(2);
    const vs_shape four = vs_shape_1d(4);
    const vs_variable_spec cut = {
        .shape = &four, .partitioner = vs_fixed_size_partitioner(2, 0)};
    const vs_variable_spec late = {.shape = &two, .deferred = VS_YES};
    const vs_variable_spec ruled = {.shape = &two,
                                    .regularizer = vs_l1_regularizer(1)};
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    vs_variable_free(test_iota(store, "a", vs_shape_1d(3)));
    assert_store(VS_OK, store, vs_variable_alias(store, "a", "b"));
    vs_variable_free(test_iota(store, "c", two));
    assert_store(VS_OK, store, vs_collection_add(store, "mine", "c"));
    assert_store(VS_OK, store, vs_variable_create(store, "p", &cut, NULL));
    assert_store(VS_OK, store, vs_collection_add(store, "mine", "p"));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_create(store, "d", &late, NULL));
    assert_store(VS_OK, store, vs_variable_create(store, "e", &ruled, NULL));
    assert_store(VS_OK, store, vs_scope_seal(store, "s", NULL));
    assert_store(VS_OK, store, vs_scope_seal(store, "s.t", NULL));
    vs_variable_free(test_iota(store, "big", vs_shape_1d(3000)));
    vs_store_close(store);
}

/* -------- What is asked. */

static vs_status walk(vs_store *store, const vs_list_options *options)
{
    const vs_variable_info *info;
    vs_list *list = NULL;
    vs_status st = vs_list_open(store, options, &list);

    while (st == VS_OK)
        st = vs_list_next(list, &info);
    vs_list_close(list);
    return st == VS_DONE ? VS_OK : st;
}
static vs_status list(vs_store *store)
{
    return walk(store, NULL);
}
static vs_status list_mine(vs_store *store)
{
    const vs_list_options options = {.collection = "mine"};

    return walk(store, &options);
}
static vs_status list_saved(vs_store *store)
{
    const vs_list_options options = {.checkpoint = 1};

    return walk(store, &options);
}
/* No whole checkpoint, which is counted. */
static vs_status list_saved_mine(vs_store *store)
{
    const vs_list_options options = {.checkpoint = 1, .collection = "mine"};

    return walk(store, &options);
}
static vs_status keys_of(vs_store *store, const char *name)
{
    const char *const *keys;
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(store, name, &v);

    if (st == VS_OK)
        st = vs_variable_collections(v, &keys);
    vs_variable_free(v);
    return st;
}
static vs_status keys_of_a(vs_store *store)
{
    return keys_of(store, "a");
}
static vs_status keys_of_c(vs_store *store)
{
    return keys_of(store, "c");
}
static vs_status keys_of_p(vs_store *store)
{
    return keys_of(store, "p");
}
static vs_status open_d(vs_store *store)
{
    vs_variable *v = NULL;
    bool made = false;
    vs_status st = vs_variable_open(store, "d", &v);

    if (st == VS_OK)
        st = vs_variable_initialize(v, &made);
    vs_variable_free(v);
    return st;
}
static vs_status create(vs_store *store, const char *name)
{
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec spec = {.shape = &shape};

    return vs_variable_create(store, name, &spec, NULL);
}
static vs_status create_new(vs_store *store)
{
    return create(store, "new");
}
static vs_status create_a(vs_store *store)
{
    return create(store, "a");
}
static vs_status delete_a(vs_store *store)
{
    return vs_variable_delete(store, "a");
}
static vs_status open_p(vs_store *store)
{
    vs_variable *v = NULL;
    const vs_status st = vs_variable_open(store, "p", &v);

    vs_variable_free(v);
    return st;
}
static vs_status rename_p(vs_store *store)
{
    return vs_variable_rename(store, "p", "q");
}
static vs_status alias_like_a_part(vs_store *store)
{
    return vs_variable_alias(store, "a", "x/part_0");
}
static vs_status tell_losses(vs_store *store)
{
    double out = 0;

    return vs_scope_loss(store, NULL, &out, NULL);
}
static vs_status tell_creations(vs_store *store)
{
    const vs_creation *creation;
    vs_journal *journal = NULL;
    vs_status st = vs_journal_open(store, NULL, &journal);

    while (st == VS_OK)
        st = vs_journal_next(journal, &creation);
    vs_journal_close(journal);
    return st == VS_DONE ? VS_OK : st;
}
static vs_status list_seals(vs_store *store)
{
    const vs_mark *mark;
    vs_mark_list *marks = NULL;
    vs_status st = vs_mark_list_open(store, VS_MARK_SEALED, &marks);

    while (st == VS_OK)
        st = vs_mark_list_next(marks, &mark);
    vs_mark_list_close(marks);
    return st == VS_DONE ? VS_OK : st;
}
static vs_status unseal_another(vs_store *store)
{
    return vs_scope_unseal(store, "r");
}

typedef vs_status variable_fn(vs_variable *v);

static vs_status with(vs_store *store, const char *name, variable_fn *body)
{
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(store, name, &v);

    if (st == VS_OK)
        st = body(v);
    vs_variable_free(v);
    return st;
}
static vs_status read(vs_variable *v)
{
    float values[4];
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);

    return vs_variable_read(v, &view);
}
static vs_status add(vs_variable *v)
{
    const float values[4] = {1, 1, 1, 1};
    const vs_view view = vs_view_const(VS_F32, vs_variable_shape(v), values);

    return vs_variable_assign_add(v, &view);
}
static vs_status tell(vs_variable *v)
{
    const vs_variable_info *info;

    return vs_variable_describe(v, &info);
}
static vs_status count(vs_variable *v)
{
    vs_stats stats;

    return vs_variable_stats(v, &stats);
}
static vs_status read_a(vs_store *store)
{
    return with(store, "a", read);
}
static vs_status add_to_a(vs_store *store)
{
    return with(store, "a", add);
}
static vs_status tell_a(vs_store *store)
{
    return with(store, "a", tell);
}
static vs_status count_a(vs_store *store)
{
    return with(store, "a", count);
}
static vs_status read_p(vs_store *store)
{
    return with(store, "p", read);
}
static vs_status add_to_p(vs_store *store)
{
    return with(store, "p", add);
}
static vs_status count_p(vs_store *store)
{
    return with(store, "p", count);
}
static vs_status write(vs_variable *v)
{
    static const float values[3000];
    const vs_view view = vs_view_const(VS_F32, vs_variable_shape(v), values);

    return vs_variable_write(v, &view);
}
static vs_status write_a(vs_store *store)
{
    return with(store, "a", write);
}
static vs_status write_big(vs_store *store)
{
    return with(store, "big", write);
}
static vs_status copy_big(vs_store *store)
{
    return vs_variable_copy(store, "big", "bigger");
}
static vs_status alias_a(vs_store *store)
{
    return vs_variable_alias(store, "a", "another");
}
static vs_status then_a(vs_store *store, variable_fn *body)
{
    vs_variable *v = NULL;
    vs_status st = vs_variable_open_at(store, 1, "a", &v);

    if (st == VS_OK)
        st = body(v);
    vs_variable_free(v);
    return st;
}
static vs_status read_a_then(vs_store *store)
{
    return then_a(store, read);
}
static vs_status tell_a_then(vs_store *store)
{
    return then_a(store, tell);
}
/* -------- What was changed. */

#define BEHIND_KEYS(sql) SCENE_BEHIND("collection_variable", sql)
#define SEALED(sql)      sql SCENE_SEAL
#define RULE_SEAL        "; UPDATE rule SET record = record(variable, kind, spec)"
#define LONG             "replace(hex(zeroblob(700)), '0', 'x')"

static const struct {
    const char *sql;
    vs_status (*call)(vs_store *store);
    const char *words;
} cases[] = {
    /* Keys of collections. */
    {BEHIND_KEYS("DELETE FROM collection WHERE variable = 2"), keys_of_c,
     "variable 2: the rows of its collections"},
    {BEHIND_KEYS("DELETE FROM collection WHERE variable = 2"), keys_of_a,
     "variable 1: the rows of its collections"},
    {BEHIND_KEYS("DELETE FROM collection WHERE variable = 2"), keys_of_p,
     "the rows of its collections"},
    {BEHIND_KEYS("DELETE FROM collection WHERE variable = 1"), keys_of_c,
     "variable 2: the rows of its collections"},
    {"DELETE FROM collection WHERE variable = 1; " BEHIND_KEYS(
         "INSERT INTO collection VALUES ('mine', 1)"),
     keys_of_a, "variable 1: the rows of its collections"},
    {BEHIND_KEYS("DELETE FROM collection WHERE key = 'mine' AND variable = 2"),
     list_mine, "variable c: the rows of its collections"},
    {BEHIND_KEYS("INSERT INTO collection VALUES ('mine', 1)"), list_mine,
     "variable a: the rows of its collections"},
    {BEHIND_KEYS("INSERT INTO collection VALUES ('mine', 1)"), list_saved_mine,
     "variable a: the rows of its collections"},
    /* Names. */
    {SEALED("UPDATE name SET id = 9223372036854775807 WHERE path = 'd'"),
     create_new, "a name has the id 9223372036854775807"},
    {SEALED("UPDATE name SET id = id - 100"), create_new,
     "a name has the id -"},
    {"DELETE FROM variable WHERE id = 1", create_a,
     "its variable 1 has no row"},
    {"DELETE FROM variable WHERE id = 1", alias_like_a_part,
     "variable 1 is not there"},
    {"UPDATE name SET trainable = 0 WHERE path = 'b'", delete_a,
     "name b: its row is not what was written"},
    {SEALED("UPDATE name SET alias = 1 WHERE path = 'a'"), list,
     "no first name"},
    /* Checkpoints. */
    {"DELETE FROM checkpoint", list_saved,
     "checkpoint 1 has names, but no row"},
    {SEALED("UPDATE checkpoint_variable SET alias = 1"), list_saved,
     "is an alias in checkpoint 1"},
    /* Variables. */
    {"UPDATE variable SET n_versions = 1000003 WHERE id = 5", open_d,
     "waits for its first value, but has had 1"},
    {"UPDATE variable SET site = 'elsewhere' WHERE id = 2", tell_creations,
     "not what was written"},
    /* Parts. */
    {SEALED("UPDATE part SET shape = '[]'"), open_p, "cannot be"},
    {SEALED("UPDATE part SET axis = -1"), open_p, "cannot be"},
    {SEALED("UPDATE part SET axis = 1"), open_p, "cannot be"},
    {SEALED("UPDATE part SET n_parts = 1, axis = 0, shape = '[4,1]'"), open_p,
     ""},
    {SEALED("UPDATE part SET n_parts = 1, axis = 1, ordinal = 0, first = 0, "
            "shape = '[2,1]'"),
     open_p, "cannot be"},
    {SEALED("UPDATE part SET shape = '[2305843009213693952]', first = "
            "1152921504606846976 * ordinal"),
     open_p, "the shape of the whole cannot be"},
    {SEALED("DELETE FROM name WHERE path = 'p/part_1'"), rename_p,
     "part 1 of 2 is missing"},
    /* Rules. */
    {"UPDATE rule SET spec = 'x'" RULE_SEAL, tell_losses, "regularizer"},
    {"UPDATE rule SET spec = '{\"kind\":\"custom\"}'" RULE_SEAL, tell_losses,
     "neither a callback nor a name"},
    {"UPDATE rule SET spec = "
     "'{\"kind\":\"sum\",\"of\":[{\"kind\":\"custom\"}]}'" RULE_SEAL,
     tell_losses, "neither a callback nor a name"},
    {"UPDATE rule SET spec = " LONG RULE_SEAL, tell_losses, "regularizer"},
    {"UPDATE rule SET spec = "
     "'{\"kind\":\"l1_l2\",\"l1\":-1,\"l2\":0}'" RULE_SEAL,
     tell_losses, "regularizer"},
    {"UPDATE rule SET spec = '{\"kind\":\"l1_l2\",\"l1\":2,\"l2\":0}'",
     tell_losses, "regularizer"},
    /* Versions. What is lost can be replaced. */
    {"DELETE FROM version WHERE variable = 1", read_a, "variable a"},
    {"DELETE FROM version WHERE variable = 1", add_to_a, "variable a"},
    {"DELETE FROM version WHERE variable = 1", tell_a, "variable a"},
    {"DELETE FROM version WHERE variable = 1", count_a, "variable a"},
    {"DELETE FROM version WHERE variable = 1", list, "name a"},
    {"DELETE FROM version WHERE variable = 1", list_saved, ""},
    {"DELETE FROM small WHERE version = 1", read_a, "variable a"},
    {"DELETE FROM small WHERE version = 1", add_to_a, "variable a"},
    {"DELETE FROM small WHERE version = 1", count_a, "variable a"},
    {"DELETE FROM small WHERE version = 1", read_a_then, "variable a"},
    {"DELETE FROM small WHERE version = 3", read_p, "variable p/part_0: "},
    {"DELETE FROM small WHERE version = 4", add_to_p, "variable p/part_1: "},
    {"DELETE FROM small WHERE version = 4", count_p, "variable p/part_1: "},
    {SEALED("UPDATE variable SET current = 99 WHERE id = 1"), read_a, ""},
    {SEALED("UPDATE variable SET current = 99 WHERE id = 1"), tell_a,
     "variable a: version 99 is not its current one"},
    {SEALED("UPDATE variable SET current = 2 WHERE id = 1"), read_a, ""},
    {SEALED("UPDATE variable SET current = 2 WHERE id = 1"), tell_a,
     "variable a: version 2 is none of its own"},
    {SEALED("UPDATE variable SET current = 2 WHERE id = 1"), count_a, ""},
    {SEALED("UPDATE version SET variable = 2 WHERE id = 1"), tell_a_then, ""},
    /* Counts: nothing goes by one that is none. */
    {"UPDATE version SET holds = holds - 4 WHERE id = 1", write_a,
     "version 1: it is held, but has no row, or no count of its holders"},
    {"UPDATE variable SET n_versions = 1 WHERE id = 1", write_a,
     "variable 1: it has versions, but no row, or no count of them"},
    {"UPDATE variable SET n_names = 0 + 2 WHERE id = 1", alias_a,
     "variable 1: it has a name, but no row, or no count of its names"},
    {"UPDATE chunk SET refs = 1", write_big,
     "chunk 1: it is used, but has no row, or no count of its users"},
    {"UPDATE chunk SET refs = refs + 65536", copy_big,
     "chunk 1: it is used, but has no row, or no count of its users"},
    /* Names that no writer would have. */
    {SEALED("UPDATE name SET path = '' WHERE path = 'a'"), list,
     "not a name: "},
    {SEALED("UPDATE name SET path = 'a//b' WHERE path = 'a'"), list,
     "not a name: "},
    /* Marks of scopes. */
    {SEALED("UPDATE scope_mark SET scope = " LONG " WHERE scope = 's'"),
     list_seals, "a mark of a scope with 1400 bytes"},
    {"UPDATE scope_mark SET at_ms = 1 WHERE scope = 's'", unseal_another,
     "not what was written"},
};

static void what_cannot_be_is_told(void **state)
{
    const char *sound = test_path(state, "sound.db");
    size_t untold = 0;
    size_t n = 0;
    void *bytes;

    make(sound);
    bytes = test_read_file(sound, &n);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i += test_stride()) {
        char path[4096];
        vs_store *store;
        vs_status st;

        (void)snprintf(path, sizeof path, "%s/%zu.db", (const char *)*state, i);
        test_write_file(path, bytes, n);
        scene_sql(path, cases[i].sql);
        store = test_open(path, VS_OPEN_WRITE);
        st = cases[i].call(store);
        if (st != VS_ERR_CORRUPT ||
            strstr(vs_store_error(store)->message, cases[i].words) == NULL) {
            print_error("%zu, %.60s: %s: %s, want %s\n", i, cases[i].sql,
                        vs_status_word(st), vs_store_error(store)->message,
                        cases[i].words);
            untold++;
        }
        vs_store_close(store);
    }
    free(bytes);
    assert_int_equal(untold, 0);
}

/* The same calls on the sound store tell nothing, but for two that are refused
 * for another reason. */
static void what_was_written_is_not(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i += test_stride()) {
        const vs_status want = cases[i].call == create_a ? VS_ERR_EXISTS
                               : cases[i].call == unseal_another
                                   ? VS_ERR_NOTFOUND
                                   : VS_OK;
        char path[4096];
        vs_store *store;

        if (i > 0 && cases[i].call == cases[i - 1].call)
            continue;
        (void)snprintf(path, sizeof path, "%s/%zu.db", (const char *)*state, i);
        make(path);
        store = test_open(path, VS_OPEN_WRITE);
        assert_store(want, store, cases[i].call(store));
        test_sound(store);
        vs_store_close(store);
    }
}

/* In the bytes of checkpoint_variable's row of name 10 in checkpoint 1: its head
 * has 6 bytes (and the kinds of five columns). With 4, SQLite takes what follows
 * for name 8, so that this is what it finds when it looks for that one, which
 * has no row, and goes one back to begin. */
static void a_row_beside_that_leads_astray_is_told(void **state)
{
    static const uint8_t head[] = {6, 9, 1, 1, 8, 4, 10};
    const char *path = test_path(state, "n.db");
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec late = {.shape = &shape, .deferred = VS_YES};
    const vs_save_options options = {.step = VS_NO_STEP, .partial = true};
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
    vs_variable *v = NULL;
    uint8_t *bytes;
    uint8_t *at;
    size_t n = 0;

    for (int i = 1; i <= 12; i++) {
        char name[8];

        (void)snprintf(name, sizeof name, "n%02d", i);
        if (i == 8)
            assert_store(VS_OK, store,
                         vs_variable_create(store, name, &late, NULL));
        else
            vs_variable_free(test_iota(store, name, shape));
    }
    assert_store(VS_OK, store, vs_checkpoint_save(store, &options, NULL));
    vs_store_close(store);
    scene_sql(path, "UPDATE meta SET value = value"); /* all in the file */
    bytes = test_read_file(path, &n);
    at = memmem(bytes, n, head, sizeof head);
    assert_non_null(at);
    at[0] = 4;
    test_write_file(path, bytes, n);
    free(bytes);
    pages_sum(path);
    store = test_open(path, VS_OPEN_READ);
    assert_store(VS_ERR_CORRUPT, store,
                 vs_variable_open_at(store, 1, "n08", &v));
    assert_non_null(strstr(vs_store_error(store)->message, "another row"));
    vs_store_close(store);
}

/* A mark may stand between a scope and what is in it. */
static void a_seal_beside_a_scope_is_not_in_it(void **state)
{
    const char *path = test_path(state, "m.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    vs_variable_free(test_iota(store, "s/t/v", vs_shape_1d(2)));
    assert_store(VS_OK, store, vs_scope_seal(store, "s.t", NULL));
    assert_store(VS_OK, store, vs_scope_move(store, "s", "s1", NULL));
    assert_store(VS_OK, store, vs_scope_move(store, "s1", "s", NULL));
    assert_store(VS_OK, store, vs_scope_seal(store, "s/t", NULL));
    assert_store(VS_ERR_SEALED, store, vs_scope_move(store, "s", "s1", NULL));
    assert_store(VS_ERR_NOTFOUND, store, vs_scope_unseal(store, "s/t/u"));
    assert_non_null(strstr(vs_store_error(store)->hint, "around"));
    assert_store(VS_ERR_NOTFOUND, store, vs_scope_unreserve(store, "s"));
    test_sound(store);
    vs_store_close(store);
}

/* The only name is hidden, and the sums of the pages fit: but the index over the
 * ids still has it. */
static void a_table_of_names_that_seems_empty_is_damage(void **state)
{
    const char *path = test_path(state, "r.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec spec = {.shape = &shape};
    uint8_t *file;
    size_t n = 0;
    size_t page;

    vs_variable_free(test_iota(store, "only", shape));
    vs_store_close(store);
    page = (size_t)scene_number(path, "SELECT (rootpage - 1) * page_size "
                                      "FROM sqlite_schema, pragma_page_size "
                                      "WHERE name = 'name'");
    file = test_read_file(path, &n);
    assert_true(page + 5 < n && file[page + 4] == 1);
    file[page + 4] = 0; /* its cells */
    test_write_file(path, file, n);
    pages_sum(path);
    free(file);
    store = test_open(path, VS_OPEN_WRITE);
    assert_store(VS_ERR_CORRUPT, store,
                 vs_variable_create(store, "another", &spec, NULL));
    assert_non_null(strstr(vs_store_error(store)->message,
                           "the table of names is empty, its index is not"));
    vs_store_close(store);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(what_cannot_be_is_told),
        with_dir(what_was_written_is_not),
        with_dir(a_row_beside_that_leads_astray_is_told),
        with_dir(a_seal_beside_a_scope_is_not_in_it),
        with_dir(a_table_of_names_that_seems_empty_is_damage),
    };

    return cmocka_run_group_tests_name("model.rows", tests, NULL, NULL);
}
