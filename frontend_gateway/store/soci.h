#pragma once

// SOCI, the one header of it that this room includes. Debian builds it with Boost, whose headers
// are only needed for tuples and dates; we bind neither.
#include <soci/soci-config.h>
#undef SOCI_HAVE_BOOST
#undef SOCI_HAVE_BOOST_DATE_TIME
#include <soci/error.h>
#include <soci/into.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/session.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <soci/statement.h>
#include <soci/use.h>
