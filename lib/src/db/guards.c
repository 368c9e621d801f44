/* guards.c - see guards.h. The facts on versions are those of SQLite's release
 * history and of its page on the write-ahead log.
 */
#include "db/guards.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "db/engine.h"

#define OLDEST 3037000 /* STRICT tables */

/* From here to there, both included. The first that fits counts. */
static const struct {
    int first;
    int last;
    vs_verdict verdict;
    const char *why;
} versions[] = {
    {0, OLDEST - 1, VS_VERDICT_BAD, "too old: 3.37 or newer is needed"},
    {3044006, 3044999, VS_VERDICT_OK,
     "the race of checkpoints with writers is mended in it"},
    {3050007, 3050999, VS_VERDICT_OK,
     "the race of checkpoints with writers is mended in it"},
    {3052000, 3052999, VS_VERDICT_WARN,
     "was withdrawn by its makers: take 3.51.3, or 3.53.4 or newer"},
    {OLDEST, 3051002, VS_VERDICT_NOTE,
     "can lose pages when a checkpoint races a writer that starts the log "
     "anew; "
     "harmless here, where checkpoints are run under the write lock only: do "
     "not write to stores with other programs"},
    {3053003, 3053003, VS_VERDICT_NOTE,
     "a crash can harm a transaction over several databases at once, which is "
     "never made here"},
};

vs_verdict vs__guards_verdict(int version, const char **why)
{
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        if (version >= versions[i].first && version <= versions[i].last) {
            *why = versions[i].why;
            return versions[i].verdict;
        }
    *why = "no hazard for stores is known";
    return VS_VERDICT_OK;
}

void vs__guards_tell_engine(struct vs__findings *f)
{
    const char *why;
    vs_verdict verdict = vs__guards_verdict(sqlite3_libversion_number(), &why);

    if (!sqlite3_threadsafe()) {
        verdict = VS_VERDICT_BAD;
        why = "was built without threads, and cannot be used";
    }
    vs__find(f, verdict, "sqlite", sqlite3_libversion(), "%s", why);
}

/* What a setting is to be, and what for. */
static const struct {
    const char *topic;
    const char *sql; /* asks for it; NULL: `config` does */
    int config;      /* of sqlite3_db_config */
    int want;        /* the number that it answers */
    const char *value;
    const char *why;
} settings[] = {
    {"synchronous", "PRAGMA synchronous", 0, 2, "FULL",
     "a commit is on the disk when it returns (unless a handle asks for "
     "NORMAL)"},
    {"autocheckpoint", "PRAGMA wal_autocheckpoint", 0, 0, "off",
     "only our own checkpoints are run, under the write lock"},
    {"checkpoint-on-close", NULL, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, "off",
     "who has lost his locks does not unlink the log of the others"},
    {"defensive", NULL, SQLITE_DBCONFIG_DEFENSIVE, 1, "on",
     "no statement changes SQLite's own tables"},
    {"trusted-schema", NULL, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, "off",
     "functions in a stranger's schema are not run"},
    {"triggers", NULL, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, "off",
     "a stranger's triggers are not run"},
    {"views", NULL, SQLITE_DBCONFIG_ENABLE_VIEW, 0, "off",
     "a stranger's views are not run"},
    {"extensions", NULL, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, "off",
     "no code can be loaded"},
    {"foreign-keys", NULL, SQLITE_DBCONFIG_ENABLE_FKEY, 1, "on",
     "references are held"},
    {"cell-size-check", "PRAGMA cell_size_check", 0, 1, "on",
     "a damaged page is refused before it is used"},
    {"secure-delete", "PRAGMA secure_delete", 0, 2, "FAST",
     "what is deleted is overwritten where that costs no further write"},
    {"temp-store", "PRAGMA temp_store", 0, 2, "memory",
     "nothing is written outside of the store's folder"},
};

/* What holds by how the library is built, and cannot be asked for. */
static const struct {
    const char *topic;
    const char *value;
    const char *why;
} always[] = {
    {"memory-map", "off",
     "an error of the disk comes as an error, not as a signal"},
    {"name-jail", "on",
     "a connection reaches the store's file, log and journal, nothing else"},
    {"sidecar-guard", "on",
     "each write first looks whether file and log are still those that were "
     "opened"},
    {"sync-poison", "on",
     "after a sync that failed a handle writes no more: reopening shows what "
     "is there"},
    {"page-sums", "on",
     "of a page that is not what was written nothing is concluded, and nothing "
     "is written after it was met"},
    {"busy-handler", "fair",
     "waits are short and random, up to a deadline, so that nobody starves"},
    {"early-writeback", "on",
     "big writes that are alone with the file let the disk begin before their "
     "end; what is durable is decided by the sync"},
};

/* The number that a setting has; -1: it cannot be told. */
static int ask(struct vs__db *db, const char *sql, int config)
{
    char text[32];
    int number = -1;

    if (sql == NULL) {
        (void)sqlite3_db_config(db->conn, config, -1, &number);
        return number;
    }
    if (vs__engine_ask(db, db->conn, sql, text) != SQLITE_OK ||
        sscanf(text, "%d", &number) != 1)
        return -1;
    return number;
}

static void tell_settings(struct vs__findings *f, struct vs__db *db)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        const int have = ask(db, settings[i].sql, settings[i].config);
        char value[32];

        if (have == settings[i].want) {
            vs__find(f, VS_VERDICT_OK, settings[i].topic, settings[i].value,
                     "%s", settings[i].why);
            continue;
        }
        (void)snprintf(value, sizeof value, "%d", have);
        vs__find(f, VS_VERDICT_BAD, settings[i].topic, value,
                 "want %d (%s), or it does not hold that %s", settings[i].want,
                 settings[i].value, settings[i].why);
    }
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        vs__find(f, VS_VERDICT_OK, always[i].topic, always[i].value, "%s",
                 always[i].why);
}

vs_status vs__guards_tell(struct vs__findings *f, vs_error *err)
{
    struct vs__db *db = vs__calloc(1, sizeof *db);
    vs_status st = VS_OK;
    int rc;

    if (db == NULL)
        return vs__fail_nomem(err);
    vs__wait_init(db);
    rc = sqlite3_open_v2(":memory:", &db->conn,
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                             SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                         NULL);
    if (rc == SQLITE_OK)
        rc = vs__settings_harden(db->conn);
    if (rc == SQLITE_OK)
        rc = vs__settings_apply(db, db->conn);
    if (rc == SQLITE_OK) {
        vs__log_init(db);
        tell_settings(f, db);
    } else if ((rc & 0xff) == SQLITE_NOMEM) {
        st = vs__fail_nomem(err);
    } else {
        st = vs__fail(err, VS_ERR_IO, "SQLite cannot be set up: %s",
                      sqlite3_errstr(rc));
    }
    (void)sqlite3_close(db->conn);
    vs__free(db);
    return st;
}
