/* model_random.c - random programs on a store and on a model of one.
 *
 *     model_random [--brief | --short | --long] [--part I/N] [--plant BUG]
 *     model_random --only NUMBER [--trace]
 *
 * A program is a few dozen calls of two handles of one store, which close and
 * open it in between. After each call the model says what must have come out;
 * now and then, and in the end after opening it again, everything that the
 * store tells is compared. A program that fails is made as short as it can be
 * while it still fails, and listed. Its number is all that is needed to run it
 * again: --only NUMBER does so, and lists the same; with --trace the whole.
 *
 * A state is a call. The simulated disk makes runs fast and equal.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "enact.h"
#include "harness.h"

#define MOST_DEEDS  150
#define MOST_LISTED 12 /* of a planted bug */

struct program {
    int64_t number;
    int n;
    struct deed deeds[MOST_DEEDS];
};

static const int64_t n_states[] = {
    [FORM_BRIEF] = 6000, [FORM_SHORT] = 100000, [FORM_LONG] = 1000000};

static struct play play;
static volatile sig_atomic_t running; /* the program's number */

static void make(struct program *program, int64_t number)
{
    uint64_t dice = (uint64_t)number * 2 + 1;

    program->number = number;
    program->n = 20 + (int)(dice_next(&dice) % (MOST_DEEDS - 20));
    for (int i = 0; i < program->n; i++)
        deed_draw(&dice, &program->deeds[i]);
}

/* Runs it, on an empty disk. False: it fails; `play.words` tell how, *failed
 * which deed it was (n: the comparison in the end). */
static bool run(const struct program *program, int *failed, bool trace)
{
    bool good;
    int i;

    disk_load(NULL);
    disk_restart();
    play_begin(&play);
    good = !play.wrong;
    for (i = 0; i < program->n && good; i++) {
        char text[DEED_TEXT];

        if (trace) {
            deed_tell(&program->deeds[i], text);
            (void)fprintf(stderr, "  %s\n", text);
        }
        good = play_deed(&play, &program->deeds[i]);
    }
    *failed = good ? i : i - 1;
    good = good && play_end(&play);
    play_done(&play);
    return good;
}

/* Leaves out `n` deeds from `at` on, if it still fails without them. */
static bool leave_out(struct program *program, int at, int n)
{
    struct program shorter = *program;
    int failed = 0;

    shorter.n -= n;
    memmove(shorter.deeds + at, shorter.deeds + at + n,
            (size_t)(shorter.n - at) * sizeof shorter.deeds[0]);
    if (run(&shorter, &failed, false))
        return false;
    *program = shorter;
    return true;
}

/* Leaves out halves, quarters, ... single deeds, until nothing more can go;
 * then makes numbers small. */
static void shrink(struct program *program)
{
    bool more = true;

    for (int n = program->n / 2; n > 0; n = n > 1 ? n / 2 : more) {
        more = false;
        for (int at = program->n - n; at >= 0; at--)
            if (at + n <= program->n && leave_out(program, at, n))
                more = true;
    }
    for (int i = 0; i < program->n; i++) {
        static const int16_t small[] = {0, 1, 2, 3, 4, 5, 6};

        for (size_t k = 0; k < sizeof small / sizeof small[0]; k++) {
            struct program simpler = *program;
            int failed = 0;

            simpler.deeds[i].n = small[k];
            if (small[k] >= program->deeds[i].n ||
                run(&simpler, &failed, false))
                continue;
            *program = simpler;
            break;
        }
    }
}

static void list(struct harness *h, struct program *program)
{
    int failed = 0;

    shrink(program);
    (void)run(program, &failed, false);
    if (h->plant != NULL && program->n > MOST_LISTED)
        return; /* who would read that? */
    harness_violation(h, "program %lld: %s", (long long)program->number,
                      play.words);
    for (int i = 0; i < program->n && i <= failed && h->plant == NULL; i++) {
        char text[DEED_TEXT];

        deed_tell(&program->deeds[i], text);
        (void)fprintf(stderr, "  %s\n", text);
    }
    if (failed == program->n && h->plant == NULL)
        (void)fprintf(stderr, "  and after opening it again\n");
}

static void on_crash(int sig)
{
    static const char words[] = "model.random: crash in program ";
    char digits[24];
    size_t n = sizeof digits;
    int64_t x = running;

    digits[--n] = '\n';
    do {
        digits[--n] = (char)('0' + x % 10);
        x /= 10;
    } while (x > 0);
    if (write(2, words, sizeof words - 1) >= 0 &&
        write(2, digits + n, sizeof digits - n) >= 0)
        (void)signal(sig, SIG_DFL);
    (void)raise(sig);
}

static void try_program(struct harness *h, int64_t number)
{
    struct program program;
    int failed = 0;

    running = (sig_atomic_t)number;
    make(&program, number);
    if (!run(&program, &failed, h->trace))
        list(h, &program);
    h->n_states += play.n_done;
}

int main(int argc, char **argv)
{
    struct harness h;
    int most; /* violations, of which each takes long */

    harness_begin(&h, "model.random", argc, argv);
    disk_begin();
    play_bug = h.plant;
    most = h.plant != NULL ? 1 : 3;
    (void)signal(SIGSEGV, on_crash);
    (void)signal(SIGABRT, on_crash);
    if (h.only != NULL)
        try_program(&h, strtoll(h.only, NULL, 10));
    for (int64_t i = h.part; h.only == NULL && h.n_violations < most &&
                             h.n_states < n_states[h.form] / h.n_parts;
         i += h.n_parts)
        try_program(&h, i);
    disk_end();
    return harness_end(&h);
}
