/* sample.h - see sample.c. */
#ifndef VS_TEST_SAMPLE_H
#define VS_TEST_SAMPLE_H

/* 5 below 18, 10 from there on; -1 if that is no age. */
int sample_fare(int age);

/* How far two numbers are from each other. */
int sample_spread(int first, int second);

/* Bits that it takes to tell n things apart. */
unsigned sample_bits(unsigned n);

#endif
