/* swap.c - see swap.h. */
#include "format/swap.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

static void swap16(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++, p += 2) {
        uint16_t x;

        memcpy(&x, p, sizeof x);
        x = __builtin_bswap16(x);
        memcpy(p, &x, sizeof x);
    }
}

static void swap32(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++, p += 4) {
        uint32_t x;

        memcpy(&x, p, sizeof x);
        x = __builtin_bswap32(x);
        memcpy(p, &x, sizeof x);
    }
}

static void swap64(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++, p += 8) {
        uint64_t x;

        memcpy(&x, p, sizeof x);
        x = __builtin_bswap64(x);
        memcpy(p, &x, sizeof x);
    }
}

void vs__swap(void *numbers, size_t n, size_t width)
{
    assert(width == 1 || width == 2 || width == 4 || width == 8);
    if (width == 2)
        swap16(numbers, n);
    else if (width == 4)
        swap32(numbers, n);
    else if (width == 8)
        swap64(numbers, n);
}
