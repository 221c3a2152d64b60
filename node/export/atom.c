/* A feed (RFC 4287) has its entries first and what is only known at their end after them: when the newest of
 * them changed, and where the next part is (RFC 5005). Atom gives the order of elements no meaning. An
 * entry's id names the record, whichever node shows it. */
#include "node/export/forms.h"
#include "node/export/writer.h"
#include "node/export/xml.h"

#include "node/portal/http/request.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#define SUMMARY_MAX 600
#define ADDRESS_MAX (16 * 1024)

static void add_link(text_t *out, const char *rel, const char *type, const char *address)
{
    if (!address || !*address)
        return;
    text_add_format(out, "<link rel=\"%s\" type=\"%s\" href=\"", rel, type);
    xml_add(out, address);
    text_add_string(out, "\"/>\n");
}

static void add_updated(text_t *out, int64_t unix_ms)
{
    text_t updated;
    text_init(&updated, 64);
    format_utc(&updated, unix_ms);
    xml_element(out, "updated", updated.data);
    text_free(&updated);
}

void atom_begin(export_t *self, text_t *out)
{
    const export_place_t *place = &self->place;
    text_add_string(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                         "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"fr\">\n<id>");
    if (place->first)
        xml_add(out, place->first);
    else
        text_add_format(out, RECORD_TAG "%s", self->kind->name);
    text_add_string(out, "</id>\n");
    xml_element(out, "title", place->title ? place->title : self->kind->plural);
    text_add_string(out, "<author>");
    xml_element(out, "name", place->publisher ? place->publisher : "maillage");
    text_add_string(out, "</author>\n<generator version=\"" MAILLAGE_VERSION
                         "\">maillage</generator>\n");
    add_link(out, "self", "application/atom+xml", place->address);
    add_link(out, "first", "application/atom+xml", place->first);
    add_link(out, "alternate", "text/html", place->page);
}

void atom_end(export_t *self, text_t *out)
{
    add_updated(out, self->newest_ms);
    add_link(out, "next", "application/atom+xml", self->place.next);
    text_add_string(out, "</feed>\n");
}

/* When something happens, before what it is: "22 novembre 2026 à 18:00. ". */
static void add_moment(const kind_t *kind, const json_t *body, text_t *out)
{
    const field_t *field = kind_path(kind, kind->sort);
    const char *value = field ? json_string_value(view_first(body, kind->sort)) : NULL;
    if (!value || (field->type != FIELD_DATE && field->type != FIELD_INSTANT))
        return;
    if (field->type == FIELD_DATE)
        format_date(out, value);
    else
        format_instant(out, value);
    text_add_string(out, ". ");
}

static void add_summary(const kind_t *kind, const json_t *body, text_t *out)
{
    text_t summary, words;
    text_init(&summary, ADDRESS_MAX);
    text_init(&words, BODY_MAX_SIZE * 2);
    add_moment(kind, body, &summary);
    view_words(body, kind->summary, SUMMARY_MAX, &words);
    text_add_string(&summary, words.data);
    xml_element(out, "summary", summary.data);
    text_free(&words);
    text_free(&summary);
}

static void add_title(const export_t *self, const entry_t *entry, const json_t *body, text_t *out)
{
    text_t title;
    text_init(&title, BODY_MAX_SIZE * 2);
    writer_title(body, self->kind->title, &title);
    xml_element(out, "title", title.size ? title.data : entry->id);
    text_free(&title);
}

int atom_record(export_t *self, const entry_t *entry, const json_t *body, text_t *out)
{
    text_t address;
    text_init(&address, ADDRESS_MAX);
    text_add_string(&address, self->place.origin ? self->place.origin : "");
    view_address(self->kind, entry->hub, entry->id, &address);
    text_add_string(out, "<entry>\n");
    text_add_format(out, "<id>" RECORD_TAG "%s/%s/%s</id>\n", entry->hub, entry->kind, entry->id);
    add_title(self, entry, body, out);
    add_updated(out, entry->changed_ms);
    text_add_string(out, "<author>");
    xml_element(out, "name", entry->hub);
    text_add_string(out, "</author>\n");
    add_link(out, "alternate", "text/html", address.data);
    add_summary(self->kind, body, out);
    text_add_string(out, "</entry>\n");
    if (entry->changed_ms > self->newest_ms)
        self->newest_ms = entry->changed_ms;
    text_free(&address);
    return 0;
}
