/* man.c - the table as the man page has it: varstore help __man.
 *
 * man/varstore.1 holds this text between two marks, and the test cli.man
 * compares them: the page cannot fall behind the table.
 */
#include <ctype.h>

#include "cmd.h"
#include "help.h"

/* Text for roff: '-' and '\' and what starts a line are special there. */
static void put_roff(const char *text, FILE *out)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (p[0] == '\\')
            (void)fputs("\\e", out);
        else if (p[0] == '-')
            (void)fputs("\\-", out);
        else if ((p[0] == '\'' || p[0] == '.') && (p == text || p[-1] == '\n'))
            (void)fprintf(out, "\\&%c", p[0]);
        else
            (void)fputc(p[0], out);
    }
}

static void man_options(const struct option *options, FILE *out)
{
    for (const struct option *o = options; o->key != OPT_END; o++) {
        (void)fputs(".TP\n", out);
        if (o->letter != 0)
            (void)fprintf(out, "\\fB\\-%c\\fR%s", o->letter,
                          o->name != NULL ? ", " : "");
        if (o->name != NULL) {
            (void)fputs("\\fB\\-\\-", out);
            put_roff(o->name, out);
            (void)fputs("\\fR", out);
        }
        if (o->value != NULL)
            (void)fprintf(out, " \\fI%s\\fR", o->value);
        (void)fputs("\n", out);
        put_roff(o->help, out);
        (void)fputs("\n", out);
    }
}

static void man_command(const struct command *c, FILE *out)
{
    (void)fprintf(out, ".SS \"varstore %s %s\"\n", c->name, c->args);
    (void)fputc(toupper((unsigned char)c->summary[0]), out);
    put_roff(c->summary + 1, out);
    (void)fputs(".\n", out);
    if (c->more != NULL) {
        put_roff(c->more, out);
        (void)fputs("\n", out);
    }
    man_options(c->options, out);
    (void)fputs(".PP\n.nf\n", out);
    for (int i = 0; i < N_EXAMPLES; i++) {
        (void)fputs("varstore ", out);
        put_roff(c->examples[i].line, out);
        (void)fputs("\n", out);
    }
    (void)fputs(".fi\n", out);
}

void help_man(FILE *out)
{
    (void)fputs(".SH \"OPTIONS OF EVERY COMMAND\"\n", out);
    man_options(global_options, out);
    for (int g = 0; g < N_GROUPS; g++) {
        (void)fprintf(out, ".SH \"COMMANDS: %s\"\n", group_names[g]);
        for (const struct command *c = commands; c->name != NULL; c++)
            if ((int)c->group == g)
                man_command(c, out);
    }
    (void)fputs(".SH \"EXIT STATUS\"\n", out);
    for (const struct exit_meaning *m = exit_meanings; m->text != NULL; m++) {
        (void)fprintf(out, ".TP\n\\fB%d\\fR\n", m->code);
        put_roff(m->text, out);
        (void)fputs("\n", out);
    }
}
