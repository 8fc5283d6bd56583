/* parse.c - from tokens to a tree, by recursive descent.
 *
 *   line      := [list] NEWLINE
 *   list      := and_or ((";" | "&") and_or)* [";" | "&"]
 *   and_or    := pipeline (("&&" | "||") NEWLINE* pipeline)*
 *   pipeline  := ["!"] stage ("|" NEWLINE* stage)*
 *   stage     := command | "(" list ")" redirect*
 *   command   := (NAME=VALUE)* (WORD | redirect)*
 *
 * Each function below is one of these lines.  At an error the lexer's token
 * becomes the end of the text, on which every loop ends by itself: no function
 * has to pass errors up, and parse_line() looks once.
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

static const char *const left_out[] = {
	"if", "then", "elif", "else", "fi", "for", "while", "until", "do",
	"done", "case", "esac", "{", "}", "function", NULL,
};

static struct node *
node_create(enum node_kind kind, struct node *left, struct node *right)
{
	struct node *node = arena_alloc(sizeof(*node));

	node->kind = kind;
	node->left = left;
	node->right = right;
	return node;
}

/* Is the token at hand the operator OP? */
static bool
at(const struct lexer *lexer, const char *op)
{
	return !lexer->token.word && strcmp(lexer->token.text, op) == 0;
}

/* The token at hand does not belong here. */
static void
unexpected(struct lexer *lexer)
{
	const char *what = lexer->token.text;

	if (at(lexer, "")) {
		lexer->unfinished |= lexer->message == NULL;
		what = "the end";
	} else if (at(lexer, "\n")) {
		what = "the end of the line";
	}
	lexer->at = lexer->token.start;
	lex_fail(lexer, "syntax error: unexpected ", what);
}

static void
skip_newlines(struct lexer *lexer)
{
	while (at(lexer, "\n"))
		lex_next(lexer);
}

/* What was written from START up to the token before this one: nothing
 * if that token was in error. */
static char *
text_since(struct lexer *lexer, const char *start)
{
	return arena_copy(start,
	    lexer->last_end > start ? lexer->last_end - start : 0);
}

static struct redirect *
parse_redirect(struct lexer *lexer)
{
	struct redirect *redirect = arena_alloc(sizeof(*redirect));
	const char *text = lexer->token.text;

	redirect->op = text + strspn(text, "0123456789");
	redirect->fd = *redirect->op == '<' ? STDIN_FILENO : STDOUT_FILENO;
	if (redirect->op > text)
		redirect->fd = text[0] - '0';
	lex_next(lexer);
	if (lexer->token.word) {
		redirect->raw = lexer->token.text;
		lex_next(lexer);
	} else {
		unexpected(lexer);
	}
	return redirect;
}

static struct word *
parse_word(struct lexer *lexer)
{
	struct word *word = arena_alloc(sizeof(*word));

	word->raw = lexer->token.text;
	lex_next(lexer);
	return word;
}

static bool
is_assignment(const char *raw)
{
	size_t length = var_name_length(raw);

	return length > 0 && raw[length] == '=';
}

static struct node *
parse_command(struct lexer *lexer)
{
	struct node *node = node_create(NODE_COMMAND, NULL, NULL);
	struct redirect **redirect_tail = &node->redirects;
	struct word **assign_tail = &node->assigns;
	struct word **word_tail = &node->words;

	for (int i = 0; lexer->token.word && left_out[i] != NULL; i++)
		if (strcmp(lexer->token.text, left_out[i]) == 0)
			lex_fail(lexer, "not supported (use busybox sh): ",
			    left_out[i]);
	if (!lexer->token.word && !lexer->token.redirect)
		unexpected(lexer);
	for (;;) {
		if (lexer->token.redirect) {
			*redirect_tail = parse_redirect(lexer);
			redirect_tail = &(*redirect_tail)->next;
		} else if (!lexer->token.word) {
			return node;
		} else if (node->words == NULL &&
			   is_assignment(lexer->token.text)) {
			*assign_tail = parse_word(lexer);
			assign_tail = &(*assign_tail)->next;
		} else {
			*word_tail = parse_word(lexer);
			word_tail = &(*word_tail)->next;
		}
	}
}

static struct node *parse_list(struct lexer *lexer, bool in_subshell);

static struct node *
parse_subshell(struct lexer *lexer)
{
	struct node *node = node_create(NODE_SUBSHELL, NULL, NULL);
	struct redirect **tail = &node->redirects;

	lex_next(lexer);
	node->left = parse_list(lexer, true);
	if (at(lexer, ")"))
		lex_next(lexer);
	else
		unexpected(lexer);
	while (lexer->token.redirect) {
		*tail = parse_redirect(lexer);
		tail = &(*tail)->next;
	}
	return node;
}

static struct node *
parse_stage(struct lexer *lexer)
{
	return at(lexer, "(") ? parse_subshell(lexer) :
				       parse_command(lexer);
}

static struct node *
parse_pipeline(struct lexer *lexer)
{
	struct node *node = node_create(NODE_PIPELINE, NULL, NULL);
	const char *start = lexer->token.start;
	struct node *stage;

	while (lexer->token.word && strcmp(lexer->token.text, "!") == 0) {
		node->negated = !node->negated;
		lex_next(lexer);
	}
	stage = node->left = parse_stage(lexer);
	while (at(lexer, "|")) {
		lex_next(lexer);
		skip_newlines(lexer);
		stage->next = parse_stage(lexer);
		stage = stage->next;
	}
	node->text = text_since(lexer, start);
	return node;
}

static struct node *
parse_and_or(struct lexer *lexer)
{
	struct node *node = parse_pipeline(lexer);

	while (at(lexer, "&&") || at(lexer, "||")) {
		enum node_kind kind = at(lexer, "&&") ? NODE_AND : NODE_OR;

		lex_next(lexer);
		skip_newlines(lexer);
		node = node_create(kind, node, parse_pipeline(lexer));
	}
	return node;
}

/* IN_SUBSHELL: a newline separates commands, as ";" does; it does not end the
 * list. */
static struct node *
parse_list(struct lexer *lexer, bool in_subshell)
{
	struct node *list = NULL;

	for (;;) {
		struct node *node;
		const char *start;

		if (in_subshell)
			skip_newlines(lexer);
		if (list != NULL && !lexer->token.word &&
		    !lexer->token.redirect && !at(lexer, "("))
			return list;
		start = lexer->token.start;
		node = parse_and_or(lexer);
		if (at(lexer, "&")) {
			node = node_create(NODE_BACKGROUND, node, NULL);
			node->text = text_since(lexer, start);
		}
		list = list == NULL ? node : node_create(NODE_LIST, list, node);
		if (at(lexer, "&") || at(lexer, ";"))
			lex_next(lexer);
		else if (!in_subshell || !at(lexer, "\n"))
			return list;
	}
}

enum parse_result
parse_line(struct source *source, bool more, struct node **tree)
{
	struct lexer lexer = {.at = source->at};

	lex_next(&lexer);
	if (at(&lexer, "") && lexer.message == NULL)
		return PARSE_END;
	*tree = at(&lexer, "\n") ? NULL : parse_list(&lexer, false);
	/* A line has its newline: if that was behind a backslash, more text
	 * must come. */
	lexer.unfinished |= at(&lexer, "") && lexer.message == NULL;
	if (lexer.unfinished && more)
		return PARSE_UNFINISHED;
	if (!at(&lexer, "\n") && !at(&lexer, ""))
		unexpected(&lexer);
	for (; source->at < lexer.at; source->at++)
		source->line += *source->at == '\n';
	if (lexer.message == NULL)
		return PARSE_LINE;
	if (!shell.interrupted)
		fprintf(stderr, "sh: line %u: %s%s\n", source->line,
		    lexer.message, lexer.detail);
	return PARSE_ERROR;
}
