/* opt.c - see opt.h. Knows the shape of the table and none of its rows. */
#include "opt.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "mem.h"
#include "names.h"
#include "num.h"

/* The words that are still to read. */
struct words {
    char **argv;
    int argc;
    int at;      /* the next one */
    bool closed; /* "--" was seen */
};

const struct command *command_find(const char *name)
{
    for (const struct command *c = commands; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static const struct option *find_in(const struct option *options, char letter,
                                    const char *name, size_t n_name)
{
    for (const struct option *o = options; o->key != OPT_END; o++) {
        if (letter != 0 && o->letter == letter)
            return o;
        if (letter == 0 && o->name != NULL && strlen(o->name) == n_name &&
            memcmp(o->name, name, n_name) == 0)
            return o;
    }
    return NULL;
}

static const struct option *find(const struct cli *cli, char letter,
                                 const char *name, size_t n_name)
{
    const struct option *o = NULL;

    if (cli->command != NULL)
        o = find_in(cli->command->options, letter, name, n_name);
    return o != NULL ? o : find_in(global_options, letter, name, n_name);
}

/* "ls: " or nothing: where in the command line the fault is. */
static const char *where(const struct cli *cli)
{
    return cli->command != NULL ? cli->command->name : "varstore";
}

static void see_help(struct cli *cli)
{
    if (cli->command != NULL)
        fault_see(&cli->fault, "varstore help %s", cli->command->name);
    else
        fault_see(&cli->fault, "varstore help");
}

static void offer_options(struct suggest *s, const struct option *options)
{
    for (const struct option *o = options; o->key != OPT_END; o++)
        if (o->name != NULL)
            suggest_offer(s, o->name);
}

static int unknown_long(struct cli *cli, const char *name, size_t n_name)
{
    char *typed = mem_copy_n(name, n_name);
    struct suggest s;
    int rc = fault_set(&cli->fault, VS_ERR_MISUSE, "%s: no option --%s",
                       where(cli), typed);

    suggest_init(&s, typed);
    if (cli->command != NULL)
        offer_options(&s, cli->command->options);
    offer_options(&s, global_options);
    if (suggest_best(&s) != NULL)
        fault_hint(&cli->fault, "did you mean --%s?", suggest_best(&s));
    see_help(cli);
    suggest_done(&s);
    free(typed);
    return rc;
}

static int needs_value(struct cli *cli, const struct option *o)
{
    int rc;

    if (o->name != NULL)
        rc = fault_set(&cli->fault, VS_ERR_MISUSE, "%s: --%s needs %s",
                       where(cli), o->name, o->value);
    else
        rc = fault_set(&cli->fault, VS_ERR_MISUSE, "%s: -%c needs %s",
                       where(cli), o->letter, o->value);
    see_help(cli);
    return rc;
}

static void note(struct cli *cli, const struct option *o, const char *value)
{
    cli->given[cli->n_given++] = (struct given){o, value};
}

static int parse_long(struct cli *cli, struct words *w, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t n = equals != NULL ? (size_t)(equals - word) : strlen(word);
    const struct option *o = find(cli, 0, word, n);

    if (o == NULL)
        return unknown_long(cli, word, n);
    if (o->value == NULL && equals != NULL) {
        see_help(cli);
        return fault_set(&cli->fault, VS_ERR_MISUSE, "%s: --%s takes no value",
                         where(cli), o->name);
    }
    if (o->value == NULL)
        note(cli, o, NULL);
    else if (equals != NULL)
        note(cli, o, equals + 1);
    else if (w->at < w->argc)
        note(cli, o, w->argv[w->at++]);
    else
        return needs_value(cli, o);
    return EXIT_YES;
}

static int parse_letters(struct cli *cli, struct words *w, const char *word)
{
    for (; *word != '\0'; word++) {
        const struct option *o = find(cli, *word, NULL, 0);

        if (o == NULL) {
            see_help(cli);
            return fault_set(&cli->fault, VS_ERR_MISUSE, "%s: no option -%c",
                             where(cli), *word);
        }
        if (o->value == NULL) {
            note(cli, o, NULL);
            continue;
        }
        if (word[1] != '\0')
            note(cli, o, word + 1);
        else if (w->at < w->argc)
            note(cli, o, w->argv[w->at++]);
        else
            return needs_value(cli, o);
        break;
    }
    return EXIT_YES;
}

static bool is_negative_number(const struct cli *cli, const char *word)
{
    double x;

    return word[0] == '-' && num_double(word, &x) &&
           find(cli, word[1], NULL, 0) == NULL;
}

static int unknown_command(struct cli *cli, const struct words *w,
                           const char *word)
{
    struct suggest s;
    int rc = fault_set(&cli->fault, VS_ERR_MISUSE, "no command '%s'", word);
    const char *next = w->at < w->argc ? w->argv[w->at] : "";

    suggest_init(&s, word);
    for (const struct command *c = commands; c->name != NULL; c++)
        suggest_offer(&s, c->name);
    if (access(word, F_OK) == 0 && command_find(next) != NULL)
        fault_hint(&cli->fault, "the command comes first: varstore %s %s", next,
                   word);
    else if (access(word, F_OK) == 0)
        fault_hint(&cli->fault, "to list what is in it: varstore ls %s", word);
    else if (suggest_best(&s) != NULL)
        fault_hint(&cli->fault, "did you mean %s?", suggest_best(&s));
    fault_see(&cli->fault, "varstore help");
    suggest_done(&s);
    return rc;
}

static int parse_word(struct cli *cli, struct words *w, char *word)
{
    if (!w->closed && strcmp(word, "--") == 0) {
        w->closed = true;
        return EXIT_YES;
    }
    if (!w->closed && word[0] == '-' && word[1] == '-')
        return parse_long(cli, w, word + 2);
    if (!w->closed && word[0] == '-' && word[1] != '\0' &&
        !is_negative_number(cli, word))
        return parse_letters(cli, w, word + 1);
    if (cli->command != NULL) {
        cli->args[cli->n_args++] = word;
        return EXIT_YES;
    }
    cli->command = command_find(word);
    return cli->command != NULL ? EXIT_YES : unknown_command(cli, w, word);
}

/* The word of `args` that stands for the i-th argument. */
static int missing(struct cli *cli, int i)
{
    const char *p = cli->command->args;
    int rc;

    for (; i > 0 && strchr(p, ' ') != NULL; i--)
        p = strchr(p, ' ') + 1;
    rc = fault_set(&cli->fault, VS_ERR_MISUSE, "%s: missing %.*s",
                   cli->command->name, (int)strcspn(p, " "), p);
    fault_hint(&cli->fault, "usage: varstore %s %s", cli->command->name,
               cli->command->args);
    see_help(cli);
    return rc;
}

static int check_count(struct cli *cli)
{
    const struct command *c = cli->command;
    int rc;

    if (cli->n_args < c->min_args)
        return missing(cli, cli->n_args);
    if (c->max_args < 0 || cli->n_args <= c->max_args)
        return EXIT_YES;
    rc = fault_set(&cli->fault, VS_ERR_MISUSE, "%s: one argument too many: %s",
                   c->name, cli->args[c->max_args]);
    fault_hint(&cli->fault, "usage: varstore %s %s", c->name, c->args);
    see_help(cli);
    return rc;
}

static bool colour_wanted(int choice, int fd)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (choice != 0)
        return choice == 1;
    return isatty(fd) && (no_color == NULL || no_color[0] == '\0') &&
           term != NULL && strcmp(term, "dumb") != 0;
}

static int take_globals(struct cli *cli)
{
    static const char *const when[] = {"auto", "always", "never", NULL};
    int colour = 0;
    int64_t busy_ms = 5000;
    int rc;

    cli->plain = opt_has(cli, OPT_PLAIN);
    cli->quiet = opt_has(cli, OPT_QUIET);
    if ((rc = opt_choice(cli, OPT_COLOR, when, &colour)) != EXIT_YES ||
        (rc = opt_int(cli, OPT_BUSY, 0, 86400000, &busy_ms)) != EXIT_YES)
        return rc;
    cli->busy_ms = busy_ms == 0 ? -1 : (int)busy_ms;
    cli->to_terminal = isatty(STDOUT_FILENO);
    cli->colour_out = colour_wanted(colour, STDOUT_FILENO);
    cli->colour_err = colour_wanted(colour, STDERR_FILENO);
    return EXIT_YES;
}

int opt_parse(struct cli *cli, int argc, char **argv)
{
    struct words w = {argv, argc, 1, false};
    size_t n_letters = 0;
    int rc = EXIT_YES;

    for (int i = 1; i < argc; i++) {
        n_letters += strlen(argv[i]);
        cli->json = cli->json || strcmp(argv[i], "--json") == 0;
    }
    cli->args = mem_get((size_t)argc, sizeof *cli->args);
    cli->given = mem_get(n_letters, sizeof *cli->given); /* one a letter */
    while (rc == EXIT_YES && w.at < argc)
        rc = parse_word(cli, &w, argv[w.at++]);
    cli->json = opt_has(cli, OPT_JSON) || (rc != EXIT_YES && cli->json);
    if (rc == EXIT_YES)
        rc = take_globals(cli);
    if (rc != EXIT_YES || cli->command == NULL || opt_has(cli, OPT_HELP) ||
        opt_has(cli, OPT_HELP_SHORT) || opt_has(cli, OPT_VERSION))
        return rc;
    return check_count(cli);
}

bool opt_has(const struct cli *cli, enum opt_key key)
{
    for (int i = 0; i < cli->n_given; i++)
        if (cli->given[i].option->key == key)
            return true;
    return false;
}

const char *opt_value(const struct cli *cli, enum opt_key key)
{
    const char *value = NULL;

    for (int i = 0; i < cli->n_given; i++)
        if (cli->given[i].option->key == key)
            value = cli->given[i].value;
    return value;
}

const char *opt_each(const struct cli *cli, enum opt_key key, int *at)
{
    while (*at < cli->n_given) {
        const struct given *g = &cli->given[(*at)++];

        if (g->option->key == key)
            return g->value;
    }
    return NULL;
}

/* A bad value: which option, what was given, what is wanted. */
static int bad_value(struct cli *cli, enum opt_key key, const char *value,
                     const char *want)
{
    const char *name = "";
    int rc;

    for (int i = 0; i < cli->n_given; i++)
        if (cli->given[i].option->key == key)
            name = cli->given[i].option->name;
    rc = fault_set(&cli->fault, VS_ERR_MISUSE, "%s: --%s is '%s', want %s",
                   where(cli), name, value, want);
    see_help(cli);
    return rc;
}

int opt_int(struct cli *cli, enum opt_key key, int64_t min, int64_t max,
            int64_t *out)
{
    const char *value = opt_value(cli, key);
    int64_t n;

    if (value == NULL)
        return EXIT_YES;
    if (!num_int(value, &n) || n < min || n > max)
        return bad_value(cli, key, value,
                         min == 0 ? "a whole number, 0 or more"
                                  : "a whole number above 0");
    *out = n;
    return EXIT_YES;
}

int opt_real(struct cli *cli, enum opt_key key, double *out)
{
    const char *value = opt_value(cli, key);
    double x;

    if (value == NULL)
        return EXIT_YES;
    if (!num_double(value, &x) || !(x >= 0))
        return bad_value(cli, key, value, "a number, 0 or more");
    *out = x;
    return EXIT_YES;
}

int opt_bytes(struct cli *cli, enum opt_key key, int64_t *out)
{
    const char *value = opt_value(cli, key);

    if (value == NULL || num_bytes(value, out))
        return EXIT_YES;
    return bad_value(cli, key, value, "a size such as 256KiB");
}

int opt_char(struct cli *cli, enum opt_key key, char *out)
{
    const char *value = opt_value(cli, key);

    if (value == NULL)
        return EXIT_YES;
    if (strlen(value) != 1 || (value[0] & 0x80) != 0)
        return bad_value(cli, key, value, "one ASCII character");
    *out = value[0];
    return EXIT_YES;
}

int opt_choice(struct cli *cli, enum opt_key key, const char *const *words,
               int *out)
{
    const char *value = opt_value(cli, key);
    struct text want = {NULL, 0, 0};
    int rc;

    if (value == NULL)
        return EXIT_YES;
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], value) == 0) {
            *out = i;
            return EXIT_YES;
        }
    for (int i = 0; words[i] != NULL; i++)
        text_printf(&want, "%s%s", i == 0 ? "" : " or ", words[i]);
    rc = bad_value(cli, key, value, text_str(&want));
    text_done(&want);
    return rc;
}
