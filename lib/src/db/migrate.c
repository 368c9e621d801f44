/* migrate.c - applying the schema's scripts, and telling a schema of ours from
 * any other.
 *
 * A file from elsewhere may carry views, triggers, CHECK expressions or
 * generated columns that run when a table is merely read. So, before that, the
 * text of every object is compared with the scripts, byte by byte; a schema
 * that differs in one space is not ours. SQLite keeps the text of a CREATE
 * statement as it was, from the name on, and puts the words before the name in
 * capitals with single spaces: the scripts are written that way. It changes
 * the text in ALTER TABLE, which the scripts therefore do not use.
 */
#include "db/migrate.h"

#include "db/engine.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

/* One CREATE statement of a script. */
struct object {
    const char *text; /* in the script */
    size_t n;         /* without the semicolon and space before it */
    bool found;       /* the file has it */
};

/* The text behind blanks and comments. */
static const char *skip_blank(const char *p)
{
    for (;;) {
        p += strspn(p, " \t\r\n");
        if (p[0] == '-' && p[1] == '-') {
            p += strcspn(p, "\n");
        } else if (p[0] == '/' && p[1] == '*') {
            const char *end = strstr(p + 2, "*/");

            p = end != NULL ? end + 2 : p + strlen(p);
        } else {
            return p;
        }
    }
}

/* The end of the statement that starts at `p`: its semicolon, or the NUL. */
static const char *statement_end(const char *p)
{
    for (;;) {
        const char *start = p += strcspn(p, ";'\"-/");

        switch (*p) {
        case '\0':
        case ';':
            return p;
        case '\'':
        case '"':
            p += 1 + strcspn(p + 1, *p == '"' ? "\"" : "'");
            p += *p != '\0';
            break;
        default:
            p = skip_blank(p);
            p += p == start;
        }
    }
}

static size_t trimmed(const char *text, size_t n)
{
    while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
        n--;
    return n;
}

/* Lists a script's CREATE statements; `objects` may be NULL to count only. */
static size_t list_objects(const char *sql, struct object *objects)
{
    size_t n = 0;

    for (const char *p = skip_blank(sql); *p != '\0'; p = skip_blank(p)) {
        const char *end = statement_end(p);

        if (strncmp(p, "CREATE ", 7) == 0) {
            if (objects != NULL) {
                objects[n].text = p;
                objects[n].n = trimmed(p, (size_t)(end - p));
                objects[n].found = false;
            }
            n++;
        }
        p = *end == ';' ? end + 1 : end;
    }
    return n;
}

static size_t list_all(const struct vs__migration *scripts, int n, int version,
                       struct object *objects)
{
    size_t total = 0;

    for (int i = 0; i < n && scripts[i].version <= version; i++)
        total += list_objects(scripts[i].sql,
                              objects != NULL ? objects + total : NULL);
    return total;
}

/* Marks the statement with this text; false if none, or it was there. */
static bool find_object(struct object *objects, size_t n, const char *sql)
{
    const size_t n_sql = trimmed(sql, strlen(sql));

    for (size_t i = 0; i < n; i++)
        if (!objects[i].found && objects[i].n == n_sql &&
            memcmp(objects[i].text, sql, n_sql) == 0) {
            objects[i].found = true;
            return true;
        }
    return false;
}

/* What SQLite makes by itself, for UNIQUE and AUTOINCREMENT. */
static bool is_automatic(const char *name, const char *sql)
{
    static const char prefix[] = "sqlite_autoindex_";

    if (sql == NULL)
        return strncmp(name, prefix, sizeof prefix - 1) == 0;
    return strcmp(sql, "CREATE TABLE sqlite_sequence(name,seq)") == 0;
}

static vs_status compare(struct vs__db *db, struct object *objects, size_t n)
{
    static const char all[] = "SELECT type, name, sql FROM sqlite_schema";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(db, all, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *type = vs__column_text(s, 0);
        const char *name = vs__column_text(s, 1);
        const char *sql = vs__column_null(s, 2) ? NULL : vs__column_text(s, 2);

        if (is_automatic(name, sql) ||
            (sql != NULL && find_object(objects, n, sql)))
            continue;
        st = vs__fail(&db->err, VS_ERR_NOTASTORE,
                      "'%s': its schema is not that of a store: %.40s '%.200s'",
                      db->place.path, type, name);
        break;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

static vs_status check_complete(struct vs__db *db, const struct object *objects,
                                size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!objects[i].found)
            return vs__fail(&db->err, VS_ERR_CORRUPT,
                            "'%s': its schema lacks '%.*s'", db->place.path,
                            (int)strcspn(objects[i].text, "(\n;"),
                            objects[i].text);
    return VS_OK;
}

/* The file's schema number, if these scripts know it. */
static vs_status known_number(struct vs__db *db,
                              const struct vs__migration *scripts, int n,
                              int *number)
{
    const int newest = scripts[n - 1].version;
    vs_status st = vs__db_schema_number(db, number);

    if (st != VS_OK)
        return st;
    if (*number < 0)
        return vs__fail(&db->err, VS_ERR_CORRUPT,
                        "'%s': schema number %d, want 0 or more",
                        db->place.path, *number);
    if (*number > newest)
        return vs__fail(&db->err, VS_ERR_TOONEW,
                        "'%s': schema number %d, this library knows up to %d",
                        db->place.path, *number, newest);
    return VS_OK;
}

vs_status vs__migrate_verify(struct vs__db *db,
                             const struct vs__migration *scripts, int n)
{
    struct object *objects;
    size_t n_objects;
    int number = 0;
    vs_status st = known_number(db, scripts, n, &number);

    if (st != VS_OK)
        return st;
    n_objects = list_all(scripts, n, number, NULL);
    objects = vs__calloc(n_objects, sizeof *objects);
    if (objects == NULL)
        return vs__fail_nomem(&db->err);
    (void)list_all(scripts, n, number, objects);
    st = compare(db, objects, n_objects);
    if (st == VS_OK)
        st = check_complete(db, objects, n_objects);
    vs__free(objects);
    return st;
}

/* The words of a failing script name it: its line is not known. */
static vs_status apply(struct vs__db *db, const struct vs__migration *script)
{
    vs_status st;
    int rc;

    errno = 0;
    rc = sqlite3_exec(db->conn, script->sql, NULL, NULL, NULL);
    if ((rc & 0xff) == SQLITE_ERROR)
        return vs__fail(&db->err, VS_ERR_CORRUPT, "'%s': script %s: %s",
                        db->place.path, script->name, sqlite3_errmsg(db->conn));
    if (rc != SQLITE_OK)
        return vs__engine_fail(db, db->conn, rc);
    if ((st = vs__sums_fail(db)) != VS_OK)
        return st;
    return vs__db_set_schema_number(db, script->version);
}

vs_status vs__migrate(struct vs__db *db, const struct vs__migration *scripts,
                      int n)
{
    int number = 0;
    vs_status st;

    if (!vs__txn_writing(db))
        return vs__fail(&db->err, VS_ERR_MISUSE,
                        "'%s': a migration outside a write transaction",
                        db->place.path);
    st = known_number(db, scripts, n, &number);
    for (int i = 0; st == VS_OK && i < n; i++)
        if (scripts[i].version > number)
            st = apply(db, &scripts[i]);
    return st;
}
