#include "node/import/explain/look.h"

#include "schemas/address.h"
#include "schemas/base/date.h"
#include "schemas/identifier.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"

static bool digits(const char *value, size_t count)
{
    return strlen(value) == count && strspn(value, DIGITS) == count;
}

static bool nothing(const char *value)
{
    static const char *const WORDS[] = {"NR", "NC", "N/A", "n/a", "nr", "nc", "null", "NULL"};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strcmp(value, WORDS[i]) == 0)
            return true;
    return *value && value[strspn(value, "-?./")] == 0;
}

static bool siret(const char *value)
{
    return identifier_siret(value) == IDENTIFIER_OK;
}

static bool siret_short(const char *value)
{
    return identifier_siret(value) == IDENTIFIER_LOST_ZERO;
}

static bool siren(const char *value)
{
    return identifier_siren(value) == IDENTIFIER_OK;
}

static bool siren_short(const char *value)
{
    return identifier_siren(value) == IDENTIFIER_LOST_ZERO;
}

static bool zeros(const char *value)
{
    return strlen(value) >= 9 && value[strspn(value, "0")] == 0;
}

static bool rna(const char *value)
{
    return identifier_rna(value) == IDENTIFIER_OK;
}

static bool territory(const char *value)
{
    return identifier_cog(value) == IDENTIFIER_OK;
}

static bool commune(const char *value)
{
    bool corsica = value[0] == '2' && (value[1] == 'A' || value[1] == 'B');
    return digits(value, 5) || (corsica && digits(value + 2, 3));
}

static bool postcode(const char *value)
{
    return digits(value, 5);
}

static bool postcode_short(const char *value)
{
    return digits(value, 4);
}

static bool url(const char *value)
{
    return address_is_url(value);
}

static bool is_file_name(const char *value)
{
    static const char *const ENDINGS[] = {".json", ".csv", ".pdf", ".svg",  ".png",
                                          ".jpg",  ".xml", ".ics", ".html", ".xlsx"};
    size_t size = strlen(value);
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++)
        if (size > strlen(ENDINGS[i])
            && strcasecmp(value + size - strlen(ENDINGS[i]), ENDINGS[i]) == 0)
            return !strchr(value, '/');
    return false;
}

static bool url_bare(const char *value)
{
    size_t host = strcspn(value, "/");
    return !strstr(value, "://") && !is_file_name(value) && !strpbrk(value, " @,;")
           && strchr(value, '.') && value[strspn(value, DIGITS ".")]
           && address_is_host(value, host);
}

static bool telephone(const char *value)
{
    char bare[24];
    size_t size = 0;
    for (; *value && size < sizeof bare - 1; value++)
        if (!strchr(" .-()", *value))
            bare[size++] = *value;
    bare[size] = 0;
    return !*value && size >= 9 && address_is_telephone(bare);
}

static bool date(const char *value)
{
    int64_t day;
    return date_read(value, &day);
}

static bool date_french(const char *value)
{
    unsigned day, month, year;
    int end = 0;
    return sscanf(value, "%2u/%2u/%4u%n", &day, &month, &year, &end) == 3 && !value[end]
           && month <= 12 && year >= 1000;
}

static bool date_time(const char *value)
{
    unsigned year, month, day, hour;
    return sscanf(value, "%4u%*1[-/]%2u%*1[-/]%2u%*1[ T]%2u", &year, &month, &day, &hour) == 4;
}

static bool epoch_ms(const char *value)
{
    return digits(value, 13) || digits(value, 12);
}

/* Reads a whole number text with this mark for its decimals. */
static bool number_with(const char *value, char mark, double *number)
{
    size_t sign = *value == '-', whole = strspn(value + sign, DIGITS);
    const char *rest = value + sign + whole;
    if (!whole || strlen(value) > 30)
        return false;
    if (*rest && (*rest != mark || !rest[1] || rest[1 + strspn(rest + 1, DIGITS)]))
        return false;
    char copy[32];
    snprintf(copy, sizeof copy, "%s", value);
    if (*rest)
        copy[rest - value] = '.';
    *number = strtod(copy, NULL);
    return true;
}

static bool any_number(const char *value, double *number)
{
    return number_with(value, '.', number) || number_with(value, ',', number);
}

static bool number(const char *value)
{
    double read;
    return number_with(value, '.', &read);
}

static bool number_comma(const char *value)
{
    double read;
    return strchr(value, ',') && number_with(value, ',', &read);
}

static bool between(const char *value, double least, double most)
{
    double read;
    return any_number(value, &read) && read >= least && read <= most;
}

static bool latitude(const char *value)
{
    return strpbrk(value, ".,") && (between(value, 41, 52) || between(value, -25, 18));
}

static bool longitude(const char *value)
{
    return strpbrk(value, ".,") && between(value, -180, 180);
}

static bool lambert_x(const char *value)
{
    return between(value, 100000, 1300000);
}

static bool lambert_y(const char *value)
{
    return between(value, 6000000, 7200000);
}

static bool yes_no(const char *value)
{
    static const char *const WORDS[] = {"oui", "non", "true", "false", "vrai", "faux",
                                        "yes", "no",  "x",    "0",     "1"};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strcasecmp(value, WORDS[i]) == 0)
            return true;
    return false;
}

static bool json_list(const char *value)
{
    return *value == '[' && value[strlen(value) - 1] == ']';
}

static bool html(const char *value)
{
    static const char *const MARKS[] = {"</", "<br", "<p>", "&nbsp;", "&amp;", "&#"};
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++)
        if (strstr(value, MARKS[i]))
            return true;
    return false;
}

static bool bars(const char *value)
{
    return strchr(value, '|') != NULL;
}

static bool semicolons(const char *value)
{
    return strchr(value, ';') != NULL;
}

static bool commas(const char *value)
{
    return strchr(value, ',') != NULL;
}

typedef struct looks {
    const char *name;
    bool (*test)(const char *value);
} looks_t;

static const looks_t LOOKS[LOOK_COUNT] = {
    [LOOK_NOTHING] = {"rien, écrit en signes", nothing},
    [LOOK_SIRET] = {"SIRET", siret},
    [LOOK_SIRET_SHORT] = {"SIRET sans son zéro", siret_short},
    [LOOK_SIREN] = {"SIREN", siren},
    [LOOK_SIREN_SHORT] = {"SIREN sans son zéro", siren_short},
    [LOOK_ZEROS] = {"numéro de zéros", zeros},
    [LOOK_RNA] = {"numéro d'association", rna},
    [LOOK_TERRITORY] = {"territoire", territory},
    [LOOK_COMMUNE] = {"code de commune", commune},
    [LOOK_POSTCODE] = {"code postal", postcode},
    [LOOK_POSTCODE_SHORT] = {"code postal sans son zéro", postcode_short},
    [LOOK_URL] = {"adresse de page", url},
    [LOOK_URL_BARE] = {"adresse de page sans https://", url_bare},
    [LOOK_COURRIEL] = {"courriel", address_is_courriel},
    [LOOK_TELEPHONE] = {"téléphone", telephone},
    [LOOK_DATE] = {"date", date},
    [LOOK_DATE_FRENCH] = {"date jj/mm/aaaa", date_french},
    [LOOK_DATE_TIME] = {"date et heure", date_time},
    [LOOK_EPOCH_MS] = {"millisecondes depuis 1970", epoch_ms},
    [LOOK_NUMBER] = {"nombre", number},
    [LOOK_NUMBER_COMMA] = {"nombre à virgule", number_comma},
    [LOOK_LATITUDE] = {"latitude", latitude},
    [LOOK_LONGITUDE] = {"longitude", longitude},
    [LOOK_LAMBERT_X] = {"Lambert-93, x", lambert_x},
    [LOOK_LAMBERT_Y] = {"Lambert-93, y", lambert_y},
    [LOOK_YES_NO] = {"oui ou non", yes_no},
    [LOOK_JSON_LIST] = {"liste JSON", json_list},
    [LOOK_HTML] = {"HTML", html},
    [LOOK_BARS] = {"liste séparée par |", bars},
    [LOOK_SEMICOLONS] = {"liste séparée par ;", semicolons},
    [LOOK_COMMAS] = {"liste séparée par ,", commas},
};

bool look_at(look_t look, const char *value)
{
    return LOOKS[look].test(value);
}

const char *look_name(look_t look)
{
    return LOOKS[look].name;
}
