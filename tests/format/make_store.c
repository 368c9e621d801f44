/* make_store.c - stores with a value of every kind, and what the library reads
 * from them, for a reader in another language to be compared with.
 *
 *     make_store FOLDER
 *
 * makes FOLDER/fine.vars.db and FOLDER/delta.vars.db (chunks of 4 KiB) and
 * FOLDER/wide.vars.db (1 MiB), a file of raw elements for each value, and
 * FOLDER/index: a line for each of them with store, checkpoint or '-', name,
 * dtype, shape and file, parted by tabs. It sees private headers: combinations
 * of filter and codec that no writer would choose are put into frames by hand.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chunk/list.h"
#include "codec/frame.h"
#include "model/store.h"
#include "varstore/varstore.h"

#define MOST_ELEMENTS 700000

struct maker {
    const char *folder;
    const char *file; /* of the store, in the folder */
    vs_store *store;
    FILE *index;
    int n_files;
    uint64_t seed;
    double *numbers; /* MOST_ELEMENTS */
    uint8_t *bytes;  /* as many of the largest element */
};

static _Noreturn void die(const struct maker *m, const char *what)
{
    (void)fprintf(stderr, "make_store: %s: %s\n", what,
                  m->store != NULL ? vs_store_error(m->store)->message : "");
    exit(1);
}

static void must(const struct maker *m, vs_status st, const char *what)
{
    if (st != VS_OK)
        die(m, what);
}

/* splitmix64 */
static uint64_t next_random(struct maker *m)
{
    uint64_t x = m->seed += 0x9E3779B97F4A7C15;

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return x ^ x >> 31;
}

/* What elements are like: the codec takes another way for each. */
enum nature { NOISE, WEIGHTS, STEPS, SPARSE, ALIKE, N_NATURES };

static const char *const nature_names[N_NATURES] = {"noise", "weights", "steps",
                                                    "sparse", "alike"};

static double number(struct maker *m, enum nature nature, int64_t i)
{
    double sum = -6;

    switch (nature) {
    case NOISE:
        return (double)(next_random(m) & 1);
    case STEPS: /* three by three */
        return 1000 + floor((double)i / 3);
    case SPARSE:
        return i % 512 < 24 ? (double)(next_random(m) % 100) : 0;
    case ALIKE:
        return 1;
    case WEIGHTS:
    case N_NATURES:
        break;
    }
    for (int k = 0; k < 12; k++)
        sum += (double)(next_random(m) >> 11) * 0x1p-53;
    return 0.05 * sum;
}

static void fill(struct maker *m, vs_dtype dtype, enum nature nature, int64_t n)
{
    const size_t bytes = (size_t)n * vs_dtype_size(dtype);

    for (int64_t i = 0; i < n; i++)
        m->numbers[i] = number(m, nature, i);
    vs_from_double(dtype, m->numbers, n, m->bytes);
    for (size_t i = 0; i < bytes && nature == NOISE && dtype != VS_BOOL; i++)
        m->bytes[i] = (uint8_t)next_random(m);
    for (size_t i = 0; i < bytes && nature == ALIKE && dtype != VS_BOOL; i++)
        m->bytes[i] = (uint8_t)(0xF1 + i % vs_dtype_size(dtype));
}

static void create(struct maker *m, const char *name, vs_dtype dtype,
                   const vs_shape *shape, enum nature nature)
{
    const vs_view view = vs_view_of(dtype, shape, m->bytes);
    vs_variable_spec spec = {.initializer = vs_value(&view)};
    int64_t n = 0;

    must(m, vs_shape_count(shape, &n), name);
    fill(m, dtype, nature, n);
    must(m, vs_variable_create(m->store, name, &spec, NULL), name);
}

/* Small ones, the largest small one and the smallest chunked one, and some
 * that are cut with and without whole rows. */
static void create_dtype(struct maker *m, vs_dtype dtype)
{
    const int64_t most = 4096 / (int64_t)vs_dtype_size(dtype);
    const vs_shape shapes[] = {
        vs_shape_scalar(),       vs_shape_1d(3),
        vs_shape_2d(0, 4),       vs_shape_1d(most),
        vs_shape_1d(most + 1),   vs_shape_2d(37, 123),
        vs_shape_2d(3, 1500),    vs_shape_4d(5, 7, 11, 13),
        vs_shape_3d(9000, 1, 1),
    };

    for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++)
        for (int nature = 0; nature < N_NATURES; nature++) {
            char name[64];

            if (k < 4 && nature != NOISE)
                continue; /* these are never encoded */
            (void)snprintf(name, sizeof name, "%s/%s/%zu", vs_dtype_name(dtype),
                           nature_names[nature], k);
            create(m, name, dtype, &shapes[k], (enum nature)nature);
        }
}

/* Variables in parts, along each axis: small ones and large ones. */
static void create_parts(struct maker *m)
{
    const vs_shape shapes[] = {vs_shape_2d(7, 3), vs_shape_3d(5, 600, 3)};
    vs_variable_spec spec = {.dtype = VS_F32};

    for (size_t k = 0; k < 2; k++)
        for (int axis = 0; axis < shapes[k].rank; axis++) {
            const vs_view view = vs_view_of(VS_F32, &shapes[k], m->bytes);
            char name[64];
            int64_t n = 0;

            must(m, vs_shape_count(&shapes[k], &n), "shape");
            fill(m, VS_F32, NOISE, n);
            spec.initializer = vs_value(&view);
            spec.partitioner = vs_fixed_size_partitioner(3, axis);
            (void)snprintf(name, sizeof name, "whole/%zu/%d", k, axis);
            must(m, vs_variable_create(m->store, name, &spec, NULL), name);
        }
}

static int64_t ask(struct maker *m, const char *sql, const char *name)
{
    struct vs__stmt *s = NULL;
    int64_t n;

    must(m, vs__stmt_new(m->store->db, sql, &s), sql);
    if (name != NULL)
        vs__bind_text(s, 1, name, -1);
    must(m, vs__stmt_step(s), sql);
    n = vs__column_i64(s, 0);
    vs__stmt_free(s);
    return n;
}

/* Puts another frame of the same content in a chunk's place. */
static void replace_frame(struct maker *m, int64_t chunk, const uint8_t *frame,
                          size_t n)
{
    static const char set[] = "UPDATE frame SET bytes = $1 WHERE chunk = $2";
    static const char say[] = "UPDATE chunk SET codec = $1, filter = $2, "
                              "frame_bytes = $3 WHERE id = $4";
    struct vs__stmt *s = NULL;

    must(m, vs__stmt_new(m->store->db, set, &s), set);
    vs__bind_blob(s, 1, frame, n);
    vs__bind_i64(s, 2, chunk);
    must(m, vs__stmt_run(s), set);
    vs__stmt_free(s);
    must(m, vs__stmt_new(m->store->db, say, &s), say);
    vs__bind_i64(s, 1, frame[1]);
    vs__bind_i64(s, 2, frame[2]);
    vs__bind_i64(s, 3, (int64_t)n);
    vs__bind_i64(s, 4, chunk);
    must(m, vs__stmt_run(s), say);
    vs__stmt_free(s);
}

/* A value whose frames have this codec and filter, whatever is best. */
static void create_forced(struct maker *m, vs_dtype dtype, int codec,
                          int filter)
{
    static const char current[] =
        "SELECT v.current FROM name AS n JOIN variable AS v ON v.id = "
        "n.variable WHERE n.path = $1";
    const size_t element = vs_dtype_size(dtype);
    const vs_shape shape = vs_shape_1d(3 * 4096 / (int64_t)element);
    struct vs__pool *pool = &m->store->pool;
    char name[64];
    int64_t version;

    (void)snprintf(name, sizeof name, "forced/%d/%d/%zu", codec, filter,
                   element);
    create(m, name, dtype, &shape, SPARSE);
    version = ask(m, current, name);
    for (int64_t i = 0; i < 3; i++) {
        struct vs__digest digest;
        const uint8_t *frame;
        int64_t chunk = 0;
        size_t n;

        must(m, vs__chunks_at(pool, version, i, &chunk), name);
        must(m, vs__pool_get(pool, chunk, dtype, pool->raw, 4096, &digest),
             name);
        vs__pool_rest(pool);
        vs__frame_encode_as(pool->desk.coder, pool->raw, 4096, element, 0,
                            &digest, (enum vs__filter_id)filter,
                            (enum vs__codec_id)codec, &frame, &n);
        if (frame[1] != codec || frame[2] != filter)
            die(m, "a frame that does not shrink");
        replace_frame(m, chunk, frame, n);
    }
}

static void create_all_forced(struct maker *m)
{
    static const vs_dtype dtypes[] = {VS_U8, VS_U16, VS_F32, VS_F64, VS_C128};

    for (int codec = 0; codec < VS__CODEC_CONSTANT; codec++)
        for (int filter = 0; filter < VS__FILTER_DELTA; filter++)
            for (size_t k = 0; k < 5; k++)
                create_forced(m, dtypes[k], codec, filter);
}

static void check_ways(struct maker *m, int64_t least)
{
    static const char ways[] =
        "SELECT count(*) FROM (SELECT DISTINCT codec, filter FROM chunk)";

    if (ask(m, ways, NULL) < least)
        die(m, "not every codec and filter was taken");
}

/* Writes what the library reads, and a line of the index. */
static void tell(struct maker *m, vs_variable *v, int64_t checkpoint)
{
    const vs_view view =
        vs_view_of(vs_variable_dtype(v), vs_variable_shape(v), m->bytes);
    char text[VS_SHAPE_TEXT_MAX];
    char path[512];
    int64_t n = 0;
    FILE *f;

    must(m, vs_variable_read(v, &view), vs_variable_name(v));
    must(m, vs_shape_count(vs_variable_shape(v), &n), vs_variable_name(v));
    n *= (int64_t)vs_dtype_size(vs_variable_dtype(v));
    (void)snprintf(path, sizeof path, "%s/%d.raw", m->folder, ++m->n_files);
    f = fopen(path, "wb");
    if (f == NULL || fwrite(m->bytes, 1, (size_t)n, f) != (size_t)n ||
        fclose(f) != 0)
        die(m, path);
    (void)fprintf(m->index, "%s\t", m->file);
    if (checkpoint == 0)
        (void)fprintf(m->index, "-");
    else
        (void)fprintf(m->index, "%lld", (long long)checkpoint);
    (void)fprintf(m->index, "\t%s\t%s\t%s\t%d.raw\n", vs_variable_name(v),
                  vs_dtype_name(vs_variable_dtype(v)),
                  vs_shape_text(vs_variable_shape(v), text), m->n_files);
}

/* What the first part is a part of. */
static void tell_whole(struct maker *m, const char *part, int64_t checkpoint)
{
    const int n = (int)(strrchr(part, '/') - part);
    vs_variable *v = NULL;
    char name[64];

    (void)snprintf(name, sizeof name, "%.*s", n, part);
    must(m,
         checkpoint == 0 ? vs_variable_open(m->store, name, &v)
                         : vs_variable_open_at(m->store, checkpoint, name, &v),
         name);
    tell(m, v, checkpoint);
    vs_variable_free(v);
}

static void tell_all(struct maker *m, int64_t checkpoint)
{
    const vs_list_options options = {.checkpoint = checkpoint};
    const vs_variable_info *info;
    vs_list *list = NULL;
    vs_status st;

    must(m, vs_list_open(m->store, &options, &list), "list");
    while ((st = vs_list_next(list, &info)) == VS_OK) {
        vs_variable *v = NULL;

        must(m,
             checkpoint == 0
                 ? vs_variable_open(m->store, info->name, &v)
                 : vs_variable_open_at(m->store, checkpoint, info->name, &v),
             info->name);
        tell(m, v, checkpoint);
        vs_variable_free(v);
        if (info->part == 0)
            tell_whole(m, info->name, checkpoint);
    }
    vs_list_close(list);
    if (st != VS_DONE)
        die(m, "list");
}

static void open_store(struct maker *m, const char *file, int64_t chunk_bytes,
                       vs_tristate delta)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE,
                                      .sync = VS_SYNC_NORMAL,
                                      .chunk_bytes = chunk_bytes,
                                      .seed = 42,
                                      .delta = delta};
    char path[512];
    vs_error err;

    (void)snprintf(path, sizeof path, "%s/%s", m->folder, file);
    m->file = file;
    m->store = NULL;
    if (vs_store_open(path, &options, &m->store, &err) != VS_OK)
        die(m, err.message);
}

/* Every dtype, then a checkpoint, then changes that only the present has. */
static void make_fine(struct maker *m)
{
    const vs_shape ten = vs_shape_1d(10);
    vs_variable *v = NULL;
    vs_view view;

    open_store(m, "fine.vars.db", 4096, VS_UNSET);
    must(m, vs_store_begin(m->store, VS_TXN_WRITE), "begin");
    for (int dtype = 1; dtype <= VS_N_DTYPES; dtype++)
        create_dtype(m, (vs_dtype)dtype);
    check_ways(m, 5);
    create_all_forced(m);
    check_ways(m, VS__CODEC_CONSTANT * VS__FILTER_DELTA + 1);
    create_parts(m);
    must(m, vs_variable_alias(m->store, "f32/weights/5", "second/name"),
         "alias");
    must(m, vs_store_commit(m->store), "commit");
    must(m, vs_checkpoint_save(m->store, NULL, NULL), "save");
    must(m, vs_variable_open(m->store, "second/name", &v), "open");
    fill(m, VS_F32, STEPS, 37 * 123);
    view = vs_view_of(VS_F32, vs_variable_shape(v), m->bytes);
    must(m, vs_variable_write(v, &view), "write");
    vs_variable_free(v);
    must(m, vs_variable_delete(m->store, "u8/noise/5"), "delete");
    create(m, "u8/noise/5", VS_I16, &ten, NOISE);
    tell_all(m, 0);
    tell_all(m, 1);
    vs_store_close(m->store);
}

static void make_wide(struct maker *m)
{
    const vs_shape big = vs_shape_2d(700, 1000);

    open_store(m, "wide.vars.db", 1 << 20, VS_UNSET);
    must(m, vs_store_begin(m->store, VS_TXN_WRITE), "begin");
    for (int nature = 0; nature < N_NATURES; nature++)
        create(m, nature_names[nature], VS_F32, &big, (enum nature)nature);
    must(m, vs_store_commit(m->store), "commit");
    tell_all(m, 0);
    vs_store_close(m->store);
}

/* Moves floats by a few of their last places, as a step of training does; a few
 * become anything. */
static void move(struct maker *m, vs_dtype dtype, int64_t n)
{
    const size_t size = vs_dtype_size(dtype);

    for (size_t i = 0; i < (size_t)n; i++) {
        const uint64_t x = next_random(m);

        m->bytes[i * size] ^= (uint8_t)(x % 8);
        if (x >> 32 < 1 << 20)
            m->bytes[i * size + size - 1] ^= (uint8_t)(x >> 8);
    }
}

/* Every dtype of floats, saved, moved, saved, and moved again. */
static void make_delta(struct maker *m)
{
    static const vs_dtype dtypes[] = {VS_F16, VS_BF16, VS_F32,
                                      VS_F64, VS_C64,  VS_C128};
    static const char deltas[] =
        "SELECT count(*) FROM chunk WHERE base IS NOT NULL";
    const vs_shape shape = vs_shape_2d(37, 123);

    open_store(m, "delta.vars.db", 4096, VS_YES);
    for (size_t k = 0; k < 6; k++)
        create(m, vs_dtype_name(dtypes[k]), dtypes[k], &shape, WEIGHTS);
    for (int step = 0; step < 2; step++) {
        must(m, vs_checkpoint_save(m->store, NULL, NULL), "save");
        for (size_t k = 0; k < 6; k++) {
            const vs_view view = vs_view_of(dtypes[k], &shape, m->bytes);
            vs_variable *v = NULL;

            must(m, vs_variable_open(m->store, vs_dtype_name(dtypes[k]), &v),
                 "open");
            must(m, vs_variable_read(v, &view), "read");
            move(m, dtypes[k], 37 * 123);
            must(m, vs_variable_write(v, &view), "write");
            vs_variable_free(v);
        }
    }
    if (ask(m, deltas, NULL) < 100)
        die(m, "too few deltas");
    for (int64_t checkpoint = 0; checkpoint < 3; checkpoint++)
        tell_all(m, checkpoint);
    vs_store_close(m->store);
}

int main(int argc, char **argv)
{
    struct maker m = {.seed = 1};
    char path[512];

    if (argc != 2) {
        (void)fprintf(stderr, "usage: make_store FOLDER\n");
        return 2;
    }
    m.folder = argv[1];
    m.numbers = malloc(MOST_ELEMENTS * sizeof *m.numbers);
    m.bytes = malloc((size_t)16 * MOST_ELEMENTS);
    (void)snprintf(path, sizeof path, "%s/index", m.folder);
    m.index = fopen(path, "w");
    if (m.numbers == NULL || m.bytes == NULL || m.index == NULL)
        die(&m, "memory, or the index");
    make_fine(&m);
    make_wide(&m);
    make_delta(&m);
    free(m.numbers);
    free(m.bytes);
    return fclose(m.index) == 0 ? 0 : 1;
}
