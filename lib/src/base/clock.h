/* clock.h - time and the process's own description. */
#ifndef VS_BASE_CLOCK_H
#define VS_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Wall clock in milliseconds since 1970, UTC: for people, never for order. */
int64_t vs__wall_ms(void);

/* Monotonic clock in nanoseconds: for deadlines. */
int64_t vs__monotonic_ns(void);

/* Fills `out` with `n` random bytes of the operating system; 0 on success. */
int vs__random_bytes(void *out, size_t n);

/* The base name of the running program; "" if unknown. */
void vs__program_name(char *out, size_t cap);

/* The host's name; "" if unknown. */
void vs__host_name(char *out, size_t cap);

#endif
