/* stores.h - stores and variables for tests, in one line each. */
#ifndef VS_TEST_STORES_H
#define VS_TEST_STORES_H

#include "support.h"
#include "varstore/varstore.h"

/* Opens a store; the test fails, with the words, if that does not work. */
vs_store *test_open(const char *path, vs_open_mode mode);

/* Asserts a status of a call on a store, printing its words if it is another.
 */
#define assert_store(want, store, call) \
    test_store_status((store), (want), (call), #call, __FILE__, __LINE__)

void test_store_status(vs_store *store, vs_status want, vs_status got,
                       const char *call, const char *file, int line);

/* Makes a float32 variable of this shape with elements 0, 1, 2, ... */
vs_variable *test_iota(vs_store *store, const char *name, vs_shape shape);

/* Reads a whole float32 variable; free() it. */
float *test_read_f32(vs_variable *v);

/* Asserts that the store is sound, data included. */
void test_sound(vs_store *store);

#endif
