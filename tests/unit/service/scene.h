/* scene.h - a store with a history, ways to look at all of it, and hands that
 * spoil it behind the library's back.
 */
#ifndef VS_TEST_SCENE_H
#define VS_TEST_SCENE_H

#include "stores.h"

/* Makes the scene, in chunks of 4 KiB:
 *
 *   a/small  f32[3,4]   0 .. 11, kept inline
 *   a/large  f32[3000]  0 .. 2999, three chunks; b/tied is its alias
 *   c/twin   f32[3000]  the same numbers: the same chunks
 *   d/gone   f32[2000]  in checkpoint 1, deleted since
 *
 * Checkpoint 1 (step 10, tag "first", metric loss 0.5) has these values; then
 * a/small becomes 1 .. 12 and a/large 1 .. 3000; checkpoint 2 (step 20, tags
 * "best" and "second"). The store is left open. */
vs_store *scene_make(const char *path);

/* Replaces a float32 variable's value by start, start + 1, ... */
void scene_write(vs_store *store, const char *name, float start);

/* Asserts that a variable's value is start, start + 1, ... */
#define assert_starts(store, name, start) \
    scene_starts((store), (name), (start), __FILE__, __LINE__)
void scene_starts(vs_store *store, const char *name, float start,
                  const char *file, int line);

bool scene_exists(vs_store *store, const char *name);

/* All names with versions, variables and aliases, collections, checkpoints
 * and tags, as text; free() it. Equal texts are equal states. */
char *scene_text(vs_store *store);

/* SQL that gives all rows of name, variable, checkpoint and so on the records
 * and marks of what stands in them, as somebody would who forges a store. */
#define SCENE_SEAL                                                           \
    "; UPDATE name SET record = record(id, coalesce(variable, 0), alias, "   \
    "dtype, trainable, is_part, shape, path); "                              \
    "UPDATE variable SET record = record_with(record(id, dtype, "            \
    "n_elements, n_bytes, trainable, origin, at_ms, reuse, is_part, shape, " \
    "coalesce(initializer, ''), site), coalesce(current, 0)); "              \
    "UPDATE checkpoint_variable SET mark = ((((checkpoint % 2147483647 * "   \
    "1000003 + name % 2147483647) % 2147483647 * 1000003 + version % "       \
    "2147483647) % 2147483647 * 1000003) + alias) % 2147483647; "            \
    "UPDATE checkpoint SET record = record(id, parent, "                     \
    "coalesce(step, -1), at_ms, origin, n_names, n_metrics, logical_bytes, " \
    "new_bytes, "                                                            \
    "message, root); UPDATE tag SET record = record(checkpoint, "            \
    "name); UPDATE part SET record = record(variable, ordinal, "             \
    "n_parts, axis, first, drawn, shape); UPDATE scope_mark SET record = "   \
    "record(mark, origin, at_ms, scope, site)"

/* SQL that changes a table behind the back of one of its indexes: the engine is
 * told to forget the index meanwhile. */
#define SCENE_BEHIND(index, sql)                                            \
    "PRAGMA writable_schema = ON; CREATE TEMP TABLE kept AS SELECT rowid "  \
    "AS r, * FROM sqlite_schema WHERE name = '" index                       \
    "'; DELETE FROM sqlite_schema WHERE name = '" index                     \
    "'; PRAGMA writable_schema = RESET; " sql                               \
    "; PRAGMA writable_schema = ON; INSERT INTO sqlite_schema (rowid, "     \
    "type, name, tbl_name, rootpage, sql) SELECT r, type, name, tbl_name, " \
    "rootpage, sql FROM temp.kept; PRAGMA writable_schema = RESET"

/* Runs SQL on a store that nobody has open; fails the test if that fails or
 * changes no row. */
void scene_sql(const char *path, const char *sql);

/* The one number that a query gives. */
long long scene_number(const char *path, const char *sql);

/* What a check told. */
struct scene_damages {
    vs_check_report report;
    /* "NAME: WORDS\n" for each, "-" for no name; behind the words "[chunk N]",
     * "[current]", "[in CHECKPOINT]", "[and N]" (more). free() it. */
    char *text;
};

/* Opens the store, checks it, closes it. */
struct scene_damages scene_check(const char *path, bool read_data);

/* A damage, and what a check has to say about it. */
struct scene_case {
    const char *sql;   /* how it is made */
    const char *name;  /* the variable it harms, or "-" */
    const char *words; /* that the check uses */
};

/* Makes each damage in a scene of its own and asserts that a check (reading
 * data, if that is said) tells it, and that no check fails; then reads every
 * value, now and in the checkpoints: as `points` says each must be what was
 * stored or an error, or any value that was stored under some name. */
void scene_cases(void **state, const struct scene_case *cases, size_t n,
                 bool read_data, bool points);

#endif
