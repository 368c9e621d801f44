/* cmd_init.c - makes an empty store. */
#include <stdio.h>

#include "json.h"
#include "num.h"
#include "out.h"
#include "pick.h"

static void print_json(const char *path, const vs_store_info *s)
{
    struct json j;

    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.init/1");
    json_member_text(&j, "file", path);
    json_member_text(&j, "id", s->id);
    json_member_int(&j, "format", s->format);
    json_member_int(&j, "chunk_bytes", s->chunk_bytes);
    json_close(&j, '}');
}

int cmd_init(struct cli *cli)
{
    const char *path = cli->args[0];
    vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                .busy_ms = cli->busy_ms};
    vs_store *store = NULL;
    vs_store_info s;
    vs_error err = {VS_OK, "", ""};
    char size[NUM_TEXT];
    int rc = opt_bytes(cli, OPT_CHUNK, &options.chunk_bytes);

    if (rc != EXIT_YES)
        return rc;
    if (opt_has(cli, OPT_DELTA))
        options.delta = VS_YES;
    if (vs_store_open(path, &options, &store, &err) != VS_OK)
        return fault_take(&cli->fault, &err);
    if (vs_store_describe(store, &s) != VS_OK)
        rc = pick_store_fault(cli, store);
    else if (cli->json)
        print_json(path, &s);
    else
        out_note(cli, "made %s, chunks of %s", path,
                 num_size(s.chunk_bytes, size));
    vs_store_close(store);
    return rc;
}
