/* maillage-broker FILE.yaml: stays in the foreground, logs to standard error, prints one line when it
 * serves, ends on SIGTERM and SIGINT. Exit codes: 0 ended as told, 1 failed, 2 usage, 3 configuration. */
#include "broker/base/process.h"
#include "broker/broker.h"

#include <argp.h>
#include <locale.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_CONFIGURATION = 3 };

const char *argp_program_version = "maillage-broker " MAILLAGE_VERSION;

static error_t parse(int key, char *argument, struct argp_state *state)
{
    const char **file = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (*file)
            argp_usage(state);
        *file = argument;
        return 0;
    case ARGP_KEY_END:
        if (!*file)
            argp_usage(state);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static int serve(broker_t *broker, const char *name, int signals)
{
    err_t err;
    printf("ready broker %s %s\n", name, broker_endpoint(broker));
    fflush(stdout);
    process_tell_ready();
    int rc = broker_run(broker, signals, &err);
    process_tell_ending();
    if (rc == 0)
        return EXIT_SUCCESS;
    log_error("%s", err.text);
    return EXIT_FAILURE;
}

static int start(const broker_settings_t *settings, findings_t *findings)
{
    err_t err = {0};
    int code = EXIT_FAILURE, signals = process_signals(&err);
    broker_t *broker = NULL;
    for (unsigned tries = 0; signals >= 0; tries++) {
        broker = broker_new(settings, findings, &err);
        if (broker || !process_wait_for_room(signals, settings->timers.retry, tries, &err))
            break;
    }
    process_log_findings(findings);
    if (broker)
        code = serve(broker, settings->name, signals);
    else if (findings->errors)
        code = EXIT_CONFIGURATION;
    else
        log_error("%s", err.text);
    broker_destroy(&broker);
    return code;
}

int main(int count, char **words)
{
    static const struct argp ARGP = {
        .parser = parse,
        .args_doc = "FILE.yaml",
        .doc = "Passes on what hubs publish to those who subscribe.",
    };
    const char *file = NULL;
    setlocale(LC_ALL, "");
    argp_err_exit_status = 2;
    argp_parse(&ARGP, count, words, 0, NULL, &file);
    if (sodium_init() < 0)
        return EXIT_FAILURE;
    process_prepare();

    broker_settings_t settings;
    findings_t findings = {0};
    int code = EXIT_CONFIGURATION;
    if (broker_settings_load(&settings, file, &findings) == 0) {
        log_set_level(settings.log_level);
        code = start(&settings, &findings);
    } else {
        process_log_findings(&findings);
    }
    broker_settings_free(&settings);
    findings_free(&findings);
    return code;
}
