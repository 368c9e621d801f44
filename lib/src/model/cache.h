/* cache.h - a value kept in the handle that read it: TensorFlow's caching
 * device.
 */
#ifndef VS_MODEL_CACHE_H
#define VS_MODEL_CACHE_H

#include "model/handle.h"

/* Reads the whole value through the handle's cache. What is kept is of one
 * version, and `version` is what the caller's transaction just found to be
 * current: so nothing stale is ever handed out. Without memory for it the
 * value is read as if there were no cache. */
vs_status vs__cached_read(vs_variable *v, int64_t version, const vs_view *into);

#endif
