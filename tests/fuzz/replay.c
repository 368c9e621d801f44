/* replay.c - a fuzz target without a fuzzer: gives it every input of a corpus,
 * with any compiler.
 *
 *     replay_TARGET CORPUS...
 *
 * A corpus is a text: each line without a '#' in front is an input, in
 * hexadecimal digits. The empty input is tried too.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

#define LINE_MAX_BYTES 200000

static int digit(int c)
{
    const char *const digits = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at != NULL ? (int)(at - digits) : -1;
}

/* Tries a line's bytes, in memory of exactly their number; -1: not such a
 * line. */
static int run_line(const char *line)
{
    const size_t n = strspn(line, "0123456789abcdef");
    uint8_t *bytes = malloc(n / 2 + (n == 0));

    must(bytes != NULL);
    if (n % 2 != 0 || line[n] != '\n') {
        free(bytes);
        return -1;
    }
    for (size_t i = 0; i < n / 2; i++)
        bytes[i] = (uint8_t)(digit(line[2 * i]) * 16 + digit(line[2 * i + 1]));
    (void)LLVMFuzzerTestOneInput(bytes, n / 2);
    free(bytes);
    return 0;
}

/* How many inputs a corpus has; -1: it is none. */
static int run_corpus(const char *path)
{
    static char line[LINE_MAX_BYTES];
    FILE *f = fopen(path, "r");
    int n = 0;

    while (f != NULL && n >= 0 && fgets(line, sizeof line, f) != NULL)
        if (line[0] != '#')
            n = run_line(line) == 0 ? n + 1 : -1;
    if (f == NULL || n <= 0) {
        (void)fprintf(stderr, "%s: no corpus\n", path);
        n = -1;
    }
    if (f != NULL)
        (void)fclose(f);
    return n;
}

int main(int argc, char **argv)
{
    int n = 0;

    if (argc < 2) {
        (void)fprintf(stderr, "usage: %s CORPUS...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        const int more = run_corpus(argv[i]);

        if (more < 0)
            return 2;
        n += more;
    }
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    (void)printf("%d inputs\n", n + 1);
    return 0;
}
