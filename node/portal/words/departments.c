#include "node/portal/words/departments.h"

#include "schemas/base/text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "maillage-departments 1"
#define CODE_START 4 /* behind "DEP-" */

typedef struct department {
    const char *code, *path, *x, *y;
} department_t;

struct departments {
    text_t text; /* holds what the list points to */
    department_t list[DEPARTMENTS_MAX];
    size_t count;
};

static int damaged(const char *path, const char *what, err_t *err)
{
    return err_set(err, ERR_REJECT, "cannot read the map %s: %s", path, what);
}

/* Cuts the line at its tabs; false when it has not four cells. */
static bool read_line(departments_t *self, char *line)
{
    const char *cells[4];
    for (int i = 0; i < 4; i++) {
        cells[i] = strsep(&line, "\t");
        if (!cells[i])
            return false;
    }
    bool good = !line && !strncmp(cells[0], "DEP-", CODE_START) && self->count < DEPARTMENTS_MAX;
    if (good)
        self->list[self->count++] = (department_t){cells[0], cells[1], cells[2], cells[3]};
    return good;
}

static int read_lines(departments_t *self, const char *path, err_t *err)
{
    char *rest = self->text.data, *line = strsep(&rest, "\n");
    if (strcmp(line, FIRST_LINE) != 0)
        return damaged(path, "its first line is not " FIRST_LINE, err);
    while ((line = strsep(&rest, "\n")))
        if (*line && !read_line(self, line))
            return damaged(path, "a line is no department", err);
    return 0;
}

static int read_file(departments_t *self, const char *path, err_t *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return damaged(path, strerror(errno), err);
    char part[4096];
    size_t size;
    while ((size = fread(part, 1, sizeof part, file)) > 0)
        text_add(&self->text, part, size);
    bool unread = ferror(file);
    fclose(file);
    if (unread || self->text.overflow)
        return damaged(path, unread ? "it cannot be read" : "it is too large", err);
    return read_lines(self, path, err);
}

departments_t *departments_load(const char *path, err_t *err)
{
    departments_t *self = calloc(1, sizeof *self);
    assert(self);
    text_init(&self->text, DEPARTMENTS_FILE_MAX);
    if (read_file(self, path ? path : MAILLAGE_DEPARTMENTS, err))
        departments_destroy(&self);
    return self;
}

void departments_destroy(departments_t **self_p)
{
    if (!*self_p)
        return;
    text_free(&(*self_p)->text);
    free(*self_p);
    *self_p = NULL;
}

static const json_t *named_in(const json_t *named, const char *code)
{
    for (size_t i = 0; i < json_array_size(named); i++) {
        const json_t *one = json_array_get(named, i);
        const char *territory = json_string_value(json_object_get(one, "territory_code"));
        if (territory && !strcmp(territory, code))
            return one;
    }
    return NULL;
}

static json_t *here_view(const department_t *department, const json_t *named)
{
    json_t *view =
        json_pack("{s:s, s:O, s:O}", "d", department->path, "href", json_object_get(named, "href"),
                  "name", json_object_get(named, "where"));
    json_t *level = json_object_get(named, "level");
    if (level)
        json_object_set(view, "level", level);
    return view;
}

json_t *departments_map(const departments_t *self, const json_t *named)
{
    if (!self)
        return json_null();
    json_t *land = json_array(), *here = json_array(), *labels = json_array();
    for (size_t i = 0; i < self->count; i++) {
        const department_t *department = &self->list[i];
        const json_t *one = named_in(named, department->code);
        if (one)
            json_array_append_new(here, here_view(department, one));
        else
            json_array_append_new(land, json_pack("{s:s}", "d", department->path));
        if (*department->x)
            json_array_append_new(labels, json_pack("{s:s, s:s, s:s}", "x", department->x, "y",
                                                    department->y, "number",
                                                    department->code + CODE_START));
    }
    return json_pack("{s:o, s:o, s:o}", "land", land, "here", here, "labels", labels);
}
