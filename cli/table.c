/* table.c - the one table: commands, options, arguments, help, examples.
 *
 * Parsing, -h, --help, suggestions and the option part of the man page come
 * from here. Help is written for 80 columns: an option's line holds 54.
 */
#include <stddef.h>

#include "cmd.h"

const char *const group_names[N_GROUPS] = {"Look", "History", "Change",
                                           "Exchange", "Keep"};

const struct option global_options[] = {
    {OPT_HELP_SHORT, 'h', NULL, NULL, "short help, with examples"},
    {OPT_HELP, 0, "help", NULL, "full help"},
    {OPT_VERSION, 0, "version", NULL, "the version of program and library"},
    {OPT_JSON, 0, "json", NULL, "one JSON document; errors as JSON too"},
    {OPT_PLAIN, 0, "plain", NULL,
     "tab-separated rows, no titles, plain numbers"},
    {OPT_QUIET, 'q', "quiet", NULL, "no words about what was done"},
    {OPT_COLOR, 0, "color", "WHEN", "auto, always or never; see also NO_COLOR"},
    {OPT_BUSY, 0, "busy", "MS", "longest wait for another writer (5000)"},
    {OPT_NO_PAGER, 0, "no-pager", NULL, "long output straight to the terminal"},
    {OPT_END, 0, NULL, NULL, NULL},
};

#define END                          \
    {                                \
        OPT_END, 0, NULL, NULL, NULL \
    }

#define SLICE                                                                  \
    {                                                                          \
        OPT_SLICE, 's', "slice", "SLICE", "only these elements, as '0:3, ::2'" \
    }
#define DRY_RUN                                      \
    {                                                \
        OPT_DRY_RUN, 'n', "dry-run", NULL,           \
            "show what would change, change nothing" \
    }
#define YES                                     \
    {                                           \
        OPT_YES, 'y', "yes", NULL, "do not ask" \
    }

static const struct option no_options[] = {END};

static const struct option ls_options[] = {
    {OPT_LONG, 'l', "long", NULL, "version, time and digest too"},
    {OPT_NAMES, '1', "names", NULL, "names only, one a line"},
    {OPT_UNINITIALIZED, 'u', "uninitialized", NULL,
     "only what has no value yet"},
    {OPT_NULL, '0', "null", NULL, "names only, as they are, each ended by NUL"},
    {OPT_SIZE, 'S', "size", NULL, "largest first"},
    {OPT_TIME, 't', "time", NULL, "last written first"},
    {OPT_REVERSE, 'r', "reverse", NULL, "the other way round"},
    {OPT_FOLD, 0, "fold", NULL, "one row for layer_0, layer_1, ... if alike"},
    END};

static const struct option tree_options[] = {
    {OPT_DEPTH, 'L', "depth", "N", "scopes down to this depth only"},
    {OPT_BYTES, 0, "bytes", NULL, "sizes in plain bytes"},
    {OPT_SEPARATOR, 0, "separator", "C",
     "names have C between scopes ('.'), not '/'"},
    END};

static const struct option cat_options[] = {
    SLICE,
    {OPT_FORMAT, 0, "format", "F", "text, json, csv, npy or raw (text)"},
    {OPT_PRECISION, 0, "precision", "N",
     "significant digits (as many as it takes)"},
    {OPT_OUTPUT, 'o', "output", "FILE", "write there, whole or not at all"},
    END};

static const struct option diff_options[] = {
    {OPT_STAT, 0, "stat", NULL, "by digests and statistics; decode nothing"},
    {OPT_ATOL, 0, "atol", "X", "alike if |a-b| <= X + rtol |a| (0)"},
    {OPT_RTOL, 0, "rtol", "X", "relative tolerance, as above (0)"},
    END};

static const struct option log_options[] = {
    {OPT_LIMIT, 'n', "limit", "N", "the newest N only"}, END};

static const struct option save_options[] = {
    {OPT_STEP, 0, "step", "N", "the training step"},
    {OPT_METRIC, 0, "metric", "K=V", "a number to keep; may be repeated"},
    {OPT_TAG, 0, "tag", "T", "a name for it, moved if taken; may be repeated"},
    {OPT_MESSAGE, 'm', "message", "TEXT", "what to remember"},
    {OPT_PARTIAL, 0, "partial", NULL, "leave out what has no value yet"},
    END};

static const struct option restore_options[] = {
    {OPT_SCOPE, 0, "scope", "S", "only this variable, or this scope"},
    {OPT_EXACT, 0, "exact", NULL, "remove what the checkpoint does not have"},
    {OPT_NO_KEEP, 0, "no-keep", NULL, "do not save the current state first"},
    {OPT_KEEP_PARTITIONS, 0, "keep-partitions", NULL,
     "leave how variables are cut, write values into them"},
    DRY_RUN,
    YES,
    END};

static const struct option init_options[] = {
    {OPT_CHUNK, 0, "chunk", "SIZE", "bytes of a chunk, 4KiB to 4MiB (1MiB)"},
    {OPT_DELTA, 0, "delta", NULL,
     "keep floats as differences from what was saved"},
    END};

static const struct option set_options[] = {
    SLICE,
    {OPT_FILE, 'f', "file", "FILE.npy", "the value, instead of VALUE"},
    {OPT_DTYPE, 0, "dtype", "T",
     "of a new variable: f32, bf16, i64, bool, ..."},
    {OPT_SHAPE, 0, "shape", "S",
     "of a new variable: 2x3, [2,3], [] for a scalar"},
    {OPT_REUSE, 0, "reuse", "MODE",
     "auto: write or create; true: write; none: create"},
    END};

static const struct option move_options[] = {DRY_RUN, END};
static const struct option rm_options[] = {DRY_RUN, YES, END};

static const struct option import_options[] = {
    {OPT_OUTPUT, 'o', "output", "STORE", "the store, made if absent; required"},
    {OPT_SCOPE, 0, "scope", "PREFIX", "put the names below this scope"},
    {OPT_REUSE, 0, "reuse", "MODE",
     "none: all new; true: all exist; auto: either"},
    {OPT_SEPARATOR, 0, "separator", "C",
     "this character of a name becomes '/'"},
    {OPT_UNVERIFIED, 0, "unverified", NULL, "whatever the digests in SRC say"},
    END};

static const struct option export_options[] = {
    {OPT_SCOPE, 0, "scope", "S", "only this variable, or this scope"},
    {OPT_FORMAT, 0, "format", "F", "safetensors or npy (by the ending of OUT)"},
    {OPT_FORCE, 'f', "force", NULL, "replace OUT if it exists"},
    END};

static const struct option check_options[] = {
    {OPT_READ_DATA, 0, "read-data", NULL,
     "decode every chunk, compare its digest"},
    {OPT_SALVAGE, 0, "salvage", "OUT",
     "copy what is still right to a new store"},
    END};

const struct command commands[] = {
    {"info",
     GROUP_LOOK,
     1,
     1,
     false,
     "FILE[@CHECKPOINT]",
     "what a file is: counts, sizes, newest checkpoint",
     cmd_info,
     no_options,
     {{"info run7.vars.db", "a store"},
      {"info run7.vars.db@best", "one checkpoint"},
      {"info model.safetensors", "somebody else's file"}},
     NULL},
    {"ls",
     GROUP_LOOK,
     1,
     -1,
     true,
     "FILE[@CHECKPOINT] [GLOB...]",
     "list variables: dtype, shape, sizes",
     cmd_ls,
     ls_options,
     {{"ls run7.vars.db 'encoder/**'", "a scope and all below"},
      {"ls -S --fold run7.vars.db@best", "largest first, layers in one row"},
      {"ls -1 model.safetensors '*.weight'", "names only"}},
     "A GLOB without wildcards names a variable, or a scope and all below it.\n"
     "Exit code 1 if there are GLOBs and nothing matched."},
    {"tree",
     GROUP_LOOK,
     1,
     2,
     true,
     "FILE[@CHECKPOINT] [SCOPE]",
     "scopes as a tree, with their sums",
     cmd_tree,
     tree_options,
     {{"tree run7.vars.db", "all of it"},
      {"tree -L 2 run7.vars.db encoder", "two levels of one scope"},
      {"tree --separator . model.safetensors", "names like a.b.c"}},
     NULL},
    {"show",
     GROUP_LOOK,
     2,
     2,
     false,
     "FILE[@CHECKPOINT] NAME",
     "all about one variable, with statistics",
     cmd_show,
     no_options,
     {{"show run7.vars.db encoder/embed/kernel", "now"},
      {"show run7.vars.db@best head/bias", "in a checkpoint"},
      {"show --json weights.npy weights", "for a program"}},
     "Statistics of a store are kept with its chunks: nothing is decoded.\n"
     "The histogram is drawn from counts by sign and exponent, spread evenly\n"
     "within each power of two."},
    {"cat",
     GROUP_LOOK,
     2,
     2,
     true,
     "FILE[@CHECKPOINT] NAME",
     "print the elements of a variable",
     cmd_cat,
     cat_options,
     {{"cat run7.vars.db global_step", "a scalar"},
      {"cat run7.vars.db embed/kernel -s '0:2, :4'", "two rows, four columns"},
      {"cat run7.vars.db@best w --format npy -o w.npy", "for NumPy"}},
     "Elements are printed exactly: the fewest digits that read back as the\n"
     "same value, unless --precision is given. raw and npy are little-endian."},
    {"save",
     GROUP_HISTORY,
     1,
     1,
     false,
     "STORE",
     "save the current state as a checkpoint",
     cmd_save,
     save_options,
     {{"save run7.vars.db --step 1200", "with its step"},
      {"save run7.vars.db --metric loss=2.1 -m 'epoch 3'", "with a result"},
      {"save run7.vars.db --tag best", "with a name"}},
     NULL},
    {"log",
     GROUP_HISTORY,
     1,
     1,
     true,
     "STORE",
     "list checkpoints, newest first",
     cmd_log,
     log_options,
     {{"log run7.vars.db", "all"},
      {"log -n 5 run7.vars.db", "the newest five"},
      {"log --json run7.vars.db", "for a program"}},
     NULL},
    {"diff",
     GROUP_HISTORY,
     1,
     -1,
     true,
     "FILE[@CHECKPOINT] [FILE2[@CHECKPOINT]|@A [@B]] [GLOB...]",
     "compare two states, files or checkpoints",
     cmd_diff,
     diff_options,
     {{"diff run7.vars.db @best", "from a checkpoint to now"},
      {"diff run7.vars.db @1 @2 'head/**'", "between two, in part"},
      {"diff run7.vars.db@best model.safetensors", "with another file"}},
     "Exit code 0 if they are alike, 1 if they differ. With FILE alone: what\n"
     "changed since its latest checkpoint. Equal digests are taken for equal\n"
     "values; only what differs is decoded, a few MiB at a time. -q prints\n"
     "nothing and stops at the first difference."},
    {"restore",
     GROUP_HISTORY,
     2,
     2,
     false,
     "STORE CHECKPOINT",
     "make a checkpoint's values the current ones",
     cmd_restore,
     restore_options,
     {{"restore run7.vars.db @best", "all its variables"},
      {"restore run7.vars.db 12 --scope head -n", "what would it change?"},
      {"restore run7.vars.db latest~1 --exact -y", "and remove others"}},
     "If no checkpoint holds the current state it is saved first, tagged\n"
     "auto-1, auto-2, ..., so that a restore can be undone."},
    {"init",
     GROUP_CHANGE,
     1,
     1,
     false,
     "NEW",
     "make an empty store",
     cmd_init,
     init_options,
     {{"init run7.vars.db", "chunks of 1 MiB"},
      {"init --chunk 256KiB run7.vars.db", "for many small slices"},
      {"init --json run7.vars.db", "for a program"}},
     NULL},
    {"set",
     GROUP_CHANGE,
     2,
     3,
     false,
     "STORE NAME [VALUE]",
     "write a variable, or a slice; create one",
     cmd_set,
     set_options,
     {{"set run7.vars.db lr 0.001", "a scalar, or all elements"},
      {"set run7.vars.db w -s '0, :2' '[1, 2]'", "a slice"},
      {"set run7.vars.db w -f w.npy", "from a file, made if absent"}},
     "VALUE is a number for every element, or a list such as [[1,2],[3,4]].\n"
     "A new variable needs --dtype (its shape is that of VALUE unless --shape\n"
     "is given), or -f, whose file says both."},
    {"mv",
     GROUP_CHANGE,
     3,
     3,
     false,
     "STORE FROM TO",
     "rename a variable or a scope",
     cmd_mv,
     move_options,
     {{"mv run7.vars.db head/w head/kernel", "a variable"},
      {"mv run7.vars.db head old/head -n", "a scope: show the mapping"},
      {"mv run7.vars.db head old/", "into a scope: old/head"}},
     NULL},
    {"cp",
     GROUP_CHANGE,
     3,
     3,
     false,
     "STORE FROM TO",
     "copy a variable or a scope, sharing its bytes",
     cmd_cp,
     move_options,
     {{"cp run7.vars.db head/kernel head/kernel_0", "a variable"},
      {"cp run7.vars.db head backup/head", "a scope"},
      {"cp run7.vars.db head backup/ -n", "show the mapping"}},
     NULL},
    {"ln",
     GROUP_CHANGE,
     3,
     3,
     false,
     "STORE FROM TO",
     "make TO a second name of FROM (tied weights)",
     cmd_ln,
     move_options,
     {{"ln run7.vars.db embed/kernel out/kernel", "two names, one value"},
      {"ln run7.vars.db embed/kernel out/", "out/kernel"},
      {"ln run7.vars.db embed/kernel out/ -n", "show the mapping"}},
     NULL},
    {"rm",
     GROUP_CHANGE,
     2,
     -1,
     false,
     "STORE GLOB...",
     "remove variables",
     cmd_rm,
     rm_options,
     {{"rm run7.vars.db tmp/scratch", "one"},
      {"rm run7.vars.db 'tmp/**' -n", "what would go?"},
      {"rm run7.vars.db 'tmp/**' -y", "without a question"}},
     "A GLOB without wildcards names one variable, never a scope. What\n"
     "checkpoints hold stays there."},
    {"import",
     GROUP_EXCHANGE,
     1,
     1,
     false,
     "SRC",
     "read safetensors or .npy into a store",
     cmd_import,
     import_options,
     {{"import model.safetensors -o run7.vars.db", "all its tensors"},
      {"import m.safetensors -o a.db --separator .", "a.b.c as a/b/c"},
      {"import w.npy -o a.db --scope head --reuse auto", "head/w"}},
     "All or nothing, in one transaction; Ctrl-C leaves the store as it was."},
    {"export",
     GROUP_EXCHANGE,
     2,
     2,
     false,
     "STORE[@CHECKPOINT] OUT",
     "write a state as safetensors or .npy",
     cmd_export,
     export_options,
     {{"export run7.vars.db model.safetensors", "the current state"},
      {"export run7.vars.db@best best.safetensors -f", "a checkpoint"},
      {"export run7.vars.db w.npy --scope head/w", "one variable"}},
     "OUT is written beside its name, synced, then renamed: never in part."},
    {"check",
     GROUP_KEEP,
     1,
     1,
     false,
     "STORE",
     "is everything as it was stored?",
     cmd_check,
     check_options,
     {{"check run7.vars.db", "structure and records"},
      {"check --read-data run7.vars.db", "every byte"},
      {"check --salvage new.db run7.vars.db", "save what can be"}},
     "Exit code 0 if the store is sound, 1 if it is damaged, 10 if there is\n"
     "none. A damaged value is told with its variable, its chunk and the\n"
     "checkpoints that hold it. With --salvage it is 1 if anything was lost,\n"
     "and each loss is told: a variable's present value, or a checkpoint,\n"
     "which comes over whole or not at all. STORE is only read."},
    {"doctor",
     GROUP_KEEP,
     0,
     1,
     false,
     "[STORE]",
     "what does the store stand on, and who has it open?",
     cmd_doctor,
     no_options,
     {{"doctor", "libraries and guards"},
      {"doctor run7.vars.db", "and who has it open"},
      {"doctor --json run7.vars.db", "for a program"}},
     "Exit code 0 if a store can be kept safe like this, 1 if not. Each thing\n"
     "found is ok, a note, a warning, or bad. The store is not opened, and\n"
     "nothing is changed or made. Processes that cannot be seen from here, of\n"
     "other users or in other containers, are told as such. With -q: only\n"
     "warnings and what is bad."},
    {"help",
     GROUP_KEEP,
     0,
     1,
     true,
     "[COMMAND|TOPIC]",
     "help on a command or a topic",
     cmd_help,
     no_options,
     {{"help ls", "a command"},
      {"help slices", "a topic"},
      {"help exit-codes", "another"}},
     "Topics: checkpoints exit-codes formats globs slices."},
    {.name = NULL},
};
