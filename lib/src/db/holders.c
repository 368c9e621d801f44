/* holders.c - see holders.h.
 *
 * /proc/locks lists the locks of all processes that can be seen from here, and
 * /proc/PID/fd the open files of those that may be looked at. A process of
 * another container is in neither; but the system names a lock of his when it
 * is asked whether ours would be granted (F_GETLK), if not whose it is.
 */
#include "db/holders.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fail.h"
#include "db/engine.h"

/* SQLite's lock bytes: of the file (its file format, "lock-byte page") and of
 * the shared memory (its WAL format, section 2.3; they begin at byte 120). */
#define PENDING      UINT64_C(0x40000000)
#define RESERVED     (PENDING + 1)
#define SHARED_FIRST (PENDING + 2)
#define SHARED_LAST  (PENDING + 511)
#define SHM_WRITE    120u
#define SHM_MOVE     121u
#define SHM_RECOVER  122u
#define SHM_READ     123u /* five of them */
#define SHM_READ_END 127u
#define SHM_OPEN     128u

#define LOCKS_MAX ((size_t)64 << 20) /* bytes of /proc/locks */

unsigned vs__holds_of(bool shm, bool write, uint64_t from, uint64_t to)
{
    static const struct {
        uint64_t first;
        uint64_t last;
        unsigned holds;
        bool shm;
        bool write;
    } locks[] = {
        {PENDING, RESERVED, VS__HOLDS_WRITE, false, true},
        {SHARED_FIRST, SHARED_LAST, VS__HOLDS_ALONE, false, true},
        {SHARED_FIRST, SHARED_LAST, VS__HOLDS_SHARED, false, false},
        {SHM_WRITE, SHM_WRITE, VS__HOLDS_WRITE, true, true},
        {SHM_RECOVER, SHM_RECOVER, VS__HOLDS_WRITE, true, true},
        {SHM_MOVE, SHM_MOVE, VS__HOLDS_MOVE, true, true},
        {SHM_READ, SHM_READ_END, VS__HOLDS_MOVE, true, true},
        {SHM_READ, SHM_READ_END, VS__HOLDS_READ, true, false},
        {SHM_OPEN, SHM_OPEN, VS__HOLDS_SHARED, true, false},
        {SHM_OPEN, SHM_OPEN, VS__HOLDS_SHARED, true, true},
    };
    unsigned holds = 0;

    for (size_t i = 0; i < sizeof locks / sizeof locks[0]; i++)
        if (locks[i].shm == shm && locks[i].write == write &&
            from <= locks[i].last && to >= locks[i].first)
            holds |= locks[i].holds;
    return holds;
}

static void add(struct vs__holders *h, pid_t pid, unsigned holds)
{
    if (holds == 0 || pid == getpid())
        return;
    h->all |= holds;
    if (pid <= 0) {
        h->unseen |= holds;
        return;
    }
    for (int i = 0; i < h->n; i++)
        if (h->v[i].pid == pid) {
            h->v[i].holds |= holds;
            return;
        }
    h->more = h->more || h->n == VS__HOLDERS_MAX;
    if (h->n < VS__HOLDERS_MAX) {
        h->v[h->n].pid = pid;
        h->v[h->n++].holds = holds;
    }
}

/* "1: POSIX  ADVISORY  WRITE 708 08:02:1234 0 EOF"; a lock that is waited for
 * has "->" in place of its kind. */
static void add_lock(struct vs__holders *h, const char *line,
                     const struct vs__held_file *files, int n)
{
    char kind[16];
    char mode[16];
    char end[24];
    unsigned major_dev;
    unsigned minor_dev;
    unsigned long long ino;
    unsigned long long from;
    unsigned long long to = UINT64_MAX;
    int pid;

    if (sscanf(line, "%*d: %15s %*15s %15s %d %x:%x:%llu %llu %23s", kind, mode,
               &pid, &major_dev, &minor_dev, &ino, &from, end) != 8 ||
        (strcmp(kind, "POSIX") != 0 && strcmp(kind, "OFDLCK") != 0))
        return;
    if (strcmp(end, "EOF") != 0)
        to = strtoull(end, NULL, 10);
    for (int i = 0; i < n; i++)
        if (files[i].ino == ino && major(files[i].dev) == major_dev &&
            minor(files[i].dev) == minor_dev)
            add(h, pid,
                vs__holds_of(files[i].shm, strcmp(mode, "WRITE") == 0, from,
                             to));
}

void vs__holders_add_locks(struct vs__holders *h, const char *text,
                           const struct vs__held_file *files, int n)
{
    while (*text != '\0') {
        const char *end = strchr(text, '\n');

        add_lock(h, text, files, n);
        if (end == NULL)
            break;
        text = end + 1;
    }
}

/* A file of /proc, whose size is not known before; false: it is not there. */
static bool read_file(const char *name, struct vs__buf *out, vs_status *st)
{
    const int fd = open(name, O_RDONLY | O_CLOEXEC);
    char bytes[4096];
    ssize_t n = 0;

    if (fd < 0)
        return false;
    while (*st == VS_OK && (n = read(fd, bytes, sizeof bytes)) > 0)
        *st = vs__buf_add(out, bytes, (size_t)n);
    (void)close(fd);
    return n >= 0;
}

static vs_status add_listed(struct vs__holders *h,
                            const struct vs__held_file *files, int n,
                            vs_error *err)
{
    struct vs__buf text;
    vs_status st = VS_OK;

    vs__buf_init(&text, LOCKS_MAX);
    if (read_file("/proc/locks", &text, &st) && st == VS_OK)
        vs__holders_add_locks(h, vs__buf_text(&text), files, n);
    vs__buf_done(&text);
    return st == VS_OK || st == VS_ERR_TOOBIG ? VS_OK : vs__fail_nomem(err);
}

/* Has the process one of the files open? */
static bool has_open(int folder, const struct vs__held_file *files, int n)
{
    DIR *dir = fdopendir(folder);
    const struct dirent *entry;
    bool open = false;

    if (dir == NULL) {
        (void)close(folder);
        return false;
    }
    while (!open && (entry = readdir(dir)) != NULL) {
        struct stat info;

        if (!isdigit((unsigned char)entry->d_name[0]) ||
            fstatat(dirfd(dir), entry->d_name, &info, 0) != 0)
            continue;
        for (int i = 0; i < n; i++)
            open = open ||
                   (info.st_dev == files[i].dev && info.st_ino == files[i].ino);
    }
    (void)closedir(dir);
    return open;
}

static void add_open(struct vs__holders *h, const struct vs__held_file *files,
                     int n)
{
    DIR *dir = opendir("/proc");
    const struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char name[PATH_MAX];
        int folder;

        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        (void)snprintf(name, sizeof name, "/proc/%s/fd", entry->d_name);
        folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder >= 0 && has_open(folder, files, n))
            add(h, (pid_t)strtol(entry->d_name, NULL, 10), VS__HOLDS_OPEN);
        else if (folder < 0 && errno == EACCES)
            h->n_hidden++;
    }
    if (dir != NULL)
        (void)closedir(dir);
}

static void probe_range(struct vs__holders *h, int fd, bool shm, uint64_t from,
                        uint64_t to)
{
    struct flock lock = {.l_type = F_WRLCK,
                         .l_whence = SEEK_SET,
                         .l_start = (off_t)from,
                         .l_len = (off_t)(to - from + 1)};

    if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        add(h, lock.l_pid, vs__holds_of(shm, lock.l_type == F_WRLCK, from, to));
}

static void probe_file(struct vs__holders *h, const char *name, bool shm)
{
    const int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return;
    if (shm) {
        for (uint64_t at = SHM_WRITE; at <= SHM_OPEN; at++)
            probe_range(h, fd, true, at, at);
    } else {
        probe_range(h, fd, false, PENDING, PENDING);
        probe_range(h, fd, false, RESERVED, RESERVED);
        probe_range(h, fd, false, SHARED_FIRST, SHARED_LAST);
    }
    (void)close(fd);
}

vs_status vs__holders_find(const struct vs__place *place, bool probe,
                           struct vs__holders *out, vs_error *err)
{
    const char *const endings[] = {"", "-wal", "-journal", "-shm"};
    struct vs__held_file files[4];
    char name[PATH_MAX];
    int n = 0;
    vs_status st;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < 4; i++) {
        struct stat info;

        (void)snprintf(name, sizeof name, "%s%s", place->file, endings[i]);
        if (stat(name, &info) != 0)
            continue;
        files[n].dev = info.st_dev;
        files[n].ino = info.st_ino;
        files[n++].shm = i == 3;
    }
    if ((st = add_listed(out, files, n, err)) != VS_OK)
        return st;
    add_open(out, files, n);
    if (probe) {
        probe_file(out, place->file, false);
        probe_file(out, name, true); /* the last one */
    }
    return VS_OK;
}

/* -------- In words. */

static void say(char *out, size_t n, unsigned holds)
{
    static const struct {
        unsigned holds;
        const char *words;
    } all[] = {
        {VS__HOLDS_ALONE, "keeps everybody out for a big write"},
        {VS__HOLDS_WRITE, "is writing"},
        {VS__HOLDS_MOVE, "moves the log into the file"},
        {VS__HOLDS_READ, "reads from the log"},
    };
    size_t at = 0;

    (void)snprintf(out, n, "has it open");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        at = strlen(out);
        if ((holds & all[i].holds) != 0)
            (void)snprintf(out + at, n - at, "; %s", all[i].words);
    }
    at = strlen(out);
    if (holds == VS__HOLDS_OPEN)
        (void)snprintf(out + at, n - at,
                       " without a lock: by other means than as a store, or "
                       "where nobody can write");
}

/* The name of a process, and how many seconds it has been running: the second
 * and the 22nd word of its `stat`; the name stands in brackets. */
static void look_up(pid_t pid, char program[64], long long *seconds)
{
    char name[64];
    char text[1024] = "";
    unsigned long long ticks;
    struct timespec now = {0, 0};
    const char *close_at;
    const char *open_at;
    ssize_t n = 0;
    int fd;

    *seconds = -1;
    (void)snprintf(program, 64, "?");
    (void)snprintf(name, sizeof name, "/proc/%ld/stat", (long)pid);
    fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, text, sizeof text - 1);
        (void)close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    open_at = strchr(text, '(');
    close_at = open_at != NULL ? strrchr(open_at, ')') : NULL;
    if (close_at == NULL)
        return;
    (void)snprintf(program, 64, "%.*s", (int)(close_at - open_at - 1),
                   open_at + 1);
    if (sscanf(close_at + 1,
               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
               "%*d %*d %*d %*d %llu",
               &ticks) == 1 &&
        clock_gettime(CLOCK_BOOTTIME, &now) == 0)
        *seconds =
            (long long)now.tv_sec -
            (long long)(ticks / (unsigned long long)sysconf(_SC_CLK_TCK));
}

static void tell_one(const struct vs__holder *holder, struct vs__findings *f)
{
    char topic[32];
    char folder[32];
    char program[64];
    char words[200];
    char user[32] = "unknown user";
    char since[48] = "";
    long long seconds;
    struct stat info;

    (void)snprintf(topic, sizeof topic, "pid-%ld", (long)holder->pid);
    (void)snprintf(folder, sizeof folder, "/proc/%ld", (long)holder->pid);
    if (stat(folder, &info) == 0)
        (void)snprintf(user, sizeof user, "user %lu",
                       (unsigned long)info.st_uid);
    look_up(holder->pid, program, &seconds);
    if (seconds >= 0)
        (void)snprintf(since, sizeof since, ", running for %lld s", seconds);
    say(words, sizeof words, holder->holds);
    vs__find(f,
             holder->holds == VS__HOLDS_OPEN ||
                     (holder->holds & VS__HOLDS_ALONE) != 0
                 ? VS_VERDICT_NOTE
                 : VS_VERDICT_OK,
             topic, program, "%s (%s%s)", words, user, since);
}

void vs__holders_tell(const struct vs__holders *h, struct vs__findings *f)
{
    char value[32];
    char words[200];

    for (int i = 0; i < h->n; i++)
        tell_one(&h->v[i], f);
    if (h->more)
        vs__find(f, VS_VERDICT_NOTE, "others", "more",
                 "only the first %d processes are told", VS__HOLDERS_MAX);
    if (h->unseen != 0) {
        say(words, sizeof words, h->unseen);
        vs__find(f, VS_VERDICT_NOTE, "unseen", "a process",
                 "cannot be seen from here, since it is in another container "
                 "or has none: %s",
                 words);
    }
    if (h->n_hidden > 0) {
        (void)snprintf(value, sizeof value, "%d processes", h->n_hidden);
        vs__find(f, VS_VERDICT_NOTE, "hidden", value,
                 "are other users' and do not show their files: of these, only "
                 "who holds a lock is told");
    }
    if (h->n == 0 && h->unseen == 0)
        vs__find(f, VS_VERDICT_OK, "nobody", "0 processes",
                 "no %sprocess has it open", h->n_hidden > 0 ? "visible " : "");
}
