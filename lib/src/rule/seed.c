/* seed.c - a name and a store's seed, hashed into an op seed.
 *
 * Sources: Fowler, Noll, Vo, FNV-1a (RFC 9923); Steele, Lea, Flood, "Fast
 * Splittable Pseudorandom Number Generators" (OOPSLA 2014), in Vigna's form.
 */
#include "rule/seed.h"

#define FNV_OFFSET   0xcbf29ce484222325u
#define FNV_PRIME    0x00000100000001b3u
#define SEED_MODULUS 2147483647u

static uint64_t fnv1a(const char *text)
{
    uint64_t h = FNV_OFFSET;

    for (const unsigned char *p = (const unsigned char *)text; *p != 0; p++)
        h = (h ^ *p) * FNV_PRIME;
    return h;
}

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

int64_t vs__seed_from_name(const char *name, uint64_t store_seed)
{
    return (int64_t)(mix(fnv1a(name) ^ mix(store_seed)) % SEED_MODULUS);
}
