/* The file is kept as it was read, its tabs and line ends made into NULs: all texts are its cells. Beside it lie arrays
 * of structs by code, and two indexes, sorted: of names in their compared form, and of postcodes. */
#include "node/geo/geo.h"

#include "schemas/base/unicode.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_MAX 8
#define CODE_MAX 9         /* characters: the SIREN of an EPCI */
#define KEYS_MAX (4 << 20) /* bytes of all of them */
#define POSTCODE_SIZE 5
#define EARTH_RADIUS_M 6371008.8

/* A name or a postcode, and one commune that has it. */
typedef struct entry {
    const char *key;
    uint32_t size;    /* of the key, which need not end in a NUL */
    uint32_t commune; /* its number */
} entry_t;

typedef struct index {
    entry_t *list;
    size_t count;
} index_t;

struct geo {
    char *bytes;
    text_t keys; /* the compared forms, one after the other, each with its NUL */
    geo_region_t *regions;
    geo_department_t *departments;
    geo_epci_t *groups;
    geo_commune_t *communes;
    geo_part_t *parts;
    size_t region_count, department_count, group_count, commune_count, part_count;
    size_t arrondissement_count; /* the parts that come first; two sorted runs */
    index_t names, postcodes;
};

/* --- names as they are compared --- */

/* A word of a name as all write it, in place of what some write. */
static const struct {
    const char *written, *meant;
} WORDS[] = {
    {"st", "saint"},        {"ste", "sainte"}, {"sts", "saints"}, {"stes", "saintes"},
    {"arrondissement", ""}, {"arrdt", ""},     {"arr", ""},
};

static const char *const ORDINALS[] = {"er", "e", "eme", "ieme", "nd"};

/* "13e" is 13, "05" is 5; false for what is no number. */
static bool add_number(text_t *out, const char *word, size_t size)
{
    size_t zeros = strspn(word, "0"), digits = strspn(word, "0123456789");
    if (zeros == digits) /* also where there is no digit */
        return false;
    bool plain = digits == size;
    for (size_t i = 0; i < sizeof ORDINALS / sizeof *ORDINALS && !plain; i++)
        plain = strlen(ORDINALS[i]) == size - digits
                && memcmp(word + digits, ORDINALS[i], size - digits) == 0;
    return plain && text_add(out, word + zeros, digits - zeros) == 0;
}

static void add_word(text_t *out, const char *word, size_t size, size_t start)
{
    size_t before = out->size;
    if (out->size > start)
        text_add_string(out, " ");
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strlen(WORDS[i].written) == size && memcmp(WORDS[i].written, word, size) == 0) {
            text_add_string(out, WORDS[i].meant);
            if (!*WORDS[i].meant)
                out->data[out->size = before] = 0;
            return;
        }
    if (!add_number(out, word, size))
        text_add(out, word, size);
}

/* Letters and digits make words; everything else, in ASCII, lies between them. */
static size_t word_size(const char *at)
{
    size_t size = 0;
    for (unsigned char c; (c = (unsigned char)at[size]); size++)
        if (c < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
            break;
    return size;
}

/* The typographic apostrophe and dashes, U+2010 to U+201F, become spaces. */
static void flatten(text_t *folded)
{
    for (char *at = folded->data; (at = strstr(at, "\xe2\x80"));) {
        unsigned char last = (unsigned char)at[2];
        if (last >= 0x90 && last <= 0x9f)
            memset(at, ' ', 3);
        at += 2;
    }
}

int geo_key(text_t *out, const char *name)
{
    text_t folded;
    text_init(&folded, GEO_KEY_MAX);
    size_t start = out->size;
    int rc = unicode_fold(&folded, name, strlen(name));
    if (!rc)
        flatten(&folded);
    for (const char *at = folded.data; !rc && *at;) {
        size_t size = word_size(at);
        if (size == 5 && memcmp(at, "cedex", 5) == 0)
            break;
        if (size)
            add_word(out, at, size, start);
        at += size + (at[size] != 0);
    }
    text_free(&folded);
    if (!rc && !out->overflow)
        return 0;
    out->size = start;
    out->data[start] = 0;
    return -1;
}

/* --- indexes --- */

static int compare_keys(const char *a, size_t a_size, const char *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_entries(const void *a_entry, const void *b_entry)
{
    const entry_t *a = a_entry, *b = b_entry;
    int order = compare_keys(a->key, a->size, b->key, b->size);
    return order ? order : (a->commune > b->commune) - (a->commune < b->commune);
}

static void sort_index(index_t *self)
{
    if (self->count)
        qsort(self->list, self->count, sizeof *self->list, compare_entries);
}

/* The first entry that is not before this key. */
static size_t lower_bound(const index_t *self, const char *key, size_t size)
{
    size_t from = 0, to = self->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const entry_t *entry = &self->list[middle];
        if (compare_keys(entry->key, entry->size, key, size) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* A commune comes once, though it and one of its parts have the same name. */
static size_t find_all(const geo_t *self, const index_t *index, const char *key, size_t size,
                       const geo_commune_t **found, size_t max)
{
    size_t count = 0;
    uint32_t last = UINT32_MAX;
    for (size_t i = lower_bound(index, key, size); i < index->count; i++) {
        const entry_t *entry = &index->list[i];
        if (compare_keys(entry->key, entry->size, key, size) != 0)
            break;
        if (entry->commune == last)
            continue;
        last = entry->commune;
        if (count < max)
            found[count] = &self->communes[last];
        count++;
    }
    return count;
}

/* --- reading the file --- */

typedef struct loader {
    geo_t *geo;
    char *at, *end;
    size_t line;
    char *cells[CELLS_MAX];
    const char *before; /* the code of the line before of the same letter, or "" */
    char letter;        /* of the line before */
} loader_t;

static int damaged(const loader_t *self, const char *why, err_t *err)
{
    return err_set(err, ERR_REJECT, "ligne %zu : %s", self->line, why);
}

/* Elements of each of our arrays begin with their code. */
static const void *by_code(const void *list, size_t count, size_t width, const char *code)
{
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const char *const *element = (const void *)((const char *)list + middle * width);
        if (strcmp(*element, code) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    const char *const *element = (const void *)((const char *)list + from * width);
    return from < count && strcmp(*element, code) == 0 ? element : NULL;
}

#define BY_CODE(list, count, code) by_code((list), (count), sizeof *(list), (code))

static int read_region(loader_t *self, err_t *err)
{
    (void)err;
    geo_t *geo = self->geo;
    geo->regions[geo->region_count++] =
        (geo_region_t){.code = self->cells[1], .name = self->cells[2]};
    return 0;
}

static int read_department(loader_t *self, err_t *err)
{
    geo_t *geo = self->geo;
    const geo_region_t *region = BY_CODE(geo->regions, geo->region_count, self->cells[2]);
    if (!region)
        return damaged(self, "cette région n'existe pas", err);
    geo->departments[geo->department_count++] =
        (geo_department_t){.code = self->cells[1], .name = self->cells[3], .region = region};
    return 0;
}

static int read_group(loader_t *self, err_t *err)
{
    (void)err;
    geo_t *geo = self->geo;
    geo->groups[geo->group_count++] = (geo_epci_t){.siren = self->cells[1], .name = self->cells[2]};
    return 0;
}

static bool read_degrees(const char *cell, long most, int32_t *out)
{
    char *end;
    errno = 0;
    long value = strtol(cell, &end, 10);
    *out = (int32_t)value;
    return !errno && end != cell && !*end && labs(value) <= most * 1000000;
}

/* Each postcode is five digits, and one space lies between two. */
static bool good_postcodes(const char *cell)
{
    while (strspn(cell, "0123456789") == POSTCODE_SIZE) {
        cell += POSTCODE_SIZE;
        if (!*cell)
            return true;
        if (*cell++ != ' ')
            return false;
    }
    return false;
}

static int read_commune(loader_t *self, err_t *err)
{
    geo_t *geo = self->geo;
    char **cells = self->cells;
    geo_commune_t commune = {.code = cells[1], .postcodes = cells[6], .name = cells[7]};
    commune.department = BY_CODE(geo->departments, geo->department_count, cells[2]);
    commune.epci = *cells[3] ? BY_CODE(geo->groups, geo->group_count, cells[3]) : NULL;
    commune.located = *cells[4] != 0;
    if (!commune.department)
        return damaged(self, "ce département n'existe pas", err);
    if (*cells[3] && !commune.epci)
        return damaged(self, "cet EPCI n'existe pas", err);
    if (commune.located
        && (!read_degrees(cells[4], 90, &commune.lat)
            || !read_degrees(cells[5], 180, &commune.lon)))
        return damaged(self, "ces coordonnées n'en sont pas", err);
    if (*commune.postcodes && !good_postcodes(commune.postcodes))
        return damaged(self, "ces codes postaux n'en sont pas", err);
    geo->communes[geo->commune_count++] = commune;
    return 0;
}

static int read_part(loader_t *self, err_t *err)
{
    geo_t *geo = self->geo;
    geo_part_t part = {
        .code = self->cells[1], .name = self->cells[3], .former = *self->cells[0] == 'O'};
    part.commune = BY_CODE(geo->communes, geo->commune_count, self->cells[2]);
    if (!part.commune)
        return damaged(self, "cette commune n'existe pas", err);
    geo->parts[geo->part_count++] = part;
    geo->arrondissement_count += !part.former;
    return 0;
}

/* The lines of the file, in their order. */
static const struct line {
    char letter;
    size_t cells;
    bool repeats; /* may the same code come again? */
    int (*read)(loader_t *self, err_t *err);
} LINES[] = {
    {'R', 3, false, read_region},  {'D', 4, false, read_department}, {'E', 3, false, read_group},
    {'C', 8, false, read_commune}, {'A', 4, false, read_part},       {'O', 4, true, read_part},
};
#define LINE_COUNT (sizeof LINES / sizeof *LINES)

static size_t rank_of(char letter)
{
    size_t rank = 0;
    while (rank < LINE_COUNT && LINES[rank].letter != letter)
        rank++;
    return rank;
}

/* Cuts the next line into its cells, in place; how many, or 0 for too many. */
static size_t cut_line(loader_t *self)
{
    char *line = self->at, *end = memchr(line, '\n', (size_t)(self->end - line));
    assert(end); /* load_lines: the bytes end with one */
    *end = 0;
    self->at = end + 1;
    self->line++;
    size_t count = 0;
    for (char *cell = line; cell; count++) {
        if (count == CELLS_MAX)
            return 0;
        self->cells[count] = cell;
        cell = strchr(cell, '\t');
        if (cell)
            *cell++ = 0;
    }
    return count;
}

static int read_line(loader_t *self, err_t *err)
{
    size_t cells = cut_line(self), rank = rank_of(*self->cells[0]);
    if (rank == LINE_COUNT || self->cells[0][1] || cells != LINES[rank].cells)
        return damaged(self, "ce n'est pas une ligne de géographie", err);
    const char *code = self->cells[1];
    if (!*code || strlen(code) > CODE_MAX)
        return damaged(self, "ce code n'en est pas un", err);
    bool same = self->letter == LINES[rank].letter;
    int order = same ? strcmp(code, self->before) : 1;
    if ((!same && self->letter && rank < rank_of(self->letter)) || order < 0
        || (order == 0 && !LINES[rank].repeats))
        return damaged(self, "cette ligne n'est pas à sa place", err);
    self->letter = LINES[rank].letter;
    self->before = code;
    return LINES[rank].read(self, err);
}

/* How many lines begin with this letter and a tab. */
static size_t count_lines(const char *bytes, size_t size, char letter)
{
    const char *end = bytes + size;
    size_t count = 0;
    for (const char *at = bytes; at && at + 1 < end; at = memchr(at, '\n', (size_t)(end - at))) {
        at += *at == '\n';
        count += at + 1 < end && at[0] == letter && at[1] == '\t';
    }
    return count;
}

static void *array_of(size_t count, size_t width)
{
    void *array = calloc(count + 1, width);
    assert(array);
    return array;
}

static void make_arrays(geo_t *self, size_t size)
{
    const char *bytes = self->bytes;
    self->regions = array_of(count_lines(bytes, size, 'R'), sizeof *self->regions);
    self->departments = array_of(count_lines(bytes, size, 'D'), sizeof *self->departments);
    self->groups = array_of(count_lines(bytes, size, 'E'), sizeof *self->groups);
    self->communes = array_of(count_lines(bytes, size, 'C'), sizeof *self->communes);
    self->parts = array_of(count_lines(bytes, size, 'A') + count_lines(bytes, size, 'O'),
                           sizeof *self->parts);
}

/* The mean is of degrees: right for neighbours that do not lie on both sides of the 180th. */
static void locate_groups(geo_t *self)
{
    struct sum {
        int64_t lat, lon, count;
    } *sums = array_of(self->group_count, sizeof *sums);
    for (size_t i = 0; i < self->commune_count; i++) {
        const geo_commune_t *commune = &self->communes[i];
        if (!commune->epci || !commune->located)
            continue;
        struct sum *sum = &sums[commune->epci - self->groups];
        sum->lat += commune->lat;
        sum->lon += commune->lon;
        sum->count++;
    }
    for (size_t i = 0; i < self->group_count; i++)
        if (sums[i].count) {
            self->groups[i].lat = (int32_t)(sums[i].lat / sums[i].count);
            self->groups[i].lon = (int32_t)(sums[i].lon / sums[i].count);
            self->groups[i].located = true;
        }
    free(sums);
}

static void locate_communes(geo_t *self)
{
    for (size_t i = 0; i < self->commune_count; i++) {
        geo_commune_t *commune = &self->communes[i];
        if (commune->located || !commune->epci || !commune->epci->located)
            continue;
        commune->lat = commune->epci->lat;
        commune->lon = commune->epci->lon;
        commune->located = commune->around = true;
    }
}

/* The key's place in `keys`, which still moves, is kept in `size` until all are there. */
static int add_name(geo_t *self, const char *name, const geo_commune_t *commune)
{
    if (!*name)
        return 0;
    entry_t *entry = &self->names.list[self->names.count++];
    entry->size = (uint32_t)self->keys.size;
    entry->commune = (uint32_t)(commune - self->communes);
    return geo_key(&self->keys, name) || text_add(&self->keys, "", 1) ? -1 : 0;
}

static int index_names(geo_t *self, err_t *err)
{
    int rc = 0;
    self->names.list = array_of(self->commune_count + self->part_count, sizeof *self->names.list);
    for (size_t i = 0; i < self->commune_count && !rc; i++)
        rc = add_name(self, self->communes[i].name, &self->communes[i]);
    for (size_t i = 0; i < self->part_count && !rc; i++)
        rc = add_name(self, self->parts[i].name, self->parts[i].commune);
    if (rc)
        return err_set(err, ERR_REJECT, "un nom n'est pas lisible ou est trop long");
    for (size_t i = 0; i < self->names.count; i++) {
        entry_t *entry = &self->names.list[i];
        entry->key = self->keys.data + entry->size;
        entry->size = (uint32_t)strlen(entry->key);
    }
    sort_index(&self->names);
    return 0;
}

static void index_postcodes(geo_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < self->commune_count; i++)
        count += (strlen(self->communes[i].postcodes) + 1) / (POSTCODE_SIZE + 1);
    self->postcodes.list = array_of(count, sizeof *self->postcodes.list);
    for (size_t i = 0; i < self->commune_count; i++)
        for (const char *at = self->communes[i].postcodes; *at; at += strspn(at, " ")) {
            self->postcodes.list[self->postcodes.count++] =
                (entry_t){.key = at, .size = POSTCODE_SIZE, .commune = (uint32_t)i};
            at += POSTCODE_SIZE;
        }
    sort_index(&self->postcodes);
}

static const char FIRST_LINE[] = "maillage-geo\t1\n";
static const char LAST_LINE[] = "sha256\t";
#define FIRST_SIZE (sizeof FIRST_LINE - 1)
#define HEX_SIZE (2 * crypto_hash_sha256_BYTES)
#define LAST_SIZE (sizeof LAST_LINE - 1 + HEX_SIZE + 1)

/* The size of all lines before the last, which proves them; 0 when it does not. */
static size_t proven_size(const char *bytes, size_t size)
{
    if (size < FIRST_SIZE + LAST_SIZE || memcmp(bytes, FIRST_LINE, FIRST_SIZE) != 0)
        return 0;
    size_t before = size - LAST_SIZE;
    const char *last = bytes + before;
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[HEX_SIZE + 1];
    crypto_hash_sha256(hash, (const unsigned char *)bytes, before);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    bool proven = last[-1] == '\n' && memcmp(last, LAST_LINE, sizeof LAST_LINE - 1) == 0
                  && memcmp(last + sizeof LAST_LINE - 1, hex, HEX_SIZE) == 0
                  && last[LAST_SIZE - 1] == '\n';
    return proven ? before : 0;
}

static int load_lines(geo_t *self, size_t size, err_t *err)
{
    size_t proven = proven_size(self->bytes, size);
    if (!proven)
        return err_set(err, ERR_REJECT, "ce n'est pas une géographie, ou elle est abîmée");
    if (memchr(self->bytes, 0, proven) || !unicode_valid(self->bytes, proven))
        return err_set(err, ERR_REJECT, "ce n'est pas du texte");
    make_arrays(self, proven);
    loader_t loader = {.geo = self,
                       .at = self->bytes + FIRST_SIZE,
                       .end = self->bytes + proven,
                       .line = 1,
                       .before = ""};
    while (loader.at < loader.end)
        if (loader.line > GEO_LINES_MAX)
            return damaged(&loader, "il y a trop de lignes", err);
        else if (read_line(&loader, err))
            return -1;
    if (!self->commune_count)
        return err_set(err, ERR_REJECT, "il n'y a aucune commune");
    locate_groups(self);
    locate_communes(self);
    return 0;
}

static int make_indexes(geo_t *self, err_t *err)
{
    index_postcodes(self);
    return index_names(self, err);
}

/* -1 with the error of a file that cannot be read. */
static int read_file(geo_t *self, const char *path, size_t *size, err_t *err)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return err_set(err, ERR_REJECT, "%s ; config/geo/build la fabrique",
                       errno == ENOENT ? "elle n'est pas là" : strerror(errno));
    self->bytes = malloc(GEO_FILE_MAX + 1);
    assert(self->bytes);
    *size = fread(self->bytes, 1, GEO_FILE_MAX + 1, file);
    bool bad = ferror(file);
    fclose(file);
    if (bad)
        return err_set(err, ERR_REJECT, "elle ne peut pas être lue");
    if (*size > GEO_FILE_MAX)
        return err_set(err, ERR_REJECT, "elle est trop longue");
    self->bytes = realloc(self->bytes, *size + 1);
    assert(self->bytes);
    return 0;
}

static geo_t *load(const char *path, bool indexed, err_t *err)
{
    if (!path)
        path = getenv("MAILLAGE_GEO");
    if (!path)
        path = MAILLAGE_GEO;
    size_t size = 0;
    geo_t *self = array_of(1, sizeof *self);
    text_init(&self->keys, KEYS_MAX);
    if (read_file(self, path, &size, err) || load_lines(self, size, err)
        || (indexed && make_indexes(self, err))) {
        err_context(err, "géographie %s : ", path);
        geo_destroy(&self);
    }
    return self;
}

geo_t *geo_load(const char *path, err_t *err)
{
    return load(path, true, err);
}

geo_t *geo_load_codes(const char *path, err_t *err)
{
    return load(path, false, err);
}

void geo_destroy(geo_t **self_p)
{
    geo_t *self = *self_p;
    if (!self)
        return;
    free(self->bytes);
    text_free(&self->keys);
    free(self->regions);
    free(self->departments);
    free(self->groups);
    free(self->communes);
    free(self->parts);
    free(self->names.list);
    free(self->postcodes.list);
    free(self);
    *self_p = NULL;
}

/* --- asking --- */

size_t geo_commune_count(const geo_t *self)
{
    return self ? self->commune_count : 0;
}

const geo_commune_t *geo_commune_at(const geo_t *self, size_t index)
{
    assert(index < geo_commune_count(self));
    return &self->communes[index];
}

/* The code without the word of its type. */
static const char *without(const char *type, const char *code)
{
    size_t size = strlen(type);
    return strncmp(code, type, size) == 0 ? code + size : code;
}

const geo_commune_t *geo_commune(const geo_t *self, const char *code)
{
    return self ? BY_CODE(self->communes, self->commune_count, without("COM-", code)) : NULL;
}

const geo_part_t *geo_part(const geo_t *self, const char *code)
{
    if (!self)
        return NULL;
    size_t first = self->arrondissement_count;
    code = without("COM-", code);
    const geo_part_t *part = BY_CODE(self->parts, first, code);
    return part ? part : BY_CODE(self->parts + first, self->part_count - first, code);
}

size_t geo_named(const geo_t *self, const char *name, const geo_commune_t **found, size_t max)
{
    text_t key;
    text_init(&key, GEO_KEY_MAX);
    size_t count = 0;
    if (self && geo_key(&key, name) == 0 && key.size)
        count = find_all(self, &self->names, key.data, key.size, found, max);
    text_free(&key);
    return count;
}

size_t geo_served(const geo_t *self, const char *postcode, const geo_commune_t **found, size_t max)
{
    return self ? find_all(self, &self->postcodes, postcode, strlen(postcode), found, max) : 0;
}

bool geo_serves(const geo_commune_t *commune, const char *postcode)
{
    return strlen(postcode) == POSTCODE_SIZE && strstr(commune->postcodes, postcode);
}

/* Corsica is 20 in postcodes: 200 and 201 the south, 202 and 206 the north. */
const geo_department_t *geo_postcode_department(const geo_t *self, const char *postcode)
{
    char code[4] = "";
    if (!self || strlen(postcode) != POSTCODE_SIZE
        || strspn(postcode, "0123456789") != POSTCODE_SIZE)
        return NULL;
    if (memcmp(postcode, "20", 2) == 0)
        memcpy(code, postcode[2] < '2' ? "2A" : "2B", 3);
    else
        memcpy(code, postcode, memcmp(postcode, "97", 2) < 0 ? 2 : 3);
    return BY_CODE(self->departments, self->department_count, code);
}

static const char *commune_name(const geo_t *self, const char *code)
{
    const geo_commune_t *commune = geo_commune(self, code);
    const geo_part_t *part = commune ? NULL : geo_part(self, code);
    return commune ? commune->name : part && *part->name ? part->name : NULL;
}

/* Of what has its code and then its name first, as all our structs have. */
static const char *name_in(const void *list, size_t count, size_t width, const char *code)
{
    const char *const *element = by_code(list, count, width, code);
    return element ? element[1] : NULL;
}

#define NAME_IN(list, count, code) name_in((list), (count), sizeof *(list), (code))

const char *geo_name(const geo_t *self, const char *code)
{
    const char *dash = strchr(code, '-');
    if (!self || !dash)
        return NULL;
    const char *name = NULL;
    if (strncmp(code, "COM-", 4) == 0)
        name = commune_name(self, code);
    if (strncmp(code, "DEP-", 4) == 0 || (!name && strncmp(code, "COM-", 4) == 0))
        name = NAME_IN(self->departments, self->department_count, dash + 1);
    if (strncmp(code, "REG-", 4) == 0)
        name = NAME_IN(self->regions, self->region_count, dash + 1);
    if (strncmp(code, "EPCI-", 5) == 0)
        name = NAME_IN(self->groups, self->group_count, dash + 1);
    return name;
}

/* --- distances --- */

static double radians(int32_t millionths)
{
    return millionths * (M_PI / 180e6);
}

double geo_metres(int32_t lat_a, int32_t lon_a, int32_t lat_b, int32_t lon_b)
{
    double a = radians(lat_a), b = radians(lat_b);
    double across = sin((b - a) / 2), along = sin((radians(lon_b) - radians(lon_a)) / 2);
    double haversine = across * across + cos(a) * cos(b) * along * along;
    return 2 * EARTH_RADIUS_M * asin(sqrt(fmin(1, haversine)));
}

double geo_distance_m(const geo_commune_t *a, const geo_commune_t *b, bool *around)
{
    if (around)
        *around = false;
    if (a == b)
        return 0;
    if (!a->located || !b->located)
        return -1;
    if (around)
        *around = a->around || b->around;
    return geo_metres(a->lat, a->lon, b->lat, b->lon);
}

typedef struct circle {
    int32_t lat, lon;
    double radius_m;
} circle_t;

/* How far from the middle, or -1 for outside. Most are too far north or south, which is soon said. */
static double metres_within(const circle_t *circle, const geo_commune_t *commune)
{
    double north = fabs((double)commune->lat - circle->lat) * (M_PI / 180e6) * EARTH_RADIUS_M;
    if (!commune->located || north > circle->radius_m)
        return -1;
    double metres = geo_metres(circle->lat, circle->lon, commune->lat, commune->lon);
    return metres <= circle->radius_m ? metres : -1;
}

/* Does its code mean this part, and not a commune of today or another part? */
static bool is_meant(const geo_t *self, const geo_part_t *part)
{
    return !geo_commune(self, part->code) && geo_part(self, part->code) == part;
}

int geo_each_within(const geo_t *self, int32_t lat, int32_t lon, double radius_m,
                    int (*visit)(void *context, const char *code, double metres), void *context)
{
    const circle_t circle = {lat, lon, radius_m};
    int rc = 0;
    for (size_t i = 0; self && rc == 0 && i < self->commune_count; i++) {
        double metres = metres_within(&circle, &self->communes[i]);
        if (metres >= 0)
            rc = visit(context, self->communes[i].code, metres);
    }
    for (size_t i = 0; self && rc == 0 && i < self->part_count; i++) {
        const geo_part_t *part = &self->parts[i];
        double metres = metres_within(&circle, part->commune);
        if (metres >= 0 && is_meant(self, part))
            rc = visit(context, part->code, metres);
    }
    return rc;
}
