#include "node/portal/pages/aid.h"

#include "node/portal/lists/aid_state.h"
#include "node/portal/words/format.h"
#include "node/portal/words/occasion.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/view.h"
#include "schemas/base/date.h"
#include "schemas/identifier.h"

#include <string.h>

#define WHERE_MAX 2 /* territories that a line names */
#define MILLION INT64_C(1000000)

void aid_money(text_t *out, int64_t euros)
{
    if (euros < MILLION) {
        format_number(out, (double)euros, 0, "EUR");
        return;
    }
    bool thousands = euros >= 1000 * MILLION;
    double units = (double)euros / (double)(thousands ? 1000 * MILLION : MILLION);
    const char *one = thousands ? "milliard d'euros" : "million d'euros";
    const char *many = thousands ? "milliards d'euros" : "millions d'euros";
    format_number(out, units, 2, units < 2 ? one : many);
}

/* "jusqu'à 80 % de la dépense ; enveloppe de 25 millions d'euros" */
static void add_amount(json_t *content, const json_t *body)
{
    const json_t *rate = json_object_get(body, "taux_max"),
                 *all = json_object_get(body, "enveloppe_eur");
    text_t words;
    text_init(&words, 256);
    if (json_is_number(rate)) {
        text_add_string(&words, "Jusqu'à ");
        format_number(&words, json_number_value(rate), 2, "pct");
        text_add_string(&words, " de la dépense");
    }
    if (json_is_integer(all)) {
        text_add_string(&words, words.size ? ", enveloppe de " : "Enveloppe de ");
        aid_money(&words, json_integer_value(all));
        text_add_string(&words, " pour tous");
    }
    json_object_set_new(content, "amount", view_take(&words));
}

/* --- when --- */

static void add_dates(json_t *content, const json_t *body, int64_t now_ms)
{
    const char *opens = view_text(body, "date_ouverture"),
               *closes = view_text(body, "date_cloture");
    int64_t first, last, today = occasion_today(now_ms);
    bool has_first = date_read(opens, &first), has_last = date_read(closes, &last);
    bool ended = aid_state(body, now_ms) == AID_ENDED, future = has_first && first > today;
    text_t words;
    text_init(&words, 256);
    if (ended) {
        text_add_string(&words, "Terminée depuis le ");
        format_date(&words, closes);
    } else {
        if (has_first) {
            text_add_string(&words, future ? "Ouvre le " : "Ouverte depuis le ");
            format_date(&words, opens);
        }
        if (has_last) {
            text_add_string(&words, has_first ? ", jusqu'au " : "Jusqu'au ");
            format_date(&words, closes);
        }
    }
    json_object_set_new(content, "ended", json_boolean(ended));
    json_object_set_new(content, "future", json_boolean(future));
    json_object_set_new(content, "dates", view_take(&words));
}

void aid_add(json_t *content, const json_t *body, int64_t now_ms)
{
    const json_t *source = json_object_get(body, "source");
    const char *checked = view_text(source, "date"), *changed = view_text(body, "date_maj");
    text_t when;
    text_init(&when, 256);
    if (*checked || *changed) {
        text_add_string(&when, *checked ? "vérifiée le " : "fiche du ");
        format_date(&when, *checked ? checked : changed);
    }
    add_amount(content, body);
    add_dates(content, body, now_ms);
    json_object_set_new(content, "suspended",
                        json_boolean(aid_state(body, now_ms) == AID_SUSPENDED));
    json_object_set_new(content, "operator", json_string(view_text(body, "operateur")));
    json_object_set_new(content, "source_name", json_string(view_text(source, "nom")));
    json_object_set_new(content, "checked", view_take(&when));
}

bool aid_is_here(const json_t *body, const char *department)
{
    const json_t *all = json_object_get(body, "eligibilite_geographique");
    const char *region = *department ? identifier_region(department) : NULL;
    const char *here[] = {department, region ? region : "", "PAYS-99100", "UE-27"};
    if (!*department || !json_array_size(all))
        return true;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const char *code = json_string_value(json_array_get(all, i));
        for (size_t j = 0; code && j < sizeof here / sizeof *here; j++)
            if (!strcmp(code, here[j]))
                return true;
    }
    return false;
}

void aid_where(text_t *out, const geo_t *geo, const json_t *body)
{
    const json_t *all = json_object_get(body, "eligibilite_geographique");
    for (size_t i = 0; i < json_array_size(all) && i < WHERE_MAX; i++) {
        const char *code = json_string_value(json_array_get(all, i));
        text_add_string(out, i ? ", " : "");
        territory_label(geo, out, code ? code : "");
    }
    if (json_array_size(all) > WHERE_MAX)
        text_add_string(out, "…");
}

void aid_size(text_t *out, const json_t *body)
{
    const json_t *least = json_object_get(body, "eligibilite_effectif_minimal"),
                 *most = json_object_get(body, "eligibilite_effectif_maximal");
    bool from = json_is_integer(least) && json_integer_value(least) > 0;
    if (!from && !json_is_integer(most))
        return;
    if (from && json_is_integer(most)) {
        text_add_string(out, "De ");
        format_number(out, json_number_value(least), 0, "");
        text_add_string(out, " à ");
    } else {
        text_add_string(out, from ? "Au moins " : "Jusqu'à ");
    }
    format_count(out, json_integer_value(json_is_integer(most) ? most : least), "salarié",
                 "salariés");
}
