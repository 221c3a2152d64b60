#include "node/export/forms.h"
#include "node/export/writer.h"

void json_begin(export_t *self, text_t *out)
{
    (void)self;
    text_add_string(out, "[");
}

int json_record(export_t *self, const entry_t *entry, const json_t *body, text_t *out)
{
    json_t *envelope = json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:O}", "hub", entry->hub, "kind",
                                 entry->kind, "id", entry->id, "seq", (json_int_t)entry->seq,
                                 "changed", writer_instant(entry->changed_ms), "verified_at",
                                 writer_instant(entry->verified_at_ms), "body", body);
    text_add_string(out, self->written ? ",\n" : "\n");
    writer_json(envelope, out);
    json_decref(envelope);
    return 0;
}

void json_end(export_t *self, text_t *out)
{
    (void)self;
    text_add_string(out, "\n]\n");
}
