#include "node/portal/pages/offer.h"

#include "node/portal/pages/facts.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"

static json_t *code_text(const site_t *site, const kind_t *kind, const char *path, const char *code)
{
    const field_t *field = kind_path(kind, path);
    text_t text;
    text_init(&text, 1024);
    if (field && *code)
        view_code(site, field, code, &text);
    return view_take(&text);
}

static json_t *duration(const json_t *days)
{
    text_t text;
    text_init(&text, 256);
    json_t *ends[] = {json_array_get(days, 0), json_array_get(days, 1)};
    if (json_array_size(days) == 2 && (json_is_number(ends[0]) || json_is_number(ends[1]))) {
        double min = json_number_value(ends[0]), max = json_number_value(ends[1]);
        bool one = (json_is_number(ends[1]) ? max : min) < 2;
        format_interval(&text, json_is_number(ends[0]) ? &min : NULL,
                        json_is_number(ends[1]) ? &max : NULL, 1, one ? "jour" : "jours");
    }
    return view_take(&text);
}

static json_t *offer_view(const site_t *site, const kind_t *kind, const json_t *offer)
{
    const field_t *described = kind_path(kind, "offres.description");
    text_t price;
    text_init(&price, 512);
    facts_price(&price, json_object_get(offer, "prix"));
    json_t *words = described ? view_field(site, described, offer) : NULL;
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "name", view_text(offer, "titre"), "sort",
                     code_text(site, kind, "offres.type", view_text(offer, "type")), "price",
                     view_take(&price), "duration", duration(json_object_get(offer, "duree_jours")),
                     "way", code_text(site, kind, "offres.modalite", view_text(offer, "modalite")),
                     "about", words ? words : json_null());
}

void offer_add(json_t *content, const site_t *site, const kind_t *kind, const json_t *body)
{
    json_t *views = json_array();
    const json_t *list = json_object_get(body, "offres");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (*view_text(json_array_get(list, i), "titre"))
            json_array_append_new(views, offer_view(site, kind, json_array_get(list, i)));
    json_object_set_new(content, "has_offers", json_boolean(json_array_size(views)));
    json_object_set_new(content, "offers", views);
}
