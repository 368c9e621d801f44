/* pages.h - stores with small pages: the library makes them of 32 KiB, most of
 * which is empty in a small store, but reads any.
 */
#ifndef VS_TEST_PAGES_H
#define VS_TEST_PAGES_H

/* Gives a closed store pages of `bytes`, by the engine itself. Ends the
 * program with words if that fails. */
void pages_shrink(const char *path, int bytes);

#endif
