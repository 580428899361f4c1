# Libraries from Debian. BoringSSL, which Debian ships only as source, is in cmake/boringssl.

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)  # module mode: Debian's 3.21 has no CMake package
find_package(gRPC CONFIG REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(EXPAT REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(Catch2 2 CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(RE REQUIRED IMPORTED_TARGET libre)
pkg_check_modules(LIBSSL REQUIRED IMPORTED_TARGET libssl libcrypto)  # that of libre
pkg_check_modules(GUMBO REQUIRED IMPORTED_TARGET gumbo)
# The CMake package of prometheus-cpp wants all of it, and curl; we want its core.
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)

# Debian's SOCI has no CMake package and no .pc file; the two databases' own libraries have.
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
find_library(SOCI_LIBRARY soci_core REQUIRED)
find_library(SOCI_SQLITE_LIBRARY soci_sqlite3 REQUIRED)
find_library(SOCI_POSTGRESQL_LIBRARY soci_postgresql REQUIRED)
add_library(SOCI::soci INTERFACE IMPORTED)
target_link_libraries(SOCI::soci INTERFACE ${SOCI_SQLITE_LIBRARY} ${SOCI_POSTGRESQL_LIBRARY}
                      ${SOCI_LIBRARY} PkgConfig::SQLITE PkgConfig::PQ)

find_library(CIVETWEB_LIBRARY civetweb REQUIRED)  # no CMake package and no .pc file in Debian
add_library(civetweb::civetweb INTERFACE IMPORTED)
target_link_libraries(civetweb::civetweb INTERFACE ${CIVETWEB_LIBRARY})

add_library(causeway_asio INTERFACE)  # header-only in Debian, without a CMake package
target_link_libraries(causeway_asio INTERFACE Threads::Threads)
target_compile_definitions(causeway_asio INTERFACE ASIO_NO_DEPRECATED)
add_library(Asio::asio ALIAS causeway_asio)
