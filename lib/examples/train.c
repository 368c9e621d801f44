/* train.c - trains the model of model.h and keeps the whole run in a store.
 *
 * Start it, kill it, start it again: it goes on from the newest checkpoint and
 * ends with the very bits of a run that nobody disturbed. It saves state and
 * checkpoint in one transaction and does not watch for signals, because a
 * kill at any instant loses only the steps since the last save.
 */
#include <ctype.h>
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "state.h"

#define BATCH      64
#define SAMPLE     40 /* characters of a checkpoint's message */
#define KEEP_LAST  3  /* newest checkpoints that stay, */
#define KEEP_EVERY 5  /* and each fifth save */

struct options {
    const char *store;
    const char *text;
    int64_t steps;  /* train until this one is done */
    int64_t every;  /* steps between saves */
    int64_t report; /* steps between lines */
    uint64_t seed;  /* of a new run */
    bool quiet;
};

/* A run in progress; heap, since the arrays are large. */
struct run {
    struct state state;
    float gradient[MODEL_PARAMETERS];
    struct text text;
    vs_store *store;
    double loss;      /* sum over the steps since the last save, */
    int64_t n_loss;   /* and how many these are */
    double saving_ms; /* spent in saves */
};

static double now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* The last tenth of the text is left for evaluate.c. */
static double train_step(struct run *run)
{
    struct state *s = &run->state;
    size_t n = run->text.n - run->text.n / 10 - MODEL_WINDOW;
    size_t at[BATCH];
    double loss;

    for (int i = 0; i < BATCH; i++)
        at[i] = MODEL_WINDOW + model_draw(&s->rng) % n;
    loss = model_gradient(s->parameters, &run->text, at, BATCH, run->gradient);
    model_adam(s->parameters, s->m, s->v, run->gradient, ++s->step);
    return loss;
}

/* What the model would write by now, on one line. */
static void sample(const struct run *run, char *out)
{
    model_write(run->state.parameters, &run->text, (uint64_t)run->state.step,
                SAMPLE, out);
    for (int i = 0; i < SAMPLE; i++)
        if (!isgraph((unsigned char)out[i]))
            out[i] = ' ';
}

/* Writes every variable and the checkpoint, all or nothing. */
static vs_status save(struct run *run, int64_t *checkpoint)
{
    double loss = run->loss / (double)run->n_loss;
    vs_metric metric = {"loss", round(loss * 1e4) / 1e4};
    char message[SAMPLE + 1];
    vs_save_options options = {
        .step = run->state.step,
        .message = message,
        .metrics = &metric,
        .n_metrics = 1,
    };
    vs_status st;

    sample(run, message);
    st = vs_store_begin(run->store, VS_TXN_WRITE);
    if (st != VS_OK)
        return st;
    st = state_write(&run->state);
    if (st == VS_OK)
        st = vs_checkpoint_save(run->store, &options, checkpoint);
    if (st == VS_OK)
        return vs_store_commit(run->store);
    (void)vs_store_rollback(run->store);
    return st;
}

/* Deletes checkpoints that are neither among the newest nor on the grid. */
static vs_status delete_old(vs_store *store, int64_t every, int *n_deleted)
{
    int64_t old[32];
    int n_old = 0;
    int64_t age = 0;
    const vs_checkpoint_info *info;
    vs_checkpoint_list *list = NULL;
    vs_status st = vs_checkpoint_list_open(store, &list);

    while (st == VS_OK && n_old < 32 &&
           (st = vs_checkpoint_list_next(list, &info)) == VS_OK)
        if (age++ >= KEEP_LAST && info->step % (every * KEEP_EVERY) != 0)
            old[n_old++] = info->id;
    vs_checkpoint_list_close(list);
    if (st == VS_DONE)
        st = VS_OK;
    for (int i = 0; i < n_old && st == VS_OK; i++)
        st = vs_checkpoint_delete(store, old[i]);
    *n_deleted = n_old;
    return st;
}

static vs_status save_and_tidy(struct run *run, const struct options *o)
{
    double start = now_ms();
    int64_t checkpoint = 0;
    int n_deleted = 0;
    vs_status st;

    if (!o->quiet)
        (void)printf("step %lld: saving\n", (long long)run->state.step);
    st = save(run, &checkpoint);
    run->saving_ms += now_ms() - start;
    if (st != VS_OK)
        return st;
    if (!o->quiet)
        (void)printf("step %lld: saved checkpoint %lld in %.1f ms\n",
                     (long long)run->state.step, (long long)checkpoint,
                     now_ms() - start);
    run->loss = 0;
    run->n_loss = 0;
    st = delete_old(run->store, o->every, &n_deleted);
    if (!o->quiet && n_deleted > 0)
        (void)printf("step %lld: deleted %d old checkpoint%s\n",
                     (long long)run->state.step, n_deleted,
                     n_deleted == 1 ? "" : "s");
    return st;
}

/* Goes back to the newest checkpoint, if there is one, and reads the state. */
static vs_status resume(struct run *run, const struct options *o)
{
    int64_t checkpoint = 0;
    vs_status st = vs_checkpoint_find(run->store, "latest", &checkpoint);

    if (st == VS_OK)
        st = vs_checkpoint_restore(run->store, checkpoint, NULL, NULL);
    else if (st == VS_ERR_NOTFOUND)
        st = VS_OK;
    if (st == VS_OK)
        st = state_read(&run->state);
    if (st != VS_OK || o->quiet)
        return st;
    if (checkpoint == 0)
        (void)printf("a new run, seed %llu\n", (unsigned long long)o->seed);
    else
        (void)printf("resumed from checkpoint %lld, step %lld\n",
                     (long long)checkpoint, (long long)run->state.step);
    return VS_OK;
}

static vs_status train(struct run *run, const struct options *o)
{
    struct state *s = &run->state;
    double start = now_ms();
    int64_t first = s->step;
    vs_status st = VS_OK;

    while (s->step < o->steps && st == VS_OK) {
        double loss = train_step(run);

        run->loss += loss;
        run->n_loss++;
        if (!o->quiet && s->step % o->report == 0)
            (void)printf("step %lld: loss %.4f, %.0f tokens/s\n",
                         (long long)s->step, loss,
                         (double)((s->step - first) * BATCH) * 1e3 /
                             (now_ms() - start - run->saving_ms));
        if (s->step % o->every == 0 || s->step == o->steps)
            st = save_and_tidy(run, o);
    }
    return st;
}

/* Opens the store and does the whole job; tells what went wrong. */
static int work(struct run *run, const struct options *o)
{
    vs_store_options open = {.mode = VS_OPEN_CREATE, .program = "train"};
    vs_error error = {.status = VS_OK};
    const char *doing = "cannot open the store";
    uint64_t digest = text_digest(&run->text);
    vs_status st = vs_store_open(o->store, &open, &run->store, &error);

    if (st == VS_OK) {
        doing = "cannot get the variables";
        st = state_get(run->store, o->seed, digest, &run->state);
    }
    if (st == VS_OK) {
        doing = "cannot resume";
        st = resume(run, o);
    }
    if (st == VS_OK && run->state.text != digest)
        (void)fprintf(stderr,
                      "train: '%s' is not the text this run began"
                      " with; going on\n",
                      o->text);
    if (st == VS_OK) {
        doing = "cannot save";
        st = train(run, o);
    }
    if (st != VS_OK)
        state_complain("train", doing,
                       run->store != NULL ? vs_store_error(run->store)
                                          : &error);
    state_free(&run->state);
    vs_store_close(run->store);
    return st == VS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void usage(FILE *to)
{
    (void)fprintf(
        to, "usage: train [options] STORE\n"
            "  --steps N         train until step N is done (default 1000)\n"
            "  --every N         save a checkpoint every N steps (50)\n"
            "  --report N        print a line every N steps (10)\n"
            "  --text FILE|DIR   what to learn (the project's own sources)\n"
            "  --seed N          of a new run (1)\n"
            "  --quiet           print nothing but failures\n");
}

static int64_t positive(const char *name, const char *text)
{
    char *end;
    long long n = strtoll(text, &end, 10);

    if (*text == '\0' || *end != '\0' || n < 1) {
        (void)fprintf(stderr, "train: --%s: '%s' is not a positive number\n",
                      name, text);
        exit(2);
    }
    return n;
}

static void parse(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {
        {"steps", required_argument, NULL, 's'},
        {"every", required_argument, NULL, 'e'},
        {"report", required_argument, NULL, 'r'},
        {"text", required_argument, NULL, 't'},
        {"seed", required_argument, NULL, 'S'},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 's')
            o->steps = positive("steps", optarg);
        else if (c == 'e')
            o->every = positive("every", optarg);
        else if (c == 'r')
            o->report = positive("report", optarg);
        else if (c == 't')
            o->text = optarg;
        else if (c == 'S')
            o->seed = (uint64_t)positive("seed", optarg);
        else if (c == 'q')
            o->quiet = true;
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
    struct options o = {NULL, EXAMPLE_TEXT, 1000, 50, 10, 1, false};
    struct run *run;
    int code = EXIT_FAILURE;

    parse(argc, argv, &o);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    run = calloc(1, sizeof *run);
    if (run == NULL) {
        (void)fprintf(stderr, "train: out of memory\n");
        return EXIT_FAILURE;
    }
    if (text_load(o.text, &run->text) == 0) {
        if (run->text.n < 4096)
            (void)fprintf(stderr, "train: '%s' has only %zu characters\n",
                          o.text, run->text.n);
        else
            code = work(run, &o);
    }
    text_free(&run->text);
    free(run);
    return code;
}
