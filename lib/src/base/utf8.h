/* utf8.h - well-formed UTF-8, as Unicode's table 3-7 has it. */
#ifndef VS_BASE_UTF8_H
#define VS_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at `p`, of which `left` bytes may be looked at; 0 if
 * they are not well-formed: a stray or missing continuation, an overlong form,
 * a surrogate, beyond U+10FFFF, or left == 0. */
size_t vs__utf8_length(const uint8_t *p, size_t left);

/* True if all `n` bytes are well-formed. */
bool vs__utf8_valid(const uint8_t *bytes, size_t n);

/* Writes the code point, neither a surrogate nor beyond U+10FFFF, and returns
 * its bytes, 1 to 4. */
size_t vs__utf8_put(uint32_t point, uint8_t *out);

#endif
