/* One handler for each stage, so that it finds its sentence without a variable that two threads of control would
 * share. A tool that is interrupted has sent a part of its changes at most, and the node forgets a part. */
#include "node/cli/import_run.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* What a shell says of a program that Ctrl-C ended. */
#define EXIT_INTERRUPTED (128 + SIGINT)

/* Calls only what may be called in a handler. */
_Noreturn static void end(const char *sentence)
{
    ssize_t written = write(STDERR_FILENO, sentence, strlen(sentence));
    (void)written;
    _exit(EXIT_INTERRUPTED);
}

static void end_reading(int number)
{
    (void)number;
    end("\nmaillage : interrompu : rien n'a été enregistré, le hub est comme avant.\n");
}

static void end_saving(int number)
{
    (void)number;
    end("\nmaillage : interrompu pendant que le nœud enregistrait : « maillage import --history » "
        "dit "
        "si l'import est fait, en entier ou pas du tout.\n");
}

static void end_saved(int number)
{
    (void)number;
    end("\nmaillage : interrompu après l'enregistrement : « maillage import --history » montre "
        "l'import, --undo le reprend.\n");
}

void import_enter(import_stage_t stage)
{
    static void (*const HANDLERS[])(int) = {
        [IMPORT_READING] = end_reading, [IMPORT_SAVING] = end_saving, [IMPORT_SAVED] = end_saved};
    struct sigaction before, action = {.sa_handler = HANDLERS[stage]};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGINT, &action, NULL); /* in the background of a shell it stays ignored */
}
