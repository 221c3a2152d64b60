#include "node/portal/pages/figure.h"

#include "node/portal/words/format.h"
#include "node/portal/words/occasion.h"
#include "schemas/body.h"
#include "schemas/check.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *string_of(const json_t *map, const char *name)
{
    const char *string = json_string_value(json_object_get(map, name));
    return string ? string : "";
}

bool figure_read(figure_t *self, const kind_t *kind, const entry_t *entry)
{
    err_t unreadable;
    *self = (figure_t){.kind = kind};
    self->body = body_decode(kind, entry->body, entry->body_size, &unreadable);
    if (!self->body)
        return false;
    memcpy(self->hub, entry->hub, sizeof self->hub);
    memcpy(self->id, entry->id, sizeof self->id);
    const json_t *within = json_object_get(self->body, "dimensions");
    self->code = string_of(self->body, "code");
    self->label = string_of(self->body, "libelle");
    self->label = *self->label ? self->label : self->code;
    self->territory = string_of(self->body, "territoire");
    self->period = string_of(self->body, "periode");
    self->maker = string_of(self->body, "producteur");
    self->unit = string_of(self->body, "unite");
    self->scope = string_of(self->body, "champ");
    self->method = string_of(self->body, "methode");
    self->size = string_of(within, "taille");
    self->section = string_of(within, "section");
    return *self->code;
}

void figure_free(figure_t *self)
{
    json_decref(self->body);
    self->body = NULL;
}

bar_t figure_bar(const figure_t *self, const char *label, const char *value)
{
    const json_t *plain = json_object_get(self->body, "valeur");
    const json_t *ends = json_object_get(self->body, "intervalle");
    const json_t *low = json_is_number(plain) ? plain : json_array_get(ends, 0);
    const json_t *high = json_is_number(plain) ? plain : json_array_get(ends, 1);
    return (bar_t){.label = label,
                   .value = value,
                   .min = json_number_value(low),
                   .max = json_number_value(high),
                   .has_min = json_is_number(low),
                   .has_max = json_is_number(high)};
}

void figure_value(const figure_t *self, text_t *out)
{
    bar_t bar = figure_bar(self, "", "");
    if (json_is_true(json_object_get(self->body, "approx")))
        text_add_string(out, "environ ");
    format_interval(out, bar.has_min ? &bar.min : NULL, bar.has_max ? &bar.max : NULL, 2,
                    self->unit);
}

static bool is_shaped(const char *text, const char *shape)
{
    for (; *shape; shape++, text++)
        if (*shape == '9' ? !isdigit((unsigned char)*text) : *shape != *text)
            return false;
    return !*text;
}

void figure_period(text_t *out, const char *period)
{
    int year = 0, part = 0;
    if (is_shaped(period, "9999-99") && sscanf(period, "%4d-%2d", &year, &part) == 2 && part >= 1
        && part <= 12)
        occasion_month_words(out, (int64_t)year * 12 + part - 1);
    else if (is_shaped(period, "9999-T9"))
        text_add_format(out, "%c%s trimestre %.4s", period[6], period[6] == '1' ? "er" : "e",
                        period);
    else if (!*period || !strcmp(period, "non précisée"))
        text_add_string(out, "année non précisée");
    else
        text_add_string(out, period);
}

void figure_source(const figure_t *self, text_t *out)
{
    text_add_format(out, "%s, ", *self->maker ? self->maker : "source non précisée");
    figure_period(out, self->period);
}

bool figure_part(const figure_t *self, text_t *out)
{
    const field_t *size = kind_path(self->kind, "dimensions.taille"),
                  *section = kind_path(self->kind, "dimensions.section");
    if (*self->section)
        text_add_string(out, vocabulary_label(section->vocabulary, self->section));
    if (*self->size)
        text_add_format(out, "%s%s", *self->section ? ", " : "",
                        vocabulary_label(size->vocabulary, self->size));
    return *self->section || *self->size;
}

static bool is_doubtful(const figure_t *self)
{
    findings_t findings = {0};
    check_body(self->kind, self->body, &findings);
    bool doubtful = false;
    for (size_t i = 0; i < findings.count; i++)
        doubtful |= !strcmp(findings.list[i].code, "W_RATIO");
    findings_free(&findings);
    return doubtful;
}

void figure_warning(const figure_t *self, text_t *out)
{
    const json_t *part = json_object_get(self->body, "numerateur"),
                 *whole = json_object_get(self->body, "denominateur"),
                 *printed = json_object_get(self->body, "valeur");
    if (!json_is_integer(part) || !json_is_integer(whole) || !json_is_number(printed)
        || json_integer_value(whole) <= 0 || !is_doubtful(self))
        return;
    format_number(out, json_number_value(part), 0, "");
    text_add_string(out, " sur ");
    format_number(out, json_number_value(whole), 0, "");
    text_add_string(out, " font ");
    format_number(out, 100 * json_number_value(part) / json_number_value(whole), 2, "pct");
    text_add_string(out, ", la source imprime ");
    format_number(out, json_number_value(printed), 2, "pct");
    text_add_string(out, ". Nous gardons les deux.");
}
