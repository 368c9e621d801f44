/* busy.c - waiting for another writer: short sleeps of random length.
 *
 * SQLite's own busy timeout sleeps longer and longer, so that whoever asks
 * late wins and somebody starves. Here a waiter looks again after 0.05 to 2 ms,
 * drawn anew each time. That finds the lock free only if it is free for long
 * enough: a writer in a tight loop lets go of it for microseconds between two
 * commits of milliseconds. So who has met another writer steps back for a
 * while: before each of his next turns he waits about as long as his last one
 * took. With 16 writers in tight loops, each commit synced, that takes the
 * longest wait from 1.2-1.6 s to 0.1 s, for a fifth of the commits per second; a
 * writer who is alone pays nothing.
 *
 * The deadline is that of the monotonic clock. A signal shortens one sleep.
 */
#include "db/engine.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define NS_PER_MS   1000000
#define SHORTEST_NS 50000
#define LONGEST_NS  2000000
#define N_STEPS     16 /* turns with a step back after meeting somebody */
#define LONGEST_MS  (INT64_MAX / NS_PER_MS / 4) /* no sum of two overflows */

void vs__wait_init(struct vs__db *db)
{
    struct vs__wait *w = &db->wait;

    w->random = (uint32_t)vs__monotonic_ns() ^ (uint32_t)getpid() << 16 ^
                (uint32_t)((uintptr_t)db >> 4);
    w->random |= 1; /* never 0 */
}

static int64_t later(int64_t now_ns, int64_t ms)
{
    return now_ns + (ms < LONGEST_MS ? ms : LONGEST_MS) * NS_PER_MS;
}

static void begin(struct vs__wait *w, int64_t ms)
{
    w->began_ns = vs__monotonic_ns();
    w->deadline_ns = later(w->began_ns, ms);
}

void vs__wait_arm(struct vs__db *db, int64_t ms)
{
    begin(&db->wait, ms);
    db->wait.armed = true;
}

void vs__wait_disarm(struct vs__db *db)
{
    db->wait.armed = false;
    db->wait.began_ns = 0;
}

/* Marsaglia's xorshift: enough to keep waiters out of step. */
static int64_t random_ns(struct vs__wait *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 17;
    w->random ^= w->random << 5;
    return SHORTEST_NS + (int64_t)(w->random % (LONGEST_NS - SHORTEST_NS));
}

/* Sleeps `ns`, or up to the deadline; false, at once, past it. */
static bool nap(const struct vs__wait *w, int64_t ns)
{
    const int64_t left = w->deadline_ns - vs__monotonic_ns();
    struct timespec t = {0, 0};

    if (left <= 0)
        return false;
    t.tv_nsec = (long)(ns < left ? ns : left);
    (void)nanosleep(&t, NULL);
    return true;
}

/* A big write keeps everybody out for as long as its bytes take (bulk.c). Who
 * opens the file meanwhile gets another deadline as long as he sees it grow. */
bool vs__wait_nap(struct vs__db *db)
{
    struct vs__wait *w = &db->wait;

    if (nap(w, random_ns(w)))
        return true;
    if (!w->patient || !vs__place_moves(&db->place))
        return false;
    w->deadline_ns = later(vs__monotonic_ns(), db->options.busy_ms);
    return nap(w, random_ns(w));
}

void vs__turn_await(struct vs__db *db)
{
    struct vs__wait *w = &db->wait;
    const int64_t most =
        w->turn_ns < LONGEST_NS ? w->turn_ns : (int64_t)LONGEST_NS;

    if (w->n_steps == 0)
        return;
    w->n_steps--;
    (void)nap(w, most / 2 + random_ns(w) % (most / 2 + 1));
}

void vs__turn_begin(struct vs__db *db)
{
    db->wait.turn_began_ns = vs__monotonic_ns();
}

void vs__turn_end(struct vs__db *db)
{
    db->wait.turn_ns = vs__monotonic_ns() - db->wait.turn_began_ns;
}

int vs__wait_handler(void *ctx, int count)
{
    struct vs__db *db = ctx;

    if (!db->wait.armed && count == 0)
        begin(&db->wait, db->options.busy_ms);
    db->wait.n_steps = N_STEPS;
    return vs__wait_nap(db) ? 1 : 0;
}

int64_t vs__wait_ms(const struct vs__db *db)
{
    const int64_t began = db->wait.began_ns;

    return began != 0 ? (vs__monotonic_ns() - began) / NS_PER_MS : 0;
}
