#include "node/portal/pages/pages.h"

#include <string.h>

static const struct legal {
    const char *path, *template_name, *title;
} PAGES[] = {
    {"vos-donnees", "legal_data", "Vos données"},
    {"accessibilite", "legal_access", "Accessibilité"},
    {"mentions", "legal_notice", "Mentions légales"},
    {"partenaires", "legal_partners", "Pour les partenaires"},
    {"plan", "legal_map", "Plan du site"},
};

int page_legal(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const struct legal *page = PAGES;
    while (strcmp(page->path, request->pieces[0]) != 0)
        page++;
    return site_page(site, page->template_name, json_pack("{s:s}", "title", page->title), response,
                     err);
}
