#include "node/portal/lists/aid_state.h"

#include "node/portal/words/occasion.h"
#include "node/portal/words/view.h"
#include "schemas/base/date.h"

#include <string.h>

const aid_state_words_t aid_states[] = {
    [AID_OPEN] = {"ouverte", "Ouverte"},
    [AID_SOON] = {"bientot", "Pas encore ouverte"},
    [AID_SUSPENDED] = {"suspendue", "Suspendue en ce moment"},
    [AID_ENDED] = {"terminee", "Terminée"},
};

aid_state_t aid_state(const json_t *body, int64_t now_ms)
{
    int64_t day, today = occasion_today(now_ms);
    if (date_read(view_text(body, "date_cloture"), &day) && day < today)
        return AID_ENDED;
    if (json_is_true(json_object_get(body, "suspendu")))
        return AID_SUSPENDED;
    bool future = date_read(view_text(body, "date_ouverture"), &day) && day > today;
    return future ? AID_SOON : AID_OPEN;
}

bool aid_state_fits(const kind_t *kind)
{
    return !strcmp(kind->name, "programme");
}

bool aid_state_chosen(const request_t *request, aid_state_t state)
{
    for (size_t i = 0; i < request->parameter_count; i++)
        if (!strcmp(request->parameters[i].name, AID_STATE)
            && !strcmp(request->parameters[i].value, aid_states[state].code))
            return true;
    return false;
}

bool aid_state_asked(const request_t *request)
{
    bool any = false;
    for (int i = 0; i < AID_STATES; i++)
        any |= aid_state_chosen(request, (aid_state_t)i);
    return any;
}

bool aid_state_wanted(const request_t *request, aid_state_t state)
{
    return !aid_state_asked(request) || aid_state_chosen(request, state);
}

int aid_state_check(const char *code, err_t *err)
{
    text_t known;
    text_init(&known, 256);
    for (int i = 0; i < AID_STATES; i++) {
        if (!strcmp(aid_states[i].code, code)) {
            text_free(&known);
            return 0;
        }
        text_add_format(&known, "%s%s", i ? ", " : "", aid_states[i].code);
    }
    err_set(err, ERR_REJECT, "« " AID_STATE " » veut un de ces mots : %s.", known.data);
    text_free(&known);
    return -1;
}
