/* fault_sweep.c - each allocation, and each call to the disk, fails once and
 * for ever, at every place of every scenario.
 *
 * Where a step fails, nothing has changed: the same handle shows the state
 * before, and then completes the step. Where it succeeds all the same, what it
 * promised is there. After a sync that failed the handle may refuse to write
 * on: what the store then holds is the state before or after. In all cases
 * the store is sound when opened anew, and nothing is left behind: no memory,
 * no descriptor, no lock.
 */
#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "known.h"
#include "ledger.h"
#include "steps.h"

struct sweep {
    struct harness h;
    enum fault_kind kind;
    const struct scenario *s;
    struct ledger ledger;
    struct known_images known; /* of this scenario */
    long stride;               /* of k, in the shorter forms */
    long n_blocks;
};

/* One place that fails. */
struct place {
    int step;
    long k;
    bool forever;
};

static void tell(struct sweep *sw, const struct place *p, const char *what,
                 const char *words)
{
    harness_violation(&sw->h, "%s, step %d, call %ld%s (%s): %s: %s",
                      sw->s->name, p->step, p->k, p->forever ? " ff." : "",
                      fault_where(), what, words);
}

/* What a failed step may say. */
static bool may_say(enum fault_kind kind, vs_status st)
{
    switch (kind) {
    case FAULT_ALLOC:
        return st == VS_ERR_NOMEM;
    case FAULT_IO:
        return st == VS_ERR_IO;
    case FAULT_FULL:
        return st == VS_ERR_FULL;
    }
    return false;
}

static bool is_poisoned(const struct world *w)
{
    return strstr(world_words(w), "did not confirm") != NULL;
}

/* A handle whose call failed, or whose flush behind a commit did, holds no lock
 * that would keep others out. */
static void let_others_write(struct sweep *sw, const struct place *p)
{
    struct world other = {NULL, NULL, NULL, false};

    if (p->k % 4 != 1)
        return;
    if (open_write(&other) != VS_OK ||
        vs_store_begin(other.store, VS_TXN_WRITE) != VS_OK)
        tell(sw, p, "others cannot write", world_words(&other));
    world_end(&other);
}

/* After a step that failed. Returns how many steps are done; -1: the step
 * itself, or not. */
static int try_again(struct sweep *sw, const struct place *p, struct world *w,
                     vs_status st)
{
    const bool poisoned = sw->kind == FAULT_IO && is_poisoned(w);
    struct look look;
    char words[256];

    (void)snprintf(words, sizeof words, "%s: %s", vs_status_word(st),
                   world_words(w));
    if (!may_say(sw->kind, st))
        tell(sw, p, "an unexpected status", words);
    if (w->store != NULL && !poisoned) {
        look_through(w->store, false, &look);
        if (!look_same(&look, &sw->ledger.looks[p->step]))
            tell(sw, p, "a failed step has changed something",
                 look.st != VS_OK ? look.words : words);
    }
    w->again = true;
    st = sw->s->steps[p->step](w);
    if (st == VS_OK)
        return p->step + 1;
    if (poisoned && st == VS_ERR_IO)
        return -1;
    tell(sw, p, "the step cannot be completed", world_words(w));
    return p->step;
}

/* After which numbers of steps the store looks as it does now, opened anew. */
static unsigned look_anew(struct sweep *sw, const struct place *p,
                          vs_open_mode mode)
{
    unsigned after = 0;
    struct look look;

    look_at(mode, true, &look);
    if (!look_is_sound(&look)) {
        tell(sw, p, "the store is not sound", look.words);
        return 0;
    }
    for (int i = 0; i <= sw->ledger.n_steps; i++)
        if (look_same(&look, &sw->ledger.looks[i]))
            after |= 1u << i;
    if (after == 0)
        tell(sw, p, "the store has a state that never was", "");
    return after;
}

static void look_after(struct sweep *sw, const struct place *p, int done)
{
    const int least = done >= 0 ? done : p->step;
    const int most = done >= 0 ? done : p->step + 1;
    const vs_open_mode mode = ledger_mode(sw->s, least);
    struct disk_image *image = disk_save();
    const uint64_t hash =
        (disk_image_hash(image) | 3) ^ (mode == VS_OPEN_CREATE ? 2 : 0);
    bool is_new = false;
    struct known *known = known_image(&sw->known, hash, &is_new);

    disk_image_free(image);
    if (is_new)
        known->after = look_anew(sw, p, mode);
    if (known->after != 0 && (known->after >> least & 1) == 0 &&
        (known->after >> most & 1) == 0)
        tell(sw, p, "the store has another state", "");
}

/* False once the step has fewer calls than k. */
static bool strike(struct sweep *sw, const struct place *p)
{
    struct world w;
    int done = p->step + 1;
    vs_status st = VS_OK;

    world_begin(&w, sw->s);
    for (int i = 0; i < p->step && st == VS_OK; i++)
        st = sw->s->steps[i](&w);
    if (st != VS_OK)
        tell(sw, p, "a step before fails", world_words(&w));
    fault_arm(sw->kind, p->k, p->forever);
    if (harness_plants(&sw->h, "lost-write"))
        disk_lie(DISK_WRITE, "-wal");
    st = sw->s->steps[p->step](&w);
    (void)fault_disarm();
    disk_lie(DISK_WRITE, NULL);
    if (fault_struck()) {
        sw->h.n_states++;
        if (w.store != NULL)
            let_others_write(sw, p);
        if (st != VS_OK)
            done = try_again(sw, p, &w, st);
    }
    world_end(&w);
    look_after(sw, p, done);
    if (fault_n_blocks() != sw->n_blocks)
        tell(sw, p, "memory is left behind", "");
    if (disk_n_open() != 0)
        tell(sw, p, "files or locks are left behind", "");
    sw->n_blocks = fault_n_blocks();
    return fault_struck();
}

static void sweep_step(struct sweep *sw, int step, bool forever)
{
    struct place p = {step, 1 + (step * 7 + forever) % sw->stride, forever};

    while (strike(sw, &p))
        p.k += sw->stride;
}

/* The library's list of open files grows to as many as were ever open, and
 * stays. */
static void open_many(void)
{
    const struct scenario s = {"", BASE_SMALL, 0, {NULL}};
    struct world w;
    struct world more = {NULL, NULL, NULL, false};

    world_begin(&w, &s);
    (void)open_other(&w);
    (void)open_write(&more);
    (void)open_other(&more);
    world_end(&more);
    world_end(&w);
}

static void sweep_scenario(struct sweep *sw)
{
    const bool brief = sw->h.form == FORM_BRIEF;

    ledger_make(&sw->ledger, sw->s);
    sw->n_blocks = fault_n_blocks();
    for (int step = 0; step < sw->ledger.n_steps; step++) {
        if (!brief || step % 2 == 0)
            sweep_step(sw, step, false);
        if (!brief || step % 2 != 0)
            sweep_step(sw, step, true);
    }
    known_forget(&sw->known);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *word;
        const char *name;
        enum fault_kind kind;
        long strides[3];
    } kinds[] = {
        {"alloc", "fault.alloc", FAULT_ALLOC, {1499, 61, 1}},
        {"io", "fault.io", FAULT_IO, {151, 7, 1}},
        {"full", "fault.full", FAULT_FULL, {61, 3, 1}},
    };
    struct sweep sw = {.stride = 1};
    size_t i = 0;

    while (i < 3 && (argc < 2 || strcmp(argv[1], kinds[i].word) != 0))
        i++;
    if (i == 3) {
        (void)fprintf(stderr,
                      "usage: %s alloc|io|full [--short | --long] ...\n",
                      argv[0]);
        return 2;
    }
    harness_begin_on_disk(&sw.h, kinds[i].name, argc - 1, argv + 1);
    sw.kind = kinds[i].kind;
    sw.stride = kinds[i].strides[sw.h.form];
    open_many();
    while ((sw.s = harness_next(&sw.h, sw.s)) != NULL)
        sweep_scenario(&sw);
    disk_end();
    return harness_end(&sw.h);
}
