/* model.c - see model.h.
 *
 * Inner loops run over one row of a matrix with independent elements, or sum
 * in LANES fixed lanes: a compiler can use vector instructions without being
 * allowed to reorder a sum.
 */
#include "model.h"

#include <math.h>
#include <string.h>

#define LANES 8

/* Where each tensor starts. */
#define AT_EMBEDDING     0
#define AT_HIDDEN_KERNEL (AT_EMBEDDING + TEXT_SYMBOLS * MODEL_EMBED)
#define AT_HIDDEN_BIAS   (AT_HIDDEN_KERNEL + MODEL_INPUT * MODEL_HIDDEN)
#define AT_OUTPUT_KERNEL (AT_HIDDEN_BIAS + MODEL_HIDDEN)
#define AT_OUTPUT_BIAS   (AT_OUTPUT_KERNEL + MODEL_HIDDEN * TEXT_SYMBOLS)

const struct model_tensor model_tensors[MODEL_TENSORS] = {
    {"embedding", "table", 2, {TEXT_SYMBOLS, MODEL_EMBED}, AT_EMBEDDING},
    {"hidden", "kernel", 2, {MODEL_INPUT, MODEL_HIDDEN}, AT_HIDDEN_KERNEL},
    {"hidden", "bias", 1, {MODEL_HIDDEN, 0}, AT_HIDDEN_BIAS},
    {"output", "kernel", 2, {MODEL_HIDDEN, TEXT_SYMBOLS}, AT_OUTPUT_KERNEL},
    {"output", "bias", 1, {TEXT_SYMBOLS, 0}, AT_OUTPUT_BIAS},
};

/* What one window leaves behind on its way through the layers. */
struct pass {
    float x[MODEL_INPUT];   /* embedded window */
    float h[MODEL_HIDDEN];  /* after tanh */
    float p[TEXT_SYMBOLS];  /* probabilities; on the way back p - target */
    float dh[MODEL_HIDDEN]; /* gradient before tanh */
};

/* y += a * x */
static inline void axpy(int n, float a, const float *restrict x,
                        float *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] += a * x[i];
}

static inline float dot(int n, const float *restrict x, const float *restrict y)
{
    float lane[LANES] = {0};
    float sum = 0;

    for (int i = 0; i < n; i += LANES)
        for (int k = 0; k < LANES; k++)
            lane[k] += x[i + k] * y[i + k];
    for (int k = 0; k < LANES; k++)
        sum += lane[k];
    return sum;
}

static void softmax(float *p)
{
    float top = p[0];
    float sum = 0;

    for (int i = 1; i < TEXT_SYMBOLS; i++)
        top = p[i] > top ? p[i] : top;
    for (int i = 0; i < TEXT_SYMBOLS; i++) {
        p[i] = expf(p[i] - top);
        sum += p[i];
    }
    for (int i = 0; i < TEXT_SYMBOLS; i++)
        p[i] /= sum;
}

static void forward(const float *w, const unsigned char *window, struct pass *a)
{
    for (int i = 0; i < MODEL_WINDOW; i++)
        memcpy(a->x + i * MODEL_EMBED,
               w + AT_EMBEDDING + window[i] * MODEL_EMBED,
               MODEL_EMBED * sizeof *w);
    memcpy(a->h, w + AT_HIDDEN_BIAS, sizeof a->h);
    for (int i = 0; i < MODEL_INPUT; i++)
        axpy(MODEL_HIDDEN, a->x[i], w + AT_HIDDEN_KERNEL + i * MODEL_HIDDEN,
             a->h);
    for (int i = 0; i < MODEL_HIDDEN; i++)
        a->h[i] = tanhf(a->h[i]);
    memcpy(a->p, w + AT_OUTPUT_BIAS, sizeof a->p);
    for (int i = 0; i < MODEL_HIDDEN; i++)
        axpy(TEXT_SYMBOLS, a->h[i], w + AT_OUTPUT_KERNEL + i * TEXT_SYMBOLS,
             a->p);
    softmax(a->p);
}

static double loss_of(const struct pass *a, int target)
{
    return -log((double)a->p[target] + 1e-30);
}

/* Adds `scale` times the gradient of one window's loss to `g`. */
static void backward(const float *w, const unsigned char *window, int target,
                     float scale, struct pass *a, float *g)
{
    a->p[target] -= 1;
    for (int i = 0; i < TEXT_SYMBOLS; i++)
        a->p[i] *= scale;
    axpy(TEXT_SYMBOLS, 1, a->p, g + AT_OUTPUT_BIAS);
    for (int i = 0; i < MODEL_HIDDEN; i++) {
        int at = AT_OUTPUT_KERNEL + i * TEXT_SYMBOLS;

        axpy(TEXT_SYMBOLS, a->h[i], a->p, g + at);
        a->dh[i] = dot(TEXT_SYMBOLS, w + at, a->p) * (1 - a->h[i] * a->h[i]);
    }
    axpy(MODEL_HIDDEN, 1, a->dh, g + AT_HIDDEN_BIAS);
    for (int i = 0; i < MODEL_INPUT; i++) {
        int at = AT_HIDDEN_KERNEL + i * MODEL_HIDDEN;
        int symbol = window[i / MODEL_EMBED];

        axpy(MODEL_HIDDEN, a->x[i], a->dh, g + at);
        g[AT_EMBEDDING + symbol * MODEL_EMBED + i % MODEL_EMBED] +=
            dot(MODEL_HIDDEN, w + at, a->dh);
    }
}

uint64_t model_draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

double model_loss(const float *parameters, const struct text *text,
                  const size_t *at, int n)
{
    struct pass a;
    double sum = 0;

    for (int i = 0; i < n; i++) {
        forward(parameters, text->symbols + at[i] - MODEL_WINDOW, &a);
        sum += loss_of(&a, text->symbols[at[i]]);
    }
    return sum / n;
}

double model_gradient(const float *parameters, const struct text *text,
                      const size_t *at, int n, float *gradient)
{
    struct pass a;
    double sum = 0;

    memset(gradient, 0, MODEL_PARAMETERS * sizeof *gradient);
    for (int i = 0; i < n; i++) {
        const unsigned char *window = text->symbols + at[i] - MODEL_WINDOW;
        int target = text->symbols[at[i]];

        forward(parameters, window, &a);
        sum += loss_of(&a, target);
        backward(parameters, window, target, 1.0f / (float)n, &a, gradient);
    }
    return sum / n;
}

/* Draws a symbol; probabilities are squared first, so that likely ones win. */
static int pick(const float *p, float chance)
{
    float sum = 0;
    int symbol = 0;

    for (int i = 0; i < TEXT_SYMBOLS; i++)
        sum += p[i] * p[i];
    chance *= sum;
    while (symbol < TEXT_SYMBOLS - 1 && (chance -= p[symbol] * p[symbol]) >= 0)
        symbol++;
    return symbol;
}

void model_write(const float *parameters, const struct text *text,
                 uint64_t seed, int n, char *out)
{
    unsigned char window[MODEL_WINDOW];
    struct pass a;

    memcpy(window, text->symbols, MODEL_WINDOW);
    for (int i = 0; i < n; i++) {
        float chance = (float)(model_draw(&seed) >> 40) / (float)(1 << 24);

        forward(parameters, window, &a);
        memmove(window, window + 1, MODEL_WINDOW - 1);
        window[MODEL_WINDOW - 1] = (unsigned char)pick(a.p, chance);
        out[i] = (char)window[MODEL_WINDOW - 1];
    }
    out[n] = '\0';
}

void model_adam(float *parameters, float *m, float *v, const float *gradient,
                int64_t step)
{
    const float rate = 2e-3f;
    const float b1 = 0.9f;
    const float b2 = 0.999f;
    const float c1 = (float)(1 / (1 - pow(b1, (double)step)));
    const float c2 = (float)(1 / (1 - pow(b2, (double)step)));

    for (int i = 0; i < MODEL_PARAMETERS; i++) {
        m[i] = b1 * m[i] + (1 - b1) * gradient[i];
        v[i] = b2 * v[i] + (1 - b2) * gradient[i] * gradient[i];
        parameters[i] -= rate * (m[i] * c1) / (sqrtf(v[i] * c2) + 1e-8f);
    }
}
