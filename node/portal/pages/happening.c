#include "node/portal/pages/happening.h"

#include "node/portal/words/format.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/view.h"

#include <string.h>

/* What must be seen before anything else, and how it looks (portail.css, marks). */
static const struct {
    const char *state, *mark, *words;
} STATES[] = {
    {"annule", "annule", "Annulé"},
    {"reporte", "demo", "Reporté"},
    {"deplace_en_ligne", "demo", "Passe en ligne"},
    {"complet", "demo", "Complet"},
};

static bool is_full(const json_t *body)
{
    const json_t *left = json_object_get(body, "places_restantes");
    return !strcmp(view_text(body, "statut"), "complet")
           || (json_is_integer(left) && json_integer_value(left) <= 0);
}

static json_t *marks_of(const json_t *body)
{
    json_t *marks = json_array();
    const char *state = view_text(body, "statut");
    if (is_full(body) && strcmp(state, "annule") != 0)
        state = "complet";
    for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++)
        if (!strcmp(STATES[i].state, state))
            json_array_append_new(
                marks, json_pack("{s:s, s:s}", "mark", STATES[i].mark, "words", STATES[i].words));
    return marks;
}

/* "12 places restantes", "20 places" */
static json_t *seats_of(const json_t *body)
{
    const json_t *left = json_object_get(body, "places_restantes"),
                 *all = json_object_get(body, "capacite");
    text_t words;
    text_init(&words, 64);
    if (is_full(body))
        return view_take(&words);
    if (json_is_integer(left))
        format_count(&words, json_integer_value(left), "place restante", "places restantes");
    else if (json_is_integer(all) && json_integer_value(all) > 0)
        format_count(&words, json_integer_value(all), "place", "places");
    return view_take(&words);
}

json_t *happening_town(const site_t *site, const json_t *body)
{
    const json_t *place = json_object_get(body, "lieu");
    const char *commune = view_text(place, "commune"), *code = view_text(place, "code_insee");
    text_t town;
    text_init(&town, 512);
    if (!*commune && *code)
        territory_label(site->geo, &town, code);
    else
        text_add_string(&town, commune);
    return view_take(&town);
}

static json_t *mode_of(const site_t *site, const kind_t *kind, const json_t *body)
{
    const field_t *field = kind_field(kind, "mode");
    text_t mode;
    text_init(&mode, 256);
    if (field)
        view_code(site, field, view_text(body, "mode"), &mode);
    return view_take(&mode);
}

void happening_add(json_t *content, const site_t *site, const kind_t *kind, const entry_t *entry,
                   const json_t *body)
{
    text_t ics;
    text_init(&ics, 1024);
    view_address(kind, entry->hub, entry->id, &ics);
    text_add_string(&ics, ".ics");
    json_t *marks = marks_of(body);
    json_t *added = json_pack("{s:b, s:b, s:s, s:o, s:o, s:s, s:o, s:o, s:o}", "cancelled",
                              !strcmp(view_text(body, "statut"), "annule"), "marked",
                              json_array_size(marks) > 0, "motif", view_text(body, "motif"), "mode",
                              mode_of(site, kind, body), "town", happening_town(site, body),
                              "price", view_text(body, "prix"), "seats", seats_of(body), "ics",
                              view_take(&ics), "marks", marks);
    bool plain = !strcmp(view_text(body, "mode"), "presentiel")
                 && json_string_length(json_object_get(added, "town"));
    json_t *told = plain ? json_string("") : json_incref(json_object_get(added, "mode"));
    json_object_set_new(added, "mode_told", told);
    json_object_set_new(added, "full", json_boolean(is_full(body)));
    json_object_update_new(content, added);
}
