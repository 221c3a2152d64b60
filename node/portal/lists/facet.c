#include "node/portal/lists/facet.h"

#include <string.h>

typedef struct walk {
    void (*visit)(void *context, const field_t *field, const char *path, const char *label);
    void *context;
} walk_t;

static void visit_fields(const walk_t *walk, const field_t *fields, size_t count, const char *path,
                         const char *label)
{
    for (size_t i = 0; i < count; i++) {
        const field_t *field = &fields[i];
        text_t own_path, own_label;
        text_init(&own_path, FACET_PATH_SIZE);
        text_init(&own_label, 512);
        text_add_format(&own_path, "%s%s%s", path, *path ? "." : "", field->name);
        text_add_format(&own_label, "%s%s%s", label, *label ? " : " : "", field->label);
        const field_t *of = field->type == FIELD_LIST ? field->fields : field;
        if (field->facet)
            walk->visit(walk->context, field, own_path.data, own_label.data);
        if (of && of->type == FIELD_MAP)
            visit_fields(walk, of->fields, of->field_count, own_path.data, own_label.data);
        text_free(&own_path);
        text_free(&own_label);
    }
}

void facet_each(const kind_t *kind,
                void (*visit)(void *context, const field_t *field, const char *path,
                              const char *label),
                void *context)
{
    walk_t walk = {visit, context};
    visit_fields(&walk, kind->fields, kind->field_count, "", "");
}

const field_t *facet_find(const kind_t *kind, const char *path)
{
    const field_t *field = kind_path(kind, path);
    return field && field->facet ? field : NULL;
}

const char *facet_place(const kind_t *kind)
{
    static const char *const PATHS[] = {"code_insee", "lieu.code_insee"};
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++)
        if (facet_find(kind, PATHS[i]))
            return PATHS[i];
    return NULL;
}
