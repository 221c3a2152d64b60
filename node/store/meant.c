#include "node/store/meant.h"

#include "node/store/catalogue_inside.h"
#include "node/store/search_terms.h"
#include "node/store/spelling.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define COUNTED_MAX 1000 /* records of a word: enough to tell common words from rare ones */
#define FAR_MORE 10      /* times as many records: then the rare word is taken for a mistake */
#define WORD_SIZE 128    /* bytes of a word, with its NUL */
#define WORDS_TEXT_MAX (SEARCH_WORDS_MAX * WORD_SIZE)

typedef struct part {
    char word[WORD_SIZE], folded[WORD_SIZE];
    bool common, left_out;
    size_t count;
} part_t;

typedef struct parts {
    part_t list[SEARCH_WORDS_MAX];
    size_t count;
} parts_t;

static bool add_part(void *context, const search_word_t *word)
{
    parts_t *parts = context;
    part_t *part = &parts->list[parts->count];
    if (strlen(word->word) >= WORD_SIZE || strlen(word->forms[0]) >= WORD_SIZE)
        return true;
    *part = (part_t){.common = word->common};
    memcpy(part->word, word->word, strlen(word->word) + 1);
    memcpy(part->folded, word->forms[0], strlen(word->forms[0]) + 1);
    return ++parts->count < SEARCH_WORDS_MAX;
}

static void read_parts(parts_t *parts, const char *typed)
{
    search_terms_t *terms = search_terms_new();
    parts->count = 0;
    search_terms_each(terms, typed, strlen(typed), add_part, parts);
    search_terms_destroy(&terms);
}

/* The words that are, or are not, left out; the common ones among them too, or not. Given. */
static char *join(const parts_t *parts, bool left_out, bool common)
{
    text_t words;
    text_init(&words, WORDS_TEXT_MAX);
    for (size_t i = 0; i < parts->count; i++)
        if (parts->list[i].left_out == left_out && (common || !parts->list[i].common))
            text_add_format(&words, "%s%s", words.size ? " " : "", parts->list[i].word);
    char *joined = text_take(&words);
    text_free(&words);
    return joined;
}

static int count(catalogue_t *self, const char *words, size_t most, size_t *number, err_t *err)
{
    return selector_count(self->selector, words, most, number, err);
}

/* --- mistyped words --- */

/* The best of the nearest words; *best stays when none is good enough. */
static int choose(catalogue_t *self, const part_t *part, const candidate_t *candidates,
                  size_t candidate_count, const candidate_t **best, err_t *err)
{
    size_t most = part->count ? FAR_MORE * part->count : 0;
    for (size_t i = 0; i < candidate_count; i++) {
        size_t number;
        if (candidates[i].distance > candidates[0].distance
            || (part->count && candidates[i].distance > 1))
            break;
        if (count(self, candidates[i].word, COUNTED_MAX, &number, err))
            return -1;
        if (number <= most)
            continue;
        most = number;
        *best = &candidates[i];
    }
    return 0;
}

static int correct_part(catalogue_t *self, size_t rare, part_t *part, bool *changed, err_t *err)
{
    candidate_t candidates[SPELLING_CANDIDATES];
    const candidate_t *best = NULL;
    size_t candidate_count;
    bool begins = false;
    if (part->common || strlen(part->folded) > SPELLING_MAX)
        return 0;
    if (count(self, part->word, rare + 1, &part->count, err))
        return -1;
    if (part->count > rare)
        return 0;
    if ((!part->count && spelling_begins(self->spelling, part->folded, &begins, err))
        || (!begins
            && (spelling_candidates(self->spelling, part->folded, candidates, &candidate_count, err)
                || choose(self, part, candidates, candidate_count, &best, err))))
        return -1;
    if (!best)
        return 0;
    memcpy(part->word, best->shown, strlen(best->shown) + 1);
    *changed = true;
    return 0;
}

int meant_correct(catalogue_t *catalogue, const char *typed, size_t rare, char **better, err_t *err)
{
    parts_t parts;
    bool changed = false;
    int rc = 0;
    *better = NULL;
    read_parts(&parts, typed);
    if (catalogue_begin(catalogue, err))
        return -1;
    for (size_t i = 0; rc == 0 && i < parts.count; i++)
        rc = correct_part(catalogue, rare, &parts.list[i], &changed, err);
    catalogue_end(catalogue);
    if (rc == 0 && changed)
        *better = join(&parts, false, true);
    return rc;
}

/* --- too many words --- */

static int find_any(catalogue_t *self, const parts_t *parts, bool *found, err_t *err)
{
    size_t number = 0;
    char *words = join(parts, false, false);
    int rc = count(self, words, 1, &number, err);
    free(words);
    *found = number > 0;
    return rc;
}

/* Of the words that remain, the one that says least; NULL when only one remains. */
static part_t *least_telling(parts_t *parts)
{
    part_t *least = NULL;
    size_t remaining = 0;
    for (size_t i = 0; i < parts->count; i++) {
        part_t *part = &parts->list[i];
        if (part->common || part->left_out)
            continue;
        remaining++;
        if (!least || part->count >= least->count) /* of equals the last typed */
            least = part;
    }
    return remaining > 1 ? least : NULL;
}

static int count_parts(catalogue_t *self, parts_t *parts, err_t *err)
{
    for (size_t i = 0; i < parts->count; i++) {
        part_t *part = &parts->list[i];
        if (!part->common && count(self, part->word, COUNTED_MAX, &part->count, err))
            return -1;
        part->left_out = !part->common && !part->count;
    }
    return 0;
}

static int shorten(catalogue_t *self, parts_t *parts, bool *found, err_t *err)
{
    if (count_parts(self, parts, err) || find_any(self, parts, found, err))
        return -1;
    for (part_t *part; !*found && (part = least_telling(parts));) {
        part->left_out = true;
        if (find_any(self, parts, found, err))
            return -1;
    }
    return 0;
}

int meant_shorten(catalogue_t *catalogue, const char *typed, char **kept, char **left_out,
                  err_t *err)
{
    parts_t parts;
    bool found = false;
    *kept = *left_out = NULL;
    read_parts(&parts, typed);
    if (catalogue_begin(catalogue, err))
        return -1;
    int rc = shorten(catalogue, &parts, &found, err);
    catalogue_end(catalogue);
    if (rc == 0 && found) {
        *kept = join(&parts, false, false);
        *left_out = join(&parts, true, false);
    }
    return rc;
}
