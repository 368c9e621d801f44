/* store_cases.h - what bench_store measures: a state of many tensors, saved,
 * saved again and loaded, and a store of many small variables.
 */
#ifndef VS_BENCH_STORE_CASES_H
#define VS_BENCH_STORE_CASES_H

#include <stdint.h>

#include "table.h"
#include "varstore/varstore.h"

enum row_id {
    COPY,       /* memcpy of the state */
    RAW_WRITE,  /* write and fsync of a plain file */
    RAW_READ,   /* read of it, warm */
    RAW_READ_2, /* the same, two threads */
    CREATE_LOG, /* a new store: all tensors, one transaction, the log flushed */
    CREATE,     /* the same in bulk: each byte is written once */
    NEXT,       /* the small commit after that */
    REWRITE_LOG, /* every element changed */
    REWRITE,     /* the same in bulk */
    UNCHANGED,   /* none */
    ONE_PERCENT, /* one chunk of a hundred */
    SAVE,        /* a checkpoint of the state */
    WHOLE_SAME,  /* vs_state_save, none changed */
    WHOLE_SAVE,  /* vs_state_save, all changed, with a checkpoint */
    LOAD,        /* all tensors, warm, one thread */
    LOAD_2,      /* the same, two threads with a store each */
    LOAD_OWN,    /* the same, by one caller and two threads of the store's */
    WHOLE_LOAD,  /* vs_state_load, two threads of the store's */
    ONE_LARGE_1, /* all of it as one tensor, one thread */
    ONE_LARGE_2, /* the same, two threads of the store's */
    TENSOR,      /* open the store, read one tensor, close */
    SLICE,       /* 40 KiB of rows */
    GET_OWN,     /* vs_get_variable of a name that exists, of 1,000 */
    GET_BATCH,   /* the same inside a read transaction */
    OPEN_NAMES,  /* open a store with all names, close it */
    LOOK_UP,     /* vs_variable_open, of all names */
    LIST,        /* a scope of ten, of all names */
    SAVE_NAMES,  /* a checkpoint of all of them */
    MAKE_SMALL,  /* a small variable, of 1,000 in a transaction */
    N_ROWS
};

struct bench {
    const char *dir; /* where files are made */
    int64_t mib;     /* of the state */
    int64_t tensors; /* it is cut into */
    int64_t names;   /* of the store of small variables */
    int rounds;
    struct row rows[N_ROWS];

    vs_shape shape; /* of each tensor: rows of 1,024 float32 */
    size_t bytes;   /* of the state */
    float *state;   /* what is saved */
    float *copy;    /* where it is loaded to */

    double size_ratio;     /* of the file to the state, once saved */
    double save_mib;       /* peak memory beside the state */
    double load_mib;       /* likewise */
    double make_names_s;   /* time to make the store of small variables */
    double names_file_mib; /* its size */
    double names_mib;      /* memory that making them took at most */
};

#define PATH_BYTES 512

/* The path of a file in the bench's folder; returns `path`, which holds
 * PATH_BYTES. */
const char *bench_path(const struct bench *b, const char *name, char *path);

/* Opens a store for so many threads, or ends the program. */
vs_store *bench_open_for(const char *path, vs_open_mode mode, int threads);

/* The same for as many threads as the library thinks good. */
vs_store *bench_open(const char *path, vs_open_mode mode);

/* Ends the program if a call on a store failed. */
void bench_must(vs_store *store, vs_status st, const char *what);

/* Removes a store and what lies beside it. */
void bench_remove(const char *path);

/* The state: made once; each round changes every element of it. */
void state_make(struct bench *b);
void state_free(struct bench *b);
void state_round(struct bench *b);

/* Peak memory of saving and loading, in a process each. To be called before
 * any store is open. */
void state_measure_memory(struct bench *b);

/* The small variables: made once, asked in each round. */
void names_make(struct bench *b);
void names_round(struct bench *b);

#endif
