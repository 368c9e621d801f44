/* meter.h - how far a long call is, for its progress callback. */
#ifndef VS_SERVICE_METER_H
#define VS_SERVICE_METER_H

#include <stdint.h>

#include "varstore/transfer.h"

struct vs__meter {
    vs_progress progress; /* the caller's */
    int64_t done;         /* raw bytes */
    int64_t total;        /* raw bytes, 0 if that is not known */
};

/* Counts bytes as done and tells the callback. VS_ERR_CANCELLED if it asks to
 * stop. */
vs_status vs__meter_add(struct vs__meter *meter, int64_t bytes, vs_error *err);

#endif
