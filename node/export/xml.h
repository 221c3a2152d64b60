/* xml - text that may stand in XML 1.0, between tags and inside quotes alike. */
#ifndef NODE_EXPORT_XML_H
#define NODE_EXPORT_XML_H

#include "schemas/base/text.h"

/* Appends UTF-8 text escaped; what XML cannot hold at all (control characters, U+FFFE, U+FFFF) is left out.
 * NULL appends nothing. */
void xml_add(text_t *out, const char *text);

/* Appends "<name>text</name>" and a line end; nothing when the text is NULL or "". The name is ours. */
void xml_element(text_t *out, const char *name, const char *text);

#endif
