#include "node/portal/words/territory.h"

#include "schemas/identifier.h"

#include <string.h>

/* The official geographic code of 2024, without its communes, and of countries those that statistics of Europe compare:
 * known also where there is no geography. */
static const struct {
    const char *code, *name;
} NAMES[] = {
    /* clang-format off */
    {"DEP-01", "Ain"},
    {"DEP-02", "Aisne"},
    {"DEP-03", "Allier"},
    {"DEP-04", "Alpes-de-Haute-Provence"},
    {"DEP-05", "Hautes-Alpes"},
    {"DEP-06", "Alpes-Maritimes"},
    {"DEP-07", "Ardèche"},
    {"DEP-08", "Ardennes"},
    {"DEP-09", "Ariège"},
    {"DEP-10", "Aube"},
    {"DEP-11", "Aude"},
    {"DEP-12", "Aveyron"},
    {"DEP-13", "Bouches-du-Rhône"},
    {"DEP-14", "Calvados"},
    {"DEP-15", "Cantal"},
    {"DEP-16", "Charente"},
    {"DEP-17", "Charente-Maritime"},
    {"DEP-18", "Cher"},
    {"DEP-19", "Corrèze"},
    {"DEP-21", "Côte-d'Or"},
    {"DEP-22", "Côtes-d'Armor"},
    {"DEP-23", "Creuse"},
    {"DEP-24", "Dordogne"},
    {"DEP-25", "Doubs"},
    {"DEP-26", "Drôme"},
    {"DEP-27", "Eure"},
    {"DEP-28", "Eure-et-Loir"},
    {"DEP-29", "Finistère"},
    {"DEP-2A", "Corse-du-Sud"},
    {"DEP-2B", "Haute-Corse"},
    {"DEP-30", "Gard"},
    {"DEP-31", "Haute-Garonne"},
    {"DEP-32", "Gers"},
    {"DEP-33", "Gironde"},
    {"DEP-34", "Hérault"},
    {"DEP-35", "Ille-et-Vilaine"},
    {"DEP-36", "Indre"},
    {"DEP-37", "Indre-et-Loire"},
    {"DEP-38", "Isère"},
    {"DEP-39", "Jura"},
    {"DEP-40", "Landes"},
    {"DEP-41", "Loir-et-Cher"},
    {"DEP-42", "Loire"},
    {"DEP-43", "Haute-Loire"},
    {"DEP-44", "Loire-Atlantique"},
    {"DEP-45", "Loiret"},
    {"DEP-46", "Lot"},
    {"DEP-47", "Lot-et-Garonne"},
    {"DEP-48", "Lozère"},
    {"DEP-49", "Maine-et-Loire"},
    {"DEP-50", "Manche"},
    {"DEP-51", "Marne"},
    {"DEP-52", "Haute-Marne"},
    {"DEP-53", "Mayenne"},
    {"DEP-54", "Meurthe-et-Moselle"},
    {"DEP-55", "Meuse"},
    {"DEP-56", "Morbihan"},
    {"DEP-57", "Moselle"},
    {"DEP-58", "Nièvre"},
    {"DEP-59", "Nord"},
    {"DEP-60", "Oise"},
    {"DEP-61", "Orne"},
    {"DEP-62", "Pas-de-Calais"},
    {"DEP-63", "Puy-de-Dôme"},
    {"DEP-64", "Pyrénées-Atlantiques"},
    {"DEP-65", "Hautes-Pyrénées"},
    {"DEP-66", "Pyrénées-Orientales"},
    {"DEP-67", "Bas-Rhin"},
    {"DEP-68", "Haut-Rhin"},
    {"DEP-69", "Rhône"},
    {"DEP-70", "Haute-Saône"},
    {"DEP-71", "Saône-et-Loire"},
    {"DEP-72", "Sarthe"},
    {"DEP-73", "Savoie"},
    {"DEP-74", "Haute-Savoie"},
    {"DEP-75", "Paris"},
    {"DEP-76", "Seine-Maritime"},
    {"DEP-77", "Seine-et-Marne"},
    {"DEP-78", "Yvelines"},
    {"DEP-79", "Deux-Sèvres"},
    {"DEP-80", "Somme"},
    {"DEP-81", "Tarn"},
    {"DEP-82", "Tarn-et-Garonne"},
    {"DEP-83", "Var"},
    {"DEP-84", "Vaucluse"},
    {"DEP-85", "Vendée"},
    {"DEP-86", "Vienne"},
    {"DEP-87", "Haute-Vienne"},
    {"DEP-88", "Vosges"},
    {"DEP-89", "Yonne"},
    {"DEP-90", "Territoire de Belfort"},
    {"DEP-91", "Essonne"},
    {"DEP-92", "Hauts-de-Seine"},
    {"DEP-93", "Seine-Saint-Denis"},
    {"DEP-94", "Val-de-Marne"},
    {"DEP-95", "Val-d'Oise"},
    {"DEP-971", "Guadeloupe"},
    {"DEP-972", "Martinique"},
    {"DEP-973", "Guyane"},
    {"DEP-974", "La Réunion"},
    {"DEP-976", "Mayotte"},
    {"PAYS-99100", "France"},
    {"PAYS-99101", "Danemark"},
    {"PAYS-99102", "Islande"},
    {"PAYS-99103", "Norvège"},
    {"PAYS-99104", "Suède"},
    {"PAYS-99105", "Finlande"},
    {"PAYS-99106", "Estonie"},
    {"PAYS-99107", "Lettonie"},
    {"PAYS-99108", "Lituanie"},
    {"PAYS-99109", "Allemagne"},
    {"PAYS-99110", "Autriche"},
    {"PAYS-99111", "Bulgarie"},
    {"PAYS-99112", "Hongrie"},
    {"PAYS-99114", "Roumanie"},
    {"PAYS-99116", "Tchéquie"},
    {"PAYS-99117", "Slovaquie"},
    {"PAYS-99118", "Bosnie-Herzégovine"},
    {"PAYS-99119", "Croatie"},
    {"PAYS-99120", "Monténégro"},
    {"PAYS-99121", "Serbie"},
    {"PAYS-99122", "Pologne"},
    {"PAYS-99125", "Albanie"},
    {"PAYS-99126", "Grèce"},
    {"PAYS-99127", "Italie"},
    {"PAYS-99131", "Belgique"},
    {"PAYS-99132", "Royaume-Uni"},
    {"PAYS-99134", "Espagne"},
    {"PAYS-99135", "Pays-Bas"},
    {"PAYS-99136", "Irlande"},
    {"PAYS-99137", "Luxembourg"},
    {"PAYS-99139", "Portugal"},
    {"PAYS-99140", "Suisse"},
    {"PAYS-99144", "Malte"},
    {"PAYS-99145", "Slovénie"},
    {"PAYS-99156", "Macédoine du Nord"},
    {"PAYS-99208", "Turquie"},
    {"PAYS-99254", "Chypre"},
    {"REG-01", "Guadeloupe"},
    {"REG-02", "Martinique"},
    {"REG-03", "Guyane"},
    {"REG-04", "La Réunion"},
    {"REG-06", "Mayotte"},
    {"REG-11", "Île-de-France"},
    {"REG-24", "Centre-Val de Loire"},
    {"REG-27", "Bourgogne-Franche-Comté"},
    {"REG-28", "Normandie"},
    {"REG-32", "Hauts-de-France"},
    {"REG-44", "Grand Est"},
    {"REG-52", "Pays de la Loire"},
    {"REG-53", "Bretagne"},
    {"REG-75", "Nouvelle-Aquitaine"},
    {"REG-76", "Occitanie"},
    {"REG-84", "Auvergne-Rhône-Alpes"},
    {"REG-93", "Provence-Alpes-Côte d'Azur"},
    {"REG-94", "Corse"},
    {"UE-27", "Union européenne"},
    /* clang-format on */
};

static const char *name_of(const geo_t *geo, const char *code)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (!strcmp(NAMES[i].code, code))
            return NAMES[i].name;
    return geo_name(geo, code);
}

void territory_label(const geo_t *geo, text_t *out, const char *code)
{
    char within[8];
    const char *name = name_of(geo, code);
    bool in_department = identifier_department(code, within) && strcmp(within, code) != 0;
    if (name && in_department) {
        text_add_format(out, "%s (%s)", name, within + 4);
    } else if (name && !strncmp(code, "DEP-", 4)) {
        text_add_format(out, "%s (%s)", name, code + 4);
    } else if (name) {
        text_add_string(out, name);
    } else if (in_department) {
        text_add_format(out, "commune %s, ", code + 4);
        territory_label(geo, out, within);
    } else {
        text_add_string(out, code);
    }
}
