/* The national standard wants an address and a SIRET or RNA of every place. Half of the directories know
 * no SIRET; fourteen zeros say so there, in a convention that all who harvest it share (and that our own
 * import reads as "unknown"). A place without a street, a commune or a postcode is left out. */
#include "node/export/forms.h"
#include "node/export/standard.h"

#include "schemas/identifier.h"

#include <ctype.h>
#include <string.h>

#define RESUME_MAX 280 /* characters */
#define UNKNOWN_PIVOT "00000000000000"

static json_t *pivot(const standard_source_t *source, const char *path)
{
    (void)path;
    static const char *const NUMBERS[] = {"siret", "rna", "siren"};
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        const char *number = writer_text(source->body, NUMBERS[i]);
        if (number && *number)
            return json_string(number);
    }
    standard_warn(source, "W_PIVOT", "pivot", "",
                  "Ni SIRET, ni RNA, ni SIREN : le standard l'écrit avec quatorze zéros.");
    return json_string(UNKNOWN_PIVOT);
}

/* The commune of a record, of which somebody typed only the code; or NULL. */
static const geo_commune_t *commune_of(const standard_source_t *source)
{
    const char *code = writer_text(source->body, "code_insee");
    return code ? geo_commune(source->export->geo, code) : NULL;
}

static json_t *commune_name(const standard_source_t *source, const char *path)
{
    const char *name = writer_text(source->body, path);
    const geo_commune_t *commune = name && *name ? NULL : commune_of(source);
    return commune ? json_string(commune->name) : json_string(name);
}

static json_t *postcode(const standard_source_t *source, const char *path)
{
    const char *code = writer_text(source->body, path);
    const geo_commune_t *commune = code ? NULL : commune_of(source);
    if (commune) /* of several postcodes nobody knows which one it is */
        code = commune->postcodes;
    bool good = code && strlen(code) == 5 && strspn(code, "0123456789") == 5;
    return good ? json_string(code) : NULL;
}

static json_t *commune_code(const standard_source_t *source, const char *path)
{
    const char *code = writer_text(source->body, path);
    if (!code || strncmp(code, "COM-", 4) != 0 || strlen(code) != 9)
        return NULL;
    return identifier_cog(code) == IDENTIFIER_OK ? json_string(code + 4) : NULL;
}

/* The country code that numbers of these first digits are called by from elsewhere. */
static const struct {
    const char *first, *code;
} OVERSEAS[] = {
    {"0590", "+590"}, {"0690", "+590"}, {"0691", "+590"}, {"0594", "+594"}, {"0694", "+594"},
    {"0596", "+596"}, {"0696", "+596"}, {"0697", "+596"}, {"0262", "+262"}, {"0263", "+262"},
    {"0269", "+262"}, {"0639", "+262"}, {"0692", "+262"}, {"0693", "+262"},
};

/* The Pacific has numbers of six digits; the commune tells whose they are. */
static const struct {
    const char *commune, *code;
} PACIFIC[] = {{"COM-988", "+687"}, {"COM-987", "+689"}, {"COM-986", "+681"}};

static const char *country_of(const standard_source_t *source, const char *number)
{
    for (size_t i = 0; i < sizeof OVERSEAS / sizeof *OVERSEAS; i++)
        if (strncmp(number, OVERSEAS[i].first, 4) == 0)
            return OVERSEAS[i].code;
    const char *commune = writer_text(source->body, "code_insee");
    for (size_t i = 0; strlen(number) == 6 && commune && i < sizeof PACIFIC / sizeof *PACIFIC; i++)
        if (strncmp(commune, PACIFIC[i].commune, 7) == 0)
            return PACIFIC[i].code;
    return strlen(number) == 10 ? "+33" : NULL;
}

/* Does the standard know this country, and as many digits behind it? */
static bool is_international(const char *number)
{
    static const char *const COUNTRIES[] = {"+33",  "+590", "+594", "+262", "+596",
                                            "+269", "+687", "+689", "+508", "+681"};
    for (size_t i = 0; i < sizeof COUNTRIES / sizeof *COUNTRIES; i++) {
        size_t size = strlen(COUNTRIES[i]), digits = strlen(number) - size;
        if (strncmp(number, COUNTRIES[i], size) == 0)
            return digits >= 6 && digits <= 9 && strspn(number + size, "0123456789") == digits;
    }
    return false;
}

static json_t *telephone(const standard_source_t *source, const char *path)
{
    const char *number = writer_text(source->body, path);
    if (!number)
        return NULL;
    const char *country = *number == '+' ? "" : country_of(source, number);
    json_t *made = json_sprintf("%s%s", country ? country : "", number + (*number == '0'));
    if (is_international(json_string_value(made)))
        return made;
    json_decref(made);
    standard_warn(source, "W_TELEPHONE", "telephone", number,
                  "Le standard n'admet que des numéros internationaux : celui-ci est laissé vide.");
    return NULL;
}

/* The standard has hours in OpenStreetMap's words ("Mo-Fr 09:00-12:00"); ours may be a sentence. */
static json_t *hours(const standard_source_t *source, const char *path)
{
    static const char *const STARTS[] = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH", "24/7"};
    const char *text = writer_text(source->body, path);
    for (size_t i = 0; text && i < sizeof STARTS / sizeof *STARTS; i++) {
        size_t size = strlen(STARTS[i]);
        if (strncmp(text, STARTS[i], size) == 0 && !isalpha((unsigned char)text[size]))
            return json_string(text);
    }
    if (text)
        standard_warn(source, "W_HORAIRES", "horaires", text,
                      "Le standard attend la forme d'OpenStreetMap (« Mo-Fr 09:00-12:00 ») : "
                      "laissés vides.");
    return NULL;
}

static json_t *resume(const standard_source_t *source, const char *path)
{
    const char *text = writer_text(source->body, path);
    return text ? standard_cut(text, RESUME_MAX) : NULL;
}

static json_t *origin(const standard_source_t *source, const char *path)
{
    const char *name = writer_text(source->body, path);
    return json_string(name ? name : source->entry->hub);
}

static json_t *day(const standard_source_t *source, const char *path)
{
    (void)path;
    char text[STANDARD_DAY_SIZE];
    standard_day(source, text);
    return json_string(text);
}

/* The labels of the vocabularies are the standard's words; a code that has none is not said. */
static json_t *labels(const standard_source_t *source, const char *path)
{
    const json_t *codes = json_object_get(source->body, path);
    const field_t *field = kind_path(source->export->kind, path);
    if (!field || !json_array_size(codes))
        return NULL;
    text_t all;
    text_init(&all, CELL_MAX_SIZE);
    for (size_t i = 0; i < json_array_size(codes); i++) {
        const char *code = json_string_value(json_array_get(codes, i));
        const term_t *term = code ? vocabulary_term(field->fields[0].vocabulary, code) : NULL;
        if (term)
            text_add_format(&all, "%s%s", all.size ? "|" : "", term->label);
    }
    json_t *value = all.size ? json_stringn(all.data, all.size) : NULL;
    text_free(&all);
    return value;
}

static const standard_column_t COLUMNS[] = {
    {.name = "id", .value = standard_id, .required = true},
    {.name = "pivot", .value = pivot, .required = true},
    {.name = "nom", .value = standard_title, .path = "nom", .required = true},
    {.name = "commune", .value = commune_name, .path = "commune", .required = true},
    {.name = "code_postal", .value = postcode, .path = "code_postal", .required = true},
    {.name = "code_insee", .value = commune_code, .path = "code_insee"},
    {.name = "adresse", .value = standard_same, .path = "adresse", .required = true},
    {.name = "complement_adresse", .value = standard_same, .path = "complement_adresse"},
    {.name = "latitude", .value = standard_same, .path = "lat"},
    {.name = "longitude", .value = standard_same, .path = "lon"},
    {.name = "typologie"},
    {.name = "telephone", .value = telephone, .path = "telephone", .formed = true},
    {.name = "courriels", .value = standard_same, .path = "courriel"},
    {.name = "site_web", .value = standard_same, .path = "site"},
    {.name = "horaires", .value = hours, .path = "horaires"},
    {.name = "presentation_resume", .value = resume, .path = "description"},
    {.name = "presentation_detail", .value = standard_same, .path = "description"},
    {.name = "source", .value = origin, .path = "source.nom"},
    {.name = "itinerance"},
    {.name = "structure_parente"},
    {.name = "date_maj", .value = day, .required = true},
    {.name = "services", .value = labels, .path = "services"},
    {.name = "publics_specifiquement_adresses", .value = labels, .path = "publics"},
    {.name = "prise_en_charge_specifique", .value = labels, .path = "prise_en_charge"},
    {.name = "frais_a_charge", .value = labels, .path = "frais"},
    {.name = "dispositif_programmes_nationaux", .value = labels, .path = "programmes_nationaux"},
    {.name = "formations_labels"},
    {.name = "autres_formations_labels"},
    {.name = "modalites_acces"},
    {.name = "modalites_accompagnement", .value = labels, .path = "accompagnement"},
    {.name = "fiche_acces_libre", .value = standard_same, .path = "fiche_acces_libre"},
    {.name = "prise_rdv", .value = standard_same, .path = "prise_rdv"},
    {0},
};

void lieux_begin(export_t *self, text_t *out)
{
    (void)self;
    standard_begin(COLUMNS, out);
}

int lieux_record(export_t *self, const entry_t *entry, const json_t *body, text_t *out)
{
    return standard_record(COLUMNS, &(standard_source_t){self, entry, body}, out);
}

void lieux_end(export_t *self, text_t *out)
{
    (void)self, (void)out;
}
