#include "node/duplicate/prepared.h"

#include "node/geo/geo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a: the words are no secret, and nobody gains by two that collide. */
static uint64_t hash_of(const char *bytes, size_t size, uint64_t hash)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211U;
    return hash;
}

#define HASH_START 14695981039346656037U

/* Half as long, so that more places are near at hand when they are compared; never 0. */
static uint32_t shortened(uint64_t hash)
{
    uint32_t half = (uint32_t)(hash ^ hash >> 32);
    return half ? half : 1;
}

/* --- words --- */

typedef struct word {
    uint32_t hash;
    const char *text;
} word_t;

static const struct {
    const char *written, *meant; /* "": the word says nothing */
} SAME[] = {
    {"a", ""},           {"all", "allee"},     {"au", ""},
    {"aux", ""},         {"av", "avenue"},     {"ave", "avenue"},
    {"bd", "boulevard"}, {"bld", "boulevard"}, {"blvd", "boulevard"},
    {"bp", ""},          {"ch", "chemin"},     {"ctre", "centre"},
    {"d", ""},           {"de", ""},           {"des", ""},
    {"du", ""},          {"en", ""},           {"et", ""},
    {"fg", "faubourg"},  {"imp", "impasse"},   {"l", ""},
    {"la", ""},          {"le", ""},           {"les", ""},
    {"pl", "place"},     {"r", "rue"},         {"rte", "route"},
    {"sq", "square"},
};

static int compare_same(const void *key, const void *row)
{
    return strcmp(key, *(const char *const *)row);
}

static const char *meaning(const char *word)
{
    const char *const *same =
        bsearch(word, SAME, sizeof SAME / sizeof *SAME, sizeof *SAME, compare_same);
    return same ? same[1] : word;
}

/* The words of a text that say something. They lie in `key`, or are constant; malformed text has none. */
static size_t read_words(text_t *key, const char *text, const char *words[PREPARED_WORDS_MAX])
{
    text_clear(key);
    if (!text || geo_key(key, text))
        return 0;
    size_t count = 0;
    for (char *rest = key->data, *word;
         count < PREPARED_WORDS_MAX && (word = strsep(&rest, " "));) {
        const char *meant = meaning(word);
        if (*meant)
            words[count++] = meant;
    }
    return count;
}

static bool is_among(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static int compare_words(const void *a, const void *b)
{
    const word_t *one = a, *two = b;
    if (one->hash != two->hash)
        return one->hash < two->hash ? -1 : 1;
    return strcmp(one->text, two->text);
}

/* The words that tell this place from others: without those of the commune, unless there are no others. */
static size_t telling_words(text_t *keys, const duplicate_place_t *given,
                            word_t words[PREPARED_WORDS_MAX])
{
    const char *name[PREPARED_WORDS_MAX], *commune[PREPARED_WORDS_MAX];
    size_t count = read_words(&keys[0], given->name, name), others = 0, told = 0;
    size_t commune_count = read_words(&keys[1], given->commune, commune);
    for (size_t i = 0; i < count; i++)
        others += !is_among(name[i], commune, commune_count);
    for (size_t i = 0; i < count; i++) {
        if ((others && is_among(name[i], commune, commune_count)) || is_among(name[i], name, i))
            continue;
        uint64_t hash = hash_of(name[i], strlen(name[i]), HASH_START);
        words[told++] = (word_t){shortened(hash), name[i]};
    }
    qsort(words, told, sizeof *words, compare_words);
    return told;
}

static void prepare_name(prepared_places_t *self, prepared_t *place, text_t *keys,
                         const duplicate_place_t *given)
{
    word_t words[PREPARED_WORDS_MAX];
    place->word_count = (uint8_t)telling_words(keys, given, words);
    place->text = (uint32_t)self->texts.size;
    for (size_t i = 0; i < place->word_count; i++) {
        place->words[i] = words[i].hash;
        text_add(&self->texts, words[i].text, strlen(words[i].text) + 1);
    }
    uint64_t all =
        hash_of((const char *)place->words, place->word_count * sizeof *place->words, HASH_START);
    place->things[THING_NAME] = place->word_count ? shortened(all) : 0;
}

/* --- numbers --- */

/* "12 bis rue de la Paix 42000 Saint-Étienne": the number, then the words before a postcode. */
static void prepare_street(prepared_t *place, text_t *key, const char *street)
{
    const char *words[PREPARED_WORDS_MAX];
    size_t count = read_words(key, street, words), used = 0;
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < count; i++) {
        size_t digits = strspn(words[i], "0123456789");
        if (used && digits >= 4)
            break;
        if (!used && digits && !place->number)
            place->number = (uint32_t)strtoul(words[i], NULL, 10);
        else if (used || (strcmp(words[i], "bis") != 0 && strcmp(words[i], "ter") != 0)) {
            hash = hash_of(words[i], strlen(words[i]) + 1, hash);
            used++;
        }
    }
    place->things[THING_STREET] = used ? shortened(hash) : 0;
}

static uint64_t digits_of(const char *text, size_t *count)
{
    uint64_t number = 0;
    *count = 0;
    for (; text && *text && *count < 15; text++)
        if (*text >= '0' && *text <= '9') {
            number = number * 10 + (uint64_t)(*text - '0');
            (*count)++;
        }
    return number;
}

/* The last nine digits: 04 77 12 34 56 and +33 4 77 12 34 56 are one; a shorter number is none. */
static uint32_t read_telephone(const char *text)
{
    size_t count;
    uint64_t number = digits_of(text, &count);
    return count >= 9 ? (uint32_t)(number % 1000000000) : 0;
}

static uint32_t read_siren(const char *text)
{
    size_t count;
    uint64_t number = digits_of(text, &count);
    for (; count > 9; count--)
        number /= 10;
    return count == 9 ? (uint32_t)number : 0;
}

/* --- all of them --- */

static void prepare(prepared_places_t *self, text_t *keys, const duplicate_place_t *given,
                    size_t number)
{
    prepared_t *place = &self->list[self->count++];
    *place = (prepared_t){.area = hash_of(given->area, strlen(given->area), HASH_START),
                          .place = (uint32_t)number,
                          .things[THING_SIREN] = read_siren(given->siren),
                          .things[THING_TELEPHONE] = read_telephone(given->telephone),
                          .lat = given->lat,
                          .lon = given->lon,
                          .located = given->located};
    prepare_name(self, place, keys, given);
    prepare_street(place, &keys[0], given->street);
}

void prepare_places(prepared_places_t *self, const duplicate_place_t *places, size_t count)
{
    text_t keys[2];
    text_init(&keys[0], GEO_KEY_MAX);
    text_init(&keys[1], GEO_KEY_MAX);
    *self = (prepared_places_t){.list = malloc((count + 1) * sizeof *self->list)};
    assert(self->list);
    text_init(&self->texts, (count + 1) * (GEO_KEY_MAX + 1));
    for (size_t i = 0; i < count; i++)
        if (places[i].area && *places[i].area)
            prepare(self, keys, &places[i], i);
    text_free(&keys[0]);
    text_free(&keys[1]);
}

void prepared_places_free(prepared_places_t *self)
{
    free(self->list);
    text_free(&self->texts);
}

bool prepared_has_word(const prepared_t *self, uint32_t word)
{
    for (size_t i = 0; i < self->word_count; i++)
        if (self->words[i] == word)
            return true;
    return false;
}
