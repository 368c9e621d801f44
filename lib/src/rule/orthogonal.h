/* orthogonal.h - a random matrix with orthonormal columns.
 *
 * The Q of a Gaussian matrix A = QR, signs chosen so that R's diagonal is not
 * negative, which makes Q unique and evenly distributed: F. Mezzadri, "How to
 * generate random matrices from the classical compact groups" (2007).
 */
#ifndef VS_RULE_ORTHOGONAL_H
#define VS_RULE_ORTHOGONAL_H

#include <stdbool.h>
#include <stdint.h>

/* Replaces a matrix of m rows and n columns, m >= n, by its Q. Columns lie
 * back to back: element (r, c) is a[c * m + r]. Entries are of a size whose
 * squares neither overflow nor vanish. Householder's method; where R's
 * diagonal is zero the sign is +. About 4 n^2 (m - n / 3) operations. False if
 * memory ran out, `a` then as it was. */
bool vs__orthogonalize(double *a, int64_t m, int64_t n);

#endif
