/* fuzz_text.c - what people type: names, shapes and slices.
 *
 * The threat: a text that is taken for another one, or makes numbers overflow.
 * A name that passes stays a name below a scope; a shape that is read must be
 * read again as it is written; a slice lies inside the shape it was read for.
 */
#include <string.h>

#include "fuzz.h"
#include "model/path.h"
#include "varstore/varstore.h"

static void read_shape(const char *text)
{
    char again[VS_SHAPE_TEXT_MAX];
    vs_shape shape;
    vs_shape twin;

    if (vs_shape_parse(text, &shape, NULL) != VS_OK)
        return;
    must(vs_shape_parse(vs_shape_text(&shape, again), &twin, NULL) == VS_OK);
    must(vs_shape_equal(&shape, &twin));
}

/* Every element that a slice selects is one of the tensor's. */
static void read_slice(const char *text)
{
    const vs_shape shapes[] = {vs_shape_scalar(), vs_shape_1d(10),
                               vs_shape_2d(0, 3), vs_shape_3d(4, INT32_MAX, 7)};

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        vs_slice slice;
        vs_error err;

        if (vs_slice_parse(text, &shapes[i], &slice, &err) != VS_OK) {
            must(err.message[0] != '\0');
            continue;
        }
        for (int axis = 0; axis < shapes[i].rank; axis++) {
            const int64_t n = shapes[i].dims[axis];
            const int64_t first = slice.start[axis];
            const int64_t count = slice.count[axis];
            const int64_t last = first + (count - 1) * slice.step[axis];

            must(count >= 0 && count <= n);
            must(count == 0 ||
                 (first >= 0 && first < n && last >= 0 && last < n));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char joined[VS_NAME_MAX + 1];
    char *text = malloc(n + 1);
    vs_error err;

    must(text != NULL);
    memcpy(text, data, n);
    text[n] = '\0';
    read_shape(text);
    read_slice(text);
    if (vs__path_check(text, &err) == VS_OK) {
        must(strlen(text) <= VS_NAME_MAX && text[0] != '/');
        if (vs__path_join("scope", text, joined, &err) == VS_OK)
            must(vs__path_check(joined, &err) == VS_OK);
    }
    free(text);
    return 0;
}
