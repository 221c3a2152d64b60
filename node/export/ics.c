/* An event has one uid and perhaps many dates. A calendar knows an appointment by its UID alone, so an
 * event with one date keeps its own, and the dates of one with several are told apart by their start:
 * "UID/20261122T170000Z". Instants are written in UTC, which every calendar shows in its reader's time
 * and which needs no table of time zones. */
#include "node/export/forms.h"
#include "node/export/writer.h"
#include "node/import/reader/reader.h"

#include "schemas/base/date.h"
#include "schemas/value.h"

#include <assert.h>
#include <ctype.h>
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (64 * 1024)
#define LINE_END "\r\n"
#define LINE_MAX_SIZE 72 /* bytes: libical folds a longer one */
#define CALENDAR_END "END:VCALENDAR" LINE_END

bool ics_fits(const kind_t *kind)
{
    const field_t *begin = kind_path(kind, "horaires.debut");
    return begin && begin->type == FIELD_INSTANT && kind_field(kind, "uid");
}

/* --- lines --- */

static void add_line(text_t *out, const char *name, const char *value)
{
    text_add_string(out, name);
    text_add_string(out, ":");
    text_add_string(out, value);
    text_add_string(out, LINE_END);
}

static void add_property(text_t *out, icalproperty *property)
{
    char *line = icalproperty_as_ical_string_r(property);
    assert(line);
    text_add_string(out, line);
    free(line);
    icalproperty_free(property);
}

static bool is_escaped(char byte)
{
    return byte == '\\' || byte == ';' || byte == ',' || byte == '"'
           || iscntrl((unsigned char)byte);
}

/* Does it need neither escapes nor a second line? */
static bool is_plain(const char *name, const char *value)
{
    size_t size = 0;
    while (value[size] && !is_escaped(value[size]))
        size++;
    return !value[size] && strlen(name) + 1 + size <= LINE_MAX_SIZE;
}

/* A property whose value is a text. */
typedef struct line {
    const char *name;
    icalproperty *(*make)(const char *value);
} line_t;

static const line_t UID = {"UID", icalproperty_new_uid};
static const line_t SUMMARY = {"SUMMARY", icalproperty_new_summary};
static const line_t DESCRIPTION = {"DESCRIPTION", icalproperty_new_description};
static const line_t COMMENT = {"COMMENT", icalproperty_new_comment};
static const line_t LOCATION = {"LOCATION", icalproperty_new_location};
static const line_t CATEGORIES = {"CATEGORIES", icalproperty_new_categories};
static const line_t CONTACT = {"CONTACT", icalproperty_new_contact};
static const line_t URL = {"URL", icalproperty_new_url};

/* libical folds and escapes what needs it, at ten times the cost of a plain line, but lets other control characters through.
 * Frees the text. */
static void add_text(text_t *out, const line_t *line, text_t *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < text->size; i++)
        if (text->data[i] == '\n' || !iscntrl((unsigned char)text->data[i]))
            text->data[kept++] = text->data[i];
    text->data[kept] = 0;
    if (kept && is_plain(line->name, text->data))
        add_line(out, line->name, text->data);
    else if (kept)
        add_property(out, line->make(text->data));
    text_free(text);
}

static void add_string(text_t *out, const line_t *line, const char *string)
{
    if (!string || !*string)
        return;
    if (is_plain(line->name, string)) {
        add_line(out, line->name, string);
        return;
    }
    text_t text;
    text_init(&text, TEXT_MAX);
    text_add_string(&text, string);
    add_text(out, line, &text);
}

static struct icaltimetype utc(int64_t second)
{
    return icaltime_from_timet_with_zone((time_t)second, 0, icaltimezone_get_utc_timezone());
}

/* "20261122T170000Z", borrowed from libical for a while. */
static const char *moment(int64_t second)
{
    return icaltime_as_ical_string(utc(second));
}

/* --- the calendar around the events --- */

static char *calendar(const export_t *self)
{
    icalcomponent *empty = icalcomponent_new_vcalendar();
    icalcomponent_add_property(empty, icalproperty_new_version("2.0"));
    icalcomponent_add_property(empty,
                               icalproperty_new_prodid("-//maillage//" MAILLAGE_VERSION "//FR"));
    icalproperty *name = icalproperty_new_x(self->kind->plural);
    icalproperty_set_x_name(name, "X-WR-CALNAME");
    icalcomponent_add_property(empty, name);
    char *text = icalcomponent_as_ical_string_r(empty);
    icalcomponent_free(empty);
    assert(text);
    return text;
}

void ics_begin(export_t *self, text_t *out)
{
    char *text = calendar(self), *end = strstr(text, CALENDAR_END);
    assert(end);
    text_add(out, text, (size_t)(end - text));
    free(text);
}

void ics_end(export_t *self, text_t *out)
{
    (void)self;
    text_add_string(out, CALENDAR_END);
}

/* --- one event --- */

static const char *status_of(const json_t *body)
{
    static const char *const STATUSES[][2] = {{"annule", "CANCELLED"}, {"reporte", "TENTATIVE"}};
    const char *code = writer_text(body, "statut");
    for (size_t i = 0; code && i < sizeof STATUSES / sizeof *STATUSES; i++)
        if (strcmp(STATUSES[i][0], code) == 0)
            return STATUSES[i][1];
    return "CONFIRMED";
}

static const char *label_of(const kind_t *kind, const char *path, const json_t *body)
{
    const field_t *field = kind_path(kind, path);
    const char *code = writer_text(body, path);
    return field && field->vocabulary && code ? vocabulary_label(field->vocabulary, code) : code;
}

/* "Annulé : grève des transports"; empty without a reason. */
static void add_reason(const export_t *self, const json_t *body, text_t *out)
{
    const char *reason = writer_text(body, "motif"), *state = label_of(self->kind, "statut", body);
    if (reason)
        text_add_format(out, "%s%s%s", state ? state : "", state ? " : " : "", reason);
}

static void describe(const export_t *self, const json_t *body, text_t *out)
{
    text_t reason, text;
    text_init(&reason, TEXT_MAX);
    text_init(&text, TEXT_MAX);
    add_reason(self, body, &reason);
    const char *description = writer_text(body, "description");
    text_add_string(&text, reason.data);
    text_add_string(&text, reason.size && description ? "\n\n" : "");
    text_add_string(&text, description ? description : "");
    add_text(out, &DESCRIPTION, &text);
    add_text(out, &COMMENT, &reason);
}

static void locate(const export_t *self, const json_t *body, text_t *out)
{
    static const char *const PARTS[] = {"lieu.nom", "lieu.adresse", "lieu.code_postal",
                                        "lieu.commune"};
    text_t text;
    text_init(&text, TEXT_MAX);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        const char *part = writer_text(body, PARTS[i]);
        bool after_postcode = i == 3 && writer_text(body, PARTS[2]);
        if (!part)
            continue;
        text_add_string(&text, !text.size ? "" : after_postcode ? " " : ", ");
        text_add_string(&text, part);
    }
    add_text(out, &LOCATION, &text);
    const json_t *longitude = self->longitude ? value_at(body, self->longitude) : NULL;
    const json_t *latitude = self->latitude ? value_at(body, self->latitude) : NULL;
    if (json_is_number(longitude) && json_is_number(latitude))
        add_property(out, icalproperty_new_geo((struct icalgeotype){json_number_value(latitude),
                                                                    json_number_value(longitude)}));
}

static void classify(const export_t *self, const json_t *body, text_t *out)
{
    add_string(out, &CATEGORIES, label_of(self->kind, "type", body));
    if (writer_is_demo(body))
        add_string(out, &CATEGORIES, "Démonstration");
    const json_t *organisers = json_object_get(body, "organisateurs");
    for (size_t i = 0; i < json_array_size(organisers); i++)
        add_string(out, &CONTACT, json_string_value(json_array_get(organisers, i)));
}

static void add_uid(const entry_t *entry, const json_t *body, int64_t begin, bool alone,
                    text_t *out)
{
    const char *uid = writer_text(body, "uid");
    text_t text;
    text_init(&text, TEXT_MAX);
    text_add_string(&text, uid ? uid : entry->id);
    if (!alone)
        text_add_format(&text, "/%s", moment(begin));
    add_text(out, &UID, &text);
}

/* Which record it is a date of: programs that know nothing of it keep it, and it comes back with it. */
static void add_record(const entry_t *entry, text_t *out)
{
    char name[NAME_SIZE + ID_SIZE];
    snprintf(name, sizeof name, "%s/%s", entry->hub, entry->id);
    if (is_plain(READER_ICS_RECORD, name)) {
        add_line(out, READER_ICS_RECORD, name);
        return;
    }
    icalproperty *record = icalproperty_new_x(name);
    icalproperty_set_x_name(record, READER_ICS_RECORD);
    add_property(out, record);
}

static void add_version(const entry_t *entry, text_t *out)
{
    const char *changed = moment(entry->changed_ms / 1000);
    char sequence[16];
    snprintf(sequence, sizeof sequence, "%d", entry->seq < INT32_MAX ? (int)entry->seq : INT32_MAX);
    add_line(out, "DTSTAMP", changed);
    add_line(out, "LAST-MODIFIED", changed);
    add_line(out, "SEQUENCE", sequence);
}

static void add_date(export_t *self, const entry_t *entry, const json_t *body, const json_t *date,
                     bool alone, text_t *out)
{
    int64_t begin, end;
    const char *written = writer_text(date, "debut"), *until = writer_text(date, "fin");
    if (!written || !instant_read(written, &begin)) {
        writer_warn(self, entry, "W_DATE", "horaires", written ? written : "",
                    "Cette date n'a pas de début lisible : elle n'est pas dans l'agenda.");
        return;
    }
    text_add_string(out, "BEGIN:VEVENT" LINE_END);
    add_uid(entry, body, begin, alone, out);
    add_record(entry, out);
    add_version(entry, out);
    add_line(out, "DTSTART", moment(begin));
    if (until && instant_read(until, &end) && end >= begin)
        add_line(out, "DTEND", moment(end));
    add_line(out, "STATUS", status_of(body));
    text_t title;
    text_init(&title, TEXT_MAX);
    writer_title(body, self->kind->title, &title);
    add_text(out, &SUMMARY, &title);
    describe(self, body, out);
    locate(self, body, out);
    classify(self, body, out);
    add_string(out, &URL, writer_text(body, "inscription.url"));
    text_add_string(out, "END:VEVENT" LINE_END);
}

int ics_record(export_t *self, const entry_t *entry, const json_t *body, text_t *out)
{
    const json_t *dates = json_object_get(body, "horaires");
    size_t count = json_array_size(dates), before = out->size;
    for (size_t i = 0; i < count; i++)
        add_date(self, entry, body, json_array_get(dates, i), count == 1, out);
    return out->size == before;
}
