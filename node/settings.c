#include "node/settings.h"

#include "broker/base/settings.h"
#include "node/colour.h"
#include "node/store/synonyms.h"
#include "schemas/identifier.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKET_NAME "/control.sock"

static void role_read(void *member, const yaml_place_t *place, findings_t *findings)
{
    static const char *const words[] = {"hub", "aggregator", NULL};
    const char *word = yaml_place_shape(place) == YAML_SHAPE_SCALAR ? yaml_place_text(place) : "";
    for (int i = 0; words[i]; i++)
        if (strcmp(word, words[i]) == 0) {
            *(member_role_t *)member = i == 0 ? MEMBER_HUB : MEMBER_AGGREGATOR;
            return;
        }
    const char *near = yaml_did_you_mean(word, words);
    yaml_place_error(place, findings, "E_WORD", "'role' must be hub or aggregator%s%s%s",
                     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void territory_read(void *member, const yaml_place_t *place, findings_t *findings)
{
    const char *code = yaml_place_shape(place) == YAML_SHAPE_SCALAR ? yaml_place_text(place) : "";
    if (identifier_cog(code) != IDENTIFIER_OK) {
        yaml_place_error(place, findings, "E_TERRITORY",
                         "'territory' must look like DEP-42, REG-84 or COM-42218");
        return;
    }
    *(char **)member = strdup(code);
    assert(*(char **)member);
}

/* A decimal number of at most 65535, all of the text. */
static bool read_port(const char *text, uint16_t *port)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits])
        return false;
    long number = strtol(text, NULL, 10);
    *port = (uint16_t)number;
    return number <= UINT16_MAX;
}

bool settings_split_listen(const char *listen, char host[64], uint16_t *port)
{
    const char *colon = strrchr(listen, ':');
    if (!colon || !read_port(colon + 1, port))
        return false;
    size_t size = (size_t)(colon - listen);
    bool bracketed = size > 2 && listen[0] == '[' && colon[-1] == ']';
    if (bracketed) {
        listen++;
        size -= 2;
    }
    if (size == 0 || size > 63)
        return false;
    memcpy(host, listen, size);
    host[size] = 0;
    /* Only brackets tell which colon of an IPv6 address ends it. */
    return !strpbrk(host, bracketed ? "[] " : "[]: ");
}

static void listen_read(void *member, const yaml_place_t *place, findings_t *findings)
{
    char host[64];
    uint16_t port;
    const char *listen = yaml_place_shape(place) == YAML_SHAPE_SCALAR ? yaml_place_text(place) : "";
    if (!settings_split_listen(listen, host, &port)) {
        yaml_place_error(place, findings, "E_LISTEN",
                         "'listen' must be an address and a port, such as 127.0.0.1:8042 or "
                         "[::1]:8042");
        return;
    }
    *(char **)member = strdup(listen);
    assert(*(char **)member);
}

static void text_release(void *member)
{
    free(*(char **)member);
    *(char **)member = NULL;
}

/* --- subscribe: [{hub: "*", kinds: [event, use_case]}], spread into one interest per hub and kind --- */

typedef struct subscription {
    char *hub;
    char **kinds;
    size_t kind_count;
} subscription_t;

static const yaml_key_t SUBSCRIPTION[] = {
    {"hub", YAML_TEXT, .offset = offsetof(subscription_t, hub), .required = true},
    {"kinds", YAML_TEXTS, offsetof(subscription_t, kinds),
     .count_offset = offsetof(subscription_t, kind_count)},
    {0},
};

static bool star_or_name(const char *word)
{
    return strcmp(word, "*") == 0 || name_valid(word);
}

static void add_interest(settings_t *self, const char *hub, const char *kind,
                         const yaml_place_t *place, findings_t *findings)
{
    if (!star_or_name(hub) || !star_or_name(kind)) {
        yaml_place_error(place, findings, "E_NAME",
                         "'%.80s' is neither \"*\" nor a name of 1-32 characters a-z, 0-9, _ or -",
                         star_or_name(hub) ? kind : hub);
        return;
    }
    if (self->subscribe_count == INTERESTS_MAX) {
        yaml_place_error(place, findings, "E_TOO_MANY",
                         "more than %d subscriptions (one per hub and kind): use \"*\"",
                         INTERESTS_MAX);
        return;
    }
    interest_t *interest = &self->subscribe[self->subscribe_count];
    snprintf(interest->hub, sizeof interest->hub, "%s", hub);
    snprintf(interest->kind, sizeof interest->kind, "%s", kind);
    self->subscribe_where[self->subscribe_count++] = yaml_place_where(place);
}

typedef struct subscribe_visit {
    settings_t *settings;
    findings_t *findings;
} subscribe_visit_t;

static void visit_subscription(void *context, const char *name, const yaml_place_t *place)
{
    (void)name;
    subscribe_visit_t *visit = context;
    subscription_t subscription = {0};
    yaml_place_struct(place, SUBSCRIPTION, &subscription, visit->findings);
    if (subscription.hub && !subscription.kinds)
        add_interest(visit->settings, subscription.hub, "*", place, visit->findings);
    for (size_t i = 0; subscription.hub && i < subscription.kind_count; i++)
        add_interest(visit->settings, subscription.hub, subscription.kinds[i], place,
                     visit->findings);
    yaml_free(SUBSCRIPTION, &subscription);
}

static void subscribe_read(void *member, const yaml_place_t *place, findings_t *findings)
{
    settings_t *self = member;
    if (yaml_place_shape(place) != YAML_SHAPE_LIST) {
        yaml_place_error(place, findings, "E_YAML_TYPE",
                         "'subscribe' must be a list, such as [{hub: \"*\", kinds: [\"*\"]}]");
        return;
    }
    self->subscribe = calloc(INTERESTS_MAX, sizeof *self->subscribe);
    self->subscribe_where = calloc(INTERESTS_MAX, sizeof *self->subscribe_where);
    assert(self->subscribe && self->subscribe_where);
    subscribe_visit_t visit = {self, findings};
    yaml_place_each(place, visit_subscription, &visit);
}

static void subscribe_release(void *member)
{
    settings_t *self = member;
    for (size_t i = 0; i < self->subscribe_count; i++)
        free(self->subscribe_where[i]);
    free(self->subscribe_where);
    free(self->subscribe);
    self->subscribe_where = NULL;
    self->subscribe = NULL;
    self->subscribe_count = 0;
}

/* --- the file --- */

static const yaml_key_t BROKER[] = {
    {"name", YAML_NAME, offsetof(broker_address_t, name), .required = true},
    {"endpoint", YAML_TEXT, .offset = offsetof(broker_address_t, endpoint), .required = true},
    {"", YAML_WHERE, .offset = offsetof(broker_address_t, where)},
    {0},
};

/* The keys of node, hub and portal lie in the same struct as the rest. */
static const yaml_key_t NODE[] = {
    {"name", YAML_NAME, offsetof(settings_t, name), .required = true},
    {"role", YAML_CUSTOM, offsetof(settings_t, role), .required = true, .read = role_read},
    {"territory", YAML_CUSTOM, offsetof(settings_t, territory), .read = territory_read,
     .release = text_release},
    {"", YAML_WHERE, .offset = offsetof(settings_t, where)},
    {"title", YAML_TEXT, .offset = offsetof(settings_t, title)},
    {0},
};

static const yaml_key_t HUB[] = {
    {"telephone", YAML_TEXT, .offset = offsetof(settings_t, telephone)},
    {"courriel", YAML_TEXT, .offset = offsetof(settings_t, courriel)},
    {"porteur", YAML_TEXT, .offset = offsetof(settings_t, porteur)},
    {"url", YAML_TEXT, .offset = offsetof(settings_t, url)},
    {0},
};

static const yaml_key_t COLOURS[] = {
    {"principale", YAML_TEXT, offsetof(settings_t, principale), .required = true},
    {"secondaire", YAML_TEXT, offsetof(settings_t, secondaire), .required = true},
    {0},
};

static const yaml_key_t PORTAL[] = {
    {"listen", YAML_CUSTOM, offsetof(settings_t, listen_address), .required = true,
     .read = listen_read, .release = text_release},
    {"couleurs", YAML_STRUCT, 0, .keys = COLOURS},
    {"logo", YAML_PATH, .offset = offsetof(settings_t, logo)},
    {"synonymes", YAML_PATH, .offset = offsetof(settings_t, synonymes)},
    {"embed", YAML_TEXTS, offsetof(settings_t, embed),
     .count_offset = offsetof(settings_t, embed_count)},
    {0},
};

static const yaml_key_t SETTINGS[] = {
    {"node", YAML_STRUCT, 0, .required = true, .keys = NODE},
    {"store", YAML_PATH, .offset = offsetof(settings_t, store), .required = true},
    {"key", YAML_PATH, .offset = offsetof(settings_t, key), .required = true},
    {"members", YAML_PATH, .offset = offsetof(settings_t, members), .required = true},
    {"schemas", YAML_PATH, .offset = offsetof(settings_t, schemas)},
    {"brokers", YAML_STRUCTS, offsetof(settings_t, brokers), .keys = BROKER,
     .size = sizeof(broker_address_t), .count_offset = offsetof(settings_t, broker_count)},
    {"subscribe", YAML_CUSTOM, 0, .read = subscribe_read, .release = subscribe_release},
    {"hub", YAML_STRUCT, 0, .keys = HUB},
    {"portal", YAML_STRUCT, 0, .keys = PORTAL},
    {"timers", YAML_STRUCT, offsetof(settings_t, timers), .keys = timers_keys},
    {"log", YAML_CUSTOM, offsetof(settings_t, log_level), .read = log_level_read},
    {0},
};

static bool good_endpoint(const char *endpoint)
{
    const char *colon = strrchr(endpoint, ':');
    uint16_t port;
    return strncmp(endpoint, "tcp://", 6) == 0 && colon > endpoint + 6
           && read_port(colon + 1, &port) && port > 0;
}

static void check_brokers(const settings_t *self, findings_t *findings)
{
    for (size_t i = 0; i < self->broker_count; i++) {
        const broker_address_t *broker = &self->brokers[i];
        if (!good_endpoint(broker->endpoint))
            findings_add(findings, SEVERITY_ERROR, "E_ENDPOINT", broker->where, "brokers.endpoint",
                         broker->endpoint, "'endpoint' must look like tcp://192.0.2.1:4270");
        for (size_t j = 0; j < i; j++)
            if (strcmp(self->brokers[j].name, broker->name) == 0)
                findings_add(findings, SEVERITY_ERROR, "E_TWICE", broker->where, "brokers.name",
                             broker->name, "this broker is given twice, before at %s",
                             self->brokers[j].where);
    }
}

/* Links and buttons of this colour must be readable where they stand. */
static void check_colour(const char *colour, const char *ground, const char *field,
                         const char *path, findings_t *findings)
{
    uint8_t rgb[3];
    char proposal[COLOUR_SIZE];
    if (!colour)
        return;
    if (!colour_parse(colour, rgb)) {
        findings_add(findings, SEVERITY_ERROR, "E_COLOUR", path, field, colour,
                     "a colour must look like #0b5563");
        return;
    }
    double contrast = colour_contrast(colour, ground);
    if (contrast >= COLOUR_CONTRAST_MIN)
        return;
    colour_readable(colour, ground, proposal);
    findings_add(
        findings, SEVERITY_ERROR, "E_CONTRAST", path, field, colour,
        "this colour cannot be read on the portal's %s ground %s: its contrast is %.2f and "
        "must be %.1f; the nearest that can is %s",
        strcmp(ground, COLOUR_LIGHT_GROUND) ? "dark" : "light", ground, contrast,
        COLOUR_CONTRAST_MIN, proposal);
}

/* An origin as frame-ancestors takes it: no path, nothing that could end the header's directive. */
static bool is_origin(const char *url)
{
    const char *host = strncmp(url, "https://", 8) == 0  ? url + 8
                       : strncmp(url, "http://", 7) == 0 ? url + 7
                                                         : "";
    return *host
           && host[strspn(host,
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:")]
                  == 0;
}

static bool is_picture(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (!strcmp(dot, ".svg") || !strcmp(dot, ".png") || !strcmp(dot, ".webp"));
}

static void check_synonyms(const settings_t *self, findings_t *findings)
{
    synonyms_t *synonyms = self->synonymes ? synonyms_load(self->synonymes, findings) : NULL;
    synonyms_destroy(&synonyms);
}

static void check_portal(const settings_t *self, const char *path, findings_t *findings)
{
    check_colour(self->principale, COLOUR_LIGHT_GROUND, "portal.couleurs.principale", path,
                 findings);
    check_colour(self->secondaire, COLOUR_DARK_GROUND, "portal.couleurs.secondaire", path,
                 findings);
    if (self->logo && !is_picture(self->logo))
        findings_add(findings, SEVERITY_ERROR, "E_LOGO", path, "portal.logo", self->logo,
                     "a logo must be an .svg, .png or .webp file");
    check_synonyms(self, findings);
    for (size_t i = 0; i < self->embed_count; i++)
        if (!is_origin(self->embed[i]))
            findings_add(findings, SEVERITY_ERROR, "E_ORIGIN", path, "portal.embed", self->embed[i],
                         "a site must be given without a path, such as https://www.loire.fr");
}

/* What concerns several keys, or what they name. */
static void check_whole(const settings_t *self, const char *path, findings_t *findings)
{
    if (strlen(self->store) + strlen(SOCKET_NAME) > SETTINGS_SOCKET_MAX)
        findings_add(findings, SEVERITY_ERROR, "E_STORE_PATH", path, "store", self->store,
                     "'store' is too long a path: with " SOCKET_NAME " it has %zu bytes, and the "
                     "address of a socket at most %d",
                     strlen(self->store) + strlen(SOCKET_NAME), SETTINGS_SOCKET_MAX);
    if (self->role == MEMBER_HUB && !self->territory)
        findings_add(findings, SEVERITY_ERROR, "E_TERRITORY", self->where, "node.territory", NULL,
                     "a hub serves a territory: add one, such as territory: DEP-42");
    check_brokers(self, findings);
    check_portal(self, path, findings);
    timers_check(&self->timers, path, findings);
}

int settings_load(settings_t *self, const char *path, findings_t *findings)
{
    size_t errors = findings->errors;
    *self = (settings_t){.log_level = LOG_INFO};
    timers_set_default(&self->timers);
    if (settings_check_sort(path, "node", "broker", "maillage-broker", findings)
        || yaml_load(path, SETTINGS, self, findings))
        return -1;
    check_whole(self, path, findings);
    return findings->errors > errors ? -1 : 0;
}

void settings_free(settings_t *self)
{
    yaml_free(SETTINGS, self);
}
