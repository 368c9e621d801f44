/* state.h - all that a training run is, kept as variables of a store.
 *
 *     model/LAYER/NAME   f32   parameters, Glorot uniform or zero at first
 *     adam/m/LAYER/NAME  f32   first moments
 *     adam/v/LAYER/NAME  f32   second moments
 *     train/step         i64   steps done
 *     train/rng          u64   state of the generator that draws batches
 *     train/text         u64   digest of the text, to notice another one
 */
#ifndef EXAMPLE_STATE_H
#define EXAMPLE_STATE_H

#include <stddef.h>
#include <stdint.h>

#include <varstore/varstore.h>

#include "model.h"

#define STATE_VARIABLES (3 * MODEL_TENSORS + 3)

struct state {
    float parameters[MODEL_PARAMETERS];
    float m[MODEL_PARAMETERS]; /* Adam's moments */
    float v[MODEL_PARAMETERS];
    int64_t step;
    uint64_t rng;
    uint64_t text;
    vs_variable *variables[STATE_VARIABLES]; /* where it is kept, and */
    vs_view views[STATE_VARIABLES];          /* which memory belongs to it */
    int n;                                   /* of both */
};

/* Gets every variable, making those that are absent: `seed` decides the first
 * values, `text` is the digest of the text. Reads nothing yet. What was gotten
 * before a failure is freed with state_free all the same. */
vs_status state_get(vs_store *store, uint64_t seed, uint64_t text,
                    struct state *state);

/* Frees the handles, not the memory. */
void state_free(struct state *state);

/* Brings memory up to the store's current values, or the other way round; put
 * both into a transaction to have one state. */
vs_status state_read(struct state *state);
vs_status state_write(struct state *state);

/* Reads the parameters, and nothing else, as the checkpoint has them, or the
 * current ones if `checkpoint` is 0. */
vs_status state_read_model(vs_store *store, int64_t checkpoint,
                           float *parameters);

/* Prints "PROGRAM: DOING: MESSAGE" and the hint, to stderr. */
void state_complain(const char *program, const char *doing,
                    const vs_error *error);

#endif
