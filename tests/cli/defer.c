/* defer.c - `defer STORE NAME` makes a float32 variable of two ones, later. */
#include <stdio.h>
#include <varstore/varstore.h>

int main(int argc, char **argv)
{
    const vs_store_options options = {.mode = VS_OPEN_WRITE};
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec spec = {
        .shape = &shape, .initializer = vs_ones(), .deferred = VS_YES};
    vs_store *store = NULL;
    vs_error err;

    if (argc != 3)
        return 2;
    if (vs_store_open(argv[1], &options, &store, &err) == VS_OK) {
        (void)vs_variable_create(store, argv[2], &spec, NULL);
        err = *vs_store_error(store);
    }
    vs_store_close(store);
    if (err.status != VS_OK)
        (void)fprintf(stderr, "%s\n", err.message);
    return err.status != VS_OK;
}
