/* program.c - see program.h. */
#include "program.h"

#include <stdlib.h>
#include <string.h>

_Noreturn void op_refuse(const char *what, const char *text)
{
    (void)fprintf(stderr, "oracle_driver: %s: '%s'\n", what, text);
    exit(2);
}

int cut(char *text, char mark, const char **pieces, int max)
{
    int n = 0;

    for (char *at = text; at != NULL && n < max; n++) {
        pieces[n] = at;
        at = n + 1 < max ? strchr(at, mark) : NULL;
        if (at != NULL)
            *at++ = '\0';
    }
    return n;
}

/* Puts bytes back where %XX stands. */
static void decode(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++) {
        if (from[0] == '%' && from[1] != '\0' && from[2] != '\0') {
            const char hex[] = {from[1], from[2], '\0'};

            *to++ = (char)strtol(hex, NULL, 16);
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

static void cut_words(struct op *op)
{
    const char *words[OP_KEYS_MAX + 1] = {""};
    const int n = cut(op->line, ' ', words, OP_KEYS_MAX + 1);

    op->verb = words[0];
    op->n = n - 1;
    for (int i = 0; i < op->n; i++) {
        char *value = strchr(words[i + 1], '=');

        if (value == NULL)
            op_refuse("a word without '='", words[i + 1]);
        *value++ = '\0';
        decode(value);
        op->keys[i] = words[i + 1];
        op->values[i] = value;
    }
}

/* A line without its end and its recorded outcome. False at the file's end. */
static bool read_line(FILE *in, char *line)
{
    char *end;

    if (fgets(line, OP_LINE_MAX, in) == NULL)
        return false;
    end = strchr(line, '\n');
    if (end == NULL)
        op_refuse("a line is too long", line);
    *end = '\0';
    end = strstr(line, " => ");
    if (end != NULL)
        *end = '\0';
    return true;
}

static struct op *add_op(struct program *program)
{
    struct op *ops =
        realloc(program->ops, (program->n + 1) * sizeof *program->ops);

    if (ops == NULL)
        op_refuse("out of memory", program->id);
    program->ops = ops;
    return &ops[program->n++];
}

/* The first line of the next program, past comments and empty lines. */
static bool read_head(FILE *in, struct program *out)
{
    static const char word[] = "program ";
    char line[OP_LINE_MAX];

    while (read_line(in, line)) {
        if (line[0] == '#' || line[0] == '\0')
            continue;
        if (strncmp(line, word, sizeof word - 1) != 0)
            op_refuse("no program begins here", line);
        (void)snprintf(out->id, sizeof out->id, "%.63s",
                       line + sizeof word - 1);
        return true;
    }
    return false;
}

bool program_read(FILE *in, struct program *out)
{
    memset(out, 0, sizeof *out);
    if (!read_head(in, out))
        return false;
    for (;;) {
        struct op *op = add_op(out);

        if (!read_line(in, op->line))
            op_refuse("a program does not end", out->id);
        if (strcmp(op->line, "end") == 0) {
            out->n--;
            break;
        }
    }
    for (size_t i = 0; i < out->n; i++) /* they moved until now */
        cut_words(&out->ops[i]);
    return true;
}

void program_done(struct program *program)
{
    free(program->ops);
}

const char *op_value(const struct op *op, const char *key)
{
    for (int i = 0; i < op->n; i++)
        if (strcmp(op->keys[i], key) == 0)
            return op->values[i];
    return NULL;
}
