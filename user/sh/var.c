/* var.c - the shell's variables: a list of "NAME=value" strings.
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

#include <ctype.h>

struct var {
	struct var *next;
	char *text;		/* NAME=value, as execve() wants it */
	bool exported;
};

static struct var *vars;

size_t
var_name_length(const char *text)
{
	size_t length = 0;

	if (isdigit((unsigned char)text[0]))
		return 0;
	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

/* The pointer that points to the variable NAME, which may go on; or to the
 * NULL at the end of the list. */
static struct var **
find(const char *name)
{
	size_t length = var_name_length(name);
	struct var **link = &vars;

	while (*link != NULL && (strncmp((*link)->text, name, length) != 0 ||
				 (*link)->text[length] != '='))
		link = &(*link)->next;
	return link;
}

const char *
var_get(const char *name)
{
	struct var *var = *find(name);

	return var != NULL ? var->text + var_name_length(name) + 1 : NULL;
}

void
var_set(const char *name, const char *value, bool exported)
{
	size_t length = var_name_length(name);
	char *text = must_alloc(length + strlen(value) + 2);
	struct var **link = find(name);

	sprintf(text, "%.*s=%s", (int)length, name, value);
	if (*link == NULL) {
		*link = must_alloc(sizeof(**link));
		**link = (struct var){.next = NULL};
	}
	free((*link)->text);
	(*link)->text = text;
	(*link)->exported |= exported;
}

void
var_unset(const char *name)
{
	struct var **link = find(name);
	struct var *var = *link;

	if (var == NULL)
		return;
	*link = var->next;
	free(var->text);
	free(var);
}

bool
var_assign(const char *assignment, bool exported)
{
	size_t length = var_name_length(assignment);
	char *value = expand_one(assignment + length + 1);

	if (value != NULL)
		var_set(assignment, value, exported);
	return value != NULL;
}

void
var_print_exported(void)
{
	for (struct var *var = vars; var != NULL; var = var->next)
		if (var->exported)
			printf("export %s\n", var->text);
}

char **
var_environment(void)
{
	size_t count = 0;
	char **environment;

	for (struct var *var = vars; var != NULL; var = var->next)
		count += var->exported;
	environment = arena_alloc((count + 1) * sizeof(*environment));
	count = 0;
	for (struct var *var = vars; var != NULL; var = var->next)
		if (var->exported)
			environment[count++] = var->text;
	return environment;
}

void
var_init(void)
{
	for (char **text = environ; *text != NULL; text++) {
		size_t length = var_name_length(*text);

		if (length > 0 && (*text)[length] == '=')
			var_set(*text, *text + length + 1, true);
	}
	if (var_get("PATH") == NULL)
		var_set("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", true);
}
