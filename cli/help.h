/* help.h - what the table says, printed. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdbool.h>
#include <stdio.h>

struct command;

/* -h: one screen, examples first. NULL: of the program. */
void help_short(const struct command *command, FILE *out);

/* --help: everything. */
void help_full(const struct command *command, FILE *out);

/* A topic's text, or 0 if there is none of that name. */
int help_topic(const char *name, FILE *out);

/* Offers each topic's name to the function. */
void help_each_topic(void (*each)(const char *name, void *ctx), void *ctx);

/* The whole table as one JSON document. */
void help_json(FILE *out);

/* The version of the program and of the library it runs with. */
void help_version(bool json, FILE *out);

/* The commands as the man page must have them, between its marks. */
void help_man(FILE *out);

#endif
