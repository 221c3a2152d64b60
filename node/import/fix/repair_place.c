/* Repairs of who and where somebody is. */
#include "node/import/fix/repair_inside.h"

#include "node/geo/lambert.h"
#include "schemas/base/unicode.h"
#include "schemas/identifier.h"
#include "schemas/normal.h"
#include "schemas/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define NUMBER_MAX 32 /* characters of any number looked at here */
#define ID_MAX 100    /* bytes: room for the source's name beside it in the record's id */
#define WORDS_MAX 1000
#define HOURS_MAX 500 /* bytes */

static const char *text_of(const json_t *content, const char *field)
{
    const char *text = json_string_value(json_object_get(content, field));
    return text ? text : "";
}

static void set_text(json_t *content, const char *field, const char *text)
{
    json_object_set_new(content, field, json_string(text));
}

/* --- numbers of organisations --- */

/* Without what people write between groups of digits; "" when it is too long for any number. */
static void read_number(const char *text, char out[NUMBER_MAX])
{
    size_t size = 0;
    for (; *text && size < NUMBER_MAX; text++) {
        if (strncmp(text, "\xc2\xa0", 2) == 0)
            text++;
        else if (!strchr(" .-", *text))
            out[size++] = *text;
    }
    out[size < NUMBER_MAX ? size : 0] = 0;
}

static bool is_digits(const char *number, size_t size)
{
    return strlen(number) == size && strspn(number, DIGITS) == size;
}

/* Puts a number where it belongs, and says so. */
static void move_number(json_t *content, const char *field, const char *number,
                        findings_t *findings, const char *what)
{
    findings_add(findings, SEVERITY_WARNING, "W_SIRET", NULL, "siret", text_of(content, "siret"),
                 "« %s » %s.", text_of(content, "siret"), what);
    json_object_del(content, "siret");
    if (field && !*text_of(content, field))
        set_text(content, field, number);
}

/* The number has one digit too few for `digits`: the zero that a spreadsheet took away. */
static void move_with_zero(json_t *content, const char *field, const char *number,
                           findings_t *findings, const char *what)
{
    char whole[NUMBER_MAX + 1];
    snprintf(whole, sizeof whole, "0%s", number);
    move_number(content, NULL, NULL, findings, what);
    set_text(content, field, whole);
}

static void move_siren_of(json_t *content, const char *number, findings_t *findings)
{
    char siren[10] = "";
    snprintf(siren, sizeof siren, "%.9s", number);
    if (identifier_siren(siren) == IDENTIFIER_OK)
        move_number(content, "siren", siren, findings,
                    "n'est pas un SIRET juste : seuls ses neuf premiers chiffres, un SIREN juste, "
                    "sont gardés");
    else
        move_number(content, NULL, NULL, findings,
                    "n'est pas un SIRET juste : il est laissé de côté");
}

/* Zeros are how directories write "unknown": there is nothing to say. */
static bool is_unknown(const char *number)
{
    return number[strspn(number, "0")] == 0;
}

static void pivot(const kind_t *kind, const json_t *row, json_t *content, findings_t *findings)
{
    (void)kind, (void)row;
    char number[NUMBER_MAX];
    const char *written = text_of(content, "siret");
    read_number(written, number);
    if (is_unknown(number) && strspn(written, " .-0") == strlen(written))
        json_object_del(content, "siret");
    else if (identifier_siret(number) == IDENTIFIER_OK)
        set_text(content, "siret", number);
    else if (identifier_siret(number) == IDENTIFIER_LOST_ZERO)
        move_with_zero(content, "siret", number, findings,
                       "a perdu son premier zéro : c'est un SIRET de 14 chiffres");
    else if (identifier_rna(number) == IDENTIFIER_OK)
        move_number(content, "rna", number, findings,
                    "est le numéro d'une association : il est gardé comme numéro RNA");
    else if (identifier_siren(number) == IDENTIFIER_OK)
        move_number(content, "siren", number, findings,
                    "n'a que neuf chiffres : il est gardé comme SIREN");
    else if (is_digits(number, 14))
        move_siren_of(content, number, findings);
    else
        move_number(
            content, NULL, NULL, findings,
            "n'est ni un SIRET, ni un SIREN, ni un numéro d'association (un RIDET non plus) "
            ": il est laissé de côté");
}

/* --- coordinates --- */

typedef struct point {
    double lat, lon;
} point_t;

/* A box of degrees. */
typedef struct box {
    double south, north, west, east;
} box_t;

static const box_t FRANCE[] = {
    {41.2, 51.2, -5.3, 9.7},    /* the mainland and Corsica */
    {14.3, 18.2, -63.2, -60.7}, /* Guadeloupe, Martinique, Saint-Martin, Saint-Barthélemy */
    {2, 6, -54.7, -51.5},       /* Guyane */
    {-21.5, -20.8, 55.1, 55.9}, /* La Réunion */
    {-13.1, -12.5, 44.9, 45.4}, /* Mayotte */
    {46.6, 47.2, -56.5, -56},   /* Saint-Pierre-et-Miquelon */
    {-22.9, -17.8, 158, 172.1}, /* Nouvelle-Calédonie */
    {-28, -7, -155, -134},      /* Polynésie */
    {-14.5, -13, -178.3, -176}, /* Wallis-et-Futuna */
};

static bool in_france(point_t point)
{
    for (size_t i = 0; i < sizeof FRANCE / sizeof *FRANCE; i++)
        if (point.lat >= FRANCE[i].south && point.lat <= FRANCE[i].north
            && point.lon >= FRANCE[i].west && point.lon <= FRANCE[i].east)
            return true;
    return false;
}

static bool read_degrees(const json_t *content, const char *field, double *out)
{
    const char *text = text_of(content, field);
    char *end;
    *out = strtod(text, &end);
    return end != text && *end == 0 && isfinite(*out);
}

static bool read_point(const json_t *content, point_t *point)
{
    return read_degrees(content, "lat", &point->lat) && read_degrees(content, "lon", &point->lon);
}

static void set_point(json_t *content, point_t point)
{
    char text[NUMBER_MAX];
    snprintf(text, sizeof text, "%.6f", point.lat);
    set_text(content, "lat", text);
    snprintf(text, sizeof text, "%.6f", point.lon);
    set_text(content, "lon", text);
}

/* Says what was done with the two numbers, quoting them as they still stand in the content. */
static void say_point(const json_t *content, findings_t *findings, const char *what)
{
    char quoted[2 * NUMBER_MAX + 4];
    snprintf(quoted, sizeof quoted, "%.31s, %.31s", text_of(content, "lat"),
             text_of(content, "lon"));
    findings_add(findings, SEVERITY_WARNING, "W_COORDINATES", NULL, "lat", quoted,
                 "Latitude et longitude « %s » : %s.", quoted, what);
}

static void drop_point(json_t *content)
{
    json_object_del(content, "lat");
    json_object_del(content, "lon");
}

/* lon and lat hold x and y. */
static void lambert(const kind_t *kind, const json_t *row, json_t *content, findings_t *findings)
{
    (void)kind, (void)row;
    point_t metres, degrees;
    if (!*text_of(content, "lat") && !*text_of(content, "lon"))
        return;
    if (read_point(content, &metres)
        && lambert_93_degrees(metres.lon, metres.lat, &degrees.lat, &degrees.lon)) {
        set_point(content, degrees);
        return;
    }
    say_point(content, findings,
              "ce n'est pas un point de France en Lambert-93, elles sont laissées de côté");
    drop_point(content);
}

static void zero_coordinates(const kind_t *kind, const json_t *row, json_t *content,
                             findings_t *findings)
{
    (void)kind, (void)row;
    point_t point;
    if (!read_point(content, &point) || point.lat != 0 || point.lon != 0)
        return;
    say_point(content, findings, "c'est un point de l'océan, elles sont inconnues");
    drop_point(content);
}

static void swapped_axes(const kind_t *kind, const json_t *row, json_t *content,
                         findings_t *findings)
{
    (void)kind, (void)row;
    point_t point;
    if (!read_point(content, &point))
        return;
    point_t exchanged = {point.lon, point.lat};
    if (in_france(point) || !in_france(exchanged))
        return;
    say_point(content, findings, "elles sont échangées, car ce point est ainsi en France");
    set_point(content, exchanged);
}

/* 43555117 is 43.555117 when one place of the point, and only one, puts both into France. */
static void lost_decimal_point(const kind_t *kind, const json_t *row, json_t *content,
                               findings_t *findings)
{
    (void)kind, (void)row;
    point_t point, found = {0};
    int fits = 0;
    bool whole = read_point(content, &point) && fabs(point.lat) >= 1000 && fabs(point.lon) >= 1000
                 && point.lat == floor(point.lat) && point.lon == floor(point.lon);
    for (double scale = 10; whole && scale < 1e16; scale *= 10) {
        point_t scaled = {point.lat / scale, point.lon / scale};
        if (in_france(scaled)) {
            found = scaled;
            fits++;
        }
    }
    if (fits != 1)
        return;
    say_point(content, findings, "elles ont perdu leur virgule, qui est remise");
    set_point(content, found);
}

/* --- an identifier where the source has none --- */

/* Letters that are not ASCII are all the same: another copy of the file may have lost them. */
static void add_ascii(text_t *out, const char *text)
{
    text_add_string(out, out->size ? " " : "");
    for (; *text; text++)
        text_add(out, *text & 0x80 ? "-" : text, 1);
}

static void id_of_place(const kind_t *kind, const json_t *row, json_t *content,
                        findings_t *findings)
{
    (void)kind, (void)row, (void)findings;
    static const char *const FIELDS[] = {"nom", "adresse", "commune"};
    json_t *source = json_object_get(content, "source");
    text_t words, slug;
    text_init(&words, WORDS_MAX);
    text_init(&slug, ID_MAX);
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
        add_ascii(&words, text_of(content, FIELDS[i]));
    if (!words.overflow && source && unicode_slug(&slug, words.data, words.size, ID_MAX) == 0)
        set_text(source, "identifiant", slug.data);
    text_free(&words);
    text_free(&slug);
}

/* --- a zone where the commune may stay unknown --- */

static void zone_of_postcode(const kind_t *kind, const json_t *row, json_t *content,
                             findings_t *findings)
{
    (void)kind, (void)row, (void)findings;
    const char *postcode = text_of(content, "code_postal");
    char zone[sizeof "COM-988"];
    if (!is_digits(postcode, 5) || json_object_get(content, "zone_intervention"))
        return;
    if (strncmp(postcode, "20", 2) == 0)
        snprintf(zone, sizeof zone, "DEP-2%c", postcode[2] < '2' ? 'A' : 'B');
    else if (strncmp(postcode, "98", 2) == 0)
        snprintf(zone, sizeof zone, "COM-%.3s", postcode);
    else
        snprintf(zone, sizeof zone, "DEP-%.*s", strncmp(postcode, "97", 2) == 0 ? 3 : 2, postcode);
    if (identifier_cog(zone) == IDENTIFIER_OK)
        json_object_set_new(content, "zone_intervention", json_pack("[s]", zone));
}

/* --- hours, a column a day --- */

static const struct {
    const char *column, *osm, *french;
} DAYS[] = {
    {"horaires_lundi", "Mo", "lundi"},       {"horaires_mardi", "Tu", "mardi"},
    {"horaires_mercredi", "We", "mercredi"}, {"horaires_jeudi", "Th", "jeudi"},
    {"horaires_vendredi", "Fr", "vendredi"}, {"horaires_samedi", "Sa", "samedi"},
    {"horaires_dimanche", "Su", "dimanche"},
};
#define DAY_COUNT (sizeof DAYS / sizeof *DAYS)

/* Appends "7:30 - 11:30, 12:15-16:00" as OpenStreetMap writes it; false when it is not of that form. */
static bool add_spans(text_t *out, const char *text)
{
    unsigned from, from_minute, to, to_minute;
    for (const char *before = "";; before = ",") {
        int end = 0;
        if (sscanf(text, " %2u:%2u - %2u:%2u %n", &from, &from_minute, &to, &to_minute, &end) != 4
            || !end || from > 24 || to > 24 || from_minute > 59 || to_minute > 59)
            return false;
        text_add_format(out, "%s%02u:%02u-%02u:%02u", before, from, from_minute, to, to_minute);
        text += end;
        if (!*text)
            return true;
        if (!strchr(",;/", *text++))
            return false;
    }
}

static bool add_day(text_t *out, size_t day, const char *hours, bool osm)
{
    text_add_string(out, out->size ? "; " : "");
    if (!osm)
        return text_add_format(out, "%s : %s", DAYS[day].french, hours) == 0;
    text_add_format(out, "%s ", DAYS[day].osm);
    return add_spans(out, hours);
}

/* All days in OpenStreetMap's words; when one of them cannot be, all as they are written. */
static bool add_week(text_t *out, const json_t *row, bool osm)
{
    bool good = true;
    for (size_t i = 0; i < DAY_COUNT && good; i++) {
        const char *hours = text_of(row, DAYS[i].column);
        if (*hours && !(osm && strcmp(hours, "Fermé") == 0))
            good = add_day(out, i, hours, osm);
    }
    return good && !out->overflow;
}

static void daily_hours(const kind_t *kind, const json_t *row, json_t *content,
                        findings_t *findings)
{
    (void)kind, (void)findings;
    text_t week;
    text_init(&week, HOURS_MAX);
    if (!add_week(&week, row, true)) {
        text_clear(&week);
        add_week(&week, row, false);
    }
    if (week.size)
        set_text(content, "horaires", week.data);
    text_free(&week);
}

/* --- what is not worth refusing a place for --- */

/* Its error becomes a warning of the import, and the value is gone. */
static void leave_out(json_t *content, const field_t *field, const json_t *written,
                      const findings_t *found, findings_t *findings)
{
    char quote[VALUE_QUOTE_SIZE];
    findings_add(findings, SEVERITY_WARNING, "W_LEFT_OUT", NULL, field->name,
                 value_quote(written, quote), "%s Valeur laissée de côté.", found->list[0].reason);
    json_object_del(content, field->name);
}

static bool is_wrong(const field_t *field, const json_t *written, findings_t *found)
{
    value_path_t path = {.name = field->name, .label = field->label};
    json_t *value = normal_value(field, written);
    if (value)
        value_check(field, value, &path, found);
    json_decref(value);
    return found->errors > 0;
}

static void check_value(const field_t *field, json_t *content, findings_t *findings)
{
    json_t *written = json_object_get(content, field->name);
    findings_t found = {0};
    if (written && is_wrong(field, written, &found))
        leave_out(content, field, written, &found, findings);
    findings_free(&found);
}

/* Words that the vocabulary does not have, one by one; the others stay. */
static void check_codes(const field_t *field, json_t *content, findings_t *findings)
{
    json_t *codes = json_object_get(content, field->name);
    for (size_t i = json_array_size(codes); i-- > 0;) {
        const char *code = json_string_value(json_array_get(codes, i));
        if (code && vocabulary_term(field->fields[0].vocabulary, code))
            continue;
        findings_add(findings, SEVERITY_WARNING, "W_LEFT_OUT", NULL, field->name, code,
                     "« %.60s » n'a pas d'équivalent dans « %s » : mot laissé de côté.",
                     code ? code : "", field->fields[0].vocabulary->label);
        json_array_remove(codes, i);
    }
}

static void wrong_details(const kind_t *kind, const json_t *row, json_t *content,
                          findings_t *findings)
{
    (void)row;
    static const char *const VALUES[] = {"siren",     "telephone",         "courriel", "site",
                                         "prise_rdv", "fiche_acces_libre", "date_maj"};
    static const char *const LISTS[] = {"services", "accompagnement",
                                        "publics",  "prise_en_charge",
                                        "frais",    "programmes_nationaux"};
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++)
        if (kind_field(kind, VALUES[i]))
            check_value(kind_field(kind, VALUES[i]), content, findings);
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++)
        if (kind_field(kind, LISTS[i]))
            check_codes(kind_field(kind, LISTS[i]), content, findings);
}

const repair_t repairs_of_places[] = {
    {"pivot", "what stands as SIRET becomes siret, siren or rna, or is left out", pivot},
    {"lambert_93", "lon and lat hold x and y in Lambert-93", lambert},
    {"zero_coordinates", "0, 0 is no place", zero_coordinates},
    {"swapped_axes", "latitude and longitude exchanged, where only that is in France",
     swapped_axes},
    {"lost_decimal_point", "43555117, 7019831 is 43.555117, 7.019831", lost_decimal_point},
    {"id_of_place", "source.identifiant from nom, adresse and commune", id_of_place},
    {"zone_of_postcode", "zone_intervention: the department of code_postal", zone_of_postcode},
    {"daily_hours", "horaires from horaires_lundi to horaires_dimanche", daily_hours},
    {"wrong_details", "a contact, number or word that is none is left out", wrong_details},
    {0},
};
