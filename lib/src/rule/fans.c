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

double vs__fan_variance(const vs_shape *shape, vs_fan fan, double scale)
{
    double in;
    double out;
    double n;

    vs__fans(shape, &in, &out);
    n = fan == VS_FAN_IN ? in : fan == VS_FAN_OUT ? out : (in + out) / 2.0;
    return scale / fmax(1.0, n);
}

double vs__fan_unit(const vs_shape *shape)
{
    double n = 1;

    for (int i = 0; i < shape->rank - 1; i++)
        n *= (double)shape->dims[i];
    return fmax(1.0, n);
}
