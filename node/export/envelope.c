#include "node/export/envelope.h"

#include "node/portal/words/format.h"

#include <sodium.h>

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

json_t *envelope_stream(const stream_state_t *state)
{
    char root[2 * HASH_SIZE + 1];
    sodium_bin2hex(root, sizeof root, state->root, HASH_SIZE);
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:o, s:o, s:I}", "hub", state->hub,
                     "kind", state->kind, "life", (json_int_t)state->life, "seq",
                     (json_int_t)state->seq, "count", (json_int_t)state->count, "root", root,
                     "state", stream_state_word(state), "verified_at",
                     envelope_instant(state->verified_at_ms), "heard_at",
                     envelope_instant(state->heard_at_ms), "behind", (json_int_t)state->behind);
}
