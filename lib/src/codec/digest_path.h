/* digest_path.h - XXH3-128 compiled for more than the plainest processor.
 *
 * Each gives the bytes of vs__digest_of. A file of its own is compiled for the
 * instruction set in its name; digest.c asks the processor before it calls it.
 */
#ifndef VS_CODEC_DIGEST_PATH_H
#define VS_CODEC_DIGEST_PATH_H

#include <stddef.h>

#include "codec/digest.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define VS__DIGEST_X86 1
struct vs__digest vs__digest_avx2(const void *bytes, size_t n);
struct vs__digest vs__digest_avx512(const void *bytes, size_t n);
#else
#define VS__DIGEST_X86 0
#endif

#endif
