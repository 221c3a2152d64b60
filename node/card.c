#include "node/card.h"

#include "schemas/body.h"

#include <assert.h>
#include <stdio.h>

/* "s*" leaves out what the settings do not say. */
static json_t *content(const settings_t *settings)
{
    json_t *json =
        json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:s*, s:s*}", "code", settings->name, "nom",
                  settings->title ? settings->title : settings->name, "territoire",
                  settings->territory, "porteur", settings->porteur, "url", settings->url,
                  "telephone", settings->telephone, "courriel", settings->courriel);
    assert(json); /* the texts are UTF-8: libyaml has seen to it */
    if (settings->principale)
        json_object_set_new(json, "couleurs",
                            json_pack("[s, s]", settings->principale, settings->secondaire));
    return json;
}

int card_make(const settings_t *settings, const schema_t *schema, change_t *change, text_t *body,
              findings_t *findings)
{
    const kind_t *kind = schema_kind(schema, CARD_KIND);
    if (!kind) {
        findings_add(findings, SEVERITY_WARNING, "W_CARD", "", "", "",
                     "the schema has no kind '%s': this hub has no card", CARD_KIND);
        return -1;
    }
    err_t err;
    json_t *json = content(settings);
    int rc = -1;
    *change = (change_t){.op = ITEM_PUT, .sv = kind->version};
    snprintf(change->kind, sizeof change->kind, "%s", CARD_KIND);
    if (body_id(kind, json, change->id, &err))
        findings_add(findings, SEVERITY_ERROR, "E_CARD", "", "", "", "%s", err.text);
    else
        rc = body_encode(kind, json, body, findings);
    json_decref(json);
    change->body = (const uint8_t *)body->data;
    change->body_size = body->size;
    return rc;
}
