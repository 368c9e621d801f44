/* state.c - see state.h. */
#include "state.h"

#include <stdio.h>

/* Gets one variable of the current scope and ties memory to it. */
static vs_status tie(vs_context *ctx, const char *name,
                     const vs_variable_spec *spec, const vs_view *memory,
                     struct state *state)
{
    vs_variable **v = &state->variables[state->n];
    vs_status st = vs_get_variable(ctx, name, spec, v);

    if (st == VS_OK)
        state->views[state->n++] = *memory;
    return st;
}

static vs_shape shape_of(const struct model_tensor *t)
{
    return t->rank == 1 ? vs_shape_1d(t->dims[0])
                        : vs_shape_2d(t->dims[0], t->dims[1]);
}

/* One set of tensors like the model's. With a seed, matrices start random. */
static vs_status tie_tensors(vs_context *ctx, const char *scope,
                             const uint64_t *seed, float *memory,
                             struct state *state)
{
    static const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
    vs_status st = VS_OK;

    VS_WITH_SCOPE (st, ctx, scope, &sharing) {
        for (int i = 0; i < MODEL_TENSORS && st == VS_OK; i++) {
            const struct model_tensor *t = &model_tensors[i];
            vs_shape shape = shape_of(t);
            vs_view view = vs_view_of(VS_F32, &shape, memory + t->first);
            vs_variable_spec spec = {
                .dtype = VS_F32,
                .shape = &shape,
                .initializer = vs_zeros(),
                .trainable = seed != NULL ? VS_YES : VS_NO,
                .site = VS_HERE,
            };

            if (seed != NULL && t->rank == 2)
                spec.initializer = vs_glorot_uniform((int64_t)(*seed + i));
            VS_WITH_SCOPE (st, ctx, t->scope, NULL) {
                st = tie(ctx, t->name, &spec, &view, state);
            }
        }
    }
    return st;
}

/* A number of the run itself; it starts as `*memory`. */
static vs_status tie_number(vs_context *ctx, const char *name, vs_dtype dtype,
                            void *memory, struct state *state)
{
    vs_shape scalar = vs_shape_scalar();
    vs_view view = vs_view_of(dtype, &scalar, memory);
    vs_variable_spec spec = {
        .initializer = vs_value(&view), /* gives dtype and shape too */
        .trainable = VS_NO,
        .site = VS_HERE,
    };

    return tie(ctx, name, &spec, &view, state);
}

static vs_status tie_numbers(vs_context *ctx, struct state *state)
{
    static const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
    vs_status st = VS_OK;

    VS_WITH_SCOPE (st, ctx, "train", &sharing) {
        st = tie_number(ctx, "step", VS_I64, &state->step, state);
        if (st == VS_OK)
            st = tie_number(ctx, "rng", VS_U64, &state->rng, state);
        if (st == VS_OK)
            st = tie_number(ctx, "text", VS_U64, &state->text, state);
    }
    return st;
}

vs_status state_get(vs_store *store, uint64_t seed, uint64_t text,
                    struct state *state)
{
    vs_context *ctx = NULL;
    vs_status st = vs_context_new(store, &ctx);

    state->n = 0;
    state->step = 0;
    state->rng = seed;
    state->text = text;
    if (st == VS_OK)
        st = tie_tensors(ctx, "model", &seed, state->parameters, state);
    if (st == VS_OK)
        st = tie_tensors(ctx, "adam/m", NULL, state->m, state);
    if (st == VS_OK)
        st = tie_tensors(ctx, "adam/v", NULL, state->v, state);
    if (st == VS_OK)
        st = tie_numbers(ctx, state);
    vs_context_free(ctx);
    return st;
}

void state_free(struct state *state)
{
    while (state->n > 0)
        vs_variable_free(state->variables[--state->n]);
}

vs_status state_read(struct state *state)
{
    vs_status st = VS_OK;

    for (int i = 0; i < state->n && st == VS_OK; i++)
        st = vs_variable_read(state->variables[i], &state->views[i]);
    return st;
}

vs_status state_write(struct state *state)
{
    vs_status st = VS_OK;

    for (int i = 0; i < state->n && st == VS_OK; i++)
        st = vs_variable_write(state->variables[i], &state->views[i]);
    return st;
}

vs_status state_read_model(vs_store *store, int64_t checkpoint,
                           float *parameters)
{
    vs_status st = VS_OK;

    for (int i = 0; i < MODEL_TENSORS && st == VS_OK; i++) {
        const struct model_tensor *t = &model_tensors[i];
        vs_shape shape = shape_of(t);
        vs_view into = vs_view_of(VS_F32, &shape, parameters + t->first);
        vs_variable *v = NULL;
        char name[64];

        (void)snprintf(name, sizeof name, "model/%s/%s", t->scope, t->name);
        st = checkpoint == 0 ? vs_variable_open(store, name, &v)
                             : vs_variable_open_at(store, checkpoint, name, &v);
        if (st == VS_OK)
            st = vs_variable_read(v, &into);
        vs_variable_free(v);
    }
    return st;
}

void state_complain(const char *program, const char *doing,
                    const vs_error *error)
{
    (void)fprintf(stderr, "%s: %s: %s\n", program, doing, error->message);
    if (error->hint[0] != '\0')
        (void)fprintf(stderr, "%s: %s\n", program, error->hint);
}
