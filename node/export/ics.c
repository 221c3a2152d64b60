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
#define CALENDAR_END "END:VCALENDAR\r\n"

bool ics_fits(const kind_t *kind)
{
    const field_t *begin = kind_path(kind, "horaires.debut");
    return begin && begin->type == FIELD_INSTANT && kind_field(kind, "uid");
}

/* libical folds and escapes, but lets other control characters through. Frees the text. */
static void add_text(icalcomponent *to, icalproperty *(*make)(const char *), text_t *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < text->size; i++)
        if (text->data[i] == '\n' || !iscntrl((unsigned char)text->data[i]))
            text->data[kept++] = text->data[i];
    text->data[kept] = 0;
    if (kept)
        icalcomponent_add_property(to, make(text->data));
    text_free(text);
}

static void add_string(icalcomponent *to, icalproperty *(*make)(const char *), const char *string)
{
    text_t text;
    text_init(&text, TEXT_MAX);
    text_add_string(&text, string ? string : "");
    add_text(to, make, &text);
}

static struct icaltimetype utc(int64_t second)
{
    return icaltime_from_timet_with_zone((time_t)second, 0, icaltimezone_get_utc_timezone());
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

static const struct {
    const char *code;
    icalproperty_status status;
} STATUSES[] = {
    {"annule", ICAL_STATUS_CANCELLED},
    {"reporte", ICAL_STATUS_TENTATIVE},
};

static icalproperty_status status_of(const json_t *body)
{
    const char *code = writer_text(body, "statut");
    for (size_t i = 0; code && i < sizeof STATUSES / sizeof *STATUSES; i++)
        if (strcmp(STATUSES[i].code, code) == 0)
            return STATUSES[i].status;
    return ICAL_STATUS_CONFIRMED;
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

static void describe(const export_t *self, icalcomponent *event, const json_t *body)
{
    text_t reason, text;
    text_init(&reason, TEXT_MAX);
    text_init(&text, TEXT_MAX);
    add_reason(self, body, &reason);
    const char *description = writer_text(body, "description");
    text_add_format(&text, "%s%s%s", reason.data, reason.size && description ? "\n\n" : "",
                    description ? description : "");
    add_text(event, icalproperty_new_description, &text);
    add_text(event, icalproperty_new_comment, &reason);
}

static void locate(const export_t *self, icalcomponent *event, const json_t *body)
{
    static const char *const PARTS[] = {"lieu.nom", "lieu.adresse", "lieu.code_postal",
                                        "lieu.commune"};
    text_t text;
    text_init(&text, TEXT_MAX);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        const char *part = writer_text(body, PARTS[i]);
        bool after_postcode = i == 3 && writer_text(body, PARTS[2]);
        if (part)
            text_add_format(&text, "%s%s", !text.size ? "" : after_postcode ? " " : ", ", part);
    }
    add_text(event, icalproperty_new_location, &text);
    const json_t *longitude = self->longitude ? value_at(body, self->longitude) : NULL;
    const json_t *latitude = self->latitude ? value_at(body, self->latitude) : NULL;
    if (json_is_number(longitude) && json_is_number(latitude))
        icalcomponent_add_property(
            event, icalproperty_new_geo((struct icalgeotype){json_number_value(latitude),
                                                             json_number_value(longitude)}));
}

static void classify(const export_t *self, icalcomponent *event, const json_t *body)
{
    add_string(event, icalproperty_new_categories, label_of(self->kind, "type", body));
    if (writer_is_demo(body))
        add_string(event, icalproperty_new_categories, "Démonstration");
    const json_t *organisers = json_object_get(body, "organisateurs");
    for (size_t i = 0; i < json_array_size(organisers); i++)
        add_string(event, icalproperty_new_contact,
                   json_string_value(json_array_get(organisers, i)));
}

static void add_uid(icalcomponent *event, const entry_t *entry, const json_t *body,
                    struct icaltimetype begin, bool alone)
{
    const char *uid = writer_text(body, "uid");
    text_t text;
    text_init(&text, TEXT_MAX);
    text_add_string(&text, uid ? uid : entry->id);
    if (!alone)
        text_add_format(&text, "/%s", icaltime_as_ical_string(begin));
    add_text(event, icalproperty_new_uid, &text);
}

/* Which record it is a date of: programs that know nothing of it keep it, and it comes back with it. */
static void add_record(icalcomponent *event, const entry_t *entry)
{
    char name[NAME_SIZE + ID_SIZE];
    snprintf(name, sizeof name, "%s/%s", entry->hub, entry->id);
    icalproperty *record = icalproperty_new_x(name);
    icalproperty_set_x_name(record, READER_ICS_RECORD);
    icalcomponent_add_property(event, record);
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
    icalcomponent *event = icalcomponent_new_vevent();
    add_uid(event, entry, body, utc(begin), alone);
    add_record(event, entry);
    icalcomponent_add_property(event, icalproperty_new_dtstamp(utc(entry->changed_ms / 1000)));
    icalcomponent_add_property(event, icalproperty_new_lastmodified(utc(entry->changed_ms / 1000)));
    int sequence = entry->seq < INT32_MAX ? (int)entry->seq : INT32_MAX;
    icalcomponent_add_property(event, icalproperty_new_sequence(sequence));
    icalcomponent_add_property(event, icalproperty_new_dtstart(utc(begin)));
    if (until && instant_read(until, &end) && end >= begin)
        icalcomponent_add_property(event, icalproperty_new_dtend(utc(end)));
    icalcomponent_add_property(event, icalproperty_new_status(status_of(body)));
    text_t title;
    text_init(&title, TEXT_MAX);
    writer_title(body, self->kind->title, &title);
    add_text(event, icalproperty_new_summary, &title);
    describe(self, event, body);
    locate(self, event, body);
    classify(self, event, body);
    add_string(event, icalproperty_new_url, writer_text(body, "inscription.url"));
    char *text = icalcomponent_as_ical_string_r(event);
    assert(text);
    text_add_string(out, text);
    free(text);
    icalcomponent_free(event);
}

int ics_record(export_t *self, const entry_t *entry, const json_t *body, text_t *out)
{
    const json_t *dates = json_object_get(body, "horaires");
    size_t count = json_array_size(dates), before = out->size;
    for (size_t i = 0; i < count; i++)
        add_date(self, entry, body, json_array_get(dates, i), count == 1, out);
    return out->size == before;
}
