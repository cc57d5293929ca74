/* rule.c: one artifact rule, from and to its tokens. */
#include "metadata/rule.h"

#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/strlist.h"
#include "base/xalloc.h"
#include "base/quote.h"

static const char *const keywords[] = {
	[RULE_CREATE] = "CREATE",     [RULE_DELETE] = "DELETE",
	[RULE_MODIFY] = "MODIFY",     [RULE_ALLOW] = "ALLOW",
	[RULE_DISALLOW] = "DISALLOW", [RULE_REQUIRE] = "REQUIRE",
	[RULE_MATCH] = "MATCH",
};

void rule_release(struct rule *rule)
{
	free(rule->pattern);
	free(rule->source);
	free(rule->destination);
	free(rule->step);
	*rule = (struct rule){ 0 };
}

/* A cursor over tokens; keywords are known by their place alone. */
struct tokens {
	char *const *at;
	size_t left;
};

static const char *token_next(struct tokens *tokens)
{
	tokens->left--;
	return *tokens->at++;
}

static bool keyword_next(struct tokens *tokens, const char *keyword)
{
	if (tokens->left == 0 || strcasecmp(*tokens->at, keyword) != 0)
		return false;
	token_next(tokens);
	return true;
}

/* p [IN source] WITH (MATERIALS|PRODUCTS) [IN destination] FROM step */
static bool match_read(struct rule *out, struct tokens *tokens)
{
	const size_t n = tokens->left;

	if (n != 5 && n != 7 && n != 9)
		return false;
	out->pattern = xstrdup(token_next(tokens));
	if (keyword_next(tokens, "IN"))
		out->source = xstrdup(token_next(tokens));
	if (!keyword_next(tokens, "WITH"))
		return false;
	out->from_products = keyword_next(tokens, "PRODUCTS");
	if (!out->from_products && !keyword_next(tokens, "MATERIALS"))
		return false;
	if (tokens->left == 4 && keyword_next(tokens, "IN"))
		out->destination = xstrdup(token_next(tokens));
	if (tokens->left != 2 || !keyword_next(tokens, "FROM"))
		return false;
	out->step = xstrdup(token_next(tokens));
	return true;
}

static bool tokens_read(struct rule *out, struct tokens *tokens)
{
	size_t type = 0;

	if (tokens->left < 2)
		return false;
	while (!keyword_next(tokens, keywords[type]))
		if (++type == ARRAY_SIZE(keywords))
			return false;
	out->type = (enum rule_type)type;
	if (out->type == RULE_MATCH)
		return match_read(out, tokens);
	if (tokens->left != 1)
		return false;
	out->pattern = xstrdup(token_next(tokens));
	return true;
}

static int rule_from_tokens(struct rule *out, const struct strlist *list,
			    struct intoto_error *err)
{
	struct tokens tokens = { list->items, list->n };
	struct rule rule = { 0 };

	if (tokens_read(&rule, &tokens)) {
		*out = rule;
		return 0;
	}
	rule_release(&rule);
	intoto_fail(err, INTOTO_EINVALID,
		    "not an artifact rule: it starts with '%s' and has %zu "
		    "tokens",
		    list->n > 0 ? list->items[0] : "", list->n);
	intoto_hint(err, "rules are CREATE, DELETE, MODIFY, ALLOW, DISALLOW "
			 "<pattern>, REQUIRE <name>, or MATCH <pattern> "
			 "[IN <prefix>] WITH MATERIALS|PRODUCTS [IN <prefix>] "
			 "FROM <step>");
	return -1;
}

int rule_from_json(struct rule *out, const json_t *tokens,
		   struct intoto_error *err)
{
	scoped_value(strlist) list = STRLIST_INIT;
	size_t i = 0;
	json_t *token = NULL;

	if (!json_is_array(tokens))
		return intoto_fail(err, INTOTO_EINVALID,
				   "an artifact rule is not a list");
	json_array_foreach(tokens, i, token)
	{
		const char *text = json_string_value(token);

		if (!text || strlen(text) != json_string_length(token))
			return intoto_fail(err, INTOTO_EINVALID,
					   "token %zu of an artifact rule is "
					   "not plain text",
					   i);
		strlist_add(&list, text);
	}
	return rule_from_tokens(out, &list, err);
}

int rule_from_text(struct rule *out, const char *text, struct intoto_error *err)
{
	scoped_value(strlist) list = STRLIST_INIT;

	if (!is_utf8(text, strlen(text)))
		return intoto_fail(err, INTOTO_EINVALID,
				   "a rule is not UTF-8: '%s'", text);
	if (quote_split(&list, text, err) < 0)
		return intoto_context(err, "rule: ");
	return rule_from_tokens(out, &list, err);
}

static void rule_tokens(struct strlist *out, const struct rule *rule)
{
	strlist_add(out, keywords[rule->type]);
	strlist_add(out, rule->pattern);
	if (rule->type != RULE_MATCH)
		return;
	if (rule->source) {
		strlist_add(out, "IN");
		strlist_add(out, rule->source);
	}
	strlist_add(out, "WITH");
	strlist_add(out, rule->from_products ? "PRODUCTS" : "MATERIALS");
	if (rule->destination) {
		strlist_add(out, "IN");
		strlist_add(out, rule->destination);
	}
	strlist_add(out, "FROM");
	strlist_add(out, rule->step);
}

json_t *rule_to_json(const struct rule *rule)
{
	scoped_value(strlist) tokens = STRLIST_INIT;
	json_t *array = json_array();

	rule_tokens(&tokens, rule);
	for (size_t i = 0; i < tokens.n; i++)
		json_array_append_new(array, json_string(tokens.items[i]));
	return array;
}

/* Rules are split and never expanded: a `*` needs no quotes. */
char *rule_to_text(const struct rule *rule)
{
	scoped_value(strlist) tokens = STRLIST_INIT;
	scoped_value(buffer) text = BUFFER_INIT;

	rule_tokens(&tokens, rule);
	for (size_t i = 0; i < tokens.n; i++) {
		if (i > 0)
			buffer_putc(&text, ' ');
		quote_append(&text, tokens.items[i], " \t\r\n'\"\\");
	}
	return buffer_take(&text);
}
