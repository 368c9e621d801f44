/* cut.c - `cut STORE NAME PARTS AXIS` makes a float32 variable [4,3] of 0, 1,
 * 2, ..., in parts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <varstore/varstore.h>

int main(int argc, char **argv)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE};
    const vs_shape shape = vs_shape_2d(4, 3);
    float values[12];
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_variable_spec spec = {.initializer = vs_value(&view)};
    vs_store *store = NULL;
    vs_error err;

    if (argc != 5)
        return 2;
    for (int i = 0; i < 12; i++)
        values[i] = (float)i;
    spec.partitioner = vs_fixed_size_partitioner(
        strtol(argv[3], NULL, 10), (int)strtol(argv[4], NULL, 10));
    if (vs_store_open(argv[1], &options, &store, &err) == VS_OK) {
        (void)vs_variable_create(store, argv[2], &spec, NULL);
        err = *vs_store_error(store);
    }
    vs_store_close(store);
    if (err.status != VS_OK)
        (void)fprintf(stderr, "%s\n", err.message);
    return err.status != VS_OK;
}
