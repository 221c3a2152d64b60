/* Repairs of days and moments. */
#include "node/import/fix_inside.h"

#include <stdio.h>
#include <string.h>

/* "2022-09-26 19:00:45" and "2020/06/30 14:16:50.898" say a day. */
static void day_of_time(text_t *value)
{
    unsigned year, month, day;
    int end = 0;
    if (sscanf(value->data, "%4u%*1[-/]%2u%*1[-/]%2u%n", &year, &month, &day, &end) != 3
        || (value->data[end] && !strchr(" T", value->data[end])))
        return;
    text_clear(value);
    text_add_format(value, "%04u-%02u-%02u", year, month, day);
}

static void french_date(text_t *value)
{
    unsigned year, month, day;
    int end = 0;
    if (sscanf(value->data, "%2u/%2u/%4u%n", &day, &month, &year, &end) != 3 || value->data[end]
        || year < 1000)
        return;
    text_clear(value);
    text_add_format(value, "%04u-%02u-%02u", year, month, day);
}

const fix_t fixes_of_time[] = {
    {"day_of_time", "2022-09-26 19:00:45 is 2022-09-26", day_of_time, 0},
    {"french_date", "26/09/2022 is 2022-09-26", french_date, 0},
    {0},
};
