#include "node/duplicate/score.h"

#include "node/geo/geo.h"
#include "schemas/base/unicode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TYPO_WORD_MIN 5 /* bytes of a word in which one wrong letter is a slip */
#define AGREES 10       /* points that say so */
#define NEAR_M 75       /* two geocoders, one door */
#define CLOSE_M 200
#define CLOSE_LAT 1800 /* that many metres, in millionths of degrees */
#define FAR_M 1000
#define ELSEWHERE_M 5000

static size_t common_words(const prepared_t *a, const prepared_t *b)
{
    size_t common = 0;
    for (size_t i = 0, j = 0; i < a->word_count && j < b->word_count;) {
        uint32_t one = a->words[i], two = b->words[j];
        common += one == two;
        i += one <= two;
        j += one >= two;
    }
    return common;
}

/* In a word with a digit another digit is another thing. */
static bool may_be_misspelt(const char *word)
{
    return strlen(word) >= TYPO_WORD_MIN && !strpbrk(word, "0123456789");
}

/* Has the place this word with one slip of the pen, where the other has no such word itself? */
static bool has_misspelt(const prepared_places_t *places, const prepared_t *place, const char *word,
                         const prepared_t *other)
{
    const char *text = places->texts.data + place->text;
    for (size_t i = 0; i < place->word_count; i++, text += strlen(text) + 1)
        if (!prepared_has_word(other, place->words[i]) && unicode_distance(word, text, 1) <= 1)
            return true;
    return false;
}

/* Words of a that b has with one slip of the pen. */
static size_t misspelt_words(const prepared_places_t *places, const prepared_t *a,
                             const prepared_t *b)
{
    size_t misspelt = 0;
    const char *word = places->texts.data + a->text;
    for (size_t i = 0; i < a->word_count; i++, word += strlen(word) + 1)
        misspelt += may_be_misspelt(word) && !prepared_has_word(b, a->words[i])
                    && has_misspelt(places, b, word, a);
    return misspelt;
}

/* 50 for the same words, then less in proportion to those they share; strangers count against. */
static int name_points(size_t common, size_t words)
{
    if (!words)
        return 0;
    double share = 2.0 * (double)common / (double)words;
    if (share > 1)
        share = 1;
    return share < 0.4 ? -30 : (int)lround(50 * (share - 0.3) / 0.7);
}

static bool both_have(const prepared_t *a, const prepared_t *b, thing_t thing)
{
    return a->things[thing] && b->things[thing];
}

static bool share(const prepared_t *a, const prepared_t *b, thing_t thing)
{
    return a->things[thing] && a->things[thing] == b->things[thing];
}

static int street_points(const prepared_t *a, const prepared_t *b)
{
    if (!share(a, b, THING_STREET))
        return both_have(a, b, THING_STREET) ? -15 : 0;
    if (a->number && b->number)
        return a->number == b->number ? 25 : -5;
    return 10;
}

static int distance_points(int metres)
{
    if (metres < 0)
        return 0;
    if (metres > FAR_M)
        return metres > ELSEWHERE_M ? -40 : -20;
    return metres <= NEAR_M ? 20 : metres <= CLOSE_M ? 10 : 0;
}

static int siren_points(const prepared_t *a, const prepared_t *b)
{
    if (share(a, b, THING_SIREN))
        return 10;
    return both_have(a, b, THING_SIREN) ? -20 : 0;
}

static int total(const int points[DUPLICATE_REASONS])
{
    int sum = 0;
    for (size_t i = 0; i < DUPLICATE_REASONS; i++)
        sum += points[i];
    return sum > 100 ? 100 : sum;
}

/* The most that distance may give. */
static int most_distance_points(const prepared_t *a, const prepared_t *b)
{
    bool near = a->located && b->located && abs(a->lat - b->lat) <= CLOSE_LAT;
    return near ? distance_points(0) : 0;
}

/* Of the two, distance and spelling take time: each is looked at only where it may decide, and spelling
 * where something else agrees. */
bool score(const prepared_places_t *places, const prepared_t *a, const prepared_t *b,
           duplicate_t *out)
{
    *out = (duplicate_t){.a = a->place, .b = b->place, .metres = -1};
    int *points = out->points;
    points[DUPLICATE_STREET] = street_points(a, b);
    points[DUPLICATE_SIREN] = siren_points(a, b);
    points[DUPLICATE_TELEPHONE] = share(a, b, THING_TELEPHONE) ? 20 : 0;
    size_t words = a->word_count && b->word_count ? (size_t)a->word_count + b->word_count : 0;
    size_t common = common_words(a, b);
    int others = total(points) + most_distance_points(a, b);
    if (others < AGREES && others + name_points(common, words) < DUPLICATE_LEAST)
        return false;
    if (a->located && b->located)
        out->metres = (int)lround(geo_metres(a->lat, a->lon, b->lat, b->lon));
    points[DUPLICATE_DISTANCE] = distance_points(out->metres);
    if (points[DUPLICATE_DISTANCE] == distance_points(0) && points[DUPLICATE_STREET] < 0)
        points[DUPLICATE_STREET] = 0; /* one spot, of which two wrote the address their own way */
    if (words && 2 * common < words && total(points) >= AGREES)
        common += misspelt_words(places, a, b);
    points[DUPLICATE_NAME] = name_points(common, words);
    out->score = total(points);
    return out->score >= DUPLICATE_LEAST;
}
