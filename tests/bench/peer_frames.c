/* peer_frames.c - see peer_frames.h. */
#include "peer_frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/frame.h"
#include "table.h"

#define CHUNK ((size_t)1 << 20)

/* A run of one tensor's elements, and what became of it. */
struct piece {
    const uint8_t *raw; /* n bytes */
    size_t n;
    vs_dtype dtype;
    struct vs__digest digest;
    uint8_t *frame; /* frame_bytes, all frames in one piece of memory */
    size_t frame_bytes;
};

struct frames {
    struct vs__coder *coder;
    struct piece *pieces; /* n_pieces */
    size_t n_pieces;
    uint8_t *chunk; /* CHUNK bytes: what memcpy and decoding write */
    uint8_t *room;  /* for all frames */
};

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Bytes of the floats that an element is made of; 0: it is of none. */
static size_t floats_of(vs_dtype dtype)
{
    switch (dtype) {
    case VS_F16:
    case VS_BF16:
        return 2;
    case VS_F32:
    case VS_C64:
        return 4;
    case VS_F64:
    case VS_C128:
        return 8;
    default:
        return 0;
    }
}

static void cut(struct frames *f, const struct peer_state *s)
{
    size_t most = 0;

    for (size_t i = 0; i < s->n; i++)
        most += peer_item_bytes(&s->from[i]) / CHUNK + 1;
    f->pieces = memory(most * sizeof *f->pieces);
    for (size_t i = 0; i < s->n; i++) {
        const vs_view *view = &s->from[i].view;
        const size_t bytes = peer_item_bytes(&s->from[i]);

        for (size_t at = 0; at < bytes; at += CHUNK)
            f->pieces[f->n_pieces++] =
                (struct piece){.raw = (const uint8_t *)view->data + at,
                               .n = bytes - at < CHUNK ? bytes - at : CHUNK,
                               .dtype = view->dtype};
    }
    f->room = memory(s->bytes + f->n_pieces * VS__FRAME_HEADER);
}

static double copy_all(struct frames *f)
{
    const double start = now();

    for (size_t i = 0; i < f->n_pieces; i++) {
        memcpy(f->chunk, f->pieces[i].raw, f->pieces[i].n);
        __asm__ volatile("" : : "r"(f->chunk) : "memory"); /* keep it */
    }
    return now() - start;
}

static double encode_all(struct frames *f, size_t *bytes)
{
    double seconds = 0;

    *bytes = 0;
    for (size_t i = 0; i < f->n_pieces; i++) {
        struct piece *p = &f->pieces[i];
        const uint8_t *frame;
        const double start = now();

        p->digest = vs__digest_of(p->raw, p->n);
        vs__frame_encode(f->coder, p->raw, p->n, vs_dtype_size(p->dtype),
                         floats_of(p->dtype), &p->digest, &frame,
                         &p->frame_bytes);
        seconds += now() - start;
        p->frame = f->room + *bytes;
        memcpy(p->frame, frame, p->frame_bytes);
        *bytes += p->frame_bytes;
    }
    return seconds;
}

static double decode_all(struct frames *f)
{
    double seconds = 0;

    for (size_t i = 0; i < f->n_pieces; i++) {
        const struct piece *p = &f->pieces[i];
        const double start = now();
        const vs_status st =
            vs__frame_decode(f->coder, p->frame, p->frame_bytes, f->chunk, p->n,
                             &p->digest, NULL);

        seconds += now() - start;
        if (st != VS_OK || memcmp(f->chunk, p->raw, p->n) != 0)
            die("frames", "one does not decode to what it was made of");
    }
    return seconds;
}

void peer_frames(const struct peer_state *s)
{
    struct frames f = {.coder = vs__coder_new(CHUNK), .chunk = memory(CHUNK)};
    size_t bytes;
    double copy;
    double encode;

    if (f.coder == NULL)
        die("memory", "there is none left");
    cut(&f, s);
    copy = copy_all(&f);
    encode = encode_all(&f, &bytes);
    (void)printf("ok %.9f %.9f %.9f %zu\n", copy, encode, decode_all(&f),
                 bytes);
    vs__coder_free(f.coder);
    free(f.pieces);
    free(f.chunk);
    free(f.room);
}
