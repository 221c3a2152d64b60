#include "node/import/within.h"

#include <string.h>

/* Where a content says its place, the most exact first: what one of them tells, the next need not. */
static const char *const PLACES[] = {"code_insee", "code_postal"};
static const char *const ZONES[] = {"zone_intervention", "territoire", "eligibilite_geographique"};

static within_t verdict(bool inside)
{
    return inside ? WITHIN_INSIDE : WITHIN_OUTSIDE;
}

/* The code behind its prefix, or NULL. */
static const char *behind(const char *code, const char *prefix)
{
    size_t size = strlen(prefix);
    return strncmp(code, prefix, size) == 0 ? code + size : NULL;
}

static within_t commune_within(const char *territory, const geo_commune_t *commune)
{
    const char *code;
    if ((code = behind(territory, "COM-")))
        return verdict(strcmp(code, commune->code) == 0);
    if ((code = behind(territory, "EPCI-")))
        return verdict(commune->epci && strcmp(code, commune->epci->siren) == 0);
    if ((code = behind(territory, "DEP-")))
        return verdict(strcmp(code, commune->department->code) == 0);
    if ((code = behind(territory, "REG-")))
        return verdict(strcmp(code, commune->department->region->code) == 0);
    return WITHIN_UNKNOWN;
}

static within_t department_within(const char *territory, const geo_department_t *department)
{
    const char *code;
    if ((code = behind(territory, "DEP-")))
        return verdict(strcmp(code, department->code) == 0);
    if ((code = behind(territory, "REG-")))
        return verdict(strcmp(code, department->region->code) == 0);
    return WITHIN_UNKNOWN; /* which commune of it, it does not say */
}

/* A department by its code: that of the first commune whose code begins with it. */
static const geo_department_t *find_department(const geo_t *geo, const char *code)
{
    size_t low = 0, high = geo_commune_count(geo);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(geo_commune_at(geo, middle)->code, code) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const geo_commune_t *commune = low < geo_commune_count(geo) ? geo_commune_at(geo, low) : NULL;
    bool found = commune && strcmp(commune->department->code, code) == 0;
    return found ? commune->department : NULL;
}

static within_t code_within(const geo_t *geo, const char *territory, const char *code)
{
    if (strcmp(code, territory) == 0)
        return WITHIN_INSIDE;
    const char *department = behind(code, "DEP-");
    if (department) {
        const geo_department_t *found = find_department(geo, department);
        within_t part = found ? department_within(territory, found) : WITHIN_UNKNOWN;
        return found && part == WITHIN_UNKNOWN ? WITHIN_OUTSIDE : part;
    }
    if (behind(code, "REG-") || behind(code, "PAYS-"))
        return WITHIN_OUTSIDE;
    const geo_commune_t *commune = geo_commune(geo, code);
    const geo_part_t *part = commune ? NULL : geo_part(geo, code);
    if (part)
        commune = part->commune;
    return commune ? commune_within(territory, commune) : WITHIN_UNKNOWN;
}

static within_t place_within(const geo_t *geo, const char *territory, const json_t *content)
{
    const char *commune = json_string_value(json_object_get(content, PLACES[0]));
    const char *postcode = json_string_value(json_object_get(content, PLACES[1]));
    within_t found = commune ? code_within(geo, territory, commune) : WITHIN_UNKNOWN;
    if (found != WITHIN_UNKNOWN || !postcode)
        return found;
    const geo_department_t *department = geo_postcode_department(geo, postcode);
    return department ? department_within(territory, department) : WITHIN_UNKNOWN;
}

/* One of them inside is enough. */
static within_t zones_within(const geo_t *geo, const char *territory, const json_t *zones)
{
    within_t found = WITHIN_UNKNOWN;
    if (json_is_string(zones))
        return code_within(geo, territory, json_string_value(zones));
    for (size_t i = 0; i < json_array_size(zones) && found != WITHIN_INSIDE; i++) {
        const char *code = json_string_value(json_array_get(zones, i));
        within_t zone = code ? code_within(geo, territory, code) : WITHIN_UNKNOWN;
        found = zone == WITHIN_UNKNOWN ? found : zone;
    }
    return found;
}

within_t within(const geo_t *geo, const char *territory, const json_t *content)
{
    within_t found = place_within(geo, territory, content);
    if (found == WITHIN_UNKNOWN)
        found = place_within(geo, territory, json_object_get(content, "lieu"));
    for (size_t i = 0; i < sizeof ZONES / sizeof *ZONES && found == WITHIN_UNKNOWN; i++)
        found = zones_within(geo, territory, json_object_get(content, ZONES[i]));
    return found;
}
