/* table.h - times of many things over several rounds, as a Markdown table.
 *
 * A round measures every row once, so that what slows the machine down slows
 * all of them, and a ratio is taken within a round. A cell is the median of
 * the rounds with the least and the most. Beside the time that passed stands
 * the processor's, which tells work from waiting, and other people's load.
 */
#ifndef VS_BENCH_TABLE_H
#define VS_BENCH_TABLE_H

#include <stddef.h>

#define MAX_ROUNDS 51

/* How a row is judged, if it is. */
enum wish {
    NO_WISH,
    RATIO_AT_MOST,   /* of its time to that of the row it is held against */
    SECONDS_AT_MOST, /* of its median */
    BYTES_AT_LEAST   /* in a second, of its median */
};

struct row {
    const char *what;
    double bytes;   /* that a time is for; 0: it is that of one call */
    int base;       /* row to be held against, not the first; 0: none */
    enum wish wish; /* what is wanted */
    double limit;   /* how much of it */
    double seconds[MAX_ROUNDS]; /* of the wall clock */
    double cpu[MAX_ROUNDS];     /* of the processor, all threads */
    int n;                      /* rounds measured */
};

/* A time that is being taken. */
struct lap {
    double began;     /* by a clock that only goes forward */
    double began_cpu; /* of all threads of this process */
};

struct lap lap_begin(void);

/* Notes the time since then, over `n` equal calls, as that of a row in this
 * round. */
void lap_end(const struct lap *lap, int n, struct row *row);

/* Seconds since then, of the wall clock and of the processor. */
double lap_seconds(const struct lap *lap);
double lap_cpu(const struct lap *lap);

/* Prints the table to stdout. GB are 1e9 bytes. */
void table_print(const struct row *rows, size_t n);

/* Ends the program with words on stderr. */
_Noreturn void die(const char *what, const char *why);

/* Memory whose pages are there already; free() it. */
void *memory(size_t n);

#endif
