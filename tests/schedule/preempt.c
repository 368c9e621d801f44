/* preempt.c - two processes, stopped in the middle of a call: each before every
 * call to the disk, while the other goes on.
 *
 * Process A runs until its i-th call to the disk, B until its j-th, then A to
 * its end and B to its end; for all i and j. What comes out must be what one
 * of the two orders gives, without a stop; who reads meanwhile must see a state
 * that was; and nobody is told that the store is busy, since both go on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"
#include "stage.h"
#include "steps.h"

/* What a process does. It has the store open before, except to open it. */
struct part {
    const char *name;
    bool opens;
    step_fn *steps[4];
};

static struct look seen; /* by whoever looks */
static bool looked;

static vs_status look_now(struct world *w)
{
    struct look look;
    vs_status st = vs_store_begin(w->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    look_through(w->store, false, &look);
    (void)vs_store_rollback(w->store);
    seen = look;
    looked = true;
    return look.st;
}

/* Of two who do so, one finds that it is done. */
static vs_status delete_once(struct world *w)
{
    const vs_status st = delete_first(w);

    return st == VS_ERR_NOTFOUND ? VS_OK : st;
}

static const struct part parts[] = {
    {"write a small value", false, {write_small}},
    {"write a large value", false, {write_large}},
    {"write and flush", false, {write_back, flush}},
    {"flush", false, {flush}},
    {"write past the cap", false, {write_past_the_cap}},
    {"look", false, {look_now}},
    {"open, look and close", true, {open_read, look_now, close_store}},
    {"open, write and close", true, {open_write, write_equal, close_store}},
    {"save", false, {save_plain}},
    {"delete a checkpoint", false, {delete_once}},
    {"close", false, {close_store}},
};

/* A bug: what is read in one transaction is written in another. */
static vs_status add_carelessly(struct world *w)
{
    float values[12];
    const vs_shape shape = vs_shape_1d(12);
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(w->store, "small", &v);

    if (st == VS_OK)
        st = vs_variable_read(v, &view);
    for (int i = 0; i < 12; i++)
        values[i] += 1;
    if (st == VS_OK)
        st = vs_variable_write(v, &view);
    vs_variable_free(v);
    return st;
}

static const struct part careless = {"add", false, {add_carelessly}};

#define N_PARTS (sizeof parts / sizeof parts[0])

struct actor {
    const struct part *part;
    struct world w;
    vs_status st;
    char words[256];
};

struct pair {
    struct harness h;
    struct actor actors[2];
    struct look looks[5]; /* before, A, B, A and B, B and A */
};

static void play(void *ctx)
{
    struct actor *a = ctx;

    a->st = VS_OK;
    for (int i = 0; i < 4 && a->part->steps[i] != NULL && a->st == VS_OK; i++)
        a->st = a->part->steps[i](&a->w);
    if (a->st != VS_OK)
        (void)snprintf(a->words, sizeof a->words, "%s: %.200s",
                       vs_status_word(a->st), world_words(&a->w));
}

static const struct scenario start = {"preempt", BASE_KILLED, 0, {NULL}};

static void set_up(struct pair *p)
{
    struct world first;

    world_begin(&first, &start);
    for (int i = 0; i < 2; i++) {
        struct actor *a = &p->actors[i];

        memset(&a->w, 0, sizeof a->w);
        a->words[0] = '\0';
        if (!a->part->opens && open_write(&a->w) != VS_OK)
            abort();
    }
    /* Something that both have not seen yet. */
    if (create_random(&first) != VS_OK)
        abort();
    world_end(&first);
    looked = false;
}

static void tear_down(struct pair *p)
{
    world_end(&p->actors[0].w);
    world_end(&p->actors[1].w);
}

/* The state after some of the actors have played, one after the other. */
static void play_in_order(struct pair *p, int n, int first, struct look *out)
{
    set_up(p);
    for (int i = 0; i < n; i++)
        play(&p->actors[i == 0 ? first : 1 - first]);
    tear_down(p);
    look_at(VS_OPEN_WRITE, true, out);
}

static bool among(const struct look *look, const struct look *looks, int n)
{
    for (int i = 0; i < n; i++)
        if (look_same(look, &looks[i]))
            return true;
    return false;
}

static void tell(struct pair *p, const struct stage *s, const char *what,
                 const char *words)
{
    harness_violation(
        &p->h, "A: %s, left before %s (%ld); B: %s, %s (%ld): %s %s",
        p->actors[0].part->name, s->left_at[0], s->leaves_at[0],
        p->actors[1].part->name, s->left_at[1], s->leaves_at[1], what, words);
}

static void try_plan(struct pair *p, struct stage *s)
{
    struct look look;

    set_up(p);
    stage_play(s);
    for (int i = 0; i < 2; i++)
        if (p->actors[i].st != VS_OK)
            tell(p, s, i == 0 ? "A failed:" : "B failed:", p->actors[i].words);
    tear_down(p);
    p->h.n_states++;
    if (looked && !among(&seen, p->looks, 5))
        tell(p, s, "a state was seen that never was", seen.words);
    look_at(VS_OPEN_WRITE, true, &look);
    if (!look_is_sound(&look))
        tell(p, s, "not sound:", look.words);
    else if (!among(&look, p->looks + 3, 2))
        tell(p, s, "the outcome is that of neither order", "");
}

static void try_pair(struct pair *p, long i_stride, long j_stride)
{
    struct stage s = {.play = {play, play},
                      .ctx = {&p->actors[0], &p->actors[1]}};
    long n_first;

    play_in_order(p, 0, 0, &p->looks[0]);
    play_in_order(p, 1, 0, &p->looks[1]);
    play_in_order(p, 1, 1, &p->looks[2]);
    play_in_order(p, 2, 0, &p->looks[3]);
    play_in_order(p, 2, 1, &p->looks[4]);
    try_plan(p, &s); /* counts the stops */
    n_first = s.n_stops[0];
    for (long i = 1 + n_first % i_stride; i <= n_first; i += i_stride) {
        long n_second = 1;

        for (long j = 0; j <= n_second;
             j += j == 0 ? 1 + i % j_stride : j_stride) {
            s.leaves_at[0] = i;
            s.leaves_at[1] = j;
            try_plan(p, &s);
            if (j == 0)
                n_second = s.n_stops[1];
        }
    }
}

int main(int argc, char **argv)
{
    static const long strides[][2] = {[FORM_BRIEF] = {397, 397},
                                      [FORM_SHORT] = {23, 47},
                                      [FORM_LONG] = {1, 2}};
    struct pair p;
    int n = 0;

    memset(&p, 0, sizeof p);
    harness_begin_on_disk(&p.h, "schedule.stops", argc, argv);
    if (harness_plants(&p.h, "lost-update")) {
        p.actors[0].part = p.actors[1].part = &careless;
        try_pair(&p, 3, 23);
    }
    for (size_t a = 0; a < N_PARTS && p.h.plant == NULL; a++)
        for (size_t b = 0; b < N_PARTS; b++) {
            p.actors[0].part = &parts[a];
            p.actors[1].part = &parts[b];
            p.h.n_told = 0;
            if (n++ % p.h.n_parts == p.h.part &&
                (p.h.only == NULL || strstr(parts[a].name, p.h.only) != NULL))
                try_pair(&p, strides[p.h.form][0], strides[p.h.form][1]);
        }
    disk_end();
    return harness_end(&p.h);
}
