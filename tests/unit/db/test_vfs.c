/* test_vfs.c - db/vfs: a connection reaches the store's own files only. */
#include "dbtest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR 512

static void put_be32(uint8_t *p, uint32_t x)
{
    p[0] = (uint8_t)(x >> 24);
    p[1] = (uint8_t)(x >> 16);
    p[2] = (uint8_t)(x >> 8);
    p[3] = (uint8_t)x;
}

/* A hot journal that restores no page and names `victim` as the journal that
 * spans several files: SQLite's file format page, section 3. */
static void write_journal(const char *path, uint32_t n_pages,
                          const char *victim)
{
    static const uint8_t magic[8] = {0xd9, 0xd5, 0x05, 0xf9,
                                     0x20, 0xa1, 0x63, 0xd7};
    const size_t n = strlen(victim);
    uint8_t bytes[SECTOR + 4096] = {0};
    uint8_t *p = bytes + SECTOR;
    uint32_t sum = 0;

    memcpy(bytes, magic, 8);
    put_be32(bytes + 16, n_pages);
    put_be32(bytes + 20, SECTOR);
    put_be32(bytes + 24, VS__PAGE_BYTES);
    put_be32(p, 0x40000000 / VS__PAGE_BYTES + 1); /* the locking page */
    p += 4;
    for (size_t i = 0; i < n; i++)
        sum += (uint8_t)victim[i];
    memcpy(p, victim, n);
    p += n;
    put_be32(p, (uint32_t)n);
    put_be32(p + 4, sum);
    memcpy(p + 8, magic, 8);
    test_write_file(path, bytes, (size_t)(p + 16 - bytes));
}

/* A store with a crafted journal beside it; returns the victim's path. */
static const char *make_trap(void **state, const char *path)
{
    const char *victim = test_path(state, "thesis.tex");
    char journal[300];
    struct vs__db *db = make_store(path);
    const int64_t n_pages = ask(db, "PRAGMA page_count");

    vs__db_close(db);
    test_write_file(victim, "years", 5);
    (void)snprintf(journal, sizeof journal, "%s-journal", path);
    write_journal(journal, (uint32_t)n_pages, victim);
    return victim;
}

static void without_the_jail_a_journal_deletes_any_file(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *victim = make_trap(state, path);
    sqlite3 *conn = NULL;

    assert_int_equal(sqlite3_open(path, &conn), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(conn, "SELECT * FROM counter", NULL, NULL, NULL),
        SQLITE_OK);
    (void)sqlite3_close(conn);
    assert_false(file_exists(victim)); /* or the next test proves nothing */
}

static void a_journal_deletes_no_file_of_others(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *victim = make_trap(state, path);
    struct vs__db *db = NULL;
    size_t n = 0;
    char *text;

    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 0);
    assert_ok(add_one(db));
    assert_sound(db);
    vs__db_close(db);
    text = test_read_file(victim, &n);
    assert_non_null(text);
    assert_string_equal(text, "years");
    free(text);
}

static void a_reader_is_not_led_to_it_either(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *victim = make_trap(state, path);
    struct vs__db *db = NULL;

    assert_ok(open_patient(path, VS_OPEN_READ, 50, &db, NULL));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 0);
    assert_sound(db);
    vs__db_close(db);
    assert_true(file_exists(victim));
}

struct cell {
    struct vs__place place;
    struct vs__jail jail;
    char file[300];
    char wal[300];
    char journal[300];
};

static sqlite3_vfs *jail_of(struct cell *cell, void **state)
{
    memset(cell, 0, sizeof *cell);
    (void)snprintf(cell->file, sizeof cell->file, "%s",
                   test_path(state, "s.db"));
    (void)snprintf(cell->wal, sizeof cell->wal, "%.250s-wal", cell->file);
    (void)snprintf(cell->journal, sizeof cell->journal, "%.250s-journal",
                   cell->file);
    cell->place.file = cell->file;
    cell->place.wal = cell->wal;
    cell->place.journal = cell->journal;
    vs__jail_init(&cell->jail, &cell->place);
    return &cell->jail.vfs;
}

static int try_open(sqlite3_vfs *vfs, const char *name, int type)
{
    sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | type;
    sqlite3_filename full =
        name != NULL ? sqlite3_create_filename(name, "", "", 0, NULL) : NULL;
    int rc;

    assert_non_null(file);
    rc = vfs->xOpen(vfs, full, file, flags, &flags);
    if (file->pMethods != NULL)
        (void)file->pMethods->xClose(file);
    sqlite3_free_filename(full);
    free(file);
    return rc;
}

static void only_the_store_and_its_logs_open(void **state)
{
    struct cell cell;
    sqlite3_vfs *vfs = jail_of(&cell, state);
    const char *other = test_path(state, "other");

    test_write_file(other, "x", 1);
    assert_int_equal(try_open(vfs, cell.file, SQLITE_OPEN_MAIN_DB), SQLITE_OK);
    assert_int_equal(try_open(vfs, cell.wal, SQLITE_OPEN_WAL), SQLITE_OK);
    assert_int_equal(try_open(vfs, cell.journal, SQLITE_OPEN_MAIN_JOURNAL),
                     SQLITE_OK);
    assert_int_equal(try_open(vfs, other, SQLITE_OPEN_MAIN_DB),
                     SQLITE_CANTOPEN);
    assert_int_equal(try_open(vfs, other, SQLITE_OPEN_WAL), SQLITE_CANTOPEN);
    assert_int_equal(try_open(vfs, other, SQLITE_OPEN_TEMP_DB),
                     SQLITE_CANTOPEN);
    assert_int_equal(try_open(vfs, cell.file, SQLITE_OPEN_WAL),
                     SQLITE_CANTOPEN);
}

static void a_super_journal_never_opens(void **state)
{
    struct cell cell;
    sqlite3_vfs *vfs = jail_of(&cell, state);

    assert_int_equal(try_open(vfs, cell.journal, SQLITE_OPEN_SUPER_JOURNAL),
                     SQLITE_CANTOPEN);
    assert_false(file_exists(cell.journal));
}

static void nameless_temporary_files_open(void **state)
{
    struct cell cell;
    sqlite3_vfs *vfs = jail_of(&cell, state);

    assert_int_equal(
        try_open(vfs, NULL, SQLITE_OPEN_SUBJOURNAL | SQLITE_OPEN_DELETEONCLOSE),
        SQLITE_OK);
    assert_int_equal(try_open(vfs, NULL, SQLITE_OPEN_MAIN_DB), SQLITE_CANTOPEN);
}

static void only_its_logs_can_be_deleted(void **state)
{
    struct cell cell;
    sqlite3_vfs *vfs = jail_of(&cell, state);
    const char *other = test_path(state, "other");

    test_write_file(other, "x", 1);
    test_write_file(cell.file, "x", 1);
    test_write_file(cell.journal, "x", 1);
    assert_int_equal(vfs->xDelete(vfs, other, 0), SQLITE_IOERR_DELETE);
    assert_int_equal(vfs->xDelete(vfs, cell.file, 0), SQLITE_IOERR_DELETE);
    assert_int_equal(vfs->xDelete(vfs, cell.journal, 0), SQLITE_OK);
    assert_true(file_exists(other));
    assert_true(file_exists(cell.file));
    assert_false(file_exists(cell.journal));
}

static void other_files_seem_absent(void **state)
{
    struct cell cell;
    sqlite3_vfs *vfs = jail_of(&cell, state);
    char full[1024];
    int there = -1;

    test_write_file(cell.file, "x", 1);
    assert_int_equal(
        vfs->xAccess(vfs, "/etc/passwd", SQLITE_ACCESS_EXISTS, &there),
        SQLITE_OK);
    assert_int_equal(there, 0);
    assert_int_equal(vfs->xAccess(vfs, cell.file, SQLITE_ACCESS_EXISTS, &there),
                     SQLITE_OK);
    assert_int_equal(there, 1);
    assert_int_equal(vfs->xFullPathname(vfs, "/etc/passwd", 1024, full),
                     SQLITE_CANTOPEN);
    assert_int_equal(vfs->xFullPathname(vfs, cell.file, 1024, full), SQLITE_OK);
    assert_string_equal(full, cell.file);
    assert_int_equal(vfs->xFullPathname(vfs, cell.file, 5, full),
                     SQLITE_CANTOPEN);
}

static void time_and_chance_are_those_outside(void **state)
{
    struct cell cell;
    sqlite3_vfs *vfs = jail_of(&cell, state);
    char bytes[2][16] = {"", ""};
    sqlite3_int64 ms = 0;
    double days = 0;

    for (size_t i = 0; i < 2; i++)
        assert_int_equal(vfs->xRandomness(vfs, 16, bytes[i]), 16);
    assert_memory_not_equal(bytes[0], bytes[1], 16);
    assert_true(vfs->xSleep(vfs, 1) >= 1);
    assert_int_equal(vfs->xCurrentTime(vfs, &days), SQLITE_OK);
    assert_int_equal(vfs->xCurrentTimeInt64(vfs, &ms), SQLITE_OK);
    assert_true(days > 2459000 && days * 86400000 <= (double)ms + 1);
}

static void code_cannot_be_loaded_even_if_that_is_allowed(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    char *words = NULL;

    assert_int_equal(sqlite3_db_config(db->conn,
                                       SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1,
                                       (int *)NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_load_extension(db->conn, "evil", NULL, &words),
                     SQLITE_ERROR);
    assert_non_null(strstr(words, "no extension can be loaded here"));
    sqlite3_free(words);
    vs__db_close(db);
}

/* The next calls fail so, one after the other; linked in by --wrap. */
static const int *fsync_errors;
static int n_fsyncs;

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
    n_fsyncs++;
    if (fsync_errors == NULL || *fsync_errors == 0)
        return __real_fsync(fd);
    errno = *fsync_errors++;
    return -1;
}

/* Its name may be new there; SQLite itself does not look at the answer. */
static void a_log_is_synced_after_its_folder(void **state)
{
    char nowhere[300];
    char folder[300];
    struct cell cell;
    sqlite3_vfs *vfs = jail_of(&cell, state);
    sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
    sqlite3_filename wal = sqlite3_create_filename(cell.wal, "", "", 0, NULL);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_WAL;

    (void)snprintf(nowhere, sizeof nowhere, "%s", test_path(state, "nowhere"));
    (void)snprintf(folder, sizeof folder, "%s", test_path(state, ""));
    assert_non_null(file);
    test_write_file(cell.file, "x", 1); /* whose mode the log takes */
    assert_int_equal(vfs->xOpen(vfs, wal, file, flags, &flags), SQLITE_OK);
    assert_int_equal(file->pMethods->xWrite(file, "x", 1, 0), SQLITE_OK);
    cell.place.dir = nowhere;
    for (int i = 0; i < 2; i++)
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL),
                         SQLITE_CANTOPEN);
    cell.place.dir = folder;
    assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL),
                     SQLITE_OK);
    cell.place.dir = nowhere; /* once is enough */
    assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL),
                     SQLITE_OK);
    assert_int_equal(file->pMethods->xClose(file), SQLITE_OK);
    sqlite3_free_filename(wal);
    free(file);
}

static void a_folder_is_synced_as_far_as_it_can_be(void **state)
{
    static const struct {
        int errors[3];
        int rc;
        int n; /* calls */
    } cases[] = {
        {{EINTR, EINTR, 0}, SQLITE_OK, 3},
        {{EINVAL, 0, 0}, SQLITE_OK, 1}, /* it cannot be, nor need it */
        {{EINTR, EIO, 0}, SQLITE_IOERR_DIR_FSYNC, 2},
    };
    struct cell cell;
    sqlite3_vfs *vfs = jail_of(&cell, state);
    char folder[300];

    (void)snprintf(folder, sizeof folder, "%s", test_path(state, ""));
    cell.place.dir = folder;
    test_write_file(cell.file, "x", 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
        sqlite3_filename wal =
            sqlite3_create_filename(cell.wal, "", "", 0, NULL);
        int flags =
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_WAL;

        assert_non_null(file);
        assert_int_equal(vfs->xOpen(vfs, wal, file, flags, &flags), SQLITE_OK);
        fsync_errors = cases[i].errors;
        n_fsyncs = 0;
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL),
                         cases[i].rc);
        assert_true(cases[i].rc == SQLITE_OK || errno == EIO);
        fsync_errors = NULL;
        assert_int_equal(n_fsyncs, cases[i].n);
        assert_int_equal(file->pMethods->xClose(file), SQLITE_OK);
        sqlite3_free_filename(wal);
        free(file);
    }
}

static void sqlite_does_not_keep_the_jail_in_its_list(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_null(sqlite3_vfs_find(db->jail.name));
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(without_the_jail_a_journal_deletes_any_file),
        with_dir(a_journal_deletes_no_file_of_others),
        with_dir(a_reader_is_not_led_to_it_either),
        with_dir(only_the_store_and_its_logs_open),
        with_dir(a_super_journal_never_opens),
        with_dir(nameless_temporary_files_open),
        with_dir(only_its_logs_can_be_deleted),
        with_dir(other_files_seem_absent),
        with_dir(a_log_is_synced_after_its_folder),
        with_dir(time_and_chance_are_those_outside),
        with_dir(code_cannot_be_loaded_even_if_that_is_allowed),
        with_dir(a_folder_is_synced_as_far_as_it_can_be),
        with_dir(sqlite_does_not_keep_the_jail_in_its_list),
    };

    return cmocka_run_group_tests_name("db.vfs", tests, NULL, NULL);
}
