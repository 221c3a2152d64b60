/* address - is this the form of a page, a mailbox, a telephone? Nothing is looked up.
 *
 * Strict enough that what passes can be put into a link as it is. */
#ifndef SCHEMAS_ADDRESS_H
#define SCHEMAS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* Two labels or more of letters, digits and hyphens; valid UTF-8 beyond ASCII is allowed, for
 * international names. */
bool address_is_host(const char *host, size_t size);

/* http or https, a host or localhost (a hub that is being tried out), perhaps a port; no user name,
 * which only serves to look like another. */
bool address_is_url(const char *url);

/* Without separators: ten digits from 0, + and a country, or the short ones: 3939, 118218, and the
 * six digits of the Pacific. */
bool address_is_telephone(const char *text);

bool address_is_courriel(const char *text);

#endif
