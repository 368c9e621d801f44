/* bench_store.c - how long a store takes, held against plain files, as a
 * Markdown table; see table.h for how.
 *
 *     bench_store [-d DIR] [-m MIB] [-t TENSORS] [-n NAMES] [-r ROUNDS]
 *
 * Files are made, and removed, in DIR (default: the current one), which should
 * be on the disk that is to be measured. run.sh adds the conditions.
 */
#include "store_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t number(const char *text, int64_t least, int64_t most)
{
    char *end;
    const long long n = strtoll(text, &end, 10);

    if (*end != '\0' || end == text || n < least || n > most)
        die(text, "not a number in range");
    return n;
}

static void read_arguments(struct bench *b, int argc, char **argv)
{
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";

        if (strcmp(argv[i], "-d") == 0)
            b->dir = value;
        else if (strcmp(argv[i], "-m") == 0)
            b->mib = number(value, 1, 1 << 20);
        else if (strcmp(argv[i], "-t") == 0)
            b->tensors = number(value, 1, 1 << 20);
        else if (strcmp(argv[i], "-n") == 0)
            b->names = number(value, 1000, 10000000) / 10 * 10;
        else if (strcmp(argv[i], "-r") == 0)
            b->rounds = (int)number(value, 1, MAX_ROUNDS);
        else
            die(argv[i], "unknown; known are -d -m -t -n -r");
    }
    if (b->mib * 256 / b->tensors < 10)
        die("tensors", "each needs at least 40 KiB");
}

/* What each row is, and what is wanted of it; `bytes` in states. */
static const struct row blank[N_ROWS] = {
    [COPY] = {.what = "memcpy", .bytes = 1},
    [RAW_WRITE] = {.what = "raw write + fsync", .bytes = 1},
    [RAW_READ] = {.what = "raw read", .bytes = 1},
    [RAW_READ_2] = {.what = "raw read, 2 threads", .bytes = 1},
    [CREATE_LOG] = {.what = "save of a new state, by the log",
                    .bytes = 1,
                    .base = RAW_WRITE},
    [CREATE] = {.what = "save of a new state",
                .bytes = 1,
                .base = RAW_WRITE,
                .wish = RATIO_AT_MOST,
                .limit = 1},
    [NEXT] = {.what = "small commit after it"},
    [REWRITE_LOG] = {.what = "save, all changed, by the log",
                     .bytes = 1,
                     .base = RAW_WRITE},
    [REWRITE] = {.what = "save, all changed",
                 .bytes = 1,
                 .base = RAW_WRITE,
                 .wish = RATIO_AT_MOST,
                 .limit = 1},
    [UNCHANGED] = {.what = "save, unchanged",
                   .bytes = 1,
                   .wish = BYTES_AT_LEAST,
                   .limit = 8e9},
    [ONE_PERCENT] = {.what = "save, 1 % changed", .bytes = 1},
    [SAVE] = {.what = "checkpoint of it"},
    [WHOLE_SAME] = {.what = "whole state, unchanged",
                    .bytes = 1,
                    .wish = BYTES_AT_LEAST,
                    .limit = 8e9},
    [WHOLE_SAVE] = {.what = "whole state, all changed, and checkpoint",
                    .bytes = 1,
                    .base = RAW_WRITE,
                    .wish = RATIO_AT_MOST,
                    .limit = 1},
    [LOAD] = {.what = "load, warm, 1 thread", .bytes = 1, .base = RAW_READ},
    [LOAD_2] = {.what = "load, warm, 2 stores in 2 threads",
                .bytes = 1,
                .base = RAW_READ,
                .wish = RATIO_AT_MOST,
                .limit = 1.3},
    [LOAD_OWN] = {.what = "load, warm, a store of 2 threads",
                  .bytes = 1,
                  .base = RAW_READ,
                  .wish = RATIO_AT_MOST,
                  .limit = 1.3},
    [WHOLE_LOAD] = {.what = "whole state, warm, 2 threads",
                    .bytes = 1,
                    .base = RAW_READ,
                    .wish = RATIO_AT_MOST,
                    .limit = 1.3},
    [ONE_LARGE_1] = {.what = "as one tensor, warm, 1 thread",
                     .bytes = 1,
                     .base = RAW_READ},
    [ONE_LARGE_2] = {.what = "as one tensor, warm, 2 threads",
                     .bytes = 1,
                     .base = ONE_LARGE_1,
                     .wish = RATIO_AT_MOST,
                     .limit = 0.9},
    [TENSOR] = {.what = "one tensor, open included",
                .wish = SECONDS_AT_MOST,
                .limit = 1.5e-3},
    [SLICE] = {.what = "slice of 40 KiB",
               .wish = SECONDS_AT_MOST,
               .limit = 0.35e-3},
    [GET_OWN] = {.what = "vs_get_variable, 1 of 1000",
                 .wish = SECONDS_AT_MOST,
                 .limit = 10e-6},
    [GET_BATCH] = {.what = "the same in a batch",
                   .wish = SECONDS_AT_MOST,
                   .limit = 3e-6},
    [OPEN_NAMES] = {.what = "open a store of all names",
                    .wish = SECONDS_AT_MOST,
                    .limit = 50e-3},
    [LOOK_UP] = {.what = "vs_variable_open, 1 of all",
                 .wish = SECONDS_AT_MOST,
                 .limit = 20e-6},
    [LIST] = {.what = "list of a scope of 10 of all",
              .wish = SECONDS_AT_MOST,
              .limit = 50e-6},
    [SAVE_NAMES] = {.what = "checkpoint of all names"},
    [MAKE_SMALL] = {.what = "small variable, 1000 made at once",
                    .wish = SECONDS_AT_MOST,
                    .limit = 20e-6},
};

static void init_rows(struct bench *b)
{
    memcpy(b->rows, blank, sizeof blank);
    for (size_t i = 0; i < N_ROWS; i++)
        b->rows[i].bytes *= (double)b->bytes;
}

static void print_memory(const char *what, double mib)
{
    (void)printf("- memory beside the state, at most, while %s: %.1f MiB "
                 "(wanted <= 16 MiB: %s)\n",
                 what, mib, mib <= 16 ? "met" : "**missed**");
}

int main(int argc, char **argv)
{
    struct bench *b = calloc(1, sizeof *b);

    if (b == NULL)
        die("memory", "there is none left");
    b->dir = ".";
    b->mib = 256;
    b->tensors = 64;
    b->names = 100000;
    b->rounds = 5;
    read_arguments(b, argc, argv);
    state_make(b);
    init_rows(b);
    state_measure_memory(b);
    names_make(b);
    for (int i = 0; i < b->rounds; i++) {
        state_round(b);
        names_round(b);
    }
    (void)printf("State: %lld tensors of float32 (normal, deviation 0.05), "
                 "%.1f MB together. Names: %lld. %d rounds.\n\n",
                 (long long)b->tensors, (double)b->bytes / 1e6,
                 (long long)b->names, b->rounds);
    table_print(b->rows, N_ROWS);
    (void)printf("\n- size of the file: %.3f of the state's bytes\n",
                 b->size_ratio);
    print_memory("saving", b->save_mib);
    print_memory("loading", b->load_mib);
    (void)printf("- %lld small variables in one transaction: %.2f s, "
                 "%.1f MiB of memory, a file of %.1f MiB\n",
                 (long long)b->names, b->make_names_s, b->names_mib,
                 b->names_file_mib);
    state_free(b);
    free(b);
    return 0;
}
