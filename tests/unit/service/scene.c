/* scene.c - see scene.h. */
#include "scene.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "codec/digest.h"
#include "pages.h"

static vs_variable *make(vs_store *store, const char *name, int64_t rows,
                         int64_t columns)
{
    return test_iota(store, name,
                     columns > 0 ? vs_shape_2d(rows, columns)
                                 : vs_shape_1d(rows));
}

vs_store *scene_make(const char *path)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .program = "scene",
                                      .chunk_bytes = 4096,
                                      .seed = 1,
                                      .sync = VS_SYNC_NORMAL};
    const char *const first[] = {"first", NULL};
    const char *const second[] = {"best", "second", NULL};
    const vs_metric loss = {"loss", 0.5};
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_store *store = NULL;
    vs_error err;

    if (vs_store_open(path, &options, &store, &err) != VS_OK)
        fail_msg("%s: %s", path, err.message);
    vs_variable_free(make(store, "a/small", 3, 4));
    vs_variable_free(make(store, "a/large", 3000, 0));
    vs_variable_free(make(store, "c/twin", 3000, 0));
    vs_variable_free(make(store, "d/gone", 2000, 0));
    assert_store(VS_OK, store, vs_variable_alias(store, "a/large", "b/tied"));
    save.step = 10;
    save.tags = first;
    save.metrics = &loss;
    save.n_metrics = 1;
    assert_store(VS_OK, store, vs_checkpoint_save(store, &save, NULL));
    scene_write(store, "a/small", 1);
    scene_write(store, "a/large", 1);
    assert_store(VS_OK, store, vs_variable_delete(store, "d/gone"));
    save.step = 20;
    save.tags = second;
    save.n_metrics = 0;
    assert_store(VS_OK, store, vs_checkpoint_save(store, &save, NULL));
    return store;
}

void scene_write(vs_store *store, const char *name, float start)
{
    vs_variable *v = NULL;
    int64_t n = 0;
    float *values;
    vs_view view;

    assert_store(VS_OK, store, vs_variable_open(store, name, &v));
    assert_ok(vs_shape_count(vs_variable_shape(v), &n));
    values = malloc((size_t)n * sizeof *values);
    assert_non_null(values);
    for (int64_t i = 0; i < n; i++)
        values[i] = start + (float)i;
    view = vs_view_of(VS_F32, vs_variable_shape(v), values);
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    free(values);
    vs_variable_free(v);
}

void scene_starts(vs_store *store, const char *name, float start,
                  const char *file, int line)
{
    vs_variable *v = NULL;
    int64_t n = 0;
    float *values;

    assert_store(VS_OK, store, vs_variable_open(store, name, &v));
    assert_ok(vs_shape_count(vs_variable_shape(v), &n));
    values = test_read_f32(v);
    for (int64_t i = 0; i < n; i++) {
        if (values[i] != start + (float)i) {
            print_error("%s[%lld] is %g, want %g\n", name, (long long)i,
                        (double)values[i], (double)start + (double)i);
            _fail(file, line);
        }
    }
    free(values);
    vs_variable_free(v);
}

bool scene_exists(vs_store *store, const char *name)
{
    vs_variable *v = NULL;
    const vs_status st = vs_variable_open(store, name, &v);

    vs_variable_free(v);
    assert_true(st == VS_OK || st == VS_ERR_NOTFOUND);
    return st == VS_OK;
}

struct text {
    char *at;
    size_t n;
};

static void add(struct text *t, const char *word)
{
    const size_t n = strlen(word);

    t->at = realloc(t->at, t->n + n + 1);
    assert_non_null(t->at);
    memcpy(t->at + t->n, word, n + 1);
    t->n += n;
}

static void add_names(struct text *t, vs_store *store)
{
    const vs_variable_info *info;
    vs_list *list = NULL;
    vs_status st;

    assert_store(VS_OK, store, vs_list_open(store, NULL, &list));
    while ((st = vs_list_next(list, &info)) == VS_OK) {
        char line[2300];

        (void)snprintf(line, sizeof line, "%s = %s %lld.%lld\n", info->name,
                       info->alias_of != NULL ? info->alias_of : "-",
                       (long long)info->id, (long long)info->version);
        add(t, line);
    }
    assert_status(VS_DONE, st);
    vs_list_close(list);
}

static void add_checkpoints(struct text *t, vs_store *store)
{
    const vs_checkpoint_info *info;
    vs_checkpoint_list *list = NULL;
    vs_status st;

    assert_store(VS_OK, store, vs_checkpoint_list_open(store, &list));
    while ((st = vs_checkpoint_list_next(list, &info)) == VS_OK) {
        char line[256];

        (void)snprintf(line, sizeof line, "%lld: %lld names %lld bytes",
                       (long long)info->id, (long long)info->n_names,
                       (long long)info->logical_bytes);
        add(t, line);
        for (size_t i = 0; i < info->n_tags; i++) {
            add(t, " ");
            add(t, info->tags[i]);
        }
        add(t, "\n");
    }
    assert_status(VS_DONE, st);
    vs_checkpoint_list_close(list);
}

char *scene_text(vs_store *store)
{
    struct text t = {NULL, 0};

    add(&t, "");
    add_names(&t, store);
    add_checkpoints(&t, store);
    return t.at;
}

static sqlite3 *raw_open(const char *path)
{
    sqlite3 *db = NULL;

    if (sqlite3_open(path, &db) != SQLITE_OK)
        fail_msg("%s: %s", path, sqlite3_errmsg(db));
    return db;
}

/* The SQL function record(...): the digest that a row with these columns has:
 * numbers 8 bytes each, then a digest of each text, then bytes as they are, as
 * lib/FORMAT.md says. */
static void record(sqlite3_context *ctx, int n, sqlite3_value **values)
{
    struct vs__digest chain = {{0}};
    uint8_t numbers[8 * 16] = {0};
    size_t bytes = 0;

    for (int i = 0; i < n; i++)
        if (sqlite3_value_type(values[i]) == SQLITE_INTEGER) {
            vs__store64(numbers + bytes,
                        (uint64_t)sqlite3_value_int64(values[i]));
            bytes += 8;
        }
    vs__digest_chain(&chain, numbers, bytes);
    for (int i = 0; i < n; i++)
        if (sqlite3_value_type(values[i]) == SQLITE_TEXT) {
            const struct vs__digest text =
                vs__digest_of(sqlite3_value_text(values[i]),
                              (size_t)sqlite3_value_bytes(values[i]));

            vs__digest_chain(&chain, text.bytes, sizeof text.bytes);
        }
    for (int i = 0; i < n; i++)
        if (sqlite3_value_type(values[i]) == SQLITE_BLOB)
            vs__digest_chain(&chain, sqlite3_value_blob(values[i]),
                             (size_t)sqlite3_value_bytes(values[i]));
    sqlite3_result_blob(ctx, chain.bytes, sizeof chain.bytes, SQLITE_TRANSIENT);
}

/* The SQL function record_with(digest, number). */
static void record_with(sqlite3_context *ctx, int n, sqlite3_value **values)
{
    struct vs__digest chain;
    uint8_t number[8];

    assert_int_equal(n, 2);
    memcpy(chain.bytes, sqlite3_value_blob(values[0]), sizeof chain.bytes);
    vs__store64(number, (uint64_t)sqlite3_value_int64(values[1]));
    vs__digest_chain(&chain, number, sizeof number);
    sqlite3_result_blob(ctx, chain.bytes, sizeof chain.bytes, SQLITE_TRANSIENT);
}

void scene_sql(const char *path, const char *sql)
{
    sqlite3 *db = raw_open(path);
    char *words = NULL;

    (void)sqlite3_create_function(db, "record", -1, SQLITE_UTF8, NULL, record,
                                  NULL, NULL);
    (void)sqlite3_create_function(db, "record_with", 2, SQLITE_UTF8, NULL,
                                  record_with, NULL, NULL);
    if (sqlite3_exec(db, sql, NULL, NULL, &words) != SQLITE_OK)
        fail_msg("%s: %s", sql, words);
    if (sqlite3_total_changes(db) == 0)
        fail_msg("%s: no row was changed", sql);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    pages_sum(path);
}

long long scene_number(const char *path, const char *sql)
{
    sqlite3 *db = raw_open(path);
    sqlite3_stmt *s = NULL;
    long long number;

    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK ||
        sqlite3_step(s) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    number = sqlite3_column_int64(s, 0);
    (void)sqlite3_finalize(s);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return number;
}

static void note_number(struct text *t, const char *word, long long n)
{
    char number[40];

    (void)snprintf(number, sizeof number, " [%s %lld]", word, n);
    add(t, number);
}

static void note_damage(const vs_damage *damage, void *ctx)
{
    struct text *t = ctx;

    add(t, damage->name != NULL ? damage->name : "-");
    add(t, ": ");
    add(t, damage->what);
    if (damage->chunk != 0)
        note_number(t, "chunk", (long long)damage->chunk);
    if (damage->current)
        add(t, " [current]");
    for (size_t i = 0; i < damage->n_checkpoints; i++)
        note_number(t, "in", (long long)damage->checkpoints[i]);
    if (damage->n_more != 0)
        note_number(t, "and", (long long)damage->n_more);
    add(t, "\n");
}

struct scene_damages scene_check(const char *path, bool read_data)
{
    struct scene_damages found;
    struct text t = {NULL, 0};
    vs_check_options options = {
        .read_data = read_data, .on_damage = note_damage, .ctx = &t};
    vs_store *store = test_open(path, VS_OPEN_READ);

    add(&t, "");
    assert_store(VS_OK, store, vs_check(store, &options, &found.report));
    vs_store_close(store);
    found.text = t.at;
    return found;
}

/* Whether a line tells a damage of this name in these words. */
static bool tells(const char *text, const char *name, const char *words)
{
    const size_t n = strlen(name);

    for (const char *line = text; *line != '\0';) {
        const char *end = strchr(line, '\n');
        const char *at = strstr(line, words);

        if (strncmp(line, name, n) == 0 && line[n] == ':' && at != NULL &&
            at < end)
            return true;
        line = end + 1;
    }
    return false;
}

/* The values that names had: at checkpoint 1, and from checkpoint 2 on. */
static const struct {
    const char *name;
    float starts[3]; /* now, in 1, in 2; -1: not there */
} values[] = {
    {"a/small", {1, 0, 1}}, {"a/large", {1, 0, 1}},  {"b/tied", {1, 0, 1}},
    {"c/twin", {0, 0, 0}},  {"d/gone", {-1, 0, -1}},
};

/* Reads a value: an error, or numbers that rise by one from what was stored
 * (with `points`: under any name, at any time). */
static void read_value(vs_store *store, int64_t checkpoint, const char *name,
                       float want, bool points, const char *sql)
{
    float got[3000];
    vs_variable *v = NULL;
    vs_view view;
    int64_t n = 0;
    vs_status st = checkpoint == 0
                       ? vs_variable_open(store, name, &v)
                       : vs_variable_open_at(store, checkpoint, name, &v);

    if (st == VS_OK) {
        assert_ok(vs_shape_count(vs_variable_shape(v), &n));
        assert_in_range(n, 1, 3000);
        view = vs_view_of(vs_variable_dtype(v), vs_variable_shape(v), got);
        st = vs_variable_read(v, &view);
    }
    vs_variable_free(v);
    if (st == VS_ERR_NOTFOUND && want < 0)
        return;
    if (st != VS_OK) {
        if (st != VS_ERR_CORRUPT && st != VS_ERR_STALE && st != VS_ERR_NOTFOUND)
            fail_msg("%s: %s gives %s", sql, name, vs_status_word(st));
        return;
    }
    if (points)
        want = got[0];
    if (want < 0 || want > 1)
        fail_msg("%s: %s is there, and begins with %g", sql, name,
                 (double)got[0]);
    for (int64_t i = 0; i < n; i++)
        if (got[i] != want + (float)i)
            fail_msg("%s: %s[%lld]@%lld is %g, want %g", sql, name,
                     (long long)i, (long long)checkpoint, (double)got[i],
                     (double)want + (double)i);
}

static void run_case(const char *path, const struct scene_case *c,
                     bool read_data, bool points)
{
    struct scene_damages found;
    vs_store *store;

    scene_sql(path, c->sql);
    found = scene_check(path, read_data);
    if (!tells(found.text, c->name, c->words) || found.report.n_damages == 0)
        fail_msg("%s\n  want '%s: ... %s ...', told was:\n%s", c->sql, c->name,
                 c->words, found.text);
    free(found.text);
    store = test_open(path, VS_OPEN_READ);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        for (int k = 0; k < 3; k++)
            read_value(store, k, values[i].name, values[i].starts[k], points,
                       c->sql);
    vs_store_close(store);
}

void scene_cases(void **state, const struct scene_case *cases, size_t n,
                 bool read_data, bool points)
{
    const char *path = test_path(state, "scene.db");
    size_t bytes = 0;
    void *whole;

    vs_store_close(scene_make(path));
    whole = test_read_file(path, &bytes);
    for (size_t i = 0; i < n; i++) {
        run_case(path, &cases[i], read_data, points);
        test_write_file(path, whole, bytes);
    }
    free(whole);
}
