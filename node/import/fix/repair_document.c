/* Repairs of events and use cases. */
#include "node/import/fix/fix_inside.h"
#include "node/import/fix/repair_inside.h"

#include "schemas/base/date.h"

#include <string.h>

#define VALUE_MAX_SIZE (256 * 1024)

/* --- what repairs read --- */

/* The member of a row, also where Opendatasoft's first interface hides it, under "fields". */
static const json_t *member(const json_t *row, const char *name)
{
    const json_t *value = json_object_get(row, name);
    return value ? value : json_object_get(json_object_get(row, "fields"), name);
}

/* Gives what a member holds, parsed when it is JSON in a text; NULL when there is none. */
static json_t *structure(const json_t *row, const char *name)
{
    const json_t *value = member(row, name);
    if (!json_is_string(value))
        return json_incref((json_t *)value);
    return json_loadb(json_string_value(value), json_string_length(value), JSON_REJECT_DUPLICATES,
                      NULL);
}

static void set(json_t *object, const char *name, const char *text)
{
    if (text && *text)
        json_object_set_new(object, name, json_string(text));
}

/* An instant in the time of Paris; a text that is none stays, to be refused and quoted. */
static void set_instant(json_t *object, const char *name, const json_t *value)
{
    text_t text;
    text_init(&text, VALUE_MAX_SIZE);
    text_add(&text, json_string_value(value), json_string_length(value));
    fix_paris_time(&text);
    set(object, name, text.data);
    text_free(&text);
}

/* --- OpenAgenda --- */

static void openagenda_times(const kind_t *kind, const json_t *row, json_t *content,
                             findings_t *findings)
{
    (void)kind;
    json_t *timings = structure(row, "timings"), *times = json_array();
    for (size_t i = 0; i < json_array_size(timings); i++) {
        const json_t *timing = json_array_get(timings, i);
        json_t *time = json_object();
        set_instant(time, "debut", json_object_get(timing, "begin"));
        set_instant(time, "fin", json_object_get(timing, "end"));
        json_array_append_new(times, time);
    }
    if (json_array_size(times))
        json_object_set(content, "horaires", times);
    else if (member(row, "timings"))
        findings_add(findings, SEVERITY_WARNING, "W_TIMES", NULL, "horaires",
                     json_string_value(member(row, "timings")),
                     "Les dates (timings) ne sont pas lisibles.");
    json_decref(times);
    json_decref(timings);
}

/* Of a series only the first and the last date are known: both are real, the ones between are not told. */
static void first_and_last_date(const kind_t *kind, const json_t *row, json_t *content,
                                findings_t *findings)
{
    (void)kind;
    (void)findings;
    static const char *const NAMES[] = {"first_date", "last_date"};
    const json_t *first = member(row, NAMES[0]);
    json_t *times = json_array();
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const json_t *date = member(row, NAMES[i]);
        if (!json_string_length(date) || (i && json_equal(first, date)))
            continue;
        json_t *time = json_object();
        set_instant(time, "debut", date);
        json_array_append_new(times, time);
    }
    if (json_array_size(times))
        json_object_set(content, "horaires", times);
    json_decref(times);
}

typedef struct numbered {
    json_int_t number;
    const char *code;
} numbered_t;

static const numbered_t STATES[] = {
    {1, "programme"}, {2, "reporte"}, {3, "deplace_en_ligne"},
    {4, "reporte"},   {5, "complet"}, {6, "annule"},
};
static const numbered_t MODES[] = {{1, "presentiel"}, {2, "en_ligne"}, {3, "mixte"}};

/* {"id": 1, "label": …}, as it is or as JSON in a text, or the number alone. */
static void set_numbered(const json_t *row, const char *name, const numbered_t *table, size_t count,
                         json_t *content, const char *field)
{
    json_t *value = structure(row, name);
    const json_t *number = json_is_object(value) ? json_object_get(value, "id") : value;
    for (size_t i = 0; i < count; i++)
        if (json_is_integer(number) && json_integer_value(number) == table[i].number)
            set(content, field, table[i].code);
    json_decref(value);
}

static void openagenda_codes(const kind_t *kind, const json_t *row, json_t *content,
                             findings_t *findings)
{
    (void)kind;
    (void)findings;
    set_numbered(row, "status", STATES, sizeof STATES / sizeof *STATES, content, "statut");
    set_numbered(row, "attendancemode", MODES, sizeof MODES / sizeof *MODES, content, "mode");
}

static const char *const WAYS[][2] = {
    {"link", "url"}, {"phone", "telephone"}, {"email", "courriel"}};

/* [{"type": "link", "value": "https://…"}]: the first of each sort. */
static void openagenda_registration(const kind_t *kind, const json_t *row, json_t *content,
                                    findings_t *findings)
{
    (void)kind;
    (void)findings;
    json_t *ways = structure(row, "registration"), *made = json_object();
    for (size_t i = 0; i < json_array_size(ways); i++) {
        const json_t *way = json_array_get(ways, i);
        const char *type = json_string_value(json_object_get(way, "type"));
        for (size_t j = 0; type && j < sizeof WAYS / sizeof *WAYS; j++)
            if (strcmp(WAYS[j][0], type) == 0 && !json_object_get(made, WAYS[j][1]))
                set(made, WAYS[j][1], json_string_value(json_object_get(way, "value")));
    }
    if (json_object_size(made))
        json_object_set(content, "inscription", made);
    json_decref(made);
    json_decref(ways);
}

/* "20, Avenue Jean Moulin, 26500 Bourg-lès-Valence" says a postcode that has no column of its own: without
 * it a commune of a common name cannot be told from the others. */
static void postcode_of_address(const kind_t *kind, const json_t *row, json_t *content,
                                findings_t *findings)
{
    (void)kind;
    (void)row;
    (void)findings;
    json_t *place = json_object_get(content, "lieu");
    const char *at = json_string_value(json_object_get(place, "adresse"));
    char code[6] = "";
    for (; at && *at; at += strspn(at, " ,;")) {
        size_t size = strcspn(at, " ,;");
        if (size == 5 && strspn(at, "0123456789") == 5)
            memcpy(code, at, 5); /* the last one: a street's number comes first */
        at += size;
    }
    if (*code && !json_object_get(place, "code_postal"))
        set(place, "code_postal", code);
}

/* --- calendars --- */

/* A day without an hour: from its first minute to its last, in Paris. */
static void give_hour(json_t *time, const char *name, const char *hour)
{
    const char *day = json_string_value(json_object_get(time, name));
    int64_t number;
    if (!day || !date_read(day, &number))
        return;
    json_t *moment = json_sprintf("%sT%s", day, hour);
    set_instant(time, name, moment);
    json_decref(moment);
}

static void whole_days(const kind_t *kind, const json_t *row, json_t *content, findings_t *findings)
{
    (void)kind;
    (void)row;
    (void)findings;
    json_t *times = json_object_get(content, "horaires"), *made = json_array();
    for (size_t i = 0; i < json_array_size(times); i++) {
        json_t *time = json_copy(json_array_get(times, i)); /* the row keeps its own */
        give_hour(time, "debut", "00:00:00");
        give_hour(time, "fin", "23:59:00");
        json_array_append_new(made, time);
    }
    if (times)
        json_object_set(content, "horaires", made);
    json_decref(made);
}

/* "Maison pour tous / Salle des Rancy, 249 rue Vendôme, LYON, 69003": the name is before the first comma,
 * and a part of five digits is the postcode, behind the commune. A calendar says no place of a meeting
 * held online. */
static void location_parts(const kind_t *kind, const json_t *row, json_t *content,
                           findings_t *findings)
{
    (void)kind;
    (void)findings;
    const char *location = json_string_value(json_object_get(row, "LOCATION"));
    if (!location || !*location) {
        if (!json_object_get(content, "mode"))
            set(content, "mode", "en_ligne");
        return;
    }
    json_t *place = json_object_get(content, "lieu");
    if (!place) {
        place = json_object();
        json_object_set_new(content, "lieu", place);
    }
    text_t part, before;
    text_init(&part, VALUE_MAX_SIZE);
    text_init(&before, VALUE_MAX_SIZE);
    for (const char *at = location; *at; at += strspn(at, ", ")) {
        size_t size = strcspn(at, ",");
        text_clear(&part);
        text_add(&part, at, size);
        if (at == location)
            set(place, "nom", part.data);
        else if (fix_all_digits(&part, 5)) {
            set(place, "code_postal", part.data);
            set(place, "commune", before.data);
        } else if (!json_object_get(place, "adresse"))
            set(place, "adresse", part.data);
        fix_set(&before, part.data);
        at += size;
    }
    text_free(&part);
    text_free(&before);
    if (!json_object_get(content, "mode"))
        set(content, "mode", "presentiel");
}

/* Our own calendars say why an event does not take place as planned twice: "Annulé : grève" as COMMENT, and
 * before the description, for programs that show no comments. */
static void own_reason(const kind_t *kind, const json_t *row, json_t *content, findings_t *findings)
{
    (void)kind;
    (void)findings;
    const char *comment = json_string_value(json_object_get(row, "COMMENT"));
    const char *description = json_string_value(json_object_get(row, "DESCRIPTION"));
    if (!comment || !*comment)
        return;
    const char *behind = strstr(comment, " : ");
    set(content, "motif", behind ? behind + 3 : comment);
    size_t size = strlen(comment);
    if (!description || strncmp(description, comment, size) != 0)
        return;
    const char *rest = description + size + strspn(description + size, "\n");
    json_object_del(content, "description");
    set(content, "description", rest);
}

static bool has_postcode(const char *part)
{
    return strspn(part, "0123456789") == 5 && part[5] == ' ' && part[6];
}

static void set_part(json_t *object, const char *name, const char *part, size_t size)
{
    if (size)
        json_object_set_new(object, name, json_stringn(part, size));
}

/* Our own calendars write "Maison, 1, rue Neuve, 42300 Roanne": the name, an address that may have commas,
 * the postcode and commune. */
static void own_location(const kind_t *kind, const json_t *row, json_t *content,
                         findings_t *findings)
{
    (void)kind;
    (void)findings;
    const char *location = json_string_value(json_object_get(row, "LOCATION")), *last = location;
    if (!location || !*location)
        return;
    for (const char *comma; (comma = strstr(last, ", "));)
        last = comma + 2;
    size_t size = strlen(location);
    json_t *place = json_object();
    if (has_postcode(last)) {
        set_part(place, "code_postal", last, 5);
        set_part(place, "commune", last + 6, strlen(last + 6));
        size = last > location ? (size_t)(last - location) - 2 : 0;
    }
    const char *comma = memmem(location, size, ", ", 2);
    size_t name = comma ? (size_t)(comma - location) : size;
    set_part(place, "nom", location, name);
    if (comma)
        set_part(place, "adresse", comma + 2, size - name - 2);
    json_object_set_new(content, "lieu", place);
}

/* --- use cases --- */

#define US_USE                                                                                     \
    "Is the AI use case found in the below list of general commercial AI products and services?"

/* The same name stands for many uses ("Generative AI usage"): which product, and who uses it, tell them
 * apart. Made of the row alone, so that the next import finds the same record. */
static void us_title(const kind_t *kind, const json_t *row, json_t *content, findings_t *findings)
{
    (void)findings;
    const char *name = json_string_value(json_object_get(row, "Use Case Name"));
    const char *use = json_string_value(json_object_get(row, US_USE));
    const char *agency = json_string_value(json_object_get(row, "Agency Abbreviation"));
    const char *bureau = json_string_value(json_object_get(row, "Bureau"));
    text_t who, title;
    text_init(&who, VALUE_MAX_SIZE);
    text_init(&title, VALUE_MAX_SIZE);
    text_add_format(&who, "%s%s%s", agency ? agency : "", bureau && *bureau ? ", " : "",
                    bureau ? bureau : "");
    fix_cut(&who, 50);
    text_add_string(&title, name ? name : "");
    if (use && *use && strncmp(use, "None", 4) != 0)
        text_add_format(&title, ": %s", use);
    fix_cut(&title, kind_field(kind, "titre")->max_size - 3 - 50);
    if (title.size)
        text_add_format(&title, " (%s)", who.data);
    set(content, "titre", title.data);
    text_free(&who);
    text_free(&title);
}

const repair_t repairs_of_documents[] = {
    {"openagenda_times", "all dates of an event, from its timings", openagenda_times},
    {"openagenda_codes", "status and attendance mode, from their numbers", openagenda_codes},
    {"openagenda_registration", "where to register: address, telephone, mail",
     openagenda_registration},
    {"first_and_last_date", "first_date and last_date are two dates of a series",
     first_and_last_date},
    {"postcode_of_address", "the five digits in the address of a place", postcode_of_address},
    {"whole_days", "a date without an hour lasts from 00:00 to 23:59 in Paris", whole_days},
    {"location_parts", "name, address, postcode and commune, from the LOCATION of a calendar",
     location_parts},
    {"own_reason",
     "motif, from the COMMENT of our own calendars, and no more before the description",
     own_reason},
    {"own_location", "name, address, postcode and commune, from the LOCATION of our own calendars",
     own_location},
    {"us_title", "a title that tells the use cases of one name apart", us_title},
    {0},
};
