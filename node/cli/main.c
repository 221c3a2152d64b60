/* maillage - the operator's tool of a node; commands.c has its table of commands. */
#include "node/cli/cli.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
