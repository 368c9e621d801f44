/* wrapped.c - see wrapped.h. Linked in by --wrap. */
#include "wrapped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

static struct {
    int left; /* 0: nothing fails */
    enum whose whose;
    int code;
    bool struck;
} failing;

/* In place of libc's, for SQLite too: nothing here is about what outlives the
 * machine, and the thousands of turns would wait for the disk. */
#pragma GCC visibility push(default)
int fsync(int fd);
int fdatasync(int fd);
#pragma GCC visibility pop

int fsync(int fd)
{
    (void)fd;
    return 0;
}

int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

void wrapped_arm(enum whose whose, int code, int nth)
{
    failing.whose = whose;
    failing.code = code;
    failing.struck = false;
    failing.left = nth;
}

bool wrapped_disarm(void)
{
    failing.left = 0;
    return failing.struck;
}

static bool strikes_at(enum whose whose)
{
    if (failing.left == 0 || whose != failing.whose || --failing.left > 0)
        return false;
    failing.struck = true;
    if (whose == SYSTEMS)
        errno = failing.code;
    return true;
}

static bool strikes(void)
{
    return strikes_at(SQLITES);
}

typedef int exec_fn(struct vs__db *db, sqlite3 *conn, const char *sql);
exec_fn __real_vs__engine_exec, __wrap_vs__engine_exec;
int __wrap_vs__engine_exec(struct vs__db *db, sqlite3 *conn, const char *sql)
{
    return strikes() ? failing.code : __real_vs__engine_exec(db, conn, sql);
}

typedef int ask_fn(struct vs__db *db, sqlite3 *conn, const char *sql,
                   char out[32]);
ask_fn __real_vs__engine_ask, __wrap_vs__engine_ask;
int __wrap_vs__engine_ask(struct vs__db *db, sqlite3 *conn, const char *sql,
                          char out[32])
{
    if (strikes_at(ANSWERS)) {
        (void)snprintf(out, 32, "something else");
        return SQLITE_OK;
    }
    return strikes() ? failing.code : __real_vs__engine_ask(db, conn, sql, out);
}

typedef int connect_fn(struct vs__jail *jail, const char *name, int flags,
                       sqlite3 **out);
connect_fn __real_vs__jail_connect, __wrap_vs__jail_connect;
int __wrap_vs__jail_connect(struct vs__jail *jail, const char *name, int flags,
                            sqlite3 **out)
{
    *out = NULL;
    return strikes() ? failing.code
                     : __real_vs__jail_connect(jail, name, flags, out);
}

typedef int open_fn(const char *name, sqlite3 **out, int flags,
                    const char *vfs);
open_fn __real_sqlite3_open_v2, __wrap_sqlite3_open_v2;
int __wrap_sqlite3_open_v2(const char *name, sqlite3 **out, int flags,
                           const char *vfs)
{
    *out = NULL;
    return strikes() ? failing.code
                     : __real_sqlite3_open_v2(name, out, flags, vfs);
}

typedef int sql_fn(sqlite3 *conn, const char *sql, sqlite3_callback got,
                   void *ctx, char **words);
sql_fn __real_sqlite3_exec, __wrap_sqlite3_exec;
int __wrap_sqlite3_exec(sqlite3 *conn, const char *sql, sqlite3_callback got,
                        void *ctx, char **words)
{
    return strikes() ? failing.code
                     : __real_sqlite3_exec(conn, sql, got, ctx, words);
}

typedef int register_fn(sqlite3_vfs *vfs, int make_default);
register_fn __real_sqlite3_vfs_register, __wrap_sqlite3_vfs_register;
int __wrap_sqlite3_vfs_register(sqlite3_vfs *vfs, int make_default)
{
    return strikes() ? failing.code
                     : __real_sqlite3_vfs_register(vfs, make_default);
}

typedef sqlite3_filename name_fn(const char *file, const char *journal,
                                 const char *wal, int n, const char **params);
name_fn __real_sqlite3_create_filename, __wrap_sqlite3_create_filename;
sqlite3_filename __wrap_sqlite3_create_filename(const char *file,
                                                const char *journal,
                                                const char *wal, int n,
                                                const char **params)
{
    return strikes()
               ? NULL
               : __real_sqlite3_create_filename(file, journal, wal, n, params);
}

typedef const unsigned char *text_fn(sqlite3_stmt *s, int i);
text_fn __real_sqlite3_column_text, __wrap_sqlite3_column_text;
const unsigned char *__wrap_sqlite3_column_text(sqlite3_stmt *s, int i)
{
    return strikes() ? NULL : __real_sqlite3_column_text(s, i);
}

/* Each use here passes these two. One stands for all ten switches. */
int __real_sqlite3_db_config(sqlite3 *conn, int op, ...);
int __wrap_sqlite3_db_config(sqlite3 *conn, int op, int on, int *out);
int __wrap_sqlite3_db_config(sqlite3 *conn, int op, int on, int *out)
{
    return op == SQLITE_DBCONFIG_DEFENSIVE && strikes()
               ? failing.code
               : __real_sqlite3_db_config(conn, op, on, out);
}

typedef int sync_fn(struct vs__db *db, sqlite3 *conn, vs_sync sync);
sync_fn __real_vs__settings_sync, __wrap_vs__settings_sync;
int __wrap_vs__settings_sync(struct vs__db *db, sqlite3 *conn, vs_sync sync)
{
    return strikes() ? failing.code : __real_vs__settings_sync(db, conn, sync);
}

typedef int set_fn(struct vs__db *db, sqlite3 *conn);
set_fn __real_vs__settings_apply, __wrap_vs__settings_apply;
int __wrap_vs__settings_apply(struct vs__db *db, sqlite3 *conn)
{
    return strikes() ? failing.code : __real_vs__settings_apply(db, conn);
}

set_fn __real_vs__settings_cache, __wrap_vs__settings_cache;
int __wrap_vs__settings_cache(struct vs__db *db, sqlite3 *conn)
{
    return strikes() ? failing.code : __real_vs__settings_cache(db, conn);
}

typedef int harden_fn(sqlite3 *conn);
harden_fn __real_vs__settings_harden, __wrap_vs__settings_harden;
int __wrap_vs__settings_harden(sqlite3 *conn)
{
    return strikes() ? failing.code : __real_vs__settings_harden(conn);
}

typedef int checkpoint_fn(sqlite3 *conn, const char *schema, int mode, int *n,
                          int *moved);
checkpoint_fn __real_sqlite3_wal_checkpoint_v2,
    __wrap_sqlite3_wal_checkpoint_v2;
int __wrap_sqlite3_wal_checkpoint_v2(sqlite3 *conn, const char *schema,
                                     int mode, int *n, int *moved)
{
    return strikes()
               ? failing.code
               : __real_sqlite3_wal_checkpoint_v2(conn, schema, mode, n, moved);
}

/* The system's, as this library calls them; SQLite's own calls are not. */
#define SYSTEM(call, params, args)                            \
    int __real_##call params;                                 \
    int __wrap_##call params;                                 \
    int __wrap_##call params                                  \
    {                                                         \
        return strikes_at(SYSTEMS) ? -1 : __real_##call args; \
    }
SYSTEM(sync_file_range, (int fd, off64_t at, off64_t n, unsigned flags),
       (fd, at, n, flags))
SYSTEM(stat, (const char *path, struct stat *info), (path, info))
SYSTEM(lstat, (const char *path, struct stat *info), (path, info))
SYSTEM(fstat, (int fd, struct stat *info), (fd, info))
SYSTEM(statfs, (const char *path, struct statfs *info), (path, info))
SYSTEM(access, (const char *path, int mode), (path, mode))
SYSTEM(faccessat, (int at, const char *path, int mode, int flags),
       (at, path, mode, flags))

/* It exists: somebody was quicker. */
int __real_mknod(const char *path, mode_t mode, dev_t dev);
int __wrap_mknod(const char *path, mode_t mode, dev_t dev);
int __wrap_mknod(const char *path, mode_t mode, dev_t dev)
{
    const bool fails = strikes_at(SYSTEMS);

    if (fails && failing.code != EEXIST)
        return -1;
    if (__real_mknod(path, mode, dev) != 0 || !fails)
        return fails ? -1 : 0;
    errno = EEXIST;
    return -1;
}

char *__real_realpath(const char *path, char *out);
char *__wrap_realpath(const char *path, char *out);
char *__wrap_realpath(const char *path, char *out)
{
    return strikes_at(SYSTEMS) ? NULL : __real_realpath(path, out);
}
