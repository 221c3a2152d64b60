#include "broker/sync/member.h"
#include "schemas/base/date.h"
#include "schemas/base/yaml.h"
#include "schemas/identifier.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define SUFFIX ".pub"
#define READS_MAX (sizeof((member_t *)0)->reads / NAME_SIZE)

const char *const member_roles[] = {"hub", "aggregator", "broker", NULL};

member_role_t member_role_named(const char *word)
{
    for (int role = MEMBER_HUB; role <= MEMBER_BROKER; role++)
        if (strcmp(word, member_roles[role]) == 0)
            return (member_role_t)role;
    assert(!"one of member_roles");
    return MEMBER_HUB;
}

/* ---- one file ---- */

typedef struct file {
    char *name, *role;
    member_t member;
} file_t;

/* What the readers below, called for each entry of a list, add to and complain to. */
typedef struct reading {
    member_t *member;
    findings_t *findings;
} reading_t;

/* The text of a place, or NULL and a finding when it is a list or a map. */
static const char *scalar(const yaml_place_t *place, findings_t *findings)
{
    if (yaml_place_shape(place) == YAML_SHAPE_SCALAR)
        return yaml_place_text(place);
    yaml_place_error(place, findings, "E_MEMBER", "must be one text");
    return NULL;
}

/* Visits the entries of a list; a single text counts as one. */
static void each(member_t *member, const yaml_place_t *place, findings_t *findings,
                 void (*visit)(void *context, const char *name, const yaml_place_t *value))
{
    reading_t reading = {member, findings};
    if (yaml_place_shape(place) == YAML_SHAPE_LIST)
        yaml_place_each(place, visit, &reading);
    else
        visit(&reading, NULL, place);
}

static void read_territory(void *field, const yaml_place_t *place, findings_t *findings)
{
    const char *text = scalar(place, findings);
    member_t *member = field;
    if (!text)
        return;
    if (identifier_cog(text) != IDENTIFIER_OK || strlen(text) >= sizeof member->territory)
        yaml_place_error(place, findings, "E_MEMBER", "is not a territory such as DEP-42");
    else
        memcpy(member->territory, text, strlen(text) + 1);
}

static bool is_curve_key(const char *text)
{
    uint8_t bytes[32];
    return strlen(text) == CURVE_KEY_SIZE - 1 && zmq_z85_decode(bytes, text);
}

static void add_curve(void *context, const char *name, const yaml_place_t *place)
{
    (void)name;
    const reading_t *reading = context;
    member_t *member = reading->member;
    const char *text = scalar(place, reading->findings);
    if (!text)
        return;
    if (!is_curve_key(text))
        yaml_place_error(place, reading->findings, "E_MEMBER", "is not a Z85 key of 40 characters");
    else if (member_has_curve(member, text))
        yaml_place_error(place, reading->findings, "E_MEMBER", "is given twice");
    else if (member->curve_count == MEMBER_KEYS_MAX)
        yaml_place_error(place, reading->findings, "E_MEMBER", "is more than %d keys",
                         MEMBER_KEYS_MAX);
    else
        memcpy(member->curve[member->curve_count++], text, CURVE_KEY_SIZE);
}

static void read_curve(void *member, const yaml_place_t *place, findings_t *findings)
{
    each(member, place, findings, add_curve);
}

static bool decode_sign_key(const char *text, uint8_t key[SIGN_PUBLIC_SIZE])
{
    size_t length = strlen(text), size = 0;
    if (length == 2 * SIGN_PUBLIC_SIZE)
        return sodium_hex2bin(key, SIGN_PUBLIC_SIZE, text, length, NULL, &size, NULL) == 0
               && size == SIGN_PUBLIC_SIZE;
    int variant = strchr(text, '=') ? sodium_base64_VARIANT_ORIGINAL
                                    : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    return sodium_base642bin(key, SIGN_PUBLIC_SIZE, text, length, NULL, &size, NULL, variant) == 0
           && size == SIGN_PUBLIC_SIZE;
}

static void read_sign_key(void *field, const yaml_place_t *place, findings_t *findings)
{
    const char *text = scalar(place, findings);
    if (text && !decode_sign_key(text, field))
        yaml_place_error(place, findings, "E_MEMBER", "is not 32 bytes in hex or base64");
}

static void read_instant(void *field, const yaml_place_t *place, findings_t *findings)
{
    int64_t *unix_ms = field, number;
    const char *text = scalar(place, findings);
    if (!text)
        return;
    if (instant_read(text, &number))
        *unix_ms = number * 1000;
    else if (date_read(text, &number))
        *unix_ms = number * 86400 * 1000;
    else
        yaml_place_error(place, findings, "E_MEMBER",
                         "is neither a day (2026-11-22) nor an instant (2026-11-22T09:00:00Z)");
}

static const yaml_key_t SIGN_KEYS[] = {
    {"key", YAML_CUSTOM, offsetof(sign_key_t, key), .required = true, .read = read_sign_key},
    {"from", YAML_CUSTOM, offsetof(sign_key_t, from_ms), .read = read_instant},
    {"until", YAML_CUSTOM, offsetof(sign_key_t, until_ms), .read = read_instant},
    {0},
};

static void add_sign(void *context, const char *name, const yaml_place_t *place)
{
    (void)name;
    const reading_t *reading = context;
    member_t *member = reading->member;
    sign_key_t sign = {.until_ms = INT64_MAX};
    yaml_place_struct(place, SIGN_KEYS, &sign, reading->findings);
    if (sign.until_ms <= sign.from_ms)
        yaml_place_error(place, reading->findings, "E_MEMBER", "ends before it begins");
    else if (member->sign_count == MEMBER_KEYS_MAX)
        yaml_place_error(place, reading->findings, "E_MEMBER", "is more than %d keys",
                         MEMBER_KEYS_MAX);
    else
        member->sign[member->sign_count++] = sign;
}

static void read_sign(void *member, const yaml_place_t *place, findings_t *findings)
{
    each(member, place, findings, add_sign);
}

static void add_kind(void *context, const char *name, const yaml_place_t *place)
{
    (void)name;
    const reading_t *reading = context;
    member_t *member = reading->member;
    const char *text = scalar(place, reading->findings);
    if (!text)
        return;
    if (!name_valid(text))
        yaml_place_error(place, reading->findings, "E_MEMBER", "is not the name of a kind");
    else if (member->read_count == READS_MAX)
        yaml_place_error(place, reading->findings, "E_MEMBER", "is more than %zu kinds", READS_MAX);
    else
        memcpy(member->reads[member->read_count++], text, strlen(text) + 1);
}

/* An empty list would be "reads nothing", which a member_t cannot say. */
static void read_reads(void *member, const yaml_place_t *place, findings_t *findings)
{
    if (yaml_place_shape(place) == YAML_SHAPE_LIST && yaml_place_count(place) == 0)
        yaml_place_error(place, findings, "E_MEMBER", "names no kind; leave it out to allow all");
    each(member, place, findings, add_kind);
}

static const yaml_key_t KEYS[] = {
    {"name", YAML_NAME, offsetof(file_t, name), .required = true},
    {"role", YAML_TEXT, offsetof(file_t, role), .required = true, .words = member_roles},
    {"territory", YAML_CUSTOM, offsetof(file_t, member), .read = read_territory},
    {"curve", YAML_CUSTOM, offsetof(file_t, member), .required = true, .read = read_curve},
    {"sign", YAML_CUSTOM, offsetof(file_t, member), .read = read_sign},
    {"reads", YAML_CUSTOM, offsetof(file_t, member), .read = read_reads},
    {0},
};

static void complain(const char *path, const char *field, const char *value, const char *reason,
                     findings_t *findings)
{
    findings_add(findings, SEVERITY_ERROR, "E_MEMBER", path, field, value, "%s", reason);
}

/* What a member as a whole must be; the fields were checked where they stand. */
static void check_member(const member_t *member, const char *path, findings_t *findings)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t length = strlen(member->name);
    if (strncmp(base, member->name, length) != 0 || strcmp(base + length, SUFFIX) != 0)
        complain(path, "name", member->name, "the file must be called after it, NAME.pub",
                 findings);
    if (member->curve_count == 0)
        complain(path, "curve", NULL, "a member needs a key to connect", findings);
    if (member->role == MEMBER_HUB && !*member->territory)
        complain(path, "territory", NULL, "a hub needs one, such as DEP-42", findings);
    if (member->role == MEMBER_HUB && member->sign_count == 0)
        complain(path, "sign", NULL, "a hub needs a key to sign its heads", findings);
    if (member->role == MEMBER_BROKER && member->sign_count > 0)
        complain(path, "sign", NULL, "a broker signs nothing", findings);
}

/* -1 with errors among the findings. */
static int load_member(member_t *member, const char *path, findings_t *findings)
{
    size_t errors = findings->errors;
    file_t file = {0};
    if (yaml_load(path, KEYS, &file, findings) == 0) {
        *member = file.member;
        member->role = member_role_named(file.role);
        memcpy(member->name, file.name, strlen(file.name) + 1);
        check_member(member, path, findings);
    }
    yaml_free(KEYS, &file);
    return findings->errors == errors ? 0 : -1;
}

/* ---- the set ---- */

struct members {
    member_t **list; /* ordered by name; each stays where it is when others come */
    size_t count;
};

members_t *members_new(void)
{
    members_t *self = calloc(1, sizeof *self);
    assert(self);
    self->list = calloc(MEMBERS_MAX, sizeof *self->list);
    assert(self->list);
    return self;
}

void members_destroy(members_t **self_p)
{
    members_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        free(self->list[i]);
    free(self->list);
    free(self);
    *self_p = NULL;
}

void members_add(members_t *self, const member_t *member)
{
    assert(self->count < MEMBERS_MAX && !members_find(self, member->name));
    member_t *copy = malloc(sizeof *copy);
    assert(copy);
    *copy = *member;
    size_t at = self->count++;
    for (; at > 0 && strcmp(self->list[at - 1]->name, copy->name) > 0; at--)
        self->list[at] = self->list[at - 1];
    self->list[at] = copy;
}

/* Adds a member just read, unless one of its keys would let it pass for another. */
static void add_checked(members_t *self, const member_t *member, const char *path,
                        findings_t *findings)
{
    if (self->count == MEMBERS_MAX) {
        findings_add(findings, SEVERITY_ERROR, "E_MEMBER", path, NULL, NULL,
                     "there are more than %d members", MEMBERS_MAX);
        return;
    }
    for (size_t i = 0; i < member->curve_count; i++) {
        const member_t *other = members_by_curve(self, member->curve[i]);
        if (other) {
            findings_add(findings, SEVERITY_ERROR, "E_MEMBER", path, "curve", member->curve[i],
                         "is also a key of '%s'", other->name);
            return;
        }
    }
    members_add(self, member);
}

static int is_public_file(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), suffix = sizeof SUFFIX - 1;
    return entry->d_name[0] != '.' && length > suffix
           && strcmp(entry->d_name + length - suffix, SUFFIX) == 0;
}

static void load_file(members_t *self, const char *folder, const char *name, findings_t *findings)
{
    char path[PATH_MAX];
    member_t member;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        complain(folder, NULL, name, "the path is too long", findings);
    else if (load_member(&member, path, findings) == 0)
        add_checked(self, &member, path, findings);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

members_t *members_load(const char *folder, findings_t *findings)
{
    size_t errors = findings->errors;
    struct dirent **entries;
    int count = scandir(folder, &entries, is_public_file, by_bytes);
    if (count < 0) {
        complain(folder, NULL, NULL, strerror(errno), findings);
        return NULL;
    }
    members_t *self = members_new();
    for (int i = 0; i < count; i++) {
        load_file(self, folder, entries[i]->d_name, findings);
        free(entries[i]);
    }
    free(entries);
    if (findings->errors != errors)
        members_destroy(&self);
    return self;
}

size_t members_count(const members_t *self)
{
    return self->count;
}

const member_t *members_at(const members_t *self, size_t index)
{
    assert(index < self->count);
    return self->list[index];
}

static int compare_name(const void *name, const void *entry)
{
    return strcmp(name, (*(member_t *const *)entry)->name);
}

const member_t *members_find(const members_t *self, const char *name)
{
    member_t **found = bsearch(name, self->list, self->count, sizeof *self->list, compare_name);
    return found ? *found : NULL;
}

const member_t *members_by_curve(const members_t *self, const char *z85)
{
    for (size_t i = 0; i < self->count; i++)
        if (member_has_curve(self->list[i], z85))
            return self->list[i];
    return NULL;
}

bool member_has_curve(const member_t *self, const char *z85)
{
    for (size_t i = 0; i < self->curve_count; i++)
        if (strcmp(self->curve[i], z85) == 0)
            return true;
    return false;
}

bool member_may_read(const member_t *self, const char *kind)
{
    for (size_t i = 0; i < self->read_count; i++)
        if (strcmp(self->reads[i], kind) == 0)
            return true;
    return self->read_count == 0;
}

bool members_verify(const members_t *self, const head_t *head, int64_t unix_ms)
{
    const member_t *hub = members_find(self, head->hub);
    if (!hub)
        return false;
    for (size_t i = 0; i < hub->sign_count; i++) {
        const sign_key_t *sign = &hub->sign[i];
        if (unix_ms >= sign->from_ms && unix_ms < sign->until_ms && head_verify(head, sign->key))
            return true;
    }
    return false;
}

bool members_bear_out(const members_t *self, const head_t *head)
{
    const member_t *hub = members_find(self, head->hub);
    for (size_t i = 0; hub && i < hub->sign_count; i++)
        if (head_verify(head, hub->sign[i].key))
            return true;
    return false;
}
