#include "node/store/spelling.h"

#include "broker/base/database.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LATELY 8192 /* words remembered, one per place of a hash: a power of two */

enum { LEARN, CLEAN, FROM, STATEMENTS };

static const char *const SQL[STATEMENTS] = {
    [LEARN] = "INSERT OR IGNORE INTO word VALUES (?,?)",
    [CLEAN] = "DELETE FROM word WHERE word NOT IN (SELECT term FROM vocabulary)",
    [FROM] = "SELECT word, shown FROM word WHERE word >= ?1 AND word < ?2",
};

struct spelling {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    uint64_t lately[LATELY]; /* hashes; 0: none */
};

spelling_t *spelling_new(sqlite3 *db, err_t *err)
{
    spelling_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    if (database_prepare_all(db, SQL, self->statements, STATEMENTS, err))
        spelling_destroy(&self);
    return self;
}

void spelling_destroy(spelling_t **self_p)
{
    spelling_t *self = *self_p;
    if (!self)
        return;
    database_finalize_all(self->statements, STATEMENTS);
    free(self);
    *self_p = NULL;
}

/* --- learning --- */

/* FNV-1a; never 0. */
static uint64_t hash_of(const char *word)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *word; word++)
        hash = (hash ^ (uint8_t)*word) * UINT64_C(0x100000001b3);
    return hash | 1;
}

static bool worth_learning(const search_word_t *word)
{
    size_t size = strlen(word->forms[0]);
    return size >= SPELLING_MIN && size <= SPELLING_MAX && strlen(word->word) <= 2 * SPELLING_MAX
           && !word->forms[0][strcspn(word->forms[0], "0123456789")] && !word->common;
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

int spelling_learn(spelling_t *self, const search_word_t *word, err_t *err)
{
    if (!worth_learning(word))
        return 0;
    uint64_t hash = hash_of(word->forms[0]);
    uint64_t *place = &self->lately[(hash >> 8) & (LATELY - 1)];
    if (*place == hash)
        return 0;
    *place = hash;
    bind_text(self->statements[LEARN], 1, word->forms[0]);
    bind_text(self->statements[LEARN], 2, word->word);
    return database_run(self->statements[LEARN], "learn a word", err);
}

void spelling_doubt(spelling_t *self)
{
    memset(self->lately, 0, sizeof self->lately);
}

int spelling_clean(spelling_t *self, err_t *err)
{
    spelling_doubt(self);
    return database_run(self->statements[CLEAN], "clean the words", err);
}

/* --- distance --- */

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Between two words of at most SPELLING_MAX bytes: optimal string alignment, three rows of the table. */
static int distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
    int rows[3][SPELLING_MAX + 1];
    int *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_size; j++)
        last[j] = (int)j;
    for (size_t i = 1; i <= a_size; i++) {
        row[0] = (int)i;
        for (size_t j = 1; j <= b_size; j++) {
            row[j] = least(least(row[j - 1], last[j]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        int *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b_size];
}

static int allowed(size_t size)
{
    return size < SPELLING_MIN || size > SPELLING_MAX ? 0 : size < 6 ? 1 : 2;
}

/* --- candidates --- */

typedef struct search {
    const char *word;
    size_t size;
    uint32_t letters; /* of the word */
    candidate_t *candidates;
    size_t count;
} search_t;

/* Is a nearer than b? Of two as near, the one of the same length: a letter typed wrong is commoner. */
static bool nearer(const candidate_t *a, const candidate_t *b, size_t size)
{
    if (a->distance != b->distance)
        return a->distance < b->distance;
    return strlen(a->word) == size && strlen(b->word) != size;
}

static void add(search_t *self, const candidate_t *candidate)
{
    size_t place = self->count;
    for (size_t i = 0; i < self->count; i++)
        if (!strcmp(self->candidates[i].word, candidate->word))
            return;
    while (place && nearer(candidate, &self->candidates[place - 1], self->size))
        place--;
    if (place == SPELLING_CANDIDATES)
        return;
    size_t kept = self->count < SPELLING_CANDIDATES ? self->count : SPELLING_CANDIDATES - 1;
    memmove(self->candidates + place + 1, self->candidates + place,
            (kept - place) * sizeof *candidate);
    self->candidates[place] = *candidate;
    self->count = kept + 1;
}

/* Which letters a word has, a bit for each. */
static uint32_t letters_of(const char *word)
{
    uint32_t letters = 0;
    for (; *word; word++)
        letters |= UINT32_C(1) << (*word & 31);
    return letters;
}

/* How far the word is, 0 for too far or the same. A mistake changes two letters at most: by that nearly all words are
 * passed over, and few are compared. */
static int how_near(const search_t *self, const char *word)
{
    size_t size = strlen(word);
    int most = allowed(self->size);
    if (size > SPELLING_MAX || labs((long)size - (long)self->size) > most
        || __builtin_popcount(self->letters ^ letters_of(word)) > 2 * most)
        return 0;
    int far = distance(self->word, self->size, word, size);
    return far <= most ? far : 0;
}

static void consider(search_t *self, sqlite3_stmt *row)
{
    const char *word = (const char *)sqlite3_column_text(row, 0);
    candidate_t candidate = {.distance = how_near(self, word)};
    if (!candidate.distance)
        return;
    const char *shown = (const char *)sqlite3_column_text(row, 1);
    if (strlen(shown) > 2 * SPELLING_MAX)
        return;
    memcpy(candidate.word, word, strlen(word) + 1);
    memcpy(candidate.shown, shown, strlen(shown) + 1);
    add(self, &candidate);
}

static int look_through(spelling_t *self, const char *from, const char *to, search_t *search,
                        err_t *err)
{
    sqlite3_stmt *words = self->statements[FROM];
    int step;
    bind_text(words, 1, from);
    bind_text(words, 2, to);
    while ((step = sqlite3_step(words)) == SQLITE_ROW)
        consider(search, words);
    int rc = step == SQLITE_DONE ? 0 : database_failed(self->db, "look for a word", err);
    database_reset(words);
    return rc;
}

/* The first text after all that begin with the word: no UTF-8 has this byte. */
static void after_beginning(const char *word, size_t size, char to[SPELLING_MAX + 2])
{
    memcpy(to, word, size);
    memcpy(to + size, "\xff", 2);
}

int spelling_begins(spelling_t *self, const char *word, bool *begins, err_t *err)
{
    char to[SPELLING_MAX + 2];
    size_t size = strlen(word);
    *begins = false;
    if (!size || size > SPELLING_MAX)
        return 0;
    after_beginning(word, size, to);
    bind_text(self->statements[FROM], 1, word);
    bind_text(self->statements[FROM], 2, to);
    int step = sqlite3_step(self->statements[FROM]);
    int rc = step == SQLITE_ROW || step == SQLITE_DONE
                 ? 0
                 : database_failed(self->db, "look for a word", err);
    *begins = step == SQLITE_ROW;
    database_reset(self->statements[FROM]);
    return rc;
}

int spelling_candidates(spelling_t *self, const char *word, candidate_t *candidates, size_t *count,
                        err_t *err)
{
    search_t search = {
        .word = word, .size = strlen(word), .letters = letters_of(word), .candidates = candidates};
    char first[2] = {word[0]}, to[SPELLING_MAX + 2];
    *count = 0;
    if (!allowed(search.size))
        return 0;
    after_beginning(first, 1, to);
    if (look_through(self, first, to, &search, err)
        || ((!search.count || candidates[0].distance > 1)
            && look_through(self, "", "\xff", &search, err)))
        return -1;
    *count = search.count;
    return 0;
}
