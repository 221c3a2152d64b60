/* Every place is prepared once: its texts become words and numbers that compare at once. Then each commune
 * by itself: every place leaves a mark for each thing it might share, marks are sorted, and neighbours
 * under the same mark are the pairs to score. */
#include "node/duplicate.h"

#include "node/geo/geo.h"
#include "schemas/base/unicode.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 12 /* of a name or a street; the rest is not looked at */
#define MARKS_MAX (WORDS_MAX + 7)
#define TYPO_WORD_MIN 5 /* bytes of a word in which one wrong letter is a slip */
#define CORNER 2000     /* millionths of a degree, some 200 m */
#define AGREES 10       /* points that say so */
#define NEAR_M 75       /* two geocoders, one door */
#define CLOSE_M 200
#define FAR_M 1000
#define ELSEWHERE_M 5000

typedef struct word {
    uint32_t hash;
    uint32_t text; /* where it begins among the texts */
} word_t;

typedef struct prepared {
    size_t place;  /* its number among the places given */
    uint64_t area; /* the hash of its commune */
    const duplicate_place_t *given;
    word_t words[WORDS_MAX]; /* of the name, by hash, each once */
    uint32_t word_count;
    bool located;
    int32_t lat, lon;
    uint32_t number; /* in the street; 0: unknown */
    uint64_t street; /* 0: unknown */
    uint64_t telephone;
    uint32_t siren;
} prepared_t;

typedef struct finder {
    prepared_t *places;
    size_t count;
    text_t texts; /* all words, each with its NUL */
    duplicates_t *found;
    size_t capacity;
} finder_t;

static void *array_of(size_t count, size_t width)
{
    void *array = calloc(count + 1, width);
    assert(array);
    return array;
}

/* --- words --- */

/* FNV-1a: the words are no secret, and nobody gains by two that collide. */
static uint64_t hash_of(const char *bytes, size_t size, uint64_t hash)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211U;
    return hash;
}

#define HASH_START 14695981039346656037U

/* Half as long, so that twice as many places are near at hand when they are compared. */
static uint32_t short_hash(const char *word)
{
    uint64_t hash = hash_of(word, strlen(word), HASH_START);
    return (uint32_t)(hash ^ hash >> 32);
}

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
static size_t read_words(text_t *key, const char *text, const char *words[WORDS_MAX])
{
    text_clear(key);
    if (!text || geo_key(key, text))
        return 0;
    size_t count = 0;
    for (char *rest = key->data, *word; count < WORDS_MAX && (word = strsep(&rest, " "));) {
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
    return (one->hash > two->hash) - (one->hash < two->hash);
}

/* Without the words of the commune, unless there are no others. */
static void prepare_name(finder_t *self, prepared_t *place, text_t *key, text_t *commune_key)
{
    const char *name[WORDS_MAX], *commune[WORDS_MAX];
    size_t count = read_words(key, place->given->name, name), others = 0;
    size_t commune_count = read_words(commune_key, place->given->commune, commune);
    for (size_t i = 0; i < count; i++)
        others += !is_among(name[i], commune, commune_count);
    for (size_t i = 0; i < count; i++) {
        if ((others && is_among(name[i], commune, commune_count)) || is_among(name[i], name, i))
            continue;
        word_t *word = &place->words[place->word_count++];
        *word = (word_t){short_hash(name[i]), (uint32_t)self->texts.size};
        text_add(&self->texts, name[i], strlen(name[i]) + 1);
    }
    qsort(place->words, place->word_count, sizeof *place->words, compare_words);
}

/* "12 bis rue de la Paix 42000 Saint-Étienne": the number, then the words before a postcode. */
static void prepare_street(prepared_t *place, text_t *key)
{
    const char *words[WORDS_MAX];
    size_t count = read_words(key, place->given->street, words), used = 0;
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
    place->street = used ? hash : 0;
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
static uint64_t read_telephone(const char *text)
{
    size_t count;
    uint64_t number = digits_of(text, &count);
    return count >= 9 ? number % 1000000000 : 0;
}

static uint32_t read_siren(const char *text)
{
    size_t count;
    uint64_t number = digits_of(text, &count);
    for (; count > 9; count--)
        number /= 10;
    return count == 9 ? (uint32_t)number : 0;
}

static void prepare(finder_t *self, const duplicate_place_t *places, size_t count)
{
    text_t key, commune_key;
    text_init(&key, GEO_KEY_MAX);
    text_init(&commune_key, GEO_KEY_MAX);
    self->places = array_of(count, sizeof *self->places);
    for (size_t i = 0; i < count; i++) {
        if (!places[i].area || !*places[i].area)
            continue;
        prepared_t *place = &self->places[self->count++];
        *place = (prepared_t){.place = i,
                              .area = hash_of(places[i].area, strlen(places[i].area), HASH_START),
                              .given = &places[i],
                              .located = places[i].located,
                              .lat = places[i].lat,
                              .lon = places[i].lon};
        place->siren = read_siren(places[i].siren);
        place->telephone = read_telephone(places[i].telephone);
        prepare_name(self, place, &key, &commune_key);
        prepare_street(place, &key);
    }
    text_free(&key);
    text_free(&commune_key);
}

/* --- the points of a pair --- */

static size_t common_words(const prepared_t *a, const prepared_t *b)
{
    size_t common = 0;
    for (size_t i = 0, j = 0; i < a->word_count && j < b->word_count;) {
        int order = compare_words(&a->words[i], &b->words[j]);
        common += order == 0;
        i += order <= 0;
        j += order >= 0;
    }
    return common;
}

static bool has_word(const prepared_t *place, const word_t *word)
{
    return bsearch(word, place->words, place->word_count, sizeof *word, compare_words) != NULL;
}

/* In a word with a digit another digit is another thing. */
static bool may_be_misspelt(const char *word)
{
    return strlen(word) >= TYPO_WORD_MIN && !strpbrk(word, "0123456789");
}

/* Words of a that b has with one slip of the pen. */
static size_t misspelt_words(const finder_t *self, const prepared_t *a, const prepared_t *b)
{
    size_t misspelt = 0;
    for (size_t i = 0; i < a->word_count; i++) {
        const char *word = self->texts.data + a->words[i].text;
        if (!may_be_misspelt(word) || has_word(b, &a->words[i]))
            continue;
        for (size_t j = 0; j < b->word_count; j++)
            if (!has_word(a, &b->words[j])
                && unicode_distance(word, self->texts.data + b->words[j].text, 1) <= 1) {
                misspelt++;
                break;
            }
    }
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

static int street_points(const prepared_t *a, const prepared_t *b)
{
    if (!a->street || !b->street)
        return 0;
    if (a->street != b->street)
        return -15;
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
    if (!a->siren || !b->siren)
        return 0;
    return a->siren == b->siren ? 10 : -20;
}

static int total(const int points[DUPLICATE_REASONS])
{
    int sum = 0;
    for (size_t i = 0; i < DUPLICATE_REASONS; i++)
        sum += points[i];
    return sum > 100 ? 100 : sum;
}

/* The most that distance may give: beyond 200 m nothing, and 200 m are 1,800 millionths of latitude. */
static int most_distance_points(const prepared_t *a, const prepared_t *b)
{
    bool near = a->located && b->located && abs(a->lat - b->lat) <= 1800;
    return near ? distance_points(0) : 0;
}

/* Of the two, distance and spelling take time: each is looked at only where it may decide, and spelling
 * where something else agrees. */
static bool score(const finder_t *self, const prepared_t *a, const prepared_t *b, duplicate_t *out)
{
    *out = (duplicate_t){.a = a->place, .b = b->place, .metres = -1};
    int *points = out->points;
    points[DUPLICATE_STREET] = street_points(a, b);
    points[DUPLICATE_SIREN] = siren_points(a, b);
    points[DUPLICATE_TELEPHONE] = a->telephone && a->telephone == b->telephone ? 20 : 0;
    size_t words = a->word_count && b->word_count ? a->word_count + b->word_count : 0;
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
        common += misspelt_words(self, a, b);
    points[DUPLICATE_NAME] = name_points(common, words);
    out->score = total(points);
    return out->score >= DUPLICATE_LEAST;
}

/* --- which pairs --- */

typedef struct mark {
    uint64_t value;
    uint32_t place; /* among the prepared, which are in the order of their names */
} mark_t;

static int compare_marks(const void *a_mark, const void *b_mark)
{
    const mark_t *a = a_mark, *b = b_mark;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* A thing of this sort that a place may share with another. */
static void add_mark(mark_t *marks, size_t *count, uint32_t number, char sort, uint64_t thing)
{
    uint64_t value = hash_of((const char *)&thing, sizeof thing, hash_of(&sort, 1, HASH_START));
    marks[(*count)++] = (mark_t){value, number};
}

static int64_t corner(int32_t millionths, int32_t shift)
{
    return ((int64_t)millionths + 180000000 + shift) / CORNER;
}

/* Two grids, one half a square further in each direction: neighbours share a square of one of the four. */
static void mark_corners(mark_t *marks, size_t *count, const prepared_t *place, uint32_t number)
{
    for (int shifts = 0; shifts < 4; shifts++) {
        int64_t lat = corner(place->lat, shifts & 1 ? CORNER / 2 : 0);
        int64_t lon = corner(place->lon, shifts & 2 ? CORNER / 2 : 0);
        add_mark(marks, count, number, (char)('0' + shifts), (uint64_t)(lat * 1000000 + lon));
    }
}

static size_t mark_place(mark_t *marks, const prepared_t *place, uint32_t number)
{
    size_t count = 0;
    for (size_t i = 0; i < place->word_count; i++)
        add_mark(marks, &count, number, 'w', place->words[i].hash);
    if (place->street)
        add_mark(marks, &count, number, 'r', place->street);
    if (place->telephone)
        add_mark(marks, &count, number, 't', place->telephone);
    if (place->siren)
        add_mark(marks, &count, number, 's', place->siren);
    if (place->located)
        mark_corners(marks, &count, place, number);
    return count;
}

/* One commune: its marks with those of one value side by side, and each place's own among them. */
typedef struct area {
    mark_t *marks;
    size_t count;
    uint32_t *shared; /* of each mark: how many there are of its value */
    size_t *starts;   /* of each place: the first of its marks in `at`; one more at the end */
    uint32_t *at;     /* numbers of marks, by place */
    uint32_t *seen;   /* of each place: the last place it was a candidate of, from 1 */
    uint32_t near[DUPLICATE_CANDIDATES];
} area_t;

static bool one_value(const mark_t *marks, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (marks[i].value != marks[0].value)
            return false;
    return true;
}

/* Values are hashes: their first bits spread them over as many heaps as there are marks. Nearly all heaps
 * hold one value, whose marks stay in the order of their places; only the others need sorting. */
static mark_t *gathered(const mark_t *marks, size_t count)
{
    unsigned bits = 1;
    while ((size_t)1 << bits < count)
        bits++;
    size_t heaps = (size_t)1 << bits;
    size_t *ends = array_of(heaps + 1, sizeof *ends);
    mark_t *sorted = array_of(count, sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        ends[(marks[i].value >> (64 - bits)) + 1]++;
    for (size_t i = 1; i <= heaps; i++)
        ends[i] += ends[i - 1];
    for (size_t i = 0; i < count; i++)
        sorted[ends[marks[i].value >> (64 - bits)]++] = marks[i];
    for (size_t i = 0, from = 0; i < heaps; from = ends[i++])
        if (!one_value(sorted + from, ends[i] - from))
            qsort(sorted + from, ends[i] - from, sizeof *sorted, compare_marks);
    free(ends);
    return sorted;
}

static void count_shared(area_t *area)
{
    area->shared = array_of(area->count, sizeof *area->shared);
    for (size_t from = 0, to; from < area->count; from = to) {
        for (to = from; to < area->count && area->marks[to].value == area->marks[from].value;)
            to++;
        for (size_t i = from; i < to; i++)
            area->shared[i] = (uint32_t)(to - from);
    }
}

/* The numbers of a place's marks, those that fewest share first. */
static size_t rarest_first(const area_t *area, size_t place, uint32_t order[MARKS_MAX])
{
    size_t count = 0;
    for (size_t i = area->starts[place]; i < area->starts[place + 1]; i++) {
        size_t at = count++;
        for (; at && area->shared[order[at - 1]] > area->shared[area->at[i]]; at--)
            order[at] = order[at - 1];
        order[at] = area->at[i];
    }
    return count;
}

/* The places after this one that have one of its marks, not too far behind it; each once. */
static size_t neighbours(area_t *area, size_t place)
{
    uint32_t order[MARKS_MAX];
    size_t marks = rarest_first(area, place, order), count = 0;
    for (size_t i = 0; i < marks; i++) {
        size_t from = order[i];
        for (size_t j = from + 1; j < area->count && j <= from + DUPLICATE_NEIGHBOURS; j++) {
            uint32_t other = area->marks[j].place;
            if (area->marks[j].value != area->marks[from].value || count == DUPLICATE_CANDIDATES)
                break;
            if (area->seen[other] != place + 1)
                area->near[count++] = other;
            area->seen[other] = (uint32_t)place + 1;
        }
    }
    return count;
}

/* `places` are those of one commune, in the order of their names. */
static void mark_area(area_t *area, const prepared_t *places, size_t count)
{
    mark_t *marks = array_of(count * MARKS_MAX, sizeof *marks);
    area->starts = array_of(count + 1, sizeof *area->starts);
    area->seen = array_of(count, sizeof *area->seen);
    for (size_t i = 0; i < count; i++) {
        area->starts[i] = area->count;
        area->count += mark_place(marks + area->count, &places[i], (uint32_t)i);
    }
    area->starts[count] = area->count;
    area->marks = gathered(marks, area->count);
    free(marks);
    count_shared(area);
    area->at = array_of(area->count, sizeof *area->at);
    size_t *next = array_of(count, sizeof *next);
    memcpy(next, area->starts, count * sizeof *next);
    for (size_t i = 0; i < area->count; i++)
        area->at[next[area->marks[i].place]++] = (uint32_t)i;
    free(next);
}

static void keep(finder_t *self, const duplicate_t *duplicate)
{
    duplicates_t *found = self->found;
    if (found->count == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 64;
        found->list = realloc(found->list, self->capacity * sizeof *found->list);
        assert(found->list);
    }
    found->list[found->count++] = *duplicate;
}

static void search_around(finder_t *self, area_t *area, const prepared_t *places, size_t place)
{
    size_t near = neighbours(area, place);
    for (size_t i = 0; i < near; i++) {
        duplicate_t duplicate;
        if (score(self, &places[place], &places[area->near[i]], &duplicate))
            keep(self, &duplicate);
    }
}

static void search_area(finder_t *self, const prepared_t *places, size_t count)
{
    if (count < 2)
        return;
    area_t area = {0};
    mark_area(&area, places, count);
    for (size_t i = 0; i < count; i++)
        search_around(self, &area, places, i);
    free(area.marks);
    free(area.shared);
    free(area.starts);
    free(area.at);
    free(area.seen);
}

/* --- all of it --- */

/* By commune, then by the words of the name: the order in which neighbours are compared. */
static int compare_places(const void *a_place, const void *b_place)
{
    const prepared_t *a = a_place, *b = b_place;
    int order = (a->area > b->area) - (a->area < b->area);
    for (size_t i = 0; !order && i < a->word_count && i < b->word_count; i++)
        order = compare_words(&a->words[i], &b->words[i]);
    if (!order)
        order = (a->word_count > b->word_count) - (a->word_count < b->word_count);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

static int compare_found(const void *a_found, const void *b_found)
{
    const duplicate_t *a = a_found, *b = b_found;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

static void search(finder_t *self)
{
    qsort(self->places, self->count, sizeof *self->places, compare_places);
    size_t from = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (self->places[i].area != self->places[from].area) {
            search_area(self, &self->places[from], i - from);
            from = i;
        }
    }
    search_area(self, &self->places[from], self->count - from);
}

/* The pair as its places were given: the first one first. */
static void put_in_order(duplicate_t *duplicate)
{
    if (duplicate->a < duplicate->b)
        return;
    size_t a = duplicate->a;
    duplicate->a = duplicate->b;
    duplicate->b = a;
}

void duplicates_find(const duplicate_place_t *places, size_t count, duplicates_t *found)
{
    assert(count < DUPLICATE_PLACES_MAX);
    *found = (duplicates_t){0};
    finder_t self = {.found = found};
    text_init(&self.texts, (count + 1) * (GEO_KEY_MAX + 1));
    prepare(&self, places, count);
    search(&self);
    for (size_t i = 0; i < found->count; i++)
        put_in_order(&found->list[i]);
    if (found->count)
        qsort(found->list, found->count, sizeof *found->list, compare_found);
    text_free(&self.texts);
    free(self.places);
}

void duplicates_free(duplicates_t *self)
{
    free(self->list);
    *self = (duplicates_t){0};
}
