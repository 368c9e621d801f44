/* peer_frames.h - the codec alone, on a state's chunks, for bench_peer. */
#ifndef VS_BENCH_PEER_FRAMES_H
#define VS_BENCH_PEER_FRAMES_H

#include "peer_state.h"

/* Encodes every tensor in chunks of 1 MiB, decodes the frames, copies the same
 * bytes, in one thread, and prints the line of answer. As in a store, encoding
 * takes the digest, decoding compares it, and so does this with the bytes. */
void peer_frames(const struct peer_state *s);

#endif
