#include "broker/base/settings.h"

#include <stddef.h>
#include <string.h>

static const yaml_key_t BROKER[] = {
    {"name", YAML_NAME, offsetof(broker_settings_t, name), .required = true},
    {"listen", YAML_TEXT, offsetof(broker_settings_t, listen), .required = true},
    {0},
};

static const yaml_key_t SETTINGS[] = {
    /* The nested keys lie in the same struct. */
    {"broker", YAML_STRUCT, 0, .required = true, .keys = BROKER},
    {"store", YAML_PATH, offsetof(broker_settings_t, store), .required = true},
    {"key", YAML_PATH, offsetof(broker_settings_t, key), .required = true},
    {"members", YAML_PATH, offsetof(broker_settings_t, members), .required = true},
    {"timers", YAML_STRUCT, offsetof(broker_settings_t, timers), .keys = timers_keys},
    {"log", YAML_CUSTOM, offsetof(broker_settings_t, log_level), .read = log_level_read},
    {0},
};

void log_level_read(void *member, const yaml_place_t *place, findings_t *findings)
{
    const char *word = yaml_place_shape(place) == YAML_SHAPE_SCALAR ? yaml_place_text(place) : NULL;
    for (int i = 0; word && log_levels[i]; i++) {
        if (strcmp(word, log_levels[i]) == 0) {
            *(log_level_t *)member = (log_level_t)i;
            return;
        }
    }
    const char *near = word ? yaml_did_you_mean(word, log_levels) : NULL;
    yaml_place_error(place, findings, "E_WORD", "'log' must be debug, info, warning or error%s%s%s",
                     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* "tcp://HOST:PORT", the only transport that CURVE and the firewall rules of a site are made for. */
static void check_listen(const char *listen, const char *where, findings_t *findings)
{
    const char *colon = strrchr(listen, ':');
    bool good =
        strncmp(listen, "tcp://", 6) == 0 && colon > listen + 6 && colon[1]
        && (strcmp(colon, ":*") == 0 || strspn(colon + 1, "0123456789") == strlen(colon + 1));
    if (!good)
        findings_add(findings, SEVERITY_ERROR, "E_ENDPOINT", where, "broker.listen", listen,
                     "'listen' must look like tcp://*:4270 or tcp://192.0.2.1:4270");
}

int settings_check_sort(const char *path, const char *key, const char *other, const char *program,
                        findings_t *findings)
{
    text_t text;
    findings_t unreadable = {0};
    text_init(&text, YAML_MAX_SIZE);
    bool foreign = yaml_read(path, &text, &unreadable) == 0 && !yaml_has_key(text.data, key)
                   && yaml_has_key(text.data, other);
    text_free(&text);
    findings_free(&unreadable);
    if (foreign)
        findings_add(findings, SEVERITY_ERROR, "E_FILE", path, other, "",
                     "this is a %s's file, for %s; here one with '%s' is expected", other, program,
                     key);
    return foreign ? -1 : 0;
}

int broker_settings_load(broker_settings_t *self, const char *path, findings_t *findings)
{
    size_t errors = findings->errors;
    *self = (broker_settings_t){.log_level = LOG_INFO};
    timers_set_default(&self->timers);
    if (settings_check_sort(path, "broker", "node", "maillage-node", findings)
        || yaml_load(path, SETTINGS, self, findings))
        return -1;
    check_listen(self->listen, path, findings);
    timers_check(&self->timers, path, findings);
    return findings->errors > errors ? -1 : 0;
}

void broker_settings_free(broker_settings_t *self)
{
    yaml_free(SETTINGS, self);
}
