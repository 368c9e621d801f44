/* seal.c - `seal STORE SCOPE` seals a scope. */
#include <stdio.h>
#include <varstore/varstore.h>

int main(int argc, char **argv)
{
    const vs_store_options options = {.mode = VS_OPEN_WRITE, .program = "seal"};
    vs_store *store = NULL;
    vs_error err;

    if (argc != 3)
        return 2;
    if (vs_store_open(argv[1], &options, &store, &err) == VS_OK) {
        (void)vs_scope_seal(store, argv[2], VS_HERE);
        err = *vs_store_error(store);
    }
    vs_store_close(store);
    if (err.status != VS_OK)
        (void)fprintf(stderr, "%s\n", err.message);
    return err.status != VS_OK;
}
