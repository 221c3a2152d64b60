#include "node/portal/words/markdown.h"

#include <assert.h>
#include <cmark.h>
#include <string.h>

#define LEVELS_BELOW_PAGE 2 /* h1 is the record's title, h2 a group of fields */

static void lower_heading(cmark_node *heading)
{
    int level = cmark_node_get_heading_level(heading) + LEVELS_BELOW_PAGE;
    cmark_node_set_heading_level(heading, level > 6 ? 6 : level);
}

/* A picture of another host would tell it who reads the page: it becomes a link. */
static void link_instead(cmark_node *image)
{
    cmark_node *link = cmark_node_new(CMARK_NODE_LINK);
    cmark_node_set_url(link, cmark_node_get_url(image));
    for (cmark_node *child; (child = cmark_node_first_child(image));)
        cmark_node_append_child(link, child);
    cmark_node_replace(image, link);
    cmark_node_free(image);
}

static void adapt(cmark_node *document)
{
    cmark_iter *iter = cmark_iter_new(document);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event != CMARK_EVENT_EXIT) /* the only moment a node may change */
            continue;
        if (cmark_node_get_type(node) == CMARK_NODE_HEADING)
            lower_heading(node);
        if (cmark_node_get_type(node) == CMARK_NODE_IMAGE)
            link_instead(node);
    }
    cmark_iter_free(iter);
}

char *markdown_html(const char *text)
{
    cmark_node *document = cmark_parse_document(text, strlen(text), CMARK_OPT_DEFAULT);
    adapt(document);
    char *html = cmark_render_html(document, CMARK_OPT_DEFAULT);
    cmark_node_free(document);
    assert(html);
    return html;
}

static void add_space(text_t *out)
{
    if (out->size && out->data[out->size - 1] != ' ')
        text_add_string(out, " ");
}

void markdown_words(text_t *out, const char *text)
{
    cmark_node *document = cmark_parse_document(text, strlen(text), CMARK_OPT_DEFAULT);
    cmark_iter *iter = cmark_iter_new(document);
    while (cmark_iter_next(iter) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE)
            text_add_string(out, cmark_node_get_literal(node));
        else if (type <= CMARK_NODE_LAST_BLOCK || type == CMARK_NODE_SOFTBREAK
                 || type == CMARK_NODE_LINEBREAK)
            add_space(out);
    }
    cmark_iter_free(iter);
    cmark_node_free(document);
    while (out->size && out->data[out->size - 1] == ' ')
        out->data[--out->size] = 0;
}
