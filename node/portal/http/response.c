#include "node/portal/http/response.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 8192

static const struct {
    unsigned status;
    const char *title, *detail;
} ERRORS[] = {
    {400, "Demande illisible", "L'adresse ou un de ses paramètres n'est pas correct."},
    {404, "Page introuvable", "Cette adresse ne mène à rien. Elle a peut-être été mal recopiée."},
    {405, "Action impossible", "Cette adresse se consulte seulement."},
    {410, "Fiche retirée", "Le hub qui publiait cette fiche l'a retirée."},
    {413, "Demande trop grande", "Une demande de lecture ne porte pas de contenu."},
    {414, "Adresse trop longue", "Raccourcissez la recherche ou choisissez moins de filtres."},
    {500, "Erreur du portail", "La page n'a pas pu être préparée."},
    {503, "Portail momentanément indisponible", "Réessayez dans quelques instants."},
};

static size_t error_index(unsigned status)
{
    size_t last = sizeof ERRORS / sizeof *ERRORS;
    for (size_t i = 0; i < last; i++)
        if (ERRORS[i].status == status)
            return i;
    assert(!"every error we answer has its words");
    return 0;
}

const char *status_title(unsigned status)
{
    return ERRORS[error_index(status)].title;
}

const char *status_detail(unsigned status)
{
    return ERRORS[error_index(status)].detail;
}

/* Every text of a response, the body first: what is copied, then the words of an error. */
enum { COPIED = 6, TEXTS = COPIED + 3 };

static void texts_of(response_t *self, text_t *texts[TEXTS])
{
    text_t *all[TEXTS] = {&self->body,     &self->etag,     &self->link,
                          &self->modified, &self->location, &self->ancestors,
                          &self->detail,   &self->back,     &self->back_label};
    memcpy(texts, all, sizeof all);
}

void response_init(response_t *self)
{
    text_t *texts[TEXTS];
    *self = (response_t){.status = 200, .cache = "no-cache"};
    texts_of(self, texts);
    for (size_t i = 0; i < TEXTS; i++)
        text_init(texts[i], i ? HEADER_MAX : RESPONSE_MAX_SIZE);
}

void response_free(response_t *self)
{
    text_t *texts[TEXTS];
    texts_of(self, texts);
    for (size_t i = 0; i < TEXTS; i++)
        text_free(texts[i]);
}

void response_copy(response_t *to, const response_t *from)
{
    text_t *out[TEXTS], *in[TEXTS];
    texts_of(to, out);
    texts_of((response_t *)from, in);
    to->status = from->status;
    to->type = from->type;
    to->cache = from->cache;
    to->allow = from->allow;
    to->close = from->close;
    for (size_t i = 0; i < COPIED; i++) {
        text_clear(out[i]);
        text_add(out[i], in[i]->data, in[i]->size);
    }
}

size_t response_size(const response_t *self)
{
    text_t *texts[TEXTS];
    texts_of((response_t *)self, texts);
    size_t size = 0;
    for (size_t i = 0; i < COPIED; i++)
        size += texts[i]->size + 1;
    return size;
}

void response_fail(response_t *self, unsigned status, const char *detail)
{
    self->status = status;
    self->type = NULL;
    text_clear(&self->body);
    text_clear(&self->detail);
    if (detail)
        text_add_string(&self->detail, detail);
}

static void set_json(response_t *self, json_t *json, const char *type)
{
    char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    json_decref(json);
    assert(text);
    text_clear(&self->body);
    text_add_string(&self->body, text);
    text_add_string(&self->body, "\n");
    free(text);
    self->type = type;
}

void response_json(response_t *self, json_t *json)
{
    set_json(self, json, "application/json; charset=utf-8");
}

void response_problem(response_t *self)
{
    const char *detail = self->detail.size ? self->detail.data : status_detail(self->status);
    json_t *problem =
        json_pack("{s:s, s:s, s:i, s:s}", "type", "about:blank", "title",
                  status_title(self->status), "status", (int)self->status, "detail", detail);
    set_json(self, problem, "application/problem+json; charset=utf-8");
}
