/* target.h - what is known of the processor when a file is compiled. */
#ifndef VS_BASE_TARGET_H
#define VS_BASE_TARGET_H

/* Whether numbers in memory begin with their most significant byte. */
#define VS__HOST_BIG (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/* Processors that have kernels of their own.
 *
 * An x86 of 64 bits: whether it has more than SSE2 is known when it runs. */
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define VS__X86 1
#else
#define VS__X86 0
#endif

/* An ARM of 64 bits that has the lowest byte first. Each has NEON. */
#if defined(__aarch64__) && defined(__AARCH64EL__)
#define VS__NEON 1
#else
#define VS__NEON 0
#endif

#endif
