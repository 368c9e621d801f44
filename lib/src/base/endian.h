/* endian.h - integers of the file: little-endian, at any address. */
#ifndef VS_BASE_ENDIAN_H
#define VS_BASE_ENDIAN_H

#include <stdint.h>

static inline uint16_t vs__load16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (unsigned)p[1] << 8);
}

static inline uint32_t vs__load32(const uint8_t *p)
{
    return (uint32_t)vs__load16(p) | (uint32_t)vs__load16(p + 2) << 16;
}

static inline uint64_t vs__load64(const uint8_t *p)
{
    return (uint64_t)vs__load32(p) | (uint64_t)vs__load32(p + 4) << 32;
}

static inline void vs__store16(uint8_t *p, uint16_t x)
{
    p[0] = (uint8_t)x;
    p[1] = (uint8_t)(x >> 8);
}

static inline void vs__store32(uint8_t *p, uint32_t x)
{
    vs__store16(p, (uint16_t)x);
    vs__store16(p + 2, (uint16_t)(x >> 16));
}

static inline void vs__store64(uint8_t *p, uint64_t x)
{
    vs__store32(p, (uint32_t)x);
    vs__store32(p + 4, (uint32_t)(x >> 32));
}

#endif
