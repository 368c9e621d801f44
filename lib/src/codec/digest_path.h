/* digest_path.h - XXH3-128, once per instruction set.
 *
 * All give the same bytes. A file of its own is compiled for the instruction
 * set in its name; digest.c asks the processor before it calls it.
 */
#ifndef VS_CODEC_DIGEST_PATH_H
#define VS_CODEC_DIGEST_PATH_H

#include <stddef.h>

#include "base/target.h"
#include "codec/digest.h"

struct XXH3_state_s;

struct vs__digest_path {
    struct vs__digest (*of)(const void *bytes, size_t n);
    void (*add)(struct XXH3_state_s *state, const void *bytes, size_t n);
};

extern const struct vs__digest_path vs__digest_plain;
#if VS__X86
extern const struct vs__digest_path vs__digest_avx2;
extern const struct vs__digest_path vs__digest_avx512;
#endif

#endif
