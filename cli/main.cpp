// The entry of the program; everything else is in cli/application.

#include "cli/application.h"

int main(int argc, char** argv) {
  return cli::run(argc, argv);
}
