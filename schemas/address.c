#include "schemas/address.h"

#include "schemas/base/unicode.h"

#include <string.h>

#define COURRIEL_MAX_SIZE 254 /* RFC 5321, with its local part of 64 */

bool address_is_host(const char *host, size_t size)
{
    size_t label = 0, dots = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)host[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (c == '.' && label > 0) {
            dots++;
            label = 0;
        } else if (letter || c >= 0x80 || (c == '-' && label > 0)) {
            label++;
        } else {
            return false;
        }
    }
    return dots > 0 && label > 0;
}

/* True if the text holds one of these, a space, or a control. */
static bool holds(const char *text, size_t size, const char *forbidden)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f || strchr(forbidden, text[i]))
            return true;
    return false;
}

bool address_is_url(const char *url)
{
    size_t scheme = !strncasecmp(url, "https://", 8) ? 8 : !strncasecmp(url, "http://", 7) ? 7 : 0;
    if (!scheme || holds(url, strlen(url), "<>\"\\^`{|}"))
        return false;
    const char *host = url + scheme;
    size_t authority = strcspn(host, "/?#"), size = strcspn(host, ":/?#");
    size_t port = authority - size;
    bool good_port =
        port == 0 || (port >= 2 && port <= 6 && strspn(host + size + 1, "0123456789") >= port - 1);
    bool local = size == strlen("localhost") && !strncasecmp(host, "localhost", size);
    return good_port && (local || address_is_host(host, size));
}

bool address_is_telephone(const char *text)
{
    bool international = *text == '+';
    text += international;
    size_t digits = strspn(text, "0123456789");
    if (text[digits])
        return false;
    if (international)
        return digits >= 7 && digits <= 15 && *text != '0';
    return (digits == 10 && text[0] == '0' && text[1] != '0') || digits == 6
           || (digits == 4 && (*text == '1' || *text == '3'));
}

bool address_is_courriel(const char *text)
{
    const char *at = strrchr(text, '@');
    if (!at || strlen(text) > COURRIEL_MAX_SIZE || !unicode_valid(text, strlen(text))
        || !address_is_host(at + 1, strlen(at + 1)))
        return false;
    size_t local = (size_t)(at - text);
    if (local == 0 || local > 64 || text[0] == '.' || text[local - 1] == '.')
        return false;
    /* ?, & and % would say more than an address in a mailto link. */
    return !holds(text, local, "\"(),:;<>@[\\]?&%#/");
}
