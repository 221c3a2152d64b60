/* One public aid, with the way to who gives it. */
#include "node/portal/pages/pages.h"

#include "node/portal/pages/aid.h"
#include "node/portal/pages/sheet.h"
#include "node/portal/words/format.h"
#include "node/portal/words/sector.h"
#include "node/portal/words/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND "programme"

/* The page of who gives the aid: what its record calls the official page, else where it was read. */
static void add_official(json_t *content, const json_t *body)
{
    char *href = view_url(view_text(body, "url_source"));
    if (!href)
        href = view_url(view_text(json_object_get(body, "source"), "url"));
    json_object_set_new(content, "official", json_string(href ? href : ""));
    free(href);
}

static void add_conditions(json_t *content, const json_t *body)
{
    const json_t *years = json_object_get(body, "eligibilite_annees_existence_minimal");
    text_t size, age;
    text_init(&size, 128);
    text_init(&age, 128);
    aid_size(&size, body);
    if (json_is_integer(years) && json_integer_value(years) > 0) {
        text_add_string(&age, "Au moins ");
        format_count(&age, json_integer_value(years), "an", "ans");
    }
    json_object_set_new(content, "size", view_take(&size));
    json_object_set_new(content, "age", view_take(&age));
}

/* Activities as people call them. */
static void add_activities(json_t *content, const site_t *site, const json_t *body,
                           const char *field)
{
    const json_t *all = json_object_get(body, field);
    json_t *words = json_array();
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        char code[64];
        snprintf(code, sizeof code, "%s:%s", view_text(one, "nomenclature"),
                 view_text(one, "code"));
        text_t label;
        text_init(&label, 512);
        sector_label(site->schema, code, &label);
        json_array_append_new(words, view_take(&label));
    }
    text_t name;
    text_init(&name, 64);
    text_add_format(&name, "has_%s", field);
    json_object_set_new(content, name.data, json_boolean(json_array_size(words)));
    text_free(&name);
    json_object_set_new(content, field, words);
}

static json_t *step_of(const json_t *step)
{
    char *href = view_url(view_text(step, "lien"));
    json_t *view =
        json_pack("{s:s, s:s}", "words", view_text(step, "description"), "href", href ? href : "");
    free(href);
    return view;
}

static void add_steps(json_t *content, const json_t *body)
{
    const json_t *all = json_object_get(body, "etapes");
    json_t *steps = json_array();
    for (size_t i = 0; i < json_array_size(all); i++)
        json_array_append_new(steps, step_of(json_array_get(all, i)));
    json_object_set_new(content, "has_steps", json_boolean(json_array_size(steps)));
    json_object_set_new(content, "steps", steps);
}

static json_t *roles_of(const field_t *field, const json_t *codes)
{
    text_t words;
    text_init(&words, 512);
    for (size_t i = 0; field && i < json_array_size(codes); i++) {
        const char *code = json_string_value(json_array_get(codes, i));
        if (code)
            text_add_format(&words, "%s%s", words.size ? ", " : "",
                            vocabulary_label(field->fields[0].vocabulary, code));
    }
    return view_take(&words);
}

/* "Bpifrance (met l'aide en œuvre)" */
static void add_bearers(json_t *content, const kind_t *kind, const json_t *body)
{
    const json_t *all = json_object_get(body, "porteurs");
    const field_t *roles = kind_path(kind, "porteurs.roles");
    json_t *bearers = json_array();
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        json_array_append_new(bearers,
                              json_pack("{s:s, s:o}", "name", view_text(one, "nom"), "roles",
                                        roles_of(roles, json_object_get(one, "roles"))));
    }
    json_object_set_new(content, "has_bearers", json_boolean(json_array_size(bearers)));
    json_object_set_new(content, "bearers", bearers);
}

int page_aid(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    static const char *const fields[] = {"promesse",
                                         "eligibilite",
                                         "description",
                                         "types_aides",
                                         "programmes_parents",
                                         "cibles",
                                         "eligibilite_geographique",
                                         "eligibilite_geographique_exclusions",
                                         "base_juridique",
                                         "eligibilite_categorie_taille_entreprise",
                                         "eligibilite_forme_juridique",
                                         "eligibilite_forme_juridique_exclusions",
                                         "ciblage_secteur_activite",
                                         NULL};
    sheet_t sheet;
    int rc = sheet_open_captured(&sheet, site, request, KIND, response, err);
    json_t *content = sheet_content(&sheet);
    if (content) {
        sheet_add(content, &sheet, fields);
        aid_add(content, sheet.body, site->now_ms);
        add_official(content, sheet.body);
        add_conditions(content, sheet.body);
        add_activities(content, site, sheet.body, "ciblage_naf");
        add_activities(content, site, sheet.body, "ciblage_naf_exclusions");
        add_steps(content, sheet.body);
        add_bearers(content, sheet.kind, sheet.body);
    }
    return sheet_answer(&sheet, rc, "aid", content, response, err);
}
