/* test_found_rows.c - service/ref, tag, history: what leads to a checkpoint, and
 * what stands on one, must agree with its row, and an index with its table.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vs_status find(vs_store *store, const char *ref)
{
    int64_t id = -1;
    const vs_status st = vs_checkpoint_find(store, ref, &id);

    if (st != VS_OK)
        assert_int_equal(id, -1);
    return st;
}

static vs_status untag(vs_store *store, const char *tag)
{
    return vs_tag_remove(store, tag);
}

static vs_status tag(vs_store *store, const char *tag)
{
    return vs_tag_set(store, tag, 2);
}

static vs_status history(vs_store *store, const char *unused)
{
    const vs_checkpoint_info *info = NULL;
    vs_checkpoint_list *list = NULL;
    vs_status st = vs_checkpoint_list_open(store, &list);

    (void)unused;
    while (st == VS_OK)
        st = vs_checkpoint_list_next(list, &info);
    vs_checkpoint_list_close(list);
    return st == VS_DONE ? VS_OK : st;
}

static const struct {
    const char *sql;
    vs_status (*call)(vs_store *store, const char *text);
    const char *text;
    const char *words; /* that it fails with */
} cases[] = {
    {SCENE_BEHIND("checkpoint_step",
                  "UPDATE checkpoint SET step = 30 WHERE id = 1" SCENE_SEAL),
     find, "step:10", "checkpoint 1 has step 30, but the index says 10"},
    {SCENE_BEHIND("checkpoint_step",
                  "UPDATE checkpoint SET step = 30 WHERE id = 1" SCENE_SEAL),
     find, "step:30", "checkpoint 1 of step 30 is not in the index"},
    {SCENE_BEHIND("checkpoint_step",
                  "UPDATE checkpoint SET step = NULL WHERE id = 1" SCENE_SEAL),
     find, "step:10~0", "checkpoint 1 has step -1"},
    {"UPDATE checkpoint SET message = 'x' WHERE id = 1", find, "step:10",
     "checkpoint 1: its row is not what was written"},
    {"UPDATE checkpoint SET message = 'x' WHERE id = 1", find, "latest~1",
     "checkpoint 1: its row is not what was written"},
    {"UPDATE tag SET checkpoint = 9 WHERE name = 'best'" SCENE_SEAL, find,
     "best", "'best' leads to checkpoint 9, which is not there"},
    {"UPDATE tag SET checkpoint = 1 WHERE name = 'best'", find, "best",
     "tag 'best': its row is not what was written"},
    {SCENE_BEHIND("tag_checkpoint", "DELETE FROM tag WHERE name = 'best'"),
     find, "best", "tag 'best': the index has it, the table has not"},
    {SCENE_BEHIND("tag_checkpoint", "DELETE FROM tag WHERE name = 'best'"),
     untag, "best", "tag 'best': the index has it, the table has not"},
    {"UPDATE checkpoint SET message = 'x' WHERE id = 2", tag, "new",
     "checkpoint 2: its row is not what was written"},
    {SCENE_BEHIND(
         "tag_checkpoint",
         "UPDATE tag SET checkpoint = 1 WHERE name = 'best'" SCENE_SEAL),
     history, "", "tag"},
    {SCENE_BEHIND("tag_checkpoint", "DELETE FROM tag WHERE name = 'first'"),
     history, "", "checkpoint 2: the rows of its tags are not what was"},
    {"UPDATE tag SET record = zeroblob(16) WHERE name = 'best'", history, "",
     "tag 'best': its row is not what was written"},
    {"UPDATE metric SET value = 7", history, "",
     "the row of metric 'loss' is not what was written"},
    {"DELETE FROM metric", history, "", "checkpoint 1 has 0 metrics, want 1"},
    {"UPDATE checkpoint SET root = x'00' WHERE id = 2" SCENE_SEAL, history, "",
     "checkpoint 2: its root has 1 bytes, want 16"},
    {"UPDATE checkpoint SET id = 0 WHERE id = 1; UPDATE checkpoint SET parent "
     "= 0" SCENE_SEAL,
     history, "", "checkpoint 0: its row is not what was written"},
};

static void what_disagrees_is_corrupt(void **state)
{
    const char *path = test_path(state, "scene.db");
    size_t bytes = 0;
    void *whole;

    vs_store_close(scene_make(path));
    whole = test_read_file(path, &bytes);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene_damages told;
        vs_store *store;

        test_write_file(path, whole, bytes);
        scene_sql(path, cases[i].sql);
        store = test_open(path, VS_OPEN_WRITE);
        assert_store(VS_ERR_CORRUPT, store,
                     cases[i].call(store, cases[i].text));
        if (strstr(vs_store_error(store)->message, cases[i].words) == NULL)
            fail_msg("%s\n%s: %s", cases[i].sql, cases[i].text,
                     vs_store_error(store)->message);
        vs_store_close(store);
        told = scene_check(path, false); /* it knows of each */
        assert_true(told.report.n_damages > 0);
        free(told.text);
    }
    free(whole);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(what_disagrees_is_corrupt),
    };

    return cmocka_run_group_tests_name("service.found_rows", tests, NULL, NULL);
}
