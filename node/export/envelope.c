#include "node/export/envelope.h"

#include "node/portal/words/format.h"

json_t *envelope_instant(int64_t unix_ms)
{
    if (unix_ms == 0)
        return json_null();
    text_t text;
    text_init(&text, 64);
    format_utc(&text, unix_ms);
    json_t *instant = json_string(text.data);
    text_free(&text);
    return instant;
}

json_t *envelope_json(const entry_t *entry, json_t *body)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o}", "hub", entry->hub, "kind", entry->kind,
                     "id", entry->id, "seq", (json_int_t)entry->seq, "changed",
                     envelope_instant(entry->changed_ms), "verified_at",
                     envelope_instant(entry->verified_at_ms), "body", body ? body : json_null());
}
