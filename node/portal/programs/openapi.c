/* The body of a record is described as a hub publishes it, but nothing is closed: a newer hub may send fields and
 * codes that this node does not know yet, and an older one bodies that lack what is required today. So
 * codes are `examples` and not `enum`, and only our own envelope has `required`. */
#include "node/portal/programs/openapi.h"

#include "node/portal/lists/aid_state.h"
#include "node/portal/lists/asking.h"
#include "node/portal/lists/facet.h"

#include <string.h>

#define JSON_SCHEMA "https://json-schema.org/draft/2020-12/schema"

static json_t *reference(const char *part, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%s", part, name));
}

static json_t *typed(const char *type)
{
    return json_pack("{s:s}", "type", type);
}

static json_t *formatted(const char *format)
{
    return json_pack("{s:s, s:s}", "type", "string", "format", format);
}

/* --- bodies --- */

static json_t *schema_of(const field_t *field);

static json_t *code_schema(const vocabulary_t *vocabulary)
{
    json_t *examples = json_array(), *schema = typed("string");
    for (size_t i = 0; i < vocabulary->count; i++)
        json_array_append_new(examples, json_string(vocabulary->terms[i].code));
    json_object_set_new(schema, "examples", examples);
    return schema;
}

static json_t *map_schema(const field_t *fields, size_t count)
{
    json_t *properties = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(properties, fields[i].name, schema_of(&fields[i]));
    return json_pack("{s:s, s:o}", "type", "object", "properties", properties);
}

static json_t *interval_schema(const field_t *of)
{
    json_t *end = schema_of(of);
    json_object_set_new(
        end, "type", json_pack("[s, s]", of->type == FIELD_INTEGER ? "integer" : "number", "null"));
    return json_pack("{s:s, s:i, s:i, s:o}", "type", "array", "minItems", 2, "maxItems", 2, "items",
                     end);
}

static json_t *naf_schema(void)
{
    return json_pack("{s:s, s:{s:{s:s, s:[s, s]}, s:{s:s}}}", "type", "object", "properties",
                     "nomenclature", "type", "string", "examples", "rev2", "2025", "code", "type",
                     "string");
}

static json_t *number_schema(const field_t *field)
{
    json_t *schema = typed(field->type == FIELD_INTEGER ? "integer" : "number");
    if (field->max > field->min) {
        json_object_set_new(schema, "minimum", json_integer(field->min));
        json_object_set_new(schema, "maximum", json_integer(field->max));
    }
    return schema;
}

static json_t *bare_schema(const field_t *field)
{
    switch (field->type) {
    case FIELD_CODE:
        return code_schema(field->vocabulary);
    case FIELD_URL:
        return formatted("uri");
    case FIELD_COURRIEL:
        return formatted("email");
    case FIELD_DATE:
        return formatted("date");
    case FIELD_INSTANT:
        return formatted("date-time");
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
    case FIELD_DEGREES:
        return number_schema(field);
    case FIELD_BOOL:
        return typed("boolean");
    case FIELD_LIST:
        return json_pack("{s:s, s:o}", "type", "array", "items", schema_of(field->fields));
    case FIELD_MAP:
        return map_schema(field->fields, field->field_count);
    case FIELD_INTERVAL:
        return interval_schema(field->fields);
    case FIELD_NAF:
        return naf_schema();
    case FIELD_TEXT:
    case FIELD_MARKDOWN:
    case FIELD_SIREN:
    case FIELD_SIRET:
    case FIELD_RNA:
    case FIELD_COG:
    case FIELD_TEL:
        break;
    }
    return typed("string");
}

static json_t *schema_of(const field_t *field)
{
    json_t *schema = bare_schema(field);
    if (field->label && *field->label)
        json_object_set_new(schema, "title", json_string(field->label));
    if (field->help && *field->help)
        json_object_set_new(schema, "description", json_string(field->help));
    return schema;
}

static json_t *body_schema(const kind_t *kind)
{
    json_t *schema = map_schema(kind->fields, kind->field_count);
    json_object_set_new(schema, "title", json_string(kind->label));
    return schema;
}

static json_t *or_null(const char *format)
{
    return json_pack("{s:[s, s], s:s}", "type", "string", "null", "format", format);
}

static json_t *item_schema(const kind_t *kind)
{
    json_t *body =
        json_pack("{s:[o, o]}", "anyOf", reference("schemas", kind->name), typed("null"));
    json_t *properties =
        json_pack("{s:o, s:{s:s}, s:o, s:o, s:o, s:o, s:o}", "hub", typed("string"), "kind",
                  "const", kind->name, "id", typed("string"), "seq", typed("integer"), "changed",
                  or_null("date-time"), "verified_at", or_null("date-time"), "body", body);
    return json_pack("{s:s, s:o, s:[s, s, s, s, s, s, s]}", "type", "object", "properties",
                     properties, "required", "hub", "kind", "id", "seq", "changed", "verified_at",
                     "body");
}

static json_t *list_schema(const kind_t *kind)
{
    char item[NAME_SIZE + 8];
    snprintf(item, sizeof item, "%s_fiche", kind->name);
    json_t *meant =
        json_pack("{s:s, s:s, s:{s:o, s:o, s:o}}", "type", "object", "description",
                  "Les mots qui ont été cherchés à la place de ceux de la demande.", "properties",
                  "typed", typed("string"), "words", typed("string"), "literal", typed("string"));
    return json_pack("{s:s, s:{s:{s:s, s:o}, s:{s:s}, s:{s:[s, s]}, s:o}, s:[s, s, s]}", "type",
                     "object", "properties", "items", "type", "array", "items",
                     reference("schemas", item), "total", "type", "integer", "next", "type",
                     "string", "null", "meant", meant, "required", "items", "total", "next");
}

/* --- what is not about a kind --- */

static json_t *problem_schema(void)
{
    return json_pack("{s:s, s:{s:o, s:o, s:o, s:o}, s:[s, s, s]}", "type", "object", "properties",
                     "type", typed("string"), "title", typed("string"), "status", typed("integer"),
                     "detail", typed("string"), "required", "type", "title", "status");
}

/* An object of one list whose entries have these members: "hub:string", ending in ":?" when they may be null. */
static json_t *rows_schema(const char *list, const char *const *members)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; members[i]; i++) {
        const char *type = strchr(members[i], ':');
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(type - members[i]), members[i]);
        json_object_set_new(properties, name,
                            strcmp(type, ":?") ? typed(type + 1) : or_null("date-time"));
        json_array_append_new(required, json_string(name));
    }
    json_t *row = json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties,
                            "required", required);
    return json_pack("{s:s, s:{s:{s:s, s:o}}, s:[s]}", "type", "object", "properties", list, "type",
                     "array", "items", row, "required", list);
}

static json_t *streams_schema(void)
{
    static const char *const MEMBERS[] = {
        "hub:string",  "kind:string",  "life:integer",  "seq:integer", "count:integer",
        "root:string", "state:string", "verified_at:?", "heard_at:?",  "behind:integer",
        NULL};
    return rows_schema("streams", MEMBERS);
}

static json_t *counts_schema(void)
{
    static const char *const MEMBERS[] = {"hub:string",   "kind:string",   "field:string",
                                          "value:string", "count:integer", NULL};
    return rows_schema("counts", MEMBERS);
}

static json_t *kinds_schema(void)
{
    static const char *const MEMBERS[] = {"kind:string",
                                          "version:integer",
                                          "label:string",
                                          "plural:string",
                                          "path:string",
                                          "fields:array",
                                          NULL};
    return rows_schema("kinds", MEMBERS);
}

/* --- operations --- */

static json_t *parameter(const char *in, const char *name, const char *words, json_t *schema)
{
    json_t *parameter = json_pack("{s:s, s:s, s:s, s:o}", "name", name, "in", in, "description",
                                  words, "schema", schema);
    if (!strcmp(in, "path"))
        json_object_set_new(parameter, "required", json_true());
    return parameter;
}

/* A parameter that may be repeated: any of its values. */
static json_t *repeated(const char *name, const char *words, json_t *value)
{
    json_t *repeated = parameter(
        "query", name, words,
        json_pack("{s:s, s:o, s:i}", "type", "array", "items", value, "maxItems", QUERY_CODES_MAX));
    json_object_set_new(repeated, "explode", json_true());
    return repeated;
}

static void add_facet(void *parameters, const field_t *field, const char *path, const char *label)
{
    const field_t *of = field->type == FIELD_LIST ? field->fields : field;
    json_t *value = of->type == FIELD_CODE ? code_schema(of->vocabulary) : typed("string");
    json_array_append_new(parameters, repeated(path, label, value));
}

/* What the pages ask for, in their words; of these codes there are no others. */
static json_t *aid_state_parameter(void)
{
    json_t *codes = json_array();
    text_t words;
    text_init(&words, 512);
    text_add_string(&words, "Où en est l'aide aujourd'hui");
    for (int i = 0; i < AID_STATES; i++) {
        json_array_append_new(codes, json_string(aid_states[i].code));
        text_add_format(&words, "%s %s : « %s »", i ? "," : " :", aid_states[i].code,
                        aid_states[i].label);
    }
    json_t *states =
        repeated(AID_STATE, words.data, json_pack("{s:s, s:o}", "type", "string", "enum", codes));
    text_free(&words);
    return states;
}

static json_t *list_parameters(const kind_t *kind)
{
    static const field_t HUB = {.name = "hub", .type = FIELD_TEXT};
    static const char *const SHARED[] = {"q",        "limit",     "after", ASKING_EXACT,
                                         NEAR_PLACE, NEAR_RADIUS, NULL};
    json_t *parameters = json_array();
    for (size_t i = 0; SHARED[i]; i++)
        json_array_append_new(parameters, reference("parameters", SHARED[i]));
    add_facet(parameters, &HUB, "hub", "Le hub qui en répond");
    facet_each(kind, add_facet, parameters);
    if (aid_state_fits(kind))
        json_array_append_new(parameters, aid_state_parameter());
    return parameters;
}

static json_t *ok(const char *words, const char *schema)
{
    return json_pack("{s:s, s:{s:{s:o}}}", "description", words, "content", "application/json",
                     "schema", reference("schemas", schema));
}

/* What an operation answers: its own, then the errors it may end with. */
static json_t *responses(const char *words, const char *schema, const char *const *errors)
{
    json_t *responses = json_pack("{s:o, s:{s:s}}", "200", ok(words, schema), "304", "description",
                                  "Rien n'a changé depuis cet ETag.");
    for (size_t i = 0; errors[i]; i++)
        json_object_set_new(responses, errors[i], reference("responses", "probleme"));
    return responses;
}

static json_t *get(const char *id, const char *summary, json_t *parameters, json_t *answers)
{
    return json_pack("{s:{s:s, s:s, s:o, s:o}}", "get", "operationId", id, "summary", summary,
                     "parameters", parameters, "responses", answers);
}

static void add_kind(json_t *paths, json_t *schemas, const kind_t *kind)
{
    static const char *const LIST_ERRORS[] = {"400", "503", NULL};
    static const char *const RECORD_ERRORS[] = {"400", "404", "410", "503", NULL};
    char address[128], item[NAME_SIZE + 16], list[NAME_SIZE + 16];
    snprintf(item, sizeof item, "%s_fiche", kind->name);
    snprintf(list, sizeof list, "%s_liste", kind->name);
    json_object_set_new(schemas, kind->name, body_schema(kind));
    json_object_set_new(schemas, item, item_schema(kind));
    json_object_set_new(schemas, list, list_schema(kind));
    snprintf(address, sizeof address, "/api/v1/%s", kind->name);
    json_object_set_new(paths, address,
                        get(list, kind->plural, list_parameters(kind),
                            responses("Une page de la liste.", list, LIST_ERRORS)));
    snprintf(address, sizeof address, "/api/v1/%s/{hub}/{id}", kind->name);
    json_object_set_new(
        paths, address,
        get(item, kind->label,
            json_pack("[o, o]", reference("parameters", "dans_hub"), reference("parameters", "id")),
            responses("La fiche.", item, RECORD_ERRORS)));
}

static void add_store(json_t *paths, json_t *schemas)
{
    static const char *const ERRORS[] = {"400", "503", NULL};
    static const char *const FILTERS[][2] = {
        {"hub", "Un hub"}, {"kind", "Une sorte de fiche"}, {"field", "Un filtre"}};
    json_t *parameters = json_array();
    for (size_t i = 0; i < sizeof FILTERS / sizeof *FILTERS; i++)
        json_array_append_new(parameters,
                              parameter("query", FILTERS[i][0], FILTERS[i][1], typed("string")));
    json_object_set_new(schemas, "streams", streams_schema());
    json_object_set_new(schemas, "counts", counts_schema());
    json_object_set_new(schemas, "kinds", kinds_schema());
    json_object_set_new(paths, "/api/v1/streams",
                        get("streams", "L'état de chaque flux", json_array(),
                            responses("Un objet par flux.", "streams", ERRORS)));
    json_object_set_new(paths, "/api/v1/counts",
                        get("counts", "Le nombre de fiches par valeur", parameters,
                            responses("Un objet par valeur.", "counts", ERRORS)));
    json_object_set_new(paths, "/api/v1/kinds",
                        get("kinds", "De quoi les fiches sont faites", json_array(),
                            responses("Un objet par sorte de fiche.", "kinds", ERRORS)));
}

static json_t *radius_schema(void)
{
    json_t *radii = json_array();
    for (const unsigned *km = NEAR_RADII; *km; km++)
        json_array_append_new(radii, json_integer(*km));
    return json_pack("{s:s, s:o, s:i}", "type", "integer", "examples", radii, "default",
                     NEAR_RADIUS_DEFAULT);
}

static json_t *place_schema(void)
{
    return json_pack("{s:s, s:[s, s]}", "type", "string", "examples", "42300", "Roanne");
}

static json_t *shared_parameters(void)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "q",
        parameter("query", "q", "Des mots à chercher", typed("string")), "limit",
        parameter("query", "limit", "Le nombre de fiches d'une page",
                  json_pack("{s:s, s:i, s:i, s:i}", "type", "integer", "minimum", 1, "maximum",
                            QUERY_LIMIT_MAX, "default", 50)),
        "after", parameter("query", "after", "« next » de la page d'avant", typed("string")),
        ASKING_EXACT,
        parameter("query", ASKING_EXACT,
                  "« oui » : les mots tels quels, sans chercher ce qui a pu être "
                  "voulu dire quand ils ne trouvent rien",
                  typed("string")),
        NEAR_PLACE,
        parameter("query", NEAR_PLACE, "Près d'une commune ou d'un code postal", place_schema()),
        NEAR_RADIUS,
        parameter("query", NEAR_RADIUS, "À moins de tant de kilomètres", radius_schema()),
        "dans_hub", parameter("path", "hub", "Le hub qui en répond", typed("string")), "id",
        parameter("path", "id", "L'identifiant de la fiche", typed("string")));
}

static json_t *info(const portal_settings_t *settings)
{
    return json_pack(
        "{s:s, s:s, s:s, s:{s:s, s:s}}", "title",
        settings->title ? settings->title : settings->name, "version", MAILLAGE_VERSION,
        "description",
        "Les fiches du réseau des hubs, en lecture. Un filtre répété veut dire « ou », des filtres "
        "différents « et ». La page suivante est à l'adresse de l'en-tête Link, rel=\"next\".",
        "license", "name", "Licence Ouverte 2.0", "url",
        "https://www.etalab.gouv.fr/licence-ouverte-open-licence");
}

int openapi(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    (void)err;
    json_t *paths = json_object(), *schemas = json_object();
    add_store(paths, schemas);
    for (size_t i = 0; i < schema_kind_count(site->schema); i++)
        add_kind(paths, schemas, schema_kind_at(site->schema, i));
    json_object_set_new(schemas, "probleme", problem_schema());
    json_t *problem =
        json_pack("{s:s, s:{s:{s:o}}}", "description", "Ce qui ne va pas (RFC 9457).", "content",
                  "application/problem+json", "schema", reference("schemas", "probleme"));
    response_json(response,
                  json_pack("{s:s, s:s, s:o, s:[{s:s}], s:o, s:{s:o, s:o, s:{s:o}}}", "openapi",
                            "3.1.0", "jsonSchemaDialect", JSON_SCHEMA, "info", info(site->settings),
                            "servers", "url", *request->origin ? request->origin : "/", "paths",
                            paths, "components", "schemas", schemas, "parameters",
                            shared_parameters(), "responses", "probleme", problem));
    return 0;
}
