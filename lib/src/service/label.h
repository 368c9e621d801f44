/* label.h - words that people give to checkpoints: tags, metric keys,
 * messages.
 */
#ifndef VS_SERVICE_LABEL_H
#define VS_SERVICE_LABEL_H

#include "varstore/status.h"

/* A tag: 1 .. VS_TAG_MAX bytes of UTF-8, not "latest", not only digits, none
 * of ": ~ / @", no blank and no control character. VS_ERR_NAME. */
vs_status vs__tag_check(const char *tag, vs_error *err);

/* A metric's key: 1 .. VS_TAG_MAX bytes of UTF-8. VS_ERR_NAME. */
vs_status vs__metric_key_check(const char *key, vs_error *err);

/* A message: at most VS_MESSAGE_MAX bytes of UTF-8. VS_ERR_TOOBIG,
 * VS_ERR_NAME. */
vs_status vs__message_check(const char *message, vs_error *err);

#endif
