/* lex.c - cuts text into tokens: words and operators.
 *
 * A word keeps its quotes and dollars; expand.c reads them later.  Here it
 * only matters where the word ends, which is why quotes and $(...) must be
 * skipped as a whole.
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

#include <ctype.h>

void
lex_fail(struct lexer *lexer, const char *message, const char *detail)
{
	if (lexer->message == NULL) {
		lexer->message = message;
		lexer->detail = detail;
	}
	lexer->token.text = "";
	lexer->token.word = lexer->token.redirect = false;
}

static void skip_dollar(struct lexer *lexer);

/* At OPEN, a quote or a bracket: skip up to and with CLOSE.  WHAT is named if
 * the text ends before. */
static void
skip(struct lexer *lexer, char open, char close, const char *what)
{
	char c;

	for (lexer->at++; (c = *lexer->at) != close; ) {
		if (c == '\0') {
			lexer->unfinished |= lexer->message == NULL;
			lex_fail(lexer, "syntax error: end of text inside ",
			    what);
			return;
		}
		if (close == '\'')
			lexer->at++;
		else if (c == '\\' && lexer->at[1] != '\0')
			lexer->at += 2;
		else if (c == '$')
			skip_dollar(lexer);
		else if (close != '"' && (c == '\'' || c == '"'))
			skip(lexer, c, c, "quotes");
		else if (close != '"' && c == open)
			skip(lexer, open, close, what);
		else
			lexer->at++;
	}
	lexer->at++;
}

/* At a dollar sign: skip it, and (...) or {...} if that is what follows. */
static void
skip_dollar(struct lexer *lexer)
{
	lexer->at++;
	if (*lexer->at == '(')
		skip(lexer, '(', ')', "$(...)");
	else if (*lexer->at == '{')
		skip(lexer, '{', '}', "${...}");
}

size_t
lex_dollar_length(const char *text)
{
	struct lexer lexer = {.at = text};

	skip_dollar(&lexer);
	return lexer.at - text;
}

/* Skip a word up to a blank or an operator. */
static void
skip_word(struct lexer *lexer)
{
	char c;

	while ((c = *lexer->at) != '\0' && strchr(" \t\n;&|<>()", c) == NULL) {
		if (c == '\\' && lexer->at[1] != '\0')
			lexer->at += 2;
		else if (c == '\'' || c == '"')
			skip(lexer, c, c, "quotes");
		else if (c == '$')
			skip_dollar(lexer);
		else
			lexer->at++;
		if (c == '`')
			lex_fail(lexer, "`...` is not supported: ",
			    "write $(...)");
	}
}

/* Skip blanks, comments, and newlines behind a backslash. */
static void
skip_blanks(struct lexer *lexer)
{
	for (;;) {
		if (*lexer->at == ' ' || *lexer->at == '\t')
			lexer->at++;
		else if (strncmp(lexer->at, "\\\n", 2) == 0)
			lexer->at += 2;
		else if (*lexer->at == '#')
			lexer->at += strcspn(lexer->at, "\n");
		else
			return;
	}
}

/* Length of the longest operator that TEXT begins with; 0: none. */
static size_t
operator_length(const char *text)
{
	static const char *const operators[] = {
		"&&", "||", "<<", "<&", "<>", ">>", ">&", ">|",
		"<", ">", "&", "|", ";", "(", ")", "\n",
	};

	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++)
		if (strncmp(text, operators[i], strlen(operators[i])) == 0)
			return strlen(operators[i]);
	return 0;
}

void
lex_next(struct lexer *lexer)
{
	struct token *token = &lexer->token;
	const char *op;

	lexer->last_end = lexer->at;
	if (lexer->message != NULL)
		return;
	skip_blanks(lexer);
	/* In "2>file" the number belongs to the operator. */
	op = lexer->at;
	if (isdigit((unsigned char)op[0]) && (op[1] == '<' || op[1] == '>'))
		op++;
	token->start = lexer->at;
	token->word = operator_length(op) == 0 && *op != '\0';
	token->redirect = *op == '<' || *op == '>';
	if (token->word)
		skip_word(lexer);
	else
		lexer->at = op + operator_length(op);
	token->text = arena_copy(token->start, lexer->at - token->start);
	if (strncmp(op, "<<", 2) == 0)
		lex_fail(lexer, "here-documents are not supported: ",
		    "use busybox sh");
	if (lexer->message != NULL)
		lex_fail(lexer, NULL, NULL);
}
