/* topics.c - what belongs to no single command: varstore help TOPIC. */
#include "help.h"

#include <stddef.h>
#include <string.h>

#include "fault.h"

static const char checkpoints[] =
    "A checkpoint is a saved state of all names: cheap, and kept until it is\n"
    "deleted. FILE@REF reads it wherever a FILE is read:\n"
    "\n"
    "  run7.vars.db@12           number 12\n"
    "  run7.vars.db@latest       the newest\n"
    "  run7.vars.db@best         the one tagged best\n"
    "  run7.vars.db@step:12000   the newest with that step\n"
    "  run7.vars.db@latest~2     two before it; any reference takes ~N\n"
    "\n"
    "If a file of the full name exists, that file is meant. In diff, a bare\n"
    "@REF is a checkpoint of the first file.\n"
    "\n"
    "See: save, log, diff, restore.\n";

static const char slices[] =
    "A slice selects elements as NumPy does, axis by axis:\n"
    "\n"
    "  -s 3            row 3 (the axis goes)\n"
    "  -s -1           the last row\n"
    "  -s 0:3          rows 0, 1, 2\n"
    "  -s '0:3, ::2'   of them every second column\n"
    "  -s '..., 0'     column 0 of the last axis, all of the others\n"
    "\n"
    "Brackets around it are fine. Unlike NumPy, a bound outside the shape is\n"
    "an error and never an empty answer; steps are positive. Quote slices:\n"
    "the shell has its own ideas about [, *, and blanks.\n";

static const char globs[] =
    "A GLOB selects names. Quote it, or the shell looks for files.\n"
    "\n"
    "  *        any characters within one component\n"
    "  **       any characters, '/' too; **/x also means x itself\n"
    "  ?        one character\n"
    "  [a-c]    one of these; [!a-c] none of these\n"
    "  {a,b}    either; {0..11} the numbers in between\n"
    "  \\*       the character itself\n"
    "\n"
    "A GLOB without any of these is a name: it selects that variable and, to\n"
    "look at, all below it as a scope. rm takes it for the variable alone.\n";

static const char formats[] =
    "store         a varstore file: read and written by every command\n"
    "safetensors   info ls tree show cat diff read it where it is; import\n"
    "              and export go between it and a store\n"
    "npy           NumPy's single arrays, in the same way, and for set -f and\n"
    "              cat --format npy; the tensor is named after the file\n"
    "\n"
    "What a file is, is told from its bytes and not from its name; only "
    "export\n"
    "looks at the ending of OUT. Foreign files are held to their format's "
    "rules\n"
    "before anything is read from them, and their names are escaped when they\n"
    "are printed.\n";

static void exit_codes(FILE *out)
{
    for (const struct exit_meaning *m = exit_meanings; m->text != NULL; m++)
        (void)fprintf(out, "%4d  %s\n", m->code, m->text);
    (void)fputs("\nAny other code is a failure. Errors go to stderr: with "
                "--json as one object\nwhose \"status\" is a word that does "
                "not change.\n",
                out);
}

static const struct {
    const char *name;
    const char *text; /* NULL: printed by exit_codes */
} topics[] = {
    {"checkpoints", checkpoints}, {"exit-codes", NULL},
    {"formats", formats},         {"globs", globs},
    {"slices", slices},
};

#define N_TOPICS (sizeof topics / sizeof topics[0])

int help_topic(const char *name, FILE *out)
{
    for (size_t i = 0; i < N_TOPICS; i++) {
        if (strcmp(topics[i].name, name) != 0)
            continue;
        if (topics[i].text != NULL)
            (void)fputs(topics[i].text, out);
        else
            exit_codes(out);
        return 1;
    }
    return 0;
}

void help_each_topic(void (*each)(const char *name, void *ctx), void *ctx)
{
    for (size_t i = 0; i < N_TOPICS; i++)
        each(topics[i].name, ctx);
}
