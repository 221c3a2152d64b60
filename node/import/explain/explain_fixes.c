/* What the values of a column need before its field takes them. */
#include "node/import/explain/explain_inside.h"

#include "node/import/fix/repair.h"

#include <string.h>

const char *explain_lambert(void)
{
    for (size_t i = 0; repair_at(i); i++)
        if (strstr(repair_at(i)->name, "lambert"))
            return repair_at(i)->name;
    return NULL;
}

typedef struct proposal {
    field_type_t type;
    look_t look; /* seen at least once */
    const char *fix;
} proposal_t;

/* In the order in which they are to be applied. */
static const proposal_t PROPOSALS[] = {
    {FIELD_SIREN, LOOK_ZEROS, "zeros_unknown"},
    {FIELD_SIREN, LOOK_SIREN_SHORT, "lost_zero_siren"},
    {FIELD_SIREN, LOOK_SIRET, "siren_of_siret"},
    {FIELD_SIRET, LOOK_ZEROS, "zeros_unknown"},
    {FIELD_SIRET, LOOK_SIRET_SHORT, "lost_zero_siret"},
    {FIELD_COG, LOOK_COMMUNE, "commune"},
    {FIELD_COG, LOOK_POSTCODE_SHORT, "commune"},
    {FIELD_URL, LOOK_URL_BARE, "url_scheme"},
    {FIELD_DATE, LOOK_DATE_FRENCH, "french_date"},
    {FIELD_DATE, LOOK_EPOCH_MS, "epoch_ms"},
    {FIELD_DATE, LOOK_DATE_TIME, "paris_time"},
    {FIELD_DATE, LOOK_EPOCH_MS, "day_of_time"},
    {FIELD_DATE, LOOK_DATE_TIME, "day_of_time"},
    {FIELD_INSTANT, LOOK_EPOCH_MS, "epoch_ms"},
    {FIELD_INSTANT, LOOK_DATE_TIME, "paris_time"},
    {FIELD_DECIMAL, LOOK_NUMBER_COMMA, "decimal_comma"},
    {FIELD_DEGREES, LOOK_NUMBER_COMMA, "decimal_comma"},
    {FIELD_BOOL, LOOK_YES_NO, "yes"},
    {FIELD_TEXT, LOOK_HTML, "strip_html"},
    {FIELD_MARKDOWN, LOOK_HTML, "strip_html"},
};

static void add_fix(seen_t *column, const char *fix)
{
    size_t i = 0;
    for (; column->fixes[i]; i++)
        if (strcmp(column->fixes[i], fix) == 0)
            return;
    if (i < FIXES_MAX)
        column->fixes[i] = fix;
}

const fix_t *explain_splitter(const seen_t *column, const field_t *field)
{
    if (field->type != FIELD_LIST || column->several || column->group)
        return NULL;
    return column->looks[LOOK_BARS]         ? fix_find("split_pipe")
           : column->looks[LOOK_SEMICOLONS] ? fix_find("split_semicolon")
           : column->looks[LOOK_COMMAS]     ? fix_find("split_comma")
                                            : NULL;
}

void explain_each_entry(const fix_t *splitter, const char *value,
                        void (*visit)(void *context, const char *entry), void *context)
{
    text_t entry;
    text_init(&entry, EXPLAIN_TEXT_MAX);
    for (const char *at = value; at;) {
        const char *end = splitter ? strchr(at, splitter->separator) : NULL;
        text_clear(&entry);
        text_add(&entry, at, end ? (size_t)(end - at) : strlen(at));
        if (splitter)
            fix_find("strip")->apply(&entry);
        if (entry.size)
            visit(context, entry.data);
        at = end ? end + 1 : NULL;
    }
    text_free(&entry);
}

void explain_fixes(seen_t *column)
{
    const field_t *field = column->target->field;
    const field_t *entry = field->type == FIELD_LIST ? &field->fields[0] : field;
    if (explain_splitter(column, field)) {
        add_fix(column, explain_splitter(column, field)->name);
        add_fix(column, "strip");
    }
    if (column->group)
        return;
    if (strcmp(field->name, "code_postal") == 0 && column->looks[LOOK_POSTCODE_SHORT])
        add_fix(column, "postcode_zero");
    if (column->looks[LOOK_NOTHING])
        add_fix(column, "no_answer");
    for (size_t i = 0; i < sizeof PROPOSALS / sizeof *PROPOSALS; i++)
        if (PROPOSALS[i].type == entry->type && column->looks[PROPOSALS[i].look])
            add_fix(column, PROPOSALS[i].fix);
    if (entry->max_size && column->longest > entry->max_size
        && (entry->type == FIELD_TEXT || entry->type == FIELD_MARKDOWN)) {
        add_fix(column, "squeeze");
        add_fix(column, "cut");
    }
}
