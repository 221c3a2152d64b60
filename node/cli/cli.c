#include "node/cli/cli.h"

#include "node/card.h"
#include "schemas/body.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void cli_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("maillage : ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

int cli_fail(const err_t *err)
{
    cli_say("%s", err->text);
    switch (err->action) {
    case ERR_NONE:
        return EXIT_DONE;
    case ERR_RETRY:
        return EXIT_UNREACHABLE;
    case ERR_REJECT:
        return EXIT_REFUSED;
    case ERR_STOP:
        break;
    }
    return EXIT_FAILED;
}

/* --- what a command opens --- */

static int open_settings(cli_t *self)
{
    const char *path = self->options.config ? self->options.config : getenv("MAILLAGE_CONFIG");
    if (!path || !*path) {
        cli_say(
            "donnez le fichier du nœud : --config FICHIER.yaml, ou la variable MAILLAGE_CONFIG.");
        return EXIT_USAGE;
    }
    findings_t findings = {0};
    self->has_settings = true;
    int rc = settings_load(&self->settings, path, &findings);
    cli_say_findings(&findings);
    findings_free(&findings);
    return rc ? EXIT_REFUSED : EXIT_DONE;
}

static int open_schema(cli_t *self)
{
    findings_t findings = {0};
    const char *folder = self->has_settings ? self->settings.schemas : NULL;
    self->schema = schema_load(folder, &findings);
    cli_say_findings(&findings);
    findings_free(&findings);
    return self->schema ? EXIT_DONE : EXIT_REFUSED;
}

static int open_catalogue(cli_t *self)
{
    self->error = (err_t){0};
    self->catalogue = catalogue_open(self->settings.store, self->schema, &self->error);
    return self->catalogue ? EXIT_DONE : cli_fail(&self->error);
}

static int open_control(cli_t *self)
{
    self->error = (err_t){0};
    self->control = control_connect(self->settings.store, &self->error);
    if (self->control)
        return EXIT_DONE;
    int code = cli_fail(&self->error);
    return code == EXIT_REFUSED ? EXIT_NOT_ALLOWED : code;
}

static int check_own(cli_t *self)
{
    if (self->settings.role == MEMBER_HUB)
        return EXIT_DONE;
    cli_say("« %s » est un nœud national : il montre les fiches des hubs et n'en a pas à lui. "
            "Faites ce "
            "changement au hub de la fiche.",
            self->settings.name);
    return EXIT_NOT_ALLOWED;
}

/* What each need asks before it: opened in this order, once. */
static const struct opener {
    int need, before;
    int (*open)(cli_t *self);
} OPENERS[] = {
    {CLI_SETTINGS, 0, open_settings},
    {CLI_OWN, CLI_SETTINGS, check_own},
    {CLI_SCHEMA, 0, open_schema},
    {CLI_CATALOGUE, CLI_SETTINGS | CLI_SCHEMA, open_catalogue},
    {CLI_CONTROL, CLI_SETTINGS, open_control},
};
#define OPENER_COUNT (sizeof OPENERS / sizeof *OPENERS)

static int open_already(const cli_t *self)
{
    return (self->has_settings ? CLI_SETTINGS : 0) | (self->schema ? CLI_SCHEMA : 0)
           | (self->catalogue ? CLI_CATALOGUE : 0) | (self->control ? CLI_CONTROL : 0);
}

int cli_open(cli_t *self, int needs)
{
    for (size_t i = 0; i < OPENER_COUNT; i++)
        if (needs & OPENERS[i].need)
            needs |= OPENERS[i].before;
    needs &= ~open_already(self);
    for (size_t i = 0; i < OPENER_COUNT; i++) {
        int code = needs & OPENERS[i].need ? OPENERS[i].open(self) : EXIT_DONE;
        if (code)
            return code;
    }
    return EXIT_DONE;
}

void cli_close(cli_t *self)
{
    control_destroy(&self->control);
    catalogue_close(&self->catalogue);
    schema_destroy(&self->schema);
    if (self->has_settings)
        settings_free(&self->settings);
    self->has_settings = false;
}

const kind_t *cli_kind(const cli_t *self, const char *name)
{
    const kind_t *kind = schema_kind(self->schema, name);
    if (kind)
        return kind;
    const char *near = schema_did_you_mean(self->schema, name);
    text_t names;
    text_init(&names, 4096);
    for (size_t i = 0; i < schema_kind_count(self->schema); i++)
        text_add_format(&names, "%s%s", i ? ", " : "", schema_kind_at(self->schema, i)->name);
    if (near)
        cli_say("il n'y a pas de fiches de la sorte « %s » : vouliez-vous dire « %s » ?", name,
                near);
    else
        cli_say("il n'y a pas de fiches de la sorte « %s ». Il y a : %s.", name, names.data);
    text_free(&names);
    return NULL;
}

bool cli_may_write(const kind_t *kind)
{
    if (strcmp(kind->name, CARD_KIND) != 0)
        return true;
    cli_say(
        "la fiche du hub vient de son fichier YAML (« node: ») : changez-la là, puis relancez le "
        "nœud.");
    return false;
}

/* --- findings --- */

static const char *colored(severity_t severity, bool on)
{
    if (!on || getenv("NO_COLOR") || !isatty(STDERR_FILENO))
        return "";
    return severity == SEVERITY_ERROR ? "\033[1;31m" : "\033[1;33m";
}

static const char *plain(bool on)
{
    return *colored(SEVERITY_ERROR, on) ? "\033[0m" : "";
}

/* Warnings that differ only in their row and value, which an import of 400 rows says once: counted by their
 * code and field. Gives the counts. */
static char *alike_key(const finding_t *finding, char key[256])
{
    snprintf(key, 256, "%s %s", finding->code, finding->field);
    return key;
}

static json_t *count_alike(const findings_t *findings)
{
    char key[256];
    json_t *counts = json_object();
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->list[i].severity != SEVERITY_WARNING)
            continue;
        alike_key(&findings->list[i], key);
        json_int_t count = json_integer_value(json_object_get(counts, key));
        json_object_set_new(counts, key, json_integer(count + 1));
    }
    return counts;
}

/* Does the reason quote the value already? A finding's value is cut and then ends in "...". */
static bool is_quoted(const finding_t *finding)
{
    size_t size = strlen(finding->value);
    bool cut = size > 3 && strcmp(finding->value + size - 3, "...") == 0;
    return memmem(finding->reason, strlen(finding->reason), finding->value, cut ? size - 3 : size);
}

static void say_finding(const finding_t *finding, size_t alike)
{
    const char *word = finding->severity == SEVERITY_ERROR ? "erreur" : "attention";
    fprintf(stderr, "%s%s%s%s%s : ", finding->where, *finding->where ? " : " : "",
            colored(finding->severity, true), word, plain(true));
    if (*finding->field)
        fprintf(stderr, "%s : ", finding->field);
    fputs(finding->reason, stderr);
    if (*finding->value && !is_quoted(finding))
        fprintf(stderr, " (« %s »)", finding->value);
    if (alike > 1)
        fprintf(stderr, " [et %zu autre%s fois]", alike - 1, alike > 2 ? "s" : "");
    fputc('\n', stderr);
}

void cli_say_findings(const findings_t *findings)
{
    char key[256];
    bool grouped = false;
    json_t *alike = count_alike(findings);
    for (size_t i = 0; i < findings->count; i++) {
        const finding_t *finding = &findings->list[i];
        const json_t *count = json_object_get(alike, alike_key(finding, key));
        if (finding->severity == SEVERITY_ERROR)
            say_finding(finding, 1);
        else if (count) {
            grouped |= json_integer_value(count) > 1;
            say_finding(finding, (size_t)json_integer_value(count));
            json_object_del(alike, key);
        }
    }
    json_decref(alike);
    if (grouped)
        cli_say("les remarques pareilles ne sont dites qu'une fois : --json les donne toutes.");
    size_t all = findings->errors + findings->warnings;
    if (all > findings->count)
        cli_say("et %zu autres remarques.", all - findings->count);
}

json_t *cli_findings_json(const findings_t *findings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        const finding_t *finding = &findings->list[i];
        const char *severity = finding->severity == SEVERITY_ERROR ? "error" : "warning";
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "severity",
                                              severity, "code", finding->code, "where",
                                              finding->where, "field", finding->field, "value",
                                              finding->value, "reason", finding->reason));
    }
    return list;
}

/* --- data --- */

void cli_print_json(json_t *json)
{
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(BODY_DIGITS));
    fputc('\n', stdout);
    json_decref(json);
}

int cli_done(const cli_t *self, const char *sentence)
{
    if (self->options.json)
        cli_print_json(json_pack("{s:b}", "done", true));
    cli_say("%s", sentence);
    return EXIT_DONE;
}

json_t *cli_envelope(const cli_t *self, const entry_t *entry, err_t *err)
{
    const kind_t *kind = schema_kind(self->schema, entry->kind);
    json_t *body = body_decode(kind, entry->body, entry->body_size, err);
    return body ? envelope_json(entry, body) : NULL;
}

void cli_today(char date[CLI_DATE_SIZE])
{
    time_t now = time(NULL);
    struct tm day;
    localtime_r(&now, &day);
    size_t size = strftime(date, CLI_DATE_SIZE, "%Y-%m-%d", &day);
    assert(size == CLI_DATE_SIZE - 1);
}
