/* fans.c - see fans.h. */
#include "rule/fans.h"

#include <math.h>

void vs__fans(const vs_shape *shape, double *fan_in, double *fan_out)
{
    const int last = shape->rank - 1;
    double field = 1; /* elements of the receptive field */

    if (shape->rank < 2) {
        *fan_in = shape->rank == 0 ? 1 : (double)shape->dims[0];
        *fan_out = *fan_in;
        return;
    }
    for (int i = 0; i < last - 1; i++)
        field *= (double)shape->dims[i];
    *fan_in = (double)shape->dims[last - 1] * field;
    *fan_out = (double)shape->dims[last] * field;
}

double vs__glorot_limit(const vs_shape *shape)
{
    double fan_in;
    double fan_out;

    vs__fans(shape, &fan_in, &fan_out);
    return sqrt(3.0 * (1.0 / fmax(1.0, (fan_in + fan_out) / 2.0)));
}
