/* Each file is recognised by its name or its top-level keys and read by the very code that the daemons
 * read it with. A kind or a vocabulary means nothing alone, so its whole folder of schemas is checked,
 * and a member with its folder; each folder once. What a node's or broker's file refers to is checked
 * as far as it is there: a key that is not made yet is a warning. */
#include "node/cli/cli.h"

#include "broker/base/settings.h"
#include "node/card.h"
#include "node/import/mapping.h"
#include "schemas/body.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct checker {
    findings_t findings;
    json_t *folders;  /* checked already: folder: true */
    schema_t *schema; /* for mappings; loaded at the first */
} checker_t;

static void error(checker_t *self, const char *code, const char *where, const char *field,
                  const char *value, const char *reason)
{
    findings_add(&self->findings, SEVERITY_ERROR, code, where, field, value, "%s", reason);
}

static void warning(checker_t *self, const char *code, const char *where, const char *field,
                    const char *value, const char *reason)
{
    findings_add(&self->findings, SEVERITY_WARNING, code, where, field, value, "%s", reason);
}

/* The folder that many steps above a file that exists; given. */
static char *folder_of(const char *path, int steps)
{
    char *folder = realpath(path, NULL);
    assert(folder);
    for (int i = 0; i < steps; i++)
        *strrchr(folder, '/') = 0;
    return folder;
}

static bool checked_before(checker_t *self, const char *folder)
{
    bool before = json_object_get(self->folders, folder) != NULL;
    json_object_set_new(self->folders, folder, json_true());
    return before;
}

/* --- what files refer to --- */

typedef struct identity {
    const char *file, *name, *key, *folder, *territory; /* territory may be NULL */
    member_role_t role;
} identity_t;

static bool signs_as(const member_t *member, const secret_t *secret)
{
    if (member->role != MEMBER_HUB)
        return true;
    for (size_t i = 0; i < member->sign_count; i++)
        if (memcmp(member->sign[i].key, secret->sign_public, SIGN_PUBLIC_SIZE) == 0)
            return true;
    return false;
}

static bool is_same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static void check_own_member(checker_t *self, const identity_t *identity, const members_t *members,
                             const secret_t *secret)
{
    const member_t *own = members_find(members, identity->name);
    if (!own)
        error(self, "E_MEMBER", identity->file, "members", identity->name,
              "ce nom n'a pas de fichier .pub parmi les membres : copiez-l'y");
    else if (own->role != identity->role)
        error(self, "E_MEMBER", identity->file, "members", identity->name,
              "le fichier .pub de ce nom donne un autre rôle");
    else if (!is_same_text(own->territory, identity->territory))
        error(self, "E_MEMBER", identity->file, "node.territory", identity->territory,
              "le fichier .pub de ce nom donne un autre territoire");
    else if (secret && (!member_has_curve(own, secret->curve_public) || !signs_as(own, secret)))
        error(self, "E_MEMBER", identity->file, "key", identity->name,
              "le fichier .pub de ce nom est celui d'une autre clé");
}

static void check_secret(checker_t *self, const identity_t *identity, const secret_t *secret)
{
    if (strcmp(secret->name, identity->name) != 0)
        error(self, "E_KEY", identity->file, "key", secret->name,
              "la clé est faite pour un autre nom que celui de ce fichier");
    if (secret->role != identity->role)
        error(self, "E_KEY", identity->file, "key", member_roles[secret->role],
              "la clé est faite pour un autre rôle que celui de ce fichier");
}

/* The members, or NULL when they are wrong or not there yet. */
static members_t *load_members(checker_t *self, const identity_t *identity)
{
    bool missing = access(identity->folder, F_OK) && errno == ENOENT;
    members_t *members = missing ? NULL : members_load(identity->folder, &self->findings);
    if (members && members_count(members) == 0)
        members_destroy(&members);
    else if (!missing)
        return members;
    warning(
        self, "W_MISSING", identity->file, "members", identity->folder,
        missing
            ? "ce dossier n'existe pas encore : créez-le et copiez-y les fichiers .pub de tous "
              "les membres"
            : "il n'y a encore aucun membre : copiez les fichiers .pub de tous dans ce dossier");
    return NULL;
}

/* Do this file's name, its key and its member belong together? Gives the members, as above. */
static members_t *check_identity(checker_t *self, const identity_t *identity)
{
    secret_t secret = {0};
    bool missing = access(identity->key, F_OK) && errno == ENOENT, loaded = false;
    if (missing)
        warning(self, "W_MISSING", identity->file, "key", identity->key,
                "cette clé n'existe pas encore : « maillage keygen » en fait une");
    else
        loaded = secret_load(&secret, identity->key, &self->findings) == 0;
    if (loaded)
        check_secret(self, identity, &secret);
    members_t *members = load_members(self, identity);
    if (members && !missing)
        check_own_member(self, identity, members, loaded ? &secret : NULL);
    secret_wipe(&secret);
    return members;
}

static void check_brokers(checker_t *self, const settings_t *settings, const members_t *members)
{
    for (size_t i = 0; i < settings->broker_count; i++) {
        const broker_address_t *broker = &settings->brokers[i];
        const member_t *member = members_find(members, broker->name);
        if (!member)
            error(self, "E_MEMBER", broker->where, "brokers.name", broker->name,
                  "ce relais n'a pas de fichier .pub parmi les membres");
        else if (member->role != MEMBER_BROKER)
            error(self, "E_MEMBER", broker->where, "brokers.name", broker->name,
                  "ce membre n'est pas un relais");
    }
}

static void check_hubs(checker_t *self, const settings_t *settings, const members_t *members)
{
    for (size_t i = 0; i < settings->subscribe_count; i++) {
        const char *hub = settings->subscribe[i].hub;
        const member_t *member = members_find(members, hub);
        if (strcmp(hub, "*") != 0 && (!member || member->role != MEMBER_HUB))
            warning(self, "W_MEMBER", settings->subscribe_where[i], "subscribe.hub", hub,
                    "aucun hub de ce nom n'est encore parmi les membres");
    }
}

/* A newer hub may publish a kind that is not known here: a warning. */
static void check_kinds(checker_t *self, const settings_t *settings, const schema_t *schema)
{
    for (size_t i = 0; i < settings->subscribe_count; i++) {
        const char *kind = settings->subscribe[i].kind;
        if (strcmp(kind, "*") == 0 || schema_kind(schema, kind))
            continue;
        const char *near = schema_did_you_mean(schema, kind);
        findings_add(&self->findings, SEVERITY_WARNING, "W_KIND", settings->subscribe_where[i],
                     "subscribe.kinds", kind,
                     "aucune sorte de fiches de ce nom n'est connue ici%s%s%s",
                     near ? " : vouliez-vous dire « " : "", near ? near : "", near ? " » ?" : "");
    }
}

/* The part `hub` of the file is to become a record: what is wrong with that is wrong with the file. */
static void check_card(checker_t *self, const char *path, const settings_t *settings,
                       const schema_t *schema)
{
    change_t change;
    text_t body;
    findings_t findings = {0};
    text_init(&body, BODY_MAX_SIZE);
    card_make(settings, schema, &change, &body, &findings);
    for (size_t i = 0; i < findings.count; i++) {
        const finding_t *finding = &findings.list[i];
        findings_add(&self->findings, finding->severity, finding->code, path, finding->field,
                     finding->value, "%s", finding->reason);
    }
    findings_free(&findings);
    text_free(&body);
}

/* What the portal would only complain about once it runs, and then go without. */
static void check_logo(checker_t *self, const char *path, const settings_t *settings)
{
    if (settings->logo && access(settings->logo, R_OK))
        error(self, "E_LOGO", path, "portal.logo", settings->logo,
              "ce fichier ne peut pas être lu");
}

static void check_with_schema(checker_t *self, const char *path, const settings_t *settings)
{
    schema_t *schema = schema_load(settings->schemas, &self->findings);
    if (schema) {
        check_kinds(self, settings, schema);
        if (settings->role == MEMBER_HUB)
            check_card(self, path, settings, schema);
    }
    schema_destroy(&schema);
}

/* --- one function per sort of file --- */

static void check_node(checker_t *self, const char *path)
{
    settings_t settings;
    if (settings_load(&settings, path, &self->findings) == 0) {
        identity_t identity = {
            path, settings.name, settings.key, settings.members, settings.territory, settings.role};
        members_t *members = check_identity(self, &identity);
        if (members) {
            check_brokers(self, &settings, members);
            check_hubs(self, &settings, members);
        }
        members_destroy(&members);
        check_logo(self, path, &settings);
        check_with_schema(self, path, &settings);
    }
    settings_free(&settings);
}

static void check_broker(checker_t *self, const char *path)
{
    broker_settings_t settings;
    if (broker_settings_load(&settings, path, &self->findings) == 0) {
        identity_t identity = {path, settings.name, settings.key, settings.members,
                               NULL, MEMBER_BROKER};
        members_t *members = check_identity(self, &identity);
        members_destroy(&members);
    }
    broker_settings_free(&settings);
}

static void check_mapping(checker_t *self, const char *path)
{
    if (!self->schema)
        self->schema = schema_load(NULL, &self->findings);
    mapping_t *mapping = self->schema ? mapping_load(self->schema, path, &self->findings) : NULL;
    mapping_destroy(&mapping);
}

static void check_schema_folder(checker_t *self, char *folder)
{
    if (!checked_before(self, folder)) {
        schema_t *schema = schema_load(folder, &self->findings);
        schema_destroy(&schema);
    }
    free(folder);
}

static void check_in_schema(checker_t *self, const char *path)
{
    char *folder = folder_of(path, 1);
    const char *name = strrchr(folder, '/');
    if (strcmp(name, "/kinds") == 0 || strcmp(name, "/vocabularies") == 0)
        check_schema_folder(self, folder_of(path, 2));
    else
        error(self, "E_PLACE", path, NULL, NULL,
              "une sorte ou un vocabulaire se vérifie à sa place, un dossier kinds/ ou "
              "vocabularies/ à "
              "côté des autres");
    free(folder);
}

static void check_common(checker_t *self, const char *path)
{
    check_schema_folder(self, folder_of(path, 1));
}

static void check_member(checker_t *self, const char *path)
{
    char *folder = folder_of(path, 1);
    if (!checked_before(self, folder)) {
        members_t *members = members_load(folder, &self->findings);
        members_destroy(&members);
    }
    free(folder);
}

static void check_key(checker_t *self, const char *path)
{
    secret_t secret = {0};
    secret_load(&secret, path, &self->findings);
    secret_wipe(&secret);
}

/* --- which sort --- */

typedef void check_fn(checker_t *self, const char *path);

static const struct sort {
    const char *suffix, *key; /* of the name; a key at the top level */
    check_fn *check;
} SORTS[] = {
    {".pub", NULL, check_member},     {".key", NULL, check_key},
    {NULL, "node", check_node},       {NULL, "broker", check_broker},
    {NULL, "columns", check_mapping}, {NULL, "terms", check_in_schema},
    {NULL, "page", check_in_schema},  {"common.yaml", "fields", check_common},
};

static bool ends_with(const char *path, const char *suffix)
{
    size_t size = strlen(path), end = strlen(suffix);
    return size >= end && strcmp(path + size - end, suffix) == 0;
}

static check_fn *recognise(const char *path, const char *text)
{
    for (size_t i = 0; i < sizeof SORTS / sizeof *SORTS; i++) {
        const struct sort *sort = &SORTS[i];
        if ((!sort->suffix || ends_with(path, sort->suffix))
            && (!sort->key || yaml_has_key(text, sort->key)))
            return sort->check;
    }
    return NULL;
}

static void check_file(checker_t *self, const char *path)
{
    text_t text;
    text_init(&text, YAML_MAX_SIZE);
    if (yaml_read(path, &text, &self->findings) == 0) {
        check_fn *check = recognise(path, text.data);
        if (check)
            check(self, path);
        else
            error(
                self, "E_FILE", path, NULL, NULL,
                "ce n'est aucun de nos fichiers : il n'a au premier niveau ni node, ni broker, ni "
                "columns, ni terms, ni page");
    }
    text_free(&text);
}

int command_config_check(cli_t *cli)
{
    checker_t self = {.folders = json_object()};
    for (size_t i = 0; i < cli->argument_count; i++)
        check_file(&self, cli->arguments[i]);
    int code = self.findings.errors ? EXIT_REFUSED : EXIT_DONE;
    if (cli->options.json)
        cli_print_json(cli_findings_json(&self.findings));
    else
        cli_say_findings(&self.findings);
    if (code == EXIT_DONE && !cli->options.json)
        cli_say(cli->argument_count < 2 ? "%zu fichier vérifié, aucune erreur."
                                        : "%zu fichiers vérifiés, aucune erreur.",
                cli->argument_count);
    findings_free(&self.findings);
    schema_destroy(&self.schema);
    json_decref(self.folders);
    return code;
}
