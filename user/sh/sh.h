/* sh.h - the shell: its parts, and what they hand to each other.
 *
 *   input.c    lines, from a file or a person
 *   lex.c      text      -> tokens
 *   parse.c    tokens    -> a tree of nodes
 *   expand.c   a word    -> the arguments that it stands for
 *   exec.c     the tree  -> processes, redirections, a status
 *   jobs.c     process groups, waiting, who owns the terminal
 *   builtin.c  the commands that must run inside the shell
 *   edit.c     the line editor
 *   main.c, var.c, mem.c
 *
 * Read them in this order.  What is left out is
 * named when it is used: loops, here-documents, functions and arithmetic are
 * BusyBox ash's business ("busybox sh").
 *
 * Memory: everything that lives as long as one command line (tokens, tree,
 * arguments) comes from one arena, which is emptied behind the command.  So
 * nothing here calls free() but for jobs, variables and history.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "../lib/common.h"

#include <sys/types.h>

enum {
	STATUS_SYNTAX = 2,
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
};

/* The state of the shell itself. */
struct shell {
	int status;		/* $? */
	pid_t pid;		/* $$: the first shell's, also in subshells */
	pid_t last_background;	/* $!, 0: none yet */
	char **args;		/* $0, $1 ...; NULL at the end */
	int tty;		/* terminal of an interactive shell, else -1 */
	bool interactive;	/* prompts, survives errors */
	bool job_control;	/* every job has its own process group */
	volatile bool interrupted; /* Ctrl-C: drop the rest of the line */
	bool exiting;		/* exit was called */
};

extern struct shell shell;

/* --- mem.c --- */

struct arena_mark;

/* Memory that lives until the arena is cut back; never NULL. */
void *arena_alloc(size_t bytes);
char *arena_copy(const char *text, size_t length);
/* Free all that was allocated since MARK was taken. */
struct arena_mark *arena_mark(void);
void arena_release(struct arena_mark *mark);

/* A string that grows; all zero is the empty one. */
struct text {
	char *data;
	size_t length;
	size_t size;
};

void text_add(struct text *text, char c);
/* The text as a string; the next text_add() may move it. */
char *text_string(struct text *text);

/* malloc() and strdup() that end the shell when there is no memory. */
void *must_alloc(size_t bytes);
char *must_copy(const char *text);

/* --- lex.c --- */

/* A word, an operator, "\n", or "" for the end of the text. */
struct token {
	const char *text;	/* a copy: a word still has its quotes */
	const char *start;	/* where it was found */
	bool word;
	bool redirect;		/* an operator such as "2>" */
};

struct lexer {
	const char *at;		/* what is left of the text */
	struct token token;	/* the one that the parser looks at */
	const char *last_end;	/* where the token before it ended */
	const char *message;	/* what is wrong, in two parts; NULL: nothing */
	const char *detail;
	bool unfinished;	/* it is the end that came too early */
};

/* Go to the next token.  After an error it is the end, for ever. */
void lex_next(struct lexer *lexer);
/* Something is wrong at lexer->at.  The first message stays. */
void lex_fail(struct lexer *lexer, const char *message, const char *detail);
/* Length of the construct $(...) or ${...} that TEXT begins with. */
size_t lex_dollar_length(const char *text);

/* --- parse.c --- */

enum node_kind {
	NODE_LIST,		/* left ; right */
	NODE_AND,		/* left && right */
	NODE_OR,		/* left || right */
	NODE_BACKGROUND,	/* left & */
	NODE_PIPELINE,		/* left | left->next | ... */
	NODE_SUBSHELL,		/* ( left ) redirects */
	NODE_COMMAND,		/* assigns words redirects */
};

struct word {
	struct word *next;
	const char *raw;	/* to be expanded */
};

struct redirect {
	struct redirect *next;
	const char *op;		/* < > >| >> <> <& >& */
	int fd;
	const char *raw;	/* file name; behind & a descriptor or "-" */
};

struct node {
	enum node_kind kind;
	bool negated;		/* NODE_PIPELINE: ! in front */
	struct node *left;
	struct node *right;
	struct node *next;	/* the stage behind this one in a pipeline */
	struct word *assigns;	/* NAME=value in front of the command */
	struct word *words;
	struct redirect *redirects;
	char *text;		/* as written: NODE_PIPELINE, NODE_BACKGROUND */
};

/* Text to be run, and the number of its first line. */
struct source {
	const char *at;
	unsigned line;
};

enum parse_result {
	PARSE_LINE,		/* TREE is a command, or NULL for an empty line */
	PARSE_UNFINISHED,	/* needs more text; SOURCE is as before */
	PARSE_ERROR,		/* a message was printed */
	PARSE_END,		/* there was nothing left */
};

/* Read one command line, which may have newlines inside, from SOURCE and move
 * SOURCE behind it.  MORE: text could be added at its end. */
enum parse_result parse_line(struct source *source, bool more,
    struct node **tree);

/* --- expand.c --- */

/* The arguments that WORDS stand for, ending in NULL.  Returns NULL after a
 * message. */
char **expand_words(const struct word *words);
/* RAW as exactly one string, neither split nor globbed; NULL: as above. */
char *expand_one(const char *raw);

/* --- var.c --- */

/* Import the environment. */
void var_init(void);
/* NULL: not set. */
const char *var_get(const char *name);
void var_set(const char *name, const char *value, bool exported);
void var_unset(const char *name);
void var_print_exported(void);
/* The exported variables, for execve(); allocated from the arena. */
char **var_environment(void);
/* Length of the name that TEXT begins with; 0: there is none. */
size_t var_name_length(const char *text);
/* Carry out "NAME=raw value".  Returns false after a message. */
bool var_assign(const char *assignment, bool exported);

/* --- exec.c --- */

/* Run the tree and return its status, which is also in shell.status. */
int exec_node(const struct node *node);
/* Replace this process, or return STATUS_NOT_FOUND or its like. */
int exec_program(char **argv);
/* Standard output of TEXT run as a command line, without the newlines at its
 * end. */
char *exec_capture(const char *text);

/* --- jobs.c --- */

struct job;

/* A job that will have COUNT processes; TEXT is copied. */
struct job *job_create(const char *text, unsigned count);
/* fork(), for the next process of JOB; NULL: of no job.  The child is in the
 * job's process group, has the terminal if the job runs in the FOREGROUND, and
 * is a subshell to which signals do what they usually do.  Returns -1 after a
 * message. */
pid_t job_fork(struct job *job, bool foreground);
/* Let signals do to this process what they usually do. */
void job_usual_signals(void);
/* Wait until the job ends or stops and take the terminal back.  Returns its
 * status. */
int job_foreground(struct job *job);
/* Let it run and say so. */
void job_background(struct job *job);
/* SIGCONT. */
void job_continue(struct job *job);
/* Learn what became of the children; tell about it what must be told. */
void job_report(void);
/* The job that SPEC means: %1, %%, %+ or NULL for the current one, or a pid.
 * NULL after a message in the name of COMMAND. */
struct job *job_find(const char *spec, const char *command);
const char *job_text(const struct job *job);
/* What kill() must be given to reach the whole job. */
pid_t job_group(const struct job *job);
/* Wait for the end of one job, or of all if JOB is NULL.  Returns its status,
 * or 128 + SIGINT if Ctrl-C came first. */
int job_wait(struct job *job);
void job_list(void);
/* Take the terminal, ignore what it sends. */
void job_init(void);

/* --- builtin.c --- */

struct builtin {
	const char *name;
	int (*run)(char **argv);
	const char *synopsis;
	const char *help;
};

/* NULL: not a builtin, or NAME is NULL. */
const struct builtin *builtin_find(const char *name);

/* --- edit.c --- */

/* Let the user write a line.  Returns it with its newline, in memory that is
 * valid until the next call; NULL for Ctrl-D on an empty line.  After Ctrl-C
 * shell.interrupted is set and the line is empty. */
char *edit_line(const char *prompt);

/* --- input.c --- */

/* Run TEXT, or standard input, to its end.  Returns the last status. */
int run_text(const char *text);
int run_input(void);
/* Run the file PATH in this shell; -1 with errno set: it cannot be read. */
int run_file(const char *path);
