/* check_rules.c - what statements can find by themselves: a table of rules.
 *
 * Each rule is a statement that gives one row for each damage: the variable it
 * harms (0: see the name), the name it harms (NULL: see the variable), and the
 * words. On a sound store none gives a row, and none sorts or groups by
 * anything but the order that its table has: memory stays small.
 *
 * Counts of users are another matter. To count the rows that use each chunk
 * one would have to sort them all. Instead both sides of the books are added
 * up: each user adds a number that is mixed from the id of what it uses, and
 * each count takes away that many times the number of its own id, modulo 2^64.
 * If every count is right the sum is zero; if any is wrong it is zero by
 * chance once in 2^64. Only then are the rows grouped, to find which.
 */
#include "service/check.h"
#include "chunk/count.h"

#include <string.h>

static const char *const rules[] = {
    /* name */
    "SELECT 0, n.path, 'name ' || n.id || ' leads to variable ' || n.variable "
    "|| ', which is not there' FROM name AS n WHERE n.variable IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM variable AS v WHERE v.id = n.variable)",

    "SELECT 0, n.path, 'name ' || n.id || ' has alias ' || n.alias || "
    "' and saved ' || n.saved || ', want 0 or 1 each' FROM name AS n "
    "WHERE n.alias NOT IN (0, 1) OR n.saved NOT IN (0, 1)",

    "SELECT 0, n.path, 'name ' || n.id || ' leads nowhere, and no checkpoint "
    "needs it' FROM name AS n WHERE n.variable IS NULL AND n.saved = 0",

    /* variable */
    "SELECT v.id, NULL, 'variable ' || v.id || ' counts ' || " VS__COUNT_WORDS(
        "v.n_names") " || "
                     "' names, but has ' || "
                     "(SELECT count(*) FROM name AS n WHERE n.variable = v.id) "
                     "FROM variable AS v WHERE v.n_names <> " VS__USERS
                     " * (SELECT count(*) FROM name AS n WHERE n.variable = "
                     "v.id)",

    "SELECT v.id, NULL, 'variable ' || v.id || ' has ' || "
    "(SELECT count(*) FROM name AS n WHERE n.variable = v.id AND n.alias = 0) "
    "|| ' first names, want 1' FROM variable AS v "
    "WHERE EXISTS (SELECT 1 FROM name AS n WHERE n.variable = v.id) AND 1 <> "
    "(SELECT count(*) FROM name AS n WHERE n.variable = v.id AND n.alias = 0)",

    "SELECT v.id, NULL, 'variable ' || v.id || CASE WHEN v.current IS NULL "
    "THEN ' has a name but no current version' "
    "ELSE ' has a current version but no name' END FROM variable AS v "
    "WHERE (v.current IS NOT NULL) <> "
    "EXISTS (SELECT 1 FROM name AS n WHERE n.variable = v.id)",

    "SELECT v.id, NULL, 'variable ' || v.id || ' is to get its first value, "
    "but has ' || " VS__COUNT_WORDS(
        "v.n_versions") " || ' versions' "
                        "FROM variable AS v WHERE v.current = -1 AND "
                        "v.n_versions <> 0",

    "SELECT v.id, NULL, 'variable ' || v.id || ': its current version ' || "
    "v.current || ' is not there, or of another variable' FROM variable AS v "
    "WHERE v.current <> -1 AND NOT EXISTS "
    "(SELECT 1 FROM version AS s WHERE s.id = v.current "
    "AND s.variable = v.id)",

    "SELECT v.id, NULL, 'variable ' || v.id || ' has neither name nor version' "
    "FROM variable AS v WHERE v.n_names = 0 AND v.n_versions = 0",

    "SELECT v.id, NULL, 'variable ' || v.id || ' has trainable ' || "
    "v.trainable || ', reuse ' || v.reuse || ' and origin ' || v.origin || ', "
    "which "
    "cannot be' FROM variable AS v WHERE v.trainable NOT IN (0, 1) "
    "OR v.reuse NOT IN (0, 1, 3) OR NOT EXISTS "
    "(SELECT 1 FROM origin AS o WHERE o.id = v.origin)",

    "SELECT v.id, NULL, 'variable ' || v.id || ' has is_part ' || v.is_part || "
    "', but ' || (SELECT count(*) FROM part AS p WHERE p.variable = v.id) || "
    "' rows as a part' FROM variable AS v WHERE v.is_part <> "
    "(SELECT count(*) FROM part AS p WHERE p.variable = v.id)",

    /* scope_mark */
    "SELECT 0, NULL, 'the mark of scope ''' || m.scope || ''' is ' || m.mark "
    "|| ' and has origin ' || m.origin || ', which cannot be' "
    "FROM scope_mark AS m WHERE m.mark NOT IN (1, 2) OR NOT EXISTS "
    "(SELECT 1 FROM origin AS o WHERE o.id = m.origin)",

    /* version */
    "SELECT 0, NULL, 'version ' || s.id || ' is of variable ' || s.variable || "
    "', which is not there' FROM version AS s WHERE NOT EXISTS "
    "(SELECT 1 FROM variable AS v WHERE v.id = s.variable)",

    "SELECT s.variable, NULL, 'version ' || s.id || ' counts ' "
    "|| " VS__COUNT_WORDS(
        "s.holds") " || "
                   "' holders' FROM version AS s WHERE s.holds < 1",

    "SELECT s.variable, NULL, 'version ' || s.id || ' says current ' || "
    "s.current || ', its variable does not' FROM version AS s "
    "LEFT JOIN variable AS v ON v.id = s.variable WHERE s.current <> "
    "(v.current IS NOT NULL AND v.current = s.id)",

    /* Ids that were used, so that none is used again (SQLite only). */
    "SELECT 0, NULL, 'the last id of ' || m.name || ' is ' || m.id || "
    "', but the next one is told by ' || coalesce((SELECT q.seq "
    "FROM sqlite_sequence AS q WHERE q.name = m.name), 0) FROM "
    "(SELECT 'variable' AS name, max(id) AS id FROM variable "
    "UNION ALL SELECT 'version', max(id) FROM version "
    "UNION ALL SELECT 'checkpoint', max(id) FROM checkpoint) AS m "
    "WHERE m.id > coalesce((SELECT q.seq FROM sqlite_sequence AS q "
    "WHERE q.name = m.name), 0)",

    /* small */
    "SELECT coalesce(s.variable, 0), NULL, 'small value ' || m.version || "
    "' belongs to no version without chunks' FROM small AS m "
    "LEFT JOIN version AS s ON s.id = m.version "
    "WHERE s.id IS NULL OR s.n_chunks <> 0",

    /* version_chunk */
    "SELECT 0, NULL, 'version ' || k.version || ' has chunks, but no row' "
    "FROM (SELECT DISTINCT version FROM version_chunk) AS k WHERE NOT EXISTS "
    "(SELECT 1 FROM version AS s WHERE s.id = k.version)",

    "SELECT coalesce((SELECT s.variable FROM version AS s "
    "WHERE s.id = k.version), 0), NULL, 'version ' || k.version || ': its ' || "
    "count(*) || ' chunks are numbered ' || min(k.ordinal) || ' to ' || "
    "max(k.ordinal) FROM version_chunk AS k GROUP BY k.version "
    "HAVING min(k.ordinal) <> 0 OR max(k.ordinal) <> count(*) - 1",

    "SELECT coalesce((SELECT s.variable FROM version AS s "
    "WHERE s.id = k.version), 0), NULL, 'version ' || k.version || ': chunk ' "
    "|| k.chunk || ', its number ' || k.ordinal || ', is not there' "
    "FROM version_chunk AS k WHERE NOT EXISTS "
    "(SELECT 1 FROM chunk AS c WHERE c.id = k.chunk)",

    /* frame */
    "SELECT 0, NULL, 'frame ' || f.chunk || ' belongs to no chunk' "
    "FROM frame AS f WHERE NOT EXISTS "
    "(SELECT 1 FROM chunk AS c WHERE c.id = f.chunk)",

    /* rule */
    "SELECT r.variable, NULL, 'the ' || r.kind || ' of variable ' || "
    "r.variable || CASE WHEN v.id IS NULL THEN ', which is not there' ELSE "
    "', want a regularizer or a constraint' END FROM rule AS r "
    "LEFT JOIN variable AS v ON v.id = r.variable "
    "WHERE v.id IS NULL OR r.kind NOT IN ('regularizer', 'constraint')",

    /* collection */
    "SELECT k.variable, NULL, 'collection ''' || k.key || ''' has variable ' "
    "|| k.variable || ', which is not there' FROM collection AS k WHERE NOT "
    "EXISTS (SELECT 1 FROM variable AS v WHERE v.id = k.variable)",

    "SELECT k.variable, NULL, 'a collection''s key has ' || "
    "length(CAST(k.key AS BLOB)) || ' bytes' FROM collection AS k "
    "WHERE length(CAST(k.key AS BLOB)) NOT BETWEEN 1 AND 1023",

    /* checkpoint */
    "SELECT 0, NULL, 'checkpoint ' || c.id || ' has parent ' || c.parent || "
    "', step ' || coalesce(CAST(c.step AS TEXT), 'none') || ' and ' || "
    "c.new_bytes || "
    "' new bytes, which cannot be' FROM checkpoint AS c "
    "WHERE c.parent < 0 OR c.parent >= c.id OR c.step < 0 OR c.new_bytes < 0",

    "SELECT 0, NULL, 'checkpoint ' || c.id || ': its origin ' || c.origin || "
    "' is not there' FROM checkpoint AS c WHERE NOT EXISTS "
    "(SELECT 1 FROM origin AS o WHERE o.id = c.origin)",

    "SELECT 0, NULL, 'checkpoint ' || c.id || ' counts ' || c.logical_bytes || "
    "' bytes, but its versions have ' || "
    "(SELECT coalesce(sum(v.n_bytes), 0) FROM checkpoint_variable AS k "
    "JOIN version AS s ON s.id = k.version "
    "JOIN variable AS v ON v.id = s.variable "
    "WHERE k.checkpoint = c.id AND k.alias = 0) FROM checkpoint AS c "
    "WHERE c.logical_bytes <> "
    "(SELECT coalesce(sum(v.n_bytes), 0) FROM checkpoint_variable AS k "
    "JOIN version AS s ON s.id = k.version "
    "JOIN variable AS v ON v.id = s.variable "
    "WHERE k.checkpoint = c.id AND k.alias = 0)",

    "SELECT 0, NULL, 'checkpoint ' || c.id || ' counts ' || c.n_metrics || "
    "' metrics, but has ' || "
    "(SELECT count(*) FROM metric AS m WHERE m.checkpoint = c.id) "
    "FROM checkpoint AS c WHERE c.n_metrics <> "
    "(SELECT count(*) FROM metric AS m WHERE m.checkpoint = c.id)",

    /* checkpoint_variable */
    "SELECT 0, NULL, 'checkpoint ' || k.checkpoint || ' has names, but no row' "
    "FROM (SELECT DISTINCT checkpoint FROM checkpoint_variable) AS k "
    "WHERE NOT EXISTS "
    "(SELECT 1 FROM checkpoint AS c WHERE c.id = k.checkpoint)",

    "SELECT coalesce(s.variable, 0), n.path, 'checkpoint ' || k.checkpoint || "
    "': name ' || k.name || CASE WHEN n.id IS NULL THEN ' is not there' "
    "WHEN s.id IS NULL THEN ' leads to version ' || k.version || "
    "', which is not there' WHEN n.saved <> 1 THEN ' is not marked as saved' "
    "ELSE ' has alias ' || k.alias || ', want 0 or 1' END "
    "FROM checkpoint_variable AS k "
    "LEFT JOIN name AS n ON n.id = k.name "
    "LEFT JOIN version AS s ON s.id = k.version "
    "WHERE n.id IS NULL OR s.id IS NULL OR n.saved <> 1 "
    "OR k.alias NOT IN (0, 1)",

    /* metric; an infinity less itself is no number (NULL here), and no literal
     * near the largest double has to be read, which takes more precision than
     * every machine has */
    "SELECT 0, NULL, 'metric ''' || m.key || ''' of checkpoint ' || "
    "m.checkpoint || ' is ' || m.value || ', or its checkpoint is not there' "
    "FROM metric AS m WHERE m.value - m.value IS NOT 0 "
    "OR NOT EXISTS (SELECT 1 FROM checkpoint AS c WHERE c.id = m.checkpoint)",

    /* tag */
    "SELECT 0, NULL, 'tag ''' || t.name || ''' is on checkpoint ' || "
    "t.checkpoint || ', which is not there' FROM tag AS t WHERE NOT EXISTS "
    "(SELECT 1 FROM checkpoint AS c WHERE c.id = t.checkpoint)",
};

#define N_RULES (sizeof rules / sizeof rules[0])

/* Counts that are compared with what they count. `entries` gives rows of an id
 * and what to add for it; `wrong` is a rule that finds the wrong ones. */
static const struct books {
    const char *what;    /* the counts, in words */
    const char *entries; /* both sides */
    const char *wrong;   /* as in `rules` */
} books[] = {
    {"versions of variables",
     "SELECT variable, " VS__USERS " FROM version "
     "UNION ALL SELECT id, -n_versions FROM variable",
     "SELECT v.id, NULL, 'variable ' || v.id || ' counts ' || " VS__COUNT_WORDS(
         "v.n_versions") " || "
                         "' versions, but has ' || coalesce(u.n, 0) FROM "
                         "variable AS v LEFT JOIN "
                         "(SELECT variable, count(*) AS n FROM version GROUP "
                         "BY variable) AS u "
                         "ON u.variable = v.id WHERE v.n_versions <> " VS__USERS
                         " * coalesce(u.n, 0)"},
    {"users of chunks",
     "SELECT chunk, " VS__USERS " FROM version_chunk "
     "UNION ALL SELECT base, " VS__USERS " FROM chunk WHERE base IS NOT NULL "
     "UNION ALL SELECT id, -refs FROM chunk",
     "SELECT coalesce((SELECT s.variable FROM version AS s "
     "WHERE s.id = u.version), 0), NULL, 'chunk ' || c.id || ' counts ' "
     "|| " VS__COUNT_WORDS(
         "c.refs") " || ' users, but has ' || coalesce(u.n, 0) FROM chunk AS c "
                   "LEFT JOIN (SELECT chunk, count(*) AS n, min(version) AS "
                   "version FROM "
                   "(SELECT chunk, version FROM version_chunk UNION ALL "
                   "SELECT base, NULL FROM chunk WHERE base IS NOT NULL) AS k "
                   "GROUP BY chunk) AS u ON u.chunk = c.id "
                   "WHERE c.refs <> " VS__USERS " * coalesce(u.n, 0)"},
    /* In a checkpoint a version has one first name, however many aliases. */
    {"holders of versions",
     "SELECT current, " VS__USERS " FROM variable WHERE current <> -1 "
     "UNION ALL SELECT version, " VS__USERS
     " FROM checkpoint_variable WHERE alias = 0 "
     "UNION ALL SELECT id, -holds FROM version",
     "SELECT s.variable, NULL, 'version ' || s.id || ' counts ' "
     "|| " VS__COUNT_WORDS(
         "s.holds") " || "
                    "' holders, but has ' || coalesce(u.n, 0) FROM version AS "
                    "s LEFT JOIN "
                    "(SELECT version, count(*) AS n FROM "
                    "(SELECT current AS version FROM variable WHERE current <> "
                    "-1 "
                    "UNION ALL SELECT version FROM "
                    "(SELECT DISTINCT checkpoint, version FROM "
                    "checkpoint_variable) AS k) "
                    "AS h GROUP BY version) AS u ON u.version = s.id "
                    "WHERE s.holds <> " VS__USERS " * coalesce(u.n, 0)"},
};

#define N_BOOKS (sizeof books / sizeof books[0])

/* Reports each row of a rule's statement. */
static vs_status run_rule(struct vs__check *c, const char *sql)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_new(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *words = vs__column_text(s, 2);

        if (!vs__column_null(s, 1))
            vs__check_damage(c, vs__column_text(s, 1), "%s", words);
        else if ((st = vs__check_damage_to(c, vs__column_i64(s, 0), NULL,
                                           words)) != VS_OK)
            break;
    }
    vs__stmt_free(s);
    return st == VS_DONE ? VS_OK : st;
}

/* Mixes the bits of an id (the finalizer of SplitMix64, a bijection). */
static uint64_t mix(int64_t id)
{
    uint64_t x = (uint64_t)id + UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static vs_status add_up(struct vs__check *c, const char *sql, uint64_t *sum)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_new(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    for (*sum = 0; (st = vs__stmt_step(s)) == VS_OK;)
        *sum += mix(vs__column_i64(s, 0)) * (uint64_t)vs__column_i64(s, 1);
    vs__stmt_free(s);
    return st == VS_DONE ? VS_OK : st;
}

static vs_status check_books(struct vs__check *c, const struct books *b)
{
    const int64_t before = c->report.n_damages;
    uint64_t sum = 0;
    vs_status st = add_up(c, b->entries, &sum);

    if (st != VS_OK || sum == 0)
        return st;
    if ((st = run_rule(c, b->wrong)) == VS_OK && c->report.n_damages == before)
        vs__check_damage(c, NULL, "the %s do not add up", b->what);
    return st;
}

/* The element types, which never change. */
static vs_status check_dtypes(struct vs__check *c)
{
    static const char sql[] = "SELECT id, name, bytes FROM dtype ORDER BY id";
    struct vs__stmt *s;
    int64_t n = 0;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const int64_t id = vs__column_i64(s, 0);
        const vs_dtype dtype =
            id >= 1 && id <= VS_N_DTYPES ? (vs_dtype)id : VS_DTYPE_NONE;

        n++;
        if (vs_dtype_size(dtype) != (size_t)vs__column_i64(s, 2) ||
            strcmp(vs_dtype_name(dtype), vs__column_text(s, 1)) != 0)
            vs__check_damage(c, NULL, "dtype %lld is '%s' of %lld bytes",
                             (long long)id, vs__column_text(s, 1),
                             (long long)vs__column_i64(s, 2));
    }
    vs__stmt_reset(s);
    if (st == VS_DONE && n != VS_N_DTYPES)
        vs__check_damage(c, NULL, "%lld dtypes are listed, want %d",
                         (long long)n, VS_N_DTYPES);
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__check_rules(struct vs__check *c)
{
    vs_status st = vs__check_absorb(c, 0, check_dtypes(c));

    for (size_t i = 0; i < N_RULES && st == VS_OK; i++)
        if ((st = vs__check_absorb(c, 0, run_rule(c, rules[i]))) == VS_OK)
            st = vs__check_tick(c, 0);
    for (size_t i = 0; i < N_BOOKS && st == VS_OK; i++)
        if ((st = vs__check_absorb(c, 0, check_books(c, &books[i]))) == VS_OK)
            st = vs__check_tick(c, 0);
    return st;
}
