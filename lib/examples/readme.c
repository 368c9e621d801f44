/* Each run finds what the run before it left, and adds to it. */
#include <stdio.h>
#include <varstore/varstore.h>

int main(void)
{
    vs_store *store = NULL;
    vs_context *ctx = NULL;
    vs_variable *kernel = NULL;
    vs_error err;
    float values[3 * 4];
    vs_shape shape = vs_shape_2d(3, 4);
    vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_variable_spec spec = {.shape = &shape, .site = VS_HERE};
    vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
    vs_store_options open = {.mode = VS_OPEN_CREATE};
    vs_status st = vs_store_open("run7.vars.db", &open, &store, &err);

    if (st == VS_OK)
        st = vs_context_new(store, &ctx);
    VS_WITH_SCOPE (st, ctx, "layer1", &sharing)
        st = vs_get_variable(ctx, "kernel", &spec, &kernel); // made, or found
    if (st == VS_OK)
        st = vs_variable_read(kernel, &view);
    if (st == VS_OK) {
        values[0] += 1; // train
        st = vs_variable_write(kernel, &view);
    }
    if (st == VS_OK)
        st = vs_checkpoint_save(store, NULL, NULL);
    if (st == VS_OK)
        printf("layer1/kernel starts with %g\n", values[0]);
    else
        fprintf(stderr, "%s\n",
                (store ? vs_store_error(store) : &err)->message);
    vs_variable_free(kernel);
    vs_context_free(ctx);
    vs_store_close(store);
    return st != VS_OK;
}
