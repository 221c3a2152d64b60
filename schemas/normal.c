#include "schemas/normal.h"

#include "schemas/base/date.h"
#include "schemas/base/text.h"
#include "schemas/base/unicode.h"
#include "schemas/number.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *same(const json_t *json)
{
    return json_incref((json_t *)json);
}

/* --- texts, in place: every cleaner leaves at most what it was given --- */

typedef struct cleaner {
    void (*clean)(char *text);
    bool (*is_clean)(const char *text, size_t size); /* would clean change nothing? */
} cleaner_t;

/* How many bytes of white space begin here: ASCII, or one of the spaces that French typography and
 * spreadsheets put into numbers (U+00A0, U+2009, U+202F); 0 for anything else. */
static size_t space_size(const char *at)
{
    if (*at == ' ' || (*at >= '\t' && *at <= '\r'))
        return 1;
    if (!strncmp(at, "\xc2\xa0", 2))
        return 2;
    return !strncmp(at, "\xe2\x80\x89", 3) || !strncmp(at, "\xe2\x80\xaf", 3) ? 3 : 0;
}

/* The size of the text without the spaces at its end. */
static size_t size_before_spaces(const char *text)
{
    size_t size = strlen(text);
    for (;;) {
        size_t space = 0;
        for (size_t width = 1; width <= 3 && width <= size && !space; width++)
            space = space_size(text + size - width) == width ? width : 0;
        if (!space)
            return size;
        size -= space;
    }
}

static void trim(char *text)
{
    const char *start = text;
    for (size_t size; (size = space_size(start));)
        start += size;
    size_t kept = size_before_spaces(start);
    memmove(text, start, kept);
    text[kept] = 0;
}

static bool is_trimmed(const char *text, size_t size)
{
    return !space_size(text) && size_before_spaces(text) == size;
}

static bool is_inner_space(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
}

/* A no-break space inside a line is typography ("Quoi ?") and stays. */
static void clean_line(char *text)
{
    trim(text);
    char *kept = text;
    for (const char *at = text; *at; at++) {
        if (!is_inner_space(*at))
            *kept++ = *at;
        else if (kept > text && kept[-1] != ' ')
            *kept++ = ' ';
    }
    *kept = 0;
}

static bool is_clean_line(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (is_inner_space(text[i]) && (text[i] != ' ' || text[i + 1] == ' '))
            return false;
    return is_trimmed(text, size);
}

static void clean_markdown(char *text)
{
    char *kept = strchr(text, '\r');
    for (const char *at = kept; at && *at; at++) {
        bool return_before_newline = at[0] == '\r' && at[1] == '\n';
        if (!return_before_newline)
            *kept++ = (char)(*at == '\r' ? '\n' : *at);
    }
    if (kept)
        *kept = 0;
    trim(text);
}

static bool is_clean_markdown(const char *text, size_t size)
{
    return !memchr(text, '\r', size) && is_trimmed(text, size);
}

static void drop_spaces(char *text)
{
    char *kept = text;
    for (const char *at = text; *at;) {
        size_t size = space_size(at);
        if (!size)
            *kept++ = *at;
        at += size ? size : 1;
    }
    *kept = 0;
}

static void clean_identifier(char *text)
{
    drop_spaces(text);
    for (; *text; text++)
        if (*text >= 'a' && *text <= 'z')
            *text = (char)(*text - 32);
}

static void clean_telephone(char *text)
{
    drop_spaces(text);
    char *kept = text;
    for (const char *at = text; *at; at++)
        if (!strchr(".-/", *at))
            *kept++ = *at;
    *kept = 0;
}

/* Only the domain is the same in capitals; before the @ the owner decides. */
static void clean_courriel(char *text)
{
    trim(text);
    char *at = strrchr(text, '@');
    for (; at && *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at + 32);
}

/* Of most texts a look tells. These change what they do not like, and only a copy shows it. */
static bool nobody_knows(const char *text, size_t size)
{
    (void)text, (void)size;
    return false;
}

static const cleaner_t LINE = {clean_line, is_clean_line};
static const cleaner_t MARKDOWN = {clean_markdown, is_clean_markdown};
static const cleaner_t EDGES = {trim, is_trimmed};
static const cleaner_t IDENTIFIER = {clean_identifier, nobody_knows};
static const cleaner_t TELEPHONE = {clean_telephone, nobody_knows};
static const cleaner_t COURRIEL = {clean_courriel, nobody_knows};

/* Applies a cleaner to the NFC of a text, or to the digits of an integer (spreadsheets give a SIREN
 * or a postcode so). */
static json_t *clean_text(const json_t *json, const cleaner_t *cleaner)
{
    char digits[24];
    const char *given = json_string_value(json);
    size_t size = json_string_length(json);
    if (json_is_integer(json)) {
        size = (size_t)snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(json));
        given = digits;
    }
    if (!given)
        return same(json);
    if (json_is_string(json) && size && unicode_valid(given, size) && unicode_is_plain(given, size)
        && cleaner->is_clean(given, size))
        return same(json);
    text_t text;
    text_init(&text, 4 * size);
    json_t *result = NULL;
    if (unicode_nfc(&text, given, size)) {
        result = same(json); /* malformed: shown to its author as it came */
    } else {
        cleaner->clean(text.data);
        size_t kept = strlen(text.data);
        if (json_is_string(json) && kept == size && !memcmp(text.data, given, size))
            result = kept ? same(json) : NULL;
        else if (kept)
            result = json_stringn_nocheck(text.data, kept);
    }
    text_free(&text);
    return result;
}

static json_t *normal_line(const field_t *field, const json_t *json)
{
    (void)field;
    return clean_text(json, &LINE);
}

static json_t *normal_markdown(const field_t *field, const json_t *json)
{
    (void)field;
    return clean_text(json, &MARKDOWN);
}

static json_t *normal_identifier(const field_t *field, const json_t *json)
{
    (void)field;
    return clean_text(json, &IDENTIFIER);
}

static json_t *normal_telephone(const field_t *field, const json_t *json)
{
    (void)field;
    return clean_text(json, &TELEPHONE);
}

static json_t *normal_courriel(const field_t *field, const json_t *json)
{
    (void)field;
    return clean_text(json, &COURRIEL);
}

static json_t *normal_instant(const field_t *field, const json_t *json)
{
    json_t *line = normal_line(field, json);
    char text[INSTANT_SIZE];
    if (!json_is_string(line) || !instant_normal(json_string_value(line), text))
        return line;
    json_decref(line);
    return json_string_nocheck(text);
}

/* --- numbers and truth --- */

static json_t *normal_number(const field_t *field, const json_t *json)
{
    json_t *line = json_is_string(json) ? clean_text(json, &EDGES) : same(json);
    int64_t stored;
    if (!line || number_read(line, field->type, &stored) != NUMBER_OK)
        return line;
    json_decref(line);
    return number_json(stored, field->type);
}

static json_t *normal_bool(const field_t *field, const json_t *json)
{
    static const struct {
        const char *word;
        bool value;
    } WORDS[] = {{"oui", true}, {"non", false}, {"true", true}, {"false", false}};
    (void)field;
    json_t *line = json_is_string(json) ? clean_text(json, &EDGES) : same(json);
    for (size_t i = 0; json_is_string(line) && i < sizeof WORDS / sizeof *WORDS; i++)
        if (!strcmp(json_string_value(line), WORDS[i].word)) {
            json_decref(line);
            line = json_boolean(WORDS[i].value);
        }
    return line;
}

/* --- values made of values --- */

/* True for types whose lists are sets: order and repetition say nothing. */
static bool is_set_of(field_type_t type)
{
    return type == FIELD_CODE || type == FIELD_COG || type == FIELD_SIREN || type == FIELD_SIRET
           || type == FIELD_RNA;
}

static int compare_texts(const void *a, const void *b)
{
    const json_t *const *left = a, *const *right = b;
    return strcmp(json_string_value(*left), json_string_value(*right));
}

/* Gives the entries (taken) as a list, sorted and without repetition when they are a set. */
static json_t *make_list(json_t **entries, size_t count, bool set)
{
    json_t *list = json_array();
    if (set)
        qsort(entries, count, sizeof *entries, compare_texts);
    for (size_t i = 0; i < count; i++) {
        bool repeated = set && i > 0 && !compare_texts(&entries[i - 1], &entries[i]);
        if (!repeated)
            json_array_append(list, entries[i]);
    }
    for (size_t i = 0; i < count; i++)
        json_decref(entries[i]);
    return list;
}

static json_t *normal_list(const field_t *field, const json_t *json)
{
    size_t size = json_array_size(json), count = 0;
    if (!json_is_array(json))
        return same(json);
    json_t **entries = calloc(size + 1, sizeof(json_t *));
    assert(entries);
    bool set = is_set_of(field->fields[0].type);
    for (size_t i = 0; i < size; i++) {
        json_t *entry = normal_value(&field->fields[0], json_array_get(json, i));
        set = set && (!entry || json_is_string(entry));
        if (entry)
            entries[count++] = entry;
    }
    json_t *list = count ? make_list(entries, count, set) : NULL;
    free(entries);
    return list;
}

static json_t *normal_interval(const field_t *field, const json_t *json)
{
    if (!json_is_array(json))
        return same(json);
    if (json_array_size(json) == 0)
        return NULL;
    json_t *ends = json_array();
    size_t present = 0;
    for (size_t i = 0; i < json_array_size(json); i++) {
        json_t *end = normal_value(&field->fields[0], json_array_get(json, i));
        present += end != NULL;
        json_array_append_new(ends, end ? end : json_null());
    }
    if (!present) {
        json_decref(ends);
        return NULL;
    }
    return ends;
}

static const field_t *find(const field_t *fields, size_t count, const char *name, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(fields[i].name) == size && !memcmp(fields[i].name, name, size))
            return &fields[i];
    return NULL;
}

static json_t *normal_members(const field_t *fields, size_t count, const json_t *json)
{
    json_t *result = json_object();
    const char *name;
    size_t size;
    json_t *value;
    json_object_keylen_foreach((json_t *)json, name, size, value)
    {
        const field_t *field = find(fields, count, name, size);
        json_t *normal = field ? normal_value(field, value) : same(value);
        if (normal)
            json_object_setn_new_nocheck(result, name, size, normal);
    }
    return result;
}

static json_t *absent_if_empty(json_t *object)
{
    if (json_object_size(object) > 0)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *normal_map(const field_t *field, const json_t *json)
{
    if (!json_is_object(json))
        return same(json);
    return absent_if_empty(normal_members(field->fields, field->field_count, json));
}

/* "6201Z", as the Sirene files write it, is "62.01Z". */
static json_t *with_point(json_t *code)
{
    const char *text = json_string_value(code);
    size_t digits = text ? strspn(text, "0123456789") : 0;
    bool bare = digits == 4 && (!text[4] || (text[4] >= 'A' && text[4] <= 'Z' && !text[5]));
    if (!bare || strlen(text) != json_string_length(code))
        return code;
    char pointed[8];
    snprintf(pointed, sizeof pointed, "%.2s.%s", text, text + 2);
    json_decref(code);
    return json_string_nocheck(pointed);
}

static json_t *normal_naf(const field_t *field, const json_t *json)
{
    static const field_t MEMBERS[] = {{.name = "nomenclature", .type = FIELD_TEXT},
                                      {.name = "code", .type = FIELD_RNA}};
    (void)field;
    if (!json_is_object(json))
        return same(json);
    json_t *naf = normal_members(MEMBERS, 2, json);
    json_t *code = json_object_get(naf, "code");
    if (code)
        json_object_set_new_nocheck(naf, "code", with_point(json_incref(code)));
    return absent_if_empty(naf);
}

static bool is_blank(const json_t *json)
{
    if (!json || json_is_null(json))
        return true;
    const char *text = json_string_value(json);
    return text && json_string_length(json) == 0;
}

json_t *normal_value(const field_t *field, const json_t *json)
{
    static json_t *(*const BY_TYPE[])(const field_t *, const json_t *) = {
        [FIELD_TEXT] = normal_line,         [FIELD_MARKDOWN] = normal_markdown,
        [FIELD_CODE] = normal_line,         [FIELD_SIREN] = normal_identifier,
        [FIELD_SIRET] = normal_identifier,  [FIELD_RNA] = normal_identifier,
        [FIELD_COG] = normal_identifier,    [FIELD_NAF] = normal_naf,
        [FIELD_URL] = normal_line,          [FIELD_TEL] = normal_telephone,
        [FIELD_COURRIEL] = normal_courriel, [FIELD_DATE] = normal_line,
        [FIELD_INSTANT] = normal_instant,   [FIELD_INTEGER] = normal_number,
        [FIELD_DECIMAL] = normal_number,    [FIELD_DEGREES] = normal_number,
        [FIELD_BOOL] = normal_bool,         [FIELD_LIST] = normal_list,
        [FIELD_MAP] = normal_map,           [FIELD_INTERVAL] = normal_interval,
    };
    return is_blank(json) ? NULL : BY_TYPE[field->type](field, json);
}

json_t *normal_body(const kind_t *kind, const json_t *json)
{
    return json_is_object(json) ? normal_members(kind->fields, kind->field_count, json)
                                : same(json);
}
