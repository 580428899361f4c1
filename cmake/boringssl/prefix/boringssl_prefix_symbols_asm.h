#include <boringssl_prefix_symbols.h>
