/* log - one line to standard error for what an operator should know.
 *
 *     2026-11-22T03:15:23.123Z warning broker: loire: connexion refusée...
 *
 * The loops that decide log, once; libraries return errors instead. Control characters in what is
 * printed become '?', so that no peer can forge a line. Never give it a secret. */
#ifndef BROKER_BASE_LOG_H
#define BROKER_BASE_LOG_H

typedef enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR } log_level_t;

/* Everything below `level` is left out. Called once by main before any thread. Default LOG_INFO. */
void log_set_level(log_level_t level);
void log_line(log_level_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

extern const char *const log_levels[]; /* "debug", "info", "warning", "error", NULL */

#endif
