/* model.h - predicts the next character; knows nothing of storing.
 *
 * A window of characters is embedded, passes one hidden layer of tanh and ends
 * in a softmax over the alphabet (Bengio et al., 2003). All parameters lie in
 * one array of floats, tensor after tensor. One thread, one fixed order of
 * every sum: the same input gives the same bits, on one machine and build.
 */
#ifndef EXAMPLE_MODEL_H
#define EXAMPLE_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define MODEL_WINDOW  16                           /* characters it sees */
#define MODEL_EMBED   24                           /* floats for each */
#define MODEL_INPUT   (MODEL_WINDOW * MODEL_EMBED) /* of the hidden layer */
#define MODEL_HIDDEN  256
#define MODEL_TENSORS 5
#define MODEL_PARAMETERS                                                      \
    (TEXT_SYMBOLS * MODEL_EMBED + MODEL_INPUT * MODEL_HIDDEN + MODEL_HIDDEN + \
     MODEL_HIDDEN * TEXT_SYMBOLS + TEXT_SYMBOLS)

struct model_tensor {
    const char *scope; /* its layer */
    const char *name;  /* in the layer */
    int rank;          /* 1: a bias; 2: a matrix */
    int64_t dims[2];   /* [in, out], or [out] */
    size_t first;      /* its first element in the array of parameters */
};

extern const struct model_tensor model_tensors[MODEL_TENSORS];

/* SplitMix64: the next number of the generator whose state is *state. */
uint64_t model_draw(uint64_t *state);

/* Mean loss, in nats, of predicting text[at[i]] from the MODEL_WINDOW
 * characters before it, over n positions. */
double model_loss(const float *parameters, const struct text *text,
                  const size_t *at, int n);

/* The same, and its gradient, which replaces what `gradient` held. */
double model_gradient(const float *parameters, const struct text *text,
                      const size_t *at, int n, float *gradient);

/* Writes n characters and a NUL to `out`, each drawn by the model from the
 * window before it; the first window is the text's beginning. `seed` decides
 * the draws. */
void model_write(const float *parameters, const struct text *text,
                 uint64_t seed, int n, char *out);

/* One step of Adam, the `step`-th (from 1), with moments m and v. */
void model_adam(float *parameters, float *m, float *v, const float *gradient,
                int64_t step);

#endif
