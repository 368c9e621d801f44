/* peak.h - how much memory this process holds, and held at most. */
#ifndef VS_BENCH_PEAK_H
#define VS_BENCH_PEAK_H

/* MiB that are resident now; pages of mapped files count. */
double peak_now(void);

/* MiB that were resident at most since peak_reset, or since the start. */
double peak_most(void);
void peak_reset(void);

#endif
