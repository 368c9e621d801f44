/* json.h - one JSON document, written as it comes.
 *
 * Values are separated by themselves; the outermost closing bracket ends the
 * line. What JSON has no words for becomes text: "nan", "inf", "-inf"; bytes
 * that are not UTF-8 become U+FFFD, and what is hostile on a terminal is
 * escaped (see names.h).
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *out;  /* borrowed */
    int depth;  /* open brackets */
    bool first; /* nothing stands before the next value */
};

void json_init(struct json *j, FILE *out);

/* '{' or '[', and its partner. */
void json_open(struct json *j, char bracket);
void json_close(struct json *j, char bracket);

void json_key(struct json *j, const char *key);
void json_text(struct json *j, const char *text);
void json_int(struct json *j, int64_t n);
void json_real(struct json *j, double x);
void json_bool(struct json *j, bool yes);

/* A number that is already text. */
void json_literal(struct json *j, const char *number);

/* The caller writes the next value to `out` himself. */
void json_foreign(struct json *j);

/* A key and its value. An id is written as text: 64 bits do not survive every
 * reader. A digest is written in hex. */
void json_member_text(struct json *j, const char *key, const char *text);
void json_member_int(struct json *j, const char *key, int64_t n);
void json_member_id(struct json *j, const char *key, int64_t id);
void json_member_real(struct json *j, const char *key, double x);
void json_member_bool(struct json *j, const char *key, bool yes);
void json_member_digest(struct json *j, const char *key,
                        const uint8_t digest[16]);
/* Milliseconds since 1970, as ISO 8601. */
void json_member_time(struct json *j, const char *key, int64_t ms);

/* A key and an opening bracket. */
void json_member_open(struct json *j, const char *key, char bracket);

#endif
