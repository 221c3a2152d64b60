/* card - the record of kind hub that a hub publishes about itself, as its settings say it. */
#ifndef NODE_CARD_H
#define NODE_CARD_H

#include "node/control.h"
#include "node/settings.h"
#include "schemas/base/finding.h"

#define CARD_KIND "hub"

/* Fills *change, whose body borrows `body`, an empty text. -1 and findings when the settings make no
 * valid record, or the schema has no such kind. */
int card_make(const settings_t *settings, const schema_t *schema, change_t *change, text_t *body,
              findings_t *findings);

#endif
