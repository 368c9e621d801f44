/* fork.c - which files this process has open, and which it only inherited.
 *
 * SQLite keeps a list per process of the files it has open and of the locks it
 * holds on them. A forked child inherits the list but not the locks: were it
 * to open the same file anew, SQLite would find the locks in the list, ask the
 * system for nothing, and read and write unprotected. So a file that was open
 * when this process was forked cannot be opened in it.
 *
 * This list mirrors SQLite's, and like it is a global that lasts; it is the
 * only one here. Entries are made, reused, and never freed, without a lock
 * that a fork could leave closed.
 */
#include "db/engine.h"

#include <stdatomic.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fail.h"

#define FREE     0
#define CHANGING (-1) /* being filled in by one thread */

struct vs__mark {
    atomic_int pid; /* of who opened the file; or FREE, CHANGING */
    dev_t dev;      /* these two belong to whoever set CHANGING */
    ino_t ino;
    struct vs__mark *next; /* fixed once the entry is in the list */
};

static _Atomic(struct vs__mark *) first;

static struct vs__mark *take_free(void)
{
    struct vs__mark *mark = atomic_load(&first);

    for (; mark != NULL; mark = mark->next) {
        int expected = FREE;

        if (atomic_compare_exchange_strong(&mark->pid, &expected, CHANGING))
            break;
    }
    return mark;
}

static struct vs__mark *make(void)
{
    struct vs__mark *mark = vs__calloc(1, sizeof *mark);

    if (mark == NULL)
        return NULL;
    atomic_init(&mark->pid, CHANGING);
    mark->next = atomic_load(&first);
    while (!atomic_compare_exchange_weak(&first, &mark->next, mark))
        ;
    return mark;
}

static bool inherited(dev_t dev, ino_t ino)
{
    const int pid = (int)getpid();

    for (struct vs__mark *m = atomic_load(&first); m != NULL; m = m->next) {
        const int owner = atomic_load(&m->pid);

        if (owner != FREE && owner != CHANGING && owner != pid &&
            m->dev == dev && m->ino == ino)
            return true;
    }
    return false;
}

bool vs__fork_has(dev_t dev, ino_t ino)
{
    for (struct vs__mark *m = atomic_load(&first); m != NULL; m = m->next) {
        const int owner = atomic_load(&m->pid);

        if (owner != FREE && owner != CHANGING && m->dev == dev &&
            m->ino == ino)
            return true;
    }
    return false;
}

vs_status vs__fork_prepare(struct vs__db *db)
{
    db->mark = take_free();
    if (db->mark == NULL)
        db->mark = make();
    return db->mark != NULL ? VS_OK : vs__fail_nomem(&db->err);
}

vs_status vs__fork_enter(struct vs__db *db)
{
    const struct vs__place *place = &db->place;

    if (inherited(place->dev, place->ino)) {
        (void)vs__fail(&db->err, VS_ERR_FORKED,
                       "'%s' was open in the process that this one was forked "
                       "from, and cannot be opened here",
                       place->path);
        vs__hint(&db->err, "fork first and open then, close before forking, or "
                           "start the child with exec");
        return VS_ERR_FORKED;
    }
    db->mark->dev = place->dev;
    db->mark->ino = place->ino;
    atomic_store(&db->mark->pid, (int)db->pid);
    return VS_OK;
}

void vs__fork_leave(struct vs__db *db)
{
    if (db->mark != NULL && vs__db_mine(db))
        atomic_store(&db->mark->pid, FREE);
    db->mark = NULL;
}
