#include "schemas/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Marks a text that did not fit, without leaving half a UTF-8 character before the mark. */
static void mark_cut(char *text)
{
    size_t end = ERR_TEXT_SIZE - 4;
    while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    memcpy(text + end, "...", 4);
}

int err_set(err_t *err, err_action_t action, const char *format, ...)
{
    if (!err)
        return -1;
    err->action = action;
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    if (size >= ERR_TEXT_SIZE)
        mark_cut(err->text);
    return -1;
}

int err_context(err_t *err, const char *format, ...)
{
    if (!err)
        return -1;
    char before[ERR_TEXT_SIZE], whole[2 * ERR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(before, sizeof before, format, arguments);
    va_end(arguments);
    int size = snprintf(whole, sizeof whole, "%s%s", before, err->text);
    memcpy(err->text, whole, ERR_TEXT_SIZE - 1);
    err->text[ERR_TEXT_SIZE - 1] = 0;
    if (size >= ERR_TEXT_SIZE)
        mark_cut(err->text);
    return -1;
}
