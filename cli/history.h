/* history.h - what is told of a checkpoint, in every command that tells. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "json.h"
#include "mem.h"
#include "pick.h"

/* The object of one checkpoint. */
void history_json(struct json *j, const vs_checkpoint_info *c);

/* "loss=2.1 acc=0.9" and "best,release"; escaped. Nothing if there are none. */
void history_metrics(struct text *out, const vs_checkpoint_info *c);
void history_tags(struct text *out, const vs_checkpoint_info *c);

/* "step 1200  3 min ago  loss=2.1" */
void history_line(struct text *out, const vs_checkpoint_info *c,
                  int64_t now_ms);

/* Calls `see` with the checkpoint of that number, 0 being the newest; `*found`
 * tells if there was one. */
int history_visit(struct cli *cli, vs_store *store, int64_t id,
                  void (*see)(const vs_checkpoint_info *c, void *ctx),
                  void *ctx, bool *found);

#endif
