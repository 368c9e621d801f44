/* test_table.c - cli/table: is the one table whole, and fit for 80 columns? */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "help.h"
#include "names.h"

/* Parts a line as a shell would, with single quotes; returns how many words. */
static int split(char *line, char **argv, int most)
{
    int argc = 0;
    char *in = line;
    char *out = line;

    while (*in != '\0' && argc < most) {
        bool quoted = false;

        argv[argc++] = out;
        for (; *in != '\0' && (quoted || *in != ' '); in++) {
            if (*in == '\'')
                quoted = !quoted;
            else
                *out++ = *in;
        }
        if (*in == ' ')
            in++;
        *out++ = '\0';
    }
    return argc;
}

static void every_example_is_a_command_line(void **state)
{
    (void)state;
    for (const struct command *c = commands; c->name != NULL; c++)
        for (int i = 0; i < N_EXAMPLES; i++) {
            struct text line = {NULL, 0, 0};
            struct cli cli;
            char *argv[32];
            int argc;
            char *rest;

            memset(&cli, 0, sizeof cli);
            text_printf(&line, "varstore %s", c->examples[i].line);
            rest = strstr(line.p, " && "); /* a shell's business */
            if (rest != NULL)
                *rest = '\0';
            argc = split(line.p, argv, 32);
            if (opt_parse(&cli, argc, argv) != EXIT_YES)
                fail_msg("%s: %s", c->examples[i].line, cli.fault.message);
            assert_ptr_equal(cli.command, c);
            free(cli.args);
            free(cli.given);
            text_done(&line);
        }
}

static void check_options(const struct option *options)
{
    for (const struct option *o = options; o->key != OPT_END; o++) {
        assert_true(o->letter != 0 || o->name != NULL);
        assert_non_null(o->help);
        assert_true(strlen(o->help) <= 54);
        for (const struct option *p = o + 1; p->key != OPT_END; p++) {
            assert_true(p->key != o->key);
            assert_true(p->letter == 0 || p->letter != o->letter);
            assert_true(p->name == NULL || o->name == NULL ||
                        strcmp(p->name, o->name) != 0);
        }
    }
}

static void options_are_unique_and_fit(void **state)
{
    (void)state;
    check_options(global_options);
    for (const struct command *c = commands; c->name != NULL; c++) {
        check_options(c->options);
        for (const struct option *o = c->options; o->key != OPT_END; o++)
            for (const struct option *g = global_options; g->key != OPT_END;
                 g++)
                assert_true((o->letter == 0 || o->letter != g->letter) &&
                            o->key != g->key);
    }
}

static void commands_are_unique_and_whole(void **state)
{
    (void)state;
    for (const struct command *c = commands; c->name != NULL; c++) {
        assert_non_null(c->run);
        assert_true(c->group < N_GROUPS);
        assert_true(c->max_args < 0 || c->max_args >= c->min_args);
        assert_ptr_equal(command_find(c->name), c);
    }
}

static void short_help_fits_one_screen(void **state)
{
    (void)state;
    for (const struct command *c = commands;; c++) {
        char *text = NULL;
        size_t n;
        FILE *out = open_memstream(&text, &n);
        int lines = 0;

        help_short(c->name != NULL ? c : NULL, out);
        assert_int_equal(fclose(out), 0);
        assert_memory_equal(text, "  varstore ", 11); /* an example first */
        for (char *p = text, *end; (end = strchr(p, '\n')) != NULL;
             p = end + 1) {
            *end = '\0';
            if (escape_width(p) > 80)
                fail_msg("too wide: %s", p);
            lines++;
        }
        assert_true(lines <= 24);
        free(text);
        if (c->name == NULL)
            break;
    }
}

static void full_help_fits_80_columns(void **state)
{
    (void)state;
    for (const struct command *c = commands; c->name != NULL; c++) {
        char *text = NULL;
        size_t n;
        FILE *out = open_memstream(&text, &n);

        help_full(c, out);
        assert_int_equal(fclose(out), 0);
        for (char *p = text, *end; (end = strchr(p, '\n')) != NULL;
             p = end + 1) {
            *end = '\0';
            if (escape_width(p) > 80)
                fail_msg("too wide: %s", p);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_is_a_command_line),
        cmocka_unit_test(options_are_unique_and_fit),
        cmocka_unit_test(commands_are_unique_and_whole),
        cmocka_unit_test(short_help_fits_one_screen),
        cmocka_unit_test(full_help_fits_80_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
