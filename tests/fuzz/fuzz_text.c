/* fuzz_text.c - what people type: names and shapes.
 *
 * The threat: a text that is taken for another one, or makes numbers overflow.
 * A name that passes stays a name below a scope; a shape that is read must be
 * read again as it is written.
 */
#include <stdlib.h>
#include <string.h>

#include "model/path.h"
#include "varstore/varstore.h"

static void must(int truth)
{
    if (!truth)
        abort();
}

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char joined[VS_NAME_MAX + 1];
    char *text = malloc(n + 1);
    vs_error err;

    must(text != NULL);
    memcpy(text, data, n);
    text[n] = '\0';
    read_shape(text);
    if (vs__path_check(text, &err) == VS_OK) {
        must(strlen(text) <= VS_NAME_MAX && text[0] != '/');
        if (vs__path_join("scope", text, joined, &err) == VS_OK)
            must(vs__path_check(joined, &err) == VS_OK);
    }
    free(text);
    return 0;
}
