/* sample.c - what mutate.self tries mutate.py on. */
#include "sample.h"

int sample_fare(int age)
{
    int fare = 0; /* one more: the same code */

    if (age < 0 || age > 150)
        return -1;
    fare = age < 18 ? 5 : 10; /* 18 is not asked: survives */
    return fare;
}

int sample_spread(int first, int second)
{
    if (first > second) /* or the same: listed */
        return first - second;
    return second - first;
}

unsigned sample_bits(unsigned n)
{
    unsigned bits = 0;

    for (unsigned bit = 1; bit < n; bit *= 2) /* from 0: for ever */
        bits++;
    return bits;
}
