#include "node/portal/programs/api.h"

#include "node/export/envelope.h"
#include "node/portal/lists/asking.h"
#include "node/portal/lists/lookup.h"
#include "node/portal/lists/sifting.h"
#include "node/portal/programs/twin.h"
#include "schemas/body.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- probes --- */

static int words(response_t *response, const char *text)
{
    response->type = "text/plain; charset=utf-8";
    response->cache = "no-store";
    return text_add_string(&response->body, text);
}

int api_health(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    (void)site, (void)request, (void)err;
    return words(response, "ok\n");
}

int api_ready(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    (void)request;
    stream_states_t states = {0};
    if (catalogue_streams(site->catalogue, &states, err))
        return err_set(err, ERR_RETRY, "%s", "Le dépôt de fiches ne répond pas.");
    stream_states_free(&states);
    return words(response, "ok\n");
}

/* --- values --- */

json_t *api_item(const kind_t *kind, const entry_t *entry)
{
    err_t unreadable; /* such a body is null here: the item exists, and its hub vouches for it */
    return envelope_json(entry, body_decode(kind, entry->body, entry->body_size, &unreadable));
}

/* Refuses any parameter that is not among the names (NULL-ended), or given twice. */
static int only(const request_t *request, const char *const *names, err_t *err)
{
    for (size_t i = 0; i < request->parameter_count; i++) {
        const char *name = request->parameters[i].name;
        bool known = false;
        for (size_t j = 0; names[j]; j++)
            known |= !strcmp(names[j], name);
        if (!known)
            return err_set(err, ERR_REJECT, "Le paramètre « %s » n'existe pas ici.", name);
        if (request_parameter(request, name) != request->parameters[i].value)
            return err_set(err, ERR_REJECT, "« %s » est donné deux fois.", name);
    }
    return 0;
}

static const char *const NO_PARAMETERS[] = {NULL};

/* --- records --- */

static const kind_t *kind_or_404(const site_t *site, const request_t *request, response_t *response)
{
    const char *name = request->captures[0];
    const kind_t *kind = schema_kind(site->schema, name);
    if (kind)
        return kind;
    const char *near = schema_did_you_mean(site->schema, name);
    text_t detail;
    text_init(&detail, 512);
    text_add_string(&detail, "Cette sorte de fiche n'existe pas.");
    if (near)
        text_add_format(&detail, " Vouliez-vous dire « %s » ?", near);
    response_fail(response, 404, detail.data);
    text_free(&detail);
    return NULL;
}

static json_t *item_of(const asking_t *asking, const entry_t *entry)
{
    return api_item(asking->query.kind, entry);
}

static void answer_list(const asking_t *asking, response_t *response)
{
    const page_t *page = &asking->page;
    if (page->next) {
        text_add_string(&response->link, "<");
        request_again(asking->request, page->next, &response->link);
        text_add_string(&response->link, ">; rel=\"next\"");
    }
    twin_links(asking->request, asking->query.kind, &response->link);
    json_t *list = json_pack("{s:o, s:I, s:s?}", "items", asking_rows(asking, item_of), "total",
                             (json_int_t)page->total, "next", page->next);
    if (asking->meant)
        asking_say_meant(asking->request, asking->meant, list);
    response_json(response, list);
}

static int find_list(asking_t *asking, err_t *err)
{
    int64_t total;
    if (!sifting_asked(asking))
        return asking_find(asking, err);
    if (sifting_count(asking, &total, err) || sifting_find(asking, err))
        return -1;
    asking->page.total = total;
    return 0;
}

int api_list(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = kind_or_404(site, request, response);
    if (!kind)
        return 0;
    asking_t asking;
    int rc = asking_read(&asking, site, request, kind, NULL, err) || find_list(&asking, err);
    if (rc == 0)
        answer_list(&asking, response);
    asking_close(&asking);
    return rc ? -1 : 0;
}

int api_record(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = kind_or_404(site, request, response);
    if (!kind)
        return 0;
    if (only(request, NO_PARAMETERS, err))
        return -1;
    entry_t entry = {0};
    int found = lookup_record(site->catalogue, kind, request->captures[1], request->captures[2],
                              &entry, err);
    if (found < 0)
        return -1;
    if (!found)
        response_fail(response, 404, "Ce hub n'a pas publié de fiche de ce nom.");
    else if (entry.deleted)
        response_fail(response, 410, NULL);
    else
        response_json(response, api_item(kind, &entry));
    entry_free(&entry);
    return 0;
}

/* --- the store as a whole --- */

int api_streams(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    stream_states_t states = {0};
    if (only(request, NO_PARAMETERS, err) || catalogue_streams(site->catalogue, &states, err))
        return -1;
    json_t *streams = json_array();
    for (size_t i = 0; i < states.count; i++)
        json_array_append_new(streams, envelope_stream(&states.list[i]));
    stream_states_free(&states);
    response_json(response, json_pack("{s:o}", "streams", streams));
    return 0;
}

static bool needs_no_escape(char byte)
{
    return byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
}

/* Appends a text as JSON has it; -1 when it is no text. */
static int add_json_text(text_t *out, const char *string)
{
    size_t plain = 0;
    while (needs_no_escape(string[plain]))
        plain++;
    if (!string[plain])
        return text_add_string(out, "\"") || text_add(out, string, plain)
                       || text_add_string(out, "\"")
                   ? -1
                   : 0;
    json_t *text = json_string(string);
    char *escaped = text ? json_dumps(text, JSON_ENCODE_ANY) : NULL;
    int rc = escaped ? text_add_string(out, escaped) : -1;
    free(escaped);
    json_decref(text);
    return rc;
}

/* Rows of counts, as response_json would write them. */
typedef struct count_rows {
    text_t *out, row; /* row: the one being written */
    size_t count;
} count_rows_t;

static void add_count(void *context, const value_count_t *count)
{
    count_rows_t *rows = context;
    const char *const members[][2] = {
        {"{\n   \"hub\": ", count->hub},
        {",\n   \"kind\": ", count->kind},
        {",\n   \"field\": ", count->field},
        {",\n   \"value\": ", count->code},
    };
    char number[32];
    text_clear(&rows->row);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (text_add_string(&rows->row, members[i][0]) || add_json_text(&rows->row, members[i][1]))
            return;
    snprintf(number, sizeof number, ",\n   \"count\": %" PRId64 "\n  }", count->count);
    text_add_string(rows->out, rows->count++ ? ",\n  " : "\n  ");
    text_add(rows->out, rows->row.data, rows->row.size);
    text_add_string(rows->out, number);
}

/* A country has tens of thousands of values: as JSON objects they would take four times as long. */
int api_counts(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    static const char *const names[] = {"hub", "kind", "field", NULL};
    if (only(request, names, err))
        return -1;
    count_rows_t rows = {.out = &response->body};
    text_init(&rows.row, RESPONSE_MAX_SIZE);
    text_add_string(rows.out, "{\n \"counts\": [");
    int rc = catalogue_each_count(site->catalogue, request_parameter(request, "hub"),
                                  request_parameter(request, "kind"),
                                  request_parameter(request, "field"), add_count, &rows, err);
    text_add_string(rows.out, rows.count ? "\n ]\n}\n" : "]\n}\n");
    text_free(&rows.row);
    response->type = "application/json; charset=utf-8";
    if (rc == 0 && response->body.overflow)
        return err_set(
            err, ERR_REJECT, "%s",
            "Il y a trop de valeurs : demandez celles d'un hub ou d'une sorte de fiche.");
    return rc;
}

static json_t *fields(const field_t *list, size_t count)
{
    json_t *described = json_array();
    for (size_t i = 0; i < count; i++) {
        const field_t *of = &list[i];
        json_t *view = json_pack("{s:s, s:s, s:s, s:b, s:b}", "name", of->name, "label", of->label,
                                 "type", field_type_word(of->type), "required",
                                 of->need == NEED_REQUIRED, "facet", of->facet);
        if (*of->unit)
            json_object_set_new(view, "unit", json_string(of->unit));
        if (of->vocabulary)
            json_object_set_new(view, "vocabulary", json_string(of->vocabulary->name));
        if (of->field_count)
            json_object_set_new(view, "fields", fields(of->fields, of->field_count));
        json_array_append_new(described, view);
    }
    return described;
}

int api_kinds(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    if (only(request, NO_PARAMETERS, err))
        return -1;
    json_t *kinds = json_array();
    for (size_t i = 0; i < schema_kind_count(site->schema); i++) {
        const kind_t *kind = schema_kind_at(site->schema, i);
        json_array_append_new(kinds, json_pack("{s:s, s:i, s:s, s:s, s:s, s:o}", "kind", kind->name,
                                               "version", (int)kind->version, "label", kind->label,
                                               "plural", kind->plural, "path", kind->path, "fields",
                                               fields(kind->fields, kind->field_count)));
    }
    response_json(response, json_pack("{s:o}", "kinds", kinds));
    return 0;
}
