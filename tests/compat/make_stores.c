/* make_stores.c - small stores with something of everything that a format
 * version has, to be kept.
 *
 *     make_stores FOLDER
 *
 * It sees private headers: frames that no writer would choose are put into one
 * of them by hand. make.sh makes the files small.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "chunk/list.h"
#include "chunk/seal.h"
#include "codec/frame.h"
#include "model/store.h"
#include "varstore/varstore.h"

#define MOST_BYTES (80 << 10) /* of a value */

struct maker {
    const char *folder;
    vs_store *store;
    uint8_t *bytes; /* MOST_BYTES: the value in work */
};

static void must(const struct maker *m, vs_status st, const char *what)
{
    if (st == VS_OK)
        return;
    (void)fprintf(stderr, "make_stores: %s: %s\n", what,
                  m->store != NULL ? vs_store_error(m->store)->message : "");
    exit(1);
}

static void open_store(struct maker *m, const char *name, vs_tristate delta)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .sync = VS_SYNC_NORMAL,
                                      .chunk_bytes = 4096,
                                      .program = "make_stores",
                                      .seed = 42,
                                      .delta = delta};
    char path[512];

    (void)snprintf(path, sizeof path, "%s/%s.vars.db", m->folder, name);
    m->store = NULL;
    must(m, vs_store_open(path, &options, &m->store, NULL), path);
}

static void close_store(struct maker *m)
{
    vs_store_close(m->store);
    m->store = NULL;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Numbers in a dtype that count up; every third is negative, where that can be,
 * and the first ones have odd bits. */
static void fill(struct maker *m, vs_dtype dtype, int64_t n, double step)
{
    const size_t size = vs_dtype_size(dtype);
    double *numbers = malloc((size_t)n * sizeof *numbers);

    if (numbers == NULL || (size_t)n * size > MOST_BYTES)
        exit(1);
    for (int64_t i = 0; i < n; i++)
        numbers[i] = (i % 3 == 2 ? -1.0 : 1.0) * (double)(i % 10) * step;
    vs_from_double(dtype, numbers, n, m->bytes);
    if (dtype >= VS_F16 && n > 3) {
        memset(m->bytes, 0xFF, size); /* a NaN, or the like */
        memset(m->bytes + size, 0, size);
        m->bytes[2 * size - 1] = 0x80; /* minus zero */
        memset(m->bytes + 2 * size, 0, size);
        m->bytes[2 * size] = 1; /* a denormal */
    }
    free(numbers);
}

static void create(struct maker *m, const char *name, vs_dtype dtype,
                   const vs_shape *shape)
{
    const vs_view view = vs_view_of(dtype, shape, m->bytes);
    const vs_variable_spec spec = {.initializer = vs_value(&view),
                                   .site = "make_stores.c:1"};

    must(m, vs_variable_create(m->store, name, &spec, NULL), name);
}

static void write_all(struct maker *m, const char *name)
{
    vs_variable *v = NULL;
    vs_view view;

    must(m, vs_variable_open(m->store, name, &v), name);
    view = vs_view_of(vs_variable_dtype(v), vs_variable_shape(v), m->bytes);
    must(m, vs_variable_write(v, &view), name);
    vs_variable_free(v);
}

/* Every dtype: a scalar, nothing, a matrix, a value in two chunks. */
static void make_dtypes(struct maker *m)
{
    open_store(m, "dtypes", VS_UNSET);
    must(m, vs_store_begin(m->store, VS_TXN_WRITE), "begin");
    for (int d = 1; d <= VS_N_DTYPES; d++) {
        const vs_dtype dtype = (vs_dtype)d;
        const int64_t chunk = 4096 / (int64_t)vs_dtype_size(dtype);
        const vs_shape shapes[] = {vs_shape_scalar(), vs_shape_2d(3, 0),
                                   vs_shape_2d(2, 5), vs_shape_1d(chunk + 7)};

        for (size_t k = 0; k < 4; k++) {
            char name[64];
            int64_t n = 0;

            (void)snprintf(name, sizeof name, "%s/%zu", vs_dtype_name(dtype),
                           k);
            must(m, vs_shape_count(&shapes[k], &n), name);
            fill(m, dtype, n, dtype == VS_BOOL ? 1 : 0.5);
            create(m, name, dtype, &shapes[k]);
        }
    }
    must(m, vs_store_commit(m->store), "commit");
    close_store(m);
}

/* Makes the row of a chunk that was changed tell so. */
static void set_record(struct maker *m, int64_t chunk)
{
    static const char get[] =
        "SELECT " VS__CHUNK_COLUMNS " FROM chunk AS c WHERE c.id = $1";
    static const char set[] = "UPDATE chunk SET record = $1 WHERE id = $2";
    struct vs__digest record = {{0}};
    struct vs__stmt *s = NULL;

    must(m, vs__stmt_new(m->store->db, get, &s), get);
    vs__bind_i64(s, 1, chunk);
    must(m, vs__stmt_step(s), get);
    (void)vs__chunk_row_record(s, 0, &record);
    vs__stmt_free(s);
    must(m, vs__stmt_new(m->store->db, set, &s), set);
    vs__bind_blob(s, 1, record.bytes, VS__DIGEST_BYTES);
    vs__bind_i64(s, 2, chunk);
    must(m, vs__stmt_run(s), set);
    vs__stmt_free(s);
}

static void set_frame(struct maker *m, int64_t chunk, const uint8_t *frame,
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
    set_record(m, chunk);
}

/* The version that a name leads to. */
static int64_t version_of(struct maker *m, const char *name)
{
    vs_variable *v = NULL;
    int64_t version = 0;

    must(m, vs_variable_open(m->store, name, &v), name);
    must(m, vs_variable_version(v, &version), name);
    vs_variable_free(v);
    return version;
}

/* A value of one chunk whose frame has this codec and filter. */
static void create_forced(struct maker *m, vs_dtype dtype, int codec,
                          int filter)
{
    const size_t size = vs_dtype_size(dtype);
    const size_t n = 4096 + size;
    const vs_shape shape = vs_shape_1d((int64_t)(n / size));
    struct vs__pool *pool = &m->store->pool;
    struct vs__coder *coder = vs__coder_new(4096);
    uint32_t seed = (uint32_t)(1 + codec + 16 * filter);
    struct vs__digest digest;
    uint8_t raw[4096];
    const uint8_t *frame;
    int64_t chunk = 0;
    size_t bytes;
    char name[64];

    for (size_t i = 0; i < n; i++) /* sparse */
        m->bytes[i] = i % 512 < 40 ? (uint8_t)(next_random(&seed) % 100) : 0;
    (void)snprintf(name, sizeof name, "codec%d/filter%d/%s", codec, filter,
                   vs_dtype_name(dtype));
    create(m, name, dtype, &shape);
    must(m, vs__chunks_at(pool, version_of(m, name), 0, &chunk), name);
    must(m, vs__pool_get(pool, chunk, dtype, raw, sizeof raw, &digest), name);
    vs__pool_rest(pool);
    vs__frame_encode_as(coder, raw, sizeof raw, size, 0, &digest,
                        (enum vs__filter_id)filter, (enum vs__codec_id)codec,
                        &frame, &bytes);
    if (frame[1] != codec || frame[2] != filter) {
        (void)fprintf(stderr, "make_stores: %s does not shrink\n", name);
        exit(1);
    }
    set_frame(m, chunk, frame, bytes);
    vs__coder_free(coder);
}

/* One codec with every filter; two kinds of elements where LZ4 keeps it small.
 */
static void make_codec(struct maker *m, const char *name, int codec)
{
    open_store(m, name, VS_UNSET);
    must(m, vs_store_begin(m->store, VS_TXN_WRITE), "begin");
    for (int filter = 0; filter < VS__FILTER_DELTA; filter++) {
        create_forced(m, VS_F32, codec, filter);
        if (codec == VS__CODEC_LZ4)
            create_forced(m, filter < VS__FILTER_EXPONENT ? VS_U16 : VS_C128,
                          codec, filter);
    }
    must(m, vs_store_commit(m->store), "commit");
    close_store(m);
}

/* One element for all, in several chunks and in each size. */
static void make_constants(struct maker *m)
{
    static const vs_dtype dtypes[] = {VS_U8, VS_BF16, VS_F32, VS_F64, VS_C128};
    const vs_shape shape = vs_shape_2d(100, 41);

    open_store(m, "constants", VS_UNSET);
    for (size_t k = 0; k < 5; k++) {
        const size_t size = vs_dtype_size(dtypes[k]);

        memset(m->bytes, 0, 4100 * size);
        create(m, vs_dtype_name(dtypes[k]), dtypes[k], &shape);
        must(m, vs_checkpoint_save(m->store, NULL, NULL), "save");
        for (size_t i = 0; i < 4100 * size; i++) /* a NaN of its own */
            m->bytes[i] = (uint8_t)(0xF0 + i % size);
        write_all(m, vs_dtype_name(dtypes[k]));
    }
    close_store(m);
}

/* Weights that move a little at each step. */
static void fill_weights(struct maker *m, size_t n, size_t width, uint32_t step)
{
    uint32_t seed = 1;
    uint32_t moved = step;

    for (size_t i = 0; i < n; i++) {
        uint8_t *p = m->bytes + i * width;

        for (size_t k = 0; k < width; k++)
            p[k] = (uint8_t)next_random(&seed);
        p[width - 1] = (uint8_t)(0x3C | (p[width - 1] & 0x80));
        if (step != 0)
            p[0] ^= (uint8_t)(next_random(&moved) % 8);
    }
}

/* Deltas of every width, some steps of each, and one from another variable. */
static void make_deltas(struct maker *m)
{
    static const vs_dtype dtypes[] = {VS_BF16, VS_F32, VS_F64};
    const vs_shape tuned = vs_shape_1d(1100);

    open_store(m, "deltas", VS_YES);
    for (uint32_t step = 0; step < 3; step++) {
        for (size_t k = 0; k < 3; k++) {
            const size_t size = vs_dtype_size(dtypes[k]);
            const vs_shape shape = vs_shape_1d((int64_t)(4096 / size) + 1);

            fill_weights(m, 4096 / size + 1, size, step);
            if (step == 0)
                create(m, vs_dtype_name(dtypes[k]), dtypes[k], &shape);
            else
                write_all(m, vs_dtype_name(dtypes[k]));
        }
        must(m, vs_checkpoint_save(m->store, NULL, NULL), "save");
    }
    fill_weights(m, 1100, 4, 0);
    create(m, "model/w", VS_F32, &tuned);
    must(m, vs_variable_copy(m->store, "model/w", "tuned/w"), "copy");
    fill_weights(m, 1100, 4, 9);
    write_all(m, "tuned/w");
    must(m, vs_checkpoint_delete(m->store, 1), "delete");
    close_store(m);
}

static void save(struct maker *m, int64_t step, const char *message,
                 const char *tag, double loss)
{
    const vs_metric metric = {"loss", loss};
    const char *const tags[] = {tag, NULL};
    vs_save_options options = VS_SAVE_OPTIONS_INIT;

    options.step = step;
    options.message = message;
    options.metrics = &metric;
    options.n_metrics = 1;
    options.tags = tags;
    must(m, vs_checkpoint_save(m->store, &options, NULL), "save");
}

/* Names that come, go and move between checkpoints. */
static void make_history(struct maker *m)
{
    const vs_shape small = vs_shape_2d(2, 3);
    const vs_shape large = vs_shape_2d(3, 700);

    open_store(m, "history", VS_UNSET);
    fill(m, VS_F32, 6, 0.25);
    create(m, "layer1/bias", VS_F32, &small);
    fill(m, VS_F32, 2100, 0.125);
    create(m, "layer1/kernel", VS_F32, &large);
    create(m, "layer2/kernel", VS_F32, &large);
    must(m, vs_variable_alias(m->store, "layer1/kernel", "tied/kernel"),
         "alias");
    must(m, vs_collection_add(m->store, "losses", "layer1/bias"), "collect");
    save(m, 10, "the first", "first", 0.5);
    fill(m, VS_F32, 2100, 0.375);
    write_all(m, "layer1/kernel");
    must(m, vs_variable_rename(m->store, "layer1/bias", "layer1/offset"),
         "rename");
    must(m, vs_variable_delete(m->store, "layer2/kernel"), "delete");
    save(m, 20, "\xC3\xA9t\xC3\xA9", "best", 0.25);
    fill(m, VS_F32, 6, 4);
    write_all(m, "layer1/offset");
    fill(m, VS_I16, 6, 3);
    create(m, "layer2/kernel", VS_I16, &small);
    close_store(m);
}

/* A variable that has no value yet, small and large. */
static void make_deferred(struct maker *m)
{
    const vs_shape shapes[] = {vs_shape_2d(2, 3), vs_shape_2d(3, 700)};

    open_store(m, "deferred", VS_UNSET);
    for (size_t i = 0; i < 2; i++) {
        const vs_variable_spec spec = {.shape = &shapes[i],
                                       .initializer = vs_random_normal(0, 1, 7),
                                       .deferred = VS_YES};

        must(m,
             vs_variable_create(m->store, i == 0 ? "small" : "large", &spec,
                                NULL),
             "defer");
    }
    fill(m, VS_F32, 6, 0.25);
    create(m, "there", VS_F32, &shapes[0]);
    close_store(m);
}

/* A variable in parts along each axis, and one part of it moved on. */
static void make_parts(struct maker *m)
{
    const vs_shape shape = vs_shape_2d(6, 700);

    open_store(m, "parts", VS_UNSET);
    fill(m, VS_F32, 4200, 0.125);
    for (int axis = 0; axis < 2; axis++) {
        const vs_view view = vs_view_of(VS_F32, &shape, m->bytes);
        const vs_variable_spec spec = {.initializer = vs_value(&view),
                                       .partitioner =
                                           vs_fixed_size_partitioner(3, axis)};

        must(m,
             vs_variable_create(m->store, axis == 0 ? "rows" : "columns", &spec,
                                NULL),
             "parts");
    }
    must(m, vs_checkpoint_save(m->store, NULL, NULL), "save");
    fill(m, VS_F32, 4200, 0.25);
    write_all(m, "rows/part_1");
    close_store(m);
}

int main(int argc, char **argv)
{
    struct maker m = {NULL, NULL, NULL};

    if (argc != 2) {
        (void)fprintf(stderr, "usage: make_stores FOLDER\n");
        return 2;
    }
    m.folder = argv[1];
    m.bytes = malloc(MOST_BYTES);
    if (m.bytes == NULL)
        return 1;
    make_dtypes(&m);
    make_codec(&m, "codec-raw", VS__CODEC_RAW);
    make_codec(&m, "codec-lz4", VS__CODEC_LZ4);
    make_constants(&m);
    make_deltas(&m);
    make_history(&m);
    make_deferred(&m);
    make_parts(&m);
    free(m.bytes);
    return 0;
}
