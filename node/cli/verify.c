#include "node/cli/cli.h"

#include "broker/base/database.h"
#include "node/cli/table.h"
#include "node/store/projection.h"
#include "node/store/proof.h"

#include <sodium.h>
#include <stdio.h>

typedef struct verification {
    cli_t *cli;
    sqlite3 *db;
    members_t *members;
    json_t *json;
    table_t *table;
    size_t different;
} verification_t;

static void report(void *context, const proof_t *proof)
{
    verification_t *self = context;
    char root[2 * HASH_SIZE + 1];
    sodium_bin2hex(root, sizeof root, proof->root, HASH_SIZE);
    self->different += proof->wrong != NULL;
    json_array_append_new(self->json,
                          json_pack("{s:s, s:s, s:I, s:s, s:b, s:s?}", "hub", proof->hub, "kind",
                                    proof->kind, "count", (json_int_t)proof->count, "root", root,
                                    "ok", proof->wrong == NULL, "reason", proof->wrong));
    table_add(self->table, proof->hub);
    table_add(self->table, proof->kind);
    table_add_number(self->table, proof->count);
    root[8] = 0;
    table_add(self->table, root);
    table_add(self->table, proof->wrong ? "different" : "ok");
    table_add(self->table, proof->wrong);
}

static int open_store(verification_t *self, err_t *err)
{
    text_t path;
    text_init(&path, 4096);
    text_add_format(&path, "%s/public.db", self->cli->settings.store);
    self->db = database_open_reader(path.data, err);
    text_free(&path);
    return self->db ? 0 : -1;
}

static int verify(verification_t *self)
{
    err_t err = {0};
    size_t differences = 0;
    if (open_store(self, &err) || proof_each(self->db, self->members, report, self, &err)
        || projection_verify(self->db, self->cli->schema, &differences, &err))
        return cli_fail(&err);
    if (self->cli->options.json)
        cli_print_json(json_pack("{s:O, s:I}", "streams", self->json, "projection_differences",
                                 (json_int_t)differences));
    else
        table_print(self->table);
    if (self->different)
        cli_say("%zu flux ne sont pas ce que leur hub a signé.", self->different);
    if (differences)
        cli_say("%zu listes ou totaux ne sont pas ceux des fiches, qui sont bonnes. Redémarrez le "
                "nœud ; "
                "si cela reste, « maillage restore » les refait, d'une sauvegarde ou avec --empty.",
                differences);
    if (self->different || differences)
        return EXIT_FAILED;
    cli_say("tout est conforme à ce que les hubs ont signé.");
    return EXIT_DONE;
}

int command_verify(cli_t *cli)
{
    static const char *const NAMES[] = {"hub", "kind", "count", "root", "state", "reason", NULL};
    int code = cli_open(cli, CLI_SETTINGS | CLI_SCHEMA);
    if (code)
        return code;
    findings_t findings = {0};
    verification_t self = {.cli = cli, .members = members_load(cli->settings.members, &findings)};
    cli_say_findings(&findings);
    findings_free(&findings);
    if (!self.members)
        return EXIT_REFUSED;
    self.json = json_array();
    self.table = table_new(NAMES);
    code = verify(&self);
    database_close(self.db);
    json_decref(self.json);
    table_destroy(&self.table);
    members_destroy(&self.members);
    return code;
}
