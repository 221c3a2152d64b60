/* Links: to what others wrote, only when they are certainly harmless, and to records. */
#include "node/portal/words/view.h"

#include "node/portal/route.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool printable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= 0x20 || *text == 0x7f)
            return false;
    return true;
}

char *view_url(const char *url)
{
    bool web = !strncasecmp(url, "https://", 8) || !strncasecmp(url, "http://", 7);
    return web && printable(url) ? strdup(url) : NULL;
}

char *view_tel(const char *telephone)
{
    text_t href;
    text_init(&href, 64);
    text_add_string(&href, "tel:");
    size_t digits = 0;
    for (const char *at = telephone; *at; at++) {
        if (isdigit((unsigned char)*at) || (*at == '+' && !digits)) {
            text_add(&href, at, 1);
            digits++;
        } else if (!strchr(" .-()", *at) && (unsigned char)*at < 0x80) {
            href.overflow = true;
        }
    }
    char *given = digits >= 3 && !href.overflow ? text_take(&href) : NULL;
    text_free(&href);
    return given;
}

char *view_mailto(const char *courriel)
{
    const char *at = strchr(courriel, '@');
    size_t plain = strspn(courriel, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "@.-_+");
    if (!at || at == courriel || strchr(at + 1, '@') || courriel[plain])
        return NULL;
    text_t href;
    text_init(&href, 512);
    text_add_format(&href, "mailto:%s", courriel);
    char *given = href.overflow ? NULL : text_take(&href);
    text_free(&href);
    return given;
}

void view_address(const kind_t *kind, const char *hub, const char *id, text_t *out)
{
    text_add_format(out, "/%s/%s/", kind->path, hub);
    request_encode(out, id);
}

void view_link(const site_t *site, const kind_t *kind, const char *hub, const char *id, text_t *out)
{
    if (strcmp(hub, site->settings->name) != 0 || !route_is_short(kind)) {
        view_address(kind, hub, id, out);
        return;
    }
    text_add_format(out, "/%s/", kind->path);
    request_encode(out, id);
}
