/* command - `maillage` as an operator calls it, run within the test. Included after cmocka.h. */
#ifndef COMMAND_H
#define COMMAND_H

#include "node/cli/cli.h"

#include "files.h"

/* Sends a stream of ours to a file. */
static inline int redirect(FILE *stream, FILE *file)
{
    fflush(stream);
    int kept = dup(fileno(stream));
    assert_int_equal(dup2(fileno(file), fileno(stream)), fileno(stream));
    return kept;
}

/* What it printed since then, given. */
static inline char *restore(FILE *stream, int kept, FILE *file)
{
    fflush(stream);
    dup2(kept, fileno(stream));
    close(kept);
    rewind(file);
    return contents_of(file);
}

/* Gives its exit code. What it prints takes the place of what *printed and *said held: standard output, standard
 * error. */
static inline int command_run(int count, char **words, char **printed, char **said)
{
    FILE *out = tmpfile(), *err = tmpfile();
    assert_true(out && err);
    int kept_out = redirect(stdout, out), kept_err = redirect(stderr, err);
    int code = cli_main(count, words);
    free(*printed);
    free(*said);
    *printed = restore(stdout, kept_out, out);
    *said = restore(stderr, kept_err, err);
    return code;
}

#endif
