/* swap.h - numbers of the other byte order. */
#ifndef VS_FORMAT_SWAP_H
#define VS_FORMAT_SWAP_H

#include <stdbool.h>
#include <stddef.h>

/* Reverses the bytes of each of `n` numbers of `width` bytes (1, 2, 4, 8), in
 * place, at any address. */
void vs__swap(void *numbers, size_t n, size_t width);

#endif
