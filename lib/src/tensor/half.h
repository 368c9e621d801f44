/* half.h - the small floats, to and from float. */
#ifndef VS_TENSOR_HALF_H
#define VS_TENSOR_HALF_H

#include <stdint.h>

float vs__f16_to_f32(uint16_t bits);
float vs__bf16_to_f32(uint16_t bits);
float vs__f8_e4m3_to_f32(uint8_t bits);
float vs__f8_e5m2_to_f32(uint8_t bits);

/* Round to nearest, ties to even; NaN stays NaN (quiet, sign kept); what is
 * too large becomes infinite, in f8_e4m3, which has none, NaN. */
uint16_t vs__f16_from_f32(float x);
uint16_t vs__bf16_from_f32(float x);
uint8_t vs__f8_e4m3_from_f32(float x);
uint8_t vs__f8_e5m2_from_f32(float x);

/* From double with one rounding (not by way of float). */
uint16_t vs__f16_from_f64(double x);
uint16_t vs__bf16_from_f64(double x);
uint8_t vs__f8_e4m3_from_f64(double x);
uint8_t vs__f8_e5m2_from_f64(double x);

#endif
