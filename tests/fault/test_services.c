/* test_services.c - what changes much at once, each of its statements failing
 * in its turn: the call says so, nothing has happened, and the same handle can
 * do it then. The stores are small and made for what test_calls.c, where the
 * more statements there are, the fewer fail, does not come to.
 */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failing.h"

struct scene {
    vs_store *store;
    const char *path;    /* of it */
    const char *foreign; /* a file to import */
    const char *out;     /* a path to salvage to */
    const char *out_log; /* beside that */
    int k;               /* the statement that is to fail */
};

struct service {
    const char *name;
    void (*make)(struct scene *c); /* the store that it starts from */
    vs_status (*call)(struct scene *c);
    vs_status want; /* if nothing fails */
    bool arms;      /* the call itself says when counting begins */
};

/* One thread: what fails is counted. */
static vs_store *open_store(const char *path, vs_open_mode mode)
{
    const vs_store_options options = {.mode = mode,
                                      .chunk_bytes = 4096,
                                      .sync = VS_SYNC_NORMAL,
                                      .program = "test",
                                      .threads = 1};
    vs_store *store = NULL;

    assert_ok(vs_store_open(path, &options, &store, NULL));
    return store;
}

static void create(vs_store *store, const char *name, int64_t n_parts)
{
    const vs_shape shape = vs_shape_2d(6, 2);
    vs_variable_spec spec = {.shape = &shape};

    if (n_parts > 0)
        spec.partitioner = vs_fixed_size_partitioner(n_parts, 0);
    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, NULL));
}

static void delete (vs_store *store, const char *name)
{
    assert_store(VS_OK, store, vs_variable_delete(store, name));
}

static void save(vs_store *store)
{
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
}

static vs_status restore(struct scene *c, const vs_restore_options *options)
{
    return vs_checkpoint_restore(c->store, 1, options, NULL);
}

/* -------- Restores of what is cut in another way now. */

/* What excludes the checkpoint's parts: a whole, and stray names. */
static void make_clashing(struct scene *c)
{
    create(c->store, "v", 2);
    create(c->store, "w", 3);
    save(c->store);
    delete (c->store, "v");
    delete (c->store, "w");
    create(c->store, "v", 0);
    create(c->store, "w/part_7", 0);
    create(c->store, "w/part_8", 0);
}
static vs_status restores_what_clashes(struct scene *c)
{
    return restore(c, NULL);
}

static void make_kept(struct scene *c)
{
    create(c->store, "v", 2);
    create(c->store, "w", 3);
    save(c->store);
    delete (c->store, "v");
    delete (c->store, "w");
    create(c->store, "v", 3);
    create(c->store, "w", 0);
}
static vs_status restores_into_other_parts(struct scene *c)
{
    const vs_restore_options options = {.keep_partitions = true, .exact = true};

    return restore(c, &options);
}

static void make_parts_name(struct scene *c)
{
    create(c->store, "w/part_1", 0);
    save(c->store);
    delete (c->store, "w/part_1");
}
static vs_status restores_a_parts_name(struct scene *c)
{
    const vs_restore_options options = {.scope = "w/part_1"};

    return restore(c, &options);
}

/* What was the first name is the second now. */
static void make_names_in_disorder(struct scene *c)
{
    create(c->store, "v", 0);
    assert_store(VS_OK, c->store, vs_variable_alias(c->store, "v", "a"));
    save(c->store);
    delete (c->store, "v");
    assert_store(VS_OK, c->store, vs_variable_alias(c->store, "a", "v"));
}
static vs_status restores_names_in_order(struct scene *c)
{
    return restore(c, NULL);
}

/* -------- Tags. */

static void make_checkpoint(struct scene *c)
{
    create(c->store, "v", 0);
    save(c->store);
    assert_store(VS_OK, c->store, vs_tag_set(c->store, "best", 1));
}
static vs_status removes_no_tag(struct scene *c)
{
    return vs_tag_remove(c->store, "worst");
}

/* -------- Salvages. */

static void make_for_salvage(struct scene *c)
{
    create(c->store, "v", 0);
    assert_store(VS_OK, c->store, vs_scope_seal(c->store, "s", NULL));
}
/* A name that only a checkpoint has. */
static void make_deleted(struct scene *c)
{
    create(c->store, "v", 0);
    create(c->store, "w", 0);
    save(c->store);
    delete (c->store, "w");
}
static vs_status salvages_one(struct scene *c)
{
    vs_salvage_report report;
    vs_status st;

    (void)remove(c->out);
    (void)remove(c->out_log);
    st = vs_salvage(c->store, c->out, NULL, &report);
    if (st == VS_OK)
        assert_int_equal(report.n_names, 1);
    return st;
}

/* -------- States. */

#define N 3000 /* elements: three chunks */

static float values[N];

static void fill(float start)
{
    for (int i = 0; i < N; i++)
        values[i] = start + (float)i / 1024;
}

static vs_state_item item_of(const char *name)
{
    const vs_shape shape = vs_shape_1d(N);
    const vs_state_item item = {.name = name,
                                .view = vs_view_of(VS_F32, &shape, values)};

    return item;
}

static void make_for_delta(struct scene *c)
{
    const vs_state_item item = item_of("big");
    const vs_save_options checkpoint = VS_SAVE_OPTIONS_INIT;
    const vs_state_save_options options = {.reuse = VS_REUSE_AUTO,
                                           .checkpoint = &checkpoint};

    for (int i = 0; i < 2; i++) {
        fill(1 + (float)i / 64);
        assert_store(VS_OK, c->store,
                     vs_state_save(c->store, &item, 1, &options, NULL));
    }
}
static vs_status saves_a_state_as_deltas(struct scene *c)
{
    const vs_state_item item = item_of("big");
    const vs_state_save_options options = {.delta = VS_YES};

    fill(1 + 2.f / 64);
    return vs_state_save(c->store, &item, 1, &options, NULL);
}

static void make_two(struct scene *c)
{
    vs_variable_free(test_iota(c->store, "a", vs_shape_1d(N)));
    vs_variable_free(test_iota(c->store, "b", vs_shape_1d(N)));
}

/* Somebody else commits between the look and the lock. */
static int commit_elsewhere(int64_t done, int64_t total, void *ctx)
{
    struct scene *c = ctx;
    vs_store *other;

    (void)done;
    (void)total;
    if (c->path == NULL)
        return 0;
    other = open_store(c->path, VS_OPEN_WRITE);
    if (vs_variable_delete(other, "elsewhere") != VS_OK)
        create(other, "elsewhere", 0);
    vs_store_close(other);
    c->path = NULL;
    failing_begin(FAILING_STATEMENT, c->k, false);
    return 0;
}
static vs_status saves_a_state_beside_others(struct scene *c)
{
    struct scene once = *c;
    const vs_state_save_options options = {
        .progress = {commit_elsewhere, &once}};
    const vs_state_item items[] = {item_of("a"), item_of("b")};
    vs_status st;

    fill(7);
    st = vs_state_save(c->store, items, 2, &options, NULL);
    assert_null(once.path);
    return st;
}

/* -------- Imports. */

/* "late" is a part's second name now, and was a variable's. */
static void make_for_import(struct scene *c)
{
    vs_variable_free(test_iota(c->store, "late", vs_shape_2d(3, 2)));
    (void)remove(c->foreign);
    assert_store(VS_OK, c->store, vs_export(c->store, c->foreign, NULL, NULL));
    delete (c->store, "late");
    create(c->store, "w", 2);
    assert_store(VS_OK, c->store,
                 vs_variable_alias(c->store, "w/part_1", "late"));
}
static vs_status imports_a_part(struct scene *c)
{
    const vs_import_options options = {.reuse = VS_REUSE_TRUE};

    return vs_import(c->store, c->foreign, &options, NULL);
}

/* -------- The tries. */

static const struct service services[] = {
    {"restores_what_clashes", make_clashing, restores_what_clashes, VS_OK,
     false},
    {"restores_into_other_parts", make_kept, restores_into_other_parts, VS_OK,
     false},
    {"restores_a_parts_name", make_parts_name, restores_a_parts_name, VS_OK,
     false},
    {"restores_names_in_order", make_names_in_disorder, restores_names_in_order,
     VS_OK, false},
    {"removes_no_tag", make_checkpoint, removes_no_tag, VS_ERR_NOTFOUND, false},
    {"salvages_what_was_never_saved", make_for_salvage, salvages_one, VS_OK,
     false},
    {"salvages_what_was_deleted", make_deleted, salvages_one, VS_OK, false},
    {"saves_a_state_as_deltas", make_for_delta, saves_a_state_as_deltas, VS_OK,
     false},
    {"saves_a_state_beside_others", make_two, saves_a_state_beside_others,
     VS_OK, true},
    {"imports_a_part", make_for_import, imports_a_part, VS_OK, false},
};

/* All names but somebody else's, with their variables and versions. */
static void write_names(vs_store *store, char text[2000])
{
    const vs_variable_info *info;
    vs_list *list = NULL;
    vs_status st;
    size_t n = 0;

    text[0] = '\0';
    assert_store(VS_OK, store, vs_list_open(store, NULL, &list));
    while ((st = vs_list_next(list, &info)) == VS_OK)
        if (strcmp(info->name, "elsewhere") != 0)
            n += (size_t)snprintf(text + n, 2000 - n, "%s %lld.%lld\n",
                                  info->name, (long long)info->id,
                                  (long long)info->version);
    assert_status(VS_DONE, st);
    assert_true(n < 2000);
    vs_list_close(list);
}

/* Makes the k-th statement fail, if there are so many: false if there are not,
 * and the call has done what it does. */
static bool fail_one(struct scene *c, const struct service *s, int k)
{
    char before[2000];
    char after[2000];
    vs_status st;

    write_names(c->store, before);
    c->k = k;
    if (!s->arms)
        failing_begin(FAILING_STATEMENT, k, false);
    st = s->call(c);
    if (!failing_end()) {
        assert_store(s->want, c->store, st);
        return false;
    }
    if (st != VS_ERR_IO)
        fail_msg("%s, failing %d: %s, want io", s->name, k, vs_status_word(st));
    write_names(c->store, after);
    if (strcmp(before, after) != 0)
        fail_msg("%s, failing %d: was\n%sis\n%s", s->name, k, before, after);
    return true;
}

static void each_statement_that_fails_is_told_and_undone(void **state)
{
    struct scene c = {.path = test_path(state, "s.db"),
                      .foreign = test_path(state, "in.safetensors"),
                      .out = test_path(state, "out"),
                      .out_log = test_path(state, "out-wal")};

    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        int k = 1;

        c.store = open_store(c.path, VS_OPEN_CREATE_NEW);
        services[i].make(&c);
        vs_store_close(c.store);
        c.store = open_store(c.path, VS_OPEN_WRITE);
        while (fail_one(&c, &services[i], k))
            k += (int)test_stride();
        if (k < 5)
            fail_msg("%s has %d statements", services[i].name, k);
        test_sound(c.store);
        vs_store_close(c.store);
        assert_int_equal(remove(c.path), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            each_statement_that_fails_is_told_and_undone, test_dir_setup,
            test_dir_teardown),
    };

    return cmocka_run_group_tests_name("fault.services", tests, NULL, NULL);
}
