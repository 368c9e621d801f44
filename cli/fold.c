/* fold.c - see fold.h. */
#include "fold.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NUMBERS 8  /* numbers of a name that are looked at */
#define MAX_DIGITS  18 /* of one number; longer ones are no indices */

/* A row under the name that it has without one number. */
struct key {
    char *text;     /* name without the number, then dtype and shape */
    size_t item;    /* the row */
    int64_t number; /* the number */
    int n_digits;   /* as written */
    bool padded;    /* it has a leading zero */
    size_t at;      /* where in the name it stands */
};

void items_init(struct items *items, const struct entries *list)
{
    items->n = list->n;
    items->v = mem_get(list->n, sizeof *items->v);
    for (size_t i = 0; i < list->n; i++) {
        const struct entry *e = &list->v[i];

        items->v[i] = (struct item){e,
                                    NULL,
                                    1,
                                    e->n_elements,
                                    e->n_bytes,
                                    e->stored_bytes,
                                    e->written_ms};
    }
}

void items_done(struct items *items)
{
    for (size_t i = 0; i < items->n; i++)
        free(items->v[i].label);
    free(items->v);
    items->v = NULL;
    items->n = 0;
}

/* Finds the `which`-th number of a name. */
static bool find_number(const char *name, int which, struct key *key)
{
    const char *p = name;

    for (;; which--) {
        size_t n;

        p += strcspn(p, "0123456789");
        n = strspn(p, "0123456789");
        if (n == 0)
            return false;
        if (which > 0 || n > MAX_DIGITS) {
            p += n;
            continue;
        }
        key->number = strtoll(p, NULL, 10);
        key->n_digits = (int)n;
        key->padded = n > 1 && p[0] == '0';
        key->at = (size_t)(p - name);
        return true;
    }
}

static char *key_text(const struct entry *e, const struct key *key)
{
    struct text t = {NULL, 0, 0};
    char shape[VS_SHAPE_TEXT_MAX];
    vs_shape s = entry_shape(e);

    text_add(&t, e->name, key->at);
    text_puts(&t, "\x01");
    text_puts(&t, e->name + key->at + key->n_digits);
    text_printf(&t, "\x01%s %s", vs_dtype_name(e->dtype),
                vs_shape_text(&s, shape));
    return t.p;
}

static int by_key(const void *a, const void *b)
{
    const struct key *x = a;
    const struct key *y = b;
    int order = strcmp(x->text, y->text);

    if (order != 0)
        return order;
    return (x->number > y->number) - (x->number < y->number);
}

/* Numbers padded with zeros must all be of one width, or "01" and "1" would
 * fold into one. */
static bool alike(const struct key *keys, size_t n)
{
    bool padded = false;
    bool same_width = true;

    for (size_t i = 0; i < n; i++) {
        padded = padded || keys[i].padded;
        same_width = same_width && keys[i].n_digits == keys[0].n_digits;
        if (i > 0 && keys[i].number == keys[i - 1].number)
            return false;
    }
    return !padded || same_width;
}

/* "{0..3,7}" */
static void add_numbers(struct text *out, const struct key *keys, size_t n)
{
    text_puts(out, "{");
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;

        while (end < n && keys[end].number == keys[end - 1].number + 1)
            end++;
        text_printf(out, "%s%0*" PRId64, i > 0 ? "," : "", keys[i].n_digits,
                    keys[i].number);
        if (end - i > 1)
            text_printf(out, "..%0*" PRId64, keys[end - 1].n_digits,
                        keys[end - 1].number);
        i = end;
    }
    text_puts(out, "}");
}

/* Adds the others of a group to the row that comes first by name. */
static void fold_group(struct items *items, const struct key *keys, size_t n)
{
    size_t first = keys[0].item;
    struct item *into;
    struct text label = {NULL, 0, 0};

    for (size_t i = 1; i < n; i++)
        first = keys[i].item < first ? keys[i].item : first;
    into = &items->v[first];
    for (size_t i = 0; i < n; i++) {
        struct item *from = &items->v[keys[i].item];

        if (from == into)
            continue;
        into->n += from->n;
        into->n_elements += from->n_elements;
        into->n_bytes += from->n_bytes;
        if (into->stored_bytes >= 0)
            into->stored_bytes += from->stored_bytes;
        if (from->written_ms > into->written_ms)
            into->written_ms = from->written_ms;
        from->n = 0;
    }
    text_add(&label, into->entry->name, keys[0].at);
    add_numbers(&label, keys, n);
    text_puts(&label, into->entry->name + keys[0].at +
                          strspn(into->entry->name + keys[0].at, "0123456789"));
    into->label = label.p;
}

/* Folds over the `which`-th number of the names; false if none has one. */
static bool fold_by(struct items *items, int which)
{
    struct key *keys = mem_get(items->n, sizeof *keys);
    size_t n = 0;
    size_t end;

    for (size_t i = 0; i < items->n; i++) {
        const struct item *item = &items->v[i];

        if (item->n != 1 || item->entry->alias_of != NULL ||
            !find_number(item->entry->name, which, &keys[n]))
            continue;
        keys[n].item = i;
        keys[n].text = key_text(item->entry, &keys[n]);
        n++;
    }
    qsort(keys, n, sizeof *keys, by_key);
    for (size_t i = 0; i < n; i = end) {
        for (end = i + 1; end < n; end++)
            if (strcmp(keys[end].text, keys[i].text) != 0)
                break;
        if (end - i > 1 && alike(keys + i, end - i))
            fold_group(items, keys + i, end - i);
    }
    for (size_t i = 0; i < n; i++)
        free(keys[i].text);
    free(keys);
    return n > 0;
}

void items_fold(struct items *items)
{
    size_t kept = 0;

    for (int which = 0; which < MAX_NUMBERS; which++)
        if (!fold_by(items, which))
            break;
    for (size_t i = 0; i < items->n; i++)
        if (items->v[i].n > 0)
            items->v[kept++] = items->v[i];
    items->n = kept;
}
