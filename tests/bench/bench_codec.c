/* bench_codec.c - size and speed of frames and filters, as Markdown tables.
 *
 * One thread, its CPU time, 1 MiB chunks. Every round measures every row once
 * and memcpy of the same bytes beside each, so that what slows the machine
 * down slows all of them; the ways of a case take turns in coming first, when
 * its bytes are in no cache. A cell is the median of the rounds with the least
 * and the most. GB are 1e9 raw bytes. Encoding is without the digest (the
 * caller has it already), decoding is with it. Every decoded byte is compared.
 *
 *     bench_codec [-r ROUNDS] [-m MIB] [FILE ELEMENT_BYTES]...
 *
 * A file ending in .f16, .bf16, .f32 or .f64 is one of floats.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/coder.h"
#include "codec/shuffle.h"
#include "codec/shuffle_path.h"
#include "codec_cases.h"
#include "tensor/stats.h"

#define MAX_CASES  32
#define MAX_ROUNDS 101

struct way {
    const char *name;          /* for the table */
    enum vs__filter_id filter; /* unless it is the first */
    enum vs__codec_id codec;   /* likewise */
    size_t path;               /* of packing: 0 is the best there is */
};

/* The first is vs__frame_encode's own choice. */
static const struct way ways[] = {
    {"chosen", VS__FILTER_NONE, VS__CODEC_RAW, 0},
    {"raw", VS__FILTER_NONE, VS__CODEC_RAW, 0},
    {"lz4", VS__FILTER_NONE, VS__CODEC_LZ4, 0},
    {"shuffle, lz4", VS__FILTER_SHUFFLE, VS__CODEC_LZ4, 0},
    {"bitshuffle, lz4", VS__FILTER_BITSHUFFLE, VS__CODEC_LZ4, 0},
    {"planes, lz4", VS__FILTER_PLANES, VS__CODEC_LZ4, 0},
    {"exponent, lz4", VS__FILTER_EXPONENT, VS__CODEC_LZ4, 0},
    {"exponent, lz4", VS__FILTER_EXPONENT, VS__CODEC_LZ4, 1},
    {"exponent, lz4", VS__FILTER_EXPONENT, VS__CODEC_LZ4, 2},
};
#define N_WAYS (sizeof ways / sizeof ways[0])

/* What the rounds gave for one row; seconds. */
struct times {
    double copy[MAX_ROUNDS];  /* memcpy */
    double there[MAX_ROUNDS]; /* encoding, or a filter */
    double back[MAX_ROUNDS];  /* decoding, or its undoing */
};

struct row {
    const struct bench_case *data;
    const struct way *way;
    struct times times;
    size_t frame_bytes; /* of all chunks */
    unsigned filters;   /* bit per filter id that came out */
    unsigned codecs;    /* likewise */
};

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* --- frames ----------------------------------------------------------- */

struct bench {
    struct vs__coder *coder;
    uint8_t *chunk;  /* CHUNK bytes: what memcpy and decoding write */
    uint8_t *frames; /* every chunk's frame, one after another */
    size_t *lengths; /* of each */
    int rounds;
};

static size_t chunk_at(const struct bench_case *d, size_t at)
{
    return d->n - at < CHUNK ? d->n - at : CHUNK;
}

static double copy_all(struct bench *b, const struct bench_case *d)
{
    double start = now();

    for (size_t at = 0; at < d->n; at += CHUNK) {
        memcpy(b->chunk, d->bytes + at, chunk_at(d, at));
        __asm__ volatile("" : : "r"(b->chunk) : "memory"); /* keep it */
    }
    return now() - start;
}

static double encode_all(struct bench *b, struct row *row)
{
    const struct bench_case *d = row->data;
    uint8_t *to = b->frames;
    double seconds = 0;

    for (size_t i = 0, at = 0; at < d->n; i++, at += CHUNK) {
        const uint8_t *raw = d->bytes + at;
        const uint8_t *frame;
        double start = now();

        if (row->way == ways)
            vs__frame_encode(b->coder, raw, chunk_at(d, at), d->element,
                             d->floats, &d->digests[i], &frame, &b->lengths[i]);
        else
            vs__frame_encode_as(b->coder, raw, chunk_at(d, at), d->element,
                                d->floats, &d->digests[i], row->way->filter,
                                row->way->codec, &frame, &b->lengths[i]);
        seconds += now() - start;
        memcpy(to, frame, b->lengths[i]);
        to += b->lengths[i];
    }
    row->frame_bytes = (size_t)(to - b->frames);
    return seconds;
}

static double decode_all(struct bench *b, struct row *row)
{
    const struct bench_case *d = row->data;
    const uint8_t *frame = b->frames;
    double seconds = 0;

    for (size_t i = 0, at = 0; at < d->n; i++, at += CHUNK) {
        double start = now();
        vs_status st =
            vs__frame_decode(b->coder, frame, b->lengths[i], b->chunk,
                             chunk_at(d, at), &d->digests[i], NULL);

        seconds += now() - start;
        if (st != VS_OK ||
            memcmp(b->chunk, d->bytes + at, chunk_at(d, at)) != 0)
            case_die("a frame does not decode to what it was made of");
        row->codecs |= 1U << frame[1];
        row->filters |= 1U << frame[2];
        frame += b->lengths[i];
    }
    return seconds;
}

/* That of the way, or the best of those below that the machine has. */
static const struct vs__pack_path *path_of(const struct way *way)
{
    size_t i = way->path;

    while (vs__pack_path_at(i) == NULL)
        i--;
    return vs__pack_path_at(i);
}

static void measure_row(struct bench *b, struct row *row, int round)
{
    b->coder->path = path_of(row->way);
    row->times.copy[round] = copy_all(b, row->data);
    row->times.there[round] = encode_all(b, row);
    row->times.back[round] = decode_all(b, row);
}

/* --- tables ----------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* " median (least..most) |" */
static void print_cell(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_value);
    (void)printf(" %.2f (%.2f..%.2f) |", values[n / 2], values[0],
                 values[n - 1]);
}

/* Speeds there and back, memcpy's, and both against memcpy round by round. */
static void print_times(const struct times *t, size_t bytes, int rounds)
{
    double cell[MAX_ROUNDS];
    const double *what[] = {t->there, t->back, t->copy};

    for (size_t k = 0; k < 3; k++) {
        for (int r = 0; r < rounds; r++)
            cell[r] = (double)bytes / what[k][r] / 1e9;
        print_cell(cell, rounds);
    }
    for (size_t k = 0; k < 2; k++) {
        for (int r = 0; r < rounds; r++)
            cell[r] = t->copy[r] / what[k][r];
        print_cell(cell, rounds);
    }
    (void)printf("\n");
}

static void print_row(const struct row *row, int rounds)
{
    static const char *const filters[] = {"none",     "shuffle", "bitshuffle",
                                          "exponent", "planes",  "delta"};
    static const char *const codecs[] = {"raw", "lz4", "constant"};

    (void)printf("| %s | %s", row->data->name, row->way->name);
    if (vs__filter_packs(row->way->filter))
        (void)printf(" (%s)", path_of(row->way)->name);
    (void)printf(" |");
    for (size_t k = 0; k < VS__N_FILTERS; k++)
        if (row->filters >> k & 1)
            (void)printf(" %s", filters[k]);
    (void)printf(" |");
    for (size_t k = 0; k < VS__N_CODECS; k++)
        if (row->codecs >> k & 1)
            (void)printf(" %s", codecs[k]);
    (void)printf(" | %.3f |", (double)row->data->n / (double)row->frame_bytes);
    print_times(&row->times, row->data->n, rounds);
}

static void bench_frames(struct bench *b, const struct bench_case *cases,
                         size_t n)
{
    size_t n_rows = n * N_WAYS;
    struct row *rows = case_memory(n_rows * sizeof *rows);
    size_t most = 0;
    size_t most_chunks;

    for (size_t i = 0; i < n_rows; i++) {
        rows[i].data = &cases[i / N_WAYS];
        rows[i].way = &ways[i % N_WAYS];
        most = rows[i].data->n > most ? rows[i].data->n : most;
    }
    most_chunks = most / CHUNK + 1;
    b->lengths = case_memory(most_chunks * sizeof *b->lengths);
    b->frames = case_memory(most + most_chunks * VS__FRAME_HEADER);
    for (int round = 0; round < b->rounds; round++)
        for (size_t i = 0; i < n_rows; i++) {
            size_t turn = (i + (size_t)round) % N_WAYS;

            measure_row(b, &rows[i - i % N_WAYS + turn], round);
        }
    (void)printf("| case | asked for | filter | codec | ratio | encode GB/s | "
                 "decode GB/s "
                 "| memcpy GB/s | encode / memcpy | decode / memcpy |\n"
                 "|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < n_rows; i++)
        print_row(&rows[i], b->rounds);
    free(rows);
    free(b->lengths);
    free(b->frames);
}

/* --- filters ---------------------------------------------------------- */

typedef void filter_fn(const struct vs__shuffle_path *path, const uint8_t *src,
                       uint8_t *dst, size_t n, size_t size);

struct filter_row {
    const char *name;                    /* for the table */
    filter_fn *apply;                    /* there */
    filter_fn *undo;                     /* and back */
    const struct vs__shuffle_path *path; /* by which kernels */
    size_t element;                      /* bytes of an element */
    struct times times;
};

static double filter_all(filter_fn *fn, const struct filter_row *row,
                         const uint8_t *src, uint8_t *dst, size_t n)
{
    double start = now();

    for (size_t at = 0; at < n; at += CHUNK)
        fn(row->path, src + at, dst + at, CHUNK / row->element, row->element);
    return now() - start;
}

static void measure_filter(struct bench *b, struct filter_row *row,
                           const struct bench_case *d, uint8_t *between,
                           uint8_t *out, int round)
{
    row->times.copy[round] = copy_all(b, d);
    row->times.there[round] =
        filter_all(row->apply, row, d->bytes, between, d->n);
    row->times.back[round] = filter_all(row->undo, row, between, out, d->n);
    if (memcmp(out, d->bytes, d->n) != 0)
        case_die("a filter does not undo itself");
}

static size_t list_filters(struct filter_row *rows,
                           const struct vs__shuffle_path *path)
{
    size_t n = 0;

    for (size_t element = 1; element <= 16; element *= 2) {
        struct filter_row row = {"shuffle", vs__shuffle_on, vs__unshuffle_on,
                                 path,      element,        {{0}, {0}, {0}}};

        rows[n++] = row;
        row.name = "bitshuffle";
        row.apply = vs__bitshuffle_on;
        row.undo = vs__bitunshuffle_on;
        rows[n++] = row;
    }
    return n;
}

static void bench_filters(struct bench *b, const struct bench_case *d)
{
    struct filter_row *rows = case_memory(20 * sizeof *rows);
    uint8_t *between = case_memory(d->n);
    uint8_t *out = case_memory(d->n);
    size_t n = list_filters(rows, &vs__shuffle_scalar);

    if (vs__shuffle_best() != &vs__shuffle_scalar)
        n += list_filters(rows + n, vs__shuffle_best());
    for (int round = 0; round < b->rounds; round++)
        for (size_t i = 0; i < n; i++)
            measure_filter(b, &rows[i], d, between, out, round);
    (void)printf("| path | filter | element | there GB/s | back GB/s "
                 "| memcpy GB/s | there / memcpy | back / memcpy |\n"
                 "|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < n; i++) {
        (void)printf("| %s | %s | %zu |", rows[i].path->name, rows[i].name,
                     rows[i].element);
        print_times(&rows[i].times, d->n, b->rounds);
    }
    free(rows);
    free(between);
    free(out);
}

/* --- new chunks ------------------------------------------------------- */

/* What is done with a new chunk beside its frame. */
struct task {
    const char *name; /* for the table */
    bool counts;      /* statistics */
    bool digests;
};
static const struct task tasks[] = {
    {"frame", false, false},
    {"frame, statistics", true, false},
    {"frame, statistics, digest", true, true},
};
#define N_TASKS (sizeof tasks / sizeof tasks[0])

/* Whose numbers are counted. */
struct counting {
    struct vs__tally *tally;
    vs_dtype dtype;
};

static void count(const uint8_t *bytes, size_t n, void *ctx)
{
    const struct counting *c = ctx;

    vs__tally_add(c->tally, c->dtype, bytes,
                  (int64_t)(n / vs_dtype_size(c->dtype)));
}

static double encode_new(struct bench *b, const struct bench_case *d,
                         const struct task *task, struct counting *counting)
{
    const struct vs__frame_watch watch = {task->counts ? count : NULL,
                                          counting};
    const double start = now();

    for (size_t i = 0, at = 0; at < d->n; i++, at += CHUNK) {
        struct vs__digest digest = d->digests[i];
        const uint8_t *frame;
        size_t n_frame;

        vs__tally_init(counting->tally);
        vs__frame_encode_watched(b->coder, NULL, d->bytes + at, chunk_at(d, at),
                                 d->element, d->floats, &watch, !task->digests,
                                 &digest, &frame, &n_frame);
        if (!vs__digest_equal(&digest, &d->digests[i]))
            case_die("a digest is not that of the bytes");
    }
    return now() - start;
}

static void bench_new(struct bench *b, const struct bench_case *d,
                      vs_dtype dtype)
{
    struct counting counting = {case_memory(sizeof(struct vs__tally)), dtype};
    double seconds[N_TASKS][MAX_ROUNDS];

    b->coder->path = vs__pack_path_at(0);
    for (int r = 0; r < b->rounds; r++)
        for (size_t k = 0; k < N_TASKS; k++) {
            const size_t turn = (k + (size_t)r) % N_TASKS;

            seconds[turn][r] = encode_new(b, d, &tasks[turn], &counting);
        }
    for (size_t k = 0; k < N_TASKS; k++) {
        double speed[MAX_ROUNDS];
        double share[MAX_ROUNDS];

        for (int r = 0; r < b->rounds; r++) {
            speed[r] = (double)d->n / seconds[k][r] / 1e9;
            share[r] = seconds[k][r] / seconds[0][r];
        }
        (void)printf("| %s | %s |", d->name, tasks[k].name);
        print_cell(speed, b->rounds);
        print_cell(share, b->rounds);
        (void)printf("\n");
    }
    free(counting.tally);
}

/* The first two cases are f32 and bf16. */
static void bench_all_new(struct bench *b, const struct bench_case *cases)
{
    (void)printf("\n| a new chunk | what is made | GB/s | times as long as the "
                 "frame |\n|---|---|---|---|\n");
    bench_new(b, &cases[0], VS_F32);
    bench_new(b, &cases[1], VS_BF16);
}

static long number(const char *text, long least, long most)
{
    char *end;
    long n = strtol(text, &end, 10);

    errno = EINVAL;
    if (*end != '\0' || n < least || n > most)
        case_die(text);
    errno = 0;
    return n;
}

int main(int argc, char **argv)
{
    struct bench b = {vs__coder_new(CHUNK), case_memory(CHUNK), NULL, NULL, 7};
    struct bench_case cases[MAX_CASES];
    size_t n_cases;
    size_t mib = 16;
    int i = 1;

    if (b.coder == NULL)
        case_die("memory");
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "-r") == 0)
            b.rounds = (int)number(argv[i + 1], 1, MAX_ROUNDS);
        else if (strcmp(argv[i], "-m") == 0)
            mib = (size_t)number(argv[i + 1], 1, 1024);
        else
            case_die(argv[i]);
    }
    n_cases = case_make_all(cases, MAX_CASES, mib * CHUNK);
    for (; i + 1 < argc && n_cases < MAX_CASES; i += 2)
        cases[n_cases++] =
            case_read(argv[i], (size_t)number(argv[i + 1], 1, 16));
    if (i != argc)
        case_die("a file needs its element size behind it");
    (void)printf("1 MiB chunks, %zu MiB per case, %d rounds, one thread\n\n",
                 mib, b.rounds);
    bench_filters(&b, &cases[0]);
    (void)printf("\n");
    bench_frames(&b, cases, n_cases);
    bench_all_new(&b, cases);
    for (size_t k = 0; k < n_cases; k++)
        case_free(&cases[k]);
    free(b.chunk);
    vs__coder_free(b.coder);
    return 0;
}
