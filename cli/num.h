/* num.h - numbers, sizes and times, as people write and read them. */
#ifndef CLI_NUM_H
#define CLI_NUM_H

#include <stdbool.h>
#include <stdint.h>

#define NUM_TEXT 64 /* bytes that hold what any function here writes */

/* Whole texts only: no blanks, no rest. False if it is not such a number. */
bool num_int(const char *text, int64_t *out);
bool num_double(const char *text, double *out);

/* "4096", "256KiB", "1M", "1 MiB"; powers of 1024. False as above, and for
 * what is negative or above 2^63-1. */
bool num_bytes(const char *text, int64_t *out);

/* Each writes into `text`, of NUM_TEXT bytes, and returns it. */
char *num_plain(int64_t n, char *text);                /* 1234567 */
char *num_commas(int64_t n, char *text);               /* 1,234,567 */
char *num_size(int64_t bytes, char *text);             /* 27.0 MiB */
char *num_ratio(int64_t part, int64_t of, char *text); /* 0.91, or "-" */
char *num_real(double x, char *text);                  /* 4 digits; nan, inf */
char *num_exact(double x, char *text);                 /* reads back the same */
char *num_percent(int64_t part, int64_t of, char *text); /* "0.02 %" */

/* "3 min ago", with `now_ms`; "2026-07-01T12:00:00.000Z". */
char *num_ago(int64_t ms, int64_t now_ms, char *text);
char *num_utc(int64_t ms, char *text);

/* Milliseconds since 1970. */
int64_t num_now(void);

#endif
