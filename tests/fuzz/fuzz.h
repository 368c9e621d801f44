/* fuzz.h - what a fuzz target is: one function that is given any bytes.
 *
 * libFuzzer calls it millions of times, replay.c once for each kept input. A
 * target ends the program where a promise is broken; crashes, leaks and what
 * sanitizers see are found without its help.
 */
#ifndef VS_FUZZ_H
#define VS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The promise that is tested. */
#define must(promise) \
    ((promise) ? (void)0 : fuzz_broken(#promise, __FILE__, __LINE__))

static inline _Noreturn void fuzz_broken(const char *promise, const char *file,
                                         int line)
{
    (void)fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
    abort();
}

#endif
