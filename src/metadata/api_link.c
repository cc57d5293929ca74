/* api_link.c: include/intoto/link.h on the links of this layer. */
#include "intoto/link.h"

#include "base/encode.h"
#include "base/xalloc.h"
#include "metadata/api_envelope.h"

struct intoto_link {
	struct intoto_envelope *from;
};

static const struct link *link_of(const struct intoto_link *link)
{
	return link->from->envelope->link;
}

static const struct artifacts *side_of(const struct intoto_link *link,
				       enum intoto_side side)
{
	return side == INTOTO_PRODUCTS ? link_of(link)->products
				       : link_of(link)->materials;
}

int intoto_link_read(struct intoto_link **out, struct intoto_envelope *envelope,
		     struct intoto_error *err)
{
	struct intoto_envelope *from = NULL;

	if (api_envelope_share(&from, envelope, CONTENT_LINK, "link", err) < 0)
		return -1;
	*out = xcalloc(1, sizeof(**out));
	(*out)->from = from;
	return 0;
}

void intoto_link_free(struct intoto_link *link)
{
	if (!link)
		return;
	intoto_envelope_free(link->from);
	free(link);
}

const char *intoto_link_step(const struct intoto_link *link)
{
	return link_of(link)->name;
}

char *intoto_link_command(const struct intoto_link *link)
{
	return link_command_text(link_of(link));
}

size_t intoto_link_artifact_count(const struct intoto_link *link,
				  enum intoto_side side)
{
	return artifacts_count(side_of(link, side));
}

const char *intoto_link_artifact_name(const struct intoto_link *link,
				      enum intoto_side side, size_t index)
{
	const struct artifacts *set = side_of(link, side);

	return index < artifacts_count(set) ? artifacts_at(set, index).name
					    : NULL;
}

bool intoto_link_artifact_sha256(char out[INTOTO_DIGEST_SIZE],
				 const struct intoto_link *link,
				 enum intoto_side side, size_t index)
{
	const struct artifacts *set = side_of(link, side);
	const uint8_t *sum = NULL;

	if (index < artifacts_count(set))
		sum = artifacts_at(set, index).sha256;
	out[0] = '\0';
	if (sum)
		hex_encode(out, sum, SHA256_SIZE);
	return sum != NULL;
}

bool intoto_link_find(size_t *index, const struct intoto_link *link,
		      enum intoto_side side, const char *name)
{
	ptrdiff_t found =
		artifacts_find(side_of(link, side), name, strlen(name));

	if (found < 0)
		return false;
	*index = (size_t)found;
	return true;
}
