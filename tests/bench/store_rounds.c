/* store_rounds.c - saving and loading a state, beside plain files.
 *
 * Dirty pages are written back before each time is taken, so that nobody pays
 * for his predecessor. What is loaded is compared with what was saved.
 */
#include "store_state.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peak.h"

#define MIB ((size_t)1 << 20)

#define N_TENSOR_READS 10
#define N_SLICES       100
#define SLICE_ROWS     10 /* 40 KiB */

/* --- plain files ------------------------------------------------------ */

static void raw_write(const struct bench *b, const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (fd < 0)
        die(path, strerror(errno));
    for (size_t at = 0; at < b->bytes; at += MIB) {
        const size_t n = b->bytes - at < MIB ? b->bytes - at : MIB;

        if (write(fd, (const char *)b->state + at, n) != (ssize_t)n)
            die(path, strerror(errno));
    }
    if (fsync(fd) != 0 || close(fd) != 0)
        die(path, strerror(errno));
}

/* Reads part `part` of `parts`. */
static void raw_read(const struct bench *b, const char *path, size_t part,
                     size_t parts)
{
    const size_t end = b->bytes / parts * (part + 1);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        die(path, strerror(errno));
    for (size_t at = b->bytes / parts * part; at < end; at += MIB) {
        const size_t n = end - at < MIB ? end - at : MIB;

        if (pread(fd, (char *)b->copy + at, n, (off_t)at) != (ssize_t)n)
            die(path, strerror(errno));
    }
    (void)close(fd);
}

/* --- two threads ------------------------------------------------------ */

struct half {
    struct bench *b;
    const char *path; /* of a store, or of a plain file */
    bool raw;
    int part;
    pthread_barrier_t *start;
    pthread_barrier_t *end;
};

static void *run_half(void *ctx)
{
    const struct half *h = ctx;
    vs_store *store = h->raw ? NULL : bench_open_for(h->path, VS_OPEN_READ, 1);

    (void)pthread_barrier_wait(h->start);
    if (h->raw)
        raw_read(h->b, h->path, (size_t)h->part, 2);
    else
        state_load(h->b, store, h->part, 2);
    (void)pthread_barrier_wait(h->end);
    vs_store_close(store);
    return NULL;
}

static void in_two_threads(struct bench *b, const char *path, bool raw,
                           struct row *row)
{
    pthread_barrier_t start;
    pthread_barrier_t end;
    pthread_t threads[2];
    struct half halves[2];
    struct lap lap;

    if (pthread_barrier_init(&start, NULL, 3) != 0 ||
        pthread_barrier_init(&end, NULL, 3) != 0)
        die("threads", strerror(errno));
    for (int i = 0; i < 2; i++) {
        halves[i] = (struct half){b, path, raw, i, &start, &end};
        if (pthread_create(&threads[i], NULL, run_half, &halves[i]) != 0)
            die("threads", strerror(errno));
    }
    (void)pthread_barrier_wait(&start);
    lap = lap_begin();
    (void)pthread_barrier_wait(&end);
    lap_end(&lap, 1, row);
    for (int i = 0; i < 2; i++)
        (void)pthread_join(threads[i], NULL);
    (void)pthread_barrier_destroy(&start);
    (void)pthread_barrier_destroy(&end);
}

/* --- a round ---------------------------------------------------------- */

static void check_loaded(struct bench *b)
{
    if (memcmp(b->copy, b->state, b->bytes) != 0)
        die("load", "what was loaded is not what was saved");
    memset(b->copy, 1, b->bytes);
}

static void round_raw(struct bench *b, const char *path)
{
    struct lap lap = lap_begin();

    memcpy(b->copy, b->state, b->bytes);
    lap_end(&lap, 1, &b->rows[COPY]);
    check_loaded(b);
    (void)unlink(path);
    sync();
    lap = lap_begin();
    raw_write(b, path);
    lap_end(&lap, 1, &b->rows[RAW_WRITE]);
}

/* A new state in a new store, to its last byte in the file. */
static vs_store *create_once(struct bench *b, const char *path,
                             vs_txn_kind kind, struct row *row)
{
    vs_store *store;
    struct lap lap;

    bench_remove(path);
    store = bench_open(path, VS_OPEN_CREATE_NEW);
    sync();
    lap = lap_begin();
    state_create(b, store, kind);
    bench_must(store, vs_store_flush(store), "flush");
    lap_end(&lap, 1, row);
    return store;
}

static void round_save(struct bench *b, const char *path)
{
    vs_store_info info;
    vs_store *store = create_once(b, path, VS_TXN_WRITE, &b->rows[CREATE_LOG]);
    struct lap lap;

    vs_store_close(store);
    store = create_once(b, path, VS_TXN_BULK, &b->rows[CREATE]);
    lap = lap_begin();
    state_commit_little(store);
    lap_end(&lap, 1, &b->rows[NEXT]);
    bench_must(store, vs_store_flush(store), "flush");
    bench_must(store, vs_store_describe(store, &info), "describe");
    b->size_ratio = (double)info.file_bytes / (double)b->bytes;
    lap = lap_begin();
    state_write(b, store, VS_TXN_WRITE);
    lap_end(&lap, 1, &b->rows[UNCHANGED]);
    state_change_some(b);
    lap = lap_begin();
    state_write(b, store, VS_TXN_WRITE);
    lap_end(&lap, 1, &b->rows[ONE_PERCENT]);
    lap = lap_begin();
    bench_must(store, vs_checkpoint_save(store, NULL, NULL), "save");
    lap_end(&lap, 1, &b->rows[SAVE]);
    state_change_all(b);
    sync();
    lap = lap_begin();
    state_write(b, store, VS_TXN_WRITE);
    lap_end(&lap, 1, &b->rows[REWRITE_LOG]);
    bench_must(store, vs_store_flush(store), "flush");
    state_change_all(b);
    sync();
    lap = lap_begin();
    state_write(b, store, VS_TXN_BULK);
    lap_end(&lap, 1, &b->rows[REWRITE]);
    lap = lap_begin();
    state_save(b, store, false);
    lap_end(&lap, 1, &b->rows[WHOLE_SAME]);
    state_change_all(b);
    bench_must(store, vs_store_flush(store), "flush");
    sync();
    lap = lap_begin();
    state_save(b, store, true);
    lap_end(&lap, 1, &b->rows[WHOLE_SAVE]);
    vs_store_close(store);
    sync();
}

static void round_load(struct bench *b, const char *raw, const char *path)
{
    vs_store *store = bench_open_for(path, VS_OPEN_READ, 1);
    struct lap lap;

    raw_write(b, raw); /* of what is in the store now */
    lap = lap_begin();
    raw_read(b, raw, 0, 1);
    lap_end(&lap, 1, &b->rows[RAW_READ]);
    check_loaded(b);
    lap = lap_begin();
    state_load(b, store, 0, 1);
    lap_end(&lap, 1, &b->rows[LOAD]);
    check_loaded(b);
    vs_store_close(store);
    in_two_threads(b, raw, true, &b->rows[RAW_READ_2]);
    check_loaded(b);
    in_two_threads(b, path, false, &b->rows[LOAD_2]);
    check_loaded(b);
    store = bench_open_for(path, VS_OPEN_READ, 2);
    lap = lap_begin();
    state_load(b, store, 0, 1);
    lap_end(&lap, 1, &b->rows[LOAD_OWN]);
    check_loaded(b);
    lap = lap_begin();
    state_load_whole(b, store);
    lap_end(&lap, 1, &b->rows[WHOLE_LOAD]);
    check_loaded(b);
    vs_store_close(store);
}

/* The whole state as one tensor. */
static void round_large(struct bench *b, const char *path)
{
    const vs_shape shape =
        vs_shape_2d(b->shape.dims[0] * b->tensors, b->shape.dims[1]);
    const vs_view view = vs_view_of(VS_F32, &shape, b->copy);
    const vs_view from = vs_view_of(VS_F32, &shape, b->state);
    const vs_variable_spec spec = {.initializer = vs_value(&from)};
    vs_store *store = bench_open(path, VS_OPEN_CREATE_NEW);

    bench_must(store, vs_variable_create(store, "large", &spec, NULL),
               "create");
    vs_store_close(store);
    for (int threads = 1; threads <= 2; threads++) {
        vs_variable *v = NULL;
        struct lap lap;

        store = bench_open_for(path, VS_OPEN_READ, threads);
        bench_must(store, vs_variable_open(store, "large", &v), "open");
        lap = lap_begin();
        bench_must(store, vs_variable_read(v, &view), "read");
        lap_end(&lap, 1, &b->rows[threads == 1 ? ONE_LARGE_1 : ONE_LARGE_2]);
        check_loaded(b);
        vs_variable_free(v);
        vs_store_close(store);
    }
}

static void round_parts(struct bench *b, const char *path)
{
    const vs_view whole = state_tensor(b, b->copy, 0);
    uint64_t seed = 7;
    vs_variable *v = NULL;
    vs_store *store;
    char name[STATE_NAME];
    struct lap lap = lap_begin();

    for (int i = 0; i < N_TENSOR_READS; i++) {
        store = bench_open(path, VS_OPEN_READ);
        bench_must(
            store,
            vs_variable_open(store, state_name(i % b->tensors, name), &v),
            "open");
        bench_must(store, vs_variable_read(v, &whole), "read");
        vs_variable_free(v);
        vs_store_close(store);
    }
    lap_end(&lap, N_TENSOR_READS, &b->rows[TENSOR]);
    store = bench_open(path, VS_OPEN_READ);
    bench_must(store, vs_variable_open(store, state_name(0, name), &v), "open");
    lap = lap_begin();
    for (int i = 0; i < N_SLICES; i++) {
        const int64_t first =
            (int64_t)(state_random(&seed) %
                      (uint64_t)(b->shape.dims[0] - SLICE_ROWS + 1));
        const vs_slice rows = vs_slice_rows(&b->shape, first, SLICE_ROWS);
        const vs_shape part = vs_slice_shape(&rows);
        const vs_view view = vs_view_of(VS_F32, &part, b->copy);

        bench_must(store, vs_variable_read_slice(v, &rows, &view), "slice");
    }
    lap_end(&lap, N_SLICES, &b->rows[SLICE]);
    vs_variable_free(v);
    vs_store_close(store);
}

void state_round(struct bench *b)
{
    char raw[PATH_BYTES];
    char path[PATH_BYTES];

    (void)bench_path(b, "raw.bin", raw);
    (void)bench_path(b, "state.vars.db", path);
    round_raw(b, raw);
    round_save(b, path);
    round_load(b, raw, path);
    round_parts(b, path);
    bench_remove(path);
    round_large(b, path);
    (void)unlink(raw);
    bench_remove(path);
}

/* --- memory ----------------------------------------------------------- */

/* What a process of its own needs at most beside the state, in MiB. */
static double measure(struct bench *b, const char *path, bool save)
{
    int ends[2];
    double mib = 0;
    pid_t child;

    if (pipe(ends) != 0 || (child = fork()) < 0)
        die("fork", strerror(errno));
    if (child == 0) {
        const double before = peak_now();
        vs_store *store =
            bench_open(path, save ? VS_OPEN_CREATE_NEW : VS_OPEN_READ);

        if (save)
            state_create(b, store, VS_TXN_BULK);
        else
            state_load(b, store, 0, 1);
        vs_store_close(store);
        mib = peak_most() - before;
        _exit(write(ends[1], &mib, sizeof mib) == sizeof mib ? 0 : 1);
    }
    (void)close(ends[1]);
    if (read(ends[0], &mib, sizeof mib) != sizeof mib)
        die("memory", "the process that was to be measured failed");
    (void)close(ends[0]);
    (void)waitpid(child, NULL, 0);
    return mib;
}

void state_measure_memory(struct bench *b)
{
    char path[PATH_BYTES];

    bench_remove(bench_path(b, "memory.vars.db", path));
    b->save_mib = measure(b, path, true);
    b->load_mib = measure(b, path, false);
    bench_remove(path);
}
