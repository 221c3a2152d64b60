#include "node/portal/pages/sheet.h"

#include "node/portal/lists/lookup.h"
#include "node/portal/programs/signpost.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 300 /* of the description for search engines */

static void missing(unsigned status, const kind_t *kind, response_t *response)
{
    response_fail(response, status, NULL);
    text_add_format(&response->back, "/%s", kind->path);
    text_add_format(&response->back_label, "Voir la liste : %s", kind->plural);
}

int sheet_open(sheet_t *sheet, site_t *site, const request_t *request, const char *kind,
               const char *hub, const char *id, response_t *response, err_t *err)
{
    *sheet = (sheet_t){.site = site, .request = request, .kind = schema_kind(site->schema, kind)};
    if (!sheet->kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    entry_t *entry = &sheet->entry;
    int found = lookup_record(site->catalogue, sheet->kind, hub, id, entry, err);
    if (found < 0 || directory_refresh(site->directory, site->catalogue, site->schema, err))
        return -1;
    if (!found || entry->deleted) {
        missing(found ? 410 : 404, sheet->kind, response);
        return 0;
    }
    sheet->body = body_decode(sheet->kind, entry->body, entry->body_size, err);
    return sheet->body ? 0 : err_context(err, "La fiche ne peut pas être affichée : ");
}

int sheet_open_captured(sheet_t *sheet, site_t *site, const request_t *request, const char *kind,
                        response_t *response, err_t *err)
{
    return sheet_open(sheet, site, request, kind, request->captures[0], request->captures[1],
                      response, err);
}

int sheet_answer(sheet_t *sheet, int rc, const char *template_name, json_t *content,
                 response_t *response, err_t *err)
{
    if (rc == 0 && content) {
        signpost_record(sheet->site, sheet->request, sheet->kind, &sheet->entry, sheet->body,
                        content, response);
        rc = site_page(sheet->site, template_name, content, response, err);
    } else {
        json_decref(content);
    }
    json_decref(sheet->body);
    entry_free(&sheet->entry);
    return rc;
}

/* Where the information comes from, and of which day. */
static json_t *source_of(const json_t *body)
{
    const json_t *source = json_object_get(body, "source");
    const char *name = view_text(source, "nom"), *date = view_text(source, "date");
    char *href = view_url(view_text(source, "url"));
    text_t when;
    text_init(&when, 256);
    if (*date)
        format_date(&when, date);
    json_t *view = NULL;
    if (*name || href)
        view = json_pack("{s:s, s:s, s:o, s:s, s:s}", "name", *name ? name : href, "href",
                         href ? href : "", "when", view_take(&when), "licence",
                         view_text(source, "licence"), "quote", view_text(source, "phrase"));
    text_free(&when);
    free(href);
    return view;
}

static json_t *moment(int64_t unix_ms, int64_t now_ms)
{
    text_t text;
    text_init(&text, 64);
    format_moment(&text, unix_ms, now_ms);
    return view_take(&text);
}

void sheet_add_language(json_t *content, const kind_t *kind, const json_t *body)
{
    const field_t *field = kind_field(kind, "langue");
    const char *code = view_text(body, "langue");
    const term_t *term =
        field && field->vocabulary ? vocabulary_term(field->vocabulary, code) : NULL;
    bool foreign = term && strcmp(code, "fr") != 0;
    json_object_set_new(content, "lang", json_string(foreign ? code : ""));
    json_object_set_new(content, "language", json_string(foreign ? term->label : ""));
}

json_t *sheet_content(const sheet_t *sheet)
{
    if (!sheet->body)
        return NULL;
    const site_t *site = sheet->site;
    const entry_t *entry = &sheet->entry;
    const kind_t *kind = sheet->kind;
    text_t words;
    text_init(&words, BODY_MAX_SIZE);
    view_words(sheet->body, kind->summary, WORDS_MAX, &words);
    json_t *content = json_pack(
        "{s:s, s:s, s:s, s:b, s:o, s:s, s:b, s:o}", "title",
        entry->title && *entry->title ? entry->title : entry->id, "path", kind->path, "plural",
        kind->plural, "demo", json_is_true(json_object_get(sheet->body, "demo")), "words",
        view_take(&words), "hub", directory_name(site->directory, entry->hub), "own",
        !strcmp(entry->hub, site->settings->name), "changed",
        moment(entry->changed_ms, site->now_ms));
    if (entry->verified_at_ms)
        json_object_set_new(content, "verified", moment(entry->verified_at_ms, site->now_ms));
    sheet_add_language(content, kind, sheet->body);
    json_t *source = source_of(sheet->body);
    if (source)
        json_object_set_new(content, "source", source);
    return content;
}

void sheet_add(json_t *content, const sheet_t *sheet, const char *const *names)
{
    for (; *names; names++) {
        const field_t *field = kind_field(sheet->kind, *names);
        json_t *view = field ? view_field(sheet->site, field, sheet->body) : NULL;
        if (view)
            json_object_set_new(content, *names, view);
    }
}
