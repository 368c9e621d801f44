/* driver.c - reads programs on standard input, prints what they do.
 *
 *     oracle_driver FOLDER             each program once, on a store of its own
 *     oracle_driver FOLDER --again     three times on one store, which is
 *                                      closed in between; the root is AUTO
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

static void remove_store(const char *path)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};

    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        const size_t n = strlen(path) + strlen(tails[i]) + 1;
        char *file = malloc(n);

        if (file == NULL)
            op_refuse("out of memory", path);
        (void)snprintf(file, n, "%s%s", path, tails[i]);
        (void)unlink(file);
        free(file);
    }
}

/* One run: opens the store, or makes it. */
static void run(const struct program *program, const char *path, vs_reuse root,
                FILE *out)
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
    (void)fprintf(out, "program %s\n", program->id);
    play(program, store, root, out);
    (void)fputs("end\n", out);
    vs_store_close(store);
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

int main(int argc, char **argv)
{
    const char *how = argc == 3 ? argv[2] : "";
    const bool again = strcmp(how, "--again") == 0;
    const bool together = strcmp(how, "--together") == 0;
    const int runs = again ? 3 : 1;
    struct program program;
    char *path;

    if (argc < 2 || (argc == 3 && !again && !together) || argc > 3)
        op_refuse("usage: oracle_driver FOLDER [--again | --together]", how);
    path = path_in(argv[1], "oracle.vars.db");
    while (program_read(stdin, &program)) {
        remove_store(path);
        for (int i = 0; i < runs; i++)
            run(&program, path,
                again || together ? VS_REUSE_AUTO : VS_REUSE_INHERIT, stdout);
        if (together) {
            remove_store(path);
            run_two(&program, argv[1], path);
        }
        program_done(&program);
    }
    remove_store(path);
    free(path);
    return 0;
}
