/* support.h - what tests share. Includes cmocka in the order it asks for. */
#ifndef VS_TEST_SUPPORT_H
#define VS_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "varstore/status.h"

/* Asserts that a call returned this status; prints the words if not. */
#define assert_status(want, call) \
    test_status((want), (call), #call, __FILE__, __LINE__)
#define assert_ok(call) assert_status(VS_OK, call)

void test_status(vs_status want, vs_status got, const char *call,
                 const char *file, int line);

/* cmocka setup and teardown that give a test a folder of its own; the path is
 * in *state. It is removed, with what is in it, after the test. */
int test_dir_setup(void **state);
int test_dir_teardown(void **state);

/* "DIR/NAME" for the folder in *state; the test's own until its teardown.
 * At most 16 per test. */
const char *test_path(void **state, const char *name);

/* How far apart the cases of a long sweep are: 1, or VARSTORE_TEST_STRIDE, for
 * tools under which each case takes fifty times as long. */
size_t test_stride(void);

/* Runs `body` again and again, failing the 1st, 2nd, 3rd, ... allocation of
 * the library (that one, or with `forever` every one from there on), until it
 * runs through. `body` must return VS_ERR_NOMEM while one was denied and leave
 * nothing behind; anything else fails the test. Returns how many allocations
 * there are; if test_stride is not 1 and they are above forty, somewhat more.
 */
int test_each_allocation_failing(vs_status (*body)(void *ctx), void *ctx,
                                 bool forever);

/* Reads a whole file; free() it. NULL if there is none. */
void *test_read_file(const char *path, size_t *n);
void test_write_file(const char *path, const void *bytes, size_t n);

#endif
