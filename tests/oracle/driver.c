/* driver.c - reads programs on standard input, prints what they do.
 *
 *     oracle_driver FOLDER             each program once, on a store of its own
 *     oracle_driver FOLDER --again     three times on one store, which is
 *                                      closed in between; the root is AUTO
 *     oracle_driver FOLDER --within    in a transaction, which is taken back, of
 *                                      a store that serves all programs
 *     oracle_driver FOLDER --together  once alone, then in two processes at
 *                                      the same time on another store
 *
 * Stores are made in FOLDER and removed. Each run prints "program ID", a line
 * of outcome for each operation, and "end". All stores have one seed, so the
 * values of all runs are comparable.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "play.h"

static char *path_in(const char *folder, const char *name)
{
    const size_t n = strlen(folder) + strlen(name) + 2;
    char *path = malloc(n);

    if (path == NULL)
        op_refuse("out of memory", name);
    (void)snprintf(path, n, "%s/%s", folder, name);
    return path;
}

/* A store's file, and those that SQLite may keep beside it. */
static const char *const tails[] = {"", "-wal", "-shm", "-journal"};

static char *file_of(const char *path, const char *tail)
{
    const size_t n = strlen(path) + strlen(tail) + 1;
    char *file = malloc(n);

    if (file == NULL)
        op_refuse("out of memory", path);
    (void)snprintf(file, n, "%s%s", path, tail);
    return file;
}

static void remove_store(const char *path)
{
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        char *file = file_of(path, tails[i]);

        (void)unlink(file);
        free(file);
    }
}

static vs_store *open_store(const char *path)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE,
                                      .sync = VS_SYNC_NORMAL,
                                      .busy_ms = 60000,
                                      .chunk_bytes = 4096,
                                      .program = "oracle",
                                      .seed = 1};
    vs_store *store = NULL;
    vs_error err;

    if (vs_store_open(path, &options, &store, &err) != VS_OK)
        op_refuse(path, err.message);
    return store;
}

static void copy_file(const char *from, const char *to)
{
    char bytes[1 << 16];
    size_t n;
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");

    if (in == NULL || out == NULL)
        op_refuse("cannot copy", from);
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
        if (fwrite(bytes, 1, n, out) != n)
            op_refuse("cannot write", to);
    if (ferror(in) != 0 || fclose(out) != 0)
        op_refuse("cannot copy", from);
    (void)fclose(in);
}

/* Puts a copy of an empty store that nobody has open at `path`: making one
 * takes 7 ms, three times as long as most programs. */
static void renew_store(const char *empty, const char *path)
{
    remove_store(path);
    for (size_t i = 0; i < 2; i++) {
        char *from = file_of(empty, tails[i]);
        char *to = file_of(path, tails[i]);

        copy_file(from, to);
        free(from);
        free(to);
    }
}

static void play_in(vs_store *store, const struct program *program,
                    vs_reuse root, FILE *out)
{
    (void)fprintf(out, "program %s\n", program->id);
    play(program, store, root, out);
    (void)fputs("end\n", out);
}

static void run(const struct program *program, const char *path, vs_reuse root,
                FILE *out)
{
    vs_store *store = open_store(path);

    play_in(store, program, root, out);
    vs_store_close(store);
}

/* Nothing of a program may be left for the next one. */
static void run_within(const struct program *program, vs_store *store)
{
    if (vs_store_begin(store, VS_TXN_WRITE) != VS_OK)
        op_refuse("no transaction", vs_store_error(store)->message);
    play_in(store, program, VS_REUSE_INHERIT, stdout);
    if (vs_store_rollback(store) != VS_OK)
        op_refuse("cannot take back", vs_store_error(store)->message);
}

/* A process that runs the program once a byte comes from `start`, and leaves
 * what it prints in `log`. */
static pid_t spawn(const struct program *program, const char *path, int start,
                   const char *log)
{
    const pid_t pid = fork();
    FILE *out;
    char go;

    if (pid != 0)
        return pid;
    out = fopen(log, "w");
    if (out == NULL || read(start, &go, 1) != 1)
        _exit(2);
    run(program, path, VS_REUSE_AUTO, out);
    _exit(fclose(out) != 0);
}

static void print_file(const char *path, FILE *out)
{
    char bytes[4096];
    size_t n;
    FILE *in = fopen(path, "r");

    if (in == NULL)
        op_refuse("no outcome", path);
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
        (void)fwrite(bytes, 1, n, out);
    (void)fclose(in);
}

static void await(pid_t pid)
{
    int status = 0;

    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        op_refuse("a process failed", "");
}

/* Two processes, let go at the same moment. */
static void run_two(const struct program *program, const char *folder,
                    const char *path)
{
    char *logs[2] = {path_in(folder, "a.log"), path_in(folder, "b.log")};
    pid_t pids[2];
    int start[2];

    (void)fflush(stdout);
    if (pipe(start) != 0)
        op_refuse("no pipe", "");
    for (int i = 0; i < 2; i++)
        pids[i] = spawn(program, path, start[0], logs[i]);
    if (write(start[1], "go", 2) != 2)
        op_refuse("no pipe", "");
    for (int i = 0; i < 2; i++)
        await(pids[i]);
    (void)close(start[0]);
    (void)close(start[1]);
    for (int i = 0; i < 2; i++) {
        print_file(logs[i], stdout);
        (void)unlink(logs[i]);
        free(logs[i]);
    }
}

/* Every program on standard input, on stores of its own. */
static void run_all(const char *folder, bool again, bool together)
{
    const vs_reuse root = again || together ? VS_REUSE_AUTO : VS_REUSE_INHERIT;
    char *empty = path_in(folder, "empty.vars.db");
    char *path = path_in(folder, "oracle.vars.db");
    struct program program;

    vs_store_close(open_store(empty));
    while (program_read(stdin, &program)) {
        renew_store(empty, path);
        for (int i = 0; i < (again ? 3 : 1); i++)
            run(&program, path, root, stdout);
        if (together) {
            renew_store(empty, path);
            run_two(&program, folder, path);
        }
        program_done(&program);
    }
    remove_store(path);
    remove_store(empty);
    free(path);
    free(empty);
}

static void run_all_within(const char *folder)
{
    char *path = path_in(folder, "oracle.vars.db");
    vs_store *store = open_store(path);
    struct program program;

    while (program_read(stdin, &program)) {
        run_within(&program, store);
        program_done(&program);
    }
    vs_store_close(store);
    remove_store(path);
    free(path);
}

int main(int argc, char **argv)
{
    const char *how = argc == 3 ? argv[2] : "";
    const bool again = strcmp(how, "--again") == 0;
    const bool together = strcmp(how, "--together") == 0;
    const bool within = strcmp(how, "--within") == 0;

    if (argc < 2 || (argc == 3 && !again && !together && !within) || argc > 3)
        op_refuse("usage: oracle_driver FOLDER [--again | --within | "
                  "--together]",
                  how);
    if (within)
        run_all_within(argv[1]);
    else
        run_all(argv[1], again, together);
    return 0;
}
