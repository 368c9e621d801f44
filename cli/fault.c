/* fault.c - see fault.h. */
#include "fault.h"

#include <stdarg.h>
#include <string.h>

#include "json.h"
#include "names.h"

const struct exit_meaning exit_meanings[] = {
    {EXIT_YES, "done; for diff and check: no difference, no damage"},
    {EXIT_NO, "a negative answer: they differ, damage was found, no match"},
    {EXIT_USAGE, "the command line is wrong; nothing was done"},
    {EXIT_NONE, "no such file, not a store, no such variable or checkpoint"},
    {EXIT_BUSY, "somebody else held the store past the deadline (--busy)"},
    {EXIT_CORRUPT,
     "damage in a store, or a file that breaks its format's rules"},
    {EXIT_TOONEW, "the file is of a newer format; nothing was touched"},
    {EXIT_CONFLICT,
     "a name taken, missing or sealed; no value yet; shape, dtype or version "
     "disagree"},
    {EXIT_SYSTEM,
     "the system said no: I/O, full disk, permission, memory, network"},
    {EXIT_UNSUPPORTED,
     "not supported: a format, a dtype, a size above a limit"},
    {EXIT_INTERRUPT, "stopped by Ctrl-C; nothing is left half done"},
    {0, NULL},
};

int exit_of(vs_status status)
{
    switch (status) {
    case VS_OK:
    case VS_DONE:
        return EXIT_YES;
    case VS_ERR_MISUSE:
    case VS_ERR_NAME:
    case VS_ERR_NEEDSHAPE:
    case VS_ERR_INITIALIZER:
    case VS_ERR_METRIC:
    case VS_ERR_CALLBACK:
        return EXIT_USAGE;
    case VS_ERR_NOTFOUND:
    case VS_ERR_NOFILE:
    case VS_ERR_NOTASTORE:
        return EXIT_NONE;
    case VS_ERR_BUSY:
        return EXIT_BUSY;
    case VS_ERR_CORRUPT:
    case VS_ERR_FORMAT:
        return EXIT_CORRUPT;
    case VS_ERR_TOONEW:
        return EXIT_TOONEW;
    case VS_ERR_EXISTS:
    case VS_ERR_SHAPE:
    case VS_ERR_DTYPE:
    case VS_ERR_RANGE:
    case VS_ERR_CONFLICT:
    case VS_ERR_STALE:
    case VS_ERR_REUSE:
    case VS_ERR_PARTITION:
    case VS_ERR_UNINITIALIZED:
    case VS_ERR_SEALED:
    case VS_ERR_DIFFERS:
        return EXIT_CONFLICT;
    case VS_ERR_NOMEM:
    case VS_ERR_READONLY:
    case VS_ERR_FULL:
    case VS_ERR_IO:
    case VS_ERR_PERM:
    case VS_ERR_NETWORK:
        return EXIT_SYSTEM;
    case VS_ERR_UNSUPPORTED:
    case VS_ERR_TOOBIG:
        return EXIT_UNSUPPORTED;
    case VS_ERR_CANCELLED:
        return EXIT_INTERRUPT;
    case VS_ERR_NESTING: /* cannot happen without a fault of ours */
    case VS_ERR_FORKED:
        return EXIT_NO;
    }
    return EXIT_NO;
}

int fault_set(struct fault *f, vs_status status, const char *fmt, ...)
{
    va_list args;

    if (f->status != VS_OK)
        return f->code;
    f->status = status;
    f->code = exit_of(status);
    va_start(args, fmt);
    (void)vsnprintf(f->message, sizeof f->message, fmt, args);
    va_end(args);
    return f->code;
}

int fault_take(struct fault *f, const vs_error *err)
{
    const char *message = err->message;

    if (f->status != VS_OK)
        return f->code;
    if (message[0] == '\0')
        message = vs_status_text(err->status);
    (void)fault_set(f, err->status, "%s", message);
    if (strstr(err->hint, "VS_") == NULL) /* words for a program in C */
        fault_hint(f, "%s", err->hint);
    return f->code;
}

int fault_no(struct fault *f, const char *fmt, ...)
{
    va_list args;

    if (f->status != VS_OK)
        return f->code;
    f->status = VS_ERR_NOTFOUND;
    f->code = EXIT_NO;
    va_start(args, fmt);
    (void)vsnprintf(f->message, sizeof f->message, fmt, args);
    va_end(args);
    return f->code;
}

void fault_hint(struct fault *f, const char *fmt, ...)
{
    va_list args;

    if (f->hint[0] != '\0')
        return;
    va_start(args, fmt);
    (void)vsnprintf(f->hint, sizeof f->hint, fmt, args);
    va_end(args);
}

void fault_see(struct fault *f, const char *fmt, ...)
{
    va_list args;

    if (f->see[0] != '\0')
        return;
    va_start(args, fmt);
    (void)vsnprintf(f->see, sizeof f->see, fmt, args);
    va_end(args);
}

static void print_line(FILE *stream, const char *head, const char *line,
                       const char *colour)
{
    struct text t = {NULL, 0, 0};

    if (line[0] == '\0')
        return;
    escape_add(&t, line, strlen(line));
    (void)fprintf(stream, "%s%s:%s %s\n", colour, head,
                  colour[0] != '\0' ? "\033[0m" : "", t.p);
    text_done(&t);
}

static void print_json(const struct fault *f, FILE *stream)
{
    struct json j;

    json_init(&j, stream);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.error/1");
    json_member_text(&j, "status", vs_status_word(f->status));
    json_member_int(&j, "exit", f->code);
    json_member_text(&j, "message", f->message);
    if (f->hint[0] != '\0')
        json_member_text(&j, "hint", f->hint);
    if (f->see[0] != '\0')
        json_member_text(&j, "see", f->see);
    json_close(&j, '}');
}

void fault_print(const struct fault *f, FILE *stream, bool json, bool colour)
{
    if (json) {
        print_json(f, stream);
        return;
    }
    print_line(stream, "error", f->message, colour ? "\033[1;31m" : "");
    print_line(stream, "hint", f->hint, colour ? "\033[36m" : "");
    print_line(stream, "see", f->see, colour ? "\033[36m" : "");
}
