/* site - everything the portal answers from, without a socket: a request in, a response out.
 *
 * Handlers (pages.h, api.h, route.c) are functions of a site and a request. They read the store
 * through the site's own catalogue and keep nothing between requests but the names of hubs.
 * Belongs to one thread. */
#ifndef NODE_PORTAL_SITE_H
#define NODE_PORTAL_SITE_H

#include "node/geo/geo.h"
#include "node/portal/http/portal.h"
#include "node/portal/http/request.h"
#include "node/portal/http/response.h"
#include "node/portal/words/template.h"
#include "node/store/catalogue.h"

typedef struct directory directory_t;
typedef struct theme theme_t;
typedef struct departments departments_t;
typedef struct borders borders_t;
typedef struct answering answering_t;

typedef struct site {
    const portal_settings_t *settings;
    const schema_t *schema;
    catalogue_t *catalogue;
    geo_t *geo; /* NULL: none, or no page was asked for yet; codes stand for names */
    bool geo_sought;
    bool places_sought; /* it also finds communes by name and by postcode */
    templates_t *templates;
    directory_t *directory;
    theme_t *theme;
    departments_t *departments; /* NULL: no map; only an aggregator shows one */
    borders_t *borders;         /* NULL: maps show places without them */
    answering_t *answering;
    synonyms_t *synonyms; /* NULL: none; the catalogue knows them too */
    int64_t now_ms;       /* Unix; the moment of the request being answered */
} site_t;

/* Opens the catalogue, parses the templates and checks that every kind's page can be reached.
 * Borrows settings and schema. */
int site_open(site_t *self, const portal_settings_t *settings, const schema_t *schema, err_t *err);
void site_close(site_t *self);

/* Reads the names of communes, once; without them everything works, with codes instead. */
void site_open_geo(site_t *self);

/* The same, to find places by their names: more memory, so only once somebody asks for one. What was borrowed from
 * `geo` before is no longer valid. */
void site_open_places(site_t *self);

/* Answers a request completely, errors included (answering.h). -1 and *err when the store or a
 * template can no longer be trusted: the response is then a 500 that can still be sent. */
int site_answer(site_t *self, request_t *request, response_t *response, err_t *err);

/* The usual handler's type: 0; -1 when it could not answer, with ERR_REJECT for a bad request; 1 when the
 * address means nothing here, and the next route is asked. */
typedef int handler_t(site_t *site, const request_t *request, response_t *response, err_t *err);

/* Renders a template as the body of a page; takes content, which must have `title`. The frame adds the
 * node's title and contact and the ways through the site; templates/head.mustache also shows what
 * content says of these, each optional:
 *
 *   words   one or two sentences for search engines
 *   links   [{rel, type, href, title}], <link> elements: canonical, alternate, next
 *   metas   [{property, content}], for those who show a preview of the page
 *   jsonld  a JSON value for machines (schema.org), made a data block of the page */
int site_page(site_t *site, const char *template_name, json_t *content, response_t *response,
              err_t *err);

#endif
