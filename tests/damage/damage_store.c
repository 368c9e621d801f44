/* damage_store.c - the damage matrix of a store.
 *
 *     damage_store [--all] [--seed N] [--jobs N] [--kind KIND] [--part I/N] FOLDER
 *     damage_store [--kind KIND] --brief | --short | --long
 *
 * The reference store is damaged in one way at a time, and asked everything
 * that can be asked of it. Each state must be harmless - all answers are those
 * of the sound store - or be told: an error instead of the answer, and a check
 * that finds a damage. A value is never wrong or denied. A checkpoint, tag or
 * member of a collection whose row is lost may be missing where all of them are
 * asked for, if a check finds it: these are counted apart. In the log a damage
 * can only lose commits, the newest ones. Kinds: bits (each one flipped), cuts
 * (each shorter length), pages (zeroed, exchanged, as they were before), log
 * (bits and cuts), shm (bits), rows (a page that has lost one), writes (bits, and
 * then values are written and names deleted: what could still be read before,
 * and was not written, must be there after it). Without --all a sample of each
 * kind is taken, by the seed; of all states, one part of N.
 *
 * Prints one line for each kind: its name, states, violations, seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "answers.h"
#include "changes.h"
#include "reference.h"

#define PREFIXES_MAX 16
#define TELL_MAX     10 /* violations that one process prints */

/* A kind of damage, and what is needed to make and judge it. */
struct kind {
    const char *name;
    const char *ending; /* of the file that is damaged */
    bool harmless;      /* no state may be told: answers are as before */
    bool cuts;
    bool bits;
    bool pages;
    bool rows;
    bool writes; /* the damaged store is written to, and judged by that */
    int sample;  /* states without --all */
};

static const struct kind kinds[] = {
    {.name = "bits", .ending = "", .bits = true, .sample = 900},
    {.name = "rows", .ending = "", .rows = true, .sample = 400},
    {.name = "writes",
     .ending = "",
     .bits = true,
     .writes = true,
     .sample = 300},
    {.name = "cuts", .ending = "", .cuts = true, .sample = 150},
    {.name = "pages", .ending = "", .pages = true, .sample = 300},
    {.name = "log",
     .ending = "-wal",
     .harmless = true,
     .cuts = true,
     .bits = true,
     .sample = 300},
    {.name = "shm",
     .ending = "-shm",
     .harmless = true,
     .bits = true,
     .sample = 60},
};

#define N_KINDS (sizeof kinds / sizeof kinds[0])

/* Of all processes together. */
struct counts {
    int states;
    int told;       /* states in which a question got an error */
    int hidden;     /* in which something was not there, for a check to tell */
    int violations; /* wrong answers, and damages that no check found */
};

struct run {
    const struct kind *kind;
    const char *folder;
    struct bytes file;     /* the store */
    struct bytes old;      /* the same before its last writes */
    struct bytes log;      /* -wal, or none */
    struct bytes shm;      /* -shm, or none */
    struct answers *right; /* n_right: of the sound store; or its prefixes */
    int n_right;
    struct state *states;
    size_t n_states;
    struct counts *counts; /* shared, one for each process */
    int jobs;
};

static struct bytes read_bytes(const char *path, const char *ending)
{
    char name[640];
    struct bytes b;

    (void)snprintf(name, sizeof name, "%s%s", path, ending);
    b.at = test_read_file(name, &b.n);
    if (b.at == NULL)
        b.n = 0;
    return b;
}

static void write_bytes(const char *path, const char *ending, const void *bytes,
                        size_t n)
{
    char name[640];

    (void)snprintf(name, sizeof name, "%s%s", path, ending);
    test_write_file(name, bytes, n);
}

static void remove_beside(const char *path, const char *ending)
{
    char name[640];

    (void)snprintf(name, sizeof name, "%s%s", path, ending);
    (void)unlink(name);
}

/* The file that is being damaged, sound. */
static const struct bytes *target(const struct run *r)
{
    if (r->kind->ending[0] == '\0')
        return &r->file;
    return r->kind->ending[1] == 'w' ? &r->log : &r->shm;
}

/* Puts the files of a state beside `path`. */
static void put(const struct run *r, const char *path, const struct bytes *b)
{
    const bool main_file = r->kind->ending[0] == '\0';

    remove_beside(path, "-wal");
    remove_beside(path, "-shm");
    remove_beside(path, "-journal");
    write_bytes(path, "", main_file ? b->at : r->file.at,
                main_file ? b->n : r->file.n);
    if (main_file)
        return;
    write_bytes(path, "-wal", r->log.at, r->log.n);
    write_bytes(path, r->kind->ending, b->at, b->n);
}

static void add_state(struct run *r, enum change change, int64_t a, int64_t b)
{
    const struct state s = {change, a, b};

    if (r->n_states % 4096 == 0) {
        r->states =
            realloc(r->states, (r->n_states + 4096) * sizeof *r->states);
        assert_non_null(r->states);
    }
    r->states[r->n_states++] = s;
}

/* All states of the kind. Bytes that differ and pages that are equal make none.
 */
static void list_states(struct run *r)
{
    const struct bytes *sound = target(r);
    const size_t page = REFERENCE_PAGE;
    const int64_t n_pages = (int64_t)(sound->n / page);

    if (r->kind->bits)
        for (int64_t i = 0; i < (int64_t)sound->n * 8; i++)
            add_state(r, FLIP, i, 0);
    if (r->kind->cuts)
        for (int64_t i = 0; i < (int64_t)sound->n; i++)
            add_state(r, CUT, i, 0);
    for (int64_t i = 0; r->kind->rows && i < n_pages; i++) {
        int cells = 0;

        if (change_page(sound, i, &cells) != NULL)
            for (int k = 0; k < cells; k++)
                add_state(r, HIDE, i, k);
    }
    for (int64_t i = 0; r->kind->pages && i < n_pages; i++) {
        add_state(r, ZERO, i, 0);
        for (int64_t j = i + 1; j < n_pages; j++)
            add_state(r, SWAP, i, j);
        if ((size_t)(i + 1) * page <= r->old.n &&
            memcmp(sound->at + (size_t)i * page, r->old.at + (size_t)i * page,
                   page) != 0)
            add_state(r, STALE, i, 0);
    }
}

static uint64_t next_random(uint64_t *seed)
{
    uint64_t x = (*seed += UINT64_C(0x9e3779b97f4a7c15));

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Keeps `n` of the states, drawn without repetition; stale pages, which are
 * few, are always kept. */
static void sample_states(struct run *r, size_t n, uint64_t seed)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->n_states; i++)
        if (r->states[i].change == STALE) {
            const struct state s = r->states[kept];

            r->states[kept++] = r->states[i];
            r->states[i] = s;
        }
    for (; kept < n && kept < r->n_states; kept++) {
        const size_t j =
            kept + (size_t)(next_random(&seed) % (r->n_states - kept));
        const struct state s = r->states[kept];

        r->states[kept] = r->states[j];
        r->states[j] = s;
    }
    r->n_states = kept;
}

/* Does a check tell a damage, or is the store refused? */
static bool check_finds(const char *path)
{
    const vs_check_options options = {.read_data = true};
    vs_check_report report = {.n_damages = 0};
    vs_store *store = NULL;
    vs_status st = vs_store_open(path, NULL, &store, NULL);

    if (st == VS_OK)
        st = vs_check(store, &options, &report);
    vs_store_close(store);
    return st != VS_OK || report.n_damages != 0;
}

static void tell(const struct run *r, struct counts *c, const struct state *s,
                 const char *what, const struct answer *answer)
{
    if (++c->violations <= TELL_MAX)
        (void)fprintf(stderr, "%s: %s %lld (%lld): %s: %s gives '%s'\n",
                      r->kind->name, change_name(s->change), (long long)s->a,
                      (long long)s->b, what, answer->question,
                      vs_status_word(answer->status));
}

static void judge(const struct run *r, const struct state *s, const char *path,
                  struct answers *got, struct counts *c)
{
    int errors = 0;
    int at = 0;
    bool right = false;

    c->states++;
    answers_of(path, got);
    if (r->kind->harmless) {
        for (int i = 0; i < r->n_right && !right; i++)
            right =
                answers_right(&r->right[i], got, &errors, &at) && errors == 0;
        if (!right)
            tell(r, c, s, "no prefix", &got->all[at]);
        return;
    }
    right = answers_right(&r->right[0], got, &errors, &at);
    if (!right) {
        right = answers_right_pages(&r->right[0], got, s->change == STALE,
                                    &errors, &at);
        c->hidden += right;
    }
    c->told += errors != 0;
    if (!right)
        tell(r, c, s, "wrong", &got->all[at]);
    if (errors != 0 && !check_finds(path))
        tell(r, c, s, "no check finds what harms", &got->all[at]);
}

/* Is it a value that reference_write lets alone? */
static bool is_kept(const char *question)
{
    char name[64];
    int checkpoint = 0;

    return sscanf(question, "value %60[^@]@%d", name, &checkpoint) == 2 &&
           (checkpoint != 0 || !reference_writes(name));
}

/* What could be read before the store was written to can be read after it. */
static void judge_writes(const struct run *r, const struct state *s,
                         const char *path, struct answers *got,
                         struct counts *c)
{
    static struct answers after;

    c->states++;
    answers_of(path, got);
    c->told += reference_write(path) != VS_OK;
    answers_of(path, &after);
    for (int i = 0; i < got->n; i++) {
        const struct answer *was = &got->all[i];
        const struct answer *is = &after.all[i];

        if (was->status != VS_OK || !is_kept(was->question))
            continue;
        if (is->status == VS_OK && vs__digest_equal(&is->digest, &was->digest))
            continue;
        tell(r, c, s, "lost by a write", is);
        break;
    }
}

static void work(const struct run *r, int job)
{
    struct counts *c = &r->counts[job];
    struct answers *got = malloc(sizeof *got);
    struct bytes b = {malloc(target(r)->n + 1), 0};
    char path[600];

    assert_non_null(got);
    assert_non_null(b.at);
    (void)snprintf(path, sizeof path, "%s/job%d.db", r->folder, job);
    for (size_t i = (size_t)job; i < r->n_states; i += (size_t)r->jobs) {
        change_make(&r->states[i], target(r), &r->old, &b);
        put(r, path, &b);
        if (r->kind->writes)
            judge_writes(r, &r->states[i], path, got, c);
        else
            judge(r, &r->states[i], path, got, c);
    }
    free(b.at);
    free(got);
}

/* Everything that the log can be cut to between two frames: the states that
 * were committed, one after the other. */
static void find_prefixes(struct run *r, const char *path)
{
    const size_t frame = 24 + REFERENCE_PAGE;
    struct answers *got = malloc(sizeof *got);

    assert_non_null(got);
    for (size_t n = 0; n <= r->log.n; n += n == 0 ? 32 : frame) {
        const struct bytes b = {r->log.at, n};
        bool known = false;
        int errors;
        int at;

        put(r, path, &b);
        answers_of(path, got);
        for (int i = 0; i < r->n_right && !known; i++)
            known =
                answers_right(&r->right[i], got, &errors, &at) && errors == 0;
        if (known)
            continue;
        assert_true(r->n_right < PREFIXES_MAX);
        r->right[r->n_right++] = *got;
    }
    free(got);
}

static void prepare(struct run *r)
{
    char path[600];

    (void)snprintf(path, sizeof path, "%s/%s.db", r->folder, r->kind->name);
    reference_make(path);
    r->file = read_bytes(path, "");
    r->old = read_bytes(path, ".old");
    r->right = calloc(PREFIXES_MAX, sizeof *r->right);
    assert_non_null(r->right);
    if (r->kind->harmless) {
        const struct kind log = {.name = "log", .ending = "-wal"};
        const struct kind *kind = r->kind;

        reference_log(path);
        r->log = read_bytes(path, "-wal");
        r->shm = read_bytes(path, "-shm");
        assert_true(r->log.n > 0 && r->shm.n > 0);
        r->kind = &log;
        find_prefixes(r, path);
        r->kind = kind;
        assert_true(r->n_right > 2);
        if (kind->ending[1] == 's') { /* it changes nothing */
            r->right[0] = r->right[r->n_right - 1];
            r->n_right = 1;
        }
        return;
    }
    answers_of(path, &r->right[0]);
    r->n_right = 1;
    assert_status(VS_OK, r->right[0].all[0].status);
    assert_false(check_finds(path));
}

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Runs the processes; one that dies is a violation. */
static void spread(struct run *r)
{
    for (int job = 0; job < r->jobs; job++) {
        const pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            work(r, job);
            _exit(0);
        }
    }
    for (int job = 0; job < r->jobs; job++) {
        int status = 0;

        assert_true(wait(&status) > 0);
        if (status != 0) {
            (void)fprintf(stderr, "%s: a process ended with %#x\n",
                          r->kind->name, (unsigned)status);
            r->counts[0].violations++;
        }
    }
}

/* Every N-th state, from the I-th on. */
static void take_part(struct run *r, const int part[2])
{
    size_t kept = 0;

    for (size_t i = (size_t)part[0]; i < r->n_states; i += (size_t)part[1])
        r->states[kept++] = r->states[i];
    r->n_states = kept;
}

/* `sample` tells how large a sample is, in those of the ordinary suite; 0: all
 * states. */
static int run_kind(const struct kind *kind, const char *folder, int jobs,
                    int sample, uint64_t seed, const int part[2])
{
    struct run r = {.kind = kind, .folder = folder, .jobs = jobs};
    struct counts sum = {0, 0, 0, 0};
    const double began = now();

    r.counts = mmap(NULL, (size_t)jobs * sizeof *r.counts,
                    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(r.counts != MAP_FAILED);
    prepare(&r);
    list_states(&r);
    take_part(&r, part);
    if (sample != 0)
        sample_states(&r, (size_t)(kind->sample * sample), seed);
    spread(&r);
    for (int job = 0; job < jobs; job++) {
        sum.states += r.counts[job].states;
        sum.told += r.counts[job].told;
        sum.hidden += r.counts[job].hidden;
        sum.violations += r.counts[job].violations;
    }
    if (sum.states != (int)r.n_states)
        sum.violations++;
    (void)fprintf(stderr,
                  "# %s: %d states, %d of them told (%d by a check only), %zu "
                  "bytes\n",
                  kind->name, sum.states, sum.told, sum.hidden, target(&r)->n);
    (void)printf("damage.%-13s %10d %6d %8.1f\n", kind->name, sum.states,
                 sum.violations, now() - began);
    (void)fflush(stdout);
    (void)munmap(r.counts, (size_t)jobs * sizeof *r.counts);
    free(r.file.at);
    free(r.old.at);
    free(r.log.at);
    free(r.shm.at);
    free(r.right);
    free(r.states);
    return sum.violations;
}

static void remove_folder(const char *folder)
{
    char command[96];

    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0)
        (void)fprintf(stderr, "%s stays\n", folder);
}

int main(int argc, char **argv)
{
    const char *only = NULL;
    uint64_t seed = 1;
    char made[] = "/tmp/varstore-damage-XXXXXX";
    const char *folder = NULL;
    int sample = 1;
    int violations = 0;
    int jobs = 2;
    int part[2] = {0, 1};
    int i;

    for (i = 1; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--all") == 0)
            sample = 0;
        else if (strcmp(argv[i], "--brief") == 0 ||
                 strcmp(argv[i], "--short") == 0 ||
                 strcmp(argv[i], "--long") == 0) {
            sample = argv[i][2] == 'b' ? 1 : argv[i][2] == 's' ? 5 : 0;
            folder = made;
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--jobs") == 0 && i + 1 < argc)
            jobs = atoi(argv[++i]);
        else if (strcmp(argv[i], "--kind") == 0 && i + 1 < argc)
            only = argv[++i];
        else if (strcmp(argv[i], "--part") != 0 || i + 1 >= argc ||
                 sscanf(argv[++i], "%d/%d", &part[0], &part[1]) != 2 ||
                 part[0] < 0 || part[0] >= part[1])
            break;
    }
    if (folder == NULL && i == argc - 1 && argv[i][0] != '-')
        folder = argv[i++];
    if (folder == NULL || i != argc || jobs < 1 ||
        (folder == made && mkdtemp(made) == NULL)) {
        (void)fprintf(stderr, "usage: damage_store [--all] [--seed N] "
                              "[--jobs N] [--kind KIND] [--part I/N] "
                              "FOLDER | --brief | "
                              "--short | --long\n");
        return 2;
    }
    (void)mkdir(folder, 0777);
    for (size_t k = 0; k < N_KINDS; k++)
        if (only == NULL || strcmp(only, kinds[k].name) == 0)
            violations += run_kind(&kinds[k], folder, jobs, sample, seed, part);
    if (folder == made)
        remove_folder(made);
    return violations != 0;
}
