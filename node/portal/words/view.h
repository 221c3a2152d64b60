/* view - records as the templates want them: labels, words and links instead of codes and
 * numbers.
 *
 * A value becomes an object with every name that templates/value.mustache uses: text and href,
 * or rendered Markdown, or items (a list), or rows (a map). It never trusts that a value fits
 * its field: what came from a newer schema, or does not fit, is shown as it is. Links are made
 * only of http, https, tel and mailto. */
#ifndef NODE_PORTAL_WORDS_VIEW_H
#define NODE_PORTAL_WORDS_VIEW_H

#include "node/portal/site.h"

/* Gives the view of a top-level field of a body; NULL when there is nothing to show. */
json_t *view_field(const site_t *site, const field_t *field, const json_t *body);

/* The same for a value of which the kind knows nothing. */
json_t *view_unknown(const json_t *value);

/* The text of that name in a map; "" when there is none. Borrowed. */
const char *view_text(const json_t *map, const char *name);

/* The value a dotted path leads to, where a list stands for its first entry; NULL when there is none. Borrowed. */
const json_t *view_first(const json_t *body, const char *path);

/* Does its value need a unit: is it a decimal number, or an interval of such? */
bool view_is_measure(const field_t *field);

/* Gives {href, title, summary, when, figure, tags, hub, elsewhere, demo}: a record in a list; elsewhere
 * when another hub than this node's own vouches for it. */
json_t *view_row(const site_t *site, const kind_t *kind, const entry_t *entry);

/* The label of a facet's code: of its vocabulary, a territory, "oui" or "non". */
void view_code(const site_t *site, const field_t *field, const char *code, text_t *out);

/* The plain words of a text or Markdown field of a body, cut to `max` bytes with "…"; "" if
 * absent. */
void view_words(const json_t *body, const char *field, size_t max, text_t *out);

/* The address by which this portal's pages lead to a record: the short one where there is one. */
void view_link(const site_t *site, const kind_t *kind, const char *hub, const char *id,
               text_t *out);

/* The address that every record's page has on every node. */
void view_address(const kind_t *kind, const char *hub, const char *id, text_t *out);

/* A JSON string of a text, which is freed. */
json_t *view_take(text_t *text);

/* Links, or NULL for what is not certainly harmless. Given. */
char *view_url(const char *url);
char *view_tel(const char *telephone);
char *view_mailto(const char *courriel);

#endif
