#include "node/export/forms.h"
#include "node/export/writer.h"

void json_begin(export_t *self, text_t *out)
{
    (void)self;
    text_add_string(out, "[");
}

int json_record(export_t *self, const entry_t *entry, const json_t *body, text_t *out)
{
    json_t *envelope = envelope_json(entry, json_incref((json_t *)body));
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
