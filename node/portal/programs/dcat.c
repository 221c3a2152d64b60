#include "node/portal/programs/dcat.h"

#include "node/export/export.h"

#include <string.h>

#define LICENCE "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
#define LANGUAGE "http://publications.europa.eu/resource/authority/language/FRA"
#define FREQUENCY "http://publications.europa.eu/resource/authority/frequency/CONT"
#define FILE_TYPE "http://publications.europa.eu/resource/authority/file-type/"
#define COUNTRY "http://publications.europa.eu/resource/authority/country/FRA"

/* The names of the European vocabulary of file types, where they are not the suffix in capitals. */
static const struct {
    const char *format, *type;
} FILE_TYPES[] = {{"ics", "ICS"}, {"atom", "ATOM"}, {"lieux", "CSV"},      {"aides", "CSV"},
                  {"csv", "CSV"}, {"json", "JSON"}, {"geojson", "GEOJSON"}};

static json_t *reference(const char *address)
{
    return json_pack("{s:s}", "@id", address);
}

static json_t *french(const char *text)
{
    return json_pack("{s:s, s:s}", "@language", "fr", "@value", text);
}

static json_t *address_of(const request_t *request, const char *path, const char *suffix)
{
    return json_pack("{s:o}", "@id", json_sprintf("%s/%s%s", request->origin, path, suffix));
}

static json_t *distribution(const request_t *request, const kind_t *kind,
                            const export_format_t *format)
{
    char suffix[32], type[128] = "", media[64];
    snprintf(suffix, sizeof suffix, ".%s", format->name);
    for (size_t i = 0; i < sizeof FILE_TYPES / sizeof *FILE_TYPES; i++)
        if (!strcmp(FILE_TYPES[i].format, format->name))
            snprintf(type, sizeof type, "%s%s", FILE_TYPE, FILE_TYPES[i].type);
    snprintf(media, sizeof media, "http://www.iana.org/assignments/media-types/%.*s",
             (int)strcspn(format->type, ";"), format->type);
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "@type", "dcat:Distribution",
                     "@id", json_sprintf("%s/%s%s", request->origin, kind->path, suffix),
                     "dct:title", french(format->label), "dcat:accessURL",
                     address_of(request, kind->path, suffix), "dcat:downloadURL",
                     address_of(request, kind->path, suffix), "dct:format", reference(type),
                     "dcat:mediaType", reference(media), "dct:license", reference(LICENCE));
}

static json_t *distributions(const request_t *request, const kind_t *kind)
{
    json_t *list = json_array();
    for (const export_format_t *format = export_formats; format->name; format++)
        if (format->fits(kind))
            json_array_append_new(list, distribution(request, kind, format));
    return list;
}

static json_t *publisher(const portal_settings_t *settings, const request_t *request)
{
    const char *name = settings->porteur && *settings->porteur ? settings->porteur
                       : settings->title                       ? settings->title
                                                               : settings->name;
    return json_pack("{s:s, s:s, s:s}", "@type", "foaf:Agent", "@id",
                     *request->origin ? request->origin : "/", "foaf:name", name);
}

static json_t *contact(const portal_settings_t *settings, const request_t *request)
{
    json_t *contact = json_pack("{s:s, s:s, s:o}", "@type", "vcard:Organization", "vcard:fn",
                                settings->title ? settings->title : settings->name, "vcard:hasURL",
                                address_of(request, "", ""));
    if (settings->courriel && *settings->courriel)
        json_object_set_new(
            contact, "vcard:hasEmail",
            json_pack("{s:o}", "@id", json_sprintf("mailto:%s", settings->courriel)));
    return contact;
}

/* Everything is addressed by the commune or department: what INSEE calls them is in the data. */
static json_t *dataset(const site_t *site, const request_t *request, const kind_t *kind,
                       int64_t count)
{
    const portal_settings_t *settings = site->settings;
    const char *title = settings->title ? settings->title : settings->name;
    json_t *description = json_sprintf(
        "%s publiés par %s et les hubs voisins : %lld fiches. Chaque fiche dit quel hub en répond.",
        kind->plural, title, (long long)count);
    json_t *dataset = json_pack(
        "{s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o}", "@type", "dcat:Dataset", "@id",
        json_sprintf("%s/%s", request->origin, kind->path), "dct:title",
        json_pack("{s:s, s:o}", "@language", "fr", "@value",
                  json_sprintf("%s – %s", kind->plural, title)),
        "dct:description", json_pack("{s:s, s:o}", "@language", "fr", "@value", description),
        "dct:identifier", kind->name, "dct:publisher", publisher(settings, request),
        "dcat:contactPoint", contact(settings, request), "dcat:distribution",
        distributions(request, kind));
    json_t *keywords = json_pack("[o, o, o]", french("intelligence artificielle"),
                                 french("petites entreprises"), french(kind->label));
    json_object_set_new(dataset, "dcat:keyword", keywords);
    json_object_set_new(dataset, "dct:language", reference(LANGUAGE));
    json_object_set_new(dataset, "dct:accrualPeriodicity", reference(FREQUENCY));
    json_object_set_new(dataset, "dct:spatial", reference(COUNTRY));
    json_object_set_new(dataset, "dct:license", reference(LICENCE));
    json_object_set_new(dataset, "dcat:landingPage", address_of(request, kind->path, ""));
    return dataset;
}

static int64_t count_of(const tallies_t *tallies, const char *kind)
{
    int64_t count = 0;
    for (size_t i = 0; i < tallies->count; i++)
        if (!strcmp(tallies->list[i].kind, kind))
            count += tallies->list[i].count;
    return count;
}

static json_t *context(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "dcat", "http://www.w3.org/ns/dcat#", "dct",
                     "http://purl.org/dc/terms/", "foaf", "http://xmlns.com/foaf/0.1/", "vcard",
                     "http://www.w3.org/2006/vcard/ns#", "xsd",
                     "http://www.w3.org/2001/XMLSchema#");
}

int dcat_catalogue(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    tallies_t tallies = {0};
    if (catalogue_counts(site->catalogue, NULL, NULL, "", &tallies, err))
        return -1;
    const portal_settings_t *settings = site->settings;
    json_t *datasets = json_array();
    for (size_t i = 0; i < schema_kind_count(site->schema); i++) {
        const kind_t *kind = schema_kind_at(site->schema, i);
        int64_t count = count_of(&tallies, kind->name);
        if (count)
            json_array_append_new(datasets, dataset(site, request, kind, count));
    }
    tallies_free(&tallies);
    json_t *catalogue = json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "@context", context(), "@type",
        "dcat:Catalog", "@id", json_sprintf("%s/catalog.jsonld", request->origin), "dct:title",
        french(settings->title ? settings->title : settings->name), "dct:description",
        french("Les fiches du réseau des hubs : réponses, prestataires, acteurs, cas d'usage, "
               "événements, aides et chiffres sur l'intelligence artificielle dans les petites "
               "entreprises."),
        "dct:publisher", publisher(settings, request), "dct:language", reference(LANGUAGE),
        "dct:license", reference(LICENCE), "foaf:homepage", address_of(request, "", ""),
        "dcat:dataset", datasets);
    response_json(response, catalogue);
    response->type = "application/ld+json; charset=utf-8";
    return 0;
}
