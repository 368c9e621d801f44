/* states.c - see states.h. */
#include "states.h"

#include <stdlib.h>
#include <string.h>

#define SECTOR    512
#define MOST_OPEN 4096 /* changes that may be pending at once */

struct walk {
    const struct disk_trace *trace;
    const struct states_options *options;
    bool (*each)(const struct state *state, void *ctx);
    void *ctx;
    struct disk_image *durable;
    const struct disk_op *pending[MOST_OPEN];
    size_t n_pending;
    struct state state;
    uint64_t random;
    uint64_t n; /* states, those that were left out too */
    bool ended;
};

static uint64_t draw(struct walk *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random * 0x2545f4914f6cdd1du;
}

static bool is_name(const struct disk_op *op)
{
    return op->kind == DISK_LINK || op->kind == DISK_UNLINK ||
           op->kind == DISK_RENAME;
}

static bool is_change(const struct disk_op *op)
{
    return is_name(op) || op->kind == DISK_WRITE || op->kind == DISK_TRUNCATE;
}

/* Makes durable what a sync covers. */
static void settle(struct walk *w, const struct disk_op *sync)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n_pending; i++) {
        const struct disk_op *op = w->pending[i];
        const bool covered = sync->kind == DISK_SYNC_DIR
                                 ? is_name(op)
                                 : !is_name(op) && op->file == sync->file;

        if (covered)
            disk_image_apply(w->durable, op);
        else
            w->pending[n++] = op;
    }
    w->n_pending = n;
}

static void tell(struct walk *w, struct disk_image *image, const char *how,
                 uint64_t chosen)
{
    w->state.image = image;
    w->state.how = how;
    w->state.chosen = chosen;
    if (!w->ended)
        w->ended = !w->each(&w->state, w->ctx);
    disk_image_free(image);
}

/* Whether the next state is one of the sample. */
static bool skips(struct walk *w, unsigned one_in)
{
    uint64_t x = ++w->n * 0x9e3779b97f4a7c15u;

    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    return w->ended || x % one_in != 0;
}

/* The first 64 by their bits, the rest by chance. */
static bool takes(struct walk *w, uint64_t chosen, size_t i)
{
    return i < 64 ? (chosen >> i & 1) != 0 : (draw(w) & 1) != 0;
}

static void tell_subset(struct walk *w, const char *how, uint64_t chosen)
{
    struct disk_image *image;

    if (skips(w, w->options->others))
        return;
    image = disk_image_copy(w->durable);
    for (size_t i = 0; i < w->n_pending; i++)
        if (takes(w, chosen, i))
            disk_image_apply(image, w->pending[i]);
    tell(w, image, how, chosen);
}

static void tell_prefix(struct walk *w)
{
    struct disk_image *image;

    if (skips(w, w->options->prefixes))
        return;
    image = disk_image_copy(w->durable);
    for (size_t i = 0; i < w->n_pending; i++)
        disk_image_apply(image, w->pending[i]);
    tell(w, image, "prefix", UINT64_MAX);
}

/* Some sectors of a write arrive, or something else arrives in some. */
static void apply_part(struct walk *w, struct disk_image *image,
                       const struct disk_op *op, bool garbage)
{
    int64_t at = op->at;
    int64_t done = 0;
    const int style = (int)(draw(w) % 3); /* head, tail, any */
    const int64_t cut = (int64_t)(draw(w) % (uint64_t)(op->n + 1));

    while (done < op->n) {
        const int64_t room = SECTOR - at % SECTOR;
        const int64_t n = op->n - done < room ? op->n - done : room;
        const bool arrives = style == 0   ? done < cut
                             : style == 1 ? done >= cut
                                          : (draw(w) & 1) != 0;
        uint8_t noise[SECTOR];

        if (arrives) {
            disk_image_write(image, op->file, at, op->bytes + done, (size_t)n);
        } else if (garbage) {
            for (int64_t i = 0; i < n; i++)
                noise[i] = (uint8_t)draw(w);
            disk_image_write(image, op->file, at, noise, (size_t)n);
        }
        at += n;
        done += n;
    }
}

/* All before one write arrive or not by chance; of that write, a part. */
static void tell_torn(struct walk *w, bool garbage)
{
    struct disk_image *image;
    const size_t victim = (size_t)(draw(w) % w->n_pending);
    const uint64_t all = (draw(w) & 1) != 0 ? UINT64_MAX : draw(w);

    if (skips(w, w->options->others) || w->pending[victim]->kind != DISK_WRITE)
        return;
    image = disk_image_copy(w->durable);
    for (size_t i = 0; i < w->n_pending; i++) {
        if (i == victim)
            apply_part(w, image, w->pending[i], garbage);
        else if (all == UINT64_MAX || takes(w, all, i))
            disk_image_apply(image, w->pending[i]);
    }
    tell(w, image, garbage ? "garbage" : "torn", all);
}

/* All states of a crash at this point. Subsets without the newest change were
 * told at the point before, unless something was promised since. */
static void tell_point(struct walk *w, bool promised)
{
    const size_t n = w->n_pending;

    tell_prefix(w);
    if (n == 0)
        return;
    if (n <= (size_t)w->options->most_all) {
        const uint64_t newest = UINT64_C(1) << (n - 1);

        for (uint64_t s = promised ? 0 : newest; s < 2 * newest - 1; s++)
            tell_subset(w, "subset", s);
    } else {
        for (int i = 0; i < w->options->n_seeds; i++)
            tell_subset(w, "random", draw(w) & draw(w));
        tell_subset(w, "random", 0);
        for (int i = 0; i < w->options->n_seeds; i++)
            tell_subset(w, "random", draw(w) | draw(w));
    }
    for (int i = 0; i < w->options->n_torn; i++)
        tell_torn(w, i % 2 != 0);
}

void states_walk(const struct disk_trace *trace,
                 const struct states_options *options, uint64_t seed,
                 bool (*each)(const struct state *state, void *ctx), void *ctx)
{
    struct walk w = {.trace = trace,
                     .options = options,
                     .each = each,
                     .ctx = ctx,
                     .random = seed * 2 + 1};

    w.durable = disk_image_copy(trace->start);
    for (size_t i = 0; i <= trace->n && !w.ended; i++) {
        const struct disk_op *op = i < trace->n ? &trace->ops[i] : NULL;
        const bool ends = op == NULL || !is_change(op);

        /* The disk may stop before each change that is not a sync; at marks
         * and syncs the point before is complete. */
        w.state.at = i;
        if (op != NULL && op->kind == DISK_MARK) {
            w.state.promised = op->at;
            w.state.begun = op->n;
            tell_point(&w, true);
            continue;
        }
        if (op == NULL)
            break;
        if (ends) {
            settle(&w, op);
            continue;
        }
        if (w.n_pending == MOST_OPEN)
            abort();
        w.pending[w.n_pending++] = op;
        w.state.at = i + 1;
        tell_point(&w, false);
    }
    disk_image_free(w.durable);
}
