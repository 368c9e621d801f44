/* busy.c - waiting for another writer: short sleeps of random length.
 *
 * SQLite's own busy timeout sleeps longer and longer, so that whoever asks
 * late wins and somebody starves; with sleeps of 0.05 to 2 ms, drawn anew each
 * time, sixteen writers in tight loops all advance at about the same pace. The
 * deadline is that of the monotonic clock. A signal only shortens one sleep.
 */
#include "db/engine.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define NS_PER_MS   1000000
#define SHORTEST_NS 50000
#define LONGEST_NS  2000000
#define LONGEST_MS  (INT64_MAX / NS_PER_MS / 4) /* no sum of two overflows */

void vs__wait_init(struct vs__db *db)
{
    struct vs__wait *w = &db->wait;

    w->armed = false;
    w->random = (uint32_t)vs__monotonic_ns() ^ (uint32_t)getpid() << 16 ^
                (uint32_t)((uintptr_t)db >> 4);
    if (w->random == 0)
        w->random = 1;
}

static void begin(struct vs__wait *w, int64_t ms)
{
    w->began_ns = vs__monotonic_ns();
    w->deadline_ns =
        w->began_ns + (ms < LONGEST_MS ? ms : LONGEST_MS) * NS_PER_MS;
}

void vs__wait_arm(struct vs__db *db, int64_t ms)
{
    begin(&db->wait, ms);
    db->wait.armed = true;
}

void vs__wait_disarm(struct vs__db *db)
{
    db->wait.armed = false;
}

/* Marsaglia's xorshift: enough to keep waiters out of step. */
static int64_t random_ns(struct vs__wait *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 17;
    w->random ^= w->random << 5;
    return SHORTEST_NS + (int64_t)(w->random % (LONGEST_NS - SHORTEST_NS));
}

bool vs__wait_nap(struct vs__db *db)
{
    struct vs__wait *w = &db->wait;
    const int64_t left = w->deadline_ns - vs__monotonic_ns();
    int64_t ns = random_ns(w);
    struct timespec t = {0, 0};

    if (left <= 0)
        return false;
    if (ns > left)
        ns = left;
    t.tv_nsec = (long)ns;
    (void)nanosleep(&t, NULL);
    return true;
}

int vs__wait_handler(void *ctx, int count)
{
    struct vs__db *db = ctx;

    if (!db->wait.armed && count == 0)
        begin(&db->wait, db->options.busy_ms);
    return vs__wait_nap(db) ? 1 : 0;
}

int64_t vs__wait_ms(const struct vs__db *db)
{
    return (vs__monotonic_ns() - db->wait.began_ns) / NS_PER_MS;
}
