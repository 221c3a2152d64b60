#include "node/portal/pages/pages.h"

int page_error(site_t *site, response_t *response, err_t *err)
{
    const char *detail =
        response->detail.size ? response->detail.data : status_detail(response->status);
    json_t *content =
        json_pack("{s:s, s:s, s:s, s:s}", "title", status_title(response->status), "detail", detail,
                  "back", response->back.size ? response->back.data : "/", "back_label",
                  response->back_label.size ? response->back_label.data : "Revenir à l'accueil");
    return site_page(site, "error", content, response, err);
}
