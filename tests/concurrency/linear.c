/* linear.c - see linear.h. */
#include "linear.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct state {
    int64_t ids[LINEAR_NAMES];    /* 0: there is none; below: not known yet */
    int64_t values[LINEAR_NAMES]; /* 0 where there is none */
};

/* One end of a call, in the list of what is not explained yet. */
struct event {
    int64_t at_ns;
    int call;
    bool ends;
    struct event *next;
    struct event *prev;
    struct event *match; /* of a beginning: its end */
};

struct choice {
    struct event *event;
    struct state before;
};

/* Fingerprints of what was tried: a set of calls and the state after them. */
struct memory {
    uint64_t *at;
    size_t n;
    size_t cap; /* a power of two */
};

struct search {
    const struct linear_call *calls;
    int n;
    struct event head; /* of the list */
    struct event *events;
    struct choice *choices;
    int n_choices;
    int most; /* choices so far */
    struct state state;
    uint64_t chosen; /* fingerprint of the set */
    struct memory tried;
};

static void *must(void *p)
{
    if (p != NULL)
        return p;
    (void)fprintf(stderr, "linear: no memory\n");
    exit(2);
}

static uint64_t mix(uint64_t x) /* splitmix64 */
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* -------- What a call does to a state. */

static int where(const struct state *s, int64_t id)
{
    for (int i = 0; i < LINEAR_NAMES; i++)
        if (s->ids[i] == id)
            return i;
    return -1;
}

static void put(struct state *s, int name, int64_t id, int64_t value)
{
    s->ids[name] = id;
    s->values[name] = value;
}

/* A call finds the variable of this id under a name. One that was made by a
 * call which could not tell its id may be it. */
static bool finds(struct state *s, int name, int64_t id)
{
    if (s->ids[name] == 0)
        return false;
    if (id == 0 || s->ids[name] == id)
        return true;
    if (s->ids[name] > 0 || where(s, id) >= 0)
        return false;
    s->ids[name] = id;
    return true;
}

/* A new variable; its id is nobody's. */
static bool makes(struct state *s, const struct linear_call *c, int number)
{
    if (s->ids[c->name] != 0 || (c->id != 0 && where(s, c->id) >= 0))
        return false;
    put(s, c->name, c->id != 0 ? c->id : -1 - number, c->value);
    return true;
}

static bool renames(struct state *s, const struct linear_call *c)
{
    if (c->outcome == LINEAR_NONE)
        return s->ids[c->name] == 0;
    if (c->outcome == LINEAR_EXISTS)
        return s->ids[c->other] != 0;
    if (s->ids[c->name] == 0 || s->ids[c->other] != 0)
        return false;
    put(s, c->other, s->ids[c->name], s->values[c->name]);
    put(s, c->name, 0, 0);
    return true;
}

/* Calls through a handle. */
static bool reaches(struct state *s, const struct linear_call *c)
{
    const int name = where(s, c->id);

    if (c->outcome == LINEAR_STALE)
        return name < 0;
    if (name < 0)
        return false;
    switch (c->kind) {
    case LINEAR_READ:
        return s->values[name] == c->value;
    case LINEAR_ADD:
        s->values[name] += c->value;
        return true;
    case LINEAR_SWAP:
        if ((s->values[name] == c->expected) != (c->outcome == LINEAR_OK))
            return false;
        if (c->outcome == LINEAR_OK)
            s->values[name] = c->value;
        return true;
    default:
        s->values[name] = c->value;
        return true;
    }
}

/* True if the state allows the call, which has changed it then. */
static bool apply(struct state *s, const struct linear_call *c, int number)
{
    switch (c->kind) {
    case LINEAR_GET:
        return s->ids[c->name] != 0 ? finds(s, c->name, c->id)
                                    : makes(s, c, number);
    case LINEAR_CREATE:
        return c->outcome == LINEAR_OK ? makes(s, c, number)
                                       : s->ids[c->name] != 0;
    case LINEAR_OPEN:
        return c->outcome == LINEAR_OK ? finds(s, c->name, c->id)
                                       : s->ids[c->name] == 0;
    case LINEAR_DELETE:
        if ((s->ids[c->name] != 0) != (c->outcome == LINEAR_OK))
            return false;
        put(s, c->name, 0, 0);
        return true;
    case LINEAR_RENAME:
        return renames(s, c);
    case LINEAR_SNAPSHOT:
        return memcmp(s->values, c->all, sizeof s->values) == 0;
    default:
        return reaches(s, c);
    }
}

/* -------- The search. */

/* True if this was not there before. */
static bool remember(struct memory *m, uint64_t print)
{
    if (2 * (m->n + 1) > m->cap) {
        struct memory more = {.cap = m->cap > 0 ? 2 * m->cap : 4096};

        more.at = must(calloc(more.cap, sizeof *more.at));
        for (size_t i = 0; i < m->cap; i++)
            if (m->at[i] != 0)
                (void)remember(&more, m->at[i]);
        free(m->at);
        *m = more;
    }
    print |= 1; /* 0 is an empty place */
    for (size_t i = print >> 1; true; i++) {
        uint64_t *at = &m->at[i & (m->cap - 1)];

        if (*at == print)
            return false;
        if (*at == 0) {
            *at = print;
            m->n++;
            return true;
        }
    }
}

static uint64_t print_of(const struct search *s, const struct state *state)
{
    uint64_t print = s->chosen;

    for (int i = 0; i < LINEAR_NAMES; i++)
        print = mix(mix(print + (uint64_t)state->ids[i]) +
                    (uint64_t)state->values[i]);
    return print;
}

static void unlink_event(struct event *e)
{
    e->prev->next = e->next;
    if (e->next != NULL)
        e->next->prev = e->prev;
}

static void relink_event(struct event *e)
{
    e->prev->next = e;
    if (e->next != NULL)
        e->next->prev = e;
}

/* Takes a call as the next of the order, if the state allows it and this was
 * not tried. */
static bool choose(struct search *s, struct event *e)
{
    struct state after = s->state;

    if (!apply(&after, &s->calls[e->call], e->call))
        return false;
    s->chosen ^= mix((uint64_t)e->call);
    if (!remember(&s->tried, print_of(s, &after))) {
        s->chosen ^= mix((uint64_t)e->call);
        return false;
    }
    s->choices[s->n_choices++] = (struct choice){e, s->state};
    s->most = s->n_choices > s->most ? s->n_choices : s->most;
    s->state = after;
    unlink_event(e);
    unlink_event(e->match);
    return true;
}

/* Takes the last choice back; where to look on. */
static struct event *unchoose(struct search *s)
{
    const struct choice *c = &s->choices[--s->n_choices];

    relink_event(c->event->match);
    relink_event(c->event);
    s->state = c->before;
    s->chosen ^= mix((uint64_t)c->event->call);
    return c->event->next;
}

static bool explain(struct search *s, int *stuck)
{
    struct event *e = s->head.next;
    int deepest = -1;

    while (s->head.next != NULL) {
        if (!e->ends) {
            e = choose(s, e) ? s->head.next : e->next;
            continue;
        }
        if (s->n_choices > deepest) {
            deepest = s->n_choices;
            *stuck = e->call;
        }
        if (s->n_choices == 0)
            return false;
        e = unchoose(s);
    }
    return true;
}

/* In time; of one instant, beginnings first: they overlap. */
static int in_time(const void *a, const void *b)
{
    const struct event *x = a;
    const struct event *y = b;

    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    return x->ends - y->ends;
}

static void link_events(struct search *s)
{
    struct event **begins = must(calloc((size_t)s->n, sizeof(struct event *)));
    struct event *last = &s->head;

    qsort(s->events, 2 * (size_t)s->n, sizeof *s->events, in_time);
    for (int i = 0; i < 2 * s->n; i++) {
        struct event *e = &s->events[i];

        e->prev = last;
        last->next = e;
        last = e;
        if (e->ends)
            begins[e->call]->match = e;
        else
            begins[e->call] = e;
    }
    free((void *)begins);
}

bool linear_explains(const struct linear_call *calls, int n, int *stuck)
{
    struct search s = {.calls = calls, .n = n};
    bool good;

    s.events = must(calloc(2 * (size_t)n, sizeof *s.events));
    s.choices = must(calloc((size_t)n, sizeof *s.choices));
    for (int i = 0; i < n; i++) {
        s.events[2 * i] = (struct event){.at_ns = calls[i].began_ns, .call = i};
        s.events[2 * i + 1] =
            (struct event){.at_ns = calls[i].ended_ns, .call = i, .ends = true};
    }
    link_events(&s);
    good = explain(&s, stuck);
    free(s.tried.at);
    free(s.choices);
    free(s.events);
    return good;
}
