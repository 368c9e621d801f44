/* meter.c - see meter.h. */
#include "service/meter.h"

#include "base/fail.h"

vs_status vs__meter_add(struct vs__meter *meter, int64_t bytes, vs_error *err)
{
    const vs_progress *progress = &meter->progress;

    meter->done += bytes;
    if (progress->tick == NULL ||
        progress->tick(meter->done, meter->total, progress->ctx) == 0)
        return VS_OK;
    return vs__fail(err, VS_ERR_CANCELLED,
                    "stopped by the progress callback after %lld of %lld bytes",
                    (long long)meter->done, (long long)meter->total);
}
