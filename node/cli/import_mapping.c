/* Which file the name of a mapping means: the first of that name in a few folders. A name with a slash, or that
 * ends in .yaml, is a path. */
#include "node/cli/import_run.h"

#include "schemas/base/yaml.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".yaml"
#define FOLDERS_MAX 4
#define NAMES_MAX 100       /* of mappings in a folder, in a sentence */
#define NAMES_MAX_SIZE 2000 /* bytes of them */

/* Where mappings lie, the nearest first. All given. */
typedef struct folders {
    char *list[FOLDERS_MAX];
    size_t count;
} folders_t;

static void add_folder(folders_t *folders, const char *beside, size_t size, const char *rest)
{
    char *path;
    int length = asprintf(&path, "%.*s%s", (int)size, beside, rest);
    assert(length >= 0 && folders->count < FOLDERS_MAX);
    char *real = realpath(path, NULL); /* one folder is named once */
    for (size_t i = 0; real && i < folders->count; i++)
        if (strcmp(folders->list[i], real) == 0) {
            free(real);
            free(path);
            return;
        }
    folders->list[folders->count++] = real ? real : path;
    if (real)
        free(path);
}

/* That which MAILLAGE_IMPORTS names; "imports" beside the configuration, or one folder further up; ours. */
static folders_t find_folders(const cli_t *cli)
{
    folders_t folders = {0};
    const char *named = getenv("MAILLAGE_IMPORTS");
    const char *config = cli->options.config ? cli->options.config : getenv("MAILLAGE_CONFIG");
    const char *slash = config ? strrchr(config, '/') : NULL;
    size_t size = slash ? (size_t)(slash - config) + 1 : 0;
    if (named && *named)
        add_folder(&folders, named, strlen(named), "");
    add_folder(&folders, config, size, "imports");
    add_folder(&folders, config, size, "../imports");
    add_folder(&folders, MAILLAGE_IMPORTS, strlen(MAILLAGE_IMPORTS), "");
    return folders;
}

static void free_folders(folders_t *folders)
{
    for (size_t i = 0; i < folders->count; i++)
        free(folders->list[i]);
}

static bool is_path(const char *name)
{
    return strchr(name, '/') || strstr(name, SUFFIX);
}

/* Gives the path of the mapping, or NULL. */
static char *find_mapping(const folders_t *folders, const char *name)
{
    if (is_path(name))
        return access(name, F_OK) ? NULL : strdup(name);
    for (size_t i = 0; i < folders->count; i++) {
        char *path;
        int length = asprintf(&path, "%s/%s" SUFFIX, folders->list[i], name);
        assert(length >= 0);
        if (access(path, F_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

/* --- there is none of that name --- */

static int is_yaml(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name), end = strlen(SUFFIX);
    return size > end && strcmp(entry->d_name + size - end, SUFFIX) == 0;
}

/* The names of the mappings of a folder, in order, NULL-ended; each given. */
static void list_folder(const char *folder, char *names[NAMES_MAX + 1])
{
    struct dirent **entries;
    size_t kept = 0;
    int count = scandir(folder, &entries, is_yaml, alphasort);
    for (int i = 0; i < count; i++) {
        char *name = entries[i]->d_name;
        if (kept < NAMES_MAX)
            names[kept++] = strndup(name, strlen(name) - strlen(SUFFIX));
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    names[kept] = NULL;
}

static void say_folder(const char *folder, char *const *names)
{
    text_t list;
    text_init(&list, NAMES_MAX_SIZE);
    for (char *const *name = names; *name; name++)
        text_add_format(&list, "%s%s", list.size ? ", " : "", *name);
    if (access(folder, F_OK))
        cli_say("cherchée dans « %s », qui n'existe pas.", folder);
    else
        cli_say("cherchée dans « %s » : %s.", folder,
                list.size ? list.data : "il n'y a là aucune correspondance");
    text_free(&list);
}

static int refuse_unknown(import_run_t *run, const folders_t *folders, const char *name)
{
    if (is_path(name))
        return import_refuses(run, "il n'y a pas de fichier « %s ».", name);
    char *names[FOLDERS_MAX][NAMES_MAX + 1];
    const char *near = NULL;
    for (size_t i = 0; i < folders->count; i++) {
        list_folder(folders->list[i], names[i]);
        near = near ? near : yaml_did_you_mean(name, (const char *const *)names[i]);
    }
    int code = import_refuses(run, "il n'y a pas de correspondance « %s »%s%s%s", name,
                              near ? " : vouliez-vous dire « " : "", near ? near : "",
                              near ? " » ?" : ".");
    for (size_t i = 0; i < folders->count; i++) {
        say_folder(folders->list[i], names[i]);
        for (char **each = names[i]; *each; each++)
            free(*each);
    }
    cli_say("MAILLAGE_IMPORTS=DOSSIER en désigne un autre ; --mapping prend aussi un chemin, comme "
            "./ma-source.yaml.");
    return code;
}

/* --- opening it --- */

/* What is wrong with a mapping is for who wrote it; who imports learns that it is not his file. */
static int refuse_broken(import_run_t *run, const char *name, const char *path)
{
    size_t errors = run->findings.errors;
    return import_refuses(
        run,
        "la correspondance « %s » a %zu erreur%s et ne peut pas servir : rien n'a "
        "été importé. « maillage config check %s » %s à qui l'a écrite.",
        name, errors, errors < 2 ? "" : "s", path, errors < 2 ? "la montre" : "les montre");
}

int import_open_mapping(import_run_t *run, const char *name, mapping_t **mapping)
{
    folders_t folders = find_folders(run->cli);
    char *path = find_mapping(&folders, name);
    int code = EXIT_DONE;
    if (path)
        *mapping = mapping_load(run->cli->schema, path, &run->findings);
    if (!path)
        code = refuse_unknown(run, &folders, name);
    else if (!*mapping)
        code = refuse_broken(run, name, path);
    else if (mapping_kind(*mapping) != run->kind)
        code = import_refuses(
            run, "la correspondance « %s » est pour des fiches de la sorte « %s », pas « %s ».",
            name, mapping_kind(*mapping)->name, run->kind->name);
    free(path);
    free_folders(&folders);
    return code;
}
