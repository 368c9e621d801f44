/* custom.h - what the rules have in common that are callbacks of the caller's:
 * a name, a pointer, or both.
 */
#ifndef VS_RULE_CUSTOM_H
#define VS_RULE_CUSTOM_H

#include <stdbool.h>

#include "varstore/status.h"

#define VS__CALLBACK_NAME_MAX 63 /* bytes */

/* A name for a callback: 1 to VS__CALLBACK_NAME_MAX letters, digits, '_', '.'
 * or '-'. VS_ERR_NAME. `what` is "initializer", "getter" and so on. */
vs_status vs__callback_name_check(const char *what, const char *name,
                                  vs_error *err);

/* A custom rule must have a name (which must be valid) or a pointer:
 * VS_ERR_MISUSE, VS_ERR_NAME. */
vs_status vs__custom_check(const char *what, const char *name, bool pointer,
                           vs_error *err);

/* VS_ERR_CALLBACK: the pointer is needed, and only a name is there. */
vs_status vs__custom_missing(const char *what, const char *name, vs_error *err);

/* Words for a callback that returned `st`; a status above VS_OK, which means
 * nothing here, becomes VS_ERR_MISUSE. Returns the status. */
vs_status vs__custom_stopped(const char *what, const char *name, vs_status st,
                             vs_error *err);

#endif
