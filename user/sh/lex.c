/* lex.c - cuts text into tokens: words and operators.
 *
 * A word keeps its quotes and dollars; expand.c reads them later.  Here it
 * only matters where the word ends, which is why quotes and $(...) must be
 * skipped as a whole.  All characters taken are collected in lexer->raw: a
 * token's text is a piece of it, and so is the name of a job.
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

#include <ctype.h>

void
lex_error(struct lexer *lexer, const char *message, const char *detail)
{
	if (!lexer->failed && !shell.interrupted) {
		fflush(stdout);
		fprintf(stderr, "sh: line %u: %s%s\n", lexer->source->line,
		    message, detail);
	}
	lexer->failed = true;
	lexer->token = (struct token){.text = ""};
}

/* Take one character.  EOF is what the callers below cannot do with: WHAT is
 * still open. */
static int
take(struct lexer *lexer, const char *what)
{
	int c;

	lexer->source->continued = true;
	c = source_next(lexer->source);
	if (c != EOF)
		text_add(&lexer->raw, c);
	else if (what != NULL)
		lex_error(lexer, "syntax error: end of text inside ", what);
	return c;
}

static int
peek(struct lexer *lexer)
{
	return source_peek(lexer->source);
}

static void skip_dollar(struct lexer *lexer);

/* Behind OPEN, a quote or a bracket: skip up to and with CLOSE.  WHAT is named
 * if the text ends before. */
static void
skip(struct lexer *lexer, int open, int close, const char *what)
{
	int c;

	while ((c = take(lexer, what)) != close && c != EOF) {
		if (close == '\'')
			continue;
		else if (c == '\\')
			take(lexer, what);
		else if (c == '$')
			skip_dollar(lexer);
		else if (close == '"')
			continue;
		else if (c == '\'' || c == '"')
			skip(lexer, c, c, "quotes");
		else if (c == open)
			skip(lexer, open, close, what);
	}
}

/* Behind a dollar sign: skip (...) or {...}, if that is what follows. */
static void
skip_dollar(struct lexer *lexer)
{
	int c = peek(lexer);

	if (c == '(') {
		take(lexer, NULL);
		skip(lexer, '(', ')', "$(...)");
	} else if (c == '{') {
		take(lexer, NULL);
		skip(lexer, '{', '}', "${...}");
	}
}

size_t
lex_dollar_length(const char *text)
{
	struct source source = source_string(text + 1);
	struct lexer lexer = {.source = &source};

	skip_dollar(&lexer);
	return 1 + lexer.raw.length;
}

/* Take a word up to a blank or an operator. */
static void
lex_word(struct lexer *lexer)
{
	int c;

	while ((c = peek(lexer)) != EOF && strchr(" \t\n;&|<>()", c) == NULL) {
		take(lexer, NULL);
		if (c == '\\')
			take(lexer, "a line");
		else if (c == '\'' || c == '"')
			skip(lexer, c, c, "quotes");
		else if (c == '$')
			skip_dollar(lexer);
		else if (c == '`')
			lex_error(lexer, "`...` is not supported: ",
			    "write $(...)");
		if (lexer->failed)
			return;
	}
}

/* Skip blanks, comments, and newlines behind a backslash. */
static void
skip_blanks(struct lexer *lexer)
{
	int c;

	while ((c = peek(lexer)) == ' ' || c == '\t' || c == '#' ||
	       (c == '\\' && lexer->source->at[1] == '\n')) {
		bool comment = c == '#';

		take(lexer, NULL);
		if (c == '\\')
			take(lexer, NULL);
		while (comment && (c = peek(lexer)) != EOF && c != '\n')
			take(lexer, NULL);
	}
}

/* Take the longest operator that the text goes on with, if there is one. */
static bool
take_operator(struct lexer *lexer)
{
	static const char *const operators[] = {
		"&&", "||", "<<", "<&", "<>", ">>", ">&", ">|",
		"<", ">", "&", "|", ";", "(", ")", "\n",
	};

	if (peek(lexer) == EOF)
		return false;
	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		size_t length = strlen(operators[i]);

		if (strncmp(lexer->source->at, operators[i], length) != 0)
			continue;
		while (length-- > 0)
			take(lexer, NULL);
		return true;
	}
	return false;
}

void
lex_next(struct lexer *lexer)
{
	struct token *token = &lexer->token;
	const char *text;
	const char *op;

	lexer->last_end = lexer->raw.length;
	if (lexer->failed)
		return;
	skip_blanks(lexer);
	token->start = lexer->raw.length;
	token->word = !take_operator(lexer) && peek(lexer) != EOF;
	if (token->word)
		lex_word(lexer);
	if (lexer->failed)
		return;
	/* In "2>file" the number belongs to the operator. */
	text = text_string(&lexer->raw) + token->start;
	if (token->word && isdigit((unsigned char)text[0]) &&
	    text[1] == '\0' && strchr("<>", peek(lexer)) != NULL) {
		take_operator(lexer);
		token->word = false;
		text = text_string(&lexer->raw) + token->start;
	}
	token->text = arena_copy(text, strlen(text));
	op = text + strspn(text, "0123456789");
	token->redirect = !token->word && *op != '\0' &&
	    strchr("<>", *op) != NULL;
	if (!token->word && strcmp(op, "<<") == 0)
		lex_error(lexer, "here-documents are not supported: ",
		    "use busybox sh");
}
