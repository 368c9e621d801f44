/* crash.c - the power fails at every point of every scenario, and the disk keeps
 * any part of what was not synced.
 *
 * After each crash the store opens, vs_check finds it sound with all its data,
 * every step that was confirmed is there, and none is there by half. Opening it
 * once more shows the same, and so did a reader before. Now and then the power
 * fails again while the store recovers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "known.h"
#include "ledger.h"
#include "states.h"

#define AGAIN   50 /* one recovery in so many is a scenario of its own */
#define READERS 8  /* before one in so many a reader looks */

struct crash {
    struct harness h;
    const struct scenario *s;
    struct ledger ledger;
    struct known_images known;   /* of this scenario, after a crash */
    struct known_images settled; /* and when the store was closed after it */
    unsigned others;  /* of states that are no prefix, one in so many */
    bool pairs;       /* a failure during each recovery */
    long stride;      /* of the calls that fail then */
    int depth;        /* 1: inside a recovery */
    unsigned outer;   /* in a recovery: what the state before it looks like, */
    int64_t promised; /* and what was promised then */
};

static void tell(struct crash *c, const struct state *state, const char *what,
                 const char *words)
{
    harness_violation(&c->h,
                      "%s%s, after operation %zu, %s %" PRIx64 ", %" PRId64
                      " of %" PRId64 " steps promised: %s: %s",
                      c->s->name, c->depth > 0 ? " (recovery)" : "", state->at,
                      state->how, state->chosen, state->promised, state->begun,
                      what, words);
}

static void print_trace(const struct crash *c, const struct disk_trace *trace)
{
    static const char *const kinds[] = {
        "write",  "truncate",        "sync", "link", "unlink",
        "rename", "sync the folder", "mark"};

    (void)fprintf(stderr, "%s%s:\n", c->s->name,
                  c->depth > 0 ? ", a recovery" : "");
    for (size_t i = 0; i < trace->n; i++) {
        const struct disk_op *op = &trace->ops[i];

        (void)fprintf(stderr, "%6zu %s %s at %" PRId64 ": %" PRId64 "\n", i + 1,
                      kinds[op->kind], op->name, op->at, op->n);
    }
}

static unsigned steps_like(const struct crash *c, const struct look *look)
{
    unsigned after = 0;

    for (int i = 0; i <= c->ledger.n_steps; i++)
        if (look_same(look, &c->ledger.looks[i]))
            after |= 1u << i;
    return after;
}

/* Opens the store on this disk while the k-th call of a kind fails; false once
 * there are fewer. What is found afterwards is what would have been found. */
static bool recover_badly(struct crash *c, const struct state *state,
                          unsigned after, enum fault_kind kind, long k)
{
    const vs_open_mode mode = ledger_mode(c->s, state->promised);
    const long n_blocks = fault_n_blocks();
    struct look look;
    char where[128];

    disk_load(state->image);
    disk_restart();
    fault_arm(kind, k, k % 2 == 0);
    look_at(mode, false, &look);
    (void)fault_disarm();
    if (!fault_struck())
        return false;
    c->h.n_states++;
    (void)snprintf(where, sizeof where, "%ld (%.100s)", k, fault_where());
    if (look.st == VS_OK && (steps_like(c, &look) & after) == 0)
        tell(c, state, "a failure during recovery shows another state", where);
    if (look.st != VS_OK && look.st != VS_ERR_NOMEM && look.st != VS_ERR_IO &&
        look.st != VS_ERR_FULL)
        tell(c, state, "a failure during recovery is told wrongly", look.words);
    look_at(mode, true, &look);
    if (!look_is_sound(&look))
        tell(c, state, "not sound after a failure during recovery", where);
    else if ((steps_like(c, &look) & after) == 0)
        tell(c, state, "another state after a failure during recovery", where);
    if (fault_n_blocks() != n_blocks || disk_n_open() != 0)
        tell(c, state, "a failure during recovery leaves something", where);
    return true;
}

static void recover_with_faults(struct crash *c, const struct state *state,
                                unsigned after)
{
    static const enum fault_kind kinds[] = {FAULT_ALLOC, FAULT_IO, FAULT_FULL};

    for (int i = 0; i < 3; i++) {
        const long stride = i == 0 ? 10 * c->stride : c->stride;
        long k = 1 + (long)(c->known.n % (size_t)stride);

        while (recover_badly(c, state, after, kinds[i], k))
            k += stride;
    }
}

static bool each_state(const struct state *state, void *ctx);

/* What whoever only reads may be told of a store that needs a writer first. */
static bool may_tell_reader(const struct crash *c, const struct state *state,
                            vs_status st)
{
    if (st == VS_ERR_BUSY || st == VS_ERR_READONLY)
        return true;
    return ledger_mode(c->s, state->promised) == VS_OPEN_CREATE &&
           (st == VS_ERR_NOFILE || st == VS_ERR_NOTASTORE);
}

/* A reader who comes first sees what a writer would recover, or nothing. */
static void compare_reader(struct crash *c, const struct state *state,
                           const struct look *seen, unsigned after)
{
    if (seen->st != VS_OK) {
        if (!may_tell_reader(c, state, seen->st))
            tell(c, state, "a reader is told wrongly", seen->words);
    } else if ((steps_like(c, seen) & after) == 0) {
        tell(c, state, "a reader sees another state", "");
    }
}

/* What was opened and closed is checked, and opened once more; most are the same
 * to the last byte, and were. Returns `after`, or 0 if it is not sound. */
static unsigned settle(struct crash *c, const struct state *state,
                       const struct look *look, unsigned after)
{
    struct disk_image *image = disk_save();
    bool is_new = false;
    struct known *known =
        known_image(&c->settled, disk_image_hash(image) | 1, &is_new);
    struct look again;

    disk_image_free(image);
    if (is_new) {
        look_at(VS_OPEN_READ, true, &again);
        known->after = look_is_sound(&again) ? after : 0;
        if (!look_is_sound(&again))
            tell(c, state, "not sound", again.words);
        else if (!look_same(look, &again))
            tell(c, state, "opened again, it is another", again.words);
    } else if (known->after != 0 && known->after != after) {
        tell(c, state, "opened again, it is another", "");
    }
    return known->after != 0 ? after : 0;
}

/* Opens the store on this disk and looks, twice. */
static unsigned recover(struct crash *c, const struct state *state)
{
    const vs_open_mode mode = ledger_mode(c->s, state->promised);
    struct disk_trace trace = {0};
    struct look look;
    struct look seen;
    const bool reads = c->known.n % READERS == 0;
    const bool nested = !c->pairs && c->depth == 0 && c->known.n % AGAIN == 1;
    unsigned after;

    disk_load(state->image);
    disk_restart();
    if (reads) {
        look_at(VS_OPEN_READ, false, &seen);
        disk_load(state->image);
        disk_restart();
    }
    if (nested)
        disk_record(&trace);
    look_at(mode, false, &look);
    if (nested)
        disk_record(NULL);
    after = look.st == VS_OK ? steps_like(c, &look) : 0;
    if (look.st != VS_OK)
        tell(c, state, "it cannot be read", look.words);
    else if (after == 0)
        tell(c, state, "a state that never was", "");
    else
        after = settle(c, state, &look, after);
    if (reads && after != 0)
        compare_reader(c, state, &seen, after);
    if (c->pairs && after != 0)
        recover_with_faults(c, state, after);
    if (nested && after != 0) {
        const struct states_options options = {6, 1, 2, 1 + c->others / 16,
                                               1 + c->others / 4};

        c->depth++;
        if (c->h.trace)
            print_trace(c, &trace);
        c->outer = after;
        c->promised = state->promised;
        states_walk(&trace, &options, c->known.n, each_state, c);
        c->depth--;
    }
    disk_trace_done(&trace);
    return after;
}

static unsigned allowed(const struct crash *c, const struct state *state)
{
    const int64_t least = (c->s->flags & FORGETFUL) != 0 ? 0 : state->promised;
    unsigned bits = 0;

    if (c->depth > 0)
        return c->outer;
    for (int64_t i = least; i <= state->begun; i++)
        bits |= 1u << i;
    return bits;
}

static bool each_state(const struct state *given, void *ctx)
{
    struct crash *c = ctx;
    struct state state = *given;
    uint64_t hash;
    unsigned after;
    bool is_new = false;

    if (c->depth > 0)
        state.promised = c->promised;
    hash = disk_image_hash(state.image) | 1;
    hash ^= state.promised == 0 ? 2 : 0; /* opened in another mode */
    after = known_image(&c->known, hash, &is_new)->after;
    if (is_new) {
        after = recover(c, &state); /* which may meet others */
        known_image(&c->known, hash, &is_new)->after = after;
        c->h.n_states += !c->pairs;
    }
    if (after != 0 && (after & allowed(c, &state)) == 0)
        tell(c, &state, "a promised step is lost, or one was kept too early",
             "");
    return true;
}

/* Syncs that are confirmed and not done. */
static void plant_lies(const struct crash *c)
{
    static const struct {
        const char *bug;
        enum disk_kind kind;
        const char *suffix;
    } lies[] = {
        {"no-sync-of-the-log", DISK_SYNC, "-wal"},
        {"no-sync-of-the-file", DISK_SYNC, ".db"},
        {"no-sync-of-the-folder", DISK_SYNC_DIR, ""},
    };

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++)
        if (harness_plants(&c->h, lies[i].bug))
            disk_lie(lies[i].kind, lies[i].suffix);
}

/* Runs the scenario with the disk's trace. */
static void record(struct crash *c, struct disk_trace *trace)
{
    struct world w;

    world_begin(&w, c->s);
    disk_record(trace);
    plant_lies(c);
    for (int i = 0; i < c->ledger.n_steps; i++) {
        disk_mark(i, i + 1);
        if (c->s->steps[i](&w) != VS_OK)
            harness_violation(&c->h, "%s, step %d: %s", c->s->name, i,
                              world_words(&w));
    }
    disk_mark(c->ledger.n_steps, c->ledger.n_steps);
    disk_record(NULL);
    disk_lie(DISK_SYNC, NULL);
    world_end(&w);
}

static void run(struct crash *c, uint64_t seed)
{
    const bool is_long = c->h.form == FORM_LONG;
    const struct states_options options = {12, is_long ? 8 : 2, is_long ? 8 : 2,
                                           1 + c->others / 64, c->others};
    struct disk_trace trace;

    ledger_make(&c->ledger, c->s);
    record(c, &trace);
    if (c->h.trace)
        print_trace(c, &trace);
    states_walk(&trace, &options, seed, each_state, c);
    disk_trace_done(&trace);
    known_forget(&c->known);
    known_forget(&c->settled);
}

int main(int argc, char **argv)
{
    /* Of states that are no prefix one in so many, and the stride of faults. */
    static const struct {
        unsigned others;
        unsigned others_of_pairs;
        long stride;
    } forms[] = {[FORM_BRIEF] = {1024, 16384, 97},
                 [FORM_SHORT] = {64, 4096, 61},
                 [FORM_LONG] = {1, 64, 3}};
    struct crash c = {.others = 1};

    c.pairs = argc > 1 && strcmp(argv[1], "pairs") == 0;
    harness_begin_on_disk(&c.h, c.pairs ? "crash.pairs" : "crash.states",
                          argc - c.pairs, argv + c.pairs);
    c.others =
        c.pairs ? forms[c.h.form].others_of_pairs : forms[c.h.form].others;
    c.stride = forms[c.h.form].stride;
    while ((c.s = harness_next(&c.h, c.s)) != NULL)
        run(&c, 1);
    disk_end();
    return harness_end(&c.h);
}
