/* help.c - see help.h. Formats rows of the table; holds no facts of its own,
 * except the order of a page.
 */
#include "help.h"

#include <string.h>

#include "cmd.h"
#include "json.h"
#include "mem.h"
#include "varstore/varstore.h"

static void print_examples(const struct example *examples, FILE *out)
{
    int width = 0;

    for (int i = 0; i < N_EXAMPLES && examples[i].line != NULL; i++)
        if ((int)strlen(examples[i].line) > width)
            width = (int)strlen(examples[i].line);
    for (int i = 0; i < N_EXAMPLES && examples[i].line != NULL; i++)
        (void)fprintf(out, "  varstore %-*s  %s\n", width, examples[i].line,
                      examples[i].what);
}

/* "  -s, --slice SLICE" in 22 columns, then the help. */
static void print_option(const struct option *o, FILE *out)
{
    struct text left = {NULL, 0, 0};

    if (o->letter != 0)
        text_printf(&left, "-%c%s", o->letter, o->name != NULL ? ", " : "");
    else
        text_puts(&left, "    ");
    if (o->name != NULL)
        text_printf(&left, "--%s", o->name);
    if (o->value != NULL)
        text_printf(&left, " %s", o->value);
    (void)fprintf(out, "  %-22s  %s\n", left.p, o->help);
    text_done(&left);
}

static void print_options(const struct option *options, FILE *out)
{
    for (const struct option *o = options; o->key != OPT_END; o++)
        print_option(o, out);
}

/* The global options in one line: their names are enough on one screen. */
static void print_globals(FILE *out)
{
    (void)fputs("  and:", out);
    for (const struct option *o = global_options; o->key != OPT_END; o++)
        if (o->name != NULL)
            (void)fprintf(out, " --%s%s%s", o->name,
                          o->value != NULL ? " " : "",
                          o->value != NULL ? o->value : "");
    (void)fputs("\n", out);
}

static const struct example program_examples[N_EXAMPLES] = {
    {"ls run7.vars.db 'encoder/**'", "what is in it?"},
    {"diff run7.vars.db @best", "what changed since?"},
    {"import model.safetensors -o run7.vars.db", "put it into a store"},
};

static void print_groups(FILE *out)
{
    for (int g = 0; g < N_GROUPS; g++) {
        (void)fprintf(out, "  %-9s", group_names[g]);
        for (const struct command *c = commands; c->name != NULL; c++)
            if ((int)c->group == g)
                (void)fprintf(out, " %s", c->name);
        (void)fputs("\n", out);
    }
}

static void print_summaries(FILE *out)
{
    for (int g = 0; g < N_GROUPS; g++) {
        (void)fprintf(out, "\n%s\n", group_names[g]);
        for (const struct command *c = commands; c->name != NULL; c++)
            if ((int)c->group == g)
                (void)fprintf(out, "  %-8s  %s\n", c->name, c->summary);
    }
}

static const char usage[] = "usage: varstore COMMAND FILE[@CHECKPOINT] ...\n";

void help_short(const struct command *command, FILE *out)
{
    if (command == NULL) {
        print_examples(program_examples, out);
        (void)fprintf(out, "\n%s\n", usage);
        print_groups(out);
        (void)fputs("\nMore: varstore --help, varstore COMMAND -h, "
                    "varstore help TOPIC\n",
                    out);
        return;
    }
    print_examples(command->examples, out);
    (void)fprintf(out, "\nusage: varstore %s %s\n  %s\n\n", command->name,
                  command->args, command->summary);
    print_options(command->options, out);
    print_globals(out);
}

static void print_topic_name(const char *name, void *ctx)
{
    (void)fprintf(ctx, " %s", name);
}

static void program_full(FILE *out)
{
    (void)fputs("varstore - a persistent variable store: named tensors in one "
                "file\n\n",
                out);
    (void)fputs(usage, out);
    (void)fputs("\nFILE is a store or, to look at, a safetensors or .npy file."
                "\n\n",
                out);
    print_examples(program_examples, out);
    print_summaries(out);
    (void)fputs("\nOptions of every command\n", out);
    print_options(global_options, out);
    (void)fputs("\nTopics (varstore help TOPIC):", out);
    help_each_topic(print_topic_name, out);
    (void)fputs("\n", out);
}

void help_full(const struct command *command, FILE *out)
{
    if (command == NULL) {
        program_full(out);
        return;
    }
    (void)fprintf(out, "varstore %s - %s\n\nusage: varstore %s %s\n\n",
                  command->name, command->summary, command->name,
                  command->args);
    print_examples(command->examples, out);
    if (command->more != NULL)
        (void)fprintf(out, "\n%s\n", command->more);
    if (command->options[0].key != OPT_END) {
        (void)fputs("\nOptions\n", out);
        print_options(command->options, out);
    }
    (void)fputs("\nOptions of every command\n", out);
    print_options(global_options, out);
}

static void json_options(struct json *j, const struct option *options)
{
    json_member_open(j, "options", '[');
    for (const struct option *o = options; o->key != OPT_END; o++) {
        const char letter[2] = {o->letter, '\0'};

        json_open(j, '{');
        if (o->letter != 0)
            json_member_text(j, "letter", letter);
        if (o->name != NULL)
            json_member_text(j, "name", o->name);
        if (o->value != NULL)
            json_member_text(j, "value", o->value);
        json_member_text(j, "help", o->help);
        json_close(j, '}');
    }
    json_close(j, ']');
}

void help_json(FILE *out)
{
    struct json j;

    json_init(&j, out);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.help/1");
    json_options(&j, global_options);
    json_member_open(&j, "commands", '[');
    for (const struct command *c = commands; c->name != NULL; c++) {
        json_open(&j, '{');
        json_member_text(&j, "name", c->name);
        json_member_text(&j, "group", group_names[c->group]);
        json_member_text(&j, "arguments", c->args);
        json_member_text(&j, "summary", c->summary);
        json_options(&j, c->options);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
}

void help_version(bool json, FILE *out)
{
    struct json j;

    if (!json) {
        (void)fprintf(out, "varstore %s (library %s)\n", VS_VERSION,
                      vs_version());
        return;
    }
    json_init(&j, out);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.version/1");
    json_member_text(&j, "program", VS_VERSION);
    json_member_text(&j, "library", vs_version());
    json_close(&j, '}');
}
