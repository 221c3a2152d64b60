#include "node/portal/http/request.h"

#include "schemas/base/unicode.h"

#include <assert.h>
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void refuse(request_t *self, unsigned status, const char *reason)
{
    if (self->refused)
        return;
    self->refused = status;
    self->reason = reason;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes in place; false for a lame percent sign, a control character or bytes that are no
 * UTF-8. */
static bool decode(char *text, bool plus_is_space)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        char c = *from;
        if (c == '%') {
            int high = hex_digit(from[1]);
            int low = high < 0 ? -1 : hex_digit(from[2]);
            if (low < 0)
                return false;
            c = (char)(high << 4 | low);
            from += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return false;
        *to++ = c;
    }
    *to = 0;
    return unicode_valid(text, (size_t)(to - text));
}

static void read_path(request_t *self, char *path)
{
    if (path[0] != '/') {
        refuse(self, 400, "L'adresse doit commencer par une barre oblique.");
        return;
    }
    if (!path[1])
        return;
    for (char *piece = path + 1; piece;) {
        char *slash = strchr(piece, '/');
        if (slash)
            *slash++ = 0;
        if (!*piece && !slash && self->piece_count) {
            self->slash = true;
            return;
        }
        if (!*piece || self->piece_count == REQUEST_PIECES_MAX) {
            self->odd = true;
            return;
        }
        if (!decode(piece, false))
            refuse(self, 400, "L'adresse contient un caractère mal codé.");
        self->pieces[self->piece_count++] = piece;
        piece = slash;
    }
}

static void read_query(request_t *self, char *query)
{
    for (char *pair = query; pair;) {
        char *end = strchr(pair, '&');
        if (end)
            *end++ = 0;
        if (*pair) {
            char *value = strchr(pair, '=');
            if (value)
                *value++ = 0;
            else
                value = pair + strlen(pair);
            if (self->parameter_count == REQUEST_PARAMETERS_MAX) {
                refuse(self, 400, "L'adresse contient trop de paramètres.");
                return;
            }
            if (!decode(pair, true) || !decode(value, true))
                refuse(self, 400, "Un paramètre de l'adresse est mal codé.");
            self->parameters[self->parameter_count++] = (parameter_t){pair, value};
        }
        pair = end;
    }
}

request_t *request_new(const char *target)
{
    request_t *self = calloc(1, sizeof *self);
    assert(self);
    bool fits = strlen(target) <= REQUEST_TARGET_MAX;
    self->target = strdup(fits ? target : "");
    self->buffer = strdup(self->target);
    assert(self->target && self->buffer);
    self->method = "GET";
    self->api = !strncmp(target, "/api/", 5);
    if (!fits) {
        refuse(self, 414, "L'adresse est trop longue.");
        return self;
    }
    char *query = strchr(self->buffer, '?');
    if (query)
        *query++ = 0;
    read_path(self, self->buffer);
    read_query(self, query);
    return self;
}

void request_destroy(request_t **self_p)
{
    if (!*self_p)
        return;
    free((*self_p)->target);
    free((*self_p)->buffer);
    free(*self_p);
    *self_p = NULL;
}

/* ---- headers ---- */

static const struct {
    const char *name;
    size_t offset; /* of where it is kept */
    bool once;     /* two of them are two opinions on whom the request is for */
} KEPT[] = {
    {"Host", offsetof(request_t, host), true},
    {"If-None-Match", offsetof(request_t, if_none_match), false},
    {"If-Modified-Since", offsetof(request_t, if_modified_since), false},
    {"X-Forwarded-Proto", offsetof(request_t, proto), false},
};

/* RFC 9110, 5.6.2. */
static bool is_token(const char *name)
{
    for (const char *at = name; *at; at++)
        if (!isascii((unsigned char)*at)
            || (!isalnum((unsigned char)*at) && !strchr("!#$%&'*+-.^_`|~", *at)))
            return false;
    return *name;
}

static bool is_one_line(const char *value)
{
    for (const unsigned char *at = (const unsigned char *)value; *at; at++)
        if ((*at < 0x20 && *at != '\t') || *at == 0x7f)
            return false;
    return true;
}

/* libmicrohttpd 0.9.75 writes a folded line behind the name of its header: "Transfer-Encoding:" and then
 * " chunked" come as the header "Transfer-Encodingchunked". Hence only the beginning is compared. */
static bool tells_of_body(const char *name, const char *value)
{
    static const char LENGTH[] = "Content-Length", CODING[] = "Transfer-Encoding";
    if (!strcasecmp(name, LENGTH))
        return !value || strcmp(value, "0");
    return !strncasecmp(name, LENGTH, strlen(LENGTH)) || !strncasecmp(name, CODING, strlen(CODING));
}

void request_header(request_t *self, const char *name, const char *value)
{
    if (!is_token(name) || (value && !is_one_line(value)))
        refuse(self, 400, "Un en-tête de la demande est mal écrit.");
    if (tells_of_body(name, value))
        self->has_body = true;
    for (size_t i = 0; i < sizeof KEPT / sizeof *KEPT; i++) {
        if (strcasecmp(name, KEPT[i].name) != 0)
            continue;
        const char **place = (const char **)((char *)self + KEPT[i].offset);
        if (*place && KEPT[i].once)
            refuse(self, 400, "La demande nomme deux sites à la fois.");
        *place = value;
    }
}

const char *request_parameter(const request_t *self, const char *name)
{
    for (size_t i = 0; i < self->parameter_count; i++)
        if (!strcmp(self->parameters[i].name, name))
            return self->parameters[i].value;
    return NULL;
}

void request_encode(text_t *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (isascii(c) && (isalnum(c) || strchr("-._~:", c)))
            text_add(out, text, 1);
        else
            text_add_format(out, "%%%02X", c);
    }
}

static void add_parameter(text_t *out, bool *first, const char *name, const char *value)
{
    text_add_string(out, *first ? "?" : "&");
    *first = false;
    request_encode(out, name);
    text_add_string(out, "=");
    request_encode(out, value);
}

void request_again(const request_t *self, const char *after, text_t *out)
{
    if (!self->piece_count)
        text_add_string(out, "/");
    for (size_t i = 0; i < self->piece_count; i++) {
        text_add_string(out, "/");
        request_encode(out, self->pieces[i]);
    }
    bool first = true;
    for (size_t i = 0; i < self->parameter_count; i++) {
        const parameter_t *parameter = &self->parameters[i];
        if (strcmp(parameter->name, "after") && *parameter->value)
            add_parameter(out, &first, parameter->name, parameter->value);
    }
    if (after)
        add_parameter(out, &first, "after", after);
}
