"""The edge's own code uses BoringSSL and no other; Debian's libraries in the process use OpenSSL.

Run: /usr/bin/python3 tests/no_tls_mixing_test.py <the edge_proxy executable>

The executable must therefore ask nobody for OpenSSL's symbols, and show its own to nobody, or the
loader would give gRPC the wrong library.
"""

import re
import subprocess
import sys

# A symbol of either library as the linker of another would look for it.
# OPENSSL_memory_* are BoringSSL's weak hooks for an application's own allocator; OpenSSL has no such names.
TLS_SYMBOL = re.compile(r"^(SSL|EVP|X509|BIO|CRYPTO|RSA|EC|ASN1|PEM|ERR|OPENSSL(?!_memory_))_")


def dynamic_symbols(executable, which):
    listed = subprocess.run(["nm", "-D", which, executable], check=True, capture_output=True, text=True)
    return [line.split()[-1] for line in listed.stdout.splitlines() if line.strip()]


def main():
    executable = sys.argv[1]
    wanted = dynamic_symbols(executable, "--undefined-only")
    shown = dynamic_symbols(executable, "--defined-only")
    wrong = [f"asks for {name}" for name in wanted if "@OPENSSL_3" in name or TLS_SYMBOL.match(name)]
    wrong += [f"shows {name}" for name in shown if TLS_SYMBOL.match(name)]
    if not wanted:
        wrong.append("asks for nothing at all: not a dynamically linked executable")
    print("\n".join(f"{executable} {reason}" for reason in wrong) or "not mixed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
