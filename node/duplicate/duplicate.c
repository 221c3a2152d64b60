/* Which pairs are worth a look follows from the points (score.c): 50 are needed, and no more than 50 come
 * from the name, which must have 40 % of its words in common. So two are one only if they have the very same
 * words, or besides the name a street, a telephone, a SIREN or 200 m in common. For each of these evidences
 * every place leaves one mark, a hash of its commune and of the thing; marks are sorted, and those of one
 * value are a group, in which all are compared.
 *
 * A group that is too large for this (a town's SIREN, the high street of a city) is divided once more, by
 * the words of the names: of these a pair needs some in any case. */
#include "node/duplicate/duplicate.h"

#include "node/duplicate/prepared.h"
#include "node/duplicate/score.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Squares of the map, in millionths of degrees: half of one is 200 m, up to 51 degrees north. */
#define SQUARE_LAT 3600
#define SQUARE_LON 5800
#define AHEAD 32 /* places */

typedef struct mark {
    uint32_t key;   /* the same for those who share a thing; of strangers only by chance */
    uint32_t place; /* among the prepared */
} mark_t;

typedef struct marks {
    mark_t *list, *spare;
    size_t count, max;
} marks_t;

typedef struct finder {
    prepared_places_t places;
    duplicates_t *found;
    size_t capacity;
    marks_t marks;   /* of all places, one each */
    marks_t words;   /* of a crowd, one for each word */
    size_t evidence; /* the one in hand */
} finder_t;

static void *array_of(size_t count, size_t width)
{
    void *array = malloc((count + 1) * width);
    assert(array);
    return array;
}

/* --- what was found --- */

static int compare_found(const void *a_found, const void *b_found)
{
    const duplicate_t *a = a_found, *b = b_found;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

/* In their order, each once: a pair is found under everything it shares. */
static void settle(duplicates_t *found)
{
    size_t kept = 0;
    if (found->count)
        qsort(found->list, found->count, sizeof *found->list, compare_found);
    for (size_t i = 0; i < found->count; i++)
        if (!kept || compare_found(&found->list[kept - 1], &found->list[i]))
            found->list[kept++] = found->list[i];
    found->count = kept;
}

/* Makes room for one more. */
static void make_room(finder_t *self)
{
    duplicates_t *found = self->found;
    settle(found);
    if (self->capacity && found->count <= self->capacity / 2)
        return;
    self->capacity = self->capacity ? 2 * self->capacity : 64;
    found->list = realloc(found->list, self->capacity * sizeof *found->list);
    assert(found->list);
}

static void keep(finder_t *self, const duplicate_t *duplicate)
{
    if (self->found->count == self->capacity)
        make_room(self);
    self->found->list[self->found->count++] = *duplicate;
}

/* --- evidences: the things two may share, then the squares they may both lie in --- */

/* Two grids in each direction, half a square apart: who is nearer than that shares a square of one of
 * the four. */
#define GRIDS 4
#define EVIDENCES (THINGS + GRIDS)

static uint64_t square_of(const prepared_t *place, size_t grid)
{
    if (!place->located)
        return 0;
    int64_t lat = (int64_t)place->lat + 180000000 + (grid & 1 ? SQUARE_LAT / 2 : 0);
    int64_t lon = (int64_t)place->lon + 180000000 + (grid & 2 ? SQUARE_LON / 2 : 0);
    return (uint64_t)(lat / SQUARE_LAT) << 32 | (uint64_t)(lon / SQUARE_LON);
}

/* 0: unknown. */
static uint64_t evidence_of(const prepared_t *place, size_t evidence)
{
    return evidence < THINGS ? place->things[evidence] : square_of(place, evidence - THINGS);
}

/* Did a thing before this evidence bring the two together already, in a group where all were compared? */
static bool is_compared(const finder_t *self, const prepared_t *a, const prepared_t *b)
{
    for (size_t i = 0; i < self->evidence && i < THINGS; i++)
        if (a->things[i] && a->things[i] == b->things[i] && !(a->crowds & 1U << i))
            return true;
    return false;
}

/* --- marks that are the same, side by side --- */

static void make_marks(marks_t *self, size_t max)
{
    free(self->list);
    free(self->spare);
    *self =
        (marks_t){array_of(max, sizeof *self->list), array_of(max, sizeof *self->spare), 0, max};
}

/* By key, in the time of four passes; marks of one key stay in their order. */
static void sort_marks(const marks_t *self)
{
    mark_t *marks = self->list, *spare = self->spare;
    size_t count = self->count;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        size_t starts[256] = {0}, next = 0;
        for (size_t i = 0; i < count; i++)
            starts[marks[i].key >> shift & 255]++;
        for (size_t i = 0; i < 256; i++) {
            size_t size = starts[i];
            starts[i] = next;
            next += size;
        }
        for (size_t i = 0; i < count; i++)
            spare[starts[marks[i].key >> shift & 255]++] = marks[i];
        mark_t *sorted = spare;
        spare = marks;
        marks = sorted;
    }
}

/* Brings near the places that will be looked at soon: they lie anywhere in memory. */
static void fetch(const finder_t *self, const marks_t *marks, size_t from, size_t to)
{
    for (; from < to && from < marks->count; from++) {
        const char *place = (const char *)&self->places.list[marks->list[from].place];
        __builtin_prefetch(place);
        __builtin_prefetch(place + 64);
    }
}

/* Sorts the marks, and searches each group of those that are the same. */
static void each_group(finder_t *self, const marks_t *marks,
                       void (*search)(finder_t *self, const mark_t *group, size_t count))
{
    sort_marks(marks);
    for (size_t from = 0, to; from < marks->count; from = to) {
        for (to = from + 1; to < marks->count && marks->list[to].key == marks->list[from].key;)
            to++;
        fetch(self, marks, from + AHEAD, to + AHEAD);
        if (to > from + 1)
            search(self, marks->list + from, to - from);
    }
}

/* --- the pairs of a group --- */

static void compare_with_next(finder_t *self, const mark_t *group, size_t count, size_t next)
{
    const prepared_t *places = self->places.list;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count && j <= i + next; j++) {
            const prepared_t *a = &places[group[i].place], *b = &places[group[j].place];
            duplicate_t duplicate;
            if (a->area == b->area && !is_compared(self, a, b)
                && score(&self->places, a, b, &duplicate))
                keep(self, &duplicate);
        }
}

/* These share what no further word divides. */
static void search_alike(finder_t *self, const mark_t *group, size_t count)
{
    compare_with_next(self, group, count, count > DUPLICATE_CROWD ? DUPLICATE_NEIGHBOURS : count);
}

static void divide_by_words(finder_t *self, const mark_t *group, size_t count)
{
    marks_t *words = &self->words;
    if (count * PREPARED_WORDS_MAX > words->max)
        make_marks(words, count * PREPARED_WORDS_MAX);
    words->count = 0;
    for (size_t i = 0; i < count; i++) {
        const prepared_t *place = &self->places.list[group[i].place];
        for (size_t j = 0; j < place->word_count; j++)
            words->list[words->count++] = (mark_t){place->words[j], group[i].place};
    }
    each_group(self, words, search_alike);
}

static void search_group(finder_t *self, const mark_t *group, size_t count)
{
    bool crowd = count > DUPLICATE_CROWD;
    for (size_t i = 0; i < count && crowd; i++)
        self->places.list[group[i].place].crowds |= (uint8_t)(1U << self->evidence);
    if (crowd && self->evidence != THING_NAME)
        divide_by_words(self, group, count);
    else
        search_alike(self, group, count);
}

/* --- all of it --- */

/* Spreads a commune and a thing over 32 bits. */
static uint32_t key_of(uint64_t area, uint64_t thing)
{
    uint64_t mixed = (area ^ thing * 0x9e3779b97f4a7c15U) * 0xd6e8feb86659fd93U;
    return (uint32_t)((mixed ^ mixed >> 29) * 0x9e3779b97f4a7c15U >> 32);
}

static void search(finder_t *self)
{
    make_marks(&self->marks, self->places.count);
    for (self->evidence = 0; self->evidence < EVIDENCES; self->evidence++) {
        self->marks.count = 0;
        for (size_t i = 0; i < self->places.count; i++) {
            const prepared_t *place = &self->places.list[i];
            uint64_t thing = evidence_of(place, self->evidence);
            if (thing)
                self->marks.list[self->marks.count++] =
                    (mark_t){key_of(place->area, thing), (uint32_t)i};
        }
        each_group(self, &self->marks, search_group);
    }
}

static void free_marks(marks_t *self)
{
    free(self->list);
    free(self->spare);
}

void duplicates_find(const duplicate_place_t *places, size_t count, duplicates_t *found)
{
    assert(count < DUPLICATE_PLACES_MAX);
    *found = (duplicates_t){0};
    finder_t self = {.found = found};
    prepare_places(&self.places, places, count);
    search(&self);
    settle(found);
    free_marks(&self.marks);
    free_marks(&self.words);
    prepared_places_free(&self.places);
}

void duplicates_free(duplicates_t *self)
{
    free(self->list);
    *self = (duplicates_t){0};
}
