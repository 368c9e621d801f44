/* evaluate.c - tells how good a model is, from another process, while train.c
 * goes on.
 *
 * Opens the store for reading, so it can disturb nobody. With --follow it
 * evaluates each new checkpoint; one that is deleted while it reads is
 * nothing to it: there is a newer one.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "state.h"

#define POSITIONS   2048 /* of the text's last tenth */
#define POLL_MS     20
#define PATIENCE_MS 60000 /* without a new checkpoint */

struct options {
    const char *store;
    const char *text;
    const char *at; /* a checkpoint's reference, or "live" */
    int64_t until;  /* follow until this step; 0: do not follow */
};

struct work {
    float parameters[MODEL_PARAMETERS];
    size_t at[POSITIONS];
    struct text text;
};

/* The same positions in every run: evenly over the last tenth, which train.c
 * does not look at. */
static void choose(struct work *work)
{
    size_t n = work->text.n / 10;
    size_t first = work->text.n - n;

    for (size_t i = 0; i < POSITIONS; i++)
        work->at[i] = first + i * n / POSITIONS;
}

static double loss_of(const struct work *work)
{
    return model_loss(work->parameters, &work->text, work->at, POSITIONS);
}

/* Evaluates what the variables hold now: one snapshot, so that parameters of
 * two steps never mix. */
static vs_status evaluate_live(vs_store *store, struct work *work)
{
    vs_status st = vs_store_begin(store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    st = state_read_model(store, 0, work->parameters);
    if (st != VS_OK) {
        (void)vs_store_rollback(store);
        return st;
    }
    st = vs_store_commit(store);
    if (st == VS_OK)
        (void)printf("live: loss %.6f\n", loss_of(work));
    return st;
}

static vs_status step_of(vs_store *store, int64_t checkpoint, int64_t *out)
{
    vs_checkpoint_list *list = NULL;
    const vs_checkpoint_info *info;
    vs_status st = vs_checkpoint_list_open(store, &list);

    while (st == VS_OK && (st = vs_checkpoint_list_next(list, &info)) == VS_OK)
        if (info->id == checkpoint) {
            *out = info->step;
            break;
        }
    vs_checkpoint_list_close(list);
    return st == VS_DONE ? VS_ERR_NOTFOUND : st;
}

static vs_status evaluate_checkpoint(vs_store *store, int64_t checkpoint,
                                     struct work *work, int64_t *step)
{
    vs_status st = step_of(store, checkpoint, step);

    if (st == VS_OK)
        st = state_read_model(store, checkpoint, work->parameters);
    if (st == VS_OK)
        (void)printf("checkpoint %lld, step %lld: loss %.6f\n",
                     (long long)checkpoint, (long long)*step, loss_of(work));
    return st;
}

static bool is_gone(vs_status st)
{
    return st == VS_ERR_NOTFOUND || st == VS_ERR_STALE;
}

static void pause_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    (void)nanosleep(&t, NULL);
}

/* Waits until somebody has made the store. */
static vs_status wait_for_store(const char *path, vs_store **store,
                                vs_error *error)
{
    vs_store_options open = {.mode = VS_OPEN_READ, .program = "evaluate"};
    vs_status st = VS_OK;

    for (long waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
        st = vs_store_open(path, &open, store, error);
        if (st != VS_ERR_NOFILE && st != VS_ERR_NOTASTORE &&
            st != VS_ERR_BUSY) /* it is being made, or will be again */
            return st;
        pause_ms(POLL_MS);
    }
    return st;
}

/* Evaluates each new checkpoint until one has the step that ends it; VS_DONE
 * if none came for too long. */
static vs_status follow(vs_store *store, int64_t until, struct work *work)
{
    int64_t seen = 0;
    int64_t step = -1;
    int64_t n_gone = 0;
    long waited = 0;

    while (step < until && waited < PATIENCE_MS) {
        int64_t checkpoint = 0;
        vs_status st = vs_checkpoint_find(store, "latest", &checkpoint);

        if (st == VS_OK && checkpoint != seen) {
            st = evaluate_checkpoint(store, checkpoint, work, &step);
            if (st == VS_OK) {
                seen = checkpoint;
                waited = 0;
                continue;
            }
            n_gone += is_gone(st);
        }
        if (st != VS_OK && !is_gone(st))
            return st;
        pause_ms(POLL_MS);
        waited += POLL_MS;
    }
    if (n_gone > 0)
        (void)printf("%lld checkpoints were deleted while being read\n",
                     (long long)n_gone);
    return step < until ? VS_DONE : VS_OK;
}

static vs_status evaluate_once(vs_store *store, const char *at,
                               struct work *work)
{
    int64_t checkpoint = 0;
    int64_t step = 0;
    vs_status st = vs_checkpoint_find(store, at, &checkpoint);

    return st == VS_OK ? evaluate_checkpoint(store, checkpoint, work, &step)
                       : st;
}

static int evaluate(const struct options *o, struct work *work)
{
    vs_store *store = NULL;
    vs_error error = {.status = VS_OK};
    vs_store_options open = {.mode = VS_OPEN_READ, .program = "evaluate"};
    vs_status st = o->until > 0
                       ? wait_for_store(o->store, &store, &error)
                       : vs_store_open(o->store, &open, &store, &error);

    if (st == VS_OK) {
        if (o->until > 0)
            st = follow(store, o->until, work);
        else if (strcmp(o->at, "live") == 0)
            st = evaluate_live(store, work);
        else
            st = evaluate_once(store, o->at, work);
    }
    if (st == VS_DONE)
        (void)fprintf(stderr, "evaluate: no new checkpoint for %d s\n",
                      PATIENCE_MS / 1000);
    else if (st != VS_OK)
        state_complain("evaluate", o->store,
                       store != NULL ? vs_store_error(store) : &error);
    vs_store_close(store);
    return st == VS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void usage(FILE *to)
{
    (void)fprintf(
        to,
        "usage: evaluate [options] STORE\n"
        "  --at REF          a checkpoint, or \"live\" (default latest)\n"
        "  --until STEP      wait for the store and follow its checkpoints\n"
        "                    until one has that step\n"
        "  --text FILE|DIR   as train was given it\n");
}

static void parse(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {
        {"at", required_argument, NULL, 'a'},
        {"until", required_argument, NULL, 'u'},
        {"text", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 'a')
            o->at = optarg;
        else if (c == 'u')
            o->until = strtoll(optarg, NULL, 10);
        else if (c == 't')
            o->text = optarg;
        else {
            usage(c == 'h' ? stdout : stderr);
            exit(c == 'h' ? 0 : 2);
        }
    }
    if (argc - optind != 1) {
        usage(stderr);
        exit(2);
    }
    o->store = argv[optind];
}

int main(int argc, char **argv)
{
    struct options o = {NULL, EXAMPLE_TEXT, "latest", 0};
    struct work *work;
    int code = EXIT_FAILURE;

    parse(argc, argv, &o);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    work = calloc(1, sizeof *work);
    if (work == NULL) {
        (void)fprintf(stderr, "evaluate: out of memory\n");
        return EXIT_FAILURE;
    }
    if (text_load(o.text, &work->text) == 0) {
        choose(work);
        code = evaluate(&o, work);
    }
    text_free(&work->text);
    free(work);
    return code;
}
