/* A light scan finds the events, so that each knows its line and a broken one does not spoil the others;
 * what the lines say about time (zones, durations, rules) is libical's affair.
 *
 * The file is gone over twice: the zones and the changes of single dates may come after the events they are
 * for. Between the two, `order` holds the events by UID, the series before its changes. */
#include "node/import/reader/reader_inside.h"

#include "node/import/reader/reader_property.h"
#include "node/import/reader/reader_time.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct entry {
    slice_t text; /* from BEGIN:VEVENT to END:VEVENT */
    size_t line;
    slice_t uid;    /* as written; empty: none. Of a date of a record of ours, the record */
    bool is_dated;  /* is such a date */
    bool is_change; /* has a RECURRENCE-ID */
    bool finished;  /* its END:VEVENT is there */
} entry_t;

typedef struct calendar {
    source_t *source;
    zones_t *zones;
    entry_t *entries;
    const entry_t **order;
    size_t count, capacity;
} calendar_t;

bool reader_ics_recognises(const char *bytes, size_t size)
{
    static const char BEGIN[] = "BEGIN:VCALENDAR";
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        size -= 3;
    }
    for (; size && *bytes && strchr(" \t\r\n", *bytes); size--)
        bytes++;
    return size >= sizeof BEGIN - 1 && strncasecmp(bytes, BEGIN, sizeof BEGIN - 1) == 0;
}

/* --- values --- */

static json_t *text_of(slice_t value)
{
    text_t text;
    text_init(&text, READER_ROW_MAX);
    slice_unescape(&text, value);
    json_t *json = json_stringn_nocheck(text.data, text.size);
    text_free(&text);
    return json;
}

/* A value under a name; one that comes again makes an array. Takes value. */
static void put(json_t *row, const char *name, json_t *value)
{
    json_t *there = json_object_get(row, name);
    if (!there) {
        json_object_set_new_nocheck(row, name, value);
    } else if (json_is_array(there)) {
        json_array_append_new(there, value);
    } else {
        json_t *array = json_array();
        json_array_append(array, there);
        json_array_append_new(array, value);
        json_object_set_new_nocheck(row, name, array);
    }
}

static void put_categories(json_t *row, slice_t list)
{
    if (!json_object_get(row, "CATEGORIES"))
        json_object_set_new(row, "CATEGORIES", json_array());
    while (list.size) {
        slice_t value = slice_take_value(&list);
        if (value.size)
            put(row, "CATEGORIES", text_of(value));
    }
}

/* --- one event --- */

typedef struct event {
    json_t *row;
    moment_t start, end, of; /* of: the date of the series that this one changes */
    dates_t dates;
    bool cancelled;
    char warning[512]; /* "": nothing to say */
} event_t;

/* The first thing worth saying is enough. */
__attribute__((format(printf, 2, 3))) static void warn(event_t *event, const char *format, ...)
{
    if (*event->warning)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(event->warning, sizeof event->warning, format, arguments);
    va_end(arguments);
}

static moment_t moment_of(const calendar_t *self, event_t *event, const property_t *property,
                          slice_t value)
{
    slice_t tzid = property_parameter(property, "TZID");
    bool unknown = false;
    moment_t moment =
        moment_read(self->zones, value.data, value.size, tzid.data, tzid.size, &unknown);
    if (unknown)
        warn(event,
             "Le fuseau horaire « %.*s » n'est pas connu : l'heure est prise pour celle de Paris.",
             (int)(tzid.size < 80 ? tzid.size : 80), tzid.data);
    return moment;
}

static void put_moment(json_t *row, const char *name, const moment_t *moment, slice_t written)
{
    char text[MOMENT_SIZE];
    json_object_set_new_nocheck(row, name,
                                moment_write(moment, text) ? json_string(text) : text_of(written));
}

static void read_start(const calendar_t *self, event_t *event, const property_t *property)
{
    event->start = moment_of(self, event, property, property->value);
    put_moment(event->row, "DTSTART", &event->start, property->value);
}

static void read_end(const calendar_t *self, event_t *event, const property_t *property)
{
    event->end = moment_of(self, event, property, property->value);
    put_moment(event->row, "DTEND", &event->end, property->value);
}

static void read_of(const calendar_t *self, event_t *event, const property_t *property)
{
    event->of = moment_of(self, event, property, property->value);
    put_moment(event->row, "RECURRENCE-ID", &event->of, property->value);
}

static void read_categories(const calendar_t *self, event_t *event, const property_t *property)
{
    (void)self;
    put_categories(event->row, property->value);
}

static void read_status(const calendar_t *self, event_t *event, const property_t *property)
{
    (void)self;
    event->cancelled = slice_is(property->value, "CANCELLED");
    put(event->row, "STATUS", text_of(property->value));
}

static void read_organizer(const calendar_t *self, event_t *event, const property_t *property)
{
    (void)self;
    slice_t name = property_parameter(property, "CN");
    put(event->row, "ORGANIZER", text_of(property->value));
    if (name.size)
        put(event->row, "ORGANIZER_CN", text_of(name));
}

/* What needs the start, wherever it stands in the event, is read after it. */
static void read_later(const calendar_t *self, event_t *event, const property_t *property)
{
    (void)self;
    (void)event;
    (void)property;
}

typedef void read_property_t(const calendar_t *self, event_t *event, const property_t *property);

static const struct {
    const char *name;
    read_property_t *read;
} PROPERTIES[] = {
    {"DTSTART", read_start},         {"DTEND", read_end},     {"RECURRENCE-ID", read_of},
    {"CATEGORIES", read_categories}, {"STATUS", read_status}, {"ORGANIZER", read_organizer},
    {"DURATION", read_later},        {"RRULE", read_later},   {"RDATE", read_later},
    {"EXDATE", read_later},
};

static void read_property(const calendar_t *self, event_t *event, const property_t *property)
{
    for (size_t i = 0; i < sizeof PROPERTIES / sizeof *PROPERTIES; i++)
        if (slice_is(property->name, PROPERTIES[i].name)) {
            PROPERTIES[i].read(self, event, property);
            return;
        }
    char name[64];
    if (property->name.size >= sizeof name)
        return;
    for (size_t i = 0; i < property->name.size; i++) {
        char letter = property->name.data[i];
        name[i] = letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
    }
    name[property->name.size] = 0;
    put(event->row, name, text_of(property->value));
}

/* --- its dates --- */

static void add_duration(event_t *event, const property_t *property)
{
    event->end = moment_after(&event->start, property->value.data, property->value.size);
    put_moment(event->row, "DTEND", &event->end, property->value);
}

static void add_rule(event_t *event, const property_t *property)
{
    if (!dates_add_rule(&event->dates, property->value.data, property->value.size))
        warn(
            event,
            "La répétition de cet événement (%.*s) n'est pas comprise : seule sa première date est "
            "reprise.",
            (int)(property->value.size < 80 ? property->value.size : 80), property->value.data);
}

/* A value of RDATE may be a period, "start/end": its start counts. */
static void each_date(const calendar_t *self, event_t *event, const property_t *property,
                      void (*use)(dates_t *dates, const moment_t *moment))
{
    slice_t list = property->value;
    while (list.size) {
        slice_t value = slice_take_value(&list);
        const char *slash = memchr(value.data, '/', value.size);
        if (slash)
            value.size = (size_t)(slash - value.data);
        moment_t moment = moment_of(self, event, property, value);
        if (moment.known)
            use(&event->dates, &moment);
    }
}

static void each_property(const entry_t *entry, const char *name, event_t *event,
                          const calendar_t *self,
                          void (*use)(const calendar_t *, event_t *, const property_t *))
{
    slice_t text = entry->text;
    size_t depth = 0;
    property_t property;
    while (property_next(&text, &depth, &property))
        if (slice_is(property.name, name))
            use(self, event, &property);
}

static void use_duration(const calendar_t *self, event_t *event, const property_t *property)
{
    (void)self;
    if (!event->end.known)
        add_duration(event, property);
}

static void use_exdate(const calendar_t *self, event_t *event, const property_t *property)
{
    each_date(self, event, property, dates_except);
}

static void use_rule(const calendar_t *self, event_t *event, const property_t *property)
{
    (void)self;
    add_rule(event, property);
}

static void use_rdate(const calendar_t *self, event_t *event, const property_t *property)
{
    each_date(self, event, property, dates_add);
}

static void read_dates(const calendar_t *self, event_t *event, const entry_t *entry)
{
    if (!event->start.known)
        return;
    each_property(entry, "DURATION", event, self, use_duration);
    dates_begin(&event->dates, &event->start, &event->end);
    each_property(entry, "EXDATE", event, self, use_exdate);
    each_property(entry, "RRULE", event, self, use_rule);
    each_property(entry, "RDATE", event, self, use_rdate);
    dates_sort(&event->dates);
    if (event->dates.cut)
        warn(event,
             "Cette série a d'autres dates : les %d premières sont reprises, sur %d ans au plus.",
             READER_DATES_MAX, READER_YEARS_MAX);
}

static event_t *read_event(const calendar_t *self, const entry_t *entry)
{
    event_t *event = calloc(1, sizeof *event);
    assert(event);
    event->row = json_object();
    slice_t text = entry->text;
    size_t depth = 0;
    property_t property;
    while (property_next(&text, &depth, &property))
        read_property(self, event, &property);
    read_dates(self, event, entry);
    return event;
}

static void free_event(event_t *event)
{
    json_decref(event->row);
    free(event);
}

/* --- series and their changes --- */

static int compare_uids(slice_t a, slice_t b)
{
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_entries(const void *left, const void *right)
{
    const entry_t *a = *(const entry_t *const *)left, *b = *(const entry_t *const *)right;
    int order = compare_uids(a->uid, b->uid);
    if (order == 0)
        order = a->is_change - b->is_change;
    return order ? order : (a > b) - (a < b);
}

/* The place in `order` of the first entry with this UID: the series, if there is one. */
static size_t first_of(const calendar_t *self, slice_t uid)
{
    size_t low = 0, high = self->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_uids(self->order[middle]->uid, uid) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Does the change say something else than its series, beyond when? */
static bool says_more(const event_t *series, const event_t *change)
{
    static const char *const NAMES[] = {"SUMMARY", "DESCRIPTION", "LOCATION"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const json_t *own = json_object_get(change->row, NAMES[i]);
        if (own && !change->cancelled && !json_equal(own, json_object_get(series->row, NAMES[i])))
            return true;
    }
    return false;
}

static void apply_change(const calendar_t *self, event_t *series, const entry_t *entry)
{
    event_t *change = read_event(self, entry);
    if (!dates_change(&series->dates, &change->of, change->cancelled ? NULL : &change->start,
                      &change->end))
        warn(series,
             "La date modifiée ligne %zu n'est pas une date de cette série : elle n'est pas "
             "reprise.",
             entry->line);
    else if (says_more(series, change))
        warn(series,
             "Une date de cette série a son propre titre, texte ou lieu (ligne %zu) : seule son "
             "heure est "
             "reprise.",
             entry->line);
    free_event(change);
}

/* Of several series with one UID, the first has the changes; that there are several, the check says. */
static void apply_changes(const calendar_t *self, event_t *series, const entry_t *entry)
{
    size_t at = first_of(self, entry->uid);
    if (entry->uid.size == 0 || self->order[at] != entry)
        return;
    for (; at < self->count && compare_uids(self->order[at]->uid, entry->uid) == 0; at++)
        if (self->order[at]->is_change && self->order[at]->finished)
            apply_change(self, series, self->order[at]);
    dates_sort(&series->dates);
}

static bool is_in_its_series(const calendar_t *self, const entry_t *entry)
{
    const entry_t *first = entry->uid.size ? self->order[first_of(self, entry->uid)] : entry;
    return (entry->is_change && !first->is_change) || (entry->is_dated && first != entry);
}

/* --- the dates of a record of ours, each a VEVENT --- */

/* "rencontre@exemple/20261122T170000Z" is one of several dates of rencontre@exemple. */
static void cut_uid(json_t *row)
{
    const char *uid = json_string_value(json_object_get(row, "UID"));
    const char *start = uid ? strrchr(uid, '/') : NULL;
    if (start && strlen(start) == 17 && start[9] == 'T' && start[16] == 'Z'
        && strspn(start + 1, "0123456789TZ") == 16)
        json_object_set_new_nocheck(row, "UID", json_stringn_nocheck(uid, (size_t)(start - uid)));
}

static const char *begin_of(const json_t *date)
{
    const char *begin = json_string_value(json_object_get(date, "debut"));
    return begin ? begin : "";
}

static int compare_dates(const void *left, const void *right)
{
    const json_t *const *a = left, *const *b = right;
    return strcmp(begin_of(*a), begin_of(*b));
}

/* A calendar program may have written them in another order. All are in UTC, as we write them. */
static void sort_dates(json_t *dates)
{
    size_t count = json_array_size(dates);
    json_t **list = calloc(count + 1, sizeof *list);
    assert(list);
    for (size_t i = 0; i < count; i++)
        list[i] = json_incref(json_array_get(dates, i));
    qsort(list, count, sizeof *list, compare_dates);
    json_array_clear(dates);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(dates, list[i]);
    free(list);
}

/* --- rows --- */

static void put_dates(json_t *row, const dates_t *dates)
{
    json_t *list = json_array();
    for (size_t i = 0; i < dates->count; i++) {
        char text[MOMENT_SIZE];
        json_t *date = json_object();
        if (dates_write_start(dates, i, text))
            json_object_set_new(date, "debut", json_string(text));
        if (dates_write_end(dates, i, text))
            json_object_set_new(date, "fin", json_string(text));
        json_array_append_new(list, date);
    }
    json_object_set_new(row, "horaires", list);
}

/* The other dates of the record whose first one this is. */
static void gather_dates(const calendar_t *self, event_t *first, const entry_t *entry)
{
    json_t *dates = json_object_get(first->row, "horaires");
    for (size_t at = first_of(self, entry->uid) + 1; dates && at < self->count; at++) {
        if (compare_uids(self->order[at]->uid, entry->uid) != 0
            || json_array_size(dates) > READER_RECORD_DATES_MAX)
            break;
        if (self->order[at]->is_change || !self->order[at]->finished
            || self->order[at]->text.size > READER_ROW_MAX)
            continue;
        event_t *other = read_event(self, self->order[at]);
        if (says_more(first, other))
            warn(first,
                 "Une date de cet événement a son propre titre, texte ou lieu (ligne %zu) : seule "
                 "son heure est reprise.",
                 self->order[at]->line);
        if (other->start.known) {
            put_dates(other->row, &other->dates);
            json_array_extend(dates, json_object_get(other->row, "horaires"));
        }
        free_event(other);
    }
    if (json_array_size(dates) > READER_RECORD_DATES_MAX)
        warn(first, "Cet événement a d'autres dates : les %d premières du fichier sont reprises.",
             READER_RECORD_DATES_MAX);
    while (json_array_size(dates) > READER_RECORD_DATES_MAX)
        json_array_remove(dates, json_array_size(dates) - 1);
    sort_dates(dates);
    cut_uid(first->row);
}

static void emit_problem(const calendar_t *self, const entry_t *entry, const char *problem)
{
    source_emit(self->source, (row_t){.line = entry->line, .problem = problem}, entry->text.data,
                entry->text.size);
}

static void emit_entry(const calendar_t *self, const entry_t *entry)
{
    if (!entry->finished) {
        emit_problem(self, entry,
                     "Cet événement ne finit pas (END:VEVENT manque) : le fichier est sans doute "
                     "coupé. Téléchargez-le ou exportez-le de nouveau.");
        return;
    }
    if (entry->text.size > READER_ROW_MAX) {
        emit_problem(self, entry, "Cet événement est trop long (1 Mio au plus).");
        return;
    }
    event_t *event = read_event(self, entry);
    if (!entry->is_change)
        apply_changes(self, event, entry);
    if (event->start.known)
        put_dates(event->row, &event->dates);
    if (entry->is_dated)
        gather_dates(self, event, entry);
    row_t row = {.line = entry->line,
                 .record = event->row,
                 .warning = *event->warning ? event->warning : NULL};
    source_emit(self->source, row, entry->text.data, entry->text.size);
    free_event(event);
}

/* --- the first time over the file --- */

static entry_t *add_entry(calendar_t *self)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 64;
        self->entries = realloc(self->entries, self->capacity * sizeof *self->entries);
        assert(self->entries);
    }
    return &self->entries[self->count++];
}

/* The component that begins at the line before, to its end or to the next one of its sort. */
static slice_t take_component(slice_t *rest, slice_t begin, const char *sort, size_t *line,
                              entry_t *entry)
{
    property_t property;
    size_t depth = 1;
    while (rest->size) {
        slice_t before = *rest, text = slice_take_line(rest);
        bool splits = property_split(text, &property);
        if (splits && slice_is(property.name, "BEGIN") && slice_is(property.value, sort)) {
            *rest = before;
            break;
        }
        ++*line;
        if (!splits)
            continue;
        if (slice_is(property.name, "END") && slice_is(property.value, sort)) {
            entry->finished = true;
            break;
        }
        depth += slice_is(property.name, "BEGIN");
        depth -= slice_is(property.name, "END") && depth > 1;
        if (depth == 1 && slice_is(property.name, "UID") && !entry->is_dated)
            entry->uid = property.value;
        if (depth == 1 && slice_is(property.name, READER_ICS_RECORD) && property.value.size) {
            entry->uid = property.value;
            entry->is_dated = true;
        }
        if (depth == 1 && slice_is(property.name, "RECURRENCE-ID"))
            entry->is_change = true;
    }
    return (slice_t){begin.data, (size_t)(rest->data - begin.data)};
}

static void index_file(calendar_t *self)
{
    slice_t rest = {self->source->bytes, self->source->size};
    size_t line = 0;
    property_t property;
    while (rest.size) {
        slice_t begin = slice_take_line(&rest);
        line++;
        if (!property_split(begin, &property) || !slice_is(property.name, "BEGIN"))
            continue;
        entry_t found = {.line = line, .uid = {"", 0}};
        if (slice_is(property.value, "VEVENT")) {
            found.text = take_component(&rest, begin, "VEVENT", &line, &found);
            *add_entry(self) = found;
        } else if (slice_is(property.value, "VTIMEZONE")) {
            slice_t zone = take_component(&rest, begin, "VTIMEZONE", &line, &found);
            if (found.finished)
                zones_add(self->zones, zone.data, zone.size);
        }
    }
}

int reader_ics(source_t *source)
{
    calendar_t self = {.source = source, .zones = zones_new()};
    source->reading->format = READING_ICS;
    if (!self.zones)
        return err_set(
            source->err, ERR_REJECT,
            "Les fuseaux horaires manquent sur cette machine : installez le paquet tzdata, puis "
            "recommencez.");
    index_file(&self);
    self.order = calloc(self.count + 1, sizeof *self.order);
    assert(self.order);
    for (size_t i = 0; i < self.count; i++)
        self.order[i] = &self.entries[i];
    qsort(self.order, self.count, sizeof *self.order, compare_entries);
    for (size_t i = 0; i < self.count; i++)
        if (!is_in_its_series(&self, &self.entries[i]))
            emit_entry(&self, &self.entries[i]);
    free(self.order);
    free(self.entries);
    zones_destroy(&self.zones);
    return 0;
}
