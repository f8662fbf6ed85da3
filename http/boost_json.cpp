// Boost.JSON, header-only: its one source file is included here, in the lowest room that uses it.

#include <boost/json/src.hpp>
