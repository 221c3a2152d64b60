#include "node/cli/cli.h"

#include "schemas/base/yaml.h"
#include "schemas/identifier.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int find_role(const char *word, member_role_t *role)
{
    for (int i = 0; member_roles[i]; i++)
        if (strcmp(member_roles[i], word) == 0) {
            *role = (member_role_t)i;
            return 0;
        }
    const char *near = yaml_did_you_mean(word, member_roles);
    cli_say("--role : hub, aggregator ou broker, pas « %s »%s%s%s", word,
            near ? " ; vouliez-vous dire « " : "", near ? near : ".", near ? " » ?" : "");
    return EXIT_USAGE;
}

static int check_options(const cli_t *cli, const char *name, member_role_t *role)
{
    const options_t *options = &cli->options;
    if (!options->role || !options->out) {
        cli_say(
            "il manque --role ou --out. Par exemple : maillage keygen isere --role hub --territory "
            "DEP-38 --out cles");
        return EXIT_USAGE;
    }
    if (find_role(options->role, role))
        return EXIT_USAGE;
    if (!name_valid(name)) {
        cli_say(
            "« %s » ne peut pas être un nom : 1 à 32 caractères parmi a-z, 0-9, « _ » et « - ».",
            name);
        return EXIT_USAGE;
    }
    if (options->territory && identifier_cog(options->territory) != IDENTIFIER_OK) {
        cli_say("--territory : « %s » n'est pas un territoire ; par exemple DEP-38.",
                options->territory);
        return EXIT_USAGE;
    }
    if (*role == MEMBER_HUB && !options->territory) {
        cli_say("un hub a un territoire : ajoutez --territory, par exemple DEP-38.");
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

/* The folder is made when only itself is missing; a key that is there is said so before anything else. */
static int prepare(const char *folder, const char *name)
{
    text_t path;
    text_init(&path, 4096);
    text_add_format(&path, "%s/%s.key", folder, name);
    bool there = access(path.data, F_OK) == 0;
    text_free(&path);
    if (there) {
        cli_say("« %s/%s.key » existe déjà : une clé n'est jamais écrasée.", folder, name);
        return EXIT_REFUSED;
    }
    if (mkdir(folder, 0700) && errno != EEXIST) {
        cli_say("le dossier « %s » ne peut pas être créé : %s.", folder, strerror(errno));
        return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

int command_keygen(cli_t *cli)
{
    const char *name = cli->arguments[0];
    member_role_t role;
    int code = check_options(cli, name, &role);
    if (code)
        return code;
    const char *out = cli->options.out;
    code = prepare(out, name);
    if (code)
        return code;
    err_t err = {0};
    const char *territory = cli->options.territory ? cli->options.territory : "";
    if (secret_create(out, name, role, territory, &err))
        return cli_fail(&err);
    if (cli->options.json)
        cli_print_json(json_pack("{s:s, s:s+++, s:s+++}", "name", name, "secret", out, "/", name,
                                 ".key", "public", out, "/", name, ".pub"));
    else
        printf("%s/%s.key\n%s/%s.pub\n", out, name, out, name);
    cli_say("gardez « %s.key » pour vous seul ; copiez « %s.pub » dans le dossier « members » de "
            "chaque "
            "membre.",
            name, name);
    return EXIT_DONE;
}
