/* pages - the handlers that answer with HTML, one file each (page_*.c). */
#ifndef NODE_PORTAL_PAGES_PAGES_H
#define NODE_PORTAL_PAGES_PAGES_H

#include "node/portal/site.h"

handler_t page_home;       /* what this hub is, what it holds, whom to call */
handler_t page_search;     /* ?q=: the same words in every kind */
handler_t page_list;       /* {path}: the records of a kind, with filters */
handler_t page_record;     /* {path} {hub} {id} */
handler_t page_entry;      /* {hub} {id}: a provider or an actor */
handler_t page_answers;    /* the first answers by theme, or those that fit a question */
handler_t page_answer;     /* {hub} {id} */
handler_t page_own_answer; /* {id}, of this node's own hub */
handler_t page_agenda;     /* what happens, by week */
handler_t page_event;      /* {hub} {id} */
handler_t page_poster;     /* {hub} {id}: an event on one sheet of paper */
handler_t page_cases;      /* the use cases: function by sector, then the list */
handler_t page_case;       /* {hub} {id} */
handler_t page_aids;       /* public aids: for whom, how much, until when */
handler_t page_aid;        /* {hub} {id} */
handler_t page_figure;     /* {hub} {id}: one indicator */
handler_t page_hub;        /* {hub} {id}: a hub */
handler_t page_figures;    /* the indicators by subject, as charts and tables */
handler_t page_network;    /* how fresh each hub's records are */
handler_t page_legal;      /* the fixed pages of the footer, by the first piece of their address */

/* The page of an error status already set in response. */
int page_error(site_t *site, response_t *response, err_t *err);

#endif
