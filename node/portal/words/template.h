/* template - Mustache templates, filled with JSON.
 *
 * Every {{value}} is escaped for HTML text and quoted attributes. The two ways around it are
 * {{{already_safe_rendered_markdown_html}}}, whose content only markdown.c makes, and
 * {{{already_safe_json}}}, made by site_page alone: any other triple mustache or {{&...}} is
 * refused when the templates are loaded. {{>part}} is put in
 * place at loading; a part that contains itself is unrolled TEMPLATE_DEPTH times, which bounds
 * what a nested value can do.
 *
 * Differences between Mustache and JSON: null, false, "" and [] are all "nothing" for a
 * section, numbers print as JSON does. A name that is missing in an object is looked up around
 * it, so an object of a self-nesting part must give every name it uses. */
#ifndef NODE_PORTAL_WORDS_TEMPLATE_H
#define NODE_PORTAL_WORDS_TEMPLATE_H

#include <jansson.h>

#define TEMPLATE_DEPTH 6

#ifdef __cplusplus
extern "C" {
#endif

#include "node/portal/asset.h"
#include "schemas/base/err.h"

typedef struct templates templates_t;

/* Checks every "templates/NAME.mustache" among the assets, which are borrowed for the time of
 * the call. The parsed form of one takes up to a megabyte, so it is made, and kept, when the
 * template is first filled: an idle node is small. NULL and ERR_STOP with the template's name when one is not well formed or breaks
 * the rule above. */
templates_t *templates_new(const asset_t *from, size_t count, err_t *err);
void templates_destroy(templates_t **self_p);

/* Gives the text of template NAME filled with data; ERR_STOP when there is no such template. */
char *templates_render(templates_t *self, const char *name, const json_t *data, err_t *err);

#ifdef __cplusplus
}
#endif

#endif
