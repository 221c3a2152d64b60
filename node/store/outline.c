/* The kind's fields become a tree of those that matter here, members sorted by name; a body is walked
 * along it once. */
#include "node/store/outline.h"

#include "schemas/base/date.h"
#include "schemas/base/text.h"
#include "schemas/base/unicode.h"
#include "schemas/identifier.h"

#include <assert.h>
#include <inttypes.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX (256 * 1024)
#define CODES_MAX (OUTLINE_CODES_MAX * 16)

/* What a field says of where a record is. */
typedef enum part { PART_NONE, PART_LAT, PART_LON, PART_COMMUNE, PART_DIFFUSION } part_t;

static const struct {
    const char *name;
    field_type_t type;
    part_t part;
} PARTS[] = {
    {"lat", FIELD_DEGREES, PART_LAT},
    {"lon", FIELD_DEGREES, PART_LON},
    {"code_insee", FIELD_COG, PART_COMMUNE},
    {"diffusion", FIELD_CODE, PART_DIFFUSION},
};

typedef struct branch branch_t;
struct branch {
    const char *name;
    size_t name_size;
    const field_t *field;
    char *path;       /* dotted, as facets are called */
    bool title, sort; /* it heads the record, it orders lists */
    part_t part;
    branch_t *members; /* of a map, or of the maps in a list; sorted by name */
    size_t count;
};

struct outliner {
    branch_t root;
    msgpack_zone zone;
    text_t title, sort, text[OUTLINE_TEXTS];
    text_t codes;                     /* all codes, each with its NUL */
    size_t places[OUTLINE_CODES_MAX]; /* where each one begins */
    outline_code_t list[OUTLINE_CODES_MAX];
    size_t count;
    int64_t degrees[2]; /* the first latitude and longitude, in millionths */
    bool has_degrees[2];
    bool withheld; /* the address is not to be told */
    char commune[OUTLINE_CODE_SIZE];
};

/* --- the tree of a kind --- */

/* Lists are transparent: the fields of what they hold. */
static const field_t *inner(const field_t *field)
{
    while (field->type == FIELD_LIST)
        field = &field->fields[0];
    return field;
}

static int compare_branches(const void *a, const void *b)
{
    return strcmp(((const branch_t *)a)->name, ((const branch_t *)b)->name);
}

static void release(branch_t *branch)
{
    for (size_t i = 0; i < branch->count; i++)
        release(&branch->members[i]);
    free(branch->members);
    free(branch->path);
}

static void grow(branch_t *parent, const kind_t *kind, const field_t *fields, size_t count);

static part_t part_of(const field_t *field)
{
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
        if (field->type == PARTS[i].type && strcmp(field->name, PARTS[i].name) == 0)
            return PARTS[i].part;
    return PART_NONE;
}

/* Keeps the field among its parent's members if it, or something in it, matters. */
static void consider(branch_t *parent, const kind_t *kind, const field_t *field)
{
    char path[OUTLINE_FIELD_SIZE];
    int size =
        snprintf(path, sizeof path, "%s%s%s", parent->path, *parent->path ? "." : "", field->name);
    if (size >= (int)sizeof path)
        return;
    branch_t branch = {.name = field->name, .name_size = strlen(field->name), .field = field};
    branch.path = strdup(path);
    assert(branch.path);
    branch.title = strcmp(path, kind->title) == 0;
    branch.sort = strcmp(path, kind->sort) == 0;
    branch.part = part_of(field);
    if (inner(field)->type == FIELD_MAP)
        grow(&branch, kind, inner(field)->fields, inner(field)->field_count);
    if (field->facet || field->search || branch.title || branch.sort || branch.part || branch.count)
        parent->members[parent->count++] = branch;
    else
        release(&branch);
}

static void grow(branch_t *parent, const kind_t *kind, const field_t *fields, size_t count)
{
    parent->members = calloc(count + 1, sizeof *parent->members);
    assert(parent->members);
    for (size_t i = 0; i < count; i++)
        consider(parent, kind, &fields[i]);
    qsort(parent->members, parent->count, sizeof *parent->members, compare_branches);
}

outliner_t *outliner_new(const kind_t *kind)
{
    outliner_t *self = calloc(1, sizeof *self);
    assert(self);
    self->root.path = strdup("");
    assert(self->root.path);
    grow(&self->root, kind, kind->fields, kind->field_count);
    bool made = msgpack_zone_init(&self->zone, MSGPACK_ZONE_CHUNK_SIZE);
    assert(made);
    text_init(&self->title, OUTLINE_TITLE_SIZE);
    text_init(&self->sort, ITEM_MAX_SIZE * 4);
    text_init(&self->codes, CODES_MAX);
    for (size_t i = 0; i < OUTLINE_TEXTS; i++)
        text_init(&self->text[i], TEXT_MAX);
    return self;
}

void outliner_destroy(outliner_t **self_p)
{
    outliner_t *self = *self_p;
    if (!self)
        return;
    release(&self->root);
    msgpack_zone_destroy(&self->zone);
    text_free(&self->title);
    text_free(&self->sort);
    text_free(&self->codes);
    for (size_t i = 0; i < OUTLINE_TEXTS; i++)
        text_free(&self->text[i]);
    free(self);
    *self_p = NULL;
}

static const branch_t *find_member(const branch_t *parent, const char *name, size_t size)
{
    size_t low = 0, high = parent->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const branch_t *member = &parent->members[middle];
        size_t shorter = size < member->name_size ? size : member->name_size;
        int order = memcmp(name, member->name, shorter);
        if (order == 0 && size == member->name_size)
            return member;
        if (order < 0 || (order == 0 && size < member->name_size))
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* --- facets --- */

static void add_code(outliner_t *self, const branch_t *branch, const char *code)
{
    if (self->count == OUTLINE_CODES_MAX || text_add(&self->codes, code, strlen(code) + 1))
        return;
    self->places[self->count] = self->codes.size - strlen(code) - 1;
    self->list[self->count++].field = branch->path;
}

/* Copies a string that may be a code; false when it is none. */
static bool read_code(const msgpack_object *object, char code[OUTLINE_CODE_SIZE])
{
    if (object->type != MSGPACK_OBJECT_STR || object->via.str.size >= OUTLINE_CODE_SIZE
        || !object->via.str.size || memchr(object->via.str.ptr, 0, object->via.str.size))
        return false;
    memcpy(code, object->via.str.ptr, object->via.str.size);
    code[object->via.str.size] = 0;
    return true;
}

static void add_vocabulary_code(outliner_t *self, const branch_t *branch, const field_t *field,
                                const msgpack_object *object)
{
    char code[OUTLINE_CODE_SIZE];
    if (read_code(object, code) && vocabulary_term(field->vocabulary, code))
        add_code(self, branch, code);
}

/* With the territories it lies in, so that a department finds its communes. */
static void add_territory(outliner_t *self, const branch_t *branch, const msgpack_object *object)
{
    char code[OUTLINE_CODE_SIZE], department[8];
    if (!read_code(object, code) || identifier_cog(code) != IDENTIFIER_OK)
        return;
    add_code(self, branch, code);
    const char *within = code;
    if (identifier_department(code, department)) {
        within = department;
        if (strcmp(department, code) != 0)
            add_code(self, branch, department);
    }
    const char *region = identifier_region(within);
    if (region)
        add_code(self, branch, region);
}

static const msgpack_object *member_of(const msgpack_object *map, const char *name)
{
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object *key = &map->via.map.ptr[i].key;
        if (key->type == MSGPACK_OBJECT_STR && key->via.str.size == strlen(name)
            && memcmp(key->via.str.ptr, name, key->via.str.size) == 0)
            return &map->via.map.ptr[i].val;
    }
    return NULL;
}

static void add_activity(outliner_t *self, const branch_t *branch, const msgpack_object *object)
{
    char nomenclature[OUTLINE_CODE_SIZE], code[OUTLINE_CODE_SIZE];
    if (object->type != MSGPACK_OBJECT_MAP)
        return;
    const msgpack_object *first = member_of(object, "nomenclature");
    const msgpack_object *second = member_of(object, "code");
    if (!first || !second || !read_code(first, nomenclature) || !read_code(second, code)
        || identifier_naf(nomenclature, code) != IDENTIFIER_OK)
        return;
    char both[2 * OUTLINE_CODE_SIZE];
    snprintf(both, sizeof both, "%s:%s", nomenclature, code);
    add_code(self, branch, both);
}

static void add_facet(outliner_t *self, const branch_t *branch, const field_t *field,
                      const msgpack_object *object)
{
    if (field->type == FIELD_CODE)
        add_vocabulary_code(self, branch, field, object);
    else if (field->type == FIELD_COG)
        add_territory(self, branch, object);
    else if (field->type == FIELD_NAF)
        add_activity(self, branch, object);
    else if (field->type == FIELD_BOOL && object->type == MSGPACK_OBJECT_BOOLEAN)
        add_code(self, branch, object->via.boolean ? "true" : "false");
}

static bool has_code(const outliner_t *self, const char *field, const char *code)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->list[i].field, field) == 0
            && (!code || strcmp(self->codes.data + self->places[i], code) == 0))
            return true;
    return false;
}

/* Terms that follow from what the record has elsewhere, where it names none itself; without any, the one of records that do
 * not say. A word that is not known here says something. */
static void add_following(outliner_t *self, const msgpack_object *body)
{
    for (size_t i = 0; i < self->root.count; i++) {
        const branch_t *branch = &self->root.members[i];
        const vocabulary_t *vocabulary = inner(branch->field)->vocabulary;
        if (!vocabulary || !branch->field->facet || has_code(self, branch->path, NULL))
            continue;
        for (size_t j = 0; j < vocabulary->follow_count; j++) {
            const follow_t *follow = &vocabulary->follows[j];
            if (has_code(self, follow->field, follow->value)
                && !has_code(self, branch->path, follow->code))
                add_code(self, branch, follow->code);
        }
        if (*vocabulary->otherwise && !has_code(self, branch->path, NULL)
            && !member_of(body, branch->name))
            add_code(self, branch, vocabulary->otherwise);
    }
}

/* --- title, order, search --- */

static bool is_text(const msgpack_object *object)
{
    return object->type == MSGPACK_OBJECT_STR && object->via.str.size
           && unicode_valid(object->via.str.ptr, object->via.str.size);
}

static void set_title(outliner_t *self, const msgpack_object *object)
{
    static const char MORE[] = "…";
    if (!is_text(object) || self->title.size)
        return;
    const char *bytes = object->via.str.ptr;
    size_t size = object->via.str.size;
    if (text_add(&self->title, bytes, size) == 0)
        return;
    text_add(&self->title, bytes, unicode_cut(bytes, size, OUTLINE_TITLE_SIZE - strlen(MORE)));
    text_add_string(&self->title, MORE);
}

/* Numbers of any sign, as text that sorts like them. */
static void add_number(text_t *out, const msgpack_object *object)
{
    if (object->type == MSGPACK_OBJECT_POSITIVE_INTEGER)
        text_add_format(out, "1%016" PRIx64, object->via.u64);
    else if (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
        text_add_format(out, "0%016" PRIx64, (uint64_t)object->via.i64);
}

/* In UTC: offsets would put 18:00+01:00 after 17:30Z. */
static void add_instant(text_t *out, const msgpack_object *object)
{
    char text[OUTLINE_CODE_SIZE];
    int64_t second;
    struct tm utc;
    if (!read_code(object, text) || !instant_read(text, &second))
        return;
    time_t time = second;
    if (gmtime_r(&time, &utc) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc))
        text_add_string(out, text);
}

static void add_day(text_t *out, const msgpack_object *object)
{
    char text[OUTLINE_CODE_SIZE];
    int64_t day;
    if (read_code(object, text) && date_read(text, &day))
        text_add_string(out, text);
}

static void add_word(text_t *out, const field_t *field, const msgpack_object *object)
{
    char code[OUTLINE_CODE_SIZE];
    if (!is_text(object))
        return;
    if (field->type == FIELD_CODE) {
        const char *label =
            read_code(object, code) ? vocabulary_label(field->vocabulary, code) : "";
        unicode_fold(out, label, strlen(label));
    } else {
        unicode_fold(out, object->via.str.ptr, object->via.str.size);
    }
}

/* The first value counts: an event of several days begins on the first. */
static void set_sort(outliner_t *self, const field_t *field, const msgpack_object *object)
{
    if (self->sort.size)
        return;
    if (field->type == FIELD_INSTANT)
        add_instant(&self->sort, object);
    else if (field->type == FIELD_DATE)
        add_day(&self->sort, object);
    else if (field->type == FIELD_INTEGER || field->type == FIELD_DECIMAL
             || field->type == FIELD_DEGREES)
        add_number(&self->sort, object);
    else
        add_word(&self->sort, field, object);
}

static void add_search(outliner_t *self, int weight, const field_t *field,
                       const msgpack_object *object)
{
    static const int PLACES[] = {[1] = OUTLINE_TEXT, [2] = OUTLINE_IMPORTANT, [3] = OUTLINE_TITLE};
    text_t *text = &self->text[PLACES[weight]];
    char code[OUTLINE_CODE_SIZE];
    if (!is_text(object))
        return;
    if (field->type != FIELD_CODE)
        text_add(text, object->via.str.ptr, object->via.str.size);
    else if (read_code(object, code))
        text_add_string(text, vocabulary_label(field->vocabulary, code));
    text_add(text, "\n", 1);
}

/* --- where it is --- */

static void set_degrees(outliner_t *self, bool longitude, const msgpack_object *object)
{
    int64_t max = longitude ? 180000000 : 90000000, value;
    if (self->has_degrees[longitude])
        return;
    if (object->type == MSGPACK_OBJECT_POSITIVE_INTEGER && object->via.u64 <= (uint64_t)max)
        value = (int64_t)object->via.u64;
    else if (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER && object->via.i64 >= -max)
        value = object->via.i64;
    else
        return;
    self->degrees[longitude] = value;
    self->has_degrees[longitude] = true;
}

static void set_commune(outliner_t *self, const msgpack_object *object)
{
    char code[OUTLINE_CODE_SIZE];
    if (!*self->commune && read_code(object, code) && strncmp(code, "COM-", 4) == 0
        && identifier_cog(code) == IDENTIFIER_OK)
        memcpy(self->commune, code, sizeof code);
}

static void set_part(outliner_t *self, part_t part, const msgpack_object *object)
{
    char code[OUTLINE_CODE_SIZE];
    switch (part) {
    case PART_LAT:
    case PART_LON:
        set_degrees(self, part == PART_LON, object);
        break;
    case PART_COMMUNE:
        set_commune(self, object);
        break;
    case PART_DIFFUSION:
        self->withheld |= read_code(object, code) && strcmp(code, "P") == 0;
        break;
    case PART_NONE:
        break;
    }
}

static outline_place_t place_of(const outliner_t *self)
{
    bool located = self->has_degrees[0] && self->has_degrees[1] && !self->withheld;
    return (outline_place_t){.located = located,
                             .lat = located ? (int32_t)self->degrees[0] : 0,
                             .lon = located ? (int32_t)self->degrees[1] : 0,
                             .commune = located ? "" : self->commune};
}

/* --- the walk --- */

static void read_value(outliner_t *self, const branch_t *branch, const field_t *field,
                       const msgpack_object *object);

static void read_members(outliner_t *self, const branch_t *branch, const msgpack_object *map)
{
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object_kv *pair = &map->via.map.ptr[i];
        if (pair->key.type != MSGPACK_OBJECT_STR)
            continue;
        const branch_t *member = find_member(branch, pair->key.via.str.ptr, pair->key.via.str.size);
        if (member)
            read_value(self, member, member->field, &pair->val);
    }
}

/* `field` is the branch's own, or what its lists hold; facet and search are said on the former. */
static void read_value(outliner_t *self, const branch_t *branch, const field_t *field,
                       const msgpack_object *object)
{
    if (field->type == FIELD_LIST) {
        for (uint32_t i = 0; object->type == MSGPACK_OBJECT_ARRAY && i < object->via.array.size;
             i++)
            read_value(self, branch, &field->fields[0], &object->via.array.ptr[i]);
        return;
    }
    if (field->type == FIELD_MAP) {
        if (object->type == MSGPACK_OBJECT_MAP)
            read_members(self, branch, object);
        return;
    }
    if (branch->field->facet)
        add_facet(self, branch, field, object);
    if (branch->field->search)
        add_search(self, branch->field->search, field, object);
    if (branch->title)
        set_title(self, object);
    if (branch->sort)
        set_sort(self, field, object);
    if (branch->part)
        set_part(self, branch->part, object);
}

static void clear(outliner_t *self)
{
    text_clear(&self->title);
    text_clear(&self->sort);
    text_clear(&self->codes);
    for (size_t i = 0; i < OUTLINE_TEXTS; i++)
        text_clear(&self->text[i]);
    self->count = 0;
    self->has_degrees[0] = self->has_degrees[1] = self->withheld = false;
    *self->commune = 0;
}

/* What every record has, also one that fits nothing: records without a sort value come last. */
static void complete(outliner_t *self, const item_t *item)
{
    if (!self->title.size)
        text_add_string(&self->title, item->id);
    if (!self->sort.size) {
        text_add_string(&self->sort, "~");
        unicode_fold(&self->sort, self->title.data, self->title.size);
    }
    self->sort.size = unicode_cut(self->sort.data, self->sort.size, OUTLINE_SORT_SIZE);
    self->sort.data[self->sort.size] = 0;
}

void outliner_read(outliner_t *self, const item_t *item, outline_t *outline)
{
    clear(self);
    msgpack_zone_clear(&self->zone);
    msgpack_object body;
    size_t offset = 0;
    msgpack_unpack_return unpacked =
        msgpack_unpack((const char *)item->body, item->body_size, &offset, &self->zone, &body);
    if (unpacked == MSGPACK_UNPACK_SUCCESS && body.type == MSGPACK_OBJECT_MAP) {
        read_members(self, &self->root, &body);
        add_following(self, &body);
    }
    complete(self, item);
    for (size_t i = 0; i < self->count; i++)
        self->list[i].code = self->codes.data + self->places[i];
    *outline = (outline_t){.title = self->title.data,
                           .sort = self->sort.data,
                           .codes = self->list,
                           .code_count = self->count,
                           .place = place_of(self)};
    for (size_t i = 0; i < OUTLINE_TEXTS; i++) {
        outline->texts[i] = self->text[i].data;
        outline->sizes[i] = self->text[i].size;
    }
}
