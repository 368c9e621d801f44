/* bench_large.c - a store of many gigabytes, beyond what 31 bits count: written
 * in one transaction, checked, read back here and there, and one tensor of it
 * updated. Values are random bits, which nothing compresses.
 *
 *     bench_large [-d DIR] [-m MIB]
 *
 * MIB is the size of the values (default 12288): a quarter of it one variable,
 * the rest tensors of 4 MiB. The store is made in DIR (default: the current
 * one), which must have room for it, and is removed at the end. Ends with 1 if
 * a value, a check or the memory is not as it must be.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "peak.h"
#include "table.h"
#include "varstore/varstore.h"

#define MIB          ((int64_t)1 << 20)
#define TENSOR       (4 * MIB)
#define TENSOR_WORDS (TENSOR / 8)
#define ROW_WORDS    (MIB / 8) /* a row of the giant: 1 MiB */
#define NAME_BYTES   40
#define N_SAMPLES    64
#define N_UPDATES    11
#define SPARE_MIB    1024 /* of the disk's room, left to others */
#define MEMORY_MIB   16   /* that may be held beside the values */

struct large {
    int64_t giant_rows; /* MiB of the one large variable */
    int64_t tensors;    /* of 4 MiB beside it */
    char path[512];     /* of the store */
    char raw[512];      /* of a plain file */
    vs_store *store;
    uint64_t *values; /* a tensor's, as they should be */
    uint64_t *copy;   /* a tensor's, as they were read */
    bool failed;
};

/* --- values ----------------------------------------------------------- */

/* The word at `at` of variable `which` (0: the giant): splitmix64. */
static uint64_t word_of(uint64_t which, uint64_t at)
{
    uint64_t x = (which << 40) + at + 1;

    x *= 0x9E3779B97F4A7C15;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return x ^ x >> 31;
}

static vs_status fill(int64_t first, int64_t n, void *dst, void *ctx)
{
    const uint64_t which = *(const uint64_t *)ctx;
    uint64_t *words = dst;

    for (int64_t i = 0; i < n; i++)
        words[i] = word_of(which, (uint64_t)(first + i));
    return VS_OK;
}

static void name_of(uint64_t which, char name[NAME_BYTES])
{
    if (which == 0)
        (void)snprintf(name, NAME_BYTES, "giant");
    else
        (void)snprintf(name, NAME_BYTES, "layer%05llu/kernel",
                       (unsigned long long)which);
}

static void must(const struct large *l, vs_status st, const char *what)
{
    if (st != VS_OK)
        die(what, vs_store_error(l->store)->message);
}

static void open_store(struct large *l, vs_open_mode mode)
{
    const vs_store_options options = {.mode = mode, .seed = 1};
    vs_error err;

    if (vs_store_open(l->path, &options, &l->store, &err) != VS_OK)
        die(l->path, err.message);
}

static void close_store(struct large *l)
{
    vs_store_close(l->store);
    l->store = NULL;
}

/* A line of the report; `limit` 0: nothing is wanted. */
static void tell_memory(struct large *l, const char *what, double mib)
{
    (void)printf("- memory while %s: %.1f MiB (wanted <= %d MiB: %s)\n", what,
                 mib, MEMORY_MIB, mib <= MEMORY_MIB ? "met" : "**missed**");
    l->failed = l->failed || mib > MEMORY_MIB;
}

/* --- writing and checking --------------------------------------------- */

static void create(struct large *l, uint64_t which)
{
    const vs_shape shape = which == 0 ? vs_shape_2d(l->giant_rows, ROW_WORDS)
                                      : vs_shape_1d(TENSOR_WORDS);
    vs_source source = {fill, &which};
    const vs_variable_spec spec = {.dtype = VS_U64,
                                   .shape = &shape,
                                   .initializer = vs_from_source(source)};
    char name[NAME_BYTES];

    name_of(which, name);
    must(l, vs_variable_create(l->store, name, &spec, NULL), name);
}

static void write_all(struct large *l)
{
    const double gb = (double)(l->giant_rows * MIB + l->tensors * TENSOR) / 1e9;
    struct lap lap;
    double before;
    double s;

    open_store(l, VS_OPEN_CREATE_NEW);
    peak_reset();
    before = peak_now();
    lap = lap_begin();
    must(l, vs_store_begin(l->store, VS_TXN_BULK), "begin");
    for (int64_t i = 0; i <= l->tensors; i++)
        create(l, (uint64_t)i);
    must(l, vs_checkpoint_save(l->store, NULL, NULL), "checkpoint");
    must(l, vs_store_commit(l->store), "commit");
    s = lap_seconds(&lap);
    (void)printf("- written in one transaction: %.2f GB in %.1f s, %.2f GB/s, "
                 "%.1f s of the processor\n",
                 gb, s, gb / s, lap_cpu(&lap));
    tell_memory(l, "writing", peak_most() - before);
    close_store(l);
}

static void say_damage(const vs_damage *damage, void *ctx)
{
    (void)ctx;
    (void)fprintf(stderr, "bench_large: %s\n", damage->what);
}

static void check_all(struct large *l)
{
    const vs_check_options options = {.read_data = true,
                                      .on_damage = say_damage};
    const double before = peak_now();
    vs_check_report report;
    struct lap lap;
    double s;

    open_store(l, VS_OPEN_READ);
    peak_reset();
    lap = lap_begin();
    must(l, vs_check(l->store, &options, &report), "check");
    s = lap_seconds(&lap);
    (void)printf("- checked with all data: %.2f GB in %.1f s, %.2f GB/s, "
                 "%lld damages\n",
                 (double)report.n_bytes_read / 1e9, s,
                 (double)report.n_bytes_read / 1e9 / s,
                 (long long)report.n_damages);
    tell_memory(l, "checking", peak_most() - before);
    if (report.n_damages != 0 ||
        report.n_bytes_read < l->giant_rows * MIB + l->tensors * TENSOR)
        die("check", "the store is not what was written");
    close_store(l);
}

/* --- reading back ----------------------------------------------------- */

static void compare(const struct large *l, uint64_t which, uint64_t first,
                    size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (l->copy[i] != word_of(which, first + i))
            die("values", "one is not what was written");
}

static void read_tensor(struct large *l, uint64_t which)
{
    const vs_shape shape = vs_shape_1d(TENSOR_WORDS);
    const vs_view view = vs_view_of(VS_U64, &shape, l->copy);
    vs_variable *v = NULL;
    char name[NAME_BYTES];

    name_of(which, name);
    must(l, vs_variable_open(l->store, name, &v), name);
    must(l, vs_variable_read(v, &view), name);
    vs_variable_free(v);
}

/* Rows of the giant, up to its end; beyond 2 GiB if it is that large. */
static void read_rows(struct large *l, int64_t first)
{
    const vs_shape shape = vs_shape_2d(l->giant_rows, ROW_WORDS);
    const vs_slice rows = vs_slice_rows(&shape, first, 1);
    const vs_shape part = vs_slice_shape(&rows);
    const vs_view view = vs_view_of(VS_U64, &part, l->copy);
    vs_variable *v = NULL;

    must(l, vs_variable_open(l->store, "giant", &v), "giant");
    must(l, vs_variable_read_slice(v, &rows, &view), "slice");
    vs_variable_free(v);
    compare(l, 0, (uint64_t)(first * ROW_WORDS), ROW_WORDS);
}

static void read_samples(struct large *l)
{
    const double before = peak_now();
    struct lap lap;
    double s = 0;

    peak_reset();
    open_store(l, VS_OPEN_READ);
    for (uint64_t i = 0; i < N_SAMPLES; i++) {
        const uint64_t which = 1 + word_of(7, i) % (uint64_t)l->tensors;

        lap = lap_begin();
        read_tensor(l, which);
        s += lap_seconds(&lap);
        compare(l, which, 0, TENSOR_WORDS);
    }
    for (int64_t i = 0; i < 8; i++)
        read_rows(l, (l->giant_rows - 1) * i / 7);
    for (int64_t i = 2046; i < 2050 && i < l->giant_rows; i++)
        read_rows(l, i);
    (void)printf("- read back: %d tensors of 4 MiB, %.2f ms each; rows of a "
                 "variable of %.2f GB from its first to its last\n",
                 N_SAMPLES, s / N_SAMPLES * 1e3,
                 (double)(l->giant_rows * MIB) / 1e9);
    tell_memory(l, "reading", peak_most() - before);
    close_store(l);
}

/* --- updating --------------------------------------------------------- */

static double raw_update(const struct large *l)
{
    const int fd = open(l->raw, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    const struct lap lap = lap_begin();

    if (fd < 0 || write(fd, l->values, TENSOR) != TENSOR || fsync(fd) != 0 ||
        close(fd) != 0)
        die(l->raw, strerror(errno));
    return lap_seconds(&lap);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void tell_times(const char *what, double times[N_UPDATES])
{
    qsort(times, N_UPDATES, sizeof *times, by_value);
    (void)printf("- %s: %.1f ms (%.1f..%.1f)\n", what,
                 times[N_UPDATES / 2] * 1e3, times[0] * 1e3,
                 times[N_UPDATES - 1] * 1e3);
}

/* Tensor 1 gets the values that no variable has, again and again, beside as
 * much written to a plain file. */
static void update(struct large *l)
{
    const vs_shape shape = vs_shape_1d(TENSOR_WORDS);
    const vs_view view = vs_view_of(VS_U64, &shape, l->values);
    double stored[N_UPDATES];
    double raw[N_UPDATES];
    double more[N_UPDATES];
    uint64_t which = 0;
    vs_variable *v = NULL;
    char name[NAME_BYTES];

    name_of(1, name);
    open_store(l, VS_OPEN_WRITE);
    must(l, vs_variable_open(l->store, name, &v), name);
    for (uint64_t i = 0; i < N_UPDATES; i++) {
        struct lap lap;

        which = (uint64_t)l->tensors + 1 + i;
        (void)fill(0, TENSOR_WORDS, l->values, &which);
        raw[i] = raw_update(l);
        lap = lap_begin();
        must(l, vs_variable_write(v, &view), name);
        stored[i] = lap_seconds(&lap);
        more[i] = stored[i] - raw[i];
    }
    vs_variable_free(v);
    read_tensor(l, 1);
    compare(l, which, 0, TENSOR_WORDS);
    close_store(l);
    tell_times("one tensor of 4 MiB written and fsynced, plain file", raw);
    tell_times("one tensor of 4 MiB updated, durable", stored);
    tell_times("the one less the other (wanted <= 10 ms)", more);
}

/* What the checkpoint holds of the updated tensor is what it was. */
static void look_back(struct large *l)
{
    const vs_shape shape = vs_shape_1d(TENSOR_WORDS);
    const vs_view view = vs_view_of(VS_U64, &shape, l->copy);
    vs_store_info info;
    vs_variable *v = NULL;
    char name[NAME_BYTES];

    name_of(1, name);
    open_store(l, VS_OPEN_READ);
    must(l, vs_variable_open_at(l->store, 1, name, &v), name);
    must(l, vs_variable_read(v, &view), name);
    compare(l, 1, 0, TENSOR_WORDS);
    vs_variable_free(v);
    must(l, vs_store_describe(l->store, &info), "describe");
    (void)printf("- the file: %.3f GB, %.4f of the values; log %.1f MiB\n",
                 (double)info.file_bytes / 1e9,
                 (double)info.file_bytes / (double)info.logical_bytes,
                 (double)info.wal_bytes / (double)MIB);
    close_store(l);
}

/* --- coming and going ------------------------------------------------- */

/* The store's folder, to be emptied however the program ends. */
static char folder[400];

static void clean_up(void)
{
    static const char *const names[] = {"/large.vars.db", "/large.vars.db-wal",
                                        "/large.vars.db-shm",
                                        "/large.vars.db-journal", "/large.bin"};
    char path[512];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *end = stpcpy(path, folder);

        (void)stpcpy(end, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

static void on_signal(int signal)
{
    clean_up();
    _exit(128 + signal);
}

static void make_folder(struct large *l, const char *dir, int64_t mib)
{
    const struct sigaction action = {.sa_handler = on_signal};
    struct statvfs fs;
    int64_t room;

    if (statvfs(dir, &fs) != 0)
        die(dir, strerror(errno));
    room = (int64_t)(fs.f_bavail * (uint64_t)fs.f_frsize) / MIB;
    if (room < mib + mib / 50 + SPARE_MIB) {
        (void)fprintf(stderr,
                      "bench_large: %s: a store of %lld MiB needs %lld MiB "
                      "free, there are %lld\n",
                      dir, (long long)mib,
                      (long long)(mib + mib / 50 + SPARE_MIB), (long long)room);
        exit(1);
    }
    (void)snprintf(folder, sizeof folder, "%s/large.XXXXXX", dir);
    if (mkdtemp(folder) == NULL)
        die(folder, strerror(errno));
    (void)atexit(clean_up);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)snprintf(l->path, sizeof l->path, "%s/large.vars.db", folder);
    (void)snprintf(l->raw, sizeof l->raw, "%s/large.bin", folder);
}

int main(int argc, char **argv)
{
    struct large l = {.values = memory((size_t)TENSOR),
                      .copy = memory((size_t)TENSOR)};
    const char *dir = ".";
    int64_t mib = 12288;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "-d") == 0)
            dir = argv[i + 1];
        else if (strcmp(argv[i], "-m") == 0)
            mib = strtoll(argv[i + 1], NULL, 10);
        else
            die(argv[i], "unknown; known are -d -m");
    }
    if (argc % 2 == 0 || mib < 16 || mib > (int64_t)1 << 24)
        die("usage", "bench_large [-d DIR] [-m MIB], of at least 16 MiB");
    l.giant_rows = mib / 4;
    l.tensors = (mib - l.giant_rows) / (TENSOR / MIB);
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* a long run is watched */
    make_folder(&l, dir, mib);
    (void)printf("One variable of %lld MiB and %lld of 4 MiB, u64, random "
                 "bits.\n\n",
                 (long long)l.giant_rows, (long long)l.tensors);
    write_all(&l);
    check_all(&l);
    read_samples(&l);
    update(&l);
    look_back(&l);
    free(l.values);
    free(l.copy);
    return l.failed ? 1 : 0;
}
