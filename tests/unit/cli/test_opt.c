/* test_opt.c - cli/opt: from words to options, with a table of its own. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "cmd.h"

static const struct option one_options[] = {
    {OPT_LONG, 'l', "long", NULL, ""},
    {OPT_NAMES, '1', "names", NULL, ""},
    {OPT_LIMIT, 'n', "limit", "N", ""},
    {OPT_METRIC, 0, "metric", "K=V", ""},
    {OPT_END, 0, NULL, NULL, NULL}};
static const struct option no_options[] = {{OPT_END, 0, NULL, NULL, NULL}};

const struct option global_options[] = {
    {OPT_HELP_SHORT, 'h', NULL, NULL, ""}, {OPT_JSON, 0, "json", NULL, ""},
    {OPT_QUIET, 'q', "quiet", NULL, ""},   {OPT_COLOR, 0, "color", "WHEN", ""},
    {OPT_BUSY, 0, "busy", "MS", ""},       {OPT_END, 0, NULL, NULL, NULL}};
const struct command commands[] = {{.name = "one",
                                    .args = "FILE [GLOB...]",
                                    .min_args = 1,
                                    .max_args = 2,
                                    .options = one_options},
                                   {.name = "bare",
                                    .args = "FILE...",
                                    .min_args = 0,
                                    .max_args = -1,
                                    .options = no_options},
                                   {.name = NULL}};

#define MAX_WORDS 12

/* One run of the parser over words parted by single blanks. */
struct run {
    struct cli cli;
    char *line;
    int rc;
};

static struct run parse(const char *line)
{
    struct run r;
    char *argv[MAX_WORDS];
    int argc = 0;
    char *rest;

    memset(&r, 0, sizeof r);
    r.line = strdup(line);
    rest = r.line;
    argv[argc++] = r.line;
    while ((argv[argc] = strsep(&rest, " ")) != NULL)
        argc++;
    r.rc = opt_parse(&r.cli, argc, argv);
    return r;
}

static void done(struct run *r)
{
    free(r->cli.args);
    free(r->cli.given);
    free(r->line);
}

static void assert_refused(const char *line, const char *message,
                           const char *hint)
{
    struct run r = parse(line);

    assert_int_equal(r.rc, EXIT_USAGE);
    assert_string_equal(r.cli.fault.message, message);
    assert_string_equal(r.cli.fault.hint, hint);
    done(&r);
}

static void options_may_stand_anywhere(void **state)
{
    struct run r = parse("--json one -l file --limit 3 glob -q");

    (void)state;
    assert_int_equal(r.rc, EXIT_YES);
    assert_string_equal(r.cli.command->name, "one");
    assert_int_equal(r.cli.n_args, 2);
    assert_string_equal(r.cli.args[0], "file");
    assert_string_equal(r.cli.args[1], "glob");
    assert_true(opt_has(&r.cli, OPT_LONG));
    assert_string_equal(opt_value(&r.cli, OPT_LIMIT), "3");
    assert_true(r.cli.json);
    assert_true(r.cli.quiet);
    done(&r);
}

static void letters_cluster(void **state)
{
    struct run r = parse("one -l1n5 file");
    struct run s = parse("one -ln 6 file");

    (void)state;
    assert_int_equal(r.rc, EXIT_YES);
    assert_true(opt_has(&r.cli, OPT_LONG) && opt_has(&r.cli, OPT_NAMES));
    assert_string_equal(opt_value(&r.cli, OPT_LIMIT), "5");
    assert_string_equal(opt_value(&s.cli, OPT_LIMIT), "6");
    assert_int_equal(s.cli.n_args, 1);
    done(&r);
    done(&s);
}

static void values_follow_an_equals_sign(void **state)
{
    struct run r = parse("one --limit=7 --metric=a=b file");

    (void)state;
    assert_int_equal(r.rc, EXIT_YES);
    assert_string_equal(opt_value(&r.cli, OPT_LIMIT), "7");
    assert_string_equal(opt_value(&r.cli, OPT_METRIC), "a=b");
    done(&r);
}

static void two_dashes_end_the_options(void **state)
{
    struct run r = parse("one -- -l --limit");

    (void)state;
    assert_int_equal(r.rc, EXIT_YES);
    assert_int_equal(r.cli.n_args, 2);
    assert_string_equal(r.cli.args[0], "-l");
    assert_false(opt_has(&r.cli, OPT_LONG));
    done(&r);
}

static void negative_numbers_are_arguments(void **state)
{
    struct run r = parse("bare -1 -0.5 -1e3 -inf -");
    struct run s = parse("one -1 file");

    (void)state;
    assert_int_equal(r.rc, EXIT_YES);
    assert_int_equal(r.cli.n_args, 5);
    assert_true(opt_has(&s.cli, OPT_NAMES)); /* here -1 is a letter */
    done(&r);
    done(&s);
}

static void repeated_options_are_all_there(void **state)
{
    struct run r = parse("one --metric a=1 --metric b=2 --limit 1 --limit 2 f");
    int at = 0;

    (void)state;
    assert_string_equal(opt_each(&r.cli, OPT_METRIC, &at), "a=1");
    assert_string_equal(opt_each(&r.cli, OPT_METRIC, &at), "b=2");
    assert_null(opt_each(&r.cli, OPT_METRIC, &at));
    assert_string_equal(opt_value(&r.cli, OPT_LIMIT), "2"); /* the last */
    done(&r);
}

static void mistakes_are_told_with_a_guess(void **state)
{
    (void)state;
    assert_refused("oen f", "no command 'oen'", "did you mean one?");
    assert_refused("one --limt 3 f", "one: no option --limt",
                   "did you mean --limit?");
    assert_refused("one --lim 3 f", "one: no option --lim",
                   "did you mean --limit?"); /* no abbreviations */
    assert_refused("one -x f", "one: no option -x", "");
    assert_refused("one f --limit", "one: --limit needs N", "");
    assert_refused("one f -n", "one: --limit needs N", "");
    assert_refused("one f --long=1", "one: --long takes no value", "");
    assert_refused("one", "one: missing FILE",
                   "usage: varstore one FILE "
                   "[GLOB...]");
    assert_refused("one a b c", "one: one argument too many: c",
                   "usage: varstore one FILE [GLOB...]");
    assert_refused("one a --busy x",
                   "one: --busy is 'x', want a whole number, 0 or more", "");
    assert_refused("one a --color red",
                   "one: --color is 'red', want auto or always or never", "");
}

static void errors_are_json_if_it_was_asked_for(void **state)
{
    struct run r = parse("one --bad --json");

    (void)state;
    assert_int_equal(r.rc, EXIT_USAGE);
    assert_true(r.cli.json);
    done(&r);
}

static void help_needs_no_arguments(void **state)
{
    struct run r = parse("one -h");

    (void)state;
    assert_int_equal(r.rc, EXIT_YES);
    done(&r);
}

static void numbers_are_checked(void **state)
{
    struct run r = parse("one f --limit 5");
    struct run s = parse("one f --limit 5x");
    struct run t = parse("one f --limit -1");
    int64_t n = 0;

    (void)state;
    assert_int_equal(opt_int(&r.cli, OPT_LIMIT, 0, 100, &n), EXIT_YES);
    assert_int_equal(n, 5);
    assert_int_equal(opt_int(&s.cli, OPT_LIMIT, 0, 100, &n), EXIT_USAGE);
    assert_int_equal(opt_int(&t.cli, OPT_LIMIT, 0, 100, &n), EXIT_USAGE);
    assert_int_equal(opt_int(&r.cli, OPT_STEP, 0, 100, &n), EXIT_YES);
    assert_int_equal(n, 5); /* not given: untouched */
    done(&r);
    done(&s);
    done(&t);
}

static void no_waiting_is_said_by_zero(void **state)
{
    struct run r = parse("one f --busy 0");
    struct run s = parse("one f");

    (void)state;
    assert_int_equal(r.cli.busy_ms, -1);
    assert_int_equal(s.cli.busy_ms, 5000);
    done(&r);
    done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_may_stand_anywhere),
        cmocka_unit_test(letters_cluster),
        cmocka_unit_test(values_follow_an_equals_sign),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(negative_numbers_are_arguments),
        cmocka_unit_test(repeated_options_are_all_there),
        cmocka_unit_test(mistakes_are_told_with_a_guess),
        cmocka_unit_test(errors_are_json_if_it_was_asked_for),
        cmocka_unit_test(help_needs_no_arguments),
        cmocka_unit_test(numbers_are_checked),
        cmocka_unit_test(no_waiting_is_said_by_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
