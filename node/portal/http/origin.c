#include "node/portal/http/origin.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define HOST_MAX 253

static bool all_in(const char *text, size_t size, const char *others)
{
    for (size_t i = 0; i < size; i++)
        if (!isascii((unsigned char)text[i])
            || (!isalnum((unsigned char)text[i]) && !strchr(others, text[i])))
            return false;
    return size > 0;
}

static bool is_port(const char *text)
{
    size_t size = strlen(text);
    return size >= 1 && size <= 5 && strspn(text, "0123456789") == size;
}

bool origin_is_host(const char *host)
{
    size_t size = *host == '[' ? strcspn(host, "]") : strcspn(host, ":");
    if (size > HOST_MAX || !*host)
        return false;
    if (*host == '[') {
        if (host[size] != ']' || !all_in(host + 1, size - 1, ":."))
            return false;
        size++;
    } else if (!all_in(host, size, "-.") || *host == '-' || *host == '.')
        return false;
    return !host[size] || (host[size] == ':' && is_port(host + size + 1));
}

void origin_of(const portal_settings_t *settings, const request_t *request,
               char out[REQUEST_ORIGIN_SIZE])
{
    *out = 0;
    if (settings->url && *settings->url) {
        size_t size = strlen(settings->url);
        while (size && settings->url[size - 1] == '/')
            size--;
        if (size < REQUEST_ORIGIN_SIZE)
            snprintf(out, REQUEST_ORIGIN_SIZE, "%.*s", (int)size, settings->url);
    } else if (request->host && origin_is_host(request->host)) {
        bool secure = request->proto && !strcmp(request->proto, "https");
        snprintf(out, REQUEST_ORIGIN_SIZE, "%s://%s", secure ? "https" : "http", request->host);
    }
}
