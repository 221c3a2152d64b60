/* Says what would be lost before anything is touched; what is done then is one rename (node/backup.h). */
#include "node/backup.h"

#include "node/cli/cli.h"
#include "node/cli/table.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct restoring {
    cli_t *cli;
    backup_node_t node;
    members_t *members;
    database_lock_t *lock;
    backup_prepared_t prepared;
    backup_comparison_t comparison;
} restoring_t;

static int say_in_use(const restoring_t *self, const err_t *err)
{
    if (err->action != ERR_RETRY)
        return cli_fail(err);
    cli_say("le nœud « %s » tourne : arrêtez-le d'abord (%s).", self->node.name, err->text);
    return EXIT_NOT_ALLOWED;
}

static const char *present_word(const backup_stream_t *stream)
{
    if (stream->then.wrong && !stream->then.unsigned_only)
        return stream->then.wrong;
    if (!stream->behind)
        return "rien ne manque";
    return stream->now.own ? "revient des relais, s'ils l'ont reçu" : "revient des relais";
}

static void print_table(const backup_comparison_t *comparison)
{
    static const char *const NAMES[] = {"hub",      "sorte",    "fiches", "fiches_après",
                                        "en_moins", "remarque", NULL};
    table_t *table = table_new(NAMES);
    for (size_t i = 0; i < comparison->count; i++) {
        const backup_stream_t *stream = &comparison->list[i];
        const proof_t *known = *stream->then.hub ? &stream->then : &stream->now;
        table_add(table, known->hub);
        table_add(table, known->kind);
        table_add_number(table, stream->now.count);
        table_add_number(table, stream->then.count);
        table_add_number(table, stream->behind);
        table_add(table, present_word(stream));
    }
    table_print(table);
    table_destroy(&table);
}

static json_t *state_json(const proof_t *proof)
{
    if (!*proof->hub)
        return json_null();
    return json_pack("{s:I, s:I, s:I}", "life", (json_int_t)proof->life, "seq",
                     (json_int_t)proof->seq, "count", (json_int_t)proof->count);
}

/* done: it was restored. */
static void print_json(const restoring_t *self, bool done)
{
    const backup_comparison_t *comparison = &self->comparison;
    json_t *streams = json_array();
    for (size_t i = 0; i < comparison->count; i++) {
        const backup_stream_t *stream = &comparison->list[i];
        const proof_t *known = *stream->then.hub ? &stream->then : &stream->now;
        json_array_append_new(
            streams, json_pack("{s:s, s:s, s:b, s:o, s:o, s:I, s:s?}", "hub", known->hub, "kind",
                               known->kind, "own", known->own, "present", state_json(&stream->now),
                               "backup", state_json(&stream->then), "behind",
                               (json_int_t)stream->behind, "wrong", stream->then.wrong));
    }
    cli_print_json(json_pack(
        "{s:b, s:o, s:b, s:I, s:I, s:o}", "restored", done, "made_at",
        self->prepared.made_ms ? envelope_instant(self->prepared.made_ms) : json_null(),
        "present_damaged", comparison->damaged, "own_behind", (json_int_t)comparison->own_behind,
        "displaced", (json_int_t)comparison->displaced, "streams", streams));
}

/* Everything in the way, each a sentence; how many. */
static int say_obstacles(const restoring_t *self)
{
    const backup_comparison_t *comparison = &self->comparison;
    int obstacles = 0;
    if (comparison->wrong) {
        cli_say("%zu flux de la sauvegarde ne sont pas ce que leur hub a signé.",
                comparison->wrong);
        obstacles++;
    }
    if (comparison
            ->damaged) /* nobody can tell what it holds, and the node does not start with it */
        return obstacles;
    if (comparison->unreadable) {
        cli_say("le dépôt actuel ne peut pas être lu en ce moment (%s) : ce qu'il a de plus serait "
                "perdu.",
                comparison->unread.text);
        return obstacles + 1;
    }
    if (comparison->own_behind > 0) {
        cli_say(
            "%lld changements de ce hub sont plus récents que la sauvegarde : ceux que les relais "
            "n'ont pas reçus seraient perdus.",
            (long long)comparison->own_behind);
        obstacles++;
    }
    if (comparison->displaced > 0) {
        cli_say("%lld versions écartées ne sont pas dans la sauvegarde : elles seraient perdues.",
                (long long)comparison->displaced);
        obstacles++;
    }
    return obstacles;
}

static int put_in_place(restoring_t *self)
{
    err_t err = {0};
    const char *store = self->cli->settings.store;
    if (backup_commit(store, &self->prepared, &err) || backup_finish(store, &err)) {
        int code = cli_fail(&err);
        if (backup_committed(store))
            cli_say(
                "la restauration est décidée : le prochain démarrage du nœud, ou ce même ordre, "
                "l'achève.");
        return code;
    }
    if (self->comparison.present)
        cli_say(
            "l'ancien dépôt est gardé 30 jours dans %s/public.db.replaced-… ; il contient encore "
            "ce qui a été effacé : « maillage clean --force » le retire.",
            store);
    cli_say(
        "c'est fait. Lancez le nœud : de lui-même, il rattrapera auprès des relais ce qui manque.");
    return EXIT_DONE;
}

static int decide(restoring_t *self)
{
    const options_t *options = &self->cli->options;
    if (!options->json)
        print_table(&self->comparison);
    if (self->comparison.damaged)
        cli_say("le dépôt actuel est endommagé : ce qu'il contenait de plus ne peut pas être dit.");
    int obstacles = say_obstacles(self), code = EXIT_DONE;
    bool refused = obstacles && !options->force;
    if (refused) {
        cli_say("rien n'a été changé. « --force » restaure quand même.");
        code = EXIT_NOT_ALLOWED;
    } else if (options->dry_run)
        cli_say("rien n'a été changé : c'était un essai.");
    else
        code = put_in_place(self);
    if (options->json)
        print_json(self, code == EXIT_DONE && !options->dry_run);
    return code;
}

static bool is_of_another_account(const char *store)
{
    struct stat folder;
    return stat(store, &folder) == 0 && folder.st_uid != geteuid();
}

static int restore(restoring_t *self)
{
    err_t err = {0};
    const char *store = self->cli->settings.store;
    const char *file = self->cli->options.empty ? NULL : self->cli->arguments[0];
    if (is_of_another_account(store)) {
        cli_say(
            "« %s » appartient à un autre compte : le nœud ne pourrait plus ouvrir ce que vous y "
            "écririez. Recommencez sous le sien, par exemple « runuser -u maillage -- … ».",
            store);
        return EXIT_NOT_ALLOWED;
    }
    self->lock = database_lock(store, &err);
    if (!self->lock)
        return say_in_use(self, &err);
    bool begun = backup_committed(store); /* by a restore that was killed */
    if (backup_finish(store, &err))
        return cli_fail(&err);
    if (begun)
        cli_say("une restauration commencée auparavant vient d'être achevée.");
    if (backup_prepare(store, &self->node, file, &self->prepared, &err)
        || backup_compare(store, &self->prepared, self->members, &self->comparison, &err))
        return cli_fail(&err);
    return decide(self);
}

int command_restore(cli_t *cli)
{
    if ((cli->argument_count == 0) == !cli->options.empty) {
        cli_say("donnez le fichier d'une sauvegarde, ou --empty sans fichier.");
        return EXIT_USAGE;
    }
    int code = cli_open(cli, CLI_SETTINGS);
    if (code)
        return code;
    findings_t findings = {0};
    restoring_t self = {.cli = cli, .node = {.role = cli->settings.role}};
    snprintf(self.node.name, sizeof self.node.name, "%s", cli->settings.name);
    self.members = members_load(cli->settings.members, &findings);
    cli_say_findings(&findings);
    findings_free(&findings);
    code = self.members ? restore(&self) : EXIT_REFUSED;
    backup_discard(&self.prepared);
    backup_comparison_free(&self.comparison);
    database_unlock(&self.lock);
    members_destroy(&self.members);
    return code;
}
