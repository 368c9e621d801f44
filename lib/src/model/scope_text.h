/* scope_text.h - scopes told as text, and what a recalled one borrows from. */
#ifndef VS_MODEL_SCOPE_TEXT_H
#define VS_MODEL_SCOPE_TEXT_H

/* The texts and terms of the rules of a recalled scope: shared by the scopes
 * that inherit or copy them. */
struct vs__recalled;

/* NULL is fine. `hold` returns its argument. */
struct vs__recalled *vs__recalled_hold(struct vs__recalled *recalled);
void vs__recalled_release(struct vs__recalled *recalled);

#endif
